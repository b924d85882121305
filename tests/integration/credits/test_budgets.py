"""What members may spend: where it comes from, where it goes back to, and what admins change."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.credits import MAX_AMOUNT, Payer, PeriodKind, Spender
from bot.errors import (
    AmountOutOfRange,
    HoldAlreadyEnded,
    InsufficientCredits,
    RepeatedInteraction,
    RevokesTooMuch,
)
from tests.books import balances, query
from tests.fakes import START
from tests.integration.credits.conftest import ADA, ADMIN, ALLOWANCE, BEN, GUILD, Books

DAY_SECONDS = 86_400


def entries(database: Path) -> list[tuple[str, str, str, int]]:
    """List what was moved: kind, from, to, amount."""
    return query(
        database,
        "SELECT entries.kind, source.kind, target.kind, amount FROM entries"
        " JOIN accounts AS source ON source.id = from_account"
        " JOIN accounts AS target ON target.id = to_account ORDER BY entries.id",
    )


async def test_a_new_member_has_the_default_allowance(books: Books) -> None:
    """Nothing is written for that; it renews on the first of the next month, in UTC."""
    balance = await books.budgets.balance(ADA)
    assert (balance.allowance, balance.available) == (ALLOWANCE, ALLOWANCE)
    assert balance.renews_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert query(books.database.path, "SELECT count(*) FROM accounts") == [(0,)]


async def test_the_allowance_is_spent_before_the_grants(books: Books, database_file: Path) -> None:
    """What would expire goes first; where it does not suffice, the rest comes from the grants."""
    await books.budgets.grant(ADA, 100, ADMIN, "contest")
    await books.hold(1, 450)
    assert await books.left() == (50, 100, 450)
    await books.hold(2, 120)
    assert await books.left() == (0, 30, 570)
    await books.hold(3, 30)
    assert await books.left() == (0, 0, 600)
    assert entries(database_file) == [
        ("grant", "issued", "grant", 100),
        ("hold", "allowance", "held", 450),
        ("hold", "allowance", "held", 50),
        ("hold", "grant", "held", 70),
        ("hold", "grant", "held", 30),
    ]


async def test_a_price_beyond_what_is_left_is_refused_whole(books: Books) -> None:
    """The refusal tells price, what is available and when it renews; nothing is written."""
    await books.budgets.grant(ADA, 5, ADMIN, "")
    await books.hold(1, 500)
    with pytest.raises(InsufficientCredits) as refused:
        await books.hold(2, 6)
    assert (refused.value.price, refused.value.available) == (6, 5)
    assert refused.value.renews_at == datetime(2026, 12, 1, tzinfo=UTC)
    assert await books.left() == (0, 5, 500)
    assert query(books.database.path, "SELECT job_id FROM holds") == [(1,)]


async def test_what_is_settled_is_spent(books: Books, database_file: Path) -> None:
    """It is neither held nor left any more."""
    await books.hold(1, 120)
    await books.settle(1, 120)
    assert await books.left() == (380, 0, 0)
    assert balances(database_file) == {"allowance": -120, "held": 0, "spent": 120}


async def test_a_hold_of_both_sources_is_settled_whole(books: Books, database_file: Path) -> None:
    """What came from the allowance and from the grants is spent in one movement."""
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.hold(1, 560)
    await books.settle(1, 560)
    assert await books.left() == (0, 40, 0)
    assert entries(database_file)[-1] == ("settle", "held", "spent", 560)


async def test_what_is_released_goes_back_to_where_it_came_from(
    books: Books, database_file: Path
) -> None:
    """Both parts of a mixed hold, each to its own source."""
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.hold(1, 560)
    await books.release(1)
    assert await books.left() == (500, 100, 0)
    assert entries(database_file)[-2:] == [
        ("release", "held", "allowance", 500),
        ("release", "held", "grant", 60),
    ]


async def end(books: Books, how: str) -> None:
    """End the hold of job 1."""
    await (books.settle(1, 40) if how == "settle" else books.release(1))


@pytest.mark.parametrize("first", ["settle", "release"])
@pytest.mark.parametrize("second", ["settle", "release"])
async def test_a_hold_ends_once(books: Books, first: str, second: str) -> None:
    """A second end is refused, whichever it is, and moves nothing."""
    await books.hold(1, 40)
    await end(books, first)
    after = await books.left()
    with pytest.raises(HoldAlreadyEnded) as refused:
        await end(books, second)
    assert refused.value.job_id == 1
    assert await books.left() == after
    assert len(query(books.database.path, "SELECT id FROM entries")) == 2


async def test_what_was_paid_for_a_lost_video_goes_back_to_its_sources(
    books: Books, database_file: Path
) -> None:
    """What the settling gave back is not given back twice; the ceilings count it still."""
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.hold(1, 560)
    await books.settle(1, 550)
    await books.refund(1)
    assert await books.left() == (500, 100, 0)
    assert entries(database_file)[-2:] == [
        ("refund", "spent", "allowance", 500),
        ("refund", "spent", "grant", 50),
    ]
    used = query(database_file, "SELECT used FROM ceiling_use WHERE guild_id = ?", GUILD)
    assert used == [(550,)]


async def test_a_refund_is_made_once_and_only_of_what_was_paid(books: Books) -> None:
    """Not before the settling, not after a release, and not a second time."""
    await books.hold(1, 40)
    await books.hold(2, 40)
    await books.release(2)
    for job_id in (1, 2, 7):
        with pytest.raises(HoldAlreadyEnded):
            await books.refund(job_id)
    await books.settle(1, 40)
    await books.refund(1)
    after = await books.left()
    with pytest.raises(HoldAlreadyEnded):
        await books.refund(1)
    with pytest.raises(HoldAlreadyEnded):
        await books.settle(1, 40)
    assert await books.left() == after


async def test_a_hold_that_never_was_cannot_end(books: Books) -> None:
    """Nothing is settled or released for a job without a hold."""
    with pytest.raises(HoldAlreadyEnded):
        await books.settle(7, 1)
    with pytest.raises(HoldAlreadyEnded):
        await books.release(7)
    assert query(books.database.path, "SELECT id FROM entries") == []


@pytest.mark.parametrize(
    ("kind", "days", "renews_at"),
    [
        ("day", 1, datetime(2026, 11, 22, tzinfo=UTC)),
        ("week", 3, datetime(2026, 11, 30, tzinfo=UTC)),
        ("month", 11, datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
async def test_the_allowance_renews_with_the_period(
    open_books: Callable[[PeriodKind], Books], kind: PeriodKind, days: int, renews_at: datetime
) -> None:
    """The moment before it is the old one, then all is there again; grants stay as they were."""
    books = open_books(kind)
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.hold(1, 550)
    midnight = START.replace(hour=0)
    books.clock.advance((midnight - START).total_seconds() + days * DAY_SECONDS - 1)
    assert await books.left() == (0, 50, 550)
    books.clock.advance(1)
    assert await books.left() == (ALLOWANCE, 50, 550)
    assert (await books.budgets.balance(ADA)).renews_at == renews_at


async def test_a_release_in_a_later_period_goes_back_to_the_earlier_one(books: Books) -> None:
    """What was held of November's allowance does not enlarge December's; grants come back."""
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.hold(1, 550)
    books.clock.advance(20 * DAY_SECONDS)
    await books.hold(2, 500)
    await books.release(1)
    assert await books.left() == (0, 100, 500)
    periods = "SELECT period, balance FROM accounts WHERE kind = 'allowance' ORDER BY period"
    assert query(books.database.path, periods) == [
        ("2026-11-20T12:00", 0),
        ("2026-12-10T12:00", -500),
    ]


async def test_lowering_the_allowance_below_what_is_held_leaves_nothing(books: Books) -> None:
    """Never less than nothing; grants can be spent, and raising it again gives the rest back."""
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.hold(1, 300)
    balance = await books.budgets.set_allowance(ADA, 200, ADMIN, "less")
    assert (balance.allowance, balance.allowance_left, balance.available) == (200, 0, 100)
    with pytest.raises(InsufficientCredits):
        await books.hold(2, 101)
    await books.hold(2, 100)
    await books.settle(1, 300)
    assert await books.left() == (0, 0, 100)
    await books.budgets.set_allowance(ADA, 350, ADMIN, "more")
    assert await books.left() == (50, 0, 100)


async def test_the_latest_setting_is_in_force_also_in_later_periods(books: Books) -> None:
    """Zero is an allowance; it concerns one member only."""
    await books.budgets.set_allowance(ADA, 900, ADMIN, "")
    await books.budgets.set_allowance(ADA, 0, ADMIN, "")
    books.clock.advance(40 * DAY_SECONDS)
    assert await books.left(ADA) == (0, 0, 0)
    assert await books.left(BEN) == (ALLOWANCE, 0, 0)


async def test_granted_credits_can_be_revoked_as_far_as_they_are_there(books: Books) -> None:
    """What is held or spent is out of reach; the refusal tells what could be revoked."""
    await books.budgets.grant(ADA, 100, ADMIN, "contest")
    await books.hold(1, 530)
    with pytest.raises(RevokesTooMuch) as refused:
        await books.budgets.revoke(ADA, 71, ADMIN, "mistake")
    assert (refused.value.amount, refused.value.available) == (71, 70)
    balance = await books.budgets.revoke(ADA, 70, ADMIN, "mistake")
    assert (balance.granted_left, balance.held) == (0, 530)
    with pytest.raises(RevokesTooMuch):
        await books.budgets.revoke(BEN, 1, ADMIN, "never had any")


@pytest.mark.parametrize("amount", [0, -1, -MAX_AMOUNT, MAX_AMOUNT + 1, 10**30, 1.0, 1.5, True])
@pytest.mark.parametrize("change", ["grant", "revoke"])
async def test_amounts_that_make_no_sense_are_refused(
    books: Books, change: str, amount: int
) -> None:
    """Zero, negative, huge, fractions and truth values, which a manipulated client can send."""
    with pytest.raises(AmountOutOfRange) as refused:
        await getattr(books.budgets, change)(ADA, amount, ADMIN, "")
    assert (refused.value.least, refused.value.most) == (1, MAX_AMOUNT)
    assert refused.value.amount == amount
    assert await books.left() == (ALLOWANCE, 0, 0)


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1, 0.5, False])
async def test_allowances_that_make_no_sense_are_refused(books: Books, amount: int) -> None:
    """The least allowance is zero."""
    with pytest.raises(AmountOutOfRange) as refused:
        await books.budgets.set_allowance(ADA, amount, ADMIN, "")
    assert (refused.value.least, refused.value.most) == (0, MAX_AMOUNT)
    assert query(books.database.path, "SELECT id FROM changes") == []


async def test_the_greatest_amounts_can_be_moved_many_times(books: Books) -> None:
    """The bounds are those of a command, not of the books."""
    await books.budgets.set_allowance(ADA, MAX_AMOUNT, ADMIN, "")
    for _ in range(5):
        await books.budgets.grant(ADA, MAX_AMOUNT, ADMIN, "")
    assert await books.left() == (MAX_AMOUNT, 5 * MAX_AMOUNT, 0)


async def test_members_and_servers_do_not_share_their_credits(books: Books) -> None:
    """The same member in another server has another budget."""
    elsewhere = Spender(Payer(2, ADA.payer.member_id))
    await books.budgets.grant(ADA, 100, ADMIN, "")
    await books.hold(1, 40)
    assert await books.left(elsewhere) == (ALLOWANCE, 0, 0)
    assert await books.left(BEN) == (ALLOWANCE, 0, 0)


async def test_an_interaction_changes_a_budget_once(books: Books) -> None:
    """Discord may deliver it twice, or to two processes: the second finds it done."""
    budgets = books.budgets
    await budgets.grant(ADA, 100, ADMIN, "contest", interaction_id=1)
    await budgets.revoke(ADA, 30, ADMIN, "mistake", interaction_id=2)
    await budgets.set_allowance(ADA, 700, ADMIN, "", interaction_id=3)

    with pytest.raises(RepeatedInteraction):
        await budgets.grant(ADA, 100, ADMIN, "contest", interaction_id=1)
    with pytest.raises(RepeatedInteraction):
        await budgets.revoke(ADA, 30, ADMIN, "mistake", interaction_id=2)
    with pytest.raises(RepeatedInteraction):
        await budgets.set_allowance(ADA, 900, ADMIN, "", interaction_id=3)

    assert await books.left() == (700, 70, 0)
