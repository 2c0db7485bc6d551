"""Alerts about surfaces, and who was told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "surface_alerts",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("surface", sa.Text, nullable=False),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("hour", sa.DateTime, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("noticed_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_surface_alerts_surface", "surface_alerts", ["surface", "id"])
    op.create_table(
        "told_alerts",
        sa.Column("alert_id", sa.Integer, sa.ForeignKey("surface_alerts.id"), primary_key=True),
        sa.Column("address", sa.String(64), primary_key=True),
        sa.Column("told_at", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("told_alerts")
    op.drop_table("surface_alerts")
