"""What is kept of a member: all of it for them to take, and what they can have deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, Table, delete, func, or_, select, update

from bot.clock import Clock
from bot.credits import Payer
from bot.delivery.archive import Archive
from bot.jobs import rows
from bot.jobs.export import Plain, export_member
from bot.jobs.states import UNCHARGED_ENDS
from bot.pictures import Fit, Pictures
from bot.storage import Database, Transaction
from bot.storage.tables import drafts, jobs, late_requests, messages

_OVER = or_(jobs.c.told_at.is_not(None), jobs.c.state.in_(UNCHARGED_ENDS))
"""Told, or without a video: where the channel is gone, such an end can never be told."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Kept:
    """How much there is of a member that can be deleted."""

    ended: int
    """Videos that are over, with or without a file."""
    under_way: int
    """Videos that are not over: they stay."""
    drafts: int
    """Orders that were not placed."""


@dataclass(frozen=True)
class Privacy:
    """The members' data in every server."""

    database: Database
    clock: Clock
    archive: Archive
    pictures: Pictures

    async def export(self, payer: Payer) -> Plain:
        """Put together all that is kept of a member in a server; see ``export_member``."""
        return await self.database.read(export_member, payer, self.clock.now())

    async def kept(self, payer: Payer) -> Kept:
        """Count what ``forget`` would delete, and what it would leave."""
        return await self.database.read(_count, payer)

    async def forget(self, payer: Payer) -> Kept:
        """Delete what a member's ended videos were made from, and these themselves.

        Prompts, pictures, videos, drafts and Discord's tokens go; the amounts stay in the books.
        Tells what was there before. It can be repeated.
        """
        kept = await self.database.write(self._forget, payer)
        log.info(
            "privacy.deleted",
            guild=payer.guild_id,
            member=payer.member_id,
            jobs=kept.ended,
            drafts=kept.drafts,
        )
        return kept

    def _forget(self, tx: Transaction, payer: Payer) -> Kept:
        kept = _count(tx, payer)
        ended = rows.list_jobs(tx, *_of(jobs, payer), _OVER)
        pictures = [each.picture for each in ended]
        mine = select(drafts.c.picture).where(*_of(drafts, payer))
        pictures += tx.scalars(mine)
        _blank(tx, payer, self.clock.now())
        # Still in the transaction: no order takes up one of these pictures meanwhile, and after
        # a crash all of it can be repeated.
        for job in ended:
            self.archive.delete(job.id)
        for picture in _unused(tx, filter(None, pictures)):
            self.pictures.delete(picture)
        return kept


def _blank(tx: Transaction, payer: Payer, now: datetime) -> None:
    """Take out of the rows what the member wrote and sent."""
    # An end that was not told yet still needs its token.
    told = select(jobs.c.id).where(*_of(jobs, payer), jobs.c.told_at.is_not(None))
    tx.execute(
        update(messages).where(messages.c.job_id.in_(told)).values(token="", token_expires_at=now)
    )
    ended = (*_of(jobs, payer), _OVER)
    tx.execute(update(jobs).where(*ended).values(prompt="", picture=None, result_url=None))
    addresses = update(late_requests).where(
        late_requests.c.job_id.in_(select(jobs.c.id).where(*ended)),
        late_requests.c.video_url.is_not(None),
    )
    tx.execute(addresses.values(video_url=None))
    tx.execute(delete(drafts).where(*_of(drafts, payer)))


def _unused(tx: Transaction, pictures: Iterable[str]) -> list[str]:
    """Choose the pictures that no other job or draft starts from; they go by their content."""
    contents = {picture.split(":")[1]: picture for picture in pictures}
    named = [f"{fit}:{content}" for content in contents for fit in Fit]
    used = {
        picture.split(":")[1]
        for table in (jobs, drafts)
        for picture in tx.scalars(select(table.c.picture).where(table.c.picture.in_(named)))
    }
    return [picture for content, picture in contents.items() if content not in used]


def _count(tx: Transaction, payer: Payer) -> Kept:
    whole = tx.scalar(select(func.count()).where(*_of(jobs, payer))) or 0
    ended = tx.scalar(select(func.count()).where(*_of(jobs, payer), _OVER)) or 0
    waiting = tx.scalars(select(drafts.c.id).where(*_of(drafts, payer))).all()
    return Kept(ended, whole - ended, len(waiting))


def _of(table: Table, payer: Payer) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.guild_id == payer.guild_id, table.c.member_id == payer.member_id
