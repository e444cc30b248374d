"""When the mailbox of the tour was read last, and why a step of a stage was put right."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SLIPS = "'not_held', 'wrong_government', 'wrong_day', 'incomplete'"


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "tour_mailbox_reading",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_tour_mailbox_reading_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tour_mailbox_reading")),
    )
    with op.batch_alter_table("tour_move") as table:
        table.add_column(sa.Column("slip", sa.String(length=16), nullable=True))
        table.create_check_constraint(op.f("ck_tour_move_slip"), f"slip IN ({SLIPS})")
