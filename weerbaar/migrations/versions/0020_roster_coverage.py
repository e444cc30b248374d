"""How many people each tier needs, and what was told of holes and thin spots ahead."""

import sqlalchemy as sa
from alembic import op

from weerbaar.migrations import checks

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; a tier of which nothing was stated needs what it always needed."""
    op.add_column("tier", sa.Column("required_depth", sa.Integer(), nullable=True))
    checks.put(
        "tier",
        "ck_tier_required_depth",
        "required_depth >= 0 AND (tier > 1 OR required_depth >= 1)",
    )
    op.create_table(
        "tier_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("starts_minute", sa.Integer(), nullable=False),
        sa.Column("ends_minute", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.CheckConstraint("tier >= 1", name=op.f("ck_tier_hours_tier")),
        sa.CheckConstraint(
            "depth >= 0 AND (tier > 1 OR depth >= 1)", name=op.f("ck_tier_hours_depth")
        ),
        sa.CheckConstraint(
            "starts_minute BETWEEN 0 AND 1439 AND ends_minute BETWEEN 0 AND 1439",
            name=op.f("ck_tier_hours_minutes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_hours")),
    )
    op.create_table(
        "roster_alarm",
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.CheckConstraint("kind IN ('hole', 'thin')", name=op.f("ck_roster_alarm_kind")),
        sa.CheckConstraint(
            "stage IN ('14_days', '72_hours', '2_hours')", name=op.f("ck_roster_alarm_stage")
        ),
        sa.CheckConstraint("starts < ends", name=op.f("ck_roster_alarm_order")),
        sa.PrimaryKeyConstraint("kind", "tier", "starts", name=op.f("pk_roster_alarm")),
    )
