"""How many people and referrals hang on a part of the directory: numbers to order and to decide by, nothing of any of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.storage.tables.accounts import account
from referral_hub.storage.tables.care import patient
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


def count_people(organization_id: UUID) -> sa.ScalarSelect[int]:
    """Accounts and patients of an organization, and referrals on either side."""
    columns = (account.c.organization_id, patient.c.organization_id, referral.c.owner_id, referral.c.requester_id)
    each = [sa.select(sa.func.count()).where(column == organization_id).scalar_subquery() for column in columns]
    return sa.select(each[0] + each[1] + each[2] + each[3]).scalar_subquery()


def count_to_listing(listing_id: UUID) -> sa.ScalarSelect[int]:
    """To one service at one location."""
    return sa.select(sa.func.count()).where(referral.c.service_at_location_id == listing_id).scalar_subquery()
