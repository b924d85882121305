"""What was spent: for a server's report, and for a member who asks for their data."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from bot.credits import Payer, Spender, Spending, release, settle
from bot.credits.balance import read_standing
from bot.credits.export import member_changes, member_entries
from bot.credits.periods import day_at
from bot.credits.settings import Terms
from bot.credits.spending import list_spending
from bot.storage import Transaction
from bot.storage.books import entries
from bot.storage.tables import jobs
from tests.books import close_job, insert_job, rows_handed_over, steps
from tests.integration.credits.conftest import ADA, ADMIN, ALLOWANCE, BEN, GUILD, Books

HOUR_SECONDS = 3_600


async def make(
    books: Books, job_id: int, price: int, spender: Spender = ADA, model: str = "sora-2"
) -> None:
    """Let a video be made now."""

    def work(tx: Transaction) -> None:
        insert_job(tx, job_id, spender.payer, price + 5)
        tx.execute(update(jobs).where(jobs.c.id == job_id).values(model=model))
        books.budgets.hold(tx, spender, price + 5, job_id)
        settle(tx, spender.payer, books.posting("video made", job_id), price)
        close_job(tx, job_id, "delivered", price)

    await books.database.write(work)


async def test_spending_is_told_by_day_member_and_model(books: Books) -> None:
    """What was settled, in the server's own days; not holds, releases, refunds, other servers."""
    await books.rules.change_settings(GUILD, ADMIN, "", zone="Asia/Tokyo")
    await make(books, 1, 40)
    await make(books, 2, 60)
    await make(books, 3, 100, model="sora-2-pro")
    books.clock.advance(4 * HOUR_SECONDS)  # one o'clock in Tokyo
    await make(books, 4, 40)
    await make(books, 5, 30, BEN)
    await make(books, 6, 70, Spender(Payer(2, 10)))
    await make(books, 9, 50, BEN)
    await books.refund(9)
    await books.hold(7, 20)
    await books.hold(8, 20)
    await books.release(8)
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)
    assert await books.budgets.spending(GUILD, friday, saturday) == [
        Spending(friday, 10, "sora-2", 100, 2),
        Spending(friday, 10, "sora-2-pro", 100, 1),
        Spending(saturday, 10, "sora-2", 40, 1),
        Spending(saturday, 20, "sora-2", 30, 1),
    ]
    of_saturday = await books.budgets.spending(GUILD, saturday, saturday)
    assert [row.credits for row in of_saturday] == [40, 30]
    assert await books.budgets.spending(GUILD, date(2026, 11, 1), date(2026, 11, 19)) == []


async def test_each_video_that_was_spent_on_is_told(books: Books) -> None:
    """When, whose and what, with what paid; not what was refunded, or is another server's."""
    await books.rules.change_settings(GUILD, ADMIN, "", zone="Asia/Tokyo")
    await books.rules.set_pool(GUILD, ("role", 5), (100, None), ADMIN, "")
    patron = replace(ADA, role_ids=frozenset({5}))
    await make(books, 1, ALLOWANCE - 25)
    await make(books, 2, 60, patron, model="sora-2-pro")
    await make(books, 3, 50, BEN)
    await books.refund(3)
    await make(books, 4, 70, Spender(Payer(2, 10)))
    friday = date(2026, 11, 20)
    videos, zone = await books.budgets.videos(GUILD, friday, friday)
    assert zone == ZoneInfo("Asia/Tokyo")
    assert [(v.job_id, v.member_id, v.model, v.credits, v.paid_from) for v in videos] == [
        (1, 10, "sora-2", ALLOWANCE - 25, "allowance"),
        (2, 10, "sora-2-pro", 60, "allowance + pool of role 5"),
    ]
    assert (await books.budgets.videos(GUILD, date(2026, 11, 1), date(2026, 11, 19)))[0] == []


async def test_a_day_is_one_of_the_zone(books: Books) -> None:
    """The same moments are of other days elsewhere; what is of one day is added up."""
    for number, hours in enumerate((1, 13, 2), start=1):
        books.clock.advance(hours * HOUR_SECONDS)
        await make(books, number, 40)
    moments = await books.database.read(
        lambda tx: tx.scalars(select(entries.c.at).where(entries.c.kind == "settle")).all()
    )
    friday, sunday = date(2026, 11, 20), date(2026, 11, 22)
    for name in ("UTC", "Asia/Tokyo", "America/Los_Angeles"):
        zone = ZoneInfo(name)
        found = await books.database.read(list_spending, GUILD, friday, sunday, zone)
        days = Counter(day_at(moment, zone) for moment in moments)
        assert [(row.day, row.videos, row.credits) for row in found] == [
            (day, videos, 40 * videos) for day, videos in sorted(days.items())
        ], name


async def test_a_day_that_the_clocks_change_has_what_falls_into_it(books: Books) -> None:
    """An hour more or less: each video is of one day, and none is left out or told twice."""
    books.clock.advance((datetime(2027, 3, 27, 22, tzinfo=UTC) - books.clock.now()).total_seconds())
    for number in range(1, 28):  # in Paris 23:00 on the 27th, to 03:00 on the 29th
        await make(books, number, 1)
        books.clock.advance(HOUR_SECONDS)
    paris, days = ZoneInfo("Europe/Paris"), [date(2027, 3, day) for day in (27, 28, 29)]
    found = await books.database.read(list_spending, GUILD, days[0], days[-1], paris)
    assert [(row.day, row.videos) for row in found] == list(zip(days, (1, 23, 3), strict=True))


async def test_a_report_reads_no_more_than_it_tells(books: Books) -> None:
    """Older entries and those of other kinds are passed over by the index."""
    elsewhere = Spender(Payer(2, 10))
    await make(books, 1, 40)
    await make(books, 2, 1, elsewhere)
    today = books.clock.now().date()
    before = steps(books.database.path, list_spending, GUILD, today, today, UTC)
    for number in range(3, 60):
        await books.budgets.grant(ADA, number, ADMIN, "")
        await make(books, number, 1, elsewhere)
    assert steps(books.database.path, list_spending, GUILD, today, today, UTC) == before


async def test_a_days_videos_are_summed_where_they_are(books: Books) -> None:
    """However many there are of a member and a model, one row of them leaves the database."""
    today = books.clock.now().date()
    for number in range(1, 20):
        await make(books, number, 1)
    await make(books, 20, 1, BEN)
    days = (today - timedelta(days=1), today)
    assert rows_handed_over(books.database.path, list_spending, GUILD, *days, UTC) == 2


async def test_a_balance_costs_as_much_with_many_entries_as_with_few(books: Books) -> None:
    """SQLite's machine makes as many steps for it after thousands of movements as after ten."""
    now, terms = books.clock.now(), Terms(ALLOWANCE, "month")
    await books.rules.set_pool(GUILD, ("role", 5), (100, 50), ADMIN, "")
    spender = replace(ADA, role_ids=frozenset({5}))
    for number in range(1, 6):
        await books.hold(number, 1, spender)
    await books.budgets.grant(ADA, 100, ADMIN, "")
    few = steps(books.database.path, read_standing, spender, terms, now)

    def many(tx: Transaction) -> None:
        for number in range(6, 2_000):
            books.budgets.hold(tx, spender, 1, number)
            release(tx, books.posting("", number))

    await books.database.write(many)
    assert steps(books.database.path, read_standing, spender, terms, now) == few


async def test_a_member_gets_all_that_the_books_hold_of_them(books: Books) -> None:
    """Every movement with its two sides, oldest first, and what was set; nobody else's."""
    await books.budgets.grant(ADA, 100, ADMIN, "contest")
    await make(books, 1, 40)
    await make(books, 2, 30, BEN)
    await books.budgets.set_allowance(ADA, 7, ADMIN, "too much")
    await books.rules.change_settings(GUILD, ADMIN, "", paused=True)
    found = await books.database.read(member_entries, ADA.payer, 0, 100)
    moved = [entry for _, entry in found]
    assert [(e.kind, e.source, e.target, e.amount, e.job_id, e.reason) for e in moved] == [
        ("grant", "issued", "grant", 100, None, "contest"),
        ("hold", "allowance", "held", 45, 1, "video requested"),
        ("settle", "held", "spent", 40, 1, "video made"),
        ("release", "held", "allowance", 5, 1, "video made"),
    ]
    [change] = await books.database.read(member_changes, ADA.payer)
    assert (change.name, change.value, change.reason) == ("allowance", "7", "too much")
