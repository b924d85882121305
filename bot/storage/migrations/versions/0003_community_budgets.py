"""Budgets for a community: settings, roles, pools, ceilings, approvals; the log in pages."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the books anew with what is in them, and add the rules that a server can have.

    SQLite cannot change a constraint. A table that is dropped and made anew keeps its ids and
    what refers to it; its triggers go with it.
    """
    _renew_accounts()
    _renew_entries()
    _renew_holds()
    _create_changes()
    _create_guild_settings()
    _create_member_settings()
    _create_role_rules()
    _create_pools()
    _create_ceilings()
    _create_approvals()
    _move_allowances()
    _sum_up_use()
    for table in ("entries", "changes"):
        for verb in ("UPDATE", "DELETE"):
            _forbid(f"{table}_no_{verb.lower()}", f"{verb} ON {table}", f"{table} is append-only")
    _forbid(
        "holds_end_once",
        "UPDATE ON holds WHEN OLD.state <> 'held'",
        "a hold is settled or released once",
    )
    _forbid(
        "approvals_decided_once",
        "UPDATE ON approvals WHEN OLD.verdict IS NOT NULL",
        "an approval is decided once",
    )


def _forbid(name: str, when: str, message: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{message}'); END")


def _replace(table: str, columns: str, rows: str) -> None:
    """Fill ``table``_new and let it take the table's place."""
    op.execute(f"INSERT INTO {table}_new ({columns}) {rows}")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def _renew_accounts() -> None:
    op.create_table(
        "accounts_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('allowance', 'pool', 'grant', 'issued', 'held', 'spent')",
            name=op.f("ck_accounts_kind"),
        ),
        sa.CheckConstraint("(pool_id <> 0) = (kind = 'pool')", name=op.f("ck_accounts_pool")),
        sa.CheckConstraint(
            "kind NOT IN ('grant', 'held', 'spent') OR balance >= 0",
            name=op.f("ck_accounts_no_overdraft"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('allowance', 'pool', 'issued') OR balance <= 0",
            name=op.f("ck_accounts_nothing_from_nothing"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "guild_id",
            "member_id",
            "kind",
            "period",
            "pool_id",
            name=op.f("uq_accounts_guild_id_member_id_kind_period_pool_id"),
        ),
    )
    _replace(
        "accounts",
        "id, guild_id, member_id, kind, period, pool_id, balance",
        "SELECT id, guild_id, member_id, kind, period, 0, balance FROM accounts",
    )
    op.create_index(
        "ix_accounts_pool",
        "accounts",
        ["pool_id", "period"],
        sqlite_where=sa.text("kind = 'pool'"),
        postgresql_where=sa.text("kind = 'pool'"),
    )


def _renew_entries() -> None:
    op.create_table(
        "entries_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
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
    _replace(
        "entries",
        "id, at, kind, guild_id, member_id, from_account, to_account, amount, job_id, actor_id,"
        " reason",
        "SELECT entries.id, at, entries.kind, guild_id, member_id, from_account, to_account,"
        " amount, job_id, actor_id, reason"
        " FROM entries JOIN accounts ON accounts.id = from_account ORDER BY entries.id",
    )
    op.create_index("ix_entries_guild", "entries", ["guild_id", "id"])
    op.create_index("ix_entries_member", "entries", ["guild_id", "member_id", "id"])
    op.create_index(
        "ix_entries_settled",
        "entries",
        ["guild_id", "at"],
        sqlite_where=sa.text("kind = 'settle'"),
        postgresql_where=sa.text("kind = 'settle'"),
    )


def _renew_holds() -> None:
    op.create_table(
        "holds_new",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('held', 'settled', 'released')", name=op.f("ck_holds_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_holds_amount")),
        sa.CheckConstraint(
            "(settled IS NOT NULL) = (state = 'settled')", name=op.f("ck_holds_settled_known")
        ),
        sa.CheckConstraint("settled BETWEEN 1 AND amount", name=op.f("ck_holds_settled")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_holds")),
    )
    # When and where it was held, its entries say; one without entries the audit will name.
    _replace(
        "holds",
        "job_id, guild_id, day, amount, state, settled",
        "SELECT holds.job_id, coalesce(min(guild_id), 0), coalesce(substr(min(at), 1, 10), ''),"
        " holds.amount, state, CASE state WHEN 'settled' THEN holds.amount END FROM holds"
        " LEFT JOIN entries ON entries.job_id = holds.job_id AND entries.kind = 'hold'"
        " GROUP BY holds.job_id",
    )


def _create_changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_guild", "changes", ["guild_id", "id"])
    op.create_index("ix_changes_member", "changes", ["guild_id", "member_id", "id"])


def _create_guild_settings() -> None:
    op.create_table(
        "guild_settings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=8), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("default_allowance", sa.BigInteger(), nullable=True),
        sa.Column("role_allowances", sa.String(length=8), nullable=False),
        sa.Column("approve_above", sa.BigInteger(), nullable=True),
        sa.Column("approval_hours", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("alert_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("most_running_per_member", sa.Integer(), nullable=True),
        sa.Column("most_running_per_guild", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "period IN ('day', 'week', 'month')", name=op.f("ck_guild_settings_period")
        ),
        sa.CheckConstraint(
            "default_allowance >= 0", name=op.f("ck_guild_settings_default_allowance")
        ),
        sa.CheckConstraint(
            "role_allowances IN ('highest', 'sum')", name=op.f("ck_guild_settings_role_allowances")
        ),
        sa.CheckConstraint("approve_above >= 0", name=op.f("ck_guild_settings_approve_above")),
        sa.CheckConstraint("approval_hours > 0", name=op.f("ck_guild_settings_approval_hours")),
        sa.CheckConstraint(
            "most_running_per_member > 0", name=op.f("ck_guild_settings_most_running_per_member")
        ),
        sa.CheckConstraint(
            "most_running_per_guild > 0", name=op.f("ck_guild_settings_most_running_per_guild")
        ),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guild_settings")),
    )


def _create_member_settings() -> None:
    op.create_table(
        "member_settings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("allowance", sa.BigInteger(), nullable=True),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.CheckConstraint("allowance >= 0", name=op.f("ck_member_settings_allowance")),
        sa.PrimaryKeyConstraint("guild_id", "member_id", name=op.f("pk_member_settings")),
    )


def _create_role_rules() -> None:
    op.create_table(
        "role_allowances",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_role_allowances_amount")),
        sa.PrimaryKeyConstraint("guild_id", "role_id", name=op.f("pk_role_allowances")),
    )
    op.create_table(
        "role_limits",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("models", sa.Text(), nullable=True),
        sa.Column("sizes", sa.Text(), nullable=True),
        sa.Column("longest_seconds", sa.Integer(), nullable=True),
        sa.Column("most_running", sa.Integer(), nullable=True),
        sa.CheckConstraint("longest_seconds > 0", name=op.f("ck_role_limits_longest_seconds")),
        sa.CheckConstraint("most_running > 0", name=op.f("ck_role_limits_most_running")),
        sa.PrimaryKeyConstraint("guild_id", "role_id", name=op.f("pk_role_limits")),
    )


def _create_pools() -> None:
    op.create_table(
        "pools",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('role', 'channel')", name=op.f("ck_pools_kind")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_pools_amount")),
        sa.CheckConstraint("share >= 0", name=op.f("ck_pools_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pools")),
        sa.UniqueConstraint(
            "guild_id", "kind", "target_id", name=op.f("uq_pools_guild_id_kind_target_id")
        ),
    )


def _create_ceilings() -> None:
    op.create_table(
        "ceilings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_ceilings_amount")),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_ceilings")),
    )
    op.create_table(
        "ceiling_use",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_ceiling_use_used")),
        sa.PrimaryKeyConstraint("guild_id", "day", name=op.f("pk_ceiling_use")),
    )
    op.create_table(
        "ceiling_alerts",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint(
            "guild_id", "period", "amount", "level", name=op.f("pk_ceiling_alerts")
        ),
    )
    op.create_index(
        "ix_ceiling_alerts_untold",
        "ceiling_alerts",
        ["at"],
        sqlite_where=sa.text("told_at IS NULL"),
        postgresql_where=sa.text("told_at IS NULL"),
    )


def _create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("lapses_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('approved', 'declined', 'lapsed', 'withdrawn')",
            name=op.f("ck_approvals_verdict"),
        ),
        sa.CheckConstraint(
            "(verdict IS NULL) = (decided_at IS NULL) AND (verdict IS NULL) = (decided_by IS NULL)",
            name=op.f("ck_approvals_decided"),
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_approvals")),
    )
    op.create_index(
        "ix_approvals_waiting",
        "approvals",
        ["lapses_at"],
        sqlite_where=sa.text("verdict IS NULL"),
        postgresql_where=sa.text("verdict IS NULL"),
    )


def _move_allowances() -> None:
    """Keep the history of the members' allowances with that of all settings."""
    op.execute(
        "INSERT INTO changes (at, guild_id, member_id, target_id, name, value, actor_id, reason)"
        " SELECT at, guild_id, member_id, 0, 'allowance', CAST(amount AS TEXT), actor_id, reason"
        " FROM allowances ORDER BY id"
    )
    op.execute(
        "INSERT INTO member_settings (guild_id, member_id, allowance, frozen)"
        " SELECT guild_id, member_id, amount, 0 FROM allowances"
        " WHERE id IN (SELECT max(id) FROM allowances GROUP BY guild_id, member_id)"
    )
    op.drop_table("allowances")


def _sum_up_use() -> None:
    """Count what was held and not given back, for each server and for all."""
    for guild in ("guild_id", "0"):
        op.execute(
            "INSERT INTO ceiling_use (guild_id, day, used)"  # noqa: S608 - one of two words
            f" SELECT {guild}, day, sum(CASE state WHEN 'settled' THEN settled"
            " WHEN 'held' THEN amount ELSE 0 END) FROM holds"
            " WHERE day <> '' AND guild_id <> 0 GROUP BY 1, 2"
        )
