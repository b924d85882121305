"""The burst: how soon 200 commands at once are answered, beside the simplest possible bot."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.discord import Interaction, NoResponse
from tests.benchmarks.child import SIMPLEST_BOT, SORA_BOT, running
from tests.benchmarks.figures import Beside, Figure, percentile
from tests.benchmarks.usage import cpu_seconds, memory
from tests.benchmarks.worlds import answered, fresh_world
from tests.e2e.harness import World

COMMANDS = 200
BURSTS = 3
"""For each bot, in turn."""
MOST_MS = 1500.0
"""Half of what Discord gives a bot for its first response."""
MOST_TIMES = 2.0
UNANSWERED_MS = 3000.0
"""What a command counts whose response never came: Discord's limit (Discord's documentation)."""


@dataclass
class Bursts:
    """What was seen of one bot."""

    waits_ms: list[float] = field(default_factory=list)
    """From the dispatch of each interaction to the arrival of its first response."""
    cpu_ms: list[float] = field(default_factory=list)
    """Of the bot for a command, in each burst."""
    refused: int = 0
    """Commands that were answered to the member alone, or not at all."""
    resting_mib: list[float] = field(default_factory=list)
    """The bot's memory before each burst."""


async def measure_burst() -> AsyncGenerator[Figure]:
    """Let both bots take bursts in turn, each in a fresh process and world."""
    ours, simplest = Bursts(), Bursts()
    for _ in range(BURSTS):
        await _burst(SORA_BOT, ours)
        await _burst(SIMPLEST_BOT, simplest)

    def figure(name: str, unit: str, ours: float, simplest: float, **aims: float) -> Figure:
        return Figure(name, ours, unit, Beside("simplest bot", simplest), **aims)

    name = f"first response to {COMMANDS} commands at once"
    for label, percent, aims in (
        ("p50", 50, {"most_times": MOST_TIMES}),
        ("p99", 99, {}),
        ("max", 100, {"most": MOST_MS}),
    ):
        waits = (percentile(bot.waits_ms, percent) for bot in (ours, simplest))
        yield figure(f"{name}: {label} of {len(ours.waits_ms)}", "ms", *waits, **aims)
    yield figure("  of them refused", "", ours.refused, simplest.refused, most=0)
    cpu = (percentile(bot.cpu_ms, 50) for bot in (ours, simplest))
    yield figure("  processor time of the bot for each", "ms", *cpu)
    resting = (percentile(bot.resting_mib, 50) for bot in (ours, simplest))
    yield figure("memory of the resting bot", "MiB", *resting)


async def _burst(module: tuple[str, ...], seen: Bursts) -> None:
    async with fresh_world() as world, running(world, module) as child:
        world.segmind.plan(hold=True, video=b"stub", times=None)
        members = [world.guild.add_member(f"Member {number}") for number in range(COMMANDS)]
        await answered(
            [await world.create(model=None)]
        )  # the first command of a process pays for all
        seen.resting_mib.append(memory(child.pid).all / 1024)
        before = cpu_seconds(child.pid)
        uses = await asyncio.gather(*(world.create(member, model=None) for member in members))
        seen.refused += (await asyncio.gather(*map(_accepted, uses))).count(False)
        seen.cpu_ms.append((cpu_seconds(child.pid) - before) * 1000 / COMMANDS)
        seen.waits_ms += _waits_ms(world, uses)


async def _accepted(use: Interaction) -> bool:
    """Wait for the response; tell whether it is what was asked for."""
    try:
        message = await use.responded()
    except NoResponse:
        return False
    return message is not None and not message.ephemeral


def _waits_ms(world: World, uses: list[Interaction]) -> list[float]:
    """Compare the stamps of dispatch and arrival: what the sandbox does with it comes later."""
    lifetime = timedelta(seconds=world.discord.token_lifetime_seconds)
    arrived: dict[str, datetime] = {}
    for call in world.discord.calls:
        if call.path.endswith("/callback"):
            arrived.setdefault(call.path.split("/")[4], call.at)
    sent = [(str(use.interaction_id), use.dies_at - lifetime) for use in uses]
    return [
        (arrived[use] - at) / timedelta(milliseconds=1) if use in arrived else UNANSWERED_MS
        for use, at in sent
    ]
