"""Referrals, their events and deliveries."""

from __future__ import annotations

import sqlalchemy as sa


class ReferralStore:
    """Referrals, their events and deliveries; every fetcher takes the asker first."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
