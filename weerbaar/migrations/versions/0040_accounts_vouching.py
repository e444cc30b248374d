"""Rows of members and readers carry a MAC; `weerbaar upgrade` makes those of rows of before."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give both tables the column."""
    op.add_column("group_half", sa.Column("mac", sa.LargeBinary(), nullable=True))
    op.add_column("envelope_reader", sa.Column("mac", sa.LargeBinary(), nullable=True))
