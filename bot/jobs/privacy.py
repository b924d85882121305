"""What is kept of a member: all of it for them to take, and what they can have deleted."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, update

from bot.clock import Clock
from bot.credits import Payer
from bot.delivery.archive import Archive
from bot.errors import StorageError
from bot.jobs.deletions import delete_files, plan_deletion
from bot.jobs.export import Plain, export_member
from bot.jobs.states import UNCHARGED_ENDS
from bot.pictures import Pictures
from bot.storage import Database, Transaction
from bot.storage.tables import drafts, jobs, late_requests, messages

_OVER = or_(jobs.c.told_at.is_not(None), jobs.c.state.in_(UNCHARGED_ENDS))
"""Told, or without a video: where the channel is gone, such an end can never be told."""

BATCH = 200
"""So many videos are forgotten in one transaction: orders wait for it."""

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
    _exports: dict[Payer, asyncio.Task[Plain]] = field(default_factory=dict)
    """Those under way."""

    async def export(self, payer: Payer) -> Plain:
        """Put together all that is kept of a member in a server; see ``export_member``.

        One at a time: who asks again meanwhile is given the same.
        """
        export = self._exports.get(payer)
        if export is None:
            export = asyncio.create_task(export_member(self.database, payer, self.clock.now()))
            self._exports[payer] = export
            export.add_done_callback(lambda _: self._exports.pop(payer))
        return await asyncio.shield(export)

    async def kept(self, payer: Payer) -> Kept:
        """Count what ``forget`` would delete, and what it would leave."""
        return await self.database.read(_count, payer)

    async def forget(self, payer: Payer) -> Kept:
        """Delete what a member's ended videos were made from, and these themselves.

        Prompts, pictures, videos, drafts and Discord's tokens go; the amounts stay in the books.
        Tells what was there before. It can be repeated, and must be where it was cut off or raises
        StorageError; files that could not be deleted are tried again at the next sweep.
        """
        kept, last = await self.database.read(_count, payer), 0
        while forgotten := await self.database.write(self._forget, payer, last):
            last = forgotten[-1]
        try:
            await delete_files(self.database, self.archive, self.pictures)
            if not await self.database.overwrite_deleted():
                log.warning("deletion.log_kept", advice="the next sweep tries again, each hour")
        except StorageError as error:
            log.warning("deletion.storage", error=type(error).__name__)
        log.info(
            "privacy.deleted",
            guild=payer.guild_id,
            member=payer.member_id,
            jobs=kept.ended,
            drafts=kept.drafts,
        )
        return kept

    def _forget(self, tx: Transaction, payer: Payer, after: int) -> Sequence[int]:
        """Forget the drafts, and the next ended videos; tell which."""
        now, mine = self.clock.now(), and_(*_of(drafts, payer))
        plan_deletion(tx, drafts, mine, now)
        tx.execute(delete(drafts).where(mine))
        page = select(jobs.c.id).where(*_of(jobs, payer), jobs.c.id > after, _OVER)
        job_ids = tx.scalars(page.order_by(jobs.c.id).limit(BATCH)).all()
        # What is forgotten has no files, and no prompt any more.
        plan_deletion(tx, jobs, and_(jobs.c.id.in_(job_ids), jobs.c.prompt != ""), now)
        _blank(tx, job_ids, now)
        return job_ids


def _blank(tx: Transaction, job_ids: Sequence[int], now: datetime) -> None:
    """Take out of the rows of ended videos what the member wrote and sent."""
    # An end that was not told yet still needs its token.
    told = select(jobs.c.id).where(jobs.c.id.in_(job_ids), jobs.c.told_at.is_not(None))
    tx.execute(
        update(messages).where(messages.c.job_id.in_(told)).values(token="", token_expires_at=now)
    )
    these = update(jobs).where(jobs.c.id.in_(job_ids))
    tx.execute(these.values(prompt="", picture=None, result_url=None, origin=None))
    addresses = update(late_requests).where(late_requests.c.job_id.in_(job_ids))
    tx.execute(addresses.where(late_requests.c.video_url.is_not(None)).values(video_url=None))


def _count(tx: Transaction, payer: Payer) -> Kept:
    whole = tx.scalar(select(func.count()).where(*_of(jobs, payer))) or 0
    # Those that are not over are few; those that are, a member's whole past.
    open_ones = (jobs.c.told_at.is_(None), jobs.c.state.not_in(UNCHARGED_ENDS))
    under_way = tx.scalar(select(func.count()).where(*_of(jobs, payer), *open_ones)) or 0
    waiting = tx.scalars(select(drafts.c.id).where(*_of(drafts, payer))).all()
    return Kept(whole - under_way, under_way, len(waiting))


def _of(table: Table, payer: Payer) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.guild_id == payer.guild_id, table.c.member_id == payer.member_id
