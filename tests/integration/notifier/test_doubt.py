"""What is not known is not taken for known: a message that may stand, and a step that failed."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.jobs import rows
from bot.jobs.stages import Delivered, Postponed, Unseen
from bot.jobs.states import State
from bot.notifier.doors import read_response
from bot.notifier.notifier import MAX_TELLS
from bot.storage import Transaction
from bot.storage.tables import jobs
from tests.integration.notifier.conftest import BY_TOKEN, IN_CHANNEL, PICTURE, Desk, Shown
from tests.integration.notifier.test_delivery import POSTS, cut_off_after_upload, deliver, finished
from tests.videos import Videos

AN_HOUR_SECONDS = 3600.0
"""By then Discord has forgotten the nonce of a message."""
SKEW = timedelta(minutes=2)


def pass_an_hour(desk: Desk) -> None:
    """Let both clocks go on."""
    desk.sandbox.clock.advance(AN_HOUR_SECONDS)
    desk.clock.advance(AN_HOUR_SECONDS)


async def write_state(desk: Desk, shown: Shown, state: str) -> None:
    """Write a state into the job's row, past every check."""

    def write_it(tx: Transaction) -> None:
        tx.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        tx.execute(update(jobs).where(jobs.c.id == shown.id).values(state=state))
        tx.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")

    await desk.database.write(write_it)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_history_that_may_not_be_read_proves_nothing(
    desk: Desk, videos: Videos, *, restarted: bool
) -> None:
    """Cut off after the post, the video is not posted again; granted the history, it is found."""
    shown, job = await finished(desk)
    desk.channel.deny_bot("read_message_history")
    await desk.channel.delete_message(shown.message)
    if restarted:
        await cut_off_after_upload(desk, job, videos.plain(), "POST")
    else:
        desk.sandbox.faults.reset("POST", POSTS, after=True)
        assert await deliver(desk, job, videos.plain()) == Postponed("busy")
    pass_an_hour(desk)

    assert await deliver(desk, job, videos.plain()) == Postponed("closed")
    assert len(desk.channel.messages) == 1

    desk.allow("read_message_history")
    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    [message] = desk.channel.messages
    assert (await desk.database.read(rows.get_message, job.id)).message_id == message.id


async def test_where_nothing_was_posted_nothing_needs_to_be_read(
    desk: Desk, videos: Videos
) -> None:
    """The row says that no message was begun: the video comes without the history."""
    shown, job = await finished(desk)
    desk.channel.deny_bot("read_message_history")
    await desk.channel.delete_message(shown.message)

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert len(desk.channel.messages) == 1
    assert desk.sandbox.find_calls("GET", POSTS) == []


async def test_what_discord_has_refused_was_not_posted(desk: Desk, videos: Videos) -> None:
    """A refusal is a proof: hours later the first message is posted, the history unread."""
    shown, job = await finished(desk)
    desk.age()
    desk.channel.deny_bot("read_message_history", "send_messages")
    await desk.channel.delete_message(shown.message)
    assert await deliver(desk, job, videos.plain()) == Postponed("closed")
    pass_an_hour(desk)
    desk.allow("send_messages")

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert len(desk.channel.messages) == 1


async def test_a_refusal_says_nothing_of_an_earlier_post(desk: Desk, videos: Videos) -> None:
    """The first post may stand, the second was refused: it is still not known."""
    shown, job = await finished(desk)
    desk.channel.deny_bot("read_message_history")
    await desk.channel.delete_message(shown.message)
    await cut_off_after_upload(desk, job, videos.plain(), "POST")
    desk.sandbox.faults.answer("POST", POSTS, 403, {"code": 50013, "message": "no"})
    assert await deliver(desk, job, videos.plain()) == Postponed("closed")
    pass_an_hour(desk)

    assert await deliver(desk, job, videos.plain()) == Postponed("closed")
    assert len(desk.channel.messages) == 1


async def test_an_empty_history_that_may_be_read_is_a_proof(desk: Desk, videos: Videos) -> None:
    """Cut off before the post: the history is read, nothing stands there, the video is posted."""
    shown, job = await finished(desk)
    await desk.channel.delete_message(shown.message)
    desk.sandbox.faults.reset("POST", POSTS)
    assert await deliver(desk, job, videos.plain()) == Postponed("busy")
    pass_an_hour(desk)

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert len(desk.channel.messages) == 1


@pytest.mark.parametrize("ahead", [SKEW, -SKEW])
async def test_a_message_is_found_whatever_our_clock_says(
    desk: Desk, videos: Videos, ahead: timedelta
) -> None:
    """Discord's ids tell what came after the command; the two clocks differ by minutes."""
    desk.clock._start += ahead
    shown, job = await finished(desk)
    await desk.channel.delete_message(shown.message)
    await cut_off_after_upload(desk, job, videos.plain(), "POST")
    pass_an_hour(desk)

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert len(desk.channel.messages) == 1


async def test_a_message_is_found_behind_many_others(desk: Desk, videos: Videos) -> None:
    """One page of the history is not all of it."""
    shown, job = await finished(desk)
    await desk.channel.delete_message(shown.message)
    await cut_off_after_upload(desk, job, videos.plain(), "POST")
    for number in range(150):
        await desk.channel.post(desk.ada, f"talk {number}")
    pass_an_hour(desk)

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert len([each for each in desk.channel.messages if each.attachments]) == 1


# A step that fails in a way that nobody thought of.


@pytest.mark.parametrize("state", [State.PROCESSING, State.FAILED])
async def test_what_a_fault_of_ours_keeps_from_being_shown_is_planned_again(
    desk: Desk, state: State
) -> None:
    """An exception that nobody thought of: a row that can't be read, until somebody mends it."""
    shown = await desk.show()
    if state is State.FAILED:
        await desk.end(shown)
    else:
        await desk.bring_to(shown, state)
    good = (await desk.job(shown)).state
    await write_state(desk, shown, "nobody's")
    await desk.change(shown)
    assert desk.edits() == []
    assert desk.planned_seconds(shown) is not None

    await write_state(desk, shown, good)
    await desk.change(shown)
    assert shown.words[-1] == state.upper()
    assert await desk.told(shown) is (state is State.FAILED)
    assert desk.planned_seconds(shown) is None


async def test_a_picture_that_has_vanished_is_no_end(desk: Desk) -> None:
    """A file that can't be opened while it is sent: later there is another, or none."""
    desk.keep_picture()
    shown = await desk.show(picture=PICTURE)
    await desk.end(shown)
    thumbnail = await desk.pictures.thumbnail(PICTURE)
    thumbnail.unlink()
    thumbnail.mkdir()
    await desk.change(shown)
    assert not await desk.told(shown)
    assert desk.planned_seconds(shown) is not None

    thumbnail.rmdir()
    await desk.change(shown)
    assert await desk.told(shown)


@pytest.mark.parametrize("answer", [b"", b"{", {"odd": True}])
async def test_an_edit_whose_answer_cannot_be_read_is_repeated(
    desk: Desk, answer: bytes | dict[str, bool]
) -> None:
    """Another server's odd message object is no crash: the edit is harmless a second time."""
    shown = await desk.show()
    await desk.end(shown)
    desk.sandbox.faults.answer("PATCH", BY_TOKEN, 200, answer, after=True)
    await desk.change(shown)
    if not await desk.told(shown):
        assert desk.planned_seconds(shown) is not None
        await desk.change(shown)

    assert await desk.told(shown)
    assert desk.channel.messages == [shown.message]


async def test_a_post_whose_answer_cannot_be_read_is_found_and_not_repeated(
    desk: Desk, videos: Videos
) -> None:
    """The message stands, though its id was not learned."""
    shown, job = await finished(desk)
    await desk.channel.delete_message(shown.message)
    desk.sandbox.faults.answer("POST", POSTS, 200, {"odd": True}, after=True)
    assert await deliver(desk, job, videos.plain()) == Postponed("busy")
    pass_an_hour(desk)

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert len(desk.channel.messages) == 1


# Whether a first response stands.


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"id": "77", "flags": 0, "embeds": [{"footer": {"text": "Job #5"}}]}, 77),
        ({"id": 77, "embeds": [{"footer": {"text": "Job #5"}}, {}]}, 77),
        ({"id": "77", "flags": 128, "embeds": []}, Unseen.ABSENT),
        ({"id": "77", "flags": 64, "embeds": [], "content": "Not enough"}, Unseen.ABSENT),
        ({"id": "77", "embeds": [{"footer": {"text": "Job #6"}}]}, Unseen.ABSENT),
        ({"id": "odd"}, Unseen.UNKNOWN),
        ({"id": None}, Unseen.UNKNOWN),
        ({}, Unseen.UNKNOWN),
        ([], Unseen.UNKNOWN),
        ("", Unseen.UNKNOWN),
        (None, Unseen.UNKNOWN),
    ],
)
def test_a_message_object_is_read_for_as_much_as_is_needed(
    said: object, read: int | Unseen
) -> None:
    """An id and the job's footer; another message is not the job's, and no message is unknown."""
    assert read_response(said, 5) == read


async def test_a_first_response_is_found_by_its_token(desk: Desk) -> None:
    """Unconfirmed, it stands; deleted, or after the token's life, it does not for us."""
    shown = await desk.show(confirmed=False)
    assert await desk.notifier.find_response(shown.id) == shown.message.id

    desk.sandbox.faults.answer("GET", BY_TOKEN, 404, b"no route")
    assert await desk.notifier.find_response(shown.id) is Unseen.UNKNOWN
    desk.sandbox.faults.reset("GET", BY_TOKEN, times=None)
    assert await desk.notifier.find_response(shown.id) is Unseen.UNKNOWN
    desk.sandbox.faults.clear()

    await desk.channel.delete_message(shown.message)
    assert await desk.notifier.find_response(shown.id) is Unseen.ABSENT
    shown.use.expire()
    assert await desk.notifier.find_response(shown.id) is Unseen.ABSENT


async def test_after_the_tokens_life_a_first_response_is_found_in_the_channel(desk: Desk) -> None:
    """The dead token is not tried; where nobody may look, nothing is known to stand."""
    shown = await desk.show(confirmed=False)
    desk.age()
    assert await desk.notifier.find_response(shown.id) == shown.message.id
    desk.sandbox.faults.reset("GET", IN_CHANNEL, times=None)
    assert await desk.notifier.find_response(shown.id) is Unseen.UNKNOWN
    desk.sandbox.faults.clear()
    desk.channel.deny_bot("read_message_history")
    assert await desk.notifier.find_response(shown.id) is Unseen.ABSENT
    assert desk.sandbox.find_calls("GET", BY_TOKEN) == []


# The member has the video, and the message shows an older state.


async def fetched(desk: Desk, picture: str | None = None) -> Shown:
    """Let the member fetch the video while no door is open."""
    if picture is not None:
        desk.keep_picture()
    shown = await desk.show(picture=picture)
    await desk.bring_to(shown, State.PROCESSING)
    await desk.change(shown)
    await desk.bring_to(shown, State.RENDERED)
    now = desk.clock.now()
    desk.age()
    desk.channel.deny_bot("view_channel")
    await desk.database.write(rows.move_job, shown.id, State.DELIVERED, now, told_at=now)
    await desk.database.write(rows.update_message, shown.id, outdated_since=now)
    await desk.change(shown)
    assert shown.words[-1] == "PROCESSING"
    return shown


async def outdated(desk: Desk, shown: Shown) -> bool:
    """Tell whether it is written down that the message is not up to date."""
    return (await desk.database.read(rows.get_message, shown.id)).outdated_since is not None


@pytest.mark.parametrize("picture", [None, PICTURE])
async def test_what_was_fetched_behind_a_closed_door_is_shown_when_it_opens(
    desk: Desk, picture: str | None
) -> None:
    """Behind the door it is tried once; once shown, the message is left alone."""
    shown = await fetched(desk, picture)
    assert await outdated(desk, shown)
    assert desk.planned_seconds(shown) is None

    desk.allow("view_channel")
    desk.restart()
    await desk.change(shown)
    assert shown.words[-1] == "COMPLETED"
    assert not await outdated(desk, shown)
    edits = len(desk.edits())
    await desk.change(shown)
    assert len(desk.edits()) == edits


async def test_a_message_that_was_deleted_meanwhile_is_not_made_anew(desk: Desk) -> None:
    """The member has the video: nobody needs to be called."""
    shown = await fetched(desk)
    await desk.channel.delete_message(shown.message)
    desk.allow("view_channel")
    await desk.change(shown)
    assert not await outdated(desk, shown)
    assert desk.channel.messages == []


async def test_a_busy_discord_is_asked_again(desk: Desk) -> None:
    """No door will open: it is planned by itself."""
    shown = await fetched(desk)
    desk.allow("view_channel")
    desk.sandbox.faults.reset("PATCH", "", times=None)
    await desk.change(shown)
    assert desk.planned_seconds(shown) is not None
    desk.sandbox.faults.clear()
    await desk.change(shown)
    assert shown.words[-1] == "COMPLETED"
    assert desk.planned_seconds(shown) is None


async def test_what_is_being_told_or_was_given_up_is_known(desk: Desk) -> None:
    """Whoever looks for untold ends leaves these alone."""
    shown = await desk.show()
    assert not desk.notifier.telling(shown.id)
    await desk.end(shown)
    desk.age()
    desk.sandbox.faults.answer("PATCH", IN_CHANNEL, 503, {"code": 0, "message": "no"}, times=None)
    desk.notifier.changed(shown.id)
    assert desk.notifier.telling(shown.id)
    for _ in range(MAX_TELLS):
        await desk.change(shown)
        assert desk.notifier.telling(shown.id)
    assert desk.planned_seconds(shown) is None
    desk.sandbox.faults.clear()
    await desk.change(shown)
    assert await desk.told(shown)
    assert not desk.notifier.telling(shown.id)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_token_that_discord_refused_is_never_tried_again(
    desk: Desk, *, restarted: bool
) -> None:
    """Asked about, edited by, after a restart: one refusal in all; proxies lock out for more."""
    shown = await desk.show(confirmed=False)
    shown.use.expire()
    assert await desk.notifier.find_response(shown.id) == shown.message.id
    if restarted:
        desk.restart()

    assert await desk.notifier.find_response(shown.id) == shown.message.id
    await desk.end(shown)
    await desk.change(shown)

    calls = desk.sandbox.find_calls("GET", BY_TOKEN) + desk.sandbox.find_calls("PATCH", BY_TOKEN)
    assert [call.status for call in calls] == [401]


async def test_a_young_job_s_dead_token_is_not_tried_again(desk: Desk) -> None:
    """An answer that may still appear is waited for; a dead token is not."""
    shown = await desk.show(confirmed=False)
    shown.use.expire()
    await desk.end(shown)

    for _ in range(2):
        await desk.change(shown)

    assert desk.edits(BY_TOKEN) == [401]


async def test_a_refusal_of_the_bot_s_own_token_closes_no_door(desk: Desk, videos: Videos) -> None:
    """It was reset: the video waits, as for a Discord that is busy."""
    shown, job = await finished(desk)
    desk.age()
    unauthorized = {"message": "401: Unauthorized", "code": 0}
    desk.sandbox.faults.answer("PATCH", IN_CHANNEL, 401, unauthorized)

    assert await deliver(desk, job, videos.plain()) == Postponed("busy")
    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert desk.channel.messages == [shown.message]
