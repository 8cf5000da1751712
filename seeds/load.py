"""Load the sample network and its story through the actions, in one transaction.

Everything that a person did in the story is done here by the same action that the portal calls, by the
same person, at its own time: so the sample cannot hold what the hub would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from referral_hub import sign_in
from referral_hub.actors import Actor, Channel, Role
from referral_hub.care import actions as care
from referral_hub.care.model import OpenNeed, RecordConsent, RegisterPatient
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.suggestions import suggest_rules
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.report import Reading
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.room import set_capacity
from referral_hub.referrals import actions as referrals
from referral_hub.referrals.deliver import expire_due
from referral_hub.referrals.model import Referral
from referral_hub.referrals.views import ReferralView
from referral_hub.unit_of_work import Hub, Work
from seeds.story import NETWORK, WRITTEN_FOR, Calendar, SampleNeed, SamplePatient, SampleRoom, SampleStep, read_sample

NETWORK_NAME = "sample"
"""Source of every record of the sample directory."""
LOADER = Actor(account_id=None, organization_id=None, role=Role.SYSTEM, name="Sample network", channel=Channel.SAMPLE)
SAMPLE_SIGN_INS: tuple[str, ...] = tuple(account.email for account in read_sample().accounts)
"""Mail addresses of everybody in the sample who signs in."""
NIGHT = "03:00"
SETTLED_AFTER = timedelta(days=1)
"""Messages of the story that are older than this count as sent: a demo does not begin with a flood."""
_PATIENT_FIELDS = frozenset(RegisterPatient.__struct_fields__)


class Happening(Struct, frozen=True):
    """One thing that happened, and when; `order` keeps what was written first in front."""

    at: datetime
    order: int
    do: Callable[[], None]


class Standing(Struct, frozen=True):
    """A referral as its last step left it."""

    id: UUID
    version: int


class _Story(Struct):
    """What the telling has made so far."""

    work: Work
    calendar: Calendar
    actors: dict[str, Actor]
    patients: dict[str, UUID] = field(default_factory=dict)
    needs: dict[tuple[str, str], UUID] = field(default_factory=dict)
    referrals: dict[int, Standing] = field(default_factory=dict)
    """By place in the file."""


def load_sample(hub: Hub, passwords: Mapping[str, str], tell: Callable[[str], None] | None = None) -> None:
    """Fill an empty hub with the sample network; a hub that holds it already stays as it is.

    `passwords` are by mail address (SAMPLE_SIGN_INS); who has none gets one that nobody knows. All or
    nothing: a fault in the sample is raised and leaves the hub as it was.
    """
    say = tell or (lambda _line: None)
    with hub.begin(LOADER) as work:
        if work.directory.count_source_records(NETWORK_NAME):
            return
        calendar = Calendar(work.now)
        say("Loading the sample network ...")
        import_directory(work, read_network(calendar), check_rule=parse_rule)
        suggest_rules(work)
        story = _Story(work=work, calendar=calendar, actors=_add_people(work, passwords))
        say("Telling what happened to forty patients ...")
        for happening in sorted(_happenings(story), key=lambda one: (one.at, one.order)):
            happening.do()
        _settle_messages(work)


def read_network(calendar: Calendar) -> Reading:
    """The directory of the sample, its ages moved along to today: assured three days ago stays three days ago."""
    reading = read_source(NETWORK, "hsds-json", NETWORK_NAME, calendar.today)
    shift = calendar.today - WRITTEN_FOR
    rows = reading.rows
    rows.service[:] = [
        replace(
            one,
            assured_date=one.assured_date and one.assured_date + shift,
            last_modified=one.last_modified and min(one.last_modified + shift, calendar.now),
        )
        for one in rows.service
    ]
    rows.service_capacity[:] = [
        replace(one, updated=min(one.updated + shift, calendar.now), until=one.until and one.until + shift) for one in rows.service_capacity
    ]
    return reading


def _add_people(work: Work, passwords: Mapping[str, str]) -> dict[str, Actor]:
    actors = {}
    for one in read_sample().accounts:
        made = sign_in.add_account(work, one.email, one.role, one.organization, name=one.name, password=passwords.get(one.email))
        actors[one.email] = Actor(
            account_id=made.account.id, organization_id=one.organization, role=one.role, name=one.name, channel=Channel.SAMPLE
        )
    return actors


def _happenings(story: _Story) -> list[Happening]:
    """Everything that happened, as steps that are still to be taken."""
    sample = read_sample()
    told: list[Happening] = []

    def add(days_ago: int, at: str, do: Callable[[datetime], None]) -> None:
        moment = story.calendar.moment(days_ago, at)
        told.append(Happening(moment, len(told), partial(do, moment)))

    for patient in sample.patients:
        add(patient.days_ago, patient.at, partial(_register, story, patient))
        for need in patient.needs:
            add(need.days_ago, patient.at, partial(_open_need, story, patient, need))
    for place, referral in enumerate(sample.referrals):
        for step in referral.steps:
            add(step.days_ago, step.at, partial(_take_step, story, place, step))
    for days_ago in sample.clock_days_ago:
        add(days_ago, NIGHT, partial(_run_clocks, story))
    for room in sample.room:
        add(room.days_ago, room.at, partial(_say_room, story, room))
    for patient in sample.patients:
        if patient.consent.revoked is not None:
            add(patient.consent.revoked.days_ago, patient.consent.revoked.at, partial(_revoke, story, patient))
    return told


def _register(story: _Story, patient: SamplePatient, now: datetime) -> None:
    work = story.work.acting_as(story.actors[patient.by], now)
    details = {name: getattr(patient, name) for name in patient.__struct_fields__ if name in _PATIENT_FIELDS}
    registered = care.register_patient(work, RegisterPatient(**details))
    story.patients[patient.key] = registered.id
    consent = RecordConsent(categories=patient.consent.categories, how_given=patient.consent.how_given)
    care.record_consent(work, registered.id, consent)


def _open_need(story: _Story, patient: SamplePatient, need: SampleNeed, now: datetime) -> None:
    work = story.work.acting_as(story.actors[patient.by], now)
    opened = care.open_need(work, story.patients[patient.key], OpenNeed(term=need.term, note=need.note))
    story.needs[patient.key, need.term] = opened.id


def _take_step(story: _Story, place: int, step: SampleStep, now: datetime) -> None:
    referral = read_sample().referrals[place]
    work = story.work.acting_as(story.actors[step.by], now)
    made: Referral | ReferralView
    if step.action == "create":
        need = story.needs[referral.patient, referral.need]
        made = referrals.create_referral(
            work, need, referral.listing, referral.urgency, referral.note, referral.override_reason, send=step.send
        )
    else:
        before = story.referrals[place]
        if step.action == "viewed":
            made = referrals.record_view(work, before.id)
        else:
            made = referrals.move_referral(work, before.id, step.action, before.version, story.calendar.resolve(step.carries))
    story.referrals[place] = Standing(made.id, made.version)


def _run_clocks(story: _Story, now: datetime) -> None:
    expire_due(story.work.acting_as(LOADER, now))


def _say_room(story: _Story, room: SampleRoom, now: datetime) -> None:
    work = story.work.acting_as(story.actors[room.by], now)
    set_capacity(work, room.listing, available=room.available, maximum=room.maximum, unit=room.unit)


def _revoke(story: _Story, patient: SamplePatient, now: datetime) -> None:
    work = story.work.acting_as(story.actors[patient.by], now)
    reason = patient.consent.revoked.reason if patient.consent.revoked else None
    for consent in care.list_consents(work, story.patients[patient.key]):
        care.revoke_consent(work, consent.id, reason)


def _settle_messages(work: Work) -> None:
    until = work.now - SETTLED_AFTER
    while waiting := work.referrals.waiting(until):
        for delivery in waiting:
            work.referrals.save_delivery(replace(delivery, sent_at=delivery.due_at))
