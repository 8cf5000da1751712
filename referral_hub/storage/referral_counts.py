"""How many referrals went to a part of the directory: numbers to order by, nothing of any referral."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from referral_hub.storage.tables.directory import service_at_location
from referral_hub.storage.tables.referrals import referral


def count_to_service(service_id: sa.ColumnElement[Any]) -> sa.ScalarSelect[int]:
    """To a service, at any of its places."""
    places = service_at_location.join(referral, referral.c.service_at_location_id == service_at_location.c.id)
    counted = sa.select(sa.func.count()).select_from(places).where(service_at_location.c.service_id == service_id)
    return counted.scalar_subquery()


def count_to_organization(organization_id: sa.ColumnElement[Any]) -> sa.ScalarSelect[int]:
    """To an organization's services."""
    return sa.select(sa.func.count()).select_from(referral).where(referral.c.owner_id == organization_id).scalar_subquery()
