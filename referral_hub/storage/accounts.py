"""Accounts, sessions, tokens, failed sign-ins and idempotent answers."""

from __future__ import annotations

import sqlalchemy as sa


class AccountStore:
    """Accounts, sessions, tokens, failed sign-ins and idempotent answers; every fetcher takes the asker first."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
