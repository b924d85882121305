"""What can be had now: what was retired stays so, and who refuses everything is left alone."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.catalogue import Menu, Wish, place_order
from bot.credits import Payer
from bot.errors import KeyRejected, ModelPaused, ModelRetired, OutOfCredits, SubmitRefused
from bot.jobs.job import Job
from bot.jobs.recovery import ORPHANS_SECONDS
from bot.jobs.stages import Stage
from bot.jobs.states import Failure, State
from bot.jobs.submit import submit
from bot.jobs.supply import PAUSE_SECONDS, PAUSING, Supply
from bot.jobs.tracker import WIDTHS
from bot.presentation.refusals import explain
from tests.books import balances, execute, query, states
from tests.integration.jobs.conftest import Works
from tests.integration.jobs.driving import quiet, running

Logs = Sequence[Mapping[str, Any]]
SECRET = "406: key sk-123 of jane@example.com has 0.07 left"
WISH = Wish("a fox in the snow", "sora-2")


def told(logs: Logs, event: str) -> Logs:
    """List what was logged under a name."""
    return [entry for entry in logs if entry["event"] == event]


def sora(menu: Menu) -> list[str]:
    """List what is on the menu of the two models that these tests are about."""
    return [name for name in menu if name.startswith("sora")]


async def refused(works: Works, refusal: SubmitRefused) -> None:
    """Let one job be refused."""
    works.provider.on_submit.plan(refusal)
    await submit(works.bench, await works.held())


def restarted(works: Works) -> Supply:
    """Make what the next start has: it remembers nothing."""
    return Supply(works.database, works.clock, works.bench.catalogue, works.keys)


# --- retired ---------------------------------------------------------------------------------


async def test_a_retired_model_is_offered_no_more_also_after_a_restart(works: Works) -> None:
    """The others are; what is retired is a row."""
    await refused(works, ModelRetired("410"))
    assert sora(works.bench.supply.menu()) == ["sora-2-pro"]
    later = restarted(works)
    assert "sora-2" in later.menu()
    await later.refresh()
    assert sora(later.menu()) == ["sora-2-pro"]


async def test_many_that_find_a_model_retired_at_once_tell_the_operator_once(
    works: Works, logs: Logs
) -> None:
    """All are refunded and shown; the log has one line with the provider's own text."""
    width = WIDTHS[Stage.SUBMIT]
    jobs = [await works.held(Payer(1, number)) for number in range(width)]
    gates = [works.provider.on_submit.hold(ModelRetired("410: sora-2 is gone")) for _ in jobs]
    async with running(works) as tracker:
        await works.provider.submits.reach(width)
        for gate in gates:
            gate.release()
        await quiet(works, tracker)
    assert states(works.database.path) == ["failed"] * width
    assert balances(works.database.path)["held"] == 0
    assert {(await works.job(job.id)).failure for job in jobs} == {Failure.MODEL_RETIRED}
    [line] = told(logs, "model.retired")
    assert (line["provider"], line["slug"]) == ("segmind", "sora-2")
    assert line["detail"] == "410: sora-2 is gone"
    assert line["log_level"] == "error"


async def test_the_operator_is_told_once_over_all_processes_and_starts(
    works: Works, logs: Logs
) -> None:
    """Another process that finds the same later has no news."""
    await refused(works, ModelRetired("410"))
    other = restarted(works)
    for _ in range(2):
        await other.retire("segmind", "sora-2", "404")
    letters = query(works.database.path, "SELECT kind, key FROM outbox")
    assert letters == [("retired", "retired:segmind:sora-2")]
    assert sora(other.menu()) == ["sora-2-pro"]
    assert len(told(logs, "model.retired")) == 1


async def test_a_model_that_is_back_is_told_again_when_it_goes_again(
    works: Works, logs: Logs
) -> None:
    """A check found it served; that it is not after all is news."""
    await refused(works, ModelRetired("410"))
    execute(works.database.path, "DELETE FROM retired_offers")
    await works.bench.supply.refresh()
    await refused(works, ModelRetired("410"))
    assert len(told(logs, "model.retired")) == 2


async def test_what_another_process_or_a_check_changes_is_seen_while_running(works: Works) -> None:
    """From time to time the rows are read."""
    menu = works.bench.supply.menu
    async with running(works) as tracker:
        await quiet(works, tracker)
        recovery = asyncio.create_task(works.recovery(tracker).run())

        async def pass_time() -> None:
            await works.clock.asleep(2)
            works.clock.advance(ORPHANS_SECONDS)
            await works.clock.asleep(2)

        await pass_time()
        await restarted(works).retire("segmind", "sora-2", "404")
        await pass_time()
        assert sora(menu()) == ["sora-2-pro"]
        execute(works.database.path, "DELETE FROM retired_offers")
        await pass_time()
        await pass_time()
        assert sora(menu()) == ["sora-2", "sora-2-pro"]
        recovery.cancel()


async def test_a_retired_model_of_one_provider_is_still_had_from_the_other(works: Works) -> None:
    """It stays on the menu, and new orders go there."""
    works.keys.add("aimlapi")
    await refused(works, ModelRetired("410"))
    assert works.order().model.name == "sora-2"
    assert works.order().offer.provider == "aimlapi"


# --- paused ----------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [KeyRejected(SECRET), OutOfCredits(SECRET)])
async def test_who_refuses_everything_is_left_alone_for_longer_each_time(
    works: Works, logs: Logs, refusal: SubmitRefused
) -> None:
    """Each pause ends with one job that is really sent; a minute at first, an hour at most."""
    first, longest = PAUSE_SECONDS
    expected = [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3600.0, 3600.0]
    assert (first, longest) == (expected[0], expected[-1])
    for number, seconds in enumerate(expected, start=1):
        await refused(works, refusal)
        assert len(works.provider.submits) == number
        works.clock.advance(seconds - 0.1)
        await submit(works.bench, await ordered_before(works))
        assert len(works.provider.submits) == number, "nothing is sent during the pause"
        works.clock.advance(0.1)
    pauses = told(logs, "provider.paused")
    assert [each["next_try_seconds"] for each in pauses] == expected
    assert {each["detail"] for each in pauses} == {SECRET.replace("sk-123", "[hidden]")}
    assert {each["advice"] for each in pauses} <= set(PAUSING.values())
    assert balances(works.database.path)["held"] == 0


async def ordered_before(works: Works) -> Job:
    """Write a job that was ordered before the pause and whose turn comes during it."""
    order = place_order(restarted(works).menu(), WISH)
    view = await works.jobs.create(works.request(), order)
    await works.jobs.announce(view.job.id, view.job.id)
    return await works.job(view.job.id)


async def test_many_that_are_refused_at_once_pause_the_provider_once(
    works: Works, logs: Logs
) -> None:
    """The wait does not grow with the number of those who were on their way."""
    width = WIDTHS[Stage.SUBMIT]
    for number in range(width):
        await works.held(Payer(1, number))
    gates = [works.provider.on_submit.hold(OutOfCredits(SECRET)) for _ in range(width)]
    async with running(works) as tracker:
        await works.provider.submits.reach(width)
        for gate in gates:
            gate.release()
        await quiet(works, tracker)
    [pause] = told(logs, "provider.paused")
    assert pause["next_try_seconds"] == PAUSE_SECONDS[0]
    assert states(works.database.path) == ["failed"] * width


async def test_a_success_ends_the_pauses(works: Works, logs: Logs) -> None:
    """The next one begins at a minute again, and the log says that it goes on."""
    for seconds in (60.0, 120.0):
        await refused(works, OutOfCredits(SECRET))
        works.clock.advance(seconds)
    job = await works.held()
    await submit(works.bench, job)
    assert await works.state(job) is State.QUEUED
    assert [each["provider"] for each in told(logs, "provider.resumed")] == ["segmind"]
    await refused(works, OutOfCredits(SECRET))
    waits = [each["next_try_seconds"] for each in told(logs, "provider.paused")]
    assert waits == [60.0, 120.0, 60.0]


async def test_members_get_one_clear_sentence_and_no_word_of_the_provider_s(works: Works) -> None:
    """Who asks during a pause holds nothing, and hears when it is tried again."""
    await refused(works, OutOfCredits(SECRET))
    with pytest.raises(ModelPaused) as paused:
        place_order(works.bench.supply.menu(), WISH)
    until = works.clock.now().timestamp() + PAUSE_SECONDS[0]
    words = explain(paused.value)
    assert "takes no orders just now" in words
    assert f"<t:{until:.0f}:R>" in words
    assert "Nothing was charged." in words
    assert not any(part in words for part in ("406", "sk-123", "jane", "0.07", "segmind"))
    works.clock.advance(PAUSE_SECONDS[0])
    assert works.order().offer.provider == "segmind"


@pytest.mark.parametrize("hours", [-6, 6])
async def test_a_pause_lasts_as_long_whatever_the_wall_clock_is_set_to(
    works: Works, hours: int
) -> None:
    """What is told follows the clock that people read, what is done the time that passes."""
    await refused(works, OutOfCredits(SECRET))
    works.clock.advance(20)
    works.clock.set_wall(hours * 3600)
    with pytest.raises(ModelPaused) as paused:
        place_order(works.bench.supply.menu(), WISH)
    assert paused.value.until == works.clock.now() + timedelta(seconds=PAUSE_SECONDS[0] - 20)
    assert works.bench.supply.obstacle("segmind") is Failure.OUT_OF_CREDITS
    works.clock.advance(PAUSE_SECONDS[0] - 20)
    assert works.bench.supply.obstacle("segmind") is None
    assert works.order().offer.provider == "segmind"


async def test_a_pause_of_one_provider_leaves_the_other_on_the_menu(works: Works) -> None:
    """Orders go to the other one as long as it lasts, and then to the first again."""
    works.keys.add("aimlapi")
    works.bench.supply.pause("segmind", Failure.KEY_REJECTED, "401")
    assert works.order().offer.provider == "aimlapi"
    works.clock.advance(PAUSE_SECONDS[0])
    assert works.order().offer.provider == "segmind"
