"""Whatever Discord does, no job is lost, and the bot asks no more of it than it must."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import pytest

from bot.app import App
from bot.config import Settings
from bot.errors import ConfigError
from bot.sandbox.discord import DiscordSandbox, Message
from bot.sandbox.server import Call
from tests.books import balances, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import TOKEN, MovableClock, World, statuses_of, text_of, within

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

TOKEN_EDITS = r"/webhooks/"
CHANNEL_EDITS = r"/channels/\d+/messages/\d+$"
CHANNEL_POSTS = r"/channels/\d+/messages$"
BOTH_EDITS = f"{TOKEN_EDITS}|{CHANNEL_EDITS}"
MANY_POLLS = {"min_poll_seconds": 0.02, "max_poll_seconds": 0.02}
A_TWELFTH_OF_THE_WAIT_SECONDS = 15.0
"""A cell of the bar, where a video is said to take three minutes."""


@dataclass(frozen=True)
class Trouble:
    """A way in which Discord can answer an edit."""

    name: str
    plan: Callable[[DiscordSandbox, str], object]
    counts: int = 0
    """How many of its answers count as invalid requests."""


def _rate_limited(discord: DiscordSandbox, path: str) -> None:
    body = {"message": "You are being rate limited.", "retry_after": 0.2, "global": False}
    headers = {"Via": "1.1 google", "Retry-After": "1"}
    discord.faults.answer("PATCH", path, 429, body, headers=headers, times=2)


def _status(code: int, *, after: bool = False) -> Callable[[DiscordSandbox, str], object]:
    def plan(discord: DiscordSandbox, path: str) -> object:
        return discord.faults.answer("PATCH", path, code, after=after)

    return plan


TROUBLES = [
    Trouble("429 twice", _rate_limited, counts=2),
    Trouble("502 after it was done", _status(502, after=True)),
    Trouble("503", _status(503)),
    Trouble("reset", lambda discord, path: discord.faults.reset("PATCH", path)),
    Trouble(
        "reset after it was done",
        lambda discord, path: discord.faults.reset("PATCH", path, after=True),
    ),
]


def assert_delivered_once(world: World, message: Message) -> None:
    """Check that there is one video, in this message, and that it was paid once."""
    assert world.videos_shown() == [message]
    assert len(message.attachments) == 1
    assert len(world.segmind.generations) == 1
    accounts = balances(world.database)
    assert (accounts["held"], accounts["spent"]) == (0, 40)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_trouble_with_the_delivery_leaves_one_video(
    world: World, bot: App, log: BotLog, trouble: Trouble
) -> None:
    """The upload by the token is tried again until it has worked; repeated, it replaces itself."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    gate = world.segmind.faults.hold("GET", "/media/")
    held.release()
    await within(gate.reached.wait())
    trouble.plan(world.discord, TOKEN_EDITS)

    gate.release()

    await log.wait("job.delivered")
    assert_delivered_once(world, await world.shown(use, "COMPLETED"))
    assert world.discord.invalid_requests == trouble.counts


@pytest.mark.parametrize(
    "trouble", [TROUBLES[0], TROUBLES[2], TROUBLES[-1]], ids=lambda trouble: trouble.name
)
async def test_trouble_with_the_channel_leaves_one_video(
    world: World, bot: App, log: BotLog, trouble: Trouble
) -> None:
    """The same without the token, while progress is shown and when the video is delivered."""
    trouble.plan(world.discord, CHANNEL_EDITS)
    use = await world.create()
    await within(use.responded())
    use.expire()

    await log.wait("job.delivered")
    assert_delivered_once(world, await world.shown(use, "COMPLETED"))
    assert world.discord.invalid_requests == trouble.counts + 1, "and one for the dead token"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after it was done"])
async def test_trouble_with_a_new_message_leaves_one_video(
    world: World, bot: App, log: BotLog, *, after: bool
) -> None:
    """Where the message is gone, a post whose answer is lost is found and not repeated."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.channel.delete_message(await world.shown(use, "PROCESSING"))
    world.discord.faults.reset("POST", CHANNEL_POSTS, after=after)

    held.release()

    await log.wait("job.delivered")
    [message] = world.channel.messages
    assert_delivered_once(world, message)
    assert message.mentioned == [world.ada.id]


GATEWAY_TROUBLES: Mapping[str, Callable[[DiscordSandbox], Awaitable[None]]] = {
    "cut": lambda discord: discord.drop_gateway(),
    "closed for no reason": lambda discord: discord.drop_gateway(1000),
    "closed for an unknown error": lambda discord: discord.drop_gateway(4000),
    "asked to reconnect": lambda discord: discord.request_reconnect(),
    "session invalid for now": lambda discord: discord.invalidate_session(resumable=True),
}


@pytest.mark.parametrize("trouble", GATEWAY_TROUBLES)
async def test_a_broken_gateway_loses_no_job_and_no_command(
    world: World, bot: App, log: BotLog, trouble: str
) -> None:
    """What runs goes on by REST alone; what is asked meanwhile is heard after the resumption."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")

    await GATEWAY_TROUBLES[trouble](world.discord)
    held.release()
    await world.shown(use, "COMPLETED")
    await within(world.discord.wait_connected())
    await world.shown(await world.create(), "COMPLETED")

    await log.wait("job.delivered", 2)
    assert states(world.database) == ["delivered", "delivered"]
    assert len(world.segmind.generations) == 2
    assert world.discord.gateway.identifies == 1, "it resumes its session"
    assert world.discord.invalid_requests == 0


@pytest.mark.slow
async def test_a_refused_session_loses_no_job(world: World, bot: App, log: BotLog) -> None:
    """The session is gone for good and the first attempt at another is turned away."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")

    world.discord.refuse_identify(1, code=4000)
    await world.discord.invalidate_session()
    held.release()
    await world.shown(use, "COMPLETED")
    await within(world.discord.wait_connected())
    await world.shown(await world.create(), "COMPLETED")

    await log.wait("job.delivered", 2)
    assert len(world.segmind.generations) == 2
    assert world.discord.gateway.identifies == 3, "the first, the refused one, the next"
    assert len(world.discord.find_calls("PUT", "/commands")) == 1, "registered once"


@pytest.mark.parametrize(("code", "key"), [(4004, "discord.token"), (4011, "discord")])
async def test_a_session_that_is_refused_for_good_ends_the_bot(
    world: World, code: int, key: str
) -> None:
    """Trying again would be no use: the operator is told what is wrong, without the secret."""
    world.discord.refuse_identify(1, code=code)
    app = App(Settings(**world.tables()))

    with pytest.raises(ConfigError) as caught:
        await within(app.run(asyncio.Event(), lambda: None))

    assert caught.value.key == key
    assert TOKEN not in str(caught.value)


def edits(world: World) -> list[Call]:
    """List the edits of messages, by whatever door."""
    return world.discord.find_calls("PATCH", BOTH_EDITS)


async def poll_on(world: World, times: int) -> None:
    """Wait until the job has been polled so many times more, and the last one dealt with."""
    generation = world.segmind.generations[-1]
    await within(world.segmind.wait_polled(generation, generation.polls + times + 1))


@pytest.mark.settings(jobs=MANY_POLLS)
async def test_nothing_is_edited_while_nothing_changes(world: World, bot: App) -> None:
    """Polls that find what they found before lead to no edit: the time left counts by itself."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    before = len(edits(world))

    await poll_on(world, 15)

    assert len(edits(world)) == before
    held.release()
    await world.shown(use, "COMPLETED")


@pytest.mark.settings(jobs=MANY_POLLS)
async def test_progress_is_edited_at_most_once_in_its_time(
    world: World, bot: App, clock: MovableClock
) -> None:
    """Every poll finds another bar; the edits keep their distance and end at the newest."""
    held = world.plan(hold=True)
    use = await world.create()
    message = await world.shown(use, "PROCESSING")
    before = len(edits(world))

    for _ in range(10):
        clock.advance(A_TWELFTH_OF_THE_WAIT_SECONDS)
        await poll_on(world, 3)
    await world.until(lambda: text_of(message).count("▰") == 10)

    progress = edits(world)[before:]
    gaps = [later.at - sooner.at for sooner, later in pairwise(progress)]
    assert min(gaps).total_seconds() >= 0.2
    assert 2 <= len(progress) <= 10
    held.release()
    await world.shown(use, "COMPLETED")


async def test_a_slow_edit_is_followed_by_the_newest_state_alone(
    world: World, bot: App, log: BotLog
) -> None:
    """While an edit is under way the states in between are left out, and none goes back."""
    gate = world.discord.faults.hold("PATCH", BOTH_EDITS)
    use = await world.create()
    await within(gate.reached.wait())
    await log.wait("job.rendered")

    gate.release()
    message = await world.shown(use, "COMPLETED")

    assert statuses_of(message) == ["QUEUED", "QUEUED", "COMPLETED"]


@pytest.mark.settings(jobs=MANY_POLLS | {"edit_seconds": 0.02})
async def test_refused_progress_is_not_repeated_until_it_changes(
    world: World, bot: App, clock: MovableClock
) -> None:
    """Without the permission each state of the bar is refused once: a dozen in a whole job.

    10,000 such answers in ten minutes get an address banned (Discord's documentation).
    """
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    use.expire()
    world.channel.deny_bot("view_channel")
    world.discord.limits.enabled = False

    for _ in range(14):
        clock.advance(A_TWELFTH_OF_THE_WAIT_SECONDS)
        await poll_on(world, 3)

    assert 2 <= world.discord.invalid_requests <= 13, "the token's one, and the bar's cells"
    world.channel.allow_bot("view_channel")
    held.release()
    await world.shown(use, "COMPLETED")


async def test_an_answer_that_cannot_be_read_is_not_followed_by_its_opposite(
    world: World, bot: App, log: BotLog
) -> None:
    """The admin sees what was granted, and no word of something that went wrong."""
    world.discord.faults.answer("POST", "/callback$", 200, {"interaction": "odd"}, after=True)
    options = {"member": world.ada, "amount": "7"}
    use = await world.discord.use(world.admin, world.channel, "budget grant", options)
    await log.wait("command.crashed")
    assert "507 credits" in await world.ask(world.ada, "sora balance")
    assert "7 credits" in text_of(await world.answer(use))
    assert use.followups == []
