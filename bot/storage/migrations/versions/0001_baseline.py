"""The first release's schema: the tables of the code, and the triggers that guard the books.

It is edited until 0.1.0 is released; what is changed after that gets a migration of its own.
"""

from alembic import op

from bot.storage.tables import metadata

revision = "0001"
down_revision = None

APPEND_ONLY = ("entries", "changes", "job_events")
"""Tables whose rows are history: neither changed nor deleted."""
GUARDS = {
    **{
        f"{table}_no_{verb.lower()}": (f"{verb} ON {table}", f"{table} is append-only")
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    },
    "holds_end_once": (
        "UPDATE ON holds WHEN OLD.state <> 'held' AND NEW.state <> 'refunded'",
        "a hold is settled or released once",
    ),
    "holds_refunded_once": (
        (
            "UPDATE ON holds WHEN NEW.state = 'refunded' AND (OLD.state <> 'settled' OR"
            " (NEW.job_id, NEW.amount, NEW.settled) <> (OLD.job_id, OLD.amount, OLD.settled))"
        ),
        "a hold is refunded once, after it was settled",
    ),
    "approvals_decided_once": (
        "UPDATE ON approvals WHEN OLD.verdict IS NOT NULL",
        "an approval is decided once",
    ),
}
"""Triggers that refuse a statement, by name: what sets each off, and what it says."""


def upgrade() -> None:
    """Make every table, and forbid what must never happen."""
    metadata.create_all(op.get_bind())
    for name, (event, message) in GUARDS.items():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
