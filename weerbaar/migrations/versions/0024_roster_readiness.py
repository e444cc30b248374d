"""Who said that he is there for his shift, how somebody wants to be asked, and calls that ask."""

import sqlalchemy as sa
from alembic import op

from weerbaar.migrations import checks

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "duty_confirmation",
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["shift_id"], ["shift.id"], name=op.f("fk_duty_confirmation_shift_id_shift"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_duty_confirmation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("shift_id", "person_id", name=op.f("pk_duty_confirmation")),
    )  # fmt: skip
    op.create_table(
        "duty_preference",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ahead_minutes", sa.Integer(), nullable=False),
        sa.Column("by_call", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "ahead_minutes BETWEEN 0 AND 1440", name=op.f("ck_duty_preference_ahead_minutes")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_duty_preference_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_duty_preference")),
    )  # fmt: skip
    checks.put("staff_call", "ck_staff_call_purpose", "purpose IN ('alarm', 'test', 'duty')")
    op.create_index(
        "uq_staff_call_one_per_duty",
        "staff_call",
        ["subject_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("purpose = 'duty'"),
        postgresql_where=sa.text("purpose = 'duty'"),
    )
