"""What each change did to each shift."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; shifts that stand already have no past in it."""
    op.create_table(
        "shift_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("tier_before", sa.Integer(), nullable=True),
        sa.Column("person_before", sa.Uuid(), nullable=True),
        sa.Column("starts_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tier_after", sa.Integer(), nullable=True),
        sa.Column("person_after", sa.Uuid(), nullable=True),
        sa.Column("starts_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_after", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "starts_before IS NOT NULL OR starts_after IS NOT NULL",
            name=op.f("ck_shift_change_says_something"),
        ),
        sa.ForeignKeyConstraint(
            ["person_before"], ["person.id"], name=op.f("fk_shift_change_person_before_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_after"], ["person.id"], name=op.f("fk_shift_change_person_after_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_change")),
    )
    op.create_index(op.f("ix_shift_change_at"), "shift_change", ["at"], unique=False)
    op.create_index(
        op.f("ix_shift_change_shift_id_shift_change_revision"),
        "shift_change",
        ["shift_id", "revision"],
        unique=False,
    )
