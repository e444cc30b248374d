"""Calendar feeds."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "roster_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=4), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("used_day", sa.Date(), nullable=True),
        sa.CheckConstraint("scope IN ('own', 'team')", name=op.f("ck_roster_feed_scope")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_roster_feed_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_roster_feed_token_hash")),
    )
    op.create_index(op.f("ix_roster_feed_person_id"), "roster_feed", ["person_id"], unique=False)
