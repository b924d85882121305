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
INSERT INTO accounts (id, guild_id, member_id, kind, period, balance) VALUES
    (1, 1, 1, 'issued', '', -100), (2, 1, 1, 'grant', '', 60), (3, 1, 1, 'held', '', 0),
    (4, 1, 1, 'spent', '', 40), (5, 1, 1, 'allowance', '2026-11', 0);
INSERT INTO jobs (id, interaction_id, guild_id, channel_id, member_id, model, provider, prompt,
                  duration_seconds, size, price, state, worker, created_at, request_id) VALUES
    (1, 11, 1, 1, 1, 'sora-2', 'segmind', 'a fox', 4, '720x1280', 40, 'held', 1, 'then', NULL),
    (2, 12, 1, 1, 1, 'sora-2', 'segmind', 'a fox', 4, '720x1280', 40, 'queued', 1, 'then', 'r');
INSERT INTO holds (job_id, amount, state) VALUES (1, 40, 'held'), (2, 40, 'settled'),
    (3, 40, 'released');
INSERT INTO entries (id, at, kind, from_account, to_account, amount, job_id, actor_id, reason)
    VALUES (1, 'then', 'grant', 1, 2, 100, NULL, 9, ''), (2, 'then', 'hold', 2, 3, 40, 2, 1, '');
INSERT INTO allowances (at, guild_id, member_id, amount, actor_id, reason)
    VALUES ('then', 1, 1, 0, 9, '');
INSERT INTO job_events (job_id, at, from_state, to_state, note)
    VALUES (1, 'then', NULL, 'held', '');
INSERT INTO messages (job_id, channel_id, application_id, token, token_expires_at,
                      attachment_limit) VALUES (1, 1, 1, 'token', 'then', 1);
INSERT INTO facts VALUES ('name', 'value');
"""
ACCOUNT = (
    "INSERT INTO accounts (guild_id, member_id, kind, period, balance)"
    " VALUES (1, 1, '{kind}', '{period}', {balance})"
)
ENTRY = "INSERT INTO entries (at, kind, from_account, to_account, amount, job_id, actor_id, reason)"
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


def account(kind: str, balance: int, period: str = "new") -> str:
    """Write the statement that opens an account."""
    return ACCOUNT.format(kind=kind, period=period, balance=balance)


def entry(kind: str, source: int, target: int, amount: int, job_id: str = "NULL") -> str:
    """Write the statement that inserts an entry."""
    return f"{ENTRY} VALUES ('then', '{kind}', {source}, {target}, {amount}, {job_id}, 1, '')"


FORBIDDEN = [
    ("ck_accounts_kind", account("savings", 0)),
    ("ck_accounts_no_overdraft", account("grant", -1)),
    ("ck_accounts_no_overdraft", account("held", -1)),
    ("ck_accounts_no_overdraft", account("spent", -1)),
    ("ck_accounts_no_overdraft", "UPDATE accounts SET balance = balance - 61 WHERE id = 2"),
    ("ck_accounts_nothing_from_nothing", account("allowance", 1)),
    ("ck_accounts_nothing_from_nothing", account("issued", 1)),
    ("accounts.guild_id, accounts.member_id", account("grant", 0, period="")),
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
    ("ck_holds_state", "INSERT INTO holds VALUES (9, 1, 'spent')"),
    ("ck_holds_amount", "INSERT INTO holds VALUES (9, 0, 'held')"),
    ("holds.job_id", "INSERT INTO holds VALUES (1, 40, 'held')"),
    ("a hold is settled or released once", "UPDATE holds SET state = 'released' WHERE job_id = 2"),
    ("a hold is settled or released once", "UPDATE holds SET state = 'held' WHERE job_id = 2"),
    ("a hold is settled or released once", "UPDATE holds SET state = 'settled' WHERE job_id = 3"),
    ("a hold is settled or released once", "UPDATE holds SET amount = 1 WHERE job_id = 3"),
    (
        "ck_allowances_amount",
        "INSERT INTO allowances VALUES (9, 'then', 1, 1, -1, 9, '')",
    ),
    ("allowances is append-only", "UPDATE allowances SET amount = 1"),
    ("allowances is append-only", "DELETE FROM allowances"),
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
    ("FOREIGN KEY", "INSERT INTO messages VALUES (99, 1, NULL, NULL, 1, 'token', 'then', 1)"),
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
        "UPDATE holds SET state = 'settled' WHERE job_id = 1",
        "UPDATE holds SET state = 'released' WHERE job_id = 1",
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
    assert len(triggers) == 7
    assert all(any(f"'{said}'" in sql for said in tried) for (sql,) in triggers)
