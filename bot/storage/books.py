"""The tables of the books: what was moved, and what admins and the operator have set.

What must never happen is forbidden here, whatever the code above does. Discord's ids are 64-bit
integers; credits are integers; times are UTC.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from bot.storage.metadata import metadata, only_where
from bot.storage.types import UtcDateTime

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    # Allowances and pools have an account for each quarter of an hour (in UTC, 2026-11-20T23:45)
    # in which something was held, so that any period is a sum; the others live for ever, under "".
    Column("period", String(16), nullable=False),
    # Of a member's part in a pool; 0 for all other accounts: a unique key takes no NULL.
    Column("pool_id", Integer, nullable=False),
    # The sum of the account's entries, kept beside them so that a constraint can guard it.
    Column("balance", BigInteger, nullable=False),
    UniqueConstraint("guild_id", "member_id", "kind", "period", "pool_id"),
    CheckConstraint("kind IN ('allowance', 'pool', 'grant', 'issued', 'held', 'spent')", "kind"),
    CheckConstraint("(pool_id <> 0) = (kind = 'pool')", "pool"),
    CheckConstraint("kind NOT IN ('grant', 'held', 'spent') OR balance >= 0", "no_overdraft"),
    CheckConstraint(
        "kind NOT IN ('allowance', 'pool', 'issued') OR balance <= 0", "nothing_from_nothing"
    ),
    Index(
        "ix_accounts_pool",
        "pool_id",
        "period",
        # Here so that a sum need not look the accounts up (measured: it asks for the kind again).
        "balance",
        "kind",
        **only_where("kind = 'pool'"),
    ),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    # Those of both accounts, kept beside them so that the log can be read in pages.
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("from_account", ForeignKey("accounts.id"), nullable=False),
    Column("to_account", ForeignKey("accounts.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("job_id", BigInteger),
    Column("actor_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("kind IN ('hold', 'settle', 'release', 'refund', 'grant', 'revoke')", "kind"),
    CheckConstraint("amount > 0", "amount"),
    CheckConstraint("from_account <> to_account", "two_sides"),
    CheckConstraint("(job_id IS NULL) = (kind IN ('grant', 'revoke'))", "job"),
    # A job moves each of its sources once in each way.
    UniqueConstraint("job_id", "kind", "from_account", "to_account"),
    Index("ix_entries_guild", "guild_id", "id"),
    Index("ix_entries_member", "guild_id", "member_id", "id"),
    Index(
        "ix_entries_settled",
        "guild_id",
        "at",
        **only_where("kind = 'settle'"),
    ),
)

holds = Table(
    "holds",
    metadata,
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, nullable=False),
    # In UTC, 2026-11-20: where the hold counts against the operator's ceilings.
    Column("day", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    # How much of the amount was spent; the rest went back. Refunded, this went back as well.
    Column("settled", BigInteger),
    CheckConstraint("state IN ('held', 'settled', 'released', 'refunded')", "state"),
    # Nothing is held for what costs nothing, and it ends all the same.
    CheckConstraint("amount >= 0", "amount"),
    CheckConstraint("(settled IS NOT NULL) = (state IN ('settled', 'refunded'))", "settled_known"),
    CheckConstraint("settled BETWEEN 0 AND amount", "settled"),
)

uncertain_costs = Table(
    "uncertain_costs",
    metadata,
    # What jobs may still cost the operator that were ended and released while their provider had
    # them: it counts against the ceilings until the provider says that nothing is billed.
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, nullable=False),
    # That of the hold.
    Column("day", String(10), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("freed_at", UtcDateTime),
    CheckConstraint("amount > 0", "amount"),
)

changes = Table(
    "changes",
    metadata,
    # What admins and the operator have set, as a history; what is in force has tables of its own.
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    # The member, and the role, channel or job that it is about; 0 where it is about none.
    Column("member_id", BigInteger, nullable=False),
    Column("target_id", BigInteger, nullable=False),
    Column("name", String(32), nullable=False),
    # None: as if it had never been set.
    Column("value", Text),
    Column("actor_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_changes_guild", "guild_id", "id"),
    Index("ix_changes_member", "guild_id", "member_id", "id"),
)

guild_settings = Table(
    "guild_settings",
    metadata,
    # What a server's admins have set; None: what the operator has.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", String(8)),
    # An IANA name.
    Column("zone", String(64), nullable=False),
    Column("default_allowance", BigInteger),
    Column("role_allowances", String(8), nullable=False),
    Column("approve_above", BigInteger),
    Column("approval_hours", Integer, nullable=False),
    Column("paused", Boolean, nullable=False),
    # Since when; None: it is not paused.
    Column("paused_at", UtcDateTime),
    Column("alert_channel_id", BigInteger),
    Column("most_running_per_member", Integer),
    Column("most_running_per_guild", Integer),
    CheckConstraint("period IN ('day', 'week', 'month')", "period"),
    CheckConstraint("default_allowance >= 0", "default_allowance"),
    CheckConstraint("role_allowances IN ('highest', 'sum')", "role_allowances"),
    CheckConstraint("approve_above >= 0", "approve_above"),
    CheckConstraint("approval_hours > 0", "approval_hours"),
    CheckConstraint("most_running_per_member > 0", "most_running_per_member"),
    CheckConstraint("most_running_per_guild > 0", "most_running_per_guild"),
)

member_settings = Table(
    "member_settings",
    metadata,
    # What admins have set for a member; None: the allowance of the member's roles, or the default.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("allowance", BigInteger),
    Column("frozen", Boolean, nullable=False),
    CheckConstraint("allowance >= 0", "allowance"),
)

role_allowances = Table(
    "role_allowances",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role_id", BigInteger, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount >= 0", "amount"),
)

role_limits = Table(
    "role_limits",
    metadata,
    # What a role may ask for; None: no limit. Names are parted by commas.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("role_id", BigInteger, primary_key=True, autoincrement=False),
    Column("models", Text),
    Column("sizes", Text),
    Column("longest_seconds", Integer),
    Column("most_running", Integer),
    CheckConstraint("longest_seconds > 0", "longest_seconds"),
    CheckConstraint("most_running > 0", "most_running"),
)

pools = Table(
    "pools",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("kind", String(8), nullable=False),
    # The role or channel that shares it.
    Column("target_id", BigInteger, nullable=False),
    # Credits a period, of all together and of one member; None: as much as there is.
    Column("amount", BigInteger, nullable=False),
    Column("share", BigInteger),
    # From then on nothing is spent from it; set up again, it is the same pool.
    Column("removed_at", UtcDateTime),
    UniqueConstraint("guild_id", "kind", "target_id"),
    CheckConstraint("kind IN ('role', 'channel')", "kind"),
    CheckConstraint("amount >= 0", "amount"),
    CheckConstraint("share >= 0", "share"),
)

ceilings = Table(
    "ceilings",
    metadata,
    # What the operator lets a server spend in a period; guild 0 is all servers together.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    # None: no ceiling, whatever the settings have where nothing is set here.
    Column("amount", BigInteger),
    CheckConstraint("amount >= 0", "amount"),
)

open_guilds = Table(
    "open_guilds",
    metadata,
    # What the operator has said of a server. Those that the settings name, or that an operator
    # owns, are open without it.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    # None: nothing yet; its admins have asked.
    Column("how", String(8)),
    Column("decided_at", UtcDateTime),
    Column("decided_by", BigInteger),
    # When its admins last asked the operator to open it.
    Column("asked_at", UtcDateTime),
    CheckConstraint("how IN ('used', 'allowed', 'closed')", "how"),
    CheckConstraint(
        "(how IS NULL) = (decided_at IS NULL) AND (how IS NULL) = (decided_by IS NULL)", "decided"
    ),
    CheckConstraint("how IS NOT NULL OR asked_at IS NOT NULL", "says_something"),
)

ceiling_use = Table(
    "ceiling_use",
    metadata,
    # What was held on a day, in UTC, and not given back: the sum of the holds, kept beside them
    # so that a hold need not add them up. Guild 0 is all servers together.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("day", String(10), primary_key=True),
    Column("used", BigInteger, nullable=False),
    CheckConstraint("used >= 0", "used"),
    # The largest servers of some days.
    Index("ix_ceiling_use_day", "day"),
)

ceiling_alerts = Table(
    "ceiling_alerts",
    metadata,
    # Levels of a ceiling that its use has reached: each is told once.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("period", String(16), primary_key=True),
    # The ceiling: one that was raised has levels of its own.
    Column("amount", BigInteger, primary_key=True, autoincrement=False),
    # Percent.
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("used", BigInteger, nullable=False),
    Column("told_at", UtcDateTime),
    Index("ix_ceiling_alerts_at", "at"),
    Index(
        "ix_ceiling_alerts_untold",
        "at",
        **only_where("told_at IS NULL"),
    ),
)

approvals = Table(
    "approvals",
    metadata,
    # Jobs whose price a moderator is asked about.
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("lapses_at", UtcDateTime, nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_by", BigInteger),
    Column("verdict", String(16)),
    CheckConstraint("verdict IN ('approved', 'declined', 'lapsed', 'withdrawn')", "verdict"),
    CheckConstraint(
        "(verdict IS NULL) = (decided_at IS NULL) AND (verdict IS NULL) = (decided_by IS NULL)",
        "decided",
    ),
    Index(
        "ix_approvals_waiting",
        "job_id",
        "lapses_at",
        **only_where("verdict IS NULL"),
    ),
    Index("ix_approvals_member", "guild_id", "member_id"),
)

handled_interactions = Table(
    "handled_interactions",
    metadata,
    # Admins' changes that were carried out. Discord may deliver an interaction twice, or to two
    # processes; a job has its interaction's id for the same reason.
    Column("interaction_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_handled_interactions_at", "at"),
)
