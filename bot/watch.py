"""Watches what the providers' accounts have left, and warns before it is gone.

Answers to other requests tell it for nothing (Segmind's x-remaining-credits and
remaining_credits); the account itself is asked once an hour.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import structlog

from bot.clock import Clock
from bot.errors import ProviderError, StorageError
from bot.jobs.status import Account
from bot.presentation.alerts import account_text
from bot.providers.base import VideoProvider

LOOK_SECONDS = 60.0
ASK_SECONDS = 3600.0

log = structlog.get_logger()


@dataclass
class AccountWatch:
    """The accounts of all providers with a key."""

    accounts: Mapping[str, VideoProvider]
    clock: Clock
    levels_dollars: Sequence[int]
    tell: Callable[[str, str], Awaitable[None]]
    """Writes to the operator, once for each key, the second; may raise StorageError."""
    _told: dict[str, int] = field(default_factory=dict)
    """The lowest level that was told of each account."""
    _seen: dict[str, tuple[Decimal, datetime]] = field(default_factory=dict)
    """What each account had left, and when that was last new or asked for."""

    def known(self) -> Sequence[Account]:
        """Tell what is known of each account."""
        nothing = (None, None)
        return [Account(name, *self._seen.get(name, nothing)) for name in self.accounts]

    async def run(self) -> None:
        """Look from time to time, until cancelled."""
        asked_at = float("-inf")
        while True:
            if self.clock.monotonic() - asked_at >= ASK_SECONDS:
                asked_at = self.clock.monotonic()
                await self._ask()
            for name, provider in self.accounts.items():
                if provider.left is not None:
                    self._note(name, provider.left)
                    try:
                        await self._compare(name, provider.left)
                    except StorageError as error:  # it is told a minute later
                        log.warning("account.storage", error=type(error).__name__)
            await self.clock.sleep(LOOK_SECONDS)

    async def _ask(self) -> None:
        for name, provider in self.accounts.items():
            try:
                left = await provider.credits_left()
            except ProviderError as error:
                log.warning("account.unknown", provider=name, detail=error.detail)
            else:
                self._seen[name] = left, self.clock.now()

    def _note(self, name: str, left: Decimal) -> None:
        """Take note of what another answer has told, where that is new."""
        if name not in self._seen or self._seen[name][0] != left:
            self._seen[name] = left, self.clock.now()

    async def _compare(self, name: str, left: Decimal) -> None:
        """Warn at each level once, on the way down."""
        below = level_below(self.levels_dollars, left)
        before = self._told.get(name)
        if below is None:
            self._told.pop(name, None)
        elif before is None or below < before:
            log.warning("account.low", provider=name, dollars=str(left), level_dollars=below)
            await self.tell(account_text(name, left, below), f"account:{name}:{below}")
            self._told[name] = below
        else:
            self._told[name] = below


def level_below(levels: Collection[int], left: Decimal) -> int | None:
    """Find the lowest level that the account is below; None: it is above all of them."""
    return min((level for level in levels if left < level), default=None)
