"""The log: who changed what, when and why; in pages, and of one member or of all."""

from bot.credits import LogLine, Payer, RoleLimits, Spender
from bot.credits.log import NEWEST, read_log
from tests.books import steps
from tests.fakes import START
from tests.integration.credits.conftest import ADA, ADMIN, BEN, GUILD, Books


async def test_the_log_merges_movements_and_settings_newest_first(books: Books) -> None:
    """Each line names who, when, why and which job."""
    await books.budgets.grant(ADA, 100, ADMIN, "contest")
    books.clock.advance(1)
    await books.budgets.set_allowance(ADA, 30, ADMIN, "new member")
    books.clock.advance(1)
    await books.hold(7, 50)
    books.clock.advance(1)
    await books.release(7)
    books.clock.advance(1)
    await books.budgets.revoke(ADA, 10, ADMIN, "mistake")
    log = (await books.budgets.log(GUILD)).lines
    assert [(line.kind, line.amount, line.reason, line.job_id) for line in log] == [
        ("revoke", 10, "mistake", None),
        ("release", 20, "video failed", 7),
        ("release", 30, "video failed", 7),
        ("hold", 20, "video requested", 7),
        ("hold", 30, "video requested", 7),
        ("set", 30, "new member", None),
        ("grant", 100, "contest", None),
    ]
    assert log[-1] == LogLine(START, "grant", ADA.payer.member_id, 100, ADMIN, "contest", None)
    assert [line.actor_id for line in log] == [ADMIN, 0, 0, 10, 10, ADMIN, ADMIN]


async def test_the_log_can_be_of_one_member_and_is_of_one_server(books: Books) -> None:
    """Other members' lines and other servers' are left out."""
    elsewhere = Spender(Payer(2, ADA.payer.member_id))
    for spender in (ADA, BEN, elsewhere):
        await books.budgets.grant(spender, spender.payer.member_id, ADMIN, "")
        await books.budgets.set_allowance(spender, 1, ADMIN, "")
    of_all = (await books.budgets.log(GUILD)).lines
    assert {line.member_id for line in of_all} == {ADA.payer.member_id, BEN.payer.member_id}
    of_ben = (await books.budgets.log(GUILD, BEN.payer.member_id)).lines
    assert {(line.kind, line.member_id) for line in of_ben} == {("set", 20), ("grant", 20)}
    assert len(of_all) == 4


async def test_every_change_of_a_rule_is_in_the_log(books: Books) -> None:
    """What was set to what, for whom, by whom and why; what stayed as it was is not."""
    rules = books.rules
    await rules.change_settings(GUILD, ADMIN, "", period="week", zone="Europe/Berlin")
    await rules.change_settings(GUILD, ADMIN, "raid", paused=True, zone="Europe/Berlin")
    await rules.set_role_allowance(GUILD, 5, 900, ADMIN, "")
    await rules.set_role_allowance(GUILD, 5, None, ADMIN, "")
    await rules.set_limits(GUILD, 5, RoleLimits(models=frozenset({"b", "a"})), ADMIN, "")
    await rules.set_pool(GUILD, ("channel", 8), (1_000, 100), ADMIN, "")
    await rules.set_pool(GUILD, ("channel", 8), (1_000, None), ADMIN, "")
    await rules.remove_pool(GUILD, ("channel", 8), ADMIN, "over")
    await rules.set_ceiling(GUILD, 5_000, 0, "")
    await books.budgets.freeze(ADA, ADMIN, "spam")
    log = (await books.budgets.log(GUILD)).lines
    assert [(line.name, line.value, line.target_id or line.member_id) for line in log] == [
        ("frozen", "yes", ADA.payer.member_id),
        ("ceiling", "5000", 0),
        ("channel_pool_amount", None, 8),
        ("channel_pool_share", None, 8),
        ("channel_pool_share", "100", 8),
        ("channel_pool_amount", "1000", 8),
        ("limit_models", "a,b", 5),
        ("role_allowance", None, 5),
        ("role_allowance", "900", 5),
        ("paused", "yes", 0),
        ("zone", "Europe/Berlin", 0),
        ("period", "week", 0),
    ]
    assert {line.kind for line in log} == {"set"}
    assert (log[0].reason, log[0].actor_id, log[1].actor_id) == ("spam", ADMIN, 0)


async def test_the_pages_of_the_log_leave_nothing_out_and_show_nothing_twice(
    books: Books,
) -> None:
    """Also where a clock that was put back has mixed up the times."""
    for number in range(1, 24):
        if number % 3:
            await books.budgets.grant(ADA, number, ADMIN, "")
        else:
            await books.budgets.set_allowance(ADA, number, ADMIN, "")
        books.clock.advance(-90 if number == 10 else 7)

    amounts, cursor, pages = [], NEWEST, 0
    while True:
        page = await books.budgets.log(GUILD, before=cursor, limit=5)
        amounts += [line.amount for line in page.lines]
        pages += 1
        if page.older is None:
            break
        cursor = page.older

    assert sorted(amounts) == list(range(1, 24))
    assert amounts[:5] == [23, 22, 21, 20, 19] or len(set(amounts)) == 23
    assert pages == 5


async def test_the_first_page_is_the_newest(books: Books) -> None:
    """No more lines than asked for; without a limit fifteen."""
    for amount in range(1, 21):
        await books.budgets.grant(ADA, amount, ADMIN, "")
        books.clock.advance(1)
    first = await books.budgets.log(GUILD, limit=3)
    assert [line.amount for line in first.lines] == [20, 19, 18]
    assert first.older is not None
    second = await books.budgets.log(GUILD, before=first.older, limit=17)
    assert [line.amount for line in second.lines] == list(range(17, 0, -1))
    assert second.older is None
    assert len((await books.budgets.log(GUILD)).lines) == 15


async def test_a_page_costs_as_much_with_many_entries_as_with_few(books: Books) -> None:
    """SQLite's machine makes as many steps for it in a long history as in a short one."""

    def page_steps() -> int:
        return steps(books.database.path, read_log, GUILD, ADA.payer.member_id, NEWEST, 5)

    for amount in range(1, 40):
        await books.budgets.grant(ADA, amount, ADMIN, "")
    few = page_steps()
    for amount in range(1, 400):
        await books.budgets.grant(ADA, amount, ADMIN, "")
    assert page_steps() == few
