"""Where the messages about a referral go: the addresses of its two sides, and what is queued for them after a step."""

from __future__ import annotations

from collections.abc import Sequence

from referral_hub.actors import Role
from referral_hub.ids import new_id
from referral_hub.referrals import notices
from referral_hub.referrals.model import Delivery, Event, Party, Referral
from referral_hub.storage.referrals import PlaceNames
from referral_hub.unit_of_work import Work


def requester_addresses(work: Work, referral: Referral) -> list[str]:
    """The care manager who sent it; when that account is gone, all of the organization's."""
    people = work.referrals.people_of(referral.requester_id, [Role.CARE_MANAGER])
    return [one.email for one in people if one.id == referral.created_by] or [one.email for one in people]


def owner_addresses(work: Work, place: PlaceNames, roles: Sequence[Role] = (Role.PARTNER_STAFF, Role.PARTNER_LEAD)) -> list[str]:
    """The partner's people; without accounts, the address in the directory."""
    people = [one.email for one in work.referrals.people_of(place.organization_id, roles)]
    listed = next((one for one in (place.service_email, place.organization_email) if one), None)
    return people or ([listed] if listed else [])


def make_deliveries(work: Work, after: Referral, event: Event, party: Party, place: PlaceNames) -> list[Delivery]:
    """What is queued for an event: a message to each address of those who are told of it."""
    told = notices.who_is_told(event.action, party, was_sent=after.sent_at is not None)
    addresses = [
        one for to in told for one in (requester_addresses(work, after) if to is Party.REQUESTER else owner_addresses(work, place))
    ]
    kind = notices.kind_of(event.action)
    return [
        Delivery(id=new_id(), event_id=event.id, referral_id=after.id, channel="mail", recipient=address, kind=kind, due_at=work.now)
        for address in dict.fromkeys(addresses)
    ]
