"""The day on which a case was worked on last, beside the case: the caseload is in its order."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column, from the days of the entries."""
    op.add_column("case_record", sa.Column("worked_day", sa.Date(), nullable=True))
    case = sa.table(
        "case_record", sa.column("id"), sa.column("created_day"), sa.column("worked_day")
    )
    entry = sa.table("case_entry", sa.column("case_id"), sa.column("created_day"))
    newest = (
        sa.select(sa.func.max(entry.c.created_day))
        .where(entry.c.case_id == case.c.id)
        .scalar_subquery()
    )
    op.execute(sa.update(case).values(worked_day=sa.func.coalesce(newest, case.c.created_day)))
    with op.batch_alter_table("case_record") as table:
        table.alter_column("worked_day", existing_type=sa.Date(), nullable=False)
    op.drop_index(op.f("ix_case_record_is_open"), table_name="case_record")
    op.create_index(
        op.f("ix_case_record_is_open_case_record_worked_day_case_record_id"),
        "case_record",
        ["is_open", "worked_day", "id"],
        unique=False,
    )
