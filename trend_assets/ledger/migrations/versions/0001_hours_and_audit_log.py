"""Hours, their claims, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "hours",
        sa.Column("hour", sa.DateTime, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("settled_revision", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("inputs", sa.String(64), nullable=False),
        sa.Column("code_version", sa.String(64), nullable=False),
    )
    op.create_index("ix_hours_dirty", "hours", ["settled_revision", "revision"])
    op.create_table(
        "hour_claims",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("hour", sa.DateTime, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("inherited", sa.Boolean, nullable=False),
    )
    op.create_table("marked_tombstones", sa.Column("tombstone", sa.String(64), primary_key=True))
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("audit_log", "marked_tombstones", "hour_claims", "hours"):
        op.drop_table(table)
