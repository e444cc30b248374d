"""An SMS that went out and did not arrive."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

REFUSALS = "sms_refused IN ('stopped', 'landline', 'unreached')"
PROBLEMS = (
    "problem IN ('stopped', 'landline', 'refused', 'no_sender', 'no_address', 'no_answer',"
    " 'no_arrival')"
)


def upgrade() -> None:
    """Let both columns say so."""
    with op.batch_alter_table("person") as person:
        person.drop_constraint(op.f("ck_person_sms_refused"), type_="check")
        person.create_check_constraint(op.f("ck_person_sms_refused"), REFUSALS)
    with op.batch_alter_table("notice_delivery") as delivery:
        delivery.drop_constraint(op.f("ck_notice_delivery_problem"), type_="check")
        delivery.create_check_constraint(op.f("ck_notice_delivery_problem"), PROBLEMS)
