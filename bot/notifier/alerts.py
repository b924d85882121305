"""Warnings to those who pay: a server's admins in their channel, the operator by a message.

The operator is the owner of the bot's application, or of the team that owns it.
"""

import asyncio
import contextlib
from collections.abc import Iterator

import discord
import structlog

from bot.clock import Clock
from bot.credits import Rules
from bot.credits.ceilings import Alert
from bot.errors import StorageError
from bot.jobs.supply import Trouble
from bot.presentation.alerts import ceiling_text, trouble_text

LOOK_SECONDS = 60.0
"""How often alerts are looked for even when this process has spent nothing: others spend too."""
SEND_SECONDS = 30.0
WHOLE_BOT = 0

log = structlog.get_logger()


class Alerts:
    """Sends each warning once."""

    def __init__(self, client: discord.Client, rules: Rules, clock: Clock) -> None:
        self._client = client
        self._rules = rules
        self._clock = clock
        self._spent = asyncio.Event()
        self._telling: set[asyncio.Task[None]] = set()

    def spent(self) -> None:
        """Look soon: credits were held."""
        self._spent.set()

    async def run(self) -> None:
        """Send what is due, until cancelled; the client must be connected."""
        while True:
            try:
                for alert in await self._rules.claim_alerts():
                    await self._tell(alert)
            except StorageError as error:
                log.warning("alerts.storage", error=type(error).__name__)
            await self._clock.wait(self._spent, LOOK_SECONDS)
            self._spent.clear()

    def trouble(self, trouble: Trouble) -> None:
        """Tell the operator, soon, what a provider refuses; the log has it already."""
        if self._client.user is None:  # not logged in yet
            return
        task = asyncio.create_task(self.tell_operator(trouble_text(trouble)), name="trouble")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def tell_operator(self, text: str) -> None:
        """Write to the operator, where Discord lets the bot; the log has it in any case."""
        with _discord_trouble("operator"):
            async with asyncio.timeout(SEND_SECONDS):
                information = await self._client.application_info()
                owner_id = information.team.owner_id if information.team else information.owner.id
                if owner_id is None:
                    return
                channel = await self._client.create_dm(discord.Object(owner_id))
                await channel.send(text)

    async def _tell(self, alert: Alert) -> None:
        log.warning(
            "ceiling.level",
            guild=alert.guild_id,
            level_percent=alert.level,
            used=alert.used,
            ceiling=alert.amount,
            period=alert.period,
        )
        if alert.guild_id == WHOLE_BOT:
            await self.tell_operator(ceiling_text(alert))
            return
        overview = await self._rules.overview(alert.guild_id)
        channel_id = overview.settings.alert_channel_id
        if channel_id is None:
            return
        with _discord_trouble(f"channel {channel_id}"):
            async with asyncio.timeout(SEND_SECONDS):
                await self._client.get_partial_messageable(channel_id).send(ceiling_text(alert))


@contextlib.contextmanager
def _discord_trouble(where: str) -> Iterator[None]:
    """Leave it at a line in the log where Discord does not take a warning."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - an odd answer raises whatever it does
        log.warning("alert.not_sent", where=where, kind=type(error).__name__)
