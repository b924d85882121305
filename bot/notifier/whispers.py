"""What a member alone is told of a job: the operator's failure is not the channel's business."""

import asyncio
from collections.abc import Callable
from typing import Any

import discord
import structlog

from bot.catalogue import Menu
from bot.clock import Clock
from bot.jobs.job import JobView, MessageAddress
from bot.jobs.states import OPERATORS
from bot.presentation.buttons import job_buttons
from bot.presentation.failures import unavailable_text

WHISPER_SECONDS = 10.0

log = structlog.get_logger()


class Whispers:
    """Answers to a member's interaction that nobody else sees."""

    def __init__(self, client: discord.Client, clock: Clock, menu: Callable[[], Menu]) -> None:
        self._client = client
        self._clock = clock
        self._menu = menu

    async def tell(self, view: JobView, address: MessageAddress) -> None:
        """Say why a job was not begun, where that is the operator's to mend; once, if at all.

        While the interaction's token lives. Never raises: the job's message says that it failed.
        """
        if view.job.failure not in OPERATORS or self._clock.now() >= address.token_expires_at:
            return
        menu = self._menu()
        try:
            async with asyncio.timeout(WHISPER_SECONDS):
                await self._webhook(address).send(
                    unavailable_text(view, menu),
                    view=job_buttons(view, menu) or discord.utils.MISSING,
                    ephemeral=True,
                    allowed_mentions=discord.AllowedMentions.none(),
                )
        except Exception as error:  # noqa: BLE001 - a list of types would miss one
            log.warning("whisper.failed", job=view.job.id, kind=type(error).__name__)

    def _webhook(self, address: MessageAddress) -> discord.Webhook:
        # The library lets an application's webhook alone be private, which a partial one is not.
        data: Any = {
            "id": address.application_id,
            "type": discord.WebhookType.application.value,
            "token": address.token,
        }
        return discord.Webhook.from_state(data, state=self._client._connection)  # noqa: SLF001 - there is no public name for it
