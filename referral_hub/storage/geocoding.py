"""Which places wait for a point, what servers said of addresses, and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from referral_hub.partners.geocoded import KEEPS_NONE_FOR, RETRIES_AFTER, GeocodedPlace, GeocoderAnswer, GeocoderTurn, WaitingPlace
from referral_hub.partners.model import Address
from referral_hub.storage import rows
from referral_hub.storage.tables import directory as directory_tables
from referral_hub.storage.tables import geocoding as tables

VIRTUAL = "virtual"
CHUNK = 400
"""Ids in one statement: below every limit on bound values."""


class GeocodingStore:
    """The network's; nothing in it is of a confidential place."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def waiting(self, source: str, now: datetime, limit: int) -> list[WaitingPlace]:
        """Open places to be given a point, never tried ones first.

        That is: no point, and not tried lately at this address; or a point that geocoding made, of another address, or
        of the ZIP code only although `source` may know better.
        """
        address, tried = directory_tables.address, tables.geocoded_place
        first = self._first_address()
        statement = (
            sa.select(address)
            .join(first, first.c.id == address.c.id)
            .join(directory_tables.location, directory_tables.location.c.id == address.c.location_id)
            .outerjoin(tried, tried.c.id == address.c.location_id)
            .where(self._waits(source, now))
            .order_by(tried.c.tried_at.is_not(None), tried.c.tried_at, address.c.location_id)
            .limit(limit)
        )
        found = [rows.from_row(Address, row) for row in self._connection.execute(statement)]
        return [WaitingPlace(location_id=one.location_id, address=one) for one in found]

    def count_waiting(self, source: str, now: datetime) -> int:
        """How many `waiting` would name without a limit."""
        address, tried = directory_tables.address, tables.geocoded_place
        first = self._first_address()
        statement = (
            sa.select(sa.func.count())
            .select_from(address)
            .join(first, first.c.id == address.c.id)
            .join(directory_tables.location, directory_tables.location.c.id == address.c.location_id)
            .outerjoin(tried, tried.c.id == address.c.location_id)
            .where(self._waits(source, now))
        )
        return int(self._connection.execute(statement).scalar_one())

    def _first_address(self) -> sa.Subquery:
        """The id of one physical address of each place."""
        address = directory_tables.address
        numbered = sa.select(
            address.c.id, sa.func.row_number().over(partition_by=address.c.location_id, order_by=address.c.id).label("n")
        ).where(address.c.address_type == "physical")
        return sa.select(numbered.subquery()).where(sa.literal_column("n") == 1).subquery()

    def _waits(self, source: str, now: datetime) -> sa.ColumnElement[bool]:
        place, address, tried = directory_tables.location, directory_tables.address, tables.geocoded_place
        written = (
            address.c.address_1 + "|" + sa.func.coalesce(address.c.address_2, "") + "|" + address.c.city + "|" + address.c.state_province
            + "|" + address.c.postal_code
        )  # fmt: skip
        moved = tried.c.written != written
        is_ours = sa.and_(tried.c.latitude == place.c.latitude, tried.c.longitude == place.c.longitude)
        missing = sa.and_(place.c.latitude.is_(None), sa.or_(tried.c.id.is_(None), moved, tried.c.tried_at < now - KEEPS_NONE_FOR))
        better = sa.and_(tried.c.source == "table", sa.literal(source) != "table", tried.c.tried_at < now - RETRIES_AFTER)
        return sa.and_(
            ~place.c.confidential,
            place.c.location_type != VIRTUAL,
            address.c.country == "US",
            sa.or_(address.c.postal_code != "", address.c.state_province != ""),
            sa.or_(missing, sa.and_(is_ours, sa.or_(moved, better))),
        )

    def places(self, location_ids: Collection[UUID]) -> dict[UUID, GeocodedPlace]:
        """The last attempts at these places, by their ids."""
        table = tables.geocoded_place
        found: dict[UUID, GeocodedPlace] = {}
        for part in batched(location_ids, CHUNK):
            for row in self._connection.execute(sa.select(table).where(table.c.id.in_(part))):
                found[row.id] = rows.from_row(GeocodedPlace, row)
        return found

    def save_places(self, places: Sequence[GeocodedPlace]) -> None:
        """Note attempts over the ones before."""
        rows.upsert(self._connection, tables.geocoded_place, places)

    def answer(self, key: str, now: datetime) -> GeocoderAnswer | None:
        """What a server said and still holds."""
        table = tables.geocoder_answer
        row = self._connection.execute(sa.select(table).where(table.c.key == key, table.c.expires_at > now)).one_or_none()
        return None if row is None else rows.from_row(GeocoderAnswer, row)

    def save_answers(self, answers: Sequence[GeocoderAnswer], now: datetime) -> None:
        """Keep answers; those that have expired go."""
        table = tables.geocoder_answer
        self._connection.execute(sa.delete(table).where(table.c.expires_at <= now))
        rows.upsert(self._connection, table, answers)

    def take_turn(self, source: str, now: datetime, pause: timedelta) -> datetime:
        """The moment from which this worker may ask the server: turns lie `pause` apart, in whatever worker they are taken."""
        table = tables.geocoder_turn
        statement = rows.insert_into(self._connection, table).values(source=source, next_at=now)
        # Made first, so that the lock below has a row to wait at.
        self._connection.execute(statement.on_conflict_do_nothing(index_elements=["source"]))
        held = self._connection.execute(sa.select(table.c.next_at).where(table.c.source == source).with_for_update()).scalar_one()
        turn: datetime = max(held, now)
        rows.upsert(self._connection, table, [GeocoderTurn(source=source, next_at=turn + pause)])
        return turn

    def forget(self, location_ids: Collection[UUID]) -> None:
        """Nothing stays of these places: they are gone, or confidential now."""
        places, answers = tables.geocoded_place, tables.geocoder_answer
        for part in batched(location_ids, CHUNK):
            keys = sa.select(places.c.answer_key).where(places.c.id.in_(part))
            self._connection.execute(sa.delete(answers).where(answers.c.key.in_(keys)))
            self._connection.execute(sa.delete(places).where(places.c.id.in_(part)))


def batched(ids: Collection[UUID], size: int) -> Iterator[list[UUID]]:
    """The ids, so many at a time."""
    listed = list(ids)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
