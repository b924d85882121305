"""Tells the operator of damage that the running bot has met in its database."""

from collections.abc import Awaitable, Callable

import structlog

from bot.clock import Clock
from bot.errors import DatabaseDamaged
from bot.presentation.alerts import damage_text
from bot.storage import Database

AGAIN_SECONDS = 3600.0
"""How long nothing more is said: one damaged page is met again and again."""

log = structlog.get_logger()


async def watch_damage(
    database: Database, clock: Clock, tell: Callable[[str], Awaitable[bool]]
) -> None:
    """Log what is met, and tell the operator, seldom; until cancelled.

    ``tell`` waits until it can, and says whether it could.
    """
    while True:
        await database.damage_met.wait()
        if database.damage is not None:
            await _report(database.damage, tell)
        await clock.sleep(AGAIN_SECONDS)
        database.damage_met.clear()


async def _report(error: DatabaseDamaged, tell: Callable[[str], Awaitable[bool]]) -> None:
    text = damage_text(error)
    log.critical("database.damaged", path=error.path, detail=error.detail, advice=text)
    if not await tell(text):
        log.warning("database.damage_untold")
