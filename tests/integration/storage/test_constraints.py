"""What must never happen is refused by the database itself, whatever the code above does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint

from bot.storage.tables import metadata
from tests.books import query

SOUND_ROWS = """
INSERT INTO accounts (id, guild_id, member_id, kind, period, pool_id, balance) VALUES
    (1, 1, 1, 'issued', '', 0, -100), (2, 1, 1, 'grant', '', 0, 60), (3, 1, 1, 'held', '', 0, 0),
    (4, 1, 1, 'spent', '', 0, 40), (5, 1, 1, 'allowance', '2026-11', 0, 0),
    (6, 1, 1, 'pool', '2026-11', 7, 0);
INSERT INTO jobs (id, interaction_id, guild_id, channel_id, member_id, model, provider, prompt,
                  duration_seconds, size, price, state, worker, created_at, request_id) VALUES
    (1, 11, 1, 1, 1, 'sora-2', 'segmind', 'a fox', 4, '720x1280', 40, 'held', 1, 'then', NULL),
    (2, 12, 1, 1, 1, 'sora-2', 'segmind', 'a fox', 4, '720x1280', 40, 'queued', 1, 'then', 'r');
INSERT INTO holds (job_id, guild_id, day, amount, state, settled) VALUES
    (1, 1, '2026-11-20', 40, 'held', NULL), (2, 1, '2026-11-20', 40, 'settled', 30),
    (3, 1, '2026-11-20', 40, 'released', NULL);
INSERT INTO entries (id, at, kind, guild_id, member_id, from_account, to_account, amount, job_id,
                     actor_id, reason)
    VALUES (1, 'then', 'grant', 1, 1, 1, 2, 100, NULL, 9, ''),
    (2, 'then', 'hold', 1, 1, 2, 3, 40, 2, 1, '');
INSERT INTO changes (at, guild_id, member_id, target_id, name, value, actor_id, reason)
    VALUES ('then', 1, 1, 0, 'allowance', '0', 9, '');
INSERT INTO approvals (job_id, guild_id, member_id, price, asked_at, lapses_at)
    VALUES (1, 1, 1, 40, 'then', 'later');
INSERT INTO approvals VALUES (2, 1, 1, 40, 'then', 'later', 'soon', 9, 'approved');
INSERT INTO guild_settings (guild_id, zone, role_allowances, approval_hours, paused)
    VALUES (1, 'UTC', 'highest', 24, 0);
INSERT INTO member_settings VALUES (1, 1, 10, 0);
INSERT INTO role_allowances VALUES (1, 5, 10);
INSERT INTO role_limits VALUES (1, 5, NULL, NULL, NULL, NULL);
INSERT INTO pools VALUES (7, 1, 'role', 5, 100, NULL, NULL);
INSERT INTO ceilings VALUES (1, 100);
INSERT INTO open_guilds VALUES (1, 'used', '2026-11-20', 5, NULL);
INSERT INTO ceiling_use VALUES (1, '2026-11-20', 70);
INSERT INTO job_events (job_id, at, from_state, to_state, note)
    VALUES (1, 'then', NULL, 'held', '');
INSERT INTO messages (job_id, channel_id, application_id, token, token_expires_at,
                      attachment_limit) VALUES (1, 1, 1, 'token', 'then', 1);
INSERT INTO facts VALUES ('name', 'value');
"""
ACCOUNT = (
    "INSERT INTO accounts (guild_id, member_id, kind, period, pool_id, balance)"
    " VALUES (1, 1, '{kind}', '{period}', {pool}, {balance})"
)
HOLD = "INSERT INTO holds VALUES ({job}, 1, '2026-11-20', {amount}, '{state}', {settled})"
ENTRY = (
    "INSERT INTO entries (at, kind, guild_id, member_id, from_account, to_account, amount, job_id,"
    " actor_id, reason)"
)
JOB = (
    "INSERT INTO jobs (interaction_id, guild_id, channel_id, member_id, model, provider, prompt,"
    " duration_seconds, size, price, state, worker, created_at, request_id, failure) VALUES "
    "({interaction}, 1, 1, 1, 'sora-2', 'segmind', 'a fox', 4, '720x1280', 40, {state}, 1, 'then',"
    " {request}, {failure})"
)


def job(
    state: str,
    request: str = "NULL",
    failure: str = "NULL",
    *,
    interaction: int = 20,
) -> str:
    """Write the statement that inserts a job."""
    return JOB.format(state=f"'{state}'", request=request, failure=failure, interaction=interaction)


def account(kind: str, balance: int, period: str = "new", pool: int = 0) -> str:
    """Write the statement that opens an account."""
    return ACCOUNT.format(kind=kind, period=period, pool=pool, balance=balance)


def hold(amount: int, state: str, settled: str = "NULL", *, job_id: int = 9) -> str:
    """Write the statement that inserts a hold."""
    return HOLD.format(job=job_id, amount=amount, state=state, settled=settled)


def entry(kind: str, source: int, target: int, amount: int, job_id: str = "NULL") -> str:
    """Write the statement that inserts an entry."""
    return f"{ENTRY} VALUES ('then', '{kind}', 1, 1, {source}, {target}, {amount}, {job_id}, 1, '')"


FORBIDDEN = [
    ("ck_accounts_kind", account("savings", 0)),
    ("ck_accounts_no_overdraft", account("grant", -1)),
    ("ck_accounts_no_overdraft", account("held", -1)),
    ("ck_accounts_no_overdraft", account("spent", -1)),
    ("ck_accounts_no_overdraft", "UPDATE accounts SET balance = balance - 61 WHERE id = 2"),
    ("ck_accounts_nothing_from_nothing", account("allowance", 1)),
    ("ck_accounts_nothing_from_nothing", account("issued", 1)),
    ("ck_accounts_nothing_from_nothing", account("pool", 1, pool=7)),
    ("ck_accounts_pool", account("pool", 0)),
    ("ck_accounts_pool", account("allowance", 0, pool=7)),
    ("accounts.guild_id, accounts.member_id", account("grant", 0, period="")),
    ("accounts.guild_id, accounts.member_id", account("pool", 0, "2026-11", pool=7)),
    ("ck_entries_kind", entry("gift", 1, 2, 1, job_id="1")),
    ("ck_entries_amount", entry("grant", 1, 2, 0)),
    ("ck_entries_amount", entry("grant", 1, 2, -1)),
    ("ck_entries_two_sides", entry("grant", 1, 1, 1)),
    ("ck_entries_job", entry("hold", 2, 3, 1)),
    ("ck_entries_job", entry("settle", 3, 4, 1)),
    ("ck_entries_job", entry("release", 3, 2, 1)),
    ("ck_entries_job", entry("grant", 1, 2, 1, job_id="1")),
    ("ck_entries_job", entry("revoke", 2, 1, 1, job_id="1")),
    ("entries.job_id, entries.kind", entry("hold", 2, 3, 40, job_id="2")),
    ("FOREIGN KEY", entry("grant", 99, 2, 1)),
    ("FOREIGN KEY", entry("grant", 1, 99, 1)),
    ("entries is append-only", "UPDATE entries SET amount = 1"),
    ("entries is append-only", "DELETE FROM entries"),
    ("ck_holds_state", hold(1, "spent")),
    (
        "ck_uncertain_costs_amount",
        "INSERT INTO uncertain_costs (job_id, guild_id, day, amount) VALUES (1, 1, 'now', 0)",
    ),
    ("ck_holds_amount", hold(-1, "held")),
    ("ck_holds_settled_known", hold(1, "settled")),
    ("ck_holds_settled_known", hold(1, "held", settled="1")),
    ("ck_holds_settled", hold(1, "settled", settled="-1")),
    ("ck_holds_settled", hold(1, "settled", settled="2")),
    ("holds.job_id", hold(40, "held", job_id=1)),
    ("a hold is settled or released once", "UPDATE holds SET state = 'released' WHERE job_id = 2"),
    ("a hold is settled or released once", "UPDATE holds SET state = 'held' WHERE job_id = 2"),
    ("a hold is settled or released once", "UPDATE holds SET state = 'settled' WHERE job_id = 3"),
    ("a hold is settled or released once", "UPDATE holds SET amount = 1 WHERE job_id = 3"),
    ("ck_holds_settled_known", hold(1, "refunded")),
    (
        "a hold is refunded once, after it was settled",
        "UPDATE holds SET state = 'refunded', settled = 1 WHERE job_id = 1",
    ),
    (
        "a hold is refunded once, after it was settled",
        "UPDATE holds SET state = 'refunded', settled = 40 WHERE job_id = 2",
    ),
    (
        "a hold is refunded once, after it was settled",
        "UPDATE holds SET state = 'refunded', settled = 1 WHERE job_id = 3",
    ),
    ("changes is append-only", "UPDATE changes SET value = '1'"),
    ("changes is append-only", "DELETE FROM changes"),
    ("ck_guild_settings_period", "UPDATE guild_settings SET period = 'year'"),
    ("ck_guild_settings_default_allowance", "UPDATE guild_settings SET default_allowance = -1"),
    ("ck_guild_settings_role_allowances", "UPDATE guild_settings SET role_allowances = 'least'"),
    ("ck_guild_settings_approve_above", "UPDATE guild_settings SET approve_above = -1"),
    ("ck_guild_settings_approval_hours", "UPDATE guild_settings SET approval_hours = 0"),
    (
        "ck_guild_settings_most_running_per_member",
        "UPDATE guild_settings SET most_running_per_member = 0",
    ),
    (
        "ck_guild_settings_most_running_per_guild",
        "UPDATE guild_settings SET most_running_per_guild = 0",
    ),
    ("ck_member_settings_allowance", "UPDATE member_settings SET allowance = -1"),
    ("ck_role_allowances_amount", "UPDATE role_allowances SET amount = -1"),
    ("ck_role_limits_longest_seconds", "UPDATE role_limits SET longest_seconds = 0"),
    ("ck_role_limits_most_running", "UPDATE role_limits SET most_running = 0"),
    ("ck_pools_kind", "UPDATE pools SET kind = 'server'"),
    ("ck_pools_amount", "UPDATE pools SET amount = -1"),
    ("ck_pools_share", "UPDATE pools SET share = -1"),
    ("pools.guild_id, pools.kind", "INSERT INTO pools VALUES (8, 1, 'role', 5, 1, NULL, NULL)"),
    ("ck_pauses_scope", "INSERT INTO pauses VALUES ('member', '1', 'then', 9, '')"),
    ("ck_pauses_key", "INSERT INTO pauses VALUES ('all', 'sora-2', 'then', 9, '')"),
    ("ck_pauses_key", "INSERT INTO pauses VALUES ('model', '', 'then', 9, '')"),
    ("ck_ceilings_amount", "UPDATE ceilings SET amount = -1"),
    ("ck_open_guilds_how", "UPDATE open_guilds SET how = 'perhaps'"),
    ("ck_open_guilds_decided", "UPDATE open_guilds SET decided_by = NULL"),
    (
        "ck_open_guilds_says_something",
        "INSERT INTO open_guilds VALUES (2, NULL, NULL, NULL, NULL)",
    ),
    ("ck_ceiling_use_used", "UPDATE ceiling_use SET used = used - 71"),
    ("ck_approvals_verdict", "UPDATE approvals SET verdict = 'maybe' WHERE job_id = 1"),
    ("ck_approvals_decided", "UPDATE approvals SET verdict = 'approved' WHERE job_id = 1"),
    ("ck_approvals_decided", "UPDATE approvals SET decided_by = 9 WHERE job_id = 1"),
    ("an approval is decided once", "UPDATE approvals SET verdict = 'declined' WHERE job_id = 2"),
    ("ck_jobs_state", job("waiting")),
    ("ck_jobs_request_known", job("queued")),
    ("ck_jobs_request_known", job("processing")),
    ("ck_jobs_request_known", job("rendered")),
    ("ck_jobs_request_known", job("delivered")),
    ("ck_jobs_failure", job("failed")),
    ("ck_jobs_failure", job("cancelled")),
    ("ck_jobs_failure", job("lost")),
    ("ck_jobs_failure", job("held", failure="'forgotten'")),
    ("jobs.interaction_id", job("held", interaction=11)),
    ("jobs.provider, jobs.request_id", job("queued", request="'r'")),
    ("job_events is append-only", "UPDATE job_events SET note = 'other'"),
    ("job_events is append-only", "DELETE FROM job_events"),
    ("FOREIGN KEY", "INSERT INTO job_events VALUES (9, 99, 'then', NULL, 'held', '')"),
    (
        "FOREIGN KEY",
        (
            "INSERT INTO messages (job_id, channel_id, application_id, token, token_expires_at,"
            " attachment_limit) VALUES (99, 1, 1, 'token', 'then', 1)"
        ),
    ),
    ("FOREIGN KEY", "DELETE FROM jobs WHERE id = 1"),
]
"""What the database says, and the statement that it says it of."""


@pytest.fixture
def books(database_file: Path) -> Iterator[sqlite3.Connection]:
    """Connect to books with sound rows in every table."""
    with closing(sqlite3.connect(database_file, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(SOUND_ROWS)
        yield connection


@pytest.mark.parametrize(("said", "statement"), FORBIDDEN)
def test_what_must_not_be_is_refused(books: sqlite3.Connection, said: str, statement: str) -> None:
    """The statement fails by the constraint or trigger that is meant for it."""
    with pytest.raises(sqlite3.IntegrityError) as refused:
        books.execute(statement)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "statement",
    [
        account("allowance", -1),
        entry("hold", 5, 3, 40, job_id="2"),
        account("pool", -1, pool=7),
        "UPDATE holds SET state = 'settled', settled = 40 WHERE job_id = 1",
        "UPDATE holds SET state = 'released' WHERE job_id = 1",
        (
            "UPDATE approvals SET verdict = 'declined', decided_at = 'now', decided_by = 9"
            " WHERE job_id = 1"
        ),
        job("failed", failure="'moderated'"),
        job("delivered", request="'other'"),
    ],
)
def test_what_may_be_is_taken(books: sqlite3.Connection, statement: str) -> None:
    """Statements next to the forbidden ones go through: those are not refused by chance."""
    assert books.execute(statement).rowcount == 1


def test_every_check_and_every_trigger_is_tried_here(database_file: Path) -> None:
    """A new constraint needs a statement that it forbids."""
    tried = {said for said, _ in FORBIDDEN}
    checks = {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert checks <= tried
    triggers = query(database_file, "SELECT sql FROM sqlite_master WHERE type = 'trigger'")
    assert len(triggers) == 9
    assert all(any(f"'{said}'" in sql for said in tried) for (sql,) in triggers)
