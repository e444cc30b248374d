"""Trainers of the tour: who they are, when they cannot come, what they do."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tour_trainer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ended_day", sa.Date(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_trainer")),
    )
    op.create_table(
        "tour_trainer_away",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trainer_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_tour_trainer_away_order")),
        sa.ForeignKeyConstraint(
            ["trainer_id"],
            ["tour_trainer.id"],
            name=op.f("fk_tour_trainer_away_trainer_id_tour_trainer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_trainer_away")),
    )
    op.create_index(
        op.f("ix_tour_trainer_away_trainer_id"), "tour_trainer_away", ["trainer_id"], unique=False
    )
    op.create_table(
        "tour_assignment",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("trainer_id", sa.Uuid(), nullable=False),
        sa.Column("fee_euros", sa.Integer(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("fee_euros >= 0", name=op.f("ck_tour_assignment_fee")),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["tour_activity.id"],
            name=op.f("fk_tour_assignment_activity_id_tour_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["trainer_id"],
            ["tour_trainer.id"],
            name=op.f("fk_tour_assignment_trainer_id_tour_trainer"),
        ),
        sa.PrimaryKeyConstraint("activity_id", "trainer_id", name=op.f("pk_tour_assignment")),
    )
    op.create_index(
        op.f("ix_tour_assignment_trainer_id"), "tour_assignment", ["trainer_id"], unique=False
    )
