"""What a page or a test follows: everything that members see happen."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.sandbox.discord.message import Message

if TYPE_CHECKING:  # interactions tell their changes through the hub
    from bot.sandbox.discord.interactions import Interaction

Kind = Literal["created", "edited", "deleted", "thinking", "modal", "failed"]


@dataclass(frozen=True)
class Change:
    """Something that members can see happen.

    A message is created, edited or deleted; a response is deferred ("thinking", its message has
    no version yet); a modal opens; or an interaction has had no response in time ("failed").
    """

    kind: Kind
    message: Message | None = None
    """None for "modal" and "failed"."""
    interaction: "Interaction | None" = None
    """The one that is "thinking", has opened its "modal" or has "failed"."""


class Changes(asyncio.Queue[Change]):
    """The changes since ``subscribe``, in order: ``async for`` them or ``await get()`` one."""

    async def __aiter__(self) -> AsyncIterator[Change]:
        while True:
            yield await self.get()
