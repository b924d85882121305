"""The fakes keep what the real parts promise."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from bot.catalogue import Order, load_catalogue
from bot.clock import Clock, SystemClock
from bot.delivery.video import Picture, Video
from bot.errors import LookFailed, NotSubmitted
from bot.jobs.job import Job
from bot.jobs.stages import Delivered, Messenger, Postponed
from bot.jobs.states import State
from bot.providers.base import Completed, Processing, Queued, VideoProvider
from tests.fakes import START, FakeClock, FakeMessenger, FakeProvider

MODEL = load_catalogue()["sora-2"]
ORDER = Order(MODEL, MODEL.offers[0], "a fox in the snow", 4, "720x1280", 40)
VIDEO = Video(Path("1.mp4"), 1, 1.0, Picture("h264", 64, 64), None, faststart=True)
JOB = Job(
    id=1,
    interaction_id=1,
    guild_id=1,
    channel_id=1,
    member_id=1,
    model="sora-2",
    provider="segmind",
    prompt="a fox in the snow",
    duration_seconds=4,
    size="720x1280",
    price=40,
    state=State.RENDERED,
    worker=1,
    epoch=1,
    created_at=START,
    submitted_at=START,
    rendered_at=START,
    request_id="request-1",
    result_url=None,
    failure=None,
    told_at=None,
    picture=None,
    most_running=None,
)


async def test_the_fakes_fit_the_protocols() -> None:
    """Each can stand where the real part does, as far as its names go; mypy checks the rest."""
    parts: list[tuple[type[object], Clock | VideoProvider | Messenger]] = [
        (Clock, FakeClock()),
        (VideoProvider, FakeProvider()),
        (Messenger, FakeMessenger()),
    ]
    for protocol, fake in parts:
        promised = {name for name in vars(protocol) if not name.startswith("_")}
        assert promised <= set(dir(fake))


# --- the clock -------------------------------------------------------------------------------


async def test_time_stands_until_it_is_moved() -> None:
    """Both of the clock's times move by exactly what was asked."""
    clock = FakeClock()
    assert (clock.now(), clock.monotonic()) == (START, 0.0)
    clock.advance(90)
    assert (clock.now() - START).total_seconds() == 90
    assert clock.monotonic() == 90


async def test_sleepers_are_woken_in_the_order_in_which_they_are_due() -> None:
    """Not in the order in which they fell asleep; whoever is not due sleeps on."""
    clock = FakeClock()
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleep(seconds)) for seconds in (30, 10, 20, 99)]
    await clock.asleep(4)
    clock.advance(30)
    await asyncio.gather(*tasks[:3])
    assert woken == [10, 20, 30]
    assert not tasks[3].done()
    clock.advance(69)
    await tasks[3]


async def test_those_due_at_the_same_time_are_woken_in_the_order_of_their_coming() -> None:
    """First come, first woken."""
    clock = FakeClock()
    woken: list[str] = []

    async def sleep(name: str) -> None:
        await clock.sleep(5)
        woken.append(name)

    tasks = [asyncio.create_task(sleep(name)) for name in "abc"]
    await clock.asleep(3)
    clock.advance(5)
    await asyncio.gather(*tasks)
    assert woken == ["a", "b", "c"]


@pytest.mark.parametrize("clock", [FakeClock(), SystemClock()], ids=["fake", "system"])
async def test_a_wait_tells_whether_the_event_came(clock: Clock) -> None:
    """An event that is set, one that comes meanwhile, and one that does not."""
    event = asyncio.Event()
    assert not await clock.wait(event, 0)
    assert not await clock.wait(event, -1)
    waiting = asyncio.create_task(clock.wait(event, 1000))
    await asyncio.sleep(0)
    event.set()
    assert await waiting
    assert await clock.wait(event, 0)


async def test_a_wait_ends_without_the_event_when_its_time_is_over() -> None:
    """Not before; and nobody is left asleep after it."""
    clock = FakeClock()
    waiting = asyncio.create_task(clock.wait(asyncio.Event(), 10))
    await clock.asleep()
    clock.advance(9.5)
    await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(0.5)
    assert not await waiting


async def test_a_sleep_that_is_cancelled_is_not_waited_for() -> None:
    """Neither ``asleep`` nor ``advance`` sees it."""
    clock = FakeClock()
    cancelled, other = (asyncio.create_task(clock.sleep(5)) for _ in range(2))
    await clock.asleep(2)
    cancelled.cancel()
    await asyncio.sleep(0)
    alone = asyncio.create_task(clock.asleep(2))
    await asyncio.sleep(0)
    assert not alone.done()
    alone.cancel()
    clock.advance(5)
    await other


async def test_the_next_who_is_due_can_be_woken() -> None:
    """The time moves just as far as that needs."""
    clock = FakeClock()
    early, late = (asyncio.create_task(clock.sleep(seconds)) for seconds in (5, 7))
    await clock.asleep(2)
    clock.wake_next()
    await early
    assert (clock.monotonic(), late.done()) == (5, False)
    clock.wake_next()
    await late
    assert clock.monotonic() == 7


async def test_run_until_lets_time_run_as_far_as_it_is_needed() -> None:
    """It moves from one sleep to the next and stops with what it was asked for."""
    clock = FakeClock()

    async def work() -> str:
        for _ in range(3):
            await clock.sleep(10)
        return "done"

    assert await clock.run_until(work()) == "done"
    assert clock.monotonic() == 30


# --- the provider ----------------------------------------------------------------------------


async def test_a_provider_plays_its_script_and_then_the_usual() -> None:
    """Answers and errors come in their order; everything is counted."""
    provider = FakeProvider(sighting=Queued())
    provider.on_submit.plan(NotSubmitted("busy"), "mine")
    with pytest.raises(NotSubmitted):
        await provider.submit(ORDER)
    assert [await provider.submit(ORDER), await provider.submit(ORDER)] == ["mine", "request-3"]
    provider.on_look.plan(LookFailed("html"), Completed("http://video"))
    with pytest.raises(LookFailed):
        await provider.look("mine")
    assert await provider.look("mine") == Completed("http://video")
    assert await provider.look("other") == Queued()
    provider.sighting = Processing()
    assert await provider.look("other") == Processing()
    assert provider.submits == [ORDER] * 3
    assert provider.looks == ["mine", "mine", "other", "other"]


async def test_a_provider_can_be_held_at_a_gate() -> None:
    """The call is counted and waits for its own outcome, or for the usual one; others go on."""
    provider = FakeProvider()
    gates = [provider.on_submit.hold("late"), provider.on_submit.hold()]
    submits = [asyncio.create_task(provider.submit(ORDER)) for _ in gates]
    await provider.submits.reach(2)
    for gate in gates:
        await gate.reached.wait()
    assert await provider.submit(ORDER) == "request-3"
    assert not any(submit.done() for submit in submits)
    for gate in gates:
        gate.release()
    assert await asyncio.gather(*submits) == ["late", "request-2"]


async def test_a_turn_comes_at_once_unless_it_is_held() -> None:
    """Turns are counted apart from what is sent."""
    provider = FakeProvider()
    gate = provider.on_turn.hold()
    turn = asyncio.create_task(provider.turn())
    await gate.reached.wait()
    assert not turn.done()
    gate.release()
    await turn
    await provider.turn()
    assert (len(provider.turns), provider.submits) == (2, [])


async def test_a_provider_tells_its_credits_its_models_and_that_it_was_closed() -> None:
    """What ``check`` asks for."""
    provider = FakeProvider(credits=Decimal("1.50"), gone={"sora-2"})
    assert await provider.credits_left() == Decimal("1.50")
    assert [await provider.serves(slug) for slug in ("sora-2", "sora-2-pro")] == [False, True]
    assert not provider.closed
    await provider.close()
    assert provider.closed


# --- the messenger ---------------------------------------------------------------------------


async def test_a_messenger_remembers_changes_and_tries() -> None:
    """A try that was postponed is one as well."""
    messenger = FakeMessenger()
    messenger.on_deliver.plan(Postponed("closed"))
    messenger.changed(7)
    assert await messenger.deliver(JOB, VIDEO) == Postponed("closed")
    assert await messenger.deliver(JOB, VIDEO) == Delivered("handed over", called=False)
    assert messenger.changes == [7]
    assert messenger.deliveries == [(JOB, VIDEO)] * 2


async def test_a_record_wakes_everyone_who_waits_for_its_growth() -> None:
    """Each at its own count."""
    messenger = FakeMessenger()
    reached: list[int] = []

    async def wait(count: int) -> None:
        await messenger.changes.reach(count)
        reached.append(count)

    tasks = [asyncio.create_task(wait(count)) for count in (2, 1)]
    for job_id in (1, 2):
        await asyncio.sleep(0)
        messenger.changed(job_id)
    await asyncio.gather(*tasks)
    assert sorted(reached) == [1, 2]
