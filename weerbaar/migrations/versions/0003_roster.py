"""The tables of roster: shifts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "roster_revision",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_roster_revision_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_revision")),
    )
    op.create_table(
        "shift",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_shift_order")),
        sa.CheckConstraint("tier >= 1", name=op.f("ck_shift_tier")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_shift_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift")),
    )
    op.create_index(
        op.f("ix_shift_ends_shift_starts_shift_tier_shift_person_id"),
        "shift",
        ["ends", "starts", "tier", "person_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_shift_person_id_shift_ends_shift_starts"),
        "shift",
        ["person_id", "ends", "starts"],
        unique=False,
    )
