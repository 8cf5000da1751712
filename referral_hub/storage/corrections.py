"""Corrections of the directory, and the listings that nobody has confirmed for long."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.actors import Actor, Role
from referral_hub.errors import NotFound
from referral_hub.partners.correction import Correction, CorrectionState, said_again
from referral_hub.partners.model import Service, ServiceStatus
from referral_hub.storage import rows
from referral_hub.storage.referral_counts import count_to_service
from referral_hub.storage.tables.directory import service
from referral_hub.storage.tables.provenance import correction as table


class CorrectionStore:
    """Partner staff see what is said of their own services, coordinators all of it. What is said of a service that is gone is not shown."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def note(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Open them, or count them once more; as they stand now."""
        out = []
        for one in corrections:
            key = sa.and_(table.c.record_id == one.record_id, table.c.field == one.field, table.c.detail == one.detail)
            row = self._connection.execute(sa.select(table).where(key).with_for_update()).one_or_none()
            out.append(said_again(None if row is None else rows.from_row(Correction, row), one))
            rows.upsert(self._connection, table, out[-1:])
        return out

    def get_for(self, actor: Actor, correction_id: UUID) -> Correction:
        """One that this asker may close, kept for this transaction; raises NotFound for another organization's."""
        statement = _own(actor, sa.select(table)).where(table.c.id == correction_id).with_for_update(of=table)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(Correction, row)

    def page_for(self, actor: Actor, state: CorrectionState, *, limit: int, offset: int = 0) -> list[tuple[Correction, int]]:
        """With how many referrals went to the service: most first where they are open, the last decided first where they are not."""
        touched = count_to_service(table.c.service_id).label("touched")
        order: Sequence[Any] = (touched.desc(), table.c.times.desc(), table.c.said_at.desc(), table.c.id)
        if state is not CorrectionState.OPEN:
            order = (table.c.decided_at.desc(), table.c.id)
        statement = _own(actor, sa.select(table, touched)).where(table.c.state == state).order_by(*order).limit(limit).offset(offset)
        return [(rows.from_row(Correction, row), row.touched) for row in self._connection.execute(statement)]

    def count_for(self, actor: Actor, state: CorrectionState = CorrectionState.OPEN) -> int:
        """How many of the asker's are in a state."""
        return int(self._connection.execute(_own(actor, sa.select(sa.func.count(table.c.id))).where(table.c.state == state)).scalar_one())

    def open_of_services(self, service_ids: Collection[UUID]) -> list[Correction]:
        """What is open about these services, in the order in which it was said."""
        wanted = sa.select(table).where(table.c.service_id.in_(list(service_ids)), table.c.state == CorrectionState.OPEN)
        return [rows.from_row(Correction, row) for row in self._connection.execute(wanted.order_by(table.c.opened_at, table.c.id))]

    def save(self, corrections: Sequence[Correction]) -> None:
        """Replace."""
        rows.upsert(self._connection, table, corrections)

    # Listings that nobody confirmed for long

    def stale_for(self, actor: Actor, before: date, *, limit: int) -> list[tuple[Service, int]]:
        """Active services of the asker's that were last confirmed before a day, or never; those with most referrals first."""
        touched = count_to_service(service.c.id).label("touched")
        statement = _stale(actor, sa.select(service, touched), before).order_by(touched.desc(), service.c.name, service.c.id).limit(limit)
        return [(rows.from_row(Service, row), row.touched) for row in self._connection.execute(statement)]

    def count_stale_for(self, actor: Actor, before: date) -> int:
        """How many of those there are."""
        return int(self._connection.execute(_stale(actor, sa.select(sa.func.count(service.c.id)), before)).scalar_one())


def _own(actor: Actor, statement: sa.Select[Any]) -> sa.Select[Any]:
    statement = statement.join(service, service.c.id == table.c.service_id)
    if actor.role not in (Role.COORDINATOR, Role.SYSTEM):
        statement = statement.where(service.c.organization_id == actor.organization_id)
    return statement


def _stale(actor: Actor, statement: sa.Select[Any], before: date) -> sa.Select[Any]:
    old = sa.or_(service.c.assured_date.is_(None), service.c.assured_date < before)
    statement = statement.where(service.c.status == ServiceStatus.ACTIVE, old)
    if actor.role not in (Role.COORDINATOR, Role.SYSTEM):
        statement = statement.where(service.c.organization_id == actor.organization_id)
    return statement
