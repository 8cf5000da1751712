"""The background round: run the clocks, queue reminders, hand over what waits (at least once)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from babel.dates import format_date
from msgspec import Struct
from msgspec.structs import replace

from referral_hub.actors import SYSTEM, Role
from referral_hub.adapters.senders import mailer_of, texts_of
from referral_hub.partners import confirmation_link
from referral_hub.partners.confirmation_link import ConfirmationLink
from referral_hub.partners.inviting import queue_questions
from referral_hub.permissions import require
from referral_hub.ports import DeliveryFailed, Mail, Mailer, Text, TextMessages
from referral_hub.referrals import clocks, notices
from referral_hub.referrals.model import Delivery, Party, Referral
from referral_hub.referrals.outcome import is_disputed, need_status_of
from referral_hub.referrals.recipients import owner_addresses, requester_addresses
from referral_hub.referrals.steps import save_step
from referral_hub.storage.referrals import PlaceNames
from referral_hub.unit_of_work import Hub, Work

MOST_TRIES = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
_REMINDERS = UUID("5b0f8f0c-7a57-5d0e-9a44-6f2f6c2f3c11")
"""Namespace of reminder ids: the same reminder has the same id, so it is queued once."""


_QUESTIONS = UUID("f1a0d7f2-6f0e-5f0c-9a53-0c1f5c0f9b6e")
"""Namespace of the ids of mails that ask partners."""


class DeliveryReport(Struct, frozen=True, kw_only=True):
    """What one round did."""

    moved: int
    """Referrals that a clock expired or closed."""
    reminded: int
    sent: int
    failed: int
    dead: int

    def sentence(self) -> str:
        """For the terminal."""
        mail = f"{self.sent} sent, {self.failed} to try again, {self.dead} given up"
        return f"{mail}; {self.moved} moved by their clock, {self.reminded} reminders."


def deliver_once(
    hub: Hub, mailer: Mailer | None = None, texts: TextMessages | None = None, *, asks_partners: bool = True
) -> DeliveryReport:
    """One round. A message that was handed over but not yet noted when the machine stops is sent again with its id.

    With `asks_partners` it also looks which partners are to be asked whether their listings are right.

    Raises:
        BadSettings: the mail or text setting names nothing that can be used.
    """
    mailer = mailer or mailer_of(hub.settings)
    texts = texts or texts_of(hub.settings)
    with hub.begin(SYSTEM) as work:
        moved = expire_due(work)
        reminded = remind_due(work)
        if asks_partners:
            queue_questions(work)
    with hub.read(SYSTEM) as work:
        waiting = work.referrals.waiting(work.now)
        links = work.confirmation_links.waiting(work.now)
    tried: list[Delivery | ConfirmationLink] = [_deliver(hub, delivery, mailer, texts) for delivery in waiting]
    tried += [_ask(hub, link, mailer) for link in links]
    return DeliveryReport(
        moved=moved,
        reminded=reminded,
        sent=sum(one.sent_at is not None for one in tried),
        failed=sum(one.sent_at is None and one.dead_at is None for one in tried),
        dead=sum(one.dead_at is not None for one in tried),
    )


def _deliver(hub: Hub, delivery: Delivery, mailer: Mailer, texts: TextMessages) -> Delivery:
    """Hand one message over outside of any transaction, then note how it went."""
    subject, body = notices.write_mail(delivery.kind, f"{hub.settings.base_url.rstrip('/')}/referrals/{delivery.referral_id}")
    try:
        if delivery.channel == "text":
            texts.send(Text(delivery.id, delivery.recipient, f"{subject}. Sign in to see it."))
        else:
            mailer.send(Mail(delivery.id, delivery.recipient, subject, body))
    except DeliveryFailed as fault:
        after = _after_failure(delivery, hub.now(), str(fault))
    else:
        after = replace(delivery, tries=delivery.tries + 1, sent_at=hub.now(), last_error=None)
    with hub.begin(SYSTEM) as work:
        return work.referrals.save_delivery(after)


def _ask(hub: Hub, link: ConfirmationLink, mailer: Mailer) -> ConfirmationLink:
    """Mail one link. Its token is made now and kept nowhere; a mail that is tried again has a new one."""
    token = confirmation_link.mint_token()
    tried = replace(link, link_hash=confirmation_link.hash_token(token), tries=link.tries + 1)
    with hub.begin(SYSTEM) as work:
        work.confirmation_links.note_try(tried)
    until = format_date(link.expires_at.date(), format="long", locale="en_US")
    body = confirmation_link.write_mail(f"{hub.settings.base_url.rstrip('/')}/c/{token}", until)
    try:
        # Another id for each try: the one before has a token that opens nothing any more.
        mailer.send(Mail(uuid5(_QUESTIONS, f"{link.id} {tried.tries}"), link.recipient, confirmation_link.SUBJECT, body))
    except DeliveryFailed as fault:
        dead = tried.tries >= MOST_TRIES
        after = replace(
            tried,
            last_error=str(fault),
            dead_at=hub.now() if dead else None,
            due_at=link.due_at if dead else hub.now() + _wait_after(tried.tries),
        )
    else:
        after = replace(tried, sent_at=hub.now(), last_error=None)
    with hub.begin(SYSTEM) as work:
        return work.confirmation_links.note_try(after)


def _wait_after(tries: int) -> timedelta:
    doubled: timedelta = FIRST_WAIT * 2 ** (tries - 1)
    return min(doubled, LONGEST_WAIT)


def _after_failure(delivery: Delivery, now: datetime, why: str) -> Delivery:
    tries = delivery.tries + 1
    if tries >= MOST_TRIES:
        return replace(delivery, tries=tries, dead_at=now, last_error=why)
    return replace(delivery, tries=tries, due_at=now + _wait_after(tries), last_error=why)


def expire_due(work: Work) -> int:
    """Run the clocks that end by themselves: unanswered referrals expire, reviewed ones close. How many moved."""
    actor = require(work.actor, "clock:run")
    moved = 0
    for referral in work.referrals.to_expire(work.now):
        save_step(work, actor, referral, "expire", {"clock": "ACKNOWLEDGE"})
        moved += 1
    for referral in work.referrals.to_close(work.now):
        if not is_disputed(referral.outcome):
            status = need_status_of(referral.outcome)
            save_step(work, actor, referral, "close", {"need_status": status, "next_step": "Closed by itself: nobody objected in time."})
            moved += 1
    return moved


def remind_due(work: Work) -> int:
    """Queue what the running clocks owe: half way, when due, and after the grace to lead and coordinator; each once."""
    referrals = [one for one in work.referrals.running() if one.due_at]
    stages = [(one, stage) for one in referrals for stage in _stages(one, work.now)]
    if not stages:
        return 0
    places = work.referrals.places({one.service_at_location_id for one, _ in stages})
    events = work.referrals.last_events([one.id for one, _ in stages])
    due = [
        _reminder(one, stage, address, events[one.id], work.now)
        for one, stage in stages
        for address in dict.fromkeys(_addresses(work, one, stage, places[one.service_at_location_id]))
    ]
    return work.referrals.add_missing(due)


def _stages(referral: Referral, now: datetime) -> list[str]:
    """Which reminders are owed now; a state's `half` is left out once it is due."""
    if referral.due_at is None:
        return []
    if now < referral.due_at:
        return ["half"] if now >= clocks.half_way(referral.state_since, referral.due_at) else []
    grace = clocks.CLOCKS[referral.clock].grace_days if referral.clock in clocks.CLOCKS else 0
    late = grace > 0 and now >= clocks.due_after(grace, referral.due_at, "America/New_York")
    return ["due", "late"] if late else ["due"]


def _addresses(work: Work, referral: Referral, stage: str, place: PlaceNames) -> list[str]:
    if referral.whose_move is not Party.OWNER:
        return requester_addresses(work, referral)
    if stage == "late":
        return [*owner_addresses(work, place, [Role.PARTNER_LEAD]), *(one.email for one in work.referrals.coordinators())]
    return owner_addresses(work, place)


def _reminder(referral: Referral, stage: str, address: str, event_id: UUID, now: datetime) -> Delivery:
    name = f"{referral.id} {referral.clock} {referral.due_at} {stage} {address}"
    return Delivery(
        id=uuid5(_REMINDERS, name),
        event_id=event_id,
        referral_id=referral.id,
        channel="mail",
        recipient=address,
        kind="late" if stage == "late" else "reminder",
        due_at=now,
    )
