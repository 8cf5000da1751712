"""What a hub on SQLite asks its database, whether through SQLAlchemy or straight through the driver."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from referral_hub.unit_of_work import Hub


def statements_of(hub: Hub) -> list[str]:
    """Every statement from now on, with its values; the list grows as they are asked."""
    asked: list[str] = []

    @sa.event.listens_for(hub.database.engine, "checkout")
    def _trace(connection: Any, *_: Any) -> None:
        connection.set_trace_callback(asked.append)

    return asked
