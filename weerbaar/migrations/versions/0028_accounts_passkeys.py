"""Passkeys as they are used: what proves whose they are, and challenges that came back."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    # No passkey was made before this.
    with op.batch_alter_table("passkey") as passkey:
        passkey.add_column(sa.Column("mac", sa.LargeBinary(), nullable=False))
        passkey.add_column(sa.Column("secret_id", sa.Uuid(), nullable=False))
        passkey.add_column(sa.Column("used_day", sa.Date(), nullable=True))
        passkey.create_unique_constraint(op.f("uq_passkey_secret_id"), ["secret_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_passkey_challenge")),
    )
    op.create_index(
        op.f("ix_passkey_challenge_ends_at"), "passkey_challenge", ["ends_at"], unique=False
    )
    op.add_column("session", sa.Column("device_sealed", sa.LargeBinary(), nullable=True))
