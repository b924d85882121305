"""Which of a member's own jobs a command offers, while its number or its prompt is being typed."""

from collections.abc import Iterable, Sequence
from enum import Enum

from sqlalchemy import bindparam, or_, select

from bot.credits import Payer
from bot.jobs.job import Job
from bot.jobs.states import State
from bot.storage import Transaction
from bot.storage.tables import jobs, late_requests

MOST_OFFERED = 25
"""So many choices Discord shows."""
LOOKED_THROUGH = 300
"""So many of the latest jobs are looked through for what was typed; older ones by number alone."""
MOST_DIGITS = 18
"""Of a number that a row can have."""

_MINE = (jobs.c.guild_id == bindparam("guild"), jobs.c.member_id == bindparam("member"))
_WAITING = select(jobs).where(*_MINE, jobs.c.told_at.is_(None), jobs.c.state == State.HELD)
_LATEST = select(jobs.c.id).where(*_MINE).order_by(jobs.c.id.desc()).limit(LOOKED_THROUGH)
_LATE = (
    select(late_requests.c.job_id)
    .where(late_requests.c.job_id == jobs.c.id, late_requests.c.video_at.is_not(None))
    .exists()
)
_VIDEOS = select(jobs).where(
    or_(jobs.c.id.in_(_LATEST), jobs.c.id == bindparam("number")),
    # Without the sums SQLite goes through all that the member ever made, not by these numbers.
    jobs.c.guild_id + 0 == bindparam("guild"),
    jobs.c.member_id + 0 == bindparam("member"),
    or_(jobs.c.state.in_([State.RENDERED, State.DELIVERED]), _LATE),
    jobs.c.prompt != "",
)


class Purpose(Enum):
    """What a job is chosen for: the statement that finds those which allow it."""

    CANCEL = _WAITING.order_by(jobs.c.id.desc()).limit(LOOKED_THROUGH)
    """What no provider has yet."""
    SHOW = _VIDEOS
    """What there is a video of, that was not deleted."""


def offer_jobs(tx: Transaction, payer: Payer, purpose: Purpose, typed: str) -> Sequence[Job]:
    """List those of a member's jobs that fit what was typed; see ``fitting``."""
    mine = {"guild": payer.guild_id, "member": payer.member_id}
    number = {"number": int(_digits(typed) or 0)} if purpose is Purpose.SHOW else {}
    found = map(Job.from_row, tx.execute(purpose.value, mine | number))
    return fitting(sorted(found, key=lambda job: -job.id), typed)


def fitting(found: Iterable[Job], typed: str) -> Sequence[Job]:
    """Choose MOST_OFFERED: those whose number begins with what was typed, or whose prompt has it.

    The former come first. Neither the case of letters nor how words are parted matters. Pure.
    """
    wanted, digits = _folded(typed), _digits(typed)
    numbered, worded = [], []
    for job in found:
        if digits and str(job.id).startswith(digits):
            numbered.append(job)
        elif wanted in _folded(job.prompt):
            worded.append(job)
    numbered.sort(key=lambda job: str(job.id) != digits)  # the very number is the first of them
    return [*numbered, *worded][:MOST_OFFERED]


def _digits(typed: str) -> str:
    """Read the beginning of a job's number; empty where it is none."""
    text = typed.strip().removeprefix("#")
    return text if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else ""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
