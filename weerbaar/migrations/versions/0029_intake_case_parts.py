"""What belongs to a case beside its two parts and its timeline, and what of it waits for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "case_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("bond", sa.String(length=10), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "bond IN ('own', 'both', 'what', 'consent')", name=op.f("ck_case_part_bond")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_part_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(["id"], ["envelope.id"], name=op.f("fk_case_part_id_envelope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_part")),
    )
    op.create_index(op.f("ix_case_part_case_id"), "case_part", ["case_id"], unique=False)
    op.create_table(
        "case_waiting",
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["part_id"],
            ["case_part.id"],
            name=op.f("fk_case_waiting_part_id_case_part"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_case_waiting_person_id_person")
        ),
        sa.PrimaryKeyConstraint("part_id", name=op.f("pk_case_waiting")),
    )
    op.create_index(op.f("ix_case_waiting_person_id"), "case_waiting", ["person_id"], unique=False)
    op.create_index(op.f("ix_case_waiting_due_on"), "case_waiting", ["due_on"], unique=False)
