"""The log: who changed what, when and why."""

from bot.credits import LogLine
from tests.fakes import START
from tests.integration.credits.conftest import ADA, ADMIN, BEN, Books


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
    log = await books.budgets.log(ADA.guild_id)
    assert [(line.kind, line.amount, line.reason, line.job_id) for line in log] == [
        ("revoke", 10, "mistake", None),
        ("release", 20, "video failed", 7),
        ("release", 30, "video failed", 7),
        ("hold", 20, "video requested", 7),
        ("hold", 30, "video requested", 7),
        ("set", 30, "new member", None),
        ("grant", 100, "contest", None),
    ]
    assert log[-1] == LogLine(START, "grant", ADA.member_id, 100, ADMIN, "contest", None)
    assert [line.actor_id for line in log] == [ADMIN, 0, 0, 10, 10, ADMIN, ADMIN]


async def test_the_log_can_be_of_one_member_and_is_of_one_server(books: Books) -> None:
    """Other members' lines and other servers' are left out."""
    elsewhere = type(ADA)(guild_id=2, member_id=ADA.member_id)
    for payer in (ADA, BEN, elsewhere):
        await books.budgets.grant(payer, payer.member_id, ADMIN, "")
        await books.budgets.set_allowance(payer, 1, ADMIN, "")
    of_all = await books.budgets.log(ADA.guild_id)
    assert {line.member_id for line in of_all} == {ADA.member_id, BEN.member_id}
    of_ben = await books.budgets.log(ADA.guild_id, BEN.member_id)
    assert {(line.kind, line.member_id) for line in of_ben} == {("set", 20), ("grant", 20)}
    assert len(of_all) == 4


async def test_the_log_is_cut_to_the_latest(books: Books) -> None:
    """No more lines than asked for, and those are the newest."""
    for amount in range(1, 21):
        await books.budgets.grant(ADA, amount, ADMIN, "")
        books.clock.advance(1)
    assert [line.amount for line in await books.budgets.log(1, limit=3)] == [20, 19, 18]
    assert len(await books.budgets.log(1)) == 15
