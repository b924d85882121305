"""The first schema: the books, the jobs, their messages."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0001"
down_revision = None

APPEND_ONLY = ("entries", "allowances", "job_events")
"""Tables whose rows are history: neither changed nor deleted."""


def upgrade() -> None:
    """Create everything."""
    _create_accounts()
    _create_allowances()
    _create_holds()
    _create_entries()
    _create_handled_interactions()
    _create_facts()
    _create_jobs()
    _create_job_events()
    _create_messages()
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            _forbid(f"{table}_no_{verb.lower()}", f"{verb} ON {table}", f"{table} is append-only")
    _forbid(
        "holds_end_once",
        "UPDATE ON holds WHEN OLD.state <> 'held'",
        "a hold is settled or released once",
    )


def _forbid(name: str, when: str, message: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('allowance', 'grant', 'issued', 'held', 'spent')",
            name=op.f("ck_accounts_kind"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('allowance', 'issued') OR balance <= 0",
            name=op.f("ck_accounts_nothing_from_nothing"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('grant', 'held', 'spent') OR balance >= 0",
            name=op.f("ck_accounts_no_overdraft"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "guild_id",
            "member_id",
            "kind",
            "period",
            name=op.f("uq_accounts_guild_id_member_id_kind_period"),
        ),
    )


def _create_allowances() -> None:
    op.create_table(
        "allowances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_allowances_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowances")),
    )
    op.create_index(
        "ix_allowances_member", "allowances", ["guild_id", "member_id", "id"], unique=False
    )


def _create_holds() -> None:
    op.create_table(
        "holds",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("state IN ('held', 'settled', 'released')", name=op.f("ck_holds_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_holds_amount")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_holds")),
    )


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("from_account", sa.Integer(), nullable=False),
        sa.Column("to_account", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(job_id IS NULL) = (kind IN ('grant', 'revoke'))", name=op.f("ck_entries_job")
        ),
        sa.CheckConstraint(
            "kind IN ('hold', 'settle', 'release', 'grant', 'revoke')", name=op.f("ck_entries_kind")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_entries_amount")),
        sa.CheckConstraint("from_account <> to_account", name=op.f("ck_entries_two_sides")),
        sa.ForeignKeyConstraint(
            ["from_account"], ["accounts.id"], name=op.f("fk_entries_from_account")
        ),
        sa.ForeignKeyConstraint(
            ["to_account"], ["accounts.id"], name=op.f("fk_entries_to_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint(
            "job_id",
            "kind",
            "from_account",
            "to_account",
            name=op.f("uq_entries_job_id_kind_from_account_to_account"),
        ),
    )
    op.create_index("ix_entries_from_account", "entries", ["from_account"], unique=False)
    op.create_index("ix_entries_to_account", "entries", ["to_account"], unique=False)


def _create_handled_interactions() -> None:
    op.create_table(
        "handled_interactions",
        sa.Column("interaction_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("interaction_id", name=op.f("pk_handled_interactions")),
    )


def _create_facts() -> None:
    op.create_table(
        "facts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=False),
        sa.Column("size", sa.String(length=16), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("worker", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("rendered_at", UtcDateTime(), nullable=True),
        sa.Column("request_id", sa.String(length=256), nullable=True),
        sa.Column("result_url", sa.Text(), nullable=True),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(failure IS NOT NULL) = (state IN ('failed', 'cancelled', 'lost'))",
            name=op.f("ck_jobs_failure"),
        ),
        sa.CheckConstraint(
            "state IN ('held', 'submitting', 'queued', 'processing', 'rendered',"
            " 'delivered', 'failed', 'cancelled', 'lost')",
            name=op.f("ck_jobs_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('queued', 'processing', 'rendered', 'delivered')"
            " OR request_id IS NOT NULL",
            name=op.f("ck_jobs_request_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_jobs_interaction_id")),
        sa.UniqueConstraint("provider", "request_id", name=op.f("uq_jobs_provider_request_id")),
    )
    _index_jobs()


def _index_jobs() -> None:
    op.create_index("ix_jobs_member", "jobs", ["guild_id", "member_id", "id"], unique=False)
    op.create_index(
        "ix_jobs_unfinished",
        "jobs",
        ["worker", "state"],
        unique=False,
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_index("ix_jobs_waits", "jobs", ["model", "rendered_at"], unique=False)


def _create_job_events() -> None:
    op.create_table(
        "job_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=True),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_events_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_events")),
    )
    op.create_index(op.f("ix_job_events_job_id"), "job_events", ["job_id"], unique=False)


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("shown_state", sa.String(length=16), nullable=True),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("token_expires_at", UtcDateTime(), nullable=False),
        sa.Column("attachment_limit", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_messages_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_messages")),
    )
