"""The tables of intake: cases, entries, drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "case_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=50), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["envelope.id"], name=op.f("fk_case_draft_id_envelope")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_case_draft_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_draft")),
        sa.UniqueConstraint("person_id", "form", name=op.f("uq_case_draft_person_id_form")),
    )
    op.create_table(
        "case_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("retention_on", sa.Date(), nullable=True),
        sa.Column("who_record", sa.Uuid(), nullable=True),
        sa.Column("what_record", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["what_record"], ["envelope.id"], name=op.f("fk_case_record_what_record_envelope")
        ),
        sa.ForeignKeyConstraint(
            ["who_record"], ["envelope.id"], name=op.f("fk_case_record_who_record_envelope")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
        sa.UniqueConstraint("what_record", name=op.f("uq_case_record_what_record")),
        sa.UniqueConstraint("who_record", name=op.f("uq_case_record_who_record")),
    )
    op.create_index(op.f("ix_case_record_is_open"), "case_record", ["is_open"], unique=False)
    op.create_table(
        "case_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_record.id"], name=op.f("fk_case_entry_case_id_case_record")
        ),
        sa.ForeignKeyConstraint(["id"], ["envelope.id"], name=op.f("fk_case_entry_id_envelope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_entry")),
    )
    op.create_index(op.f("ix_case_entry_case_id"), "case_entry", ["case_id"], unique=False)
