"""All that is kept of a member in a server, as plain values for a JSON file."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, Table, select

from bot.credits import Payer
from bot.credits.export import member_changes, member_entries
from bot.credits.members import read_member
from bot.jobs.job import Job
from bot.storage import Database, Transaction
from bot.storage.books import approvals
from bot.storage.tables import drafts, job_events, jobs, late_requests, messages

Plain = Mapping[str, Any]
"""What JSON can hold."""
PAGE = 500
"""So many videos, or movements of credits, are read at a time."""


_LATE = select(late_requests).where(late_requests.c.video_at.is_not(None))


async def export_member(database: Database, payer: Payer, now: datetime) -> Plain:
    """Put together all that is kept; times are ISO 8601 in UTC, amounts credits.

    Read in pages, so that nobody's long past keeps another's waiting, nor the database from
    tidying up; what is added meanwhile may be in it or not. Left out is what opens doors and
    tells the member nothing: Discord's tokens, the provider's numbers and its own words to the
    operator. Raises StorageBusy or StorageFull.
    """
    rest = await database.read_long(_rest, payer)
    return {
        "exported_at": _iso(now),
        "server_id": payer.guild_id,
        "member_id": payer.member_id,
        "settings": rest["settings"],
        "videos_that_came_late": rest["videos_that_came_late"],
        "videos": await _all_pages(database, _videos, payer),
        "orders_not_placed": rest["orders_not_placed"],
        "approvals": rest["approvals"],
        "movements_of_credits": await _all_pages(database, _movements, payer),
        "changes_of_settings": rest["changes_of_settings"],
    }


async def _all_pages(
    database: Database,
    read: Callable[[Transaction, Payer, int], Sequence[tuple[int, Plain]]],
    payer: Payer,
) -> Sequence[Plain]:
    """Read pages until there is none; each goes on after the last number of the one before."""
    found: list[Plain] = []
    after = 0
    while page := await database.read_long(read, payer, after):
        found += [plain for _, plain in page]
        after = page[-1][0]
    return found


def _videos(tx: Transaction, payer: Payer, after: int) -> Sequence[tuple[int, Plain]]:
    page = select(jobs).where(*_of(jobs, payer), jobs.c.id > after)
    mine = [Job.from_row(row) for row in tx.execute(page.order_by(jobs.c.id).limit(PAGE))]
    ids = [job.id for job in mine]
    shown = {
        row.job_id: row for row in tx.execute(select(messages).where(messages.c.job_id.in_(ids)))
    }
    history = defaultdict(list)
    for row in tx.execute(
        select(job_events).where(job_events.c.job_id.in_(ids)).order_by(job_events.c.id)
    ):
        history[row.job_id].append({"at": _iso(row.at), "state": row.to_state})
    return [(job.id, _video(job, shown.get(job.id), history[job.id])) for job in mine]


def _movements(tx: Transaction, payer: Payer, after: int) -> Sequence[tuple[int, Plain]]:
    return [
        (number, _plain(asdict(each))) for number, each in member_entries(tx, payer, after, PAGE)
    ]


def _rest(tx: Transaction, payer: Payer) -> Plain:
    """Read what there is little of."""
    ids = select(jobs.c.id).where(*_of(jobs, payer))
    return {
        "settings": asdict(read_member(tx, payer)),
        "videos_that_came_late": [
            {"number": row.job_id, "at": _iso(row.video_at), "address": row.video_url}
            for row in tx.execute(_LATE.where(late_requests.c.job_id.in_(ids)))
        ],
        "orders_not_placed": [_draft(row) for row in tx.execute(_rows(drafts, payer))],
        "approvals": [_plain(dict(row._mapping)) for row in tx.execute(_rows(approvals, payer))],  # noqa: SLF001 - the library's public name for it
        "changes_of_settings": [_plain(asdict(each)) for each in member_changes(tx, payer)],
    }


def _of(table: Table, payer: Payer) -> tuple[Any, Any]:
    return table.c.guild_id == payer.guild_id, table.c.member_id == payer.member_id


def _rows(table: Table, payer: Payer) -> Select[Any]:
    return select(table).where(*_of(table, payer))


def _video(job: Job, shown: Row[Any] | None, history: Sequence[Plain]) -> Plain:
    """Tell of one video what the member gave, what it cost and what became of it."""
    at_web = job.result_url is not None and job.result_url.startswith("http")
    paid = job.rendered_at is not None
    return {
        "number": job.id,
        "prompt": job.prompt,
        "model": job.model,
        "provider": job.provider,
        "duration_seconds": job.duration_seconds,
        "size": job.size,
        "starts_from_a_picture": job.picture is not None,
        "price_credits": job.price,
        "state": job.state,
        "failure": job.failure,
        "asked_at": _iso(job.created_at),
        "submitted_at": _iso(job.submitted_at),
        "finished_at": _iso(job.finished_at),
        "rendered_at": _iso(job.rendered_at),
        "over_at": _iso(job.told_at),
        "address_at_the_provider": job.result_url if paid and at_web else None,
        "channel_id": job.channel_id,
        "message_id": None if shown is None else shown.message_id,
        "history": history,
    }


def _draft(row: Row[Any]) -> Plain:
    return {
        "at": _iso(row.at),
        "prompt": row.prompt,
        "model": row.model,
        "duration_seconds": row.duration_seconds,
        "size": row.size,
        "starts_from_a_picture": row.picture is not None,
    }


def _plain(values: Mapping[str, Any]) -> Plain:
    return {
        name: _iso(value) if isinstance(value, datetime) else value
        for name, value in values.items()
        if name not in {"guild_id", "member_id"}
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat(timespec="seconds")
