"""Call-back tasks, whole: attempts, outcomes, who had the work before and why it came to its owner."""

import sqlalchemy as sa
from alembic import op

from weerbaar.migrations import checks

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "work_item_turn",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["work_item.id"],
            name=op.f("fk_work_item_turn_item_id_work_item"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_work_item_turn_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", "person_id", name=op.f("pk_work_item_turn")),
    )
    op.add_column(
        "work_item",
        sa.Column("came_by", sa.String(length=12), nullable=False, server_default="duty"),
    )
    op.add_column("call_back", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("call_back", sa.Column("reason_record", sa.Uuid(), nullable=True))
    op.add_column(
        "call_back", sa.Column("word_tries", sa.Integer(), nullable=False, server_default="0")
    )
    checks.put(
        "work_item",
        "ck_work_item_done_reason",
        "done_reason IN ('recorded', 'wrong_number', 'silent', 'misuse', 'test_call', 'no_record_wanted', 'number_wrong', 'not_safe')",
    )
    checks.put(
        "work_item",
        "ck_work_item_came_by",
        "came_by IN ('duty', 'answered', 'shift', 'late', 'attempts', 'assigned', 'taken')",
    )
    checks.put(
        "call_back",
        "ck_call_back_outcome",
        "outcome IN ('reached', 'not_reached', 'voicemail', 'other_person', 'number_wrong', 'not_safe')",
    )
