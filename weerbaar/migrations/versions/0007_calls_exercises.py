"""Exercises are marked, claim nobody, and signs of life have a place."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CLAIM = "state <> 'ended' AND NOT rehearsed"


def upgrade() -> None:
    """Make them."""
    op.add_column(
        "call", sa.Column("drill", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "leg", sa.Column("rehearsed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.drop_index("uq_leg_one_open_per_person", table_name="leg")
    op.create_index(
        "uq_leg_one_open_per_person",
        "leg",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text(CLAIM),
        postgresql_where=sa.text(CLAIM),
    )
    op.create_table(
        "pulse",
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("name IN ('webhook', 'provider', 'worker')", name=op.f("ck_pulse_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pulse")),
    )
