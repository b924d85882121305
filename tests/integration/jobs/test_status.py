"""What the operator is told of how all is going."""

from datetime import timedelta

from bot.credits.ceilings import Ceiling, set_ceiling
from bot.credits.ledger import Posting
from bot.credits.settings import Terms
from bot.jobs.pauses import Pauses, Scope, Target
from bot.jobs.statements import RESTORED
from bot.jobs.states import Failure, State
from bot.jobs.status import Account, StatusDesk, read_status
from bot.jobs.supply import PAUSE_SECONDS, Outage
from bot.storage.facts import set_fact
from tests.integration.jobs.conftest import ADA, BEN, PRICE, Works
from tests.integration.jobs.test_stopped import ELSEWHERE


async def test_the_status_counts_what_is_not_over_over_all_processes(works: Works) -> None:
    """What runs, what waits, what of it is paused, and the money of the day and the period."""
    await works.held()
    await works.held(ELSEWHERE)
    await works.queued(BEN)
    ended = await works.submitting()
    await works.bench.end(ended, State.FAILED, Failure.PROVIDER_FAILED)
    await Pauses(works.database, works.clock, works.bench.catalogue).pause(
        Target(Scope.GUILD, str(ADA.guild_id)), 9, ""
    )
    now = works.clock.now()
    await works.database.write(set_ceiling, 0, 1000, Posting(now, 9, ""))
    desk = StatusDesk(
        works.database,
        works.clock,
        Terms(500, "week"),
        lambda: [Account("segmind", None, None)],
        works.bench.supply.outages,
        "1.2.3",
        now,
    )
    works.clock.advance(60)
    works.bench.supply.pause("segmind", Failure.OUT_OF_CREDITS, "402")
    status = await desk.look()
    assert (status.running, status.waiting, status.paused) == (1, 2, 1)
    assert status.going_on(status.pauses) == 1
    assert (status.today, status.used) == (3 * PRICE, 3 * PRICE)
    assert status.ceiling == Ceiling(0, 1000, 3 * PRICE)
    assert status.largest == [(ADA.guild_id, 2 * PRICE), (ELSEWHERE.guild_id, PRICE)]
    assert status.restored_at is None
    assert status.process is not None
    assert (status.process.version, status.process.started_at) == ("1.2.3", now)
    later = works.clock.now()
    until = later + timedelta(seconds=PAUSE_SECONDS[0])
    assert status.process.outages == [Outage("segmind", Failure.OUT_OF_CREDITS, later, until)]
    works.clock.advance(PAUSE_SECONDS[0])
    after = await desk.look()
    assert after.process is not None
    assert after.process.outages == []


async def test_a_line_that_a_start_holds_back_is_told(works: Works) -> None:
    """A backup was restored: the operator's pauses are not why nothing is sent."""
    now = works.clock.now()
    await works.database.write(set_fact, RESTORED, now.isoformat())
    assert (await works.database.read(read_status, Terms(500, "month"), now)).restored_at == now
