"""Who asks, as far as it decides about credits."""

from dataclasses import dataclass

from bot.credits.ledger import Payer


@dataclass(frozen=True)
class Spender:
    """A member of a server, with the roles they have and the place where they ask."""

    payer: Payer
    role_ids: frozenset[int] = frozenset()
    channel_ids: frozenset[int] = frozenset()
    """The channel, and that of a thread; empty: nowhere in particular."""
