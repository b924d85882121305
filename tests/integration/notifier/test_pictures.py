"""The picture that a video starts from stays in its message, small, from first to last."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.delivery.video import probe
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.stages import Delivered
from bot.jobs.states import State
from bot.sandbox.discord import Message
from tests.integration.notifier.conftest import BY_TOKEN, EDIT_SECONDS, PICTURE, Desk, Shown
from tests.pictures import QUARTERS, decoded, quarters_of
from tests.videos import Videos

SMALL = "picture.jpg"
WHOLE = [SMALL, "video.mp4"]


def names(message: Message) -> list[str]:
    """List a message's attachments."""
    return [each.filename for each in message.attachments]


def assert_pictured(message: Message) -> None:
    """Check that the embed shows the attached picture, and that it is the one."""
    [small] = [each for each in message.attachments if each.filename == SMALL]
    assert message.embeds[0]["thumbnail"]["url"].split("?")[0].endswith(f"/{SMALL}")
    assert message.embeds[0]["thumbnail"]["url"].startswith("http"), "it leads to the attachment"
    assert quarters_of(decoded(small.path.read_bytes())) == QUARTERS
    assert small.description == "The picture that the video starts from"


@pytest.fixture
async def shown(desk: Desk) -> Shown:
    """Show a job that starts from a picture."""
    desk.keep_picture()
    return await desk.show(picture=PICTURE)


async def deliver(desk: Desk, job: Job, videos: Videos) -> None:
    """Bring the video of a finished job."""
    assert isinstance(await desk.notifier.deliver(job, await probe(videos.plain())), Delivered)


async def lose_pictures(desk: Desk) -> None:
    """Empty the folder."""
    await asyncio.to_thread(shutil.rmtree, desk.pictures.folder)


async def test_the_picture_stays_over_edits(desk: Desk, shown: Shown) -> None:
    """By token and by the channel; there is one of it, however many edits there were."""
    for state in (State.QUEUED, State.PROCESSING):
        await desk.bring_to(shown, state)
        await desk.change(shown)
        assert names(shown.message) == [SMALL]
        assert_pictured(shown.message)
        desk.age()
    assert desk.edits() == [200, 200]


@pytest.mark.parametrize("aged", [False, True], ids=["by token", "in the channel"])
async def test_the_video_comes_beside_the_picture(
    desk: Desk, shown: Shown, videos: Videos, *, aged: bool
) -> None:
    """Repeated, there is one of each."""
    job = await desk.bring_to(shown, State.RENDERED)
    if aged:
        desk.age()
    for _ in range(2):
        await deliver(desk, job, videos)
        assert names(shown.message) == WHOLE
        assert_pictured(shown.message)
    assert shown.words[-1] == "COMPLETED"


async def test_a_linked_video_leaves_the_picture(desk: Desk, videos: Videos) -> None:
    """Nothing can be attached but what is there already."""
    desk.keep_picture()
    shown = await desk.show(picture=PICTURE, limit_bytes=1000)
    await deliver(desk, await desk.bring_to(shown, State.RENDERED), videos)
    assert names(shown.message) == [SMALL]
    assert_pictured(shown.message)


async def test_a_new_message_has_both(desk: Desk, shown: Shown, videos: Videos) -> None:
    """Where the job's own was deleted; repeated, it stays one message with one of each."""
    job = await desk.bring_to(shown, State.RENDERED)
    await desk.channel.delete_message(shown.message)
    for _ in range(2):
        await deliver(desk, job, videos)
    [message] = desk.channel.messages
    assert names(message) == WHOLE
    assert_pictured(message)


async def test_a_new_message_that_tells_an_end_has_the_picture(desk: Desk, shown: Shown) -> None:
    """The member sees what it was about."""
    await desk.end(shown)
    await desk.channel.delete_message(shown.message)
    await desk.change(shown)
    [message] = desk.channel.messages
    assert names(message) == [SMALL]
    assert_pictured(message)


async def test_an_end_that_is_told_by_an_edit_leaves_the_picture(desk: Desk, shown: Shown) -> None:
    """Beside the reason."""
    await desk.end(shown)
    await desk.change(shown)
    assert names(shown.message) == [SMALL]
    assert_pictured(shown.message)
    assert await desk.told(shown)


async def _by_edit(_: Desk, __: Shown) -> None:
    """Leave the message where it is."""


async def _anew(desk: Desk, shown: Shown) -> None:
    await desk.channel.delete_message(shown.message)


@pytest.mark.parametrize("way", [_by_edit, _anew], ids=["by edit", "in a new message"])
async def test_a_picture_whose_file_is_gone_does_not_stop_the_video(
    desk: Desk,
    shown: Shown,
    videos: Videos,
    way: Callable[[Desk, Shown], Coroutine[Any, Any, None]],
) -> None:
    """The embed comes without it: nothing points to what is not there."""
    job = await desk.bring_to(shown, State.RENDERED)
    await lose_pictures(desk)
    await way(desk, shown)
    await deliver(desk, job, videos)
    [message] = desk.channel.messages
    assert names(message) == ["video.mp4"]
    assert "thumbnail" not in message.embeds[0]


async def test_a_picture_whose_file_is_gone_costs_no_edits(desk: Desk, shown: Shown) -> None:
    """What would look the same is not shown again."""
    await lose_pictures(desk)
    await desk.bring_to(shown, State.QUEUED)
    await desk.change(shown)
    assert "thumbnail" not in shown.message.embeds[0]
    view = await desk.database.read(
        lambda tx: rows.view_job(tx, rows.get_job(tx, shown.id), desk.catalogue)
    )
    assert view.job.picture == PICTURE
    for _ in range(3):
        desk.clock.advance(EDIT_SECONDS)
        await desk.change(shown)
    assert desk.edits(BY_TOKEN) == [200]
    assert desk.planned_seconds(shown) is None


async def test_a_spoilt_picture_does_not_stop_anything(desk: Desk, videos: Videos) -> None:
    """Half a file where the picture was."""
    desk.keep_picture()
    shown = await desk.show(picture=PICTURE)
    for file in desk.pictures.folder.iterdir():
        file.unlink()
    (desk.pictures.folder / "abc.jpg").write_bytes(b"\xff\xd8\xff half")
    job = await desk.bring_to(shown, State.RENDERED)
    await deliver(desk, job, videos)
    assert names(shown.message) == ["video.mp4"]
