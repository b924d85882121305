"""Videos that come after their job was given up: kept, shown on demand, not charged.

A request goes on being looked at, ever less often, until its provider says that it failed or is
forgotten (then it costs the operator nothing), brings the video, or ``WATCHED`` has passed.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, select, update

from bot.credits.ledger import free_cost
from bot.errors import (
    DeliveryError,
    LookFailed,
    OutcomeUnknown,
    RequestForgotten,
    StorageError,
)
from bot.jobs import rows
from bot.jobs.job import Job, LateVideo
from bot.jobs.stages import Workbench
from bot.providers.base import Completed, Failed
from bot.redaction import write_about
from bot.storage import Transaction
from bot.storage.tables import late_requests

ROUND_SECONDS = 60.0
MOST_IN_ROUND = 5
"""So many requests are looked at in a round: they never crowd out those of open jobs."""
FIRST_LOOK = timedelta(minutes=15)
SLOWEST_LOOK = timedelta(hours=6)
WATCHED = timedelta(days=60)
"""Longer than any provider keeps a request, and any period of a ceiling lasts."""
FORGOTTEN_AFTER = 3
"""A request is forgotten when its provider says so this often in a row."""

_DUE = (
    select(late_requests.c.job_id, late_requests.c.due_at)
    .where(late_requests.c.due_at <= bindparam("now"))
    .order_by(late_requests.c.due_at)
    .limit(MOST_IN_ROUND)
)
_LATE = select(late_requests).where(late_requests.c.job_id == bindparam("job"))
_CHANGE = update(late_requests).where(late_requests.c.job_id == bindparam("job"))
_CLAIM = _CHANGE.where(late_requests.c.due_at == bindparam("seen")).values(due_at=bindparam("next"))

log = structlog.get_logger()


def watch_from(given_up_at: datetime) -> datetime:
    """Tell when the request of a job that was given up is looked at first."""
    return given_up_at + FIRST_LOOK


def next_look(given_up_at: datetime, now: datetime) -> datetime | None:
    """Tell when to look again: after a quarter of the time that has passed. None: never. Pure."""
    if now - given_up_at >= WATCHED:
        return None
    return now + min(max((now - given_up_at) / 4, FIRST_LOOK), SLOWEST_LOOK)


def find_late(tx: Transaction, job_id: int) -> LateVideo | None:
    """Find the video that came after its job was given up; None: none has."""
    row = tx.execute(_LATE, {"job": job_id}).one_or_none()
    return (
        None
        if row is None or row.video_at is None
        else LateVideo(row.video_at, row.video_url or "")
    )


class LateRequests:
    """Looks after the requests of jobs that were given up, of every process."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    async def run(self) -> None:
        """Look from time to time, until cancelled."""
        while True:
            await self._bench.clock.sleep(ROUND_SECONDS)
            try:
                await self.round()
            except StorageError as error:
                log.warning("late.storage", error=type(error).__name__)

    async def round(self) -> None:
        """Look at those that are due; raise StorageError."""
        bench = self._bench
        for job_id, due_at in await bench.database.read(_list_due, bench.clock.now()):
            # Of two processes one looks.
            job = await bench.database.write(_claim, job_id, due_at, bench.clock.now())
            if job is not None:
                write_about(job.prompt)
                await self._look(job)

    async def _look(self, job: Job) -> None:
        bench, provider = self._bench, self._bench.providers.get(job.provider)
        if provider is None or job.request_id is None:
            return
        try:
            seen = await provider.look(job.request_id)
        except RequestForgotten:
            await bench.database.write(_forgotten, job.id, bench.clock.now())
            return
        except OutcomeUnknown:  # nothing will be heard of it any more, and it may be billed
            await bench.database.write(_change, job.id, due_at=None)
            return
        except LookFailed as error:
            log.info("late.look_failed", job=job.id, detail=error.detail)
            return
        match seen:
            case Completed(url):
                await self._keep(job, url)
            case Failed(detail):
                log.info("late.failed", job=job.id, detail=detail)
                await bench.database.write(_costs_nothing, job.id, bench.clock.now())
            case _:
                await bench.database.write(_change, job.id, unknown=0)

    async def _keep(self, job: Job, url: str) -> None:
        """Bring a late video to the archive, or keep its address; it stays billed."""
        bench = self._bench
        if job.forgotten:  # its member has deleted what it shows
            await bench.database.write(_change, job.id, due_at=None)
            return
        found = {"video_at": bench.clock.now(), "video_url": url, "unknown": 0}
        source = bench.fetchers[job.provider]
        try:
            await bench.archive.take(job.id, url, source)
        except DeliveryError as error:
            log.warning("late.not_fetched", job=job.id, kind=type(error).__name__)
            # Due again: it may be fetched yet.
            await bench.database.write(_change, job.id, **found)
            return
        await bench.database.write(_change, job.id, due_at=None, **found)
        await source.forget(url)
        log.info("late.kept", job=job.id)


def _list_due(tx: Transaction, now: datetime) -> list[tuple[int, datetime]]:
    return [(row.job_id, row.due_at) for row in tx.execute(_DUE, {"now": now})]


def _claim(tx: Transaction, job_id: int, due_at: datetime, now: datetime) -> Job | None:
    """Plan the next look, and tell the job where nobody else has done so; else None."""
    row = tx.execute(_LATE, {"job": job_id}).one()
    following = next_look(row.at, now)
    claimed = tx.execute(_CLAIM, {"job": job_id, "seen": due_at, "next": following})
    return rows.get_job(tx, job_id) if claimed.rowcount == 1 else None


def _change(tx: Transaction, /, job_id: int, **values: object) -> None:
    tx.execute(_CHANGE, {"job": job_id, **values})


def _forgotten(tx: Transaction, job_id: int, now: datetime) -> None:
    """Count that the provider does not know it; often enough, and it will never be billed."""
    times = tx.execute(_LATE, {"job": job_id}).one().unknown + 1
    tx.execute(_CHANGE, {"job": job_id, "unknown": times})
    if times >= FORGOTTEN_AFTER:
        log.info("late.forgotten", job=job_id)
        _costs_nothing(tx, job_id, now)


def _costs_nothing(tx: Transaction, job_id: int, now: datetime) -> None:
    free_cost(tx, job_id, now)
    tx.execute(_CHANGE, {"job": job_id, "due_at": None})
