"""Pictures as a start, drafts of orders, and offers that a provider has retired."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the new columns and tables; what is there stays as it is."""
    op.add_column("jobs", sa.Column("picture", sa.String(length=64)))
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("model", sa.String(length=64)),
        sa.Column("duration_seconds", sa.Integer()),
        sa.Column("size", sa.String(length=16)),
        sa.Column("picture", sa.String(length=64)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "retired_offers",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("slug", sa.String(length=128), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "slug", name=op.f("pk_retired_offers")),
    )
