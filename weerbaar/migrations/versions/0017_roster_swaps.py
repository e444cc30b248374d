"""What people arrange among themselves: absences, requests to swap, hand-over notes."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_absence_order")),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_absence_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(
        op.f("ix_absence_ends_absence_starts_absence_person_id"),
        "absence",
        ["ends", "starts", "person_id"],
        unique=False,
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"], unique=False)
    op.create_table(
        "handover_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("read_by", sa.Uuid(), nullable=True),
        sa.Column("read_day", sa.Date(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(read_by IS NULL) = (read_day IS NULL)", name=op.f("ck_handover_note_read")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_handover_note_author_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["read_by"], ["person.id"], name=op.f("fk_handover_note_read_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_note")),
    )
    op.create_index(
        op.f("ix_handover_note_author_id"), "handover_note", ["author_id"], unique=False
    )
    op.create_index(
        op.f("ix_handover_note_created_day"), "handover_note", ["created_day"], unique=False
    )
    op.create_index(op.f("ix_handover_note_read_by"), "handover_note", ["read_by"], unique=False)
    op.create_table(
        "swap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("shift_version", sa.Integer(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("asked_id", sa.Uuid(), nullable=True),
        sa.Column("in_return", sa.Boolean(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column("return_version", sa.Integer(), nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'done', 'declined', 'withdrawn', 'expired', 'stale', 'undone')",
            name=op.f("ck_swap_state"),
        ),
        sa.CheckConstraint(
            "(return_id IS NULL) = (return_version IS NULL)",
            name=op.f("ck_swap_return_and_version"),
        ),
        sa.ForeignKeyConstraint(["asked_id"], ["person.id"], name=op.f("fk_swap_asked_id_person")),
        sa.ForeignKeyConstraint(["asker_id"], ["person.id"], name=op.f("fk_swap_asker_id_person")),
        sa.ForeignKeyConstraint(["taken_by"], ["person.id"], name=op.f("fk_swap_taken_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
    )
    op.create_index(op.f("ix_swap_asked_id"), "swap", ["asked_id"], unique=False)
    op.create_index(op.f("ix_swap_asker_id"), "swap", ["asker_id"], unique=False)
    op.create_index(op.f("ix_swap_state_swap_starts"), "swap", ["state", "starts"], unique=False)
    op.create_index(op.f("ix_swap_taken_by"), "swap", ["taken_by"], unique=False)
    op.create_index(
        "uq_swap_open_shift_id",
        "swap",
        ["shift_id"],
        unique=True,
        sqlite_where=sa.text("state = 'asked'"),
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "swap_refusal",
        sa.Column("swap_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_swap_refusal_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["swap_id"], ["swap.id"], name=op.f("fk_swap_refusal_swap_id_swap"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("swap_id", "person_id", name=op.f("pk_swap_refusal")),
    )
