"""What Discord's filters refuse of a message is left out of it; what is left says how to get it."""

import asyncio
from dataclasses import dataclass

import pytest

from bot.delivery.video import probe
from bot.jobs.job import Job
from bot.jobs.stages import Delivered, Postponed
from bot.jobs.states import State
from bot.notifier.ways import Outcome
from bot.presentation.failures import NOTHING_CHARGED
from bot.sandbox.discord import Message
from bot.sandbox.discord.refusals import Reason
from tests.integration.notifier.conftest import (
    BY_TOKEN,
    IN_CHANNEL,
    PATIENCE_SECONDS,
    Desk,
    Shown,
)
from tests.videos import Videos

POSTS = r"/channels/\d+/messages$"
MULTIPART = "multipart/form-data"
ODD = {"message": "The request body is odd", "code": 50035}
PROMPT_WORD = "fox"
TEXT_REASONS = [Reason.MODERATED, Reason.TITLE_MODERATED, Reason.HARMFUL_LINK]


@dataclass
class Finished:
    """A job whose video is here, and the message that shows it."""

    desk: Desk
    shown: Shown
    job: Job
    videos: Videos

    async def deliver(self) -> Delivered | Postponed:
        """Bring the video, by a notifier that remembers nothing."""
        self.desk.restart()
        video = await probe(self.videos.plain())
        return await asyncio.wait_for(self.desk.notifier.deliver(self.job, video), PATIENCE_SECONDS)


@pytest.fixture(params=[True, False], ids=["token", "channel"])
async def finished(request: pytest.FixtureRequest, desk: Desk, videos: Videos) -> Finished:
    """Give a finished job whose message is edited by its token, or in the channel."""
    shown = await desk.show()
    job = await desk.bring_to(shown, State.RENDERED)
    if not request.param:
        desk.age()
    return Finished(desk, shown, job, videos)


def no_files_in_edits(desk: Desk, times: int | None = None) -> None:
    """Let no edit bring a file."""
    for door in (BY_TOKEN, IN_CHANNEL):
        desk.sandbox.faults.answer("PATCH", door, 400, ODD, times=times).kind = MULTIPART


def all_text(message: Message) -> str:
    """Read all that a message says, its files included."""
    [embed] = message.embeds
    files = [each.description or "" for each in message.attachments]
    return "\n".join([message.content, str(embed), *files])


async def test_a_video_taken_for_explicit_is_linked(finished: Finished) -> None:
    """One refused upload; the message says COMPLETED, why there is a link, and how to get it."""
    finished.desk.sandbox.hub.filters.files.add("video.mp4")

    assert isinstance(await finished.deliver(), Delivered)

    assert finished.desk.edits() == [400, 200]
    assert finished.shown.words == ["QUEUED", "COMPLETED"]
    text = all_text(finished.shown.message)
    assert "refuses the video as a file" in text
    assert "(https://media.example/film.mp4)" in text
    assert f"`/sora show job:{finished.job.id}`" in text


@pytest.mark.parametrize("reason", TEXT_REASONS)
async def test_a_refused_prompt_does_not_keep_the_video_away(
    finished: Finished, reason: Reason
) -> None:
    """The file comes without the words that are refused, and the message says so."""
    finished.desk.sandbox.hub.filters.words[PROMPT_WORD] = reason

    assert isinstance(await finished.deliver(), Delivered)

    assert finished.desk.edits() == [400, 200]
    assert len(finished.shown.message.attachments) == 1
    assert PROMPT_WORD not in all_text(finished.shown.message)
    assert "The prompt is not shown" in all_text(finished.shown.message)


async def test_where_everything_is_refused_the_message_says_how_to_get_it(
    finished: Finished,
) -> None:
    """The file, the prompt and the link: COMPLETED without any of them."""
    filters = finished.desk.sandbox.hub.filters
    filters.files.add("video.mp4")
    filters.words |= {PROMPT_WORD: Reason.MODERATED, "media.example": Reason.HARMFUL_LINK}

    assert isinstance(await finished.deliver(), Delivered)

    assert finished.desk.edits() == [400, 400, 400, 200]
    assert finished.shown.words == ["QUEUED", "COMPLETED"]
    text = all_text(finished.shown.message)
    assert "does not let it be shown here" in text
    assert f"`/sora show job:{finished.job.id}`" in text


async def test_a_server_that_takes_no_file_in_an_edit_gets_a_new_message(
    finished: Finished,
) -> None:
    """Once each: the edit, and a message that calls the member; the old one says where it is."""
    no_files_in_edits(finished.desk)

    assert await finished.deliver() == Delivered("in a new message", called=True)

    old, new = finished.desk.channel.messages
    assert (len(old.attachments), len(new.attachments)) == (0, 1)
    assert finished.shown.words[-1] == "COMPLETED"
    assert "in a message of its own" in all_text(old)
    assert new.mentioned == [finished.desk.ada.id]


async def test_a_server_that_takes_no_file_at_all_gets_a_link(finished: Finished) -> None:
    """Neither in an edit nor in a new message: the link comes into the message that stands."""
    no_files_in_edits(finished.desk)
    finished.desk.sandbox.faults.answer("POST", POSTS, 400, ODD, times=None)

    assert isinstance(await finished.deliver(), Delivered)

    assert finished.desk.channel.messages == [finished.shown.message]
    assert "(https://media.example/film.mp4)" in all_text(finished.shown.message)
    assert len(finished.desk.sandbox.find_calls("POST", POSTS)) == 1


async def test_a_refused_way_is_not_tried_again_after_a_restart(finished: Finished) -> None:
    """What was heard before a stop is in the row: the next start goes on with the next way."""
    no_files_in_edits(finished.desk)
    finished.desk.sandbox.faults.answer("POST", POSTS, 503, {"message": "busy", "code": 0})
    assert await finished.deliver() == Postponed("busy")
    refused = finished.desk.edits().count(400)

    assert isinstance(await finished.deliver(), Delivered)

    assert finished.desk.edits().count(400) == refused == 1
    assert len(finished.desk.channel.messages) == 2


async def test_what_is_refused_whatever_is_said_is_postponed(finished: Finished) -> None:
    """Each way once, and the row keeps them: the next try is a single request."""
    for method in ("PATCH", "POST"):
        finished.desk.sandbox.faults.answer(method, "/messages", 400, ODD, times=None)

    assert await finished.deliver() == Postponed(Outcome.REJECTED.name.lower())
    before = len(finished.desk.edits())
    assert before <= 5
    assert await finished.deliver() == Postponed(Outcome.REJECTED.name.lower())
    assert len(finished.desk.edits()) == before + 1


async def test_progress_goes_on_without_a_prompt_that_is_refused(desk: Desk) -> None:
    """Refused once for the whole job, whatever it still shows."""
    shown = await desk.show()
    desk.sandbox.hub.filters.words[PROMPT_WORD] = Reason.MODERATED
    for state in (State.QUEUED, State.PROCESSING):
        await desk.bring_to(shown, state)
        await desk.change(shown)

    assert desk.edits() == [400, 200, 200]
    assert shown.words == ["QUEUED", "QUEUED", "PROCESSING"]


@pytest.mark.parametrize("odd", [False, True], ids=["filtered", "odd"])
async def test_an_end_is_told_without_what_is_refused(desk: Desk, *, odd: bool) -> None:
    """A failure is told with its reason, without the prompt, and not tried twenty times."""
    shown = await desk.show()
    await desk.end(shown)
    if odd:
        desk.sandbox.faults.answer("PATCH", BY_TOKEN, 400, ODD)
    else:
        desk.sandbox.hub.filters.words[PROMPT_WORD] = Reason.MODERATED
    await desk.change(shown)

    assert desk.edits() == [400, 200]
    assert NOTHING_CHARGED in all_text(shown.message)
    assert await desk.told(shown)


async def test_a_picture_taken_for_explicit_is_left_out(desk: Desk, videos: Videos) -> None:
    """The message that says so carries no file, and shows no broken thumbnail."""
    desk.keep_picture()
    shown = await desk.show(picture="cover:abc")
    job = await desk.bring_to(shown, State.RENDERED)
    desk.sandbox.hub.filters.files |= {"picture.jpg", "video.mp4"}
    video = await probe(videos.plain())

    assert isinstance(await desk.notifier.deliver(job, video), Delivered)

    assert shown.message.attachments == []
    assert "thumbnail" not in shown.message.embeds[0]
