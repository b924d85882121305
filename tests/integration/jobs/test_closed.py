"""What waits in a server that the operator has closed is not sent; its credits go back."""

from dataclasses import replace

import pytest

from bot.credits import Budgets, Servers, Terms, Trusted, Why
from bot.errors import ServerNotOpen
from bot.jobs import rows
from bot.jobs.queue import UNLIMITED
from bot.jobs.states import Failure, State
from tests.books import EVERYWHERE, balances
from tests.integration.jobs.conftest import ALLOWANCE, PRICE, Works
from tests.integration.jobs.test_stopped import (
    ELSEWHERE,
    GUILD,
    MODERATOR,
    asked,
    ended,
    started,
)

OPERATOR = 99
TERMS = Terms(ALLOWANCE, "month")


async def close(works: Works) -> None:
    """Let the operator close Ada's server, from another process: nobody here is told."""
    servers = Servers(works.database, works.clock, TERMS, EVERYWHERE, lambda: None)
    await servers.decide(GUILD, Why.CLOSED, OPERATOR)


async def test_what_waits_is_not_sent_and_ends(works: Works) -> None:
    """Not even where its turn had come; another server's goes on, and so does what was sent."""
    job, other, sent = await works.held(), await works.held(ELSEWHERE), await works.queued()
    await close(works)
    assert (await works.jobs.view(other.id)).place_in_line == 1
    begun = await works.database.write(rows.begin_submit, job, UNLIMITED, works.clock.now())
    assert not begun
    assert await started(works) == [other.id]
    await ended(works)
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.CANCELLED, Failure.GUILD_NOT_SERVED)
    assert works.messenger.changes == [job.id]
    assert await works.state(sent) is State.QUEUED
    assert balances(works.database.path)["held"] == 2 * PRICE


async def test_a_price_is_approved_in_an_open_server_alone(works: Works) -> None:
    """One that has changed hands since: the question stays, and can be answered later."""
    job = await asked(works)
    owned = {GUILD}
    trusted = Trusted((), lambda guild_id: guild_id in owned)
    budgets = Budgets(works.database, works.clock, TERMS, trusted)
    jobs = replace(works.jobs, budgets=budgets)
    owned.clear()
    with pytest.raises(ServerNotOpen):
        await jobs.decide(job.id, MODERATOR, approved=True)
    assert await works.state(job) is State.HELD
    assert await started(works) == []
    owned.add(GUILD)
    await jobs.decide(job.id, MODERATOR, approved=True)
    assert await started(works) == [job.id]
