"""An alarm about a sick call rings for each shift apart."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

OPEN = "state <> 'ended' AND purpose = 'alarm'"
OF_ONE_SUBJECT = "('handed_over', 'nobody_takes_over')"


def upgrade() -> None:
    """Split the index of open alarms in two."""
    op.drop_index("uq_staff_call_open_alarm", table_name="staff_call")
    for name, columns, condition in (
        ("uq_staff_call_open_alarm", ["event"], f"{OPEN} AND event NOT IN {OF_ONE_SUBJECT}"),
        (
            "uq_staff_call_open_alarm_of_subject",
            ["event", "subject_id"],
            f"{OPEN} AND event IN {OF_ONE_SUBJECT}",
        ),
    ):
        op.create_index(
            name,
            "staff_call",
            columns,
            unique=True,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
