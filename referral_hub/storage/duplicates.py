"""Pairs that may be one record, and what of records can be compared."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.errors import NotFound
from referral_hub.partners.addresses import NormalAddress, normal_address
from referral_hub.partners.duplicates import Duplicate, DuplicateState, Kind, Sketch
from referral_hub.partners.likeness import address_key, email_key, name_key, phone_key, site_key, unit_key
from referral_hub.storage import rows
from referral_hub.storage.referral_counts import count_people, count_to_listing
from referral_hub.storage.tables import directory as tables
from referral_hub.storage.tables.duplicates import duplicate as table

Keys = dict[UUID, dict[str, set[str]]]
_NUMBER = re.compile(r"\d+")


class DuplicateStore:
    """For coordinators: what may stand in the directory twice."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # What can be compared; a confidential place and what hangs on it are not read

    def sketches(self, kind: Kind) -> list[Sketch]:
        """Every organization, or every open place, as far as it can be compared."""
        return list(self._organizations() if kind == "organization" else self._places())

    def _organizations(self) -> Iterator[Sketch]:
        organization, service, location = tables.organization, tables.service, tables.location
        keys: Keys = defaultdict(lambda: defaultdict(set))
        for row in self._connection.execute(sa.select(service.c.organization_id, service.c.url, service.c.email)):
            _add(keys[row.organization_id], email={email_key(row.email or "")})
        for owner, address in self._addresses(location.c.organization_id):
            _add(keys[owner], address={address_key(address)}, city={f"{address.city} {address.state}".strip().lower()})
        for owner, number in self._phones():
            _add(keys[owner], phone={phone_key(number)})
        columns = [organization.c[name] for name in ("id", "name", "email", "website")]
        for row in self._connection.execute(sa.select(*columns)):
            own = keys[row.id]
            _add(own, website={site_key(row.website or "")}, email={email_key(row.email or "")})
            yield Sketch(id=row.id, name=name_key(row.name), keys=_frozen(own))

    def _places(self) -> Iterator[Sketch]:
        location, phone = tables.location, tables.phone
        keys: Keys = defaultdict(lambda: defaultdict(set))
        units: dict[UUID, set[str]] = defaultdict(set)
        for owner, address in self._addresses(location.c.id):
            _add(keys[owner], address={address_key(address)})
            if address.unit:
                units[owner].add(unit_key(address))
        for row in self._connection.execute(sa.select(phone.c.location_id, phone.c.number).where(phone.c.location_id.is_not(None))):
            _add(keys[row.location_id], phone={phone_key(row.number)})
        columns = [location.c[name] for name in ("id", "organization_id", "name", "latitude", "longitude")]
        for row in self._connection.execute(sa.select(*columns).where(~location.c.confidential)):
            own = keys[row.id]
            _add(own, organization={str(row.organization_id)})
            point = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
            yield Sketch(id=row.id, name=name_key(row.name or ""), keys=_frozen(own), units=frozenset(units[row.id]), point=point)

    def _addresses(self, owner: sa.Column[Any]) -> Iterator[tuple[UUID, Any]]:
        address, location = tables.address, tables.location
        columns = [address.c[name] for name in ("address_1", "address_2", "city", "state_province", "postal_code")]
        statement = sa.select(owner, *columns).select_from(address.join(location, location.c.id == address.c.location_id))
        found = self._connection.execute(statement.where(~location.c.confidential, address.c.address_type == "physical")).all()
        doors = Counter(_door(row[1], row[4], row[5]) for row in found)
        for row in found:
            # To take an address apart takes half a millisecond: only those that can be the same as another.
            if doors[_door(row[1], row[4], row[5])] > 1:
                yield row[0], normal_address(*(part or "" for part in row[1:]))
            else:
                yield row[0], NormalAddress(city=(row[3] or "").upper(), state=(row[4] or "").upper())

    def _phones(self) -> Iterator[tuple[UUID, str]]:
        """(organization, number) of what is an organization's own, or one of its services'."""
        phone, service = tables.phone, tables.service
        own = sa.select(phone.c.organization_id, phone.c.number).where(phone.c.organization_id.is_not(None))
        through = sa.select(service.c.organization_id, phone.c.number).join(service, service.c.id == phone.c.service_id)
        for statement in (own, through):
            yield from ((row[0], row[1]) for row in self._connection.execute(statement))

    # What would go along

    def count_people(self, organization_id: UUID) -> int:
        """Accounts, patients and referrals of an organization, whichever side of a referral it is."""
        return int(self._connection.execute(sa.select(count_people(organization_id))).scalar_one())

    def is_referred_to(self, listing_id: UUID) -> bool:
        """Whether a referral points to a listing."""
        return bool(self._connection.execute(sa.select(count_to_listing(listing_id))).scalar_one())

    # The pairs

    def get(self, duplicate_id: UUID, *, kept: bool = False) -> Duplicate:
        """One pair; `kept`: for this transaction, which may write. Raises NotFound."""
        statement = sa.select(table).where(table.c.id == duplicate_id)
        row = self._connection.execute(statement.with_for_update() if kept else statement).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(Duplicate, row)

    def all(self, kind: Kind) -> list[Duplicate]:
        """Every pair of a kind, decided ones too."""
        return [rows.from_row(Duplicate, row) for row in self._connection.execute(sa.select(table).where(table.c.kind == kind))]

    def page(self, kind: Kind, state: DuplicateState, *, limit: int, offset: int) -> list[Duplicate]:
        """Pairs in a state, the likeliest first; decided ones the last decided first."""
        statement = sa.select(table).where(table.c.kind == kind, table.c.state == state)
        order = [table.c.points.desc(), table.c.id] if state is DuplicateState.OPEN else [table.c.decided_at.desc(), table.c.id]
        found = self._connection.execute(statement.order_by(*order).limit(limit).offset(offset))
        return [rows.from_row(Duplicate, row) for row in found]

    def count(self, kind: Kind, state: DuplicateState) -> int:
        """How many pairs of a kind are in a state."""
        statement = sa.select(sa.func.count()).select_from(table).where(table.c.kind == kind, table.c.state == state)
        return int(self._connection.execute(statement).scalar_one())

    def save(self, pairs: Sequence[Duplicate]) -> None:
        """Insert or replace."""
        rows.upsert(self._connection, table, pairs)


def _door(address_1: str | None, state: str | None, postal_code: str | None) -> tuple[str, str]:
    """The same for all writings of one address: its first number and its postal code, or its state."""
    number = _NUMBER.search(address_1 or "")
    return number.group().lstrip("0") if number else "", (postal_code or "")[:5] or (state or "")


def _add(own: dict[str, set[str]], **keys: set[str]) -> None:
    for what, found in keys.items():
        own[what] |= found


def _frozen(own: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    return {what: frozenset(found - {""}) for what, found in own.items()}
