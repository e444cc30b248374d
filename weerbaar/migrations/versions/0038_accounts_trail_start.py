"""Where the trail begins once its oldest rows went, and what those told of records."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

NOTHING = bytes(32)


def upgrade() -> None:
    """Make the tables, and lay the starting point of a trail of which nothing went yet."""
    start = op.create_table(
        "trail_start",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_trail_start_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trail_start")),
    )
    op.create_table(
        "trail_told",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_kind", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_trail_told")),
    )
    # A house that is not founded yet lays it when it is.
    founded = op.get_bind().execute(sa.text("SELECT count(*) FROM trail_head")).scalar_one()
    if founded:
        told = hashlib.sha256().digest()
        row = {"id": 1, "number": 0, "mac": NOTHING, "told": told, "seal": None}
        op.bulk_insert(start, [row])
