"""Reviews of rights, and what is judged in them while they are open."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "rights_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=False),
        sa.Column("begun_day", sa.Date(), nullable=False),
        sa.Column("signed_day", sa.Date(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "scope IN ('everybody', 'privileged')", name=op.f("ck_rights_review_scope")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'half', 'signed')", name=op.f("ck_rights_review_state")
        ),
        sa.CheckConstraint(
            "(state = 'signed') = (digest IS NOT NULL)", name=op.f("ck_rights_review_digest")
        ),
        sa.CheckConstraint(
            "(state = 'signed') = (signed_day IS NOT NULL)",
            name=op.f("ck_rights_review_signed_day"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_review")),
    )
    op.create_index(
        "uq_rights_review_scope",
        "rights_review",
        ["scope"],
        unique=True,
        sqlite_where=sa.text("state <> 'signed'"),
        postgresql_where=sa.text("state <> 'signed'"),
    )
    op.create_table(
        "rights_judgement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["rights_review.id"],
            name=op.f("fk_rights_judgement_review_id_rights_review"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_rights_judgement_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_judgement")),
        sa.UniqueConstraint(
            "review_id", "person_id", name=op.f("uq_rights_judgement_review_id_person_id")
        ),
    )
