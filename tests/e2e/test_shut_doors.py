"""A closed door is not knocked on by a timer: it opens by an event, or is tried in turn, seldom."""

# ruff: noqa: S608 - the statements are put together of parts that stand here
import asyncio
import os
from collections.abc import Iterable

import pytest

from bot.app import App
from bot.notifier.knocks import KNOCK_AGAIN, ROUND_SECONDS
from bot.sandbox.discord import Channel, Interaction
from tests.books import execute, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, running_bot, within

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

MANY = 1_250
"""With eight tries each, ten thousand: Discord's limit of invalid requests."""
HANDFUL = 8
CHANNEL_EDITS = r"/channels/\d+/messages/\d+$"


async def shut_in(world: World, log: BotLog, channel: Channel | None = None) -> Interaction:
    """Let a video be finished whose channel has closed meanwhile, and wait until it rests."""
    held = world.plan(hold=True)
    use = await world.create(channel=channel)
    await world.shown(use, "PROCESSING")
    use.expire()
    (channel or world.channel).deny_bot("view_channel")
    held.release()
    await log.wait("deliver.postponed", len(log.find("deliver.postponed")) + 1)
    return use


def copied(world: World, count: int, *, resting: bool) -> None:
    """Let there be so many jobs like the only one, a half of which have failed; and their files."""
    columns = {
        table: [row[1] for row in query(world.database, f"PRAGMA table_info({table})")]
        for table in ("jobs", "messages")
    }
    changed = {
        "id": "n.i",
        "job_id": "n.i",
        "interaction_id": "interaction_id + n.i",
        "request_id": "request_id || n.i",
        "message_id": "message_id + n.i",
        "state": "CASE WHEN n.i % 2 THEN 'failed' ELSE state END",
        "failure": "CASE WHEN n.i % 2 THEN 'provider_failed' END",
        "knocked_at": "knocked_at" if resting else "NULL",
    }
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
    execute(
        world.database,
        *(
            f"INSERT INTO {table} ({', '.join(names)}) {numbers} "
            f"SELECT {', '.join(changed.get(name, name) for name in names)} FROM {table}, n"
            for table, names in columns.items()
        ),
        *(() if resting else ("UPDATE messages SET knocked_at = NULL",)),
    )
    for number in range(2, count + 1, 2):
        os.link(world.videos / "1.mp4", world.videos / f"{number}.mp4")


def forget_copies(world: World) -> None:
    """Delete the copies: nothing was ever held for them."""
    of_jobs = [f"DELETE FROM {table} WHERE job_id > 1" for table in ("messages", "job_events")]
    execute(world.database, *of_jobs, "DELETE FROM jobs WHERE id > 1")


def resting(world: World) -> int:
    """Count the jobs that wait for a door."""
    [(count,)] = query(
        world.database,
        "SELECT count(*) FROM messages JOIN jobs ON jobs.id = job_id"
        " WHERE knocked_at IS NOT NULL AND told_at IS NULL",
    )
    return int(count)


async def until_resting(world: World, count: int) -> None:
    """Wait until so many rest; the database tells nobody."""
    async with asyncio.timeout(60):
        while resting(world) != count:  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("known", [True, False], ids=["known to be shut", "met anew"])
async def test_many_behind_closed_doors_make_a_handful_of_requests_at_a_start(
    world: World, log: BotLog, *, known: bool
) -> None:
    """Half of them videos: what rests is not tried; of the others the first of a kind knocks."""
    world.discord.limits.enabled = False
    async with running_bot(world):
        await shut_in(world, log)
    copied(world, MANY, resting=known)
    before = world.discord.invalid_requests
    bare = len(world.discord.calls)

    async with running_bot(world) as bot:
        await within(bot.client.connected.wait())
        await until_resting(world, MANY)
        # Whatever has changed in the server, the channel looks as shut as before.
        world.guild.add_role("Anybody")
        world.channel.deny_bot("send_messages")
        await world.ask(world.ada, "sora balance")

    forget_copies(world)
    refused = world.discord.invalid_requests - before
    assert refused == 0 if known else refused <= HANDFUL
    edits = [call for call in world.discord.calls[bare:] if "/messages/" in call.path]
    assert len(edits) <= HANDFUL


async def test_what_rests_over_a_restart_comes_when_the_door_opens(
    world: World, log: BotLog
) -> None:
    """All of it: one of a kind knocks, and calls the others."""
    async with running_bot(world):
        await shut_in(world, log)
    copied(world, 6, resting=True)
    async with running_bot(world):
        world.channel.allow_bot("view_channel")
        await log.wait("job.told", 2)
        await log.wait("job.delivered", 1)
        await until_resting(world, 0)
    forget_copies(world)


async def test_a_door_that_was_opened_while_the_bot_was_off_is_found_at_the_start(
    world: World, log: BotLog
) -> None:
    """The server comes with its permissions: the channel looks open, and is tried."""
    async with running_bot(world):
        use = await shut_in(world, log)
    world.channel.allow_bot("view_channel")
    async with running_bot(world):
        message = await world.shown(use, "COMPLETED")
        assert len(message.attachments) == 1


async def test_a_door_that_no_event_opens_is_tried_after_hours(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """Seldom, and one for all that wait there; it is refused once more, and then it is open."""
    use = await shut_in(world, log)
    await within(bot.client.connected.wait())
    before = world.discord.invalid_requests

    await pass_time(clock, [ROUND_SECONDS] * 3)
    assert world.discord.invalid_requests == before, "not within minutes"
    await pass_time(clock, [KNOCK_AGAIN.total_seconds()])
    await log.wait("deliver.postponed", 2)
    await pass_time(clock, [ROUND_SECONDS] * 3)
    assert world.discord.invalid_requests == before + 1

    world.channel.overwrites.clear()  # nobody is told
    await pass_time(clock, [KNOCK_AGAIN.total_seconds()])
    message = await world.shown(use, "COMPLETED")
    assert len(message.attachments) == 1


async def pass_time(clock: MovableClock, stretches: Iterable[float]) -> None:
    """Let so much time pass, stretch by stretch, and each time what is due begin."""
    for seconds in stretches:
        clock.elapse(seconds)
        for _ in range(20):
            await asyncio.sleep(0.005)


async def test_a_thread_that_is_unlocked_gets_what_waited(
    world: World, bot: App, log: BotLog
) -> None:
    """Archived and locked it takes neither edits nor messages; unlocked a new message wakes it."""
    thread = world.guild.add_thread(world.channel, "takes")
    held = world.plan(hold=True)
    use = await world.create(channel=thread)
    await world.shown(use, "PROCESSING")
    use.expire()
    thread.archive(lock=True)
    held.release()
    await log.wait("deliver.postponed")
    tried = len(world.discord.calls)

    thread.unlock()

    await log.wait("job.delivered")
    assert [len(each.attachments) for each in thread.messages] == [0, 1]
    assert len(world.discord.calls) - tried <= 3
    assert states(world.database) == ["delivered"]


async def test_the_end_of_a_time_out_opens_the_door(world: World, bot: App, log: BotLog) -> None:
    """No event tells it: the bot knows until when it is silent, and comes then."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    use.expire()
    world.guild.time_out_bot(1.5)
    held.release()
    await log.wait("deliver.postponed")

    message = await world.shown(use, "COMPLETED")

    assert len(message.attachments) == 1
    assert len(world.discord.find_calls("PATCH", CHANNEL_EDITS)) <= 4
