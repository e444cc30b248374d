"""Shares of keys: who holds them, and who asks for them; former keys on their way to new ones."""

import sqlalchemy as sa
from alembic import op

from weerbaar.migrations import checks

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

PERSON = ["person.id"]


def upgrade() -> None:
    """Make the tables, and let a wrapping be that of a former key."""
    checks.put(
        "key_wrapping",
        "ck_key_wrapping_kind",
        "kind IN ('password', 'recovery', 'passkey', 'quorum', 'session', 'former')",
    )
    op.create_table(
        "quorum_set",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.CheckConstraint("needed >= 2", name=op.f("ck_quorum_set_needed")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_quorum_set")),
    )
    op.create_table(
        "quorum_holder",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"],
            ["quorum_set.version"],
            name=op.f("fk_quorum_holder_version_quorum_set"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], PERSON, name=op.f("fk_quorum_holder_person_id_person")
        ),
        sa.PrimaryKeyConstraint("version", "person_id", name=op.f("pk_quorum_holder")),
    )
    op.create_table(
        "quorum_share",
        sa.Column("wrapping_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("holder_epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("sealed_share", sa.LargeBinary(), nullable=False),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wrapping_id"],
            ["key_wrapping.id"],
            name=op.f("fk_quorum_share_wrapping_id_key_wrapping"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            PERSON,
            name=op.f("fk_quorum_share_holder_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("wrapping_id", "holder_id", name=op.f("pk_quorum_share")),
    )
    op.create_index(
        op.f("ix_quorum_share_holder_id_quorum_share_holder_epoch"),
        "quorum_share",
        ["holder_id", "holder_epoch"],
        unique=False,
    )
    op.create_table(
        "quorum_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("wrapping_id", sa.Uuid(), nullable=True),
        sa.Column("for_id", sa.Uuid(), nullable=False),
        sa.Column("for_epoch", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("ended_day", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('own', 'successor', 'drill')", name=op.f("ck_quorum_request_kind")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'refused', 'expired', 'withdrawn')",
            name=op.f("ck_quorum_request_state"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (expires_at IS NOT NULL)", name=op.f("ck_quorum_request_open")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            PERSON,
            name=op.f("fk_quorum_request_owner_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["wrapping_id"],
            ["key_wrapping.id"],
            name=op.f("fk_quorum_request_wrapping_id_key_wrapping"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["for_id"], PERSON, name=op.f("fk_quorum_request_for_id_person"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["agreed_by"], PERSON, name=op.f("fk_quorum_request_agreed_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quorum_request")),
    )
    op.create_index(
        op.f("ix_quorum_request_expires_at"), "quorum_request", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_quorum_request_for_id"), "quorum_request", ["for_id"], unique=False)
    op.create_index(
        "uq_quorum_request_owner_id",
        "quorum_request",
        ["owner_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "quorum_approval",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_share", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["quorum_request.id"],
            name=op.f("fk_quorum_approval_request_id_quorum_request"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            PERSON,
            name=op.f("fk_quorum_approval_holder_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_id", "holder_id", name=op.f("pk_quorum_approval")),
    )
