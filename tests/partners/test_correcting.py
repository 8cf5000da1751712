"""Corrections: what reasons and reports open, on which field, once; reopened, closed, and without a word about a patient."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from referral_hub.actors import Actor
from referral_hub.errors import Denied, Invalid, NotFound, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.matching.named_criterion import criterion_meant
from referral_hub.partners.actions import seal_location
from referral_hub.partners.correcting import close_correction, list_work, report_listing
from referral_hub.partners.correction import DECLINES, FAULTS, Correction, CorrectionState
from referral_hub.partners.model import DirectoryRows, ServiceStatus
from referral_hub.partners.provenance import is_held
from referral_hub.referrals.actions import create_referral, move_referral
from referral_hub.referrals.reasons import Consequence, reasons_for
from referral_hub.storage import rows
from referral_hub.storage.tables import provenance as tables
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, Place, assemble_cast

PERSONAL = "Omar Haddad is 58, born 1968, of Lantern Street"


def corrections(hub: Hub) -> list[Correction]:
    with hub.database.read() as connection:
        return [rows.from_row(Correction, row) for row in connection.execute(sa.select(tables.correction).order_by(tables.correction.c.id))]


def decline(hub: Hub, cast: Cast, reason: str, **given: str) -> UUID:
    """A referral to the pantry, declined by Pia; its id."""
    with hub.begin(cast.ana) as work:
        sent = create_referral(work, cast.need.id, cast.pantry.id, send=True)
    with hub.begin(cast.pia) as work:
        move_referral(work, sent.id, "decline", sent.version, {"side": "partner", "reason": reason, **given})
    return sent.id


OPENS: dict[str, list[tuple[str, str]]] = {
    "not_eligible": [("service", "rule")],
    "outside_service_area": [("service", "service_area")],
    "service_not_offered": [("service", "attribute")],
    "program_closed": [("service", "status")],
    "language_or_access": [("service", "language"), ("location", "accessibility")],
    "no_capacity": [],
    "funding_exhausted": [],
    "missing_document": [],
    "already_enrolled": [],
    "duplicate": [],
    "safety_or_conflict": [],
    "needs_assessment": [],
    "other": [],
}
CARRIES = {"not_eligible": {"rule": PERSONAL}, "missing_document": {"document": PERSONAL}, "other": {"text": PERSONAL}}


@pytest.mark.parametrize("reason", OPENS)
def test_a_reason_opens_corrections_on_its_fields_and_tells_nothing_of_the_patient(hub: Hub, cast: Cast, reason: str):
    referral = decline(hub, cast, reason, text=PERSONAL, **{name: value for name, value in CARRIES.get(reason, {}).items() if name != "text"})
    found = corrections(hub)
    ids = {"service": cast.pantry.service_id, "location": cast.pantry.location_id}
    assert [(one.kind, one.field, one.record_id) for one in found] == [(kind, field, ids[kind]) for kind, field in OPENS[reason]]
    for one in found:
        assert (one.said_by, one.referral_id, one.words, one.times) == ("partner", referral, None, 1)
        said = msgspec.json.encode(one).decode()
        assert not re.search(r"Omar|Haddad|\b58\b|\b1968\b|Lantern", said)


def test_every_reason_that_points_to_the_directory_is_in_the_table():
    pointing = {Consequence.CORRECT_RULE, Consequence.CORRECT_AREA, Consequence.CORRECT_TAXONOMY, Consequence.CORRECT_LISTING, Consequence.CLOSE_LISTING}
    assert {one.code for one in reasons_for("decline") if one.consequence in pointing} == set(DECLINES)
    assert {code for codes in DECLINES.values() for code in codes} <= set(FAULTS)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("too young", "ages 60 and over"),
        ("has to be 60 or older", "ages 60 and over"),
        ("age", "ages 60 and over"),
        ("not on SNAP any more", "enrolled in SNAP"),
        ("does not fit our rule", ""),
        ("age and SNAP", ""),
        ("", ""),
        (None, ""),
        (PERSONAL, ""),
    ],
)
def test_the_criterion_that_is_meant_is_told_in_our_own_words(said: str | None, meant: str):
    rule = {"type": "any", "of": [{"type": "age", "min": 60}, {"type": "enrolled", "any_of": ["snap"]}, {"type": "text", "text": "Omar"}]}
    assert criterion_meant(rule, said).lower() == meant.lower()


def test_said_again_it_is_counted_and_after_it_was_closed_it_is_open_again(hub_on_both: Hub):
    hub = hub_on_both
    cast = assemble_cast(hub)
    report(hub, cast.ana, cast.pantry, "hours", "Closed on Mondays.")
    report(hub, cast.pia, cast.pantry, "hours")
    (one,) = corrections(hub)
    assert (one.times, one.state, one.said_by, one.words) == (2, CorrectionState.OPEN, "partner", "Closed on Mondays.")
    close(hub, cast.lee, one.id, CorrectionState.DONE)
    (one,) = corrections(hub)
    assert (one.state, one.decided_by) == (CorrectionState.DONE, cast.lee.account_id)
    report(hub, cast.hana, cast.pantry, "hours")
    (one,) = corrections(hub)
    assert (one.times, one.state, one.said_by, one.decided_by) == (3, CorrectionState.OPEN, "care team", None)


def report(hub: Hub, actor: Actor | None, place: Place, code: str, words: str = "") -> None:
    with hub.begin(actor) as work:
        report_listing(work, place.id, code, words)


def close(hub: Hub, actor: Actor | None, correction_id: UUID, state: CorrectionState) -> None:
    with hub.begin(actor) as work:
        close_correction(work, correction_id, state)


def allows(refusal: type[Exception] | None) -> AbstractContextManager[object]:
    return nullcontext() if refusal is None else pytest.raises(refusal)


REPORTERS = {"ana": None, "ben": None, "hana": None, "pia": None, "lee": None, "zoe": None, "cora": None, "alma": Denied, "uma": Unauthenticated}
CLOSERS = {"ana": Denied, "ben": Denied, "hana": Denied, "pia": None, "lee": None, "zoe": NotFound, "cora": None, "alma": Denied, "uma": Unauthenticated}


@pytest.mark.parametrize("name", REPORTERS)
def test_who_reports_and_who_closes(hub: Hub, cast: Cast, name: str):
    actor = cast.everyone()[name]
    report(hub, cast.cora, cast.pantry, "phone")
    (one,) = corrections(hub)
    with allows(REPORTERS[name]):
        report(hub, actor, cast.kitchen, "cost")
    with allows(CLOSERS[name]):
        close(hub, actor, one.id, CorrectionState.DONE)


@pytest.mark.parametrize(("code", "words", "field"), [("nothing", "", "code"), ("other", "  ", "words"), ("hours", "x" * 501, "words")])
def test_a_report_that_says_nothing_is_refused(hub: Hub, cast: Cast, code: str, words: str, field: str):
    with pytest.raises(Invalid) as caught:
        report(hub, cast.ana, cast.pantry, code, words)
    assert [one.field for one in caught.value.errors] == [field]
    assert corrections(hub) == []
    with pytest.raises(NotFound), hub.begin(cast.ana) as work:
        report_listing(work, new_id(), "hours")


def test_what_misleads_most_people_comes_first_and_partners_see_their_own(hub: Hub, cast: Cast):
    report(hub, cast.ana, cast.shelter, "hours")
    report(hub, cast.ana, cast.pantry, "hours")
    report(hub, cast.ana, cast.kitchen, "hours")
    with hub.begin(cast.ana) as work:
        create_referral(work, cast.need.id, cast.kitchen.id, send=True)
    seen = {}
    for name in ("cora", "pia", "zoe"):
        with hub.read(cast.everyone()[name]) as work:
            found = list_work(work)
        seen[name] = [one.service.id for one in found.corrections]
        assert found.corrections_total == len(found.corrections)
    assert seen["cora"][0] == cast.kitchen.service_id
    assert set(seen["pia"]) == {cast.kitchen.service_id, cast.pantry.service_id}
    assert seen["zoe"] == [cast.shelter.service_id]


@pytest.mark.parametrize(("name", "said_by"), [("ana", "care team"), ("pia", "partner"), ("zoe", "another partner"), ("cora", "coordinator")])
def test_who_said_it_is_told_by_side_alone(hub: Hub, cast: Cast, name: str, said_by: str):
    report(hub, cast.everyone()[name], cast.pantry, "cost")
    assert [one.said_by for one in corrections(hub)] == [said_by]


DAYS = ((179, False), (180, False), (181, True), (None, True))


@pytest.mark.parametrize(("days", "is_stale"), DAYS)
def test_stale_is_what_nobody_confirmed_for_180_days(hub: Hub, cast: Cast, days: int | None, is_stale: bool):
    day = None if days is None else hub.now().date() - timedelta(days=days)
    with hub.begin(cast.cora) as work:
        service = work.directory.records("service", [cast.pantry.service_id])[cast.pantry.service_id]
        work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, assured_date=day)]))
    with hub.read(cast.pia) as work:
        found = list_work(work)
    assert [one.service.id for one in found.stale] == ([cast.pantry.service_id] if is_stale else [])
    assert found.stale_total == len(found.stale)


@pytest.mark.parametrize(("reason", "status"), [("funding_exhausted", ServiceStatus.ACTIVE), ("program_closed", ServiceStatus.INACTIVE)])
def test_a_no_that_closes_or_pauses_is_the_partners_word(hub: Hub, cast: Cast, reason: str, status: ServiceStatus):
    decline(hub, cast, reason)
    with hub.read(cast.cora) as work:
        service = work.directory.records("service", [cast.pantry.service_id])[cast.pantry.service_id]
        said = work.assurances.in_force([service.id])[service.id]
        titles = [change_set.title for change_set, _ in work.history.changes_of([service.id])]
    assert (service.referrable, service.status) == (False, status)
    assert is_held(said, "referrable")
    assert is_held(said, "status") == (status is ServiceStatus.INACTIVE)
    assert any(title.startswith("A partner said") for title in titles)


def test_what_was_typed_goes_when_the_place_becomes_confidential(hub_on_both: Hub):
    cast = assemble_cast(hub_on_both)
    report(hub_on_both, cast.ana, cast.pantry, "address", "It is at 7 Rose Street.")
    with hub_on_both.begin(cast.cora) as work:
        seal_location(work, cast.pantry.location_id)
    (one,) = corrections(hub_on_both)
    assert (one.words, one.state) == (None, CorrectionState.OPEN)
