"""How many videos a job's member may have running."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; what is there has no limit of its own."""
    op.add_column("jobs", sa.Column("most_running", sa.Integer()))
