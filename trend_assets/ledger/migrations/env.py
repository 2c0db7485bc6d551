"""Runs the migrations on the connection that `ledger.ledger.migrate` hands over."""

from alembic import context

from trend_assets.ledger.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
