"""All that is kept of a member in a server, as plain values for a JSON file."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, Table, select

from bot.credits import Payer
from bot.credits.export import member_changes, member_entries
from bot.credits.members import read_member
from bot.jobs import rows
from bot.jobs.job import Job
from bot.storage import Transaction
from bot.storage.books import approvals
from bot.storage.tables import drafts, job_events, jobs, late_requests, messages

Plain = Mapping[str, Any]
"""What JSON can hold."""


_LATE = select(late_requests).where(late_requests.c.video_at.is_not(None))


def export_member(tx: Transaction, payer: Payer, now: datetime) -> Plain:
    """Put together all that is kept; times are ISO 8601 in UTC, amounts credits.

    Left out is what opens doors and tells the member nothing: Discord's tokens, the provider's
    numbers and its own words to the operator.
    """
    mine = rows.list_jobs(tx, *_of(jobs, payer))
    ids = select(jobs.c.id).where(*_of(jobs, payer))
    shown = {
        row.job_id: row for row in tx.execute(select(messages).where(messages.c.job_id.in_(ids)))
    }
    history = defaultdict(list)
    for row in tx.execute(
        select(job_events).where(job_events.c.job_id.in_(ids)).order_by(job_events.c.id)
    ):
        history[row.job_id].append({"at": _iso(row.at), "state": row.to_state})
    return {
        "exported_at": _iso(now),
        "server_id": payer.guild_id,
        "member_id": payer.member_id,
        "settings": asdict(read_member(tx, payer)),
        "videos": [_video(job, shown.get(job.id), history[job.id]) for job in mine],
        "videos_that_came_late": [
            {"number": row.job_id, "at": _iso(row.video_at), "address": row.video_url}
            for row in tx.execute(_LATE.where(late_requests.c.job_id.in_(ids)))
        ],
        "orders_not_placed": [_draft(row) for row in tx.execute(_rows(drafts, payer))],
        "approvals": [_plain(dict(row._mapping)) for row in tx.execute(_rows(approvals, payer))],  # noqa: SLF001 - the library's public name for it
        "movements_of_credits": [_plain(asdict(each)) for each in member_entries(tx, payer)],
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
