"""The video reaches the member: once, by whatever door is open, in a size that Discord takes."""

import asyncio
from pathlib import Path

import discord
import pytest

from bot.delivery.speed import SPEED_SECONDS
from bot.delivery.video import probe
from bot.errors import ResourcesExhausted, ToolFailed
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.stages import Delivered, Postponed
from bot.jobs.states import State
from bot.notifier.bringing import MAX_FITS
from bot.sandbox.discord import Message
from tests.files import names_in
from tests.handles import no_handles_left
from tests.integration.notifier.conftest import (
    BY_TOKEN,
    IN_CHANNEL,
    PATIENCE_SECONDS,
    Desk,
    Shown,
)
from tests.tools import spoilt_ffmpeg
from tests.videos import SECONDS, Videos

MIB = 1024 * 1024
LARGE_BYTES = 12 * MIB
"""More than what every server takes, less than what a boosted one does."""
POSTS = r"/channels/\d+/messages$"


async def deliver(desk: Desk, job: Job, path: Path) -> Delivered | Postponed:
    """Bring the video of a finished job, within a test's patience."""
    video = await probe(path)
    return await asyncio.wait_for(desk.notifier.deliver(job, video), PATIENCE_SECONDS)


async def finished(desk: Desk, limit_bytes: int | None = None) -> tuple[Shown, Job]:
    """Show a job, and bring it to where its video is on our disk."""
    shown = await desk.show(limit_bytes=limit_bytes)
    return shown, await desk.bring_to(shown, State.RENDERED)


async def cut_off_after_upload(desk: Desk, job: Job, path: Path, method: str) -> None:
    """Stop at the moment when the video is in Discord and the bot has not heard of it."""
    there = desk.sandbox.faults.hold(method, "", after=True)
    delivering = asyncio.create_task(deliver(desk, job, path))
    await there.reached.wait()
    delivering.cancel()
    await asyncio.wait({delivering})
    there.release()
    await desk.notifier.stop()
    desk.restart()


async def seconds_of(message: Message) -> float:
    """Check that a message carries one video that plays everywhere, and tell its seconds."""
    [attachment] = message.attachments
    video = await probe(attachment.path)
    assert video.plays_everywhere
    return video.seconds


def text_of(message: Message) -> str:
    """Read what a message says under its status word."""
    return str(message.embeds[0]["fields"][0]["value"])


def text_at(message: Message, version: int) -> str:
    """Read what a version of a message says under its status word."""
    return str(message.versions[version].embeds[0]["fields"][0]["value"])


async def test_the_video_comes_into_the_jobs_message(desk: Desk, videos: Videos) -> None:
    """By the token: one edit that completes the embed and attaches the file, described."""
    shown, job = await finished(desk)

    outcome = await deliver(desk, job, videos.plain())

    assert outcome == Delivered("in the job's message", called=False)
    assert shown.words == ["QUEUED", "COMPLETED"]
    assert await seconds_of(shown.message) == SECONDS
    [attachment] = shown.message.attachments
    assert (attachment.filename, attachment.description) == ("video.mp4", "a fox in the snow")
    assert desk.channel.messages == [shown.message]
    assert desk.edits(BY_TOKEN) == [200]


async def test_after_the_tokens_life_the_channel_is_the_door(desk: Desk, videos: Videos) -> None:
    """The same message gets the video by way of the channel."""
    shown, job = await finished(desk)
    desk.age()

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert await seconds_of(shown.message) == SECONDS
    assert (desk.edits(BY_TOKEN), desk.edits(IN_CHANNEL)) == ([], [200])


async def test_a_token_that_dies_early_does_not_stop_the_video(desk: Desk, videos: Videos) -> None:
    """Refused by the token, the video goes through the channel in the same attempt."""
    shown, job = await finished(desk)
    shown.use.expire()

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert await seconds_of(shown.message) == SECONDS
    assert (desk.edits(BY_TOKEN), desk.edits(IN_CHANNEL)) == ([401], [200])


async def test_a_repeated_delivery_leaves_one_video(desk: Desk, videos: Videos) -> None:
    """Killed after the upload and before it was written down: done again, there is one video."""
    shown, job = await finished(desk)
    await cut_off_after_upload(desk, job, videos.plain(), "PATCH")
    assert len(shown.message.attachments) == 1

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert await seconds_of(shown.message) == SECONDS
    assert desk.channel.messages == [shown.message]


async def test_a_change_during_the_upload_does_not_undo_it(desk: Desk, videos: Videos) -> None:
    """What is told while the video goes up waits, and finds that there is nothing to show."""
    shown, job = await finished(desk)
    slow = desk.sandbox.faults.hold("PATCH", BY_TOKEN)
    delivering = asyncio.create_task(deliver(desk, job, videos.plain()))
    await slow.reached.wait()
    desk.notifier.changed(shown.id)
    slow.release()
    await delivering
    await desk.settled()

    assert shown.words == ["QUEUED", "COMPLETED"]


async def test_the_delivery_waits_for_an_edit_under_way(desk: Desk, videos: Videos) -> None:
    """A slow edit of an older state cannot come after the video and cover it."""
    shown = await desk.show()
    await desk.bring_to(shown, State.PROCESSING)
    slow = desk.sandbox.faults.hold("PATCH", BY_TOKEN)
    desk.notifier.changed(shown.id)
    await slow.reached.wait()
    job = await desk.bring_to(shown, State.RENDERED)
    delivering = asyncio.create_task(deliver(desk, job, videos.plain()))
    lock = desk.notifier._locks[job.id]
    while not lock._waiters and not delivering.done():  # noqa: ASYNC110 - a lock tells nobody
        await asyncio.sleep(0)
    slow.release()
    await delivering
    await desk.settled()

    assert shown.words == ["QUEUED", "PROCESSING", "COMPLETED"]
    assert len(shown.message.attachments) == 1


async def test_where_the_message_was_deleted_a_new_one_brings_the_video(
    desk: Desk, videos: Videos
) -> None:
    """It calls the member, who alone is pinged; repeated, the same new message is used."""
    shown, job = await finished(desk)
    await desk.channel.delete_message(shown.message)

    outcome = await deliver(desk, job, videos.plain())

    assert outcome == Delivered("in a new message", called=True)
    [message] = desk.channel.messages
    assert message.content == f"<@{desk.ada.id}>"
    assert message.mentioned == [desk.ada.id]
    assert await seconds_of(message) == SECONDS
    address = await desk.database.read(rows.get_message, shown.id)
    assert address.message_id == message.id

    await deliver(desk, job, videos.plain())
    assert desk.channel.messages == [message]
    assert len(message.attachments) == 1


async def test_a_new_message_sent_before_a_crash_is_found_again(desk: Desk, videos: Videos) -> None:
    """Another notifier, long after: the history shows the message, and none is sent again."""
    shown, job = await finished(desk)
    await desk.channel.delete_message(shown.message)
    await cut_off_after_upload(desk, job, videos.plain(), "POST")
    await desk.channel.post(desk.ada, "where is my video?")
    desk.sandbox.clock.advance(3600)

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)

    [message] = [each for each in desk.channel.messages if each.attachments]
    assert await seconds_of(message) == SECONDS
    assert len(desk.sandbox.find_calls("POST", POSTS)) == 1


async def test_without_the_history_the_nonce_keeps_the_video_single(
    desk: Desk, videos: Videos
) -> None:
    """Where the bot may not read back, Discord gives the first message for the second."""
    shown, job = await finished(desk)
    desk.channel.deny_bot("read_message_history")
    await desk.channel.delete_message(shown.message)
    await cut_off_after_upload(desk, job, videos.plain(), "POST")

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    [message] = desk.channel.messages
    assert await seconds_of(message) == SECONDS


async def test_another_jobs_message_is_not_taken_for_this_ones(desk: Desk, videos: Videos) -> None:
    """Two videos whose messages were deleted come in two messages."""
    deliveries = []
    for _ in range(2):
        shown, job = await finished(desk)
        await desk.channel.delete_message(shown.message)
        deliveries.append((shown, await deliver(desk, job, videos.plain())))

    footers = [message.embeds[0]["footer"]["text"] for message in desk.channel.messages]
    assert footers == [f"Job #{shown.id}" for shown, _ in deliveries]
    assert all(len(message.attachments) == 1 for message in desk.channel.messages)


# Sizes.


async def test_a_limit_that_was_overstated_falls_back_to_the_least(
    desk: Desk, videos: Videos
) -> None:
    """413 at the named limit: a smaller copy goes through, and is kept beside the video."""
    desk.guild.attachment_limit_bytes = 11 * MIB
    shown, job = await finished(desk, limit_bytes=50 * MIB)
    video = await desk.keep(videos.padded(LARGE_BYTES))

    assert isinstance(await deliver(desk, job, video.path), Delivered)

    assert desk.edits() == [413, 200]
    [attachment] = shown.message.attachments
    assert attachment.size <= 10 * MIB
    assert await seconds_of(shown.message) == SECONDS
    assert names_in(desk.folder) == ["1.copies", "1.mp4"]


async def test_a_copy_whose_making_the_system_stops_time_and_again_is_not_waited_for(
    desk: Desk, videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little memory to make it smaller: it may pass, but in the end the video is linked."""
    shown, job = await finished(desk)
    video = await desk.keep(videos.padded(LARGE_BYTES))
    spoilt_ffmpeg(monkeypatch, tmp_path, "kill -9 $$")

    for _ in range(MAX_FITS - 1):
        with pytest.raises(ToolFailed):
            await desk.notifier.deliver(job, video)
    assert isinstance(await desk.notifier.deliver(job, video), Delivered)

    assert desk.edits() == [200] * (MAX_FITS + 1), "a knock before each, and the link"
    assert "(https://media.example/film.mp4)" in text_of(shown.message)
    assert "could not convert it" in text_of(shown.message)
    assert names_in(desk.folder) == ["1.mp4"]


async def test_where_nothing_may_be_attached_the_video_is_linked(
    desk: Desk, videos: Videos
) -> None:
    """413 at every size: the provider's address is shown, with the day on which it ends."""
    desk.guild.attachment_limit_bytes = 1
    shown, job = await finished(desk, limit_bytes=50 * MIB)
    video = await desk.keep(videos.padded(LARGE_BYTES))

    assert isinstance(await deliver(desk, job, video.path), Delivered)

    assert desk.edits() == [413, 413, 200]
    assert shown.message.attachments == []
    assert job.result_url is not None
    assert f"({job.result_url})" in text_of(shown.message)
    assert "<t:" in text_of(shown.message)
    assert "too large to attach" in text_of(shown.message)
    assert names_in(desk.folder) == ["1.copies", "1.mp4"]


async def test_a_video_without_a_file_is_linked(desk: Desk) -> None:
    """Nothing is left on our disk: the message shows where the provider has it, and says why."""
    shown, job = await finished(desk)

    outcome = await asyncio.wait_for(desk.notifier.deliver(job, None), PATIENCE_SECONDS)

    assert isinstance(outcome, Delivered)
    assert "copy of the video was lost" in text_of(shown.message)
    assert "(https://media.example/film.mp4)" in text_of(shown.message)


async def test_what_would_not_be_watchable_is_linked_without_a_try(
    desk: Desk, videos: Videos
) -> None:
    """A limit of a few bytes: nothing is encoded and nothing is refused."""
    shown, job = await finished(desk, limit_bytes=1000)

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert desk.edits() == [200]
    assert "(https://media.example/film.mp4)" in text_of(shown.message)


async def test_the_channels_own_limit_counts_after_the_tokens_life(
    desk: Desk, videos: Videos
) -> None:
    """A boosted server, known from the gateway, takes the large file as it is."""
    boosted = desk.sandbox.add_guild("Film school", boost_tier=2)
    desk.guild, desk.channel = boosted, boosted.add_channel("videos")
    desk.ada = boosted.add_member("Ada")
    connecting = asyncio.create_task(desk.client.connect())
    await asyncio.wait_for(desk.client.wait_until_ready(), PATIENCE_SECONDS)
    shown, job = await finished(desk, limit_bytes=1000)
    desk.age()

    assert isinstance(await deliver(desk, job, videos.padded(LARGE_BYTES)), Delivered)

    [attachment] = shown.message.attachments
    assert attachment.size == LARGE_BYTES
    await desk.client.close()
    await asyncio.wait({connecting})


@pytest.mark.parametrize("anew", [False, True])
async def test_a_late_video_may_have_what_its_interaction_allowed(
    desk: Desk, videos: Videos, anew: bool
) -> None:
    """Nothing else is known of the server: the large video is neither shrunk nor linked."""
    desk.guild.attachment_limit_bytes = 50 * MIB
    shown, job = await finished(desk, limit_bytes=50 * MIB)
    desk.age()
    if anew:
        await desk.channel.delete_message(shown.message)

    assert isinstance(await deliver(desk, job, videos.padded(LARGE_BYTES)), Delivered)

    [message] = desk.channel.messages
    [attachment] = message.attachments
    assert attachment.size == LARGE_BYTES


@pytest.mark.parametrize("code", [None, 40005])
async def test_a_late_video_that_is_refused_goes_the_next_smaller_way_once(
    desk: Desk, videos: Videos, code: int | None
) -> None:
    """What the member may upload can be more than the channel takes from the bot."""
    desk.guild.attachment_limit_bytes = 11 * MIB
    shown, job = await finished(desk, limit_bytes=50 * MIB)
    desk.age()
    if code is not None:
        desk.sandbox.faults.answer("PATCH", "", 400, {"message": "too large", "code": code})
    video = await desk.keep(videos.padded(LARGE_BYTES))

    assert isinstance(await deliver(desk, job, video.path), Delivered)

    assert desk.edits(IN_CHANNEL) == [413 if code is None else 400, 200]
    [attachment] = shown.message.attachments
    assert attachment.size <= 10 * MIB


async def test_what_was_refused_is_not_sent_again_under_a_limit_that_it_keeps(
    desk: Desk, videos: Videos
) -> None:
    """Two limits that are both too high, and a small video: after one refusal it is linked."""
    desk.guild.attachment_limit_bytes = 1
    shown, job = await finished(desk, limit_bytes=50 * MIB)
    desk.age()

    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert desk.edits() == [413, 200]
    assert shown.message.attachments == []


# Encodes.


async def test_tries_at_a_closed_door_encode_nothing(desk: Desk, videos: Videos) -> None:
    """It is knocked on before the work; once it is open the copy is made, and attached."""
    shown, job = await finished(desk)
    desk.age()
    desk.channel.deny_bot("view_channel")
    video = await desk.keep(videos.padded(LARGE_BYTES))
    for _ in range(5):
        desk.notifier.lift(desk.channel.id)
        assert await deliver(desk, job, video.path) == Postponed("closed")
    assert names_in(desk.folder) == ["1.mp4"]

    desk.allow("view_channel")
    assert isinstance(await deliver(desk, job, video.path), Delivered)
    assert names_in(desk.folder) == ["1.copies", "1.mp4"]
    assert "a copy that may be attached here is being made" in text_at(shown.message, -2)


async def test_tries_at_a_door_that_takes_no_files_encode_once(desk: Desk, videos: Videos) -> None:
    """What only the file can tell costs one copy, which is kept for the next try."""
    _, job = await finished(desk)
    desk.age()
    desk.channel.deny_bot("attach_files")
    video = await desk.keep(videos.padded(LARGE_BYTES))
    made = set()
    for _ in range(5):
        desk.restart()
        assert await deliver(desk, job, video.path) == Postponed("closed")
        [copy] = (desk.folder / "1.copies").iterdir()
        made.add((copy.stat().st_ino, copy.stat().st_mtime_ns))
    assert len(made) == 1


# No way through.


async def test_without_permission_the_video_waits_for_one(desk: Desk, videos: Videos) -> None:
    """Refused in the channel: postponed, nothing is posted, and granted it is delivered."""
    shown, job = await finished(desk)
    desk.age()
    desk.channel.deny_bot("attach_files")

    assert await deliver(desk, job, videos.plain()) == Postponed("closed")
    assert desk.channel.messages == [shown.message]
    assert shown.words == ["QUEUED"]

    desk.allow("attach_files")
    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert await seconds_of(shown.message) == SECONDS


@pytest.mark.parametrize("permission", ["view_channel", "send_messages"])
async def test_without_permission_a_new_message_waits_for_one(
    desk: Desk, videos: Videos, permission: str
) -> None:
    """The message is gone and the bot may not write a new one: postponed until it may."""
    shown, job = await finished(desk)
    desk.age()
    await desk.channel.delete_message(shown.message)
    desk.channel.deny_bot(permission)

    assert await deliver(desk, job, videos.plain()) == Postponed("closed")

    desk.allow(permission)
    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert len(desk.channel.messages) == 1


async def test_an_upload_that_trickles_leaves_its_place(desk: Desk, videos: Videos) -> None:
    """Discord reads no more of it: after the time for the least speed it is tried again later."""
    shown, job = await finished(desk, limit_bytes=50 * MIB)
    stuck = desk.sandbox.faults.hold("PATCH", "")
    task = asyncio.create_task(deliver(desk, job, videos.padded(LARGE_BYTES)))
    await stuck.reached.wait()
    while not task.done():
        waits = asyncio.ensure_future(desk.clock.asleep())
        await asyncio.wait({task, waits}, return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        desk.clock.advance(SPEED_SECONDS / 6)

    assert task.result() == Postponed("busy")
    assert shown.message.attachments == []
    stuck.release()


async def test_a_channel_or_a_server_that_is_gone_is_told_as_closed(
    desk: Desk, videos: Videos
) -> None:
    """Nothing raises: the video is kept, and the member can ask for it elsewhere."""
    _, job = await finished(desk)
    desk.age()
    await desk.guild.delete_channel(desk.channel)
    gone = await deliver(desk, job, videos.plain())
    await desk.guild.remove_bot()
    removed = await deliver(desk, job, videos.plain())

    assert (gone, removed) == (Postponed("closed"), Postponed("closed"))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_broken_upload_is_repeated_and_leaves_one_video(
    desk: Desk, videos: Videos, *, after: bool
) -> None:
    """A reset before or after Discord has the file: postponed, and then one video is there."""
    shown, job = await finished(desk)
    desk.sandbox.faults.reset("PATCH", BY_TOKEN, after=after)

    assert await deliver(desk, job, videos.plain()) == Postponed("busy")
    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert await seconds_of(shown.message) == SECONDS


async def test_before_the_login_everything_waits(desk: Desk, videos: Videos) -> None:
    """A bot that has not reached Discord yet asks nothing of it and loses nothing."""
    shown, job = await finished(desk)
    logged_in, desk.client = desk.client, discord.Client(intents=discord.Intents.none())
    desk.restart()

    assert await deliver(desk, job, videos.plain()) == Postponed("busy")
    assert desk.edits() == []

    desk.client = logged_in
    desk.restart()
    assert isinstance(await deliver(desk, job, videos.plain()), Delivered)
    assert await seconds_of(shown.message) == SECONDS


async def test_a_delivery_without_a_handle_is_told_as_our_own_trouble(
    desk: Desk, videos: Videos
) -> None:
    """Not as a Discord that is busy, whose tries are counted; afterwards it arrives."""
    shown, job = await finished(desk)
    video = await desk.keep(videos.plain())
    with no_handles_left(), pytest.raises(ResourcesExhausted):
        await desk.notifier.deliver(job, video)
    assert isinstance(await deliver(desk, job, video.path), Delivered)
    assert await seconds_of(shown.message) == SECONDS
