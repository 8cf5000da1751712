"""Links by which partners confirm their listings, and the mails that they are in."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from referral_hub.actors import Role
from referral_hub.partners.confirmation_link import ConfirmationLink
from referral_hub.partners.model import ServiceStatus
from referral_hub.storage import rows
from referral_hub.storage.tables.accounts import account
from referral_hub.storage.tables.directory import service
from referral_hub.storage.tables.provenance import confirmation_link as table

_PARTNERS = (Role.PARTNER_LEAD, Role.PARTNER_STAFF)


class ConfirmationLinkStore:
    """A link is found by the hash of its token: whoever holds the token may know it."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def by_hash(self, link_hash: str, *, hold: bool = False) -> ConfirmationLink | None:
        """The link of a token; `hold` makes others who hold it wait for this transaction."""
        statement = sa.select(table).where(table.c.link_hash == link_hash)
        row = self._connection.execute(statement.with_for_update() if hold else statement).one_or_none()
        return None if row is None else rows.from_row(ConfirmationLink, row)

    def save(self, link: ConfirmationLink) -> ConfirmationLink:
        """Insert or replace."""
        rows.upsert(self._connection, table, [link])
        return link

    def note_try(self, link: ConfirmationLink) -> ConfirmationLink:
        """Store how a try to mail it went; whether it was switched off or used meanwhile is left as it is."""
        names = ("link_hash", "tries", "due_at", "sent_at", "dead_at", "last_error")
        values = {name: getattr(link, name) for name in names}
        self._connection.execute(sa.update(table).where(table.c.id == link.id).values(values))
        return link

    def waiting(self, now: datetime, limit: int = 50) -> list[ConfirmationLink]:
        """Mails that are due and not yet handed over, oldest first."""
        c = table.c
        statement = sa.select(table).where(c.sent_at.is_(None), c.dead_at.is_(None), c.revoked_at.is_(None), c.due_at <= now)
        return [rows.from_row(ConfirmationLink, row) for row in self._connection.execute(statement.order_by(c.due_at, c.id).limit(limit))]

    def asked_at(self, organization_id: UUID) -> datetime | None:
        """When an organization was asked last."""
        asked: datetime | None = self._connection.execute(
            sa.select(sa.func.max(table.c.created_at, type_=table.c.created_at.type)).where(table.c.organization_id == organization_id)
        ).scalar_one()
        return asked

    def organizations_to_ask(self, assured_before: date, asked_before: datetime, limit: int) -> list[UUID]:
        """Those with people who sign in, an active service that nobody confirmed since a day, and no mail since a moment."""
        people = sa.select(account.c.organization_id).where(account.c.role.in_(_PARTNERS), account.c.disabled_at.is_(None))
        asked = sa.select(table.c.organization_id).where(table.c.created_at >= asked_before)
        old = sa.or_(service.c.assured_date.is_(None), service.c.assured_date < assured_before)
        statement = (
            sa.select(service.c.organization_id)
            .where(service.c.organization_id.in_(people), service.c.status == ServiceStatus.ACTIVE, old)
            .where(service.c.organization_id.not_in(asked))
            .distinct()
            .order_by(service.c.organization_id)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def revoke(self, organization_id: UUID, now: datetime) -> int:
        """Switch off every open link of an organization; how many."""
        c = table.c
        statement = sa.update(table).where(c.organization_id == organization_id, c.revoked_at.is_(None), c.expires_at > now)
        return self._connection.execute(statement.values(revoked_at=now)).rowcount
