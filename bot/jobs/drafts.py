"""Orders that could not be placed as they were, kept until a button is pressed."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from bot.catalogue import Wish
from bot.clock import Clock
from bot.credits import Payer
from bot.errors import DraftGone
from bot.storage import Database, Transaction
from bot.storage.tables import drafts

KEPT = timedelta(hours=1)
"""The message with the button is the member's alone and goes with the client's session."""
MOST_OPEN = 3
"""So many drafts of a member are kept: with a fourth the oldest goes, and its picture."""


_DROP = delete(drafts).returning(drafts.c.picture)


@dataclass(frozen=True)
class Door:
    """An interaction's token, which edits the messages that answer it."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Draft:
    """An order that was not placed."""

    wish: Wish
    picture: str | None
    """The received picture that it is to start from."""
    origin: str | None = None
    """Which button's order it is, where a button led to the question; else its own button's."""
    door: Door | None = None
    """What edits the message with the button."""


@dataclass(frozen=True)
class Drafts:
    """The drafts of all members."""

    database: Database
    clock: Clock
    discard: Callable[[str, str | None], Awaitable[None]]
    """Deletes a picture that nothing starts from any more."""

    async def keep(self, payer: Payer, draft: Draft) -> int:
        """Write a draft down; tell its number. What had to go for it goes with its picture."""
        draft_id, pictures = await self.database.write_soon(self._keep, payer, draft)
        for picture in pictures:
            await self.discard(picture, None)
        return draft_id

    async def find(self, draft_id: int, payer: Payer) -> Draft:
        """Read a member's draft; raise DraftGone."""
        return await self.database.read(self._find, draft_id, payer)

    def _keep(self, tx: Transaction, payer: Payer, draft: Draft) -> tuple[int, Sequence[str]]:
        """Write it down; tell its number, and the pictures of those that went for it."""
        now = self.clock.now()
        mine = (drafts.c.guild_id == payer.guild_id, drafts.c.member_id == payer.member_id)
        newest = select(drafts.c.id).where(*mine).order_by(drafts.c.at.desc(), drafts.c.id)
        gone = list(tx.scalars(_DROP.where(drafts.c.at < now - KEPT)))
        gone += tx.scalars(_DROP.where(drafts.c.id.in_(newest.limit(-1).offset(MOST_OPEN - 1))))
        draft_id = _insert(tx, payer, draft, now)
        return draft_id, [picture for picture in gone if picture is not None]

    def _find(self, tx: Transaction, draft_id: int, payer: Payer) -> Draft:
        row = tx.execute(
            select(drafts).where(
                drafts.c.id == draft_id,
                drafts.c.guild_id == payer.guild_id,
                drafts.c.member_id == payer.member_id,
                drafts.c.at >= self.clock.now() - KEPT,
            )
        ).one_or_none()
        if row is None:
            raise DraftGone
        pictured = row.picture is not None
        wish = Wish(row.prompt, row.model, row.duration_seconds, row.size, pictured)
        door = Door(row.token, row.token_expires_at) if row.token else None
        return Draft(wish, row.picture, row.origin, door)


def _insert(tx: Transaction, payer: Payer, draft: Draft, now: datetime) -> int:
    wish, door = draft.wish, draft.door
    values = {
        # Never a number again that an older button bears: a counter begins anew once all are gone.
        "id": secrets.randbelow(2**31),
        "at": now,
        "guild_id": payer.guild_id,
        "member_id": payer.member_id,
        "prompt": wish.prompt,
        "model": wish.model,
        "duration_seconds": wish.duration_seconds,
        "size": wish.size,
        "picture": draft.picture,
        "origin": draft.origin,
        "token": door and door.token,
        "token_expires_at": door and door.expires_at,
    }
    return int(tx.execute(insert(drafts).returning(drafts.c.id), values).scalar_one())
