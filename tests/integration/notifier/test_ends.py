"""The end of a job without a video is told, once, and it is written down when the member knows."""

import asyncio

import pytest

from bot.jobs import rows
from bot.jobs.states import Failure, State
from bot.notifier.notifier import MAX_TELLS, TELL_AGAIN_SECONDS
from bot.presentation.failures import NOTHING_CHARGED, REASONS
from bot.sandbox.discord import Message
from tests.integration.notifier.conftest import BY_TOKEN, IN_CHANNEL, Desk, Shown

POSTS = r"/channels/\d+/messages$"
BUSY = {"message": "busy", "code": 0}


def reason_in(message: Message) -> str:
    """Read what a message says under its status word."""
    return str(message.embeds[0]["fields"][0]["value"])


async def sent_and_unconfirmed(desk: Desk, shown: Shown) -> None:
    """Stop the notifier at the moment when a new message is there and it has not heard of it."""
    there = desk.sandbox.faults.hold("POST", POSTS, after=True)
    desk.notifier.changed(shown.id)
    await there.reached.wait()
    await desk.notifier.stop()
    there.release()
    desk.restart()


@pytest.mark.parametrize(
    ("state", "failure", "word"),
    [
        (State.FAILED, Failure.MODERATED, "FAILED"),
        (State.CANCELLED, Failure.CANCELLED_BY_MEMBER, "CANCELLED"),
        (State.LOST, Failure.OUTCOME_UNKNOWN, "FAILED (lost)"),
        (State.FAILED, Failure.VIDEO_GONE, "FAILED"),
    ],
)
async def test_every_end_is_told_with_its_reason(
    desk: Desk, state: State, failure: Failure, word: str
) -> None:
    """The message says why, and that nothing was charged; then the row says that it was told."""
    shown = await desk.show()
    if state is not State.CANCELLED:
        paid = failure is Failure.VIDEO_GONE
        await desk.bring_to(shown, State.RENDERED if paid else State.SUBMITTING)
    await desk.database.write(rows.move_job, shown.id, state, desk.clock.now(), failure=failure)
    await desk.change(shown)

    assert shown.words == ["QUEUED", word]
    assert reason_in(shown.message) == f"{REASONS[failure]}\n{NOTHING_CHARGED}"
    assert (await desk.job(shown)).told_at == desk.clock.now()


async def test_an_end_is_told_once(desk: Desk) -> None:
    """After that nothing is sent any more, not even by another process or after a restart."""
    shown = await desk.show()
    await desk.end(shown)
    await desk.change(shown)
    await desk.change(shown)
    desk.restart()
    await desk.change(shown)

    assert desk.edits() == [200]
    assert desk.channel.messages == [shown.message]


async def test_an_end_does_not_wait_for_progress(desk: Desk) -> None:
    """However soon after an edit, the end is told at once."""
    shown = await desk.show()
    await desk.bring_to(shown, State.SUBMITTING)
    await desk.change(shown)
    await desk.end(shown)
    await desk.change(shown)

    assert shown.words == ["QUEUED", "QUEUED", "FAILED"]


async def test_an_end_that_cannot_be_told_is_told_later(desk: Desk) -> None:
    """Each failure doubles the wait before the next attempt; nothing is written down before."""
    shown = await desk.show()
    desk.age()
    busy = desk.sandbox.faults.answer("PATCH", IN_CHANNEL, 503, BUSY, times=3)
    await desk.end(shown)
    planned = []
    for _ in range(3):
        await desk.change(shown)
        planned.append(desk.planned_seconds(shown))

    first_seconds = TELL_AGAIN_SECONDS[0]
    assert planned == pytest.approx([first_seconds, 2 * first_seconds, 4 * first_seconds], abs=1)
    assert not await desk.told(shown)

    assert busy.times == 0
    await desk.change(shown)
    assert shown.words == ["QUEUED", "FAILED"]
    assert await desk.told(shown)
    assert desk.planned_seconds(shown) is None


async def test_a_hopeless_end_is_left_for_the_next_start(desk: Desk) -> None:
    """After many attempts nothing is planned; each was one request, no storm."""
    shown = await desk.show()
    desk.age()
    desk.sandbox.faults.answer("PATCH", IN_CHANNEL, 503, BUSY, times=MAX_TELLS)
    await desk.end(shown)
    for _ in range(MAX_TELLS):
        await desk.change(shown)

    assert desk.planned_seconds(shown) is None
    assert len(desk.edits()) == MAX_TELLS

    desk.restart()
    await desk.change(shown)
    assert await desk.told(shown)


async def test_behind_a_closed_door_an_end_waits_without_a_timer(desk: Desk) -> None:
    """One refused request; that it waits is in its row, and told once the door is open."""
    shown = await desk.show()
    desk.age()
    desk.channel.deny_bot("view_channel")
    await desk.end(shown)
    for _ in range(3):
        await desk.change(shown)

    assert desk.planned_seconds(shown) is None
    assert desk.sandbox.invalid_requests == 1
    address = await desk.database.read(rows.get_message, shown.id)
    assert address.knocked_at == desk.clock.now()

    desk.allow("view_channel")
    await desk.change(shown)
    assert await desk.told(shown)


async def test_of_many_ends_behind_a_closed_door_one_knocks(desk: Desk) -> None:
    """All at once, as at a start: the first is refused, and all others know."""
    all_shown = [await desk.show() for _ in range(20)]
    desk.age()
    desk.channel.deny_bot("view_channel")
    for shown in all_shown:
        await desk.end(shown)
        desk.notifier.changed(shown.id)
    await desk.settled()

    assert desk.sandbox.invalid_requests == 1
    addresses = [await desk.database.read(rows.get_message, shown.id) for shown in all_shown]
    assert all(address.knocked_at for address in addresses)


@pytest.mark.parametrize("status", [500, 503])
async def test_discords_trouble_does_not_lose_an_end(desk: Desk, status: int) -> None:
    """Where Discord fails by one door and the other, the end is told when it works again."""
    shown = await desk.show()
    await desk.end(shown)
    desk.sandbox.faults.reset("PATCH", BY_TOKEN)
    await desk.change(shown)
    assert not await desk.told(shown)

    desk.age()
    desk.sandbox.faults.answer("PATCH", IN_CHANNEL, status, BUSY)
    await desk.change(shown)
    await desk.change(shown)
    assert shown.words == ["QUEUED", "FAILED"]
    assert await desk.told(shown)


async def test_where_the_message_was_deleted_a_new_one_tells_the_end(desk: Desk) -> None:
    """It calls the member, who alone is pinged, and later edits go to it."""
    shown = await desk.show()
    await desk.channel.delete_message(shown.message)
    await desk.end(shown)
    await desk.change(shown)

    [message] = desk.channel.messages
    assert message.content == f"<@{desk.ada.id}>"
    assert message.mentioned == [desk.ada.id]
    assert REASONS[Failure.PROVIDER_FAILED] in reason_in(message)
    assert await desk.told(shown)
    address = await desk.database.read(rows.get_message, shown.id)
    assert address.message_id == message.id


async def test_an_end_told_before_a_crash_is_not_told_again(desk: Desk) -> None:
    """A message that was sent and not written down is found in the channel's history."""
    shown = await desk.show()
    await desk.channel.delete_message(shown.message)
    await desk.end(shown)
    await sent_and_unconfirmed(desk, shown)
    assert not await desk.told(shown)
    desk.sandbox.clock.advance(3600)  # by then Discord has forgotten the nonce

    await desk.change(shown)

    [message] = desk.channel.messages
    assert await desk.told(shown)
    assert len(desk.sandbox.find_calls("POST", POSTS)) == 1
    address = await desk.database.read(rows.get_message, shown.id)
    assert address.message_id == message.id


async def test_without_the_history_the_nonce_keeps_an_end_single(desk: Desk) -> None:
    """Where the bot may not read back, Discord recognises the repeated message for a while."""
    shown = await desk.show()
    desk.channel.deny_bot("read_message_history")
    await desk.channel.delete_message(shown.message)
    await desk.end(shown)
    await sent_and_unconfirmed(desk, shown)

    await desk.change(shown)

    assert len(desk.channel.messages) == 1
    assert len(desk.sandbox.find_calls("POST", POSTS)) == 2
    assert await desk.told(shown)


@pytest.mark.parametrize("trouble", ["busy", "broken"])
async def test_a_history_that_cannot_be_read_is_not_an_empty_one(desk: Desk, trouble: str) -> None:
    """Nothing is sent before it is known that nothing was: it could be the second message."""
    shown = await desk.show()
    await desk.channel.delete_message(shown.message)
    await desk.end(shown)
    await sent_and_unconfirmed(desk, shown)
    desk.sandbox.clock.advance(3600)
    if trouble == "busy":
        desk.sandbox.faults.answer("GET", POSTS, 503, BUSY)
    else:
        desk.sandbox.faults.reset("GET", POSTS, times=2)  # the library asks once more by itself

    await desk.change(shown)
    assert not await desk.told(shown)
    await desk.change(shown)

    assert await desk.told(shown)
    assert len(desk.channel.messages) == 1
    assert len(desk.sandbox.find_calls("POST", POSTS)) == 1


async def test_the_answer_that_we_gave_up_on_tells_the_end(desk: Desk) -> None:
    """Discord took the first answer and the bot did not learn it: that message is edited."""
    shown = await desk.show(confirmed=False)
    await desk.database.write(
        rows.move_job,
        shown.id,
        State.CANCELLED,
        desk.clock.now(),
        failure=Failure.NEVER_SHOWN,
    )
    await desk.change(shown)

    assert shown.words == ["QUEUED", "CANCELLED"]
    assert desk.channel.messages == [shown.message]
    assert await desk.told(shown)


async def test_the_answer_that_we_gave_up_on_is_found_after_the_tokens_life(desk: Desk) -> None:
    """Without the token it is found in the history, and no second message is sent."""
    shown = await desk.show(confirmed=False)
    await desk.database.write(
        rows.move_job,
        shown.id,
        State.CANCELLED,
        desk.clock.now(),
        failure=Failure.NEVER_SHOWN,
    )
    desk.age()
    await desk.change(shown)

    assert shown.words == ["QUEUED", "CANCELLED"]
    assert desk.channel.messages == [shown.message]
    assert await desk.told(shown)


async def test_a_stop_while_an_end_is_told_leaves_it_to_the_next_start(desk: Desk) -> None:
    """Cut off before Discord answered, the end counts as not told, and is told then."""
    shown = await desk.show()
    await desk.end(shown)
    hanging = desk.sandbox.faults.hold("PATCH", BY_TOKEN)
    desk.notifier.changed(shown.id)
    await hanging.reached.wait()
    await desk.notifier.stop()
    hanging.release()
    assert not await desk.told(shown)

    desk.restart()
    await desk.change(shown)
    assert shown.words[-1] == "FAILED"
    assert await desk.told(shown)


async def test_ends_of_many_jobs_are_all_told(desk: Desk) -> None:
    """Twenty ends at once: each message says its own, and each is written down."""
    all_shown = [await desk.show() for _ in range(20)]
    for shown in all_shown:
        await desk.end(shown)
        desk.notifier.changed(shown.id)
    await desk.settled()

    assert all(await asyncio.gather(*(desk.told(shown) for shown in all_shown)))
    assert {shown.words[-1] for shown in all_shown} == {"FAILED"}
    footers = [shown.message.embeds[0]["footer"]["text"] for shown in all_shown]
    assert footers == [f"Job #{shown.id}" for shown in all_shown]
