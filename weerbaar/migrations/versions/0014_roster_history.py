"""The order in which one act changed one shift."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the version that each change left the shift at."""
    op.add_column(
        "shift_change", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )
