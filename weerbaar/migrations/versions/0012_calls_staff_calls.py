"""Calls to the staff itself: alarms and tests, and legs that belong to them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

PURPOSE = (
    "CASE WHEN call_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN call_back_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN staff_call_id IS NULL THEN 0 ELSE 1 END = 1"
)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "staff_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=5), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("outcome", sa.String(length=13), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("purpose IN ('alarm', 'test')", name=op.f("ck_staff_call_purpose")),
        sa.CheckConstraint(
            "state IN ('waiting', 'ringing', 'ended')", name=op.f("ck_staff_call_state")
        ),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'not_confirmed', 'not_placed', 'over')",
            name=op.f("ck_staff_call_outcome"),
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (outcome IS NOT NULL)", name=op.f("ck_staff_call_ended_outcome")
        ),
        sa.CheckConstraint(
            "(state = 'ended') = (next_at IS NULL)", name=op.f("ck_staff_call_next")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_staff_call_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_call")),
        sa.UniqueConstraint("token", name=op.f("uq_staff_call_token")),
    )
    op.create_index(op.f("ix_staff_call_person_id"), "staff_call", ["person_id"], unique=False)
    op.create_index(
        "uq_staff_call_open_alarm",
        "staff_call",
        ["event"],
        unique=True,
        sqlite_where=sa.text("state <> 'ended' AND purpose = 'alarm'"),
        postgresql_where=sa.text("state <> 'ended' AND purpose = 'alarm'"),
    )
    op.create_index(
        "ix_staff_call_next_at",
        "staff_call",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("next_at IS NOT NULL"),
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    with op.batch_alter_table("leg") as leg:
        leg.add_column(sa.Column("staff_call_id", sa.Uuid(), nullable=True))
        leg.create_foreign_key(
            op.f("fk_leg_staff_call_id_staff_call"),
            "staff_call",
            ["staff_call_id"],
            ["id"],
            ondelete="CASCADE",
        )
        leg.drop_constraint(op.f("ck_leg_purpose"), type_="check")
        leg.create_check_constraint(op.f("ck_leg_purpose"), PURPOSE)
        leg.create_unique_constraint(
            op.f("uq_leg_staff_call_id_number"), ["staff_call_id", "number"]
        )
