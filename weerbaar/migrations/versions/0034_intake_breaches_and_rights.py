"""The registers of breaches and of requests of persons."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

DECISIONS = "('undecided', 'told', 'not_told')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "breach",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority", sa.String(length=10), nullable=False),
        sa.Column("persons", sa.String(length=10), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("closed_day", sa.Date(), nullable=True),
        sa.CheckConstraint(f"authority IN {DECISIONS}", name=op.f("ck_breach_authority")),
        sa.CheckConstraint(f"persons IN {DECISIONS}", name=op.f("ck_breach_persons")),
        sa.CheckConstraint("is_open = (closed_day IS NULL)", name=op.f("ck_breach_closed")),
        sa.ForeignKeyConstraint(["id"], ["envelope.id"], name=op.f("fk_breach_id_envelope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
    )
    op.create_index(op.f("ix_breach_is_open"), "breach", ["is_open"], unique=False)
    op.create_index(op.f("ix_breach_closed_day"), "breach", ["closed_day"], unique=False)
    op.create_table(
        "rights_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("closed_day", sa.Date(), nullable=True),
        sa.CheckConstraint("is_open = (closed_day IS NULL)", name=op.f("ck_rights_request_closed")),
        sa.ForeignKeyConstraint(
            ["handler_id"], ["person.id"], name=op.f("fk_rights_request_handler_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["envelope.id"], name=op.f("fk_rights_request_id_envelope")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_request")),
    )
    op.create_index(op.f("ix_rights_request_is_open"), "rights_request", ["is_open"], unique=False)
    op.create_index(
        op.f("ix_rights_request_closed_day"), "rights_request", ["closed_day"], unique=False
    )
