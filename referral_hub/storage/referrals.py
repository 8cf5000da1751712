"""Referrals, their events and deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.actors import Actor, Role
from referral_hub.care.model import LetterCode, Need, NeedStatus
from referral_hub.errors import NotFound
from referral_hub.partners.model import ServiceStatus
from referral_hub.referrals.model import Delivery, Event, Referral, State
from referral_hub.storage import rows
from referral_hub.storage.tables import accounts, care, directory
from referral_hub.storage.tables import referrals as tables

S = TypeVar("S", bound=msgspec.Struct)
CARE_ROLES = frozenset({Role.CARE_MANAGER, Role.CARE_VIEWER})
PARTNER_ROLES = frozenset({Role.PARTNER_STAFF, Role.PARTNER_LEAD})
BATCH = 200


class PlaceNames(msgspec.Struct, frozen=True, kw_only=True):
    """What a referral says of the service that it goes to."""

    id: UUID
    """service_at_location."""
    service_id: UUID
    service: str
    location_id: UUID
    location: str
    organization_id: UUID
    organization: str
    timezone: str
    is_open: bool
    """Active and referrable."""
    service_email: str | None = None
    organization_email: str | None = None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An account as others see it."""

    id: UUID
    name: str
    email: str
    role: Role
    organization_id: UUID


class ReferralPage(msgspec.Struct, frozen=True, kw_only=True):
    referrals: list[Referral]
    total: int


class ReferralStore:
    """Referrals, their events and deliveries; every fetcher takes the asker first.

    The requester's care people see its referrals, the owner's partner people those that were sent to
    them, a coordinator and the system all. Anybody else gets the same NotFound as for no such id.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get_for(self, actor: Actor, referral_id: UUID) -> Referral:
        """A referral that the asker's organization is a party of; raises NotFound for anybody else's."""
        row = self._connection.execute(sa.select(tables.referral).where(tables.referral.c.id == referral_id, _mine(actor))).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(Referral, row)

    def of_letter(self, code: LetterCode) -> Referral:
        """The referral that a letter was written for; the code, once found, is what lets its holder in."""
        c = tables.referral.c
        statement = sa.select(tables.referral).where(c.id == code.referral_id, c.patient_id == code.patient_id)
        return rows.from_row(Referral, self._connection.execute(statement).one())

    def list_for(
        self,
        actor: Actor,
        *,
        now: datetime,
        states: Sequence[State] = (),
        owner_id: UUID | None = None,
        requester_id: UUID | None = None,
        patient_id: UUID | None = None,
        need_id: UUID | None = None,
        overdue: bool | None = None,
        page: int = 1,
        per_page: int = 25,
    ) -> ReferralPage:
        """A page (from 1) of the asker's referrals, the latest change first."""
        c = tables.referral.c
        conditions = [_mine(actor)]
        conditions += [c.state.in_(states)] if states else []
        given = ((c.owner_id, owner_id), (c.requester_id, requester_id), (c.patient_id, patient_id), (c.need_id, need_id))
        conditions += [column == value for column, value in given if value is not None]
        late = sa.and_(c.whose_move.is_not(None), c.due_at < now)
        conditions += [] if overdue is None else [late if overdue else sa.not_(sa.func.coalesce(late, sa.false()))]
        total = self._connection.execute(sa.select(sa.func.count()).select_from(tables.referral).where(*conditions)).scalar_one()
        statement = sa.select(tables.referral).where(*conditions).order_by(c.updated_at.desc(), c.id.desc())
        return ReferralPage(referrals=self._many(Referral, statement.limit(per_page).offset((page - 1) * per_page)), total=total)

    def open_for(self, actor: Actor) -> list[Referral]:
        """Everything of the asker's that is not closed, and what was closed but got another witness since."""
        c = tables.referral.c
        moved = sa.and_(c.state == State.CLOSED, c.updated_at > c.closed_at)
        is_live = sa.or_(c.state.not_in((State.CLOSED, State.ENTERED_IN_ERROR)), moved)
        return self._many(Referral, sa.select(tables.referral).where(_mine(actor), is_live))

    def of_need(self, actor: Actor, need_id: UUID) -> list[Referral]:
        """The asker's referrals for one need."""
        return self._many(Referral, sa.select(tables.referral).where(_mine(actor), tables.referral.c.need_id == need_id))

    def ids_of_patient(self, actor: Actor, patient_id: UUID) -> list[UUID]:
        """Every referral of the asker's about one patient."""
        statement = sa.select(tables.referral.c.id).where(_mine(actor), tables.referral.c.patient_id == patient_id)
        return list(self._connection.execute(statement).scalars())

    def children_of(self, referral_ids: Sequence[UUID]) -> dict[UUID, Referral]:
        """What each of these (fetched for the asker before) was forwarded to, by the parent's id."""
        statement = sa.select(tables.referral).where(tables.referral.c.parent_id.in_(referral_ids)).order_by(tables.referral.c.id)
        return {child.parent_id: child for child in self._many(Referral, statement) if child.parent_id}

    def to_expire(self, now: datetime) -> list[Referral]:
        """Unanswered referrals whose hard stop has passed while the partner had the move (the system's clock)."""
        c = tables.referral.c
        return self._many(Referral, sa.select(tables.referral).where(c.state == State.SENT, c.whose_move == "owner", c.hard_stop_at <= now))

    def to_close(self, now: datetime) -> list[Referral]:
        """Served referrals whose review time has passed (the system's clock)."""
        c = tables.referral.c
        return self._many(Referral, sa.select(tables.referral).where(c.state == State.SERVED, c.clock == "REVIEW", c.due_at <= now))

    def running(self) -> list[Referral]:
        """Sent referrals with a running clock, for reminders (the system's clock)."""
        c = tables.referral.c
        return self._many(
            Referral, sa.select(tables.referral).where(c.sent_at.is_not(None), c.whose_move.is_not(None), c.due_at.is_not(None))
        )

    def needs_waiting(self, actor: Actor, since: datetime) -> list[Need]:
        """The asker's open needs made before `since` for which nothing was ever sent."""
        sent = sa.select(tables.referral.c.need_id).where(tables.referral.c.sent_at.is_not(None))
        statement = sa.select(care.need).where(
            care.need.c.organization_id == actor.organization_id,
            care.need.c.status == NeedStatus.OPEN,
            care.need.c.created_at <= since,
            care.need.c.id.not_in(sent),
        )
        return self._many(Need, statement.order_by(care.need.c.created_at, care.need.c.id))

    # Writing

    def add(self, referral: Referral, event: Event, deliveries: Iterable[Delivery] = ()) -> Referral:
        """Store a new referral with its first event."""
        rows.insert(self._connection, tables.referral, [referral])
        self._add_event(event, deliveries)
        return referral

    def save(self, referral: Referral, event: Event, deliveries: Iterable[Delivery] = ()) -> Referral | None:
        """Store the next version with its event; None when somebody else stored one first (nothing is changed)."""
        c = tables.referral.c
        statement = sa.update(tables.referral).where(
            c.id == referral.id, c.requester_id == referral.requester_id, c.version == referral.version - 1
        )
        if self._connection.execute(statement.values(rows.to_row(referral))).rowcount == 0:
            return None
        self._add_event(event, deliveries)
        return referral

    def _add_event(self, event: Event, deliveries: Iterable[Delivery]) -> None:
        rows.insert(self._connection, tables.event, [event])
        rows.insert(self._connection, tables.delivery, list(deliveries))

    # Events

    def events_for(self, actor: Actor, referral_id: UUID) -> list[Event]:
        """The events of a referral in order; raises NotFound for who is no party."""
        self.get_for(actor, referral_id)
        return self._many(Event, sa.select(tables.event).where(tables.event.c.referral_id == referral_id).order_by(tables.event.c.version))

    # Deliveries

    def waiting(self, now: datetime, limit: int = 100) -> list[Delivery]:
        """Messages that are due and not yet sent, oldest first."""
        c = tables.delivery.c
        statement = sa.select(tables.delivery).where(c.sent_at.is_(None), c.dead_at.is_(None), c.due_at <= now)
        return self._many(Delivery, statement.order_by(c.due_at, c.id).limit(limit))

    def save_delivery(self, delivery: Delivery) -> Delivery:
        """Store how a try went."""
        self._connection.execute(sa.update(tables.delivery).where(tables.delivery.c.id == delivery.id).values(rows.to_row(delivery)))
        return delivery

    def add_missing(self, deliveries: Sequence[Delivery]) -> int:
        """Store those whose id is new (a reminder's id says which reminder it is); how many were new."""
        known: set[UUID] = set()
        ids = [delivery.id for delivery in deliveries]
        for start in range(0, len(ids), BATCH):
            part = sa.select(tables.delivery.c.id).where(tables.delivery.c.id.in_(ids[start : start + BATCH]))
            known |= set(self._connection.execute(part).scalars())
        new = [delivery for delivery in deliveries if delivery.id not in known]
        rows.insert(self._connection, tables.delivery, new)
        return len(new)

    def last_events(self, referral_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        """The id of each referral's newest event."""
        found: dict[UUID, UUID] = {}
        c = tables.event.c
        for start in range(0, len(referral_ids), BATCH):
            part = sa.select(c.referral_id, c.id).where(c.referral_id.in_(referral_ids[start : start + BATCH])).order_by(c.version)
            found |= {row.referral_id: row.id for row in self._connection.execute(part)}
        return found

    # Names

    def places(self, ids: Iterable[UUID]) -> dict[UUID, PlaceNames]:
        """Names of services at places (public directory); a confidential place has no name of its own."""
        d = directory
        hidden = sa.case((d.location.c.confidential, "Confidential location"), else_=sa.func.coalesce(d.location.c.name, ""))
        is_open = sa.and_(d.service.c.status == ServiceStatus.ACTIVE, d.service.c.referrable)
        statement = (
            sa.select(
                d.service_at_location.c.id,
                d.service.c.id.label("service_id"),
                d.service.c.name.label("service"),
                d.location.c.id.label("location_id"),
                hidden.label("location"),
                d.organization.c.id.label("organization_id"),
                d.organization.c.name.label("organization"),
                d.organization.c.timezone,
                is_open.label("is_open"),
                d.service.c.email.label("service_email"),
                d.organization.c.email.label("organization_email"),
            )
            .join(d.service, d.service.c.id == d.service_at_location.c.service_id)
            .join(d.location, d.location.c.id == d.service_at_location.c.location_id)
            .join(d.organization, d.organization.c.id == d.service.c.organization_id)
            .where(d.service_at_location.c.id.in_(list(ids)))
        )
        return {place.id: place for place in self._many(PlaceNames, statement)}

    def organization_names(self, ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
        """(name, time zone) of organizations."""
        c = directory.organization.c
        statement = sa.select(c.id, c.name, c.timezone).where(c.id.in_(list(ids)))
        return {row.id: (row.name, row.timezone) for row in self._connection.execute(statement)}

    def people(self, ids: Iterable[UUID]) -> dict[UUID, Person]:
        """Accounts by id, disabled ones too: they are part of the history."""
        return {one.id: one for one in self._many(Person, _people().where(accounts.account.c.id.in_(list(ids))))}

    def people_of(self, organization_id: UUID, roles: Iterable[Role]) -> list[Person]:
        """Who is told: the active accounts of an organization in these roles."""
        c = accounts.account.c
        return self._many(
            Person, _people().where(c.organization_id == organization_id, c.role.in_(list(roles)), c.disabled_at.is_(None)).order_by(c.id)
        )

    def coordinators(self) -> list[Person]:
        """Active coordinators of the network."""
        c = accounts.account.c
        return self._many(Person, _people().where(c.role == Role.COORDINATOR, c.disabled_at.is_(None)).order_by(c.id))

    # Rows

    def _many(self, kind: type[S], statement: sa.Select[Any]) -> list[S]:
        return [rows.from_row(kind, row) for row in self._connection.execute(statement)]


def _people() -> sa.Select[Any]:
    c = accounts.account.c
    return sa.select(c.id, c.name, c.email, c.role, c.organization_id)


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    """What the asker may see at all; how much of it is decided by state and consent."""
    c = tables.referral.c
    if actor.role in (Role.COORDINATOR, Role.SYSTEM):
        return sa.true()
    if actor.role in CARE_ROLES:
        return c.requester_id == actor.organization_id
    if actor.role in PARTNER_ROLES:
        return sa.and_(c.owner_id == actor.organization_id, c.sent_at.is_not(None))
    return sa.false()
