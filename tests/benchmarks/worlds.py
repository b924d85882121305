"""Fresh worlds: a local Discord and a local Segmind in this process, and a folder for a bot."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.config import JobSettings
from bot.sandbox.discord import Interaction
from bot.sandbox.segmind.generations import Generation
from bot.sandbox.server import Call
from tests.benchmarks.measurement import MeasurementFailed
from tests.e2e.harness import World, new_world

RICH = 1_000_000
"""Credits of each member, and US dollars of the provider's key: neither is what is measured."""


UNCAPPED = {"max_waiting_per_member": 0, "orders_per_minute": 0}
"""What is measured is one member's."""


@contextlib.asynccontextmanager
async def fresh_world(**jobs: Any) -> AsyncIterator[World]:
    """Start the servers; the bot's settings are the default ones but for those of ``jobs``.

    Apart from these, what members and servers may spend and the provider's limit (60,000 requests
    a minute) are out of the way. Raises MeasurementFailed at the end where the bot broke a rule of
    Discord.
    """
    overrides = {
        "jobs": {**JobSettings().model_dump(), **UNCAPPED, **jobs},
        "budgets": {
            "default_allowance": RICH,
            "ceiling_per_guild": "off",
            "ceiling_all": "off",
        },
    }
    with tempfile.TemporaryDirectory(prefix="sora-bot-benchmark-") as folder:
        async with new_world(Path(folder), overrides) as world:
            for account in world.segmind.accounts.values():
                account.credits = RICH
            yield world
            if world.discord.rejections:
                raise MeasurementFailed(f"the bot broke a rule: {world.discord.rejections[0]}")


async def answered(uses: Iterable[Interaction]) -> None:
    """Wait until each command has been answered to all; raise MeasurementFailed or NoResponse."""
    for message in await asyncio.gather(*(use.responded() for use in uses)):
        if message is None or message.ephemeral:
            said = "nothing" if message is None else message.content
            raise MeasurementFailed(f"a command was refused: {said}")


async def start_jobs(world: World, count: int, *, at_once: int = 20) -> None:
    """Let Ada ask for so many videos, and wait until each has been looked at by the bot."""
    total = len(world.segmind.generations) + count
    for first in range(0, count, at_once):
        wanted = range(first, min(count, first + at_once))
        await answered(await asyncio.gather(*(world.create() for _ in wanted)))
    await world.segmind.wait_submitted(total)
    await looked_at(world, dict.fromkeys(world.segmind.generations, 0))


async def looked_at(world: World, polls: Mapping[Generation, int]) -> None:
    """Wait until each generation has been polled more often than is said here."""
    waiting = list(polls)

    def none_left() -> bool:
        while waiting and waiting[-1].polls > polls[waiting[-1]]:
            waiting.pop()
        return not waiting

    async with world.segmind.polled:
        await world.segmind.polled.wait_for(none_left)


async def delivered(world: World, uses: list[Interaction]) -> None:
    """Wait until each command's message carries its video."""
    changes = world.discord.subscribe()
    while not all(use.message is not None and use.message.attachments for use in uses):
        await changes.get()


def edits(calls: Iterable[Call]) -> int:
    """Count the edits of messages among requests to Discord."""
    return sum(call.method == "PATCH" and "/messages/" in call.path for call in calls)


def needless_edits(world: World) -> int:
    """Count the edits so far after which a message was as before."""
    return sum(
        (before.content, before.embeds, before.attachments)
        == (after.content, after.embeds, after.attachments)
        for message in world.channel.messages
        for before, after in zip(message.versions, message.versions[1:], strict=False)
    )
