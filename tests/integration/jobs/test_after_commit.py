"""A fault of ours right after a write: the job goes on from what its row says by then."""

import pytest
import structlog
from structlog.typing import EventDict, WrappedLogger

from bot.jobs.states import State
from bot.providers.base import Completed
from tests.books import balances
from tests.integration.jobs.conftest import PRICE, FilmServer, Works
from tests.integration.jobs.driving import brought, running


@pytest.mark.parametrize("event", ["job.submitted", "job.rendered", "job.delivered"])
async def test_a_fault_after_a_write_costs_nothing(
    works: Works, films: FilmServer, event: str
) -> None:
    """Bought once, delivered once and paid once, whichever line can't be written."""
    failed = []

    def fail(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
        if entry["event"] == event:
            failed.append(event)
            raise OSError("no space left on device")
        raise structlog.DropEvent

    structlog.configure(processors=[fail])
    job = await works.held()
    works.provider.on_look.plan(Completed(films.url))
    async with running(works) as tracker:
        await brought(works, tracker, job, State.DELIVERED)

    assert failed == [event]
    assert len(works.provider.submits) == 1
    assert len(works.messenger.deliveries) == 1
    held_and_spent = (balances(works.database.path)[kind] for kind in ("held", "spent"))
    assert tuple(held_and_spent) == (0, PRICE)
