"""Find the few shifts that last for more than a week apart from all others."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_shift_long",
        "shift",
        ["ends"],
        unique=False,
        sqlite_where=sa.text("julianday(ends) - julianday(starts) > 7"),
        postgresql_where=sa.text("ends - starts > interval '7 days'"),
    )
