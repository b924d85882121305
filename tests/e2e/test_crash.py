"""The bot is killed with -9 at any instant: after a restart, one video or one refund, never two.

The instants are held still from the other side: a server keeps the bot's request, or its answer,
while the bot dies.
"""

import signal
from dataclasses import dataclass
from typing import Literal

import pytest
from aiohttp import web

from bot.sandbox.discord import Message
from bot.sandbox.discord.channel_routes import NONCE_SECONDS
from bot.sandbox.faults import Gate
from bot.sandbox.segmind import Plan
from bot.sandbox.server import SandboxServer
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    BotProcess,
    MovableClock,
    World,
    running_bot,
    status_of,
    text_of,
    within,
)
from tests.videos import Videos

pytestmark = [pytest.mark.usefixtures("quick_films"), pytest.mark.slow]

PRICE = 40
"""What the video of ``World.create`` costs."""
ONE_UPLOAD_BYTES = 9 << 20
"""More than the kernel keeps of an upload that nobody reads, and less than Discord takes."""
TOKEN_LIFE_SECONDS = 15 * 60

Fate = Literal["dropped", "handled", "answered"]
"""What becomes of the request that the bot dies over: the server never handles it, handles it
after the bot's death (what it has of it), or has handled it and the answer does not arrive."""

CALLBACK = ("POST", "/callback$")
UPLOAD = "multipart/form-data"
SUBMIT = ("POST", "^/v2/")
POLL = ("GET", "/status$")
RESULT = ("GET", "^/v2/requests/[^/]+$")
DOWNLOAD = ("GET", "^/media/")
EDIT = ("PATCH", "/webhooks/.*/messages/")
CHANNEL_EDIT = ("PATCH", "/channels/.*/messages/")
NEW_MESSAGE = ("POST", "/channels/.*/messages$")


@dataclass(frozen=True)
class Instant:
    """The next request of a kind, held by a server until the bot has died over it."""

    server: SandboxServer
    method: str
    path: str
    fate: Fate
    gate: Gate

    async def kill(self, process: BotProcess) -> None:
        """Wait for the request, kill the bot over it, and let the request meet its fate."""
        await within(self.gate.reached.wait())
        await process.kill()
        if self.fate != "dropped":
            calls = self.server.find_calls(self.method, self.path)
            over = sum(call.seconds is not None for call in calls)
            self.gate.release()
            await within(self.server.wait_calls(self.method, self.path, over + 1))


def hold(server: SandboxServer, route: tuple[str, str], fate: Fate, kind: str = "") -> Instant:
    """Hold the next request to a route, of this content type."""
    gate = server.faults.hold(*route, after=fate == "answered", kind=kind)
    return Instant(server, *route, fate, gate)


async def processing(world: World) -> tuple[Plan, Message]:
    """Order a video that the provider works on until the plan is released."""
    plan = world.plan(hold=True, queue_seconds=0)
    use = await world.create()
    return plan, await world.shown(use, "PROCESSING")


async def delivered(world: World, process: BotProcess) -> Message:
    """Wait for the delivery; there is one video, in one message, spent once; give that message."""
    await process.logged("job.delivered")
    assert await process.stop() == 0
    assert states(world.database) == ["delivered"]
    assert len(world.segmind.generations) == 1
    spent = balances(world.database)
    assert (spent["held"], spent["spent"]) == (0, PRICE)
    [message] = world.channel.messages
    assert status_of(message) == "COMPLETED"
    assert len(message.attachments) == 1
    assert under_way(world) == 0
    return message


async def refunded(world: World, process: BotProcess, word: str) -> Message:
    """Wait until the end is told, and check it as below."""
    await process.logged("job.told")
    assert await process.stop() == 0
    return assert_refunded(world, word)


def assert_refunded(world: World, word: str) -> Message:
    """Check that nothing is spent and that one message says so; give that message."""
    kept = balances(world.database)
    assert {kind: kept[kind] for kind in kept if kept[kind]} == {}
    [message] = world.channel.messages
    assert status_of(message) == word
    assert "Nothing was charged" in text_of(message)
    assert message.attachments == []
    assert under_way(world) == 0
    return message


def under_way(world: World) -> int:
    """Count the jobs for which there is still something to do."""
    [(count,)] = query(world.database, "SELECT count(*) FROM jobs WHERE told_at IS NULL")
    return int(count)


@pytest.mark.parametrize("fate", ["handled", "answered"])
async def test_killed_over_the_first_response(
    world: World, process: BotProcess, fate: Fate
) -> None:
    """The message stands, though the bot did not hear of it: Discord is asked, the job goes on."""
    await process.start()
    instant = hold(world.discord, CALLBACK, fate)
    use = await world.create()
    await instant.kill(process)

    await process.start()

    assert await delivered(world, process) is use.message
    assert len(world.segmind.generations) == 1


async def test_killed_over_a_first_response_that_never_arrives(
    world: World, process: BotProcess, clock: MovableClock, log: BotLog
) -> None:
    """The member was left without an answer: a new message says so, and calls them."""
    await process.start()
    instant = hold(world.discord, CALLBACK, "dropped")
    await world.create()
    await instant.kill(process)
    clock.advance(world.discord.response_deadline_seconds)

    async with running_bot(world, clock):
        await log.wait("job.told")

    message = assert_refunded(world, "CANCELLED")
    assert message.mentioned == [world.ada.id]
    assert states(world.database) == ["cancelled"]
    assert world.segmind.generations == []


@pytest.mark.parametrize(("fate", "generations"), [("dropped", 0), ("handled", 1), ("answered", 1)])
async def test_killed_during_the_submit(
    world: World, process: BotProcess, fate: Fate, generations: int
) -> None:
    """Nobody can tell whether it was accepted: lost, refunded, told, and never sent again."""
    await process.start()
    instant = hold(world.segmind, SUBMIT, fate)
    use = await world.create()
    await instant.kill(process)

    await process.start()

    message = await refunded(world, process, "FAILED (lost)")
    assert message is use.message
    assert states(world.database) == ["lost"]
    assert len(world.segmind.generations) == generations
    assert [event["job"] for event in process.events("job.lost")] == [1]


@pytest.mark.parametrize(
    ("route", "fate"),
    [
        pytest.param(POLL, "dropped", id="before the first poll"),
        pytest.param(POLL, "answered", id="over a poll's answer"),
        pytest.param(RESULT, "dropped", id="before the result is told"),
        pytest.param(RESULT, "answered", id="over the result"),
        pytest.param(DOWNLOAD, "dropped", id="before the download"),
    ],
)
async def test_killed_over_a_request_to_the_provider(
    world: World, process: BotProcess, route: tuple[str, str], fate: Fate
) -> None:
    """The request's id is on the row: the video is found again and delivered once."""
    await process.start()
    instant = hold(world.segmind, route, fate)
    use = await world.create()
    await instant.kill(process)

    await process.start()

    assert await delivered(world, process) is use.message


@pytest.mark.parametrize("word", ["QUEUED", "PROCESSING"])
async def test_killed_while_the_provider_works(
    world: World, process: BotProcess, word: str
) -> None:
    """A job that was queued or processed meanwhile is taken up again."""
    await process.start()
    plan = world.plan(hold=True, queue_seconds=3600 if word == "QUEUED" else 0)
    use = await world.create()
    generation = await within(world.segmind.wait_submitted(1))
    await world.shown(use, word)
    await within(world.segmind.wait_polled(generation, 2))
    await process.kill()

    await process.start()
    plan.release()

    assert await delivered(world, process) is use.message


async def test_killed_in_the_middle_of_the_download(world: World, process: BotProcess) -> None:
    """Half a file is never taken for the video: it is fetched anew."""
    await process.start()
    gate = Gate()

    async def send_half(request: web.Request) -> web.StreamResponse:
        film = world.segmind.generations[0].film
        assert film is not None
        video = film.result().read_bytes()
        answer = web.StreamResponse(headers={"Content-Length": str(len(video))})
        await answer.prepare(request)
        await answer.write(video[: len(video) // 2])
        await gate.hold()
        return answer

    world.segmind.faults.plan(*DOWNLOAD, send_half)
    use = await world.create()
    await within(gate.reached.wait())
    await process.kill()
    assert not (world.videos / "1.mp4").exists()

    await process.start()

    assert await delivered(world, process) is use.message
    assert world.kept == ["1.mp4"]


@pytest.mark.parametrize("fate", ["dropped", "answered"])
async def test_killed_over_the_upload(world: World, process: BotProcess, fate: Fate) -> None:
    """Whether or not the video had arrived, there is one in the end, in the same message."""
    await process.start()
    plan, message = await processing(world)
    instant = hold(world.discord, EDIT, fate, UPLOAD)
    plan.release()
    await instant.kill(process)
    assert len(message.attachments) == (1 if fate == "answered" else 0)

    await process.start()

    assert await delivered(world, process) is message


async def test_killed_in_the_middle_of_the_upload(
    world: World, process: BotProcess, videos: Videos
) -> None:
    """An upload that broke off shows nothing and is repeated."""
    await process.start()
    world.film = videos.padded(ONE_UPLOAD_BYTES)
    plan, message = await processing(world)
    instant = hold(world.discord, EDIT, "handled")
    plan.release()
    await instant.kill(process)
    assert message.attachments == []

    await process.start()

    assert await delivered(world, process) is message


@pytest.mark.parametrize("fate", ["dropped", "answered"])
async def test_killed_over_a_video_in_a_new_message(
    world: World, process: BotProcess, fate: Fate
) -> None:
    """Its message is gone: the video goes into a new one, once, which calls the member."""
    await process.start()
    plan, message = await processing(world)
    await world.channel.delete_message(message)
    instant = hold(world.discord, NEW_MESSAGE, fate)
    plan.release()
    await instant.kill(process)
    assert len(world.videos_shown()) == (1 if fate == "answered" else 0)
    world.discord.clock.advance(NONCE_SECONDS)

    await process.start()

    assert (await delivered(world, process)).mentioned == [world.ada.id]


async def test_killed_over_a_new_message_in_a_channel_that_it_cannot_read(
    world: World, process: BotProcess
) -> None:
    """The bot cannot find what it sent, but a repetition soon after makes no second message."""
    await process.start()
    plan, message = await processing(world)
    world.channel.deny_bot("read_message_history")
    await world.channel.delete_message(message)
    instant = hold(world.discord, NEW_MESSAGE, "answered")
    plan.release()
    await instant.kill(process)

    await process.start()

    await delivered(world, process)


@pytest.mark.parametrize("fate", ["dropped", "answered"])
async def test_killed_over_the_news_of_a_failure(
    world: World, process: BotProcess, fate: Fate
) -> None:
    """The refund is in the books already; the member is told of it after the restart."""
    await process.start()
    plan, message = await processing(world)
    instant = hold(world.discord, EDIT, fate)
    plan.fail("no pictures today")
    await instant.kill(process)

    await process.start()

    assert await refunded(world, process, "FAILED") is message
    assert states(world.database) == ["failed"]


@pytest.mark.parametrize("fate", ["dropped", "answered"])
async def test_killed_over_the_news_of_a_failure_in_a_new_message(
    world: World, process: BotProcess, fate: Fate
) -> None:
    """Its message is gone: one new message tells of the failure, and calls the member."""
    await process.start()
    plan, message = await processing(world)
    await world.channel.delete_message(message)
    instant = hold(world.discord, NEW_MESSAGE, fate)
    plan.fail("no pictures today")
    await instant.kill(process)
    world.discord.clock.advance(NONCE_SECONDS)

    await process.start()

    assert (await refunded(world, process, "FAILED")).mentioned == [world.ada.id]


async def test_killed_twice(world: World, process: BotProcess) -> None:
    """A second death, in the recovery from the first, changes nothing."""
    await process.start()
    first = hold(world.segmind, RESULT, "answered")
    use = await world.create()
    await first.kill(process)
    second = hold(world.discord, EDIT, "answered")
    await process.start()
    await second.kill(process)

    await process.start()

    assert await delivered(world, process) is use.message


async def test_killed_twice_over_a_lost_submit(world: World, process: BotProcess) -> None:
    """A second death, before the loss was told, neither repeats the submit nor the refund."""
    await process.start()
    first = hold(world.segmind, SUBMIT, "answered")
    await world.create()
    await first.kill(process)
    second = hold(world.discord, EDIT, "dropped")
    await process.start()
    await second.kill(process)

    await process.start()

    await refunded(world, process, "FAILED (lost)")
    assert len(world.segmind.generations) == 1
    assert states(world.database) == ["lost"]


async def test_killed_with_jobs_at_every_stage(world: World, process: BotProcess) -> None:
    """Each of them is taken up where it stood: waiting in line, queued and processed."""
    await process.start()
    plans = [world.plan(hold=True, queue_seconds=seconds) for seconds in (3600, 0, 0)]
    uses = [await world.create() for _ in range(4)]
    generations = [await within(world.segmind.wait_submitted(count)) for count in (1, 2, 3)]
    for generation in generations:
        await within(world.segmind.wait_polled(generation, 2))
    assert sorted(states(world.database)) == ["held", "processing", "processing", "queued"]
    await process.kill()

    await process.start()
    for plan in plans:
        plan.release()

    await process.logged("job.delivered", 4)
    assert await process.stop() == 0
    assert states(world.database) == ["delivered"] * 4
    assert len(world.segmind.generations) == 4
    assert {message.id for message in world.videos_shown()} == {
        use.message.id for use in uses if use.message is not None
    }
    assert [len(message.attachments) for message in world.channel.messages] == [1] * 4
    assert balances(world.database)["spent"] == 4 * PRICE


async def test_restarted_after_the_life_of_the_token(world: World, process: BotProcess) -> None:
    """The video still comes, into the same message, by way of the channel."""
    await process.start()
    plan, message = await processing(world)
    await process.kill()
    world.discord.clock.advance(TOKEN_LIFE_SECONDS)

    await process.start()
    plan.release()

    assert await delivered(world, process) is message
    assert world.discord.invalid_requests == 1, "the dead token is tried once"


@pytest.mark.parametrize("fate", ["dropped", "answered"])
async def test_killed_over_the_upload_by_the_channel(
    world: World, process: BotProcess, fate: Fate
) -> None:
    """Without a token as with it, there is one video in the end, in the same message."""
    await process.start()
    plan, message = await processing(world)
    world.discord.clock.advance(TOKEN_LIFE_SECONDS)
    instant = hold(world.discord, CHANNEL_EDIT, fate, UPLOAD)
    plan.release()
    await instant.kill(process)
    assert len(message.attachments) == (1 if fate == "answered" else 0)

    await process.start()

    assert await delivered(world, process) is message


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_stopped_during_the_submit(
    world: World, process: BotProcess, how: signal.Signals
) -> None:
    """The provider's answer is waited for: the request's id is kept and the video comes.

    However it is stopped: by a supervisor, by Ctrl-C, by a terminal that is closed.
    """
    await process.start()
    gate = world.segmind.faults.hold(*SUBMIT, after=True)
    use = await world.create()
    await within(gate.reached.wait())

    process.terminate(how)
    await within(world.discord.sessions.bell.until(lambda: not world.discord.sessions.live))
    gate.release()
    assert await process.ended() == 0

    [generation] = world.segmind.generations
    rows = query(world.database, "SELECT state, request_id FROM jobs")
    assert rows == [("queued", generation.request_id)]
    await process.start()
    assert await delivered(world, process) is use.message


async def test_stopped_during_the_upload(world: World, process: BotProcess) -> None:
    """SIGTERM does not wait for an upload: it is repeated, and there is one video."""
    await process.start()
    plan, message = await processing(world)
    gate = world.discord.faults.hold(*EDIT, after=True)
    plan.release()
    await within(gate.reached.wait())

    assert await process.stop() == 0

    await process.start()
    assert await delivered(world, process) is message
