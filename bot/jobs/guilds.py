"""Servers that the bot was removed from: nothing is made for them, and their data goes in time.

What was not sent is cancelled; what a provider has ends in the archive. After ``KEPT`` all that
members and admins wrote and made is deleted; the books stay.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import (
    bindparam,
    delete,
    insert,
    select,
    text,
    tuple_,
    update,
)

from bot.clock import Clock
from bot.credits.ledger import Posting
from bot.credits.pools import list_pools, remove_pool
from bot.errors import StorageError
from bot.jobs.deletions import plan_deletion
from bot.jobs.stages import BOT
from bot.jobs.states import UNCHARGED_ENDS, State
from bot.jobs.stopped import end_stopped
from bot.storage import Database, Transaction
from bot.storage.books import guild_settings, member_settings, role_allowances, role_limits
from bot.storage.tables import departed_guilds, jobs, known_guilds, late_requests, messages

KEPT = timedelta(days=30)
"""So long a server's data waits for the bot to be invited again."""
BATCH = 200
"""So many jobs are forgotten in one transaction."""
RETRY_SECONDS = 1.0

_SETTINGS = (guild_settings, member_settings, role_allowances, role_limits)
_DEPARTED = select(departed_guilds.c.guild_id).where(
    departed_guilds.c.guild_id == bindparam("guild")
)
_KNOWN = select(known_guilds.c.guild_id).where(known_guilds.c.guild_id == bindparam("guild"))
_FORGETTABLE = (
    select(departed_guilds.c.guild_id)
    .where(departed_guilds.c.at <= bindparam("before"), departed_guilds.c.forgotten_at.is_(None))
    .order_by(departed_guilds.c.guild_id)
)
_OVER = jobs.c.state.in_([*UNCHARGED_ENDS, State.RENDERED, State.DELIVERED])
_RENDERED = text("jobs.state = 'rendered'")
"""In these words an index has the few of them."""
_PAGE = (
    select(jobs.c.id, jobs.c.member_id)
    .where(
        jobs.c.guild_id == bindparam("guild"),
        tuple_(jobs.c.member_id, jobs.c.id) > tuple_(bindparam("member_id"), bindparam("job_id")),
        _OVER,
    )
    .order_by(jobs.c.member_id, jobs.c.id)
    .limit(BATCH)
)

log = structlog.get_logger()


def is_departed(tx: Transaction, guild_id: int) -> bool:
    """Tell whether the bot was removed from a server."""
    return tx.scalar(_DEPARTED, {"guild": guild_id}) is not None


@dataclass(frozen=True)
class Guilds:
    """The servers that come and go."""

    database: Database
    clock: Clock
    changed: Callable[[int], None]
    """Tells the notifier to show a job as it is now."""

    async def left(self, guild_id: int) -> None:
        """Take note that the bot was removed from a server, and end what was not sent for it."""
        while True:
            try:
                news = await self.database.write(self._leave, guild_id)
                if news:
                    log.warning("guild.left", guild=guild_id)
                return await end_stopped(self.database, self.clock, self.changed)
            except StorageError as error:
                log.warning("guild.storage", guild=guild_id, error=type(error).__name__)
                await self.clock.sleep(RETRY_SECONDS)

    async def joined(self, guild_id: int) -> None:
        """Take note that the bot is in a server, which it may have been removed from before."""
        if await self.database.read(_is_known, guild_id):
            return
        if await self.database.write(_enter, guild_id):
            log.info("guild.returned", guild=guild_id)

    async def are(self, guild_ids: Collection[int]) -> None:
        """Take note of all servers that the bot is in: from others it was removed meanwhile.

        One that is unavailable is among them: an outage is no removal.
        """
        known = await self.database.read(_list_known)
        for guild_id in sorted(known - set(guild_ids)):
            await self.left(guild_id)

    def _leave(self, tx: Transaction, guild_id: int) -> bool:
        now = self.clock.now()
        # Nobody is there to be shown them: they are in the archive, and over.
        rendered = (jobs.c.guild_id == guild_id, jobs.c.state == State.RENDERED)
        waiting = update(jobs).where(*rendered, jobs.c.told_at.is_(None))
        tx.execute(waiting.values(told_at=now))
        if is_departed(tx, guild_id):
            return False
        tx.execute(insert(departed_guilds).values(guild_id=guild_id, at=now))
        return True


async def forget_departed(database: Database, now: datetime) -> None:
    """Delete the data of servers that the bot was removed from ``KEPT`` ago.

    Their files are written down for ``delete_files``. Raises StorageError; what is left then is
    deleted the next time.
    """
    for guild_id in await database.read(_list_forgettable, now - KEPT):
        last = (0, 0)
        while page := await database.read_long(_list_jobs, guild_id, last):
            last = page[-1]
            job_ids = [job_id for _, job_id in page]
            if not await database.write(_blank, guild_id, job_ids, now):
                break  # the bot is back
        if await database.write(_forget_rules, guild_id, now):
            log.info("guild.forgotten", guild=guild_id)


def archive_job(tx: Transaction, job_id: int, now: datetime) -> None:
    """End a job whose server is gone: its video stays in the archive."""
    rendered = (jobs.c.id == job_id, jobs.c.state == State.RENDERED)
    tx.execute(update(jobs).where(*rendered).values(told_at=now))


def _list_forgettable(tx: Transaction, before: datetime) -> list[int]:
    return list(tx.scalars(_FORGETTABLE, {"before": before}))


def _list_jobs(tx: Transaction, guild_id: int, after: tuple[int, int]) -> list[tuple[int, int]]:
    """List a server's next jobs that are over: member and number, in that order."""
    key = {"guild": guild_id, "member_id": after[0], "job_id": after[1]}
    return [(row.member_id, row.id) for row in tx.execute(_PAGE, key)]


def _is_known(tx: Transaction, guild_id: int) -> bool:
    return tx.scalar(_KNOWN, {"guild": guild_id}) is not None and not is_departed(tx, guild_id)


def _enter(tx: Transaction, guild_id: int) -> bool:
    """Write that the bot is in a server; tell whether it has come back."""
    if tx.scalar(_KNOWN, {"guild": guild_id}) is None:
        tx.execute(insert(known_guilds).values(guild_id=guild_id))
    if not is_departed(tx, guild_id):
        return False
    tx.execute(delete(departed_guilds).where(departed_guilds.c.guild_id == guild_id))
    # What came meanwhile, and was not deleted since, can be delivered now.
    archived = update(jobs).where(jobs.c.guild_id == guild_id, _RENDERED, jobs.c.prompt != "")
    tx.execute(archived.values(told_at=None))
    return True


def _blank(tx: Transaction, guild_id: int, job_ids: Collection[int], now: datetime) -> bool:
    """Take out of the rows what members wrote, unless the bot is back; tell whether it was so."""
    if not is_departed(tx, guild_id):
        return False
    plan_deletion(tx, jobs, jobs.c.id.in_(job_ids), now)
    tx.execute(
        update(messages)
        .where(messages.c.job_id.in_(job_ids))
        .values(token="", token_expires_at=now)
    )
    late = update(late_requests).where(late_requests.c.job_id.in_(job_ids))
    tx.execute(late.values(video_url=None))
    these = update(jobs).where(jobs.c.id.in_(job_ids))
    tx.execute(these.values(prompt="", picture=None, result_url=None))
    return True


def _forget_rules(tx: Transaction, guild_id: int, now: datetime) -> bool:
    """Drop what admins have set, unless the bot is back; tell whether it was so."""
    if not is_departed(tx, guild_id):
        return False
    for table in _SETTINGS:
        tx.execute(delete(table).where(table.c.guild_id == guild_id))
    posting = Posting(now, BOT, "the bot was removed from the server")
    for pool in list_pools(tx, guild_id):  # the books name them
        remove_pool(tx, guild_id, (pool.kind, pool.target_id), posting)
    here = update(departed_guilds).where(departed_guilds.c.guild_id == guild_id)
    tx.execute(here.values(forgotten_at=now))
    return True


def _list_known(tx: Transaction) -> set[int]:
    """List the servers that the bot has been in, but those that it was removed from."""
    known = set(tx.scalars(select(known_guilds.c.guild_id)))
    return known - set(tx.scalars(select(departed_guilds.c.guild_id)))
