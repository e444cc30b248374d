"""What was taken in of the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "journal_line",
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("taken_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_journal_line")),
    )
    op.create_index(op.f("ix_journal_line_taken_day"), "journal_line", ["taken_day"], unique=False)
