"""What Alembic runs: our tables, on the connection that storage.migrate opened."""

from __future__ import annotations

from alembic import context

from referral_hub.storage.migrate import options

context.configure(connection=context.config.attributes["connection"], **options())
with context.begin_transaction():
    context.run_migrations()
