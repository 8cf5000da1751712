"""Asking partners whether their listings are right: who is asked when, and what the holder of a mailed link may do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.actors import Actor, Channel, Role
from referral_hub.errors import Conflict, FieldError, Invalid
from referral_hub.ids import new_id
from referral_hub.partners.confirmation_link import QUARTER, VALID_DAYS, ConfirmationLink, hash_token, is_open
from referral_hub.partners.confirming import Confirmed, confirm_services
from referral_hub.partners.correcting import report_listing
from referral_hub.partners.correction import Correction
from referral_hub.partners.freshness import FRESH_DAYS
from referral_hub.partners.listing import Listing, ListingDetails, Named
from referral_hub.partners.model import Organization, ServiceStatus
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

MOST_AT_ONCE = 25
"""Organizations that one round asks: a large import is not followed by a flood."""
MOST_RECIPIENTS = 3


class AskedListing(Struct, frozen=True, kw_only=True):
    """One service at one place as patients read it, and what is said to be wrong of its service."""

    listing: Listing
    details: ListingDetails
    corrections: list[Correction]


class AskedPage(Struct, frozen=True, kw_only=True):
    """What the holder of a link sees: the listings of one organization, nothing else of it."""

    organization: Named
    timezone: str
    listings: list[AskedListing]


def queue_questions(work: Work) -> int:
    """Queue a mail to the people of each partner whose listings nobody confirmed for 90 days; how many mails.

    An organization is asked once a quarter. Who has no account here is asked only when a coordinator says so.
    """
    require(work.actor, "clock:run")
    day, asked = work.now.date() - timedelta(days=FRESH_DAYS), work.now - QUARTER
    found = work.confirmation_links.organizations_to_ask(day, asked, MOST_AT_ONCE)
    return sum(len(_queue(work, organization_id)) for organization_id in found)


def ask_partner(work: Work, organization_id: UUID) -> int:
    """Ask one partner now, by its people's addresses, else by the one in the directory; how many mails are queued.

    Raises:
        NotFound: there is no such organization.
        Conflict: it was asked within a quarter, or no address is known.
    """
    require(work.actor, "directory:write")
    organization = work.directory.organization(organization_id)
    last = work.confirmation_links.asked_at(organization_id)
    if last is not None and last > work.now - QUARTER:
        raise Conflict("This partner was asked within the last three months. Call instead.")
    queued = _queue(work, organization.id)
    if not queued:
        raise Conflict("No address is known for this partner. Call instead.")
    return len(queued)


def revoke_links(work: Work, organization_id: UUID) -> int:
    """Switch off every open link of an organization; how many there were. Raises NotFound for an unknown id."""
    require(work.actor, "directory:write")
    return work.confirmation_links.revoke(work.directory.organization(organization_id).id, work.now)


def open_link(work: Work, token: str) -> AskedPage | None:
    """What the holder of a link may see; None where it opens nothing, whatever the cause. Changes nothing."""
    link = _link(work, token)
    organization = None if link is None else work.directory.records("organization", [link.organization_id]).get(link.organization_id)
    return None if organization is None else _page(work, organization)


def confirm_by_link(work: Work, token: str, service_ids: Collection[UUID]) -> Confirmed | None:
    """Say that these services are right; None where the link opens nothing.

    What was said to be wrong of them stood on the page: whoever says that all is right has answered it.

    Raises:
        NotFound: one of them is not there, or another organization's.
    """
    link = _link(work, token, hold=True)
    if link is None:
        return None
    confirmed = confirm_services(_as_holder(work, link), service_ids, settles=True)
    _count_use(work, link)
    return confirmed


def report_by_link(work: Work, token: str, listing_id: UUID, words: str) -> list[Correction] | None:
    """Say what is wrong of a listing of one's own; None where the link opens nothing.

    Raises:
        NotFound: there is no such listing, or it is another organization's.
        Invalid: nothing was said, or too much.
    """
    link = _link(work, token, hold=True)
    if link is None:
        return None
    holder = _as_holder(work, link)
    work.directory.service_at_location_for(_actor(link), listing_id)
    if not words.strip():
        raise Invalid("Some answers need another look.", errors=(FieldError("words", "Say what is wrong."),))
    said = report_listing(holder, listing_id, "other", words)
    _count_use(work, link)
    return said


def _queue(work: Work, organization_id: UUID) -> list[ConfirmationLink]:
    return [
        work.confirmation_links.save(
            ConfirmationLink(
                id=new_id(),
                organization_id=organization_id,
                recipient=address,
                account_id=account_id,
                created_at=work.now,
                due_at=work.now,
                expires_at=work.now + timedelta(days=VALID_DAYS),
            )
        )
        for address, account_id in _recipients(work, organization_id)
    ]


def _recipients(work: Work, organization_id: UUID) -> list[tuple[str, UUID | None]]:
    """The leads, else the staff, else the first address that the directory has of the organization or its services."""
    for role in (Role.PARTNER_LEAD, Role.PARTNER_STAFF):
        people = work.accounts.accounts_of(organization_id, [role])
        if people:
            return [(one.email, one.id) for one in people[:MOST_RECIPIENTS]]
    rows = work.directory.organization_rows(organization_id)
    active = [one for one in rows.service if one.status is ServiceStatus.ACTIVE]
    addresses = [*(one.email for one in rows.organization), *(one.email for one in active), *(one.email for one in rows.contact)]
    listed = [address for address in addresses if address and "@" in address]
    return [(listed[0], None)] if active and listed else []


def _link(work: Work, token: str, *, hold: bool = False) -> ConfirmationLink | None:
    link = work.confirmation_links.by_hash(hash_token(token), hold=hold)
    if link is None or not is_open(link, work.now):
        return None
    account = work.accounts.account(link.account_id) if link.account_id else None
    has_left = link.account_id is not None and (
        account is None or account.disabled_at is not None or account.organization_id != link.organization_id
    )
    return None if has_left else link


def _actor(link: ConfirmationLink) -> Actor:
    return Actor(
        account_id=link.account_id,
        organization_id=link.organization_id,
        role=Role.PARTNER_STAFF,
        name="Partner, by mail",
        channel=Channel.MAIL,
    )


def _as_holder(work: Work, link: ConfirmationLink) -> Work:
    """The same transaction for the holder, who may what the partner's staff may with its own listings."""
    return work.acting_as(_actor(link), work.now)


def _count_use(work: Work, link: ConfirmationLink) -> None:
    work.confirmation_links.save(msgspec.structs.replace(link, uses=link.uses + 1, used_at=work.now))


def _page(work: Work, organization: Organization) -> AskedPage:
    rows = work.directory.organization_rows(organization.id)
    found = work.listings.some([one.id for one in rows.service_at_location])
    active = sorted((one for one in found.values() if one.active), key=lambda one: (one.service.name, one.location.name, one.id))
    details = work.listings.details([one.id for one in active])
    said = work.corrections.open_of_services({one.service.id for one in active})
    return AskedPage(
        organization=Named(organization.id, organization.name),
        timezone=organization.timezone,
        listings=[
            AskedListing(
                listing=one, details=details[one.id], corrections=[each for each in said if each.service_id == one.service.id]
            )
            for one in active
        ],
    )
