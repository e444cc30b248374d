"""Several telephones at once: how tiers ring, rooms, and what is to be asked of the provider."""

import sqlalchemy as sa
from alembic import op

from weerbaar.migrations import checks

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "tier",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("all_at_once", sa.Boolean(), nullable=False),
        sa.CheckConstraint("tier >= 1", name=op.f("ck_tier_tier")),
        sa.PrimaryKeyConstraint("tier", name=op.f("pk_tier")),
    )
    no = sa.false()
    for column in (
        sa.Column("acute_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("one_by_one", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("taken_leg", sa.Integer(), nullable=True),
        sa.Column("room", sa.String(length=32), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conference_sid", sa.String(length=64), nullable=True),
        sa.Column("errands", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("to_fetch", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caller_mark", sa.Integer(), nullable=True),
    ):
        op.add_column("call", column)
    for column in (
        sa.Column("together", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("to_cancel", sa.Boolean(), nullable=False, server_default=no),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("conference_sid", sa.String(length=64), nullable=True),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("leg", column)
    op.create_index(
        "ix_call_errands",
        "call",
        ["errands"],
        unique=False,
        sqlite_where=sa.text("errands"),
        postgresql_where=sa.text("errands"),
    )
    op.create_index(
        "ix_call_caller_mark",
        "call",
        ["caller_mark"],
        unique=False,
        sqlite_where=sa.text("caller_mark IS NOT NULL"),
        postgresql_where=sa.text("caller_mark IS NOT NULL"),
    )
    checks.put(
        "call",
        "ck_call_state",
        "state IN ('greeting', 'ringing', 'all_busy', 'accepted', 'rallying', 'joining', 'entering', 'conferring', 'settling', 'offering', 'entering_number', 'confirming_number', 'recording', 'ended')",
    )
    checks.put(
        "leg",
        "ck_leg_outcome",
        "outcome IN ('sent', 'created', 'rings', 'picked_up', 'press_1', 'press_2', 'wrong_key', 'silence', 'no_answer', 'busy', 'failed', 'canceled', 'hung_up', 'provider_error', 'never_placed', 'taken', 'over', 'caller_gone', 'overdue')",
    )
