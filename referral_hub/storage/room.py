"""How much room there is: figures as they were said, and the places that are kept for referrals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from msgspec.structs import replace

from referral_hub.partners.model import Reservation, ServiceCapacity
from referral_hub.storage import rows
from referral_hub.storage.changes import DIRECTORY
from referral_hub.storage.listing_marks import parts_of
from referral_hub.storage.ready_listings import ReadyListings
from referral_hub.storage.tables.directory import service_at_location, service_capacity
from referral_hub.storage.tables.room import reservation


class RoomStore:
    """Whoever changes room first waits for the directory's lock: so no two reservations count the same place."""

    def __init__(self, connection: sa.Connection, ready: ReadyListings) -> None:
        self._connection = connection
        self._ready = ready

    def lock(self) -> None:
        """Keep everybody else from changing room until this transaction ends."""
        self._ready.changes.lock(DIRECTORY)

    # Figures

    def figure_of(self, listing_id: UUID, service_id: UUID) -> ServiceCapacity | None:
        """The newest figure of the place itself, else that of the whole service."""
        c = service_capacity.c
        statement = sa.select(service_capacity).where(
            c.service_id == service_id, sa.or_(c.service_at_location_id == listing_id, c.service_at_location_id.is_(None))
        )
        statement = statement.order_by(c.service_at_location_id.is_(None), c.updated.desc(), c.id.desc()).limit(1)
        row = self._connection.execute(statement).one_or_none()
        return None if row is None else rows.from_row(ServiceCapacity, row)

    def figures_of_listings(self, listing_ids: Collection[UUID]) -> dict[UUID, ServiceCapacity]:
        """The figure that counts for each of these listings, as `figure_of` has it; without those that have none."""
        sal, c = service_at_location, service_capacity.c
        services: dict[UUID, UUID] = {}
        for part in parts_of(listing_ids):
            pairs = self._connection.execute(sa.select(sal.c.id, sal.c.service_id).where(sal.c.id.in_(part)))
            services |= {row.id: row.service_id for row in pairs}
        newest: dict[UUID, ServiceCapacity] = {}
        for part in parts_of(services.values()):
            statement = sa.select(service_capacity).where(c.service_id.in_(part)).order_by(c.updated, c.id)
            found = [rows.from_row(ServiceCapacity, row) for row in self._connection.execute(statement)]
            newest |= {figure.service_at_location_id or figure.service_id: figure for figure in found}
        figures = {listing: newest.get(listing) or newest.get(service) for listing, service in services.items()}
        return {listing: figure for listing, figure in figures.items() if figure is not None}

    def kept_for(self, capacity_ids: Collection[UUID]) -> Counter[UUID]:
        """How many places are taken off each of these figures."""
        c = reservation.c
        found: Counter[UUID] = Counter()
        for part in parts_of(capacity_ids):
            counted = sa.select(c.service_capacity_id, sa.func.count()).where(c.service_capacity_id.in_(part))
            found.update({row[0]: row[1] for row in self._connection.execute(counted.group_by(c.service_capacity_id))})
        return found

    def count_again(self, capacity_id: UUID | None, now: datetime) -> None:
        """Write what reservations leave of a figure."""
        c = service_capacity.c
        row = self._connection.execute(sa.select(service_capacity).where(c.id == capacity_id)).one_or_none()
        if row is None or capacity_id is None:
            return
        before = rows.from_row(ServiceCapacity, row)
        stated = before.available if before.stated is None else before.stated
        left = 0 if before.refusals else max(stated - self.kept_for([capacity_id])[capacity_id], 0)
        after = replace(before, stated=stated, available=left)
        if after == before:
            return
        self._ready.mark_gone("service_capacity", [capacity_id])
        self._connection.execute(sa.update(service_capacity).where(c.id == capacity_id).values(stated=stated, available=left, updated=now))

    def age_all(self) -> None:
        """Work out anew when each figure is too old: the network has changed how long they are believed."""
        self.lock()
        self._ready.mark_every_room()

    # Reservations

    def reservations(self) -> list[Reservation]:
        """Every place that is kept, by the referral's id."""
        return [rows.from_row(Reservation, row) for row in self._connection.execute(sa.select(reservation).order_by(reservation.c.id))]

    def keep_place(self, kept: Reservation, now: datetime) -> None:
        """Keep a place for a referral, off the figure that counts at its listing; a place that is kept already stays as it is."""
        self.lock()
        held = self._held(kept.id)
        if held is not None:
            answered = sa.update(reservation).where(reservation.c.id == kept.id).values(is_answered=kept.is_answered)
            self._connection.execute(answered)
            return
        figure = self.figure_of(kept.service_at_location_id, kept.service_id)
        rows.insert(self._connection, reservation, [replace(kept, service_capacity_id=None if figure is None else figure.id)])
        if figure is not None:
            self.count_again(figure.id, now)

    def give_back(self, referral_id: UUID, now: datetime) -> None:
        """Let go of a referral's place; done again, it does no harm."""
        self.lock()
        held = self._held(referral_id)
        if held is not None:
            self._connection.execute(sa.delete(reservation).where(reservation.c.id == referral_id))
            self.count_again(held.service_capacity_id, now)

    def recast(self, capacity: ServiceCapacity, now: datetime) -> None:
        """After a figure was said anew: it has counted whoever was accepted before; what still waits for an answer is taken off it."""
        c, sal, own = reservation.c, service_at_location.c, service_capacity.alias()
        here = sa.select(sal.id).where(sal.service_id == capacity.service_id)
        if capacity.service_at_location_id is not None:
            here = here.where(sal.id == capacity.service_at_location_id)
        else:
            here = here.where(sal.id.not_in(sa.select(own.c.service_at_location_id).where(own.c.service_at_location_id.is_not(None))))
        waiting = sa.and_(c.service_at_location_id.in_(here), c.is_answered.is_(False))
        left = set(self._connection.execute(sa.select(c.service_capacity_id).where(waiting, c.service_capacity_id.is_not(None))).scalars())
        self._connection.execute(
            sa.update(reservation).where(c.service_capacity_id == capacity.id, c.is_answered.is_(True)).values(service_capacity_id=None)
        )
        self._connection.execute(sa.update(reservation).where(waiting).values(service_capacity_id=capacity.id))
        for figure in sorted(left | {capacity.id}):
            self.count_again(figure, now)

    def _held(self, referral_id: UUID) -> Reservation | None:
        row = self._connection.execute(sa.select(reservation).where(reservation.c.id == referral_id)).one_or_none()
        return None if row is None else rows.from_row(Reservation, row)
