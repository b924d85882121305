"""The tables of the jobs and of the rest; those of the books are in ``bot.storage.books``.

What must never happen is forbidden here, whatever the code above does. Discord's ids are 64-bit
integers; credits are integers; times are UTC.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage import books
from bot.storage.metadata import metadata, only_where
from bot.storage.types import UtcDateTime

__all__ = [
    "books",
    "departed_guilds",
    "drafts",
    "facts",
    "file_deletions",
    "job_events",
    "jobs",
    "known_guilds",
    "late_requests",
    "messages",
    "metadata",
    "outbox",
    "pauses",
    "retired_offers",
    "workers",
]

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
    # Which process looks after it: the number of that process's lock, and which of the processes
    # that had that number it is.
    Column("worker", Integer, nullable=False),
    Column("epoch", Integer, nullable=False, server_default=text("0")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("submitted_at", UtcDateTime),
    Column("rendered_at", UtcDateTime),
    # From the submit until the video was here, by a clock that nobody sets; None: not known.
    Column("took_seconds", Float),
    Column("request_id", String(256)),
    Column("result_url", Text),
    Column("failure", String(32)),
    # When the member saw the end; None: there is still something to do.
    Column("told_at", UtcDateTime),
    # Which picture the video starts from, and how it is fitted to the size: "cover:abc…".
    Column("picture", String(64)),
    # How many videos the member may have running, by the roles they had; None: see the server's.
    Column("most_running", Integer),
    # When the provider was seen to have finished, whether or not its video could be had.
    Column("finished_at", UtcDateTime),
    # Which button ordered it, while it is the member's last order from that one.
    Column("origin", String(128)),
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
        **only_where("told_at IS NULL"),
    ),
    # The line, and what runs, of all processes.
    Index(
        "ix_jobs_waiting",
        "state",
        "id",
        **only_where("told_at IS NULL"),
    ),
    Index(
        "ix_jobs_under_way",
        "guild_id",
        "member_id",
        **only_where("told_at IS NULL"),
    ),
    # What waits for its delivery, and what the archive keeps for a server that may come back.
    Index(
        "ix_jobs_rendered",
        "guild_id",
        **only_where("state = 'rendered'"),
    ),
    Index("ix_jobs_member", "guild_id", "member_id", "id"),
    # All that tells how long videos took, so that no row is read for it.
    Index(
        "ix_jobs_waits",
        "model",
        "rendered_at",
        "took_seconds",
        "duration_seconds",
        "size",
        **only_where("took_seconds IS NOT NULL"),
    ),
    Index(
        "ix_jobs_picture",
        "picture",
        **only_where("picture IS NOT NULL"),
    ),
    # Two presses at once, in two processes, make one order.
    Index(
        "ix_jobs_origin",
        "member_id",
        "origin",
        unique=True,
        **only_where("origin IS NOT NULL"),
    ),
    # Buttons carry its number, and so do files: it is never given again.
    sqlite_autoincrement=True,
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
    # When a new message began to be posted of which nobody knows yet whether it stands.
    Column("posting_since", UtcDateTime),
    # What of it Discord has refused, in words with spaces between them: "edit prompt".
    Column("refused", String(64), nullable=False, server_default=""),
    # When the way to the member was found shut, while there is something to bring.
    Column("knocked_at", UtcDateTime),
    # Since when the member has what the message does not show: fetched while no door was open.
    Column("outdated_since", UtcDateTime),
    # Bytes; what an upload with this token may have.
    Column("attachment_limit", BigInteger, nullable=False),
    Index(
        "ix_messages_knocked",
        "knocked_at",
        **only_where("knocked_at IS NOT NULL"),
    ),
    Index(
        "ix_messages_outdated",
        "outdated_since",
        **only_where("outdated_since IS NOT NULL"),
    ),
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
    # As in jobs.
    Column("picture", String(64)),
    # Which button's order it is, where a button led to the question.
    Column("origin", String(128)),
    # What edits the message with the button.
    Column("token", Text),
    Column("token_expires_at", UtcDateTime),
    Index("ix_drafts_at", "at"),
    Index("ix_drafts_member", "guild_id", "member_id"),
    Index(
        "ix_drafts_picture",
        "picture",
        **only_where("picture IS NOT NULL"),
    ),
)

file_deletions = Table(
    "file_deletions",
    metadata,
    # Files that are to go, since a member asked for it; a row goes with its file.
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # Whose video goes.
    Column("job_id", BigInteger),
    # Which picture goes, as in jobs, and the size that it was fitted to.
    Column("picture", String(64)),
    Column("size", String(16)),
)

known_guilds = Table(
    "known_guilds",
    metadata,
    # Servers that the bot has been in.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
)

departed_guilds = Table(
    "departed_guilds",
    metadata,
    # Servers that the bot was removed from, until it is invited again.
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    # When their data was deleted; None: it waits.
    Column("forgotten_at", UtcDateTime),
)

late_requests = Table(
    "late_requests",
    metadata,
    # Requests of jobs that were given up, and what has come of them since.
    Column("job_id", ForeignKey("jobs.id"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    # When it is looked at next; None: never again.
    Column("due_at", UtcDateTime),
    # So often in a row the provider did not know it.
    Column("unknown", Integer, nullable=False, server_default="0"),
    # When a video came after all, and its address at the provider.
    Column("video_at", UtcDateTime),
    Column("video_url", Text),
    Index(
        "ix_late_requests_due",
        "due_at",
        **only_where("due_at IS NOT NULL"),
    ),
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

pauses = Table(
    "pauses",
    metadata,
    # What the operator has paused: nothing new is sent of it until the row goes.
    Column("scope", String(16), primary_key=True),
    # A server's id, or a provider's or model's name; empty for all.
    Column("key", String(64), primary_key=True),
    Column("paused_at", UtcDateTime, nullable=False),
    # 0: from the command line.
    Column("paused_by", BigInteger, nullable=False),
    # Members are shown it.
    Column("reason", Text, nullable=False),
    CheckConstraint("scope IN ('all', 'guild', 'provider', 'model')", "scope"),
    CheckConstraint("(scope = 'all') = (key = '')", "key"),
)

workers = Table(
    "workers",
    metadata,
    # The latest process that had a lock's number.
    Column("number", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    # What is to be said outside a job's message; a row goes once it was said. Discord knows a
    # repeat by the row's number, which must not be given again.
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    # Of two that tell the same, one waits here.
    Column("key", String(255), nullable=False, unique=True),
    # What the words are made of, as JSON.
    Column("data", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # When it is said next; put off by whoever is saying it.
    Column("due_at", UtcDateTime, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    sqlite_autoincrement=True,
)

facts = Table(
    "facts",
    metadata,
    # Small things to remember over a restart, such as where commands are registered.
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
