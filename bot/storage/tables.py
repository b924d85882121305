"""The tables. What must never happen is forbidden here, whatever the code above does.

Discord's ids are 64-bit integers; credits are integers; times are UTC.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.types import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the books -------------------------------------------------------------------------------

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    # Allowances have an account for each period; the others live for ever, under "".
    Column("period", String(16), nullable=False),
    # The sum of the account's entries, kept beside them so that a constraint can guard it.
    Column("balance", BigInteger, nullable=False),
    UniqueConstraint("guild_id", "member_id", "kind", "period"),
    CheckConstraint("kind IN ('allowance', 'grant', 'issued', 'held', 'spent')", "kind"),
    CheckConstraint("kind NOT IN ('grant', 'held', 'spent') OR balance >= 0", "no_overdraft"),
    CheckConstraint("kind NOT IN ('allowance', 'issued') OR balance <= 0", "nothing_from_nothing"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("from_account", ForeignKey("accounts.id"), nullable=False),
    Column("to_account", ForeignKey("accounts.id"), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("job_id", BigInteger),
    Column("actor_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("kind IN ('hold', 'settle', 'release', 'grant', 'revoke')", "kind"),
    CheckConstraint("amount > 0", "amount"),
    CheckConstraint("from_account <> to_account", "two_sides"),
    CheckConstraint("(job_id IS NULL) = (kind IN ('grant', 'revoke'))", "job"),
    # A job moves each of its sources once in each way.
    UniqueConstraint("job_id", "kind", "from_account", "to_account"),
    Index("ix_entries_from_account", "from_account"),
    Index("ix_entries_to_account", "to_account"),
)

holds = Table(
    "holds",
    metadata,
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    CheckConstraint("state IN ('held', 'settled', 'released')", "state"),
    CheckConstraint("amount > 0", "amount"),
)

allowances = Table(
    "allowances",
    metadata,
    # The latest row of a member is in force; older ones are its history.
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    CheckConstraint("amount >= 0", "amount"),
    Index("ix_allowances_member", "guild_id", "member_id", "id"),
)

handled_interactions = Table(
    "handled_interactions",
    metadata,
    # Admins' changes that were carried out. Discord may deliver an interaction twice, or to two
    # processes; a job has its interaction's id for the same reason.
    Column("interaction_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
)

# --- the jobs --------------------------------------------------------------------------------

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    # Discord may deliver an interaction twice, or to two processes: one of them wins.
    Column("interaction_id", BigInteger, nullable=False, unique=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("model", String(64), nullable=False),
    Column("provider", String(32), nullable=False),
    Column("prompt", Text, nullable=False),
    Column("duration_seconds", Integer, nullable=False),
    Column("size", String(16), nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    # Which process looks after it: the number of that process's lock.
    Column("worker", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("submitted_at", UtcDateTime),
    Column("rendered_at", UtcDateTime),
    Column("request_id", String(256)),
    Column("result_url", Text),
    Column("failure", String(32)),
    # When the member saw the end; None: there is still something to do.
    Column("told_at", UtcDateTime),
    # The file of the picture that the video starts from, fitted to the size.
    Column("picture", String(64)),
    CheckConstraint(
        "state IN ('held', 'submitting', 'queued', 'processing', 'rendered',"
        " 'delivered', 'failed', 'cancelled', 'lost')",
        "state",
    ),
    CheckConstraint(
        "state NOT IN ('queued', 'processing', 'rendered', 'delivered') OR request_id IS NOT NULL",
        "request_known",
    ),
    CheckConstraint(
        "(failure IS NOT NULL) = (state IN ('failed', 'cancelled', 'lost'))", "failure"
    ),
    UniqueConstraint("provider", "request_id"),
    Index(
        "ix_jobs_unfinished",
        "worker",
        "state",
        sqlite_where=text("told_at IS NULL"),
        postgresql_where=text("told_at IS NULL"),
    ),
    Index("ix_jobs_member", "guild_id", "member_id", "id"),
    Index("ix_jobs_waits", "model", "rendered_at"),
)

job_events = Table(
    "job_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("from_state", String(16)),
    Column("to_state", String(16), nullable=False),
    Column("note", Text, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    # Where a job is shown, and what is needed to edit that message after a restart.
    Column("job_id", ForeignKey("jobs.id"), primary_key=True),
    Column("channel_id", BigInteger, nullable=False),
    # None until Discord has confirmed the first response.
    Column("message_id", BigInteger),
    Column("application_id", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    Column("token_expires_at", UtcDateTime, nullable=False),
    # The state that the message shows, so that a restart need not show it again.
    Column("shown_state", String(16)),
    # Bytes; what an upload with this token may have.
    Column("attachment_limit", BigInteger, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    # What a member asked for and could not have just so, until a button is pressed.
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("prompt", Text, nullable=False),
    Column("model", String(64)),
    Column("duration_seconds", Integer),
    Column("size", String(16)),
    # Where the attached picture is, and how it is to be fitted.
    Column("picture_url", Text),
    Column("picture_fit", String(16)),
)

retired_offers = Table(
    "retired_offers",
    metadata,
    # What a provider has said that it no longer serves.
    Column("provider", String(32), primary_key=True),
    Column("slug", String(128), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("detail", Text, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    # Small things to remember over a restart, such as the hash of the registered commands.
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
