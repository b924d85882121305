"""A database with a long past: made by SQL once, and kept in the temporary folder.

Every account is the sum of its entries, and every hold fits its job, so that the audit finds
nothing in it. All jobs are over but the latest few, whose price a moderator has not decided about;
a tenth of a server's are one member's.
"""

# ruff: noqa: S608 - the statements are put together of parts that stand here
import hashlib
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from bot.credits import Payer
from bot.storage.migrate import migrate
from bot.storage.tables import metadata

JOBS = 200_000
FEW_JOBS = 2_000
"""A past as long as any that matters: longer, nothing may take longer."""
GRANTS_PER_JOB = 3
"""With what is held and settled five entries a job: a million."""
GUILDS = 10
OFTEN = Payer(guild_id=1, member_id=1)
"""Who has asked for most."""
UNDECIDED = 20
"""So many of the latest jobs wait for a moderator: they are few, however long the past."""

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {jobs})"
_GUILD = f"(i % {GUILDS}) + 1"
_MEMBER = f"(CASE WHEN (i / {GUILDS}) % 10 = 0 THEN 1 ELSE i % 4001 + 2 END)"
_AT = "strftime('%Y-%m-%d %H:%M:%S', '2026-11-01', '-' || ({jobs} - i) || ' minutes') || '.000000'"
_OPEN = f"i > {{jobs}} - {UNDECIDED}"
_STATE = (
    f"(CASE WHEN {_OPEN} THEN 'held' WHEN i % 20 IN (5, 10) THEN 'cancelled' ELSE 'delivered' END)"
)
"""A fifth of the jobs had to be approved; half of these were declined, or lapsed."""
_MADE = f"(CASE {_STATE} WHEN 'delivered' THEN {_AT} END)"
_ASKED = "state = 'held' OR id % 5 = 0"
_VERDICT = (
    "(CASE WHEN state = 'delivered' THEN 'approved' WHEN failure = 'approval_lapsed' THEN 'lapsed'"
    " ELSE failure END)"
)
_ENTRY = "INSERT INTO entries (at, kind, guild_id, member_id, from_account, to_account, amount,"
_ACCOUNT = (
    "(SELECT id FROM accounts WHERE guild_id = j.guild_id AND member_id = j.member_id"
    " AND kind = '{kind}' AND period = '' AND pool_id = 0)"
)
_STATEMENTS = (
    f"""INSERT INTO jobs (id, interaction_id, guild_id, channel_id, member_id, model, provider,
        prompt, duration_seconds, size, price, state, worker, created_at, submitted_at,
        rendered_at, took_seconds, request_id, told_at, failure, picture)
    {_NUMBERS} SELECT i, 1000000000 + i, {_GUILD}, 3, {_MEMBER},
        CASE i % 3 WHEN 0 THEN 'sora-2-pro' ELSE 'sora-2' END, 'segmind', 'a fox in the snow',
        4, '720x1280', 40, {_STATE}, 1, {_AT}, {_MADE}, {_MADE},
        CASE WHEN {_MADE} IS NOT NULL THEN 170 END,
        CASE {_STATE} WHEN 'delivered' THEN 'old ' || i END,
        CASE WHEN {_STATE} <> 'held' THEN {_AT} END,
        CASE WHEN {_STATE} = 'cancelled' THEN
            CASE i % 20 WHEN 5 THEN 'declined' ELSE 'approval_lapsed' END END,
        CASE WHEN i % 10 = 0 THEN 'cover:' || printf('%032x', i) END FROM n""",
    """INSERT INTO messages (job_id, channel_id, message_id, application_id, token,
        token_expires_at, shown_state, attachment_limit)
    SELECT id, 3, 2000000000 + id, 4, 'token', created_at, state, 10000000 FROM jobs""",
    """INSERT INTO job_events (job_id, at, from_state, to_state, note)
    SELECT id, created_at, NULL, 'held', '' FROM jobs""",
    """INSERT INTO job_events (job_id, at, from_state, to_state, note)
    SELECT id, told_at, CASE state WHEN 'delivered' THEN 'rendered' ELSE 'held' END, state, ''
    FROM jobs WHERE state <> 'held'""",
    """INSERT INTO holds (job_id, guild_id, day, amount, state, settled)
    SELECT id, guild_id, substr(created_at, 1, 10), 40,
        CASE state WHEN 'delivered' THEN 'settled' WHEN 'cancelled' THEN 'released' ELSE state END,
        CASE state WHEN 'delivered' THEN 40 END FROM jobs""",
    f"""INSERT INTO approvals (job_id, guild_id, member_id, price, asked_at, lapses_at, decided_at,
        decided_by, verdict)
    SELECT id, guild_id, member_id, 40, created_at,
        CASE state WHEN 'held' THEN '2100-01-01 00:00:00.000000' ELSE created_at END, told_at,
        CASE WHEN failure = 'approval_lapsed' THEN 0 WHEN told_at IS NOT NULL THEN 9 END,
        {_VERDICT} FROM jobs WHERE {_ASKED}""",
    """INSERT INTO changes (at, guild_id, member_id, target_id, name, value, actor_id, reason)
    SELECT decided_at, guild_id, member_id, job_id, 'approval', verdict, decided_by, ''
    FROM approvals WHERE verdict IS NOT NULL""",
    f"""INSERT INTO accounts (guild_id, member_id, kind, period, pool_id, balance)
    SELECT guild_id, member_id, kind, '', 0, sum(CASE kind
        WHEN 'issued' THEN {-GRANTS_PER_JOB * 40} WHEN 'spent' THEN 40 * (state = 'delivered')
        WHEN 'held' THEN 40 * (state = 'held')
        ELSE {GRANTS_PER_JOB * 40} - 40 * (state <> 'cancelled') END)
    FROM jobs, (SELECT 'issued' AS kind UNION SELECT 'grant' UNION SELECT 'held'
        UNION SELECT 'spent') GROUP BY guild_id, member_id, kind""",
    *(
        f"""{_ENTRY} actor_id, reason) SELECT created_at, 'grant', guild_id, member_id,
            {_ACCOUNT.format(kind="issued")}, {_ACCOUNT.format(kind="grant")}, 40, 9, 'often'
        FROM jobs AS j"""
        for _ in range(GRANTS_PER_JOB)
    ),
    f"""{_ENTRY} job_id, actor_id, reason) SELECT created_at, 'hold', guild_id, member_id,
        {_ACCOUNT.format(kind="grant")}, {_ACCOUNT.format(kind="held")}, 40, id, 0, 'requested'
    FROM jobs AS j""",
    f"""{_ENTRY} job_id, actor_id, reason) SELECT told_at, 'settle', guild_id, member_id,
        {_ACCOUNT.format(kind="held")}, {_ACCOUNT.format(kind="spent")}, 40, id, 0, 'made'
    FROM jobs AS j WHERE state = 'delivered'""",
    f"""{_ENTRY} job_id, actor_id, reason) SELECT told_at, 'release', guild_id, member_id,
        {_ACCOUNT.format(kind="held")}, {_ACCOUNT.format(kind="grant")}, 40, id, 0, 'not approved'
    FROM jobs AS j WHERE state = 'cancelled'""",
    """INSERT INTO ceiling_use (guild_id, day, used)
    SELECT guild_id, day, sum(amount * (state <> 'released')) FROM holds GROUP BY guild_id, day""",
    """INSERT INTO ceiling_use (guild_id, day, used)
    SELECT 0, day, sum(amount * (state <> 'released')) FROM holds GROUP BY day""",
)


def big_database(target: Path, jobs: int = JOBS) -> Path:
    """Put a database with so many past jobs there."""
    kept = Path(tempfile.gettempdir()) / f"sora-bot-past-{jobs}-{_version()}.db"
    if not kept.exists():
        part = kept.with_suffix(f".{os.getpid()}.part")
        _make(part, jobs)
        part.replace(kept)
    shutil.copyfile(kept, target)
    return target


def _version() -> str:
    """Name the schema and the statements: another needs another file."""
    schema = [
        repr(table) + repr(sorted(map(repr, table.indexes))) for table in metadata.sorted_tables
    ]
    return hashlib.sha256(repr((schema, _STATEMENTS)).encode()).hexdigest()[:12]


def _make(path: Path, jobs: int) -> None:
    path.unlink(missing_ok=True)
    migrate(path)
    path.with_name(f"{path.name}.migrating.lock").unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        connection.execute("BEGIN")
        for statement in _STATEMENTS:
            connection.execute(statement.replace("{jobs}", str(jobs)))
        connection.execute("COMMIT")
