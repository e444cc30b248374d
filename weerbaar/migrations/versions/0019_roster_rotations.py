"""Rotations: how they go round, who is in them, and which shifts they made."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; shifts that stand already were made by no rotation."""
    op.create_table(
        "rotation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotation")),
    )
    op.create_table(
        "rotation_phase",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rotation_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("turns", sa.String(length=8), nullable=False),
        sa.CheckConstraint("turns IN ('block', 'week')", name=op.f("ck_rotation_phase_turns")),
        sa.CheckConstraint("tier >= 1", name=op.f("ck_rotation_phase_tier")),
        sa.ForeignKeyConstraint(
            ["rotation_id"],
            ["rotation.id"],
            name=op.f("fk_rotation_phase_rotation_id_rotation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotation_phase")),
    )
    op.create_index(
        op.f("ix_rotation_phase_rotation_id_rotation_phase_from_on"),
        "rotation_phase",
        ["rotation_id", "from_on"],
        unique=True,
    )
    op.create_table(
        "rotation_block",
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.CheckConstraint("end_minute BETWEEN 0 AND 10079", name=op.f("ck_rotation_block_end")),
        sa.CheckConstraint(
            "start_minute BETWEEN 0 AND 10079", name=op.f("ck_rotation_block_start")
        ),
        sa.ForeignKeyConstraint(
            ["phase_id"],
            ["rotation_phase.id"],
            name=op.f("fk_rotation_block_phase_id_rotation_phase"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("phase_id", "position", name=op.f("pk_rotation_block")),
    )
    op.create_table(
        "rotation_event",
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('join', 'leave')", name=op.f("ck_rotation_event_kind")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_rotation_event_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["phase_id"],
            ["rotation_phase.id"],
            name=op.f("fk_rotation_event_phase_id_rotation_phase"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("phase_id", "position", name=op.f("pk_rotation_event")),
    )
    op.create_table(
        "rotation_seat",
        sa.Column("phase_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_rotation_seat_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["phase_id"],
            ["rotation_phase.id"],
            name=op.f("fk_rotation_seat_phase_id_rotation_phase"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("phase_id", "position", name=op.f("pk_rotation_seat")),
    )
    op.create_index(
        op.f("ix_rotation_seat_phase_id_rotation_seat_person_id"),
        "rotation_seat",
        ["phase_id", "person_id"],
        unique=True,
    )
    op.create_table(
        "rotation_turn",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rotation_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rotation_id"], ["rotation.id"], name=op.f("fk_rotation_turn_rotation_id_rotation")
        ),
        sa.ForeignKeyConstraint(
            ["shift_id"],
            ["shift.id"],
            name=op.f("fk_rotation_turn_shift_id_shift"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotation_turn")),
    )
    op.create_index(
        op.f("ix_rotation_turn_rotation_id_rotation_turn_slot"),
        "rotation_turn",
        ["rotation_id", "slot"],
        unique=False,
    )
    op.create_index(op.f("ix_rotation_turn_shift_id"), "rotation_turn", ["shift_id"], unique=False)
