"""Patients, facts, consents and needs: what may be written, who may see it, who may change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import SYSTEM, Actor
from referral_hub.care import actions
from referral_hub.care.consent import consent_covers
from referral_hub.care.model import ChangePatient, FactAnswer, LetterCode, NeedStatus, OpenNeed, RecordConsent, RegisterPatient
from referral_hub.errors import Denied, HubError, Invalid, NotFound, StaleVersion, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.matching.facts import Facts, MatchRequest
from referral_hub.referrals.model import Referral
from referral_hub.storage import rows
from referral_hub.storage.tables.referrals import referral as referral_table
from referral_hub.unit_of_work import Hub, Work
from tests.cast import Cast

NADIA = RegisterPatient(given_name="Nadia", family_name="Karim")
COLLEAGUES = {"ana", "ben"}
EVERYBODY = ("ana", "ben", "hana", "pia", "lee", "zoe", "cora", "alma", "uma")


def fields_of(fault: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [error.field for error in fault.value.errors]


def outcome(hub: Hub, actor: Actor | None, act: Callable[[Work], Any]) -> Any:
    """What came back, or the kind of error."""
    try:
        with hub.begin(actor) as work:
            return act(work)
    except HubError as error:
        return type(error)


# Who sees and changes what

READERS: dict[str, Callable[[Work, Cast], Any]] = {
    "patient": lambda work, cast: actions.get_patient(work, cast.omar.id),
    "facts": lambda work, cast: actions.get_facts(work, cast.omar.id),
    "facts today": lambda work, cast: actions.patient_facts(work, cast.omar.id),
    "consents": lambda work, cast: actions.list_consents(work, cast.omar.id),
    "need": lambda work, cast: actions.get_need(work, cast.need.id),
    "needs": lambda work, cast: actions.list_needs(work, cast.omar.id),
}
WRITERS: dict[str, Callable[[Work, Cast], Any]] = {
    "change": lambda work, cast: actions.change_patient(work, cast.omar.id, ChangePatient(version=1, city="Towson")),
    "facts": lambda work, cast: actions.put_facts(work, cast.omar.id, {"age": 3}),
    "consent": lambda work, cast: actions.record_consent(work, cast.omar.id, RecordConsent(categories=["food"], how_given="in_person")),
    "revoke": lambda work, cast: actions.revoke_consent(work, cast.consent.id),
    "need": lambda work, cast: actions.open_need(work, cast.omar.id, OpenNeed(term="food")),
}


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("what", READERS)
def test_only_the_organization_s_people_see_its_patients(hub: Hub, cast: Cast, who: str, what: str) -> None:
    seen = outcome(hub, cast.everyone()[who], lambda work: READERS[what](work, cast))
    if who in COLLEAGUES:
        assert seen not in (NotFound, Denied)
    else:
        assert seen is {"hana": NotFound, "uma": Unauthenticated}.get(who, Denied)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("what", WRITERS)
def test_only_the_organization_s_care_managers_change_its_patients(hub: Hub, cast: Cast, who: str, what: str) -> None:
    answer = outcome(hub, cast.everyone()[who], lambda work: WRITERS[what](work, cast))
    if who == "ana":
        assert isinstance(answer, msgspec.Struct | list)
    else:
        assert answer is {"hana": NotFound, "uma": Unauthenticated}.get(who, Denied)
        with hub.read(cast.ana) as work:
            assert work.care.patient_for(cast.ana, cast.omar.id) == cast.omar
            assert work.care.consents_for(cast.ana, cast.omar.id) == [cast.consent]
            assert work.care.needs_for(cast.ana, cast.omar.id) == [cast.need]


def test_somebody_else_s_id_is_answered_word_for_word_like_an_unknown_one(hub: Hub, cast: Cast) -> None:
    calls: list[tuple[Callable[[Work, UUID], Any], UUID]] = [
        (actions.get_patient, cast.omar.id),
        (actions.get_facts, cast.omar.id),
        (actions.get_need, cast.need.id),
        (actions.revoke_consent, cast.consent.id),
        (lambda work, id_: actions.change_patient(work, id_, ChangePatient(version=99)), cast.omar.id),
        (lambda work, id_: actions.open_need(work, id_, OpenNeed(term="nonsense")), cast.omar.id),
    ]
    for act, theirs in calls:
        words = []
        for asked in (theirs, new_id()):
            with pytest.raises(NotFound) as fault, hub.begin(cast.hana) as work:
                act(work, asked)
            words.append((fault.value.detail, fault.value.errors, fault.value.facts))
        assert words[0] == words[1]


@pytest.mark.parametrize("who", ["hana", "pia", "lee", "zoe", "cora", "alma"])
def test_no_store_gives_a_stranger_anything_whatever_the_role_may(hub: Hub, cast: Cast, who: str) -> None:
    stranger = cast.everyone()[who]
    assert stranger is not None
    with hub.read(stranger) as work:
        assert work.care.patients_for(stranger).total == 0
        for fetch, id_ in (
            (work.care.patient_for, cast.omar.id),
            (work.care.facts_for, cast.omar.id),
            (work.care.consents_for, cast.omar.id),
            (work.care.consent_for, cast.consent.id),
            (work.care.needs_for, cast.omar.id),
            (work.care.need_for, cast.need.id),
        ):
            with pytest.raises(NotFound):
                fetch(stranger, id_)


def test_the_system_belongs_to_no_organization_and_lists_no_patients(hub: Hub, cast: Cast) -> None:
    with hub.read(SYSTEM) as work:
        assert work.care.patients_for(SYSTEM).patients == []
        with pytest.raises(NotFound):
            work.care.patient_for(SYSTEM, cast.omar.id)


# Through a referral


@pytest.fixture
def sent(hub: Hub, cast: Cast) -> Referral:
    now = hub.now()
    assert cast.ana.organization_id
    assert cast.pia.organization_id
    referral = Referral(
        id=new_id(),
        patient_id=cast.omar.id,
        need_id=cast.need.id,
        service_at_location_id=cast.pantry.id,
        requester_id=cast.ana.organization_id,
        owner_id=cast.pia.organization_id,
        created_at=now,
        state_since=now,
        updated_at=now,
    )
    with hub.database.write() as connection:
        rows.insert(connection, referral_table, [referral])
    return referral


@pytest.mark.parametrize("who", [*EVERYBODY[:-1], "system"])
def test_only_the_two_parties_reach_the_patient_through_the_referral(hub: Hub, cast: Cast, sent: Referral, who: str) -> None:
    actor = SYSTEM if who == "system" else cast.everyone()[who]
    assert actor is not None
    with hub.read(actor) as work:
        if who in {"ana", "ben", "pia", "lee", "system"}:
            assert work.care.patient_of_referral(actor, sent.id) == cast.omar
            assert work.care.need_of_referral(actor, sent.id) == cast.need
            assert work.care.consents_of_referrals(actor, [sent.id]) == {sent.id: [cast.consent]}
            assert len(work.care.facts_of_referral(actor, sent.id)) == 3
        else:
            assert work.care.patients_of_referrals(actor, [sent.id]) == {}
            for fetch in (
                work.care.patient_of_referral,
                work.care.need_of_referral,
                work.care.facts_of_referral,
                work.care.consents_of_referral,
            ):
                with pytest.raises(NotFound):
                    fetch(actor, sent.id)


# Registering and changing


def test_a_patient_is_registered_with_facts_for_one_s_own_organization(hub: Hub, cast: Cast) -> None:
    given = msgspec.structs.replace(
        NADIA,
        given_name="  Nadia ",
        birth_date=date(1955, 3, 2),
        phone="(410) 555-0177",
        email=" nadia@example.org ",
        state="md",
        postal_code="21201",
        address_1=" ",
        facts={"household_size": 2, "enrolled": {"snap": True}, "declined": ["annual_income"]},
    )
    with hub.begin(cast.ana) as work:
        made = actions.register_patient(work, given)
    with hub.read(cast.ben) as work:
        stored = actions.get_patient(work, made.id)
        facts = {fact.name: fact for fact in actions.get_facts(work, made.id)}
    assert stored == made
    assert (stored.given_name, stored.phone, stored.email, stored.state) == ("Nadia", "+14105550177", "nadia@example.org", "MD")
    assert stored.address_1 is None
    assert (stored.organization_id, stored.care_manager_id, stored.version) == (cast.ana.organization_id, cast.ana.account_id, 1)
    assert facts["enrolled.snap"].value is True
    assert facts["annual_income"].answer is FactAnswer.DECLINED
    assert facts["household_size"].recorded_by == cast.ana.account_id


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"given_name": " "}, ["given_name"]),
        ({"family_name": "x" * 201}, ["family_name"]),
        ({"given_name": "A\u0007b"}, ["given_name"]),
        ({"birth_date": date(2026, 11, 24)}, ["birth_date"]),
        ({"birth_date": date(1899, 12, 31)}, ["birth_date"]),
        ({"phone": "12"}, ["phone"]),
        ({"phone": "call me"}, ["phone"]),
        ({"email": "nadia"}, ["email"]),
        ({"email": "nadia@example"}, ["email"]),
        ({"email": "a b@example.org"}, ["email"]),
        ({"language": "Spanish"}, ["language"]),
        ({"state": "XX"}, ["state"]),
        ({"postal_code": "2120"}, ["postal_code"]),
        ({"postal_code": "٢١٢٠١"}, ["postal_code"]),
        ({"county": "Baltimore"}, ["county"]),
        ({"latitude": 999.0, "longitude": 0.0}, ["latitude"]),
        ({"latitude": float("nan"), "longitude": 0.0}, ["latitude"]),
        ({"latitude": 39.0, "longitude": -181.0}, ["longitude"]),
        ({"latitude": 39.0}, ["longitude"]),
        ({"mode": "rocket"}, ["mode"]),
        ({"facts": {"household_size": 0}}, ["facts.household_size"]),
        ({"facts": {"shoe_size": 40}}, ["facts.shoe_size"]),
        ({"given_name": "", "phone": "1", "facts": {"annual_income": -1}}, ["given_name", "phone", "facts.annual_income"]),
    ],
)
def test_a_fault_is_named_by_its_field_and_nothing_is_stored(hub: Hub, cast: Cast, changes: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Invalid) as fault, hub.begin(cast.ana) as work:
        actions.register_patient(work, msgspec.structs.replace(NADIA, **changes))
    assert fields_of(fault) == fields
    assert "Nadia" not in fault.value.detail
    with hub.read(cast.ana) as work:
        assert actions.list_patients(work).total == 1


@pytest.mark.parametrize(
    "changes", [{"birth_date": date(2026, 11, 23)}, {"birth_date": date(1900, 1, 1)}, {"latitude": 90.0, "longitude": -180.0}]
)
def test_what_is_at_the_edge_is_taken(hub: Hub, cast: Cast, changes: dict[str, Any]) -> None:
    with hub.begin(cast.ana) as work:
        assert actions.register_patient(work, msgspec.structs.replace(NADIA, **changes)).version == 1


def test_today_is_the_day_where_the_organization_is(hub: Hub, cast: Cast) -> None:
    late_evening = hub.now().replace(hour=3)  # ten in the evening of the 22nd in Baltimore
    hub._clock = lambda: late_evening
    with pytest.raises(Invalid) as fault, hub.begin(cast.ana) as work:
        actions.register_patient(work, msgspec.structs.replace(NADIA, birth_date=date(2026, 11, 23)))
    assert fields_of(fault) == ["birth_date"]


def test_a_change_takes_the_fields_given_and_raises_the_version(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        changed = actions.change_patient(work, cast.omar.id, ChangePatient(version=1, phone=None, safe_mode=True))
    with hub.read(cast.ana) as work:
        assert actions.get_patient(work, cast.omar.id) == changed
    assert changed == msgspec.structs.replace(cast.omar, phone=None, safe_mode=True, version=2, updated_at=hub.now())


def test_a_stale_version_changes_nothing_and_says_which_one_is_current(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        actions.change_patient(work, cast.omar.id, ChangePatient(version=1, city="Towson"))
    for version in (0, 1, 3):
        with pytest.raises(StaleVersion) as fault, hub.begin(cast.ana) as work:
            actions.change_patient(work, cast.omar.id, ChangePatient(version=version, city="Essex"))
        assert fault.value.facts == {"version": 2}
    with hub.read(cast.ana) as work:
        assert actions.get_patient(work, cast.omar.id).city == "Towson"


def test_the_store_itself_refuses_a_lost_write(hub: Hub, cast: Cast) -> None:
    second = msgspec.structs.replace(cast.omar, version=2, city="Towson")
    with hub.begin(cast.ana) as work:
        work.care.save_patient(second)
    with pytest.raises(StaleVersion), hub.begin(cast.ana) as work:
        work.care.save_patient(second)
    need = msgspec.structs.replace(cast.need, version=2, status=NeedStatus.MET)
    with hub.begin(cast.ana) as work:
        work.care.save_need(need)
        assert work.care.need_for(cast.ana, need.id) == need
        with pytest.raises(StaleVersion):
            work.care.save_need(need)


def test_a_new_address_forgets_the_point_and_the_county_of_the_old_one(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        same = actions.change_patient(work, cast.omar.id, ChangePatient(version=1, postal_code="21201", email="o@example.org"))
        assert same.latitude == cast.omar.latitude
        moved = actions.change_patient(work, cast.omar.id, ChangePatient(version=2, postal_code="21230"))
        assert (moved.latitude, moved.longitude, moved.county) == (None, None, "24510")
        placed = actions.change_patient(work, cast.omar.id, ChangePatient(version=3, postal_code="21204", latitude=39.4, longitude=-76.6))
        assert (placed.latitude, placed.longitude, placed.county) == (39.4, -76.6, "24005")
        told = actions.change_patient(work, cast.omar.id, ChangePatient(version=4, postal_code="21230", county="24003"))
        assert (told.latitude, told.county, told.city) == (None, "24003", "Baltimore")


def test_county_city_and_state_follow_from_the_zip_code_where_nobody_said_otherwise(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        made = actions.register_patient(work, msgspec.structs.replace(NADIA, postal_code="21204"))
        assert (made.county, made.city, made.state, made.latitude) == ("24005", "Towson", "MD", None)
        assert actions.get_patient(work, made.id) == made
        nowhere = actions.register_patient(work, msgspec.structs.replace(NADIA, postal_code="00000"))
        assert (nowhere.county, nowhere.city, nowhere.state) == (None, None, None)


def test_a_match_for_a_patient_takes_the_facts_on_record_and_those_of_the_request_over_them(hub: Hub, cast: Cast) -> None:
    def verdict(facts: dict[str, Any]) -> str:
        request = MatchRequest(needs=["food-pantry"], include=["ineligible"], facts=msgspec.convert(facts, Facts))
        with hub.read(cast.ana) as work:
            (match,) = actions.match_for_patient(work, cast.omar.id, request).matches
        assert match.service_at_location_id == cast.pantry.id
        return match.verdict

    assert verdict({}) == "eligible"
    assert verdict({"age": 30}) == "eligible"
    assert verdict({"age": 30, "enrolled": {"snap": False}}) == "ineligible"
    assert verdict({"age": 30, "declined": ["enrolled.snap"]}) == "maybe"


def test_the_home_of_a_request_is_taken_whole(hub: Hub, cast: Cast) -> None:
    near = MatchRequest(needs=["food-pantry"], max_distance_m=8000)
    far = msgspec.structs.replace(near, facts=msgspec.convert({"home": {"postal_code": "00501"}}, Facts))
    with hub.read(cast.ana) as work:
        assert actions.match_for_patient(work, cast.omar.id, near).total == 1
        assert actions.match_for_patient(work, cast.omar.id, far).total == 0


@pytest.mark.parametrize("who", ["hana", "pia", "zoe", "cora", "alma", "uma"])
def test_a_stranger_cannot_learn_of_a_patient_by_a_match(hub: Hub, cast: Cast, who: str) -> None:
    answer = outcome(hub, cast.everyone()[who], lambda work: actions.match_for_patient(work, cast.omar.id, MatchRequest()))
    assert answer is {"hana": NotFound, "uma": Unauthenticated}.get(who, Denied)


def test_the_single_point_of_contact_is_a_colleague(hub: Hub, cast: Cast) -> None:
    for person in (cast.hana.account_id, new_id()):
        with pytest.raises(Invalid) as fault, hub.begin(cast.ana) as work:
            actions.change_patient(work, cast.omar.id, ChangePatient(version=1, care_manager_id=person))
        assert fields_of(fault) == ["care_manager_id"]
    with hub.begin(cast.ana) as work:
        assert actions.change_patient(work, cast.omar.id, ChangePatient(version=1, care_manager_id=cast.ben.account_id)).version == 2


# Lists


def test_patients_are_found_by_every_word_of_name_number_or_birth_date(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        for given, family in (("Éva", "Kiss"), ("omar", "Zidan"), ("100%", "Sure")):
            actions.register_patient(work, RegisterPatient(given_name=given, family_name=family))
        found = {search: [p.family_name for p in actions.list_patients(work, search).patients] for search in SEARCHES}
    assert found == SEARCHES


SEARCHES: dict[str, list[str]] = {
    "": ["Haddad", "Kiss", "Sure", "Zidan"],
    "OMAR": ["Haddad", "Zidan"],
    "omar had": ["Haddad"],
    "had omar": ["Haddad"],
    "éva": ["Kiss"],
    "410-555-0142": ["Haddad"],
    "0142": ["Haddad"],
    "1959-05-04": ["Haddad"],
    "%": ["Sure"],
    "_": [],
    "nobody": [],
}


def test_pages_hold_every_patient_once(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        for number in range(6):
            actions.register_patient(work, RegisterPatient(given_name="Same", family_name="Name", facts={"household_size": number + 1}))
        pages = [actions.list_patients(work, page=page, per_page=3) for page in (1, 2, 3, 4)]
        assert [len(page.patients) for page in pages] == [3, 3, 1, 0]
        assert {page.total for page in pages} == {7}
        assert len({patient.id for page in pages for patient in page.patients}) == 7
        assert len(actions.list_patients(work, page=-5, per_page=0).patients) == 1


# Facts


def test_putting_facts_replaces_them_and_what_stays_the_same_keeps_its_date(
    hub: Hub, cast: Cast, wait: Callable[[timedelta], None]
) -> None:
    before = hub.now()
    wait(timedelta(days=3))
    with hub.begin(cast.ana) as work:
        actions.put_facts(
            work, cast.omar.id, {"household_size": 2, "annual_income": 21000, "declined": ["enrolled.snap"]}, source="household"
        )
    with hub.read(cast.ana) as work:
        facts = {fact.name: fact for fact in actions.get_facts(work, cast.omar.id)}
    assert {name: (fact.answer.value, fact.value, fact.source, fact.recorded_at) for name, fact in facts.items()} == {
        "household_size": ("known", 2, "patient", before),
        "annual_income": ("known", 21000, "household", hub.now()),
        "enrolled.snap": ("declined", None, "household", hub.now()),
    }


def test_facts_may_be_added_without_forgetting_the_others(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        facts = actions.put_facts(work, cast.omar.id, {"statuses": {"veteran": True}}, keep_others=True)
    assert [fact.name for fact in facts] == ["enrolled.snap", "household_size", "languages", "statuses.veteran"]


def test_a_fault_among_facts_leaves_all_of_them_as_they_were(hub: Hub, cast: Cast) -> None:
    with pytest.raises(Invalid) as fault, hub.begin(cast.ana) as work:
        actions.put_facts(work, cast.omar.id, {"age": 40, "household_size": 0}, source="rumor")
    assert fields_of(fault) == ["facts.household_size", "source"]
    with hub.read(cast.ana) as work:
        assert [fact.name for fact in actions.get_facts(work, cast.omar.id)] == ["enrolled.snap", "household_size", "languages"]


def test_what_is_known_today_has_the_age_of_today_and_the_home_of_the_address(
    hub: Hub, cast: Cast, wait: Callable[[timedelta], None]
) -> None:
    with hub.begin(cast.ana) as work:
        actions.put_facts(
            work, cast.omar.id, {"age": 20, "enrolled": {"snap": True, "wic": False}, "declined": ["annual_income", "languages"]}
        )
    with hub.read(cast.ana) as work:
        known = actions.patient_facts(work, cast.omar.id)
    home = {"postal_code": "21201", "city": "Baltimore", "state": "MD", "county": "24510", "latitude": 39.2946, "longitude": -76.6252}
    assert known == {
        "age": 67.553,
        "birth_date": "1959-05-04",
        "enrolled": {"snap": True, "wic": False},
        "home": home,
        "declined": ["annual_income", "languages"],
    }
    wait(timedelta(days=365))
    with hub.read(cast.ana) as work:
        assert actions.patient_facts(work, cast.omar.id)["age"] == 68.553


def test_without_a_birth_date_the_age_on_record_counts_and_without_an_address_there_is_no_home(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        nadia = actions.register_patient(work, msgspec.structs.replace(NADIA, language="ar", facts={"age": 41}))
        assert actions.patient_facts(work, nadia.id) == {"age": 41, "languages": ["ar"]}


# Consents


def test_a_consent_holds_from_today_for_a_year_unless_days_are_given(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        consent = actions.record_consent(work, cast.omar.id, RecordConsent(categories=["food", "food"], how_given="by_phone"))
    with hub.read(cast.ana) as work:
        assert work.care.consent_for(cast.ana, consent.id) == consent
    assert (consent.starts_on, consent.ends_on, consent.categories) == (date(2026, 11, 23), date(2027, 11, 23), ["food"])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"categories": []}, ["categories"]),
        ({"categories": ["food-pantry"]}, ["categories"]),
        ({"how_given": "by telepathy"}, ["how_given"]),
        ({"purpose": "marketing"}, ["purpose"]),
        ({"recipients": [new_id()]}, ["recipients"]),
        ({"starts_on": date(2027, 1, 1), "ends_on": date(2026, 12, 31)}, ["ends_on"]),
        ({"starts_on": date(2025, 1, 1), "ends_on": date(2026, 11, 22)}, ["ends_on"]),
    ],
)
def test_a_consent_that_cannot_be_is_refused(hub: Hub, cast: Cast, changes: dict[str, Any], fields: list[str]) -> None:
    given = msgspec.structs.replace(RecordConsent(categories=["food"], how_given="in_writing"), **changes)
    with pytest.raises(Invalid) as fault, hub.begin(cast.ana) as work:
        actions.record_consent(work, cast.omar.id, given)
    assert fields_of(fault) == fields


def test_a_revoked_consent_covers_nothing_from_that_moment_and_stays_as_it_was_revoked(
    hub: Hub, cast: Cast, wait: Callable[[timedelta], None]
) -> None:
    assert cast.pia.organization_id
    today, recipient = hub.now().date(), cast.pia.organization_id
    with hub.begin(cast.ana) as work:
        assert consent_covers(work.care.consents_for(cast.ana, cast.omar.id), "food", recipient, today) is True
        first = actions.revoke_consent(work, cast.consent.id, " asked to ")
        assert not consent_covers(work.care.consents_for(cast.ana, cast.omar.id), "food", recipient, today)
    wait(timedelta(days=1))
    with hub.begin(cast.ana) as work:
        assert actions.revoke_consent(work, cast.consent.id, "again") == first
    assert (first.revoked_at, first.revoked_reason) == (cast.consent.recorded_at, "asked to")


# Needs


def test_a_need_takes_its_domain_from_the_taxonomy(hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        need = actions.open_need(work, cast.omar.id, OpenNeed(term="diapers", note=" for the twins "))
    with hub.read(cast.ben) as work:
        assert actions.get_need(work, need.id) == need
        assert [n.id for n in actions.list_needs(work, cast.omar.id)] == [need.id, cast.need.id]
    assert (need.domain, need.note, need.status, need.confirmed_on) == ("goods", "for the twins", NeedStatus.OPEN, date(2026, 11, 23))


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        (OpenNeed(term="moon-trips"), ["term"]),
        (OpenNeed(term="diapers", domain="food"), ["domain"]),
        (OpenNeed(term="diapers", confirmed_on=date(2026, 11, 24)), ["confirmed_on"]),
        (OpenNeed(term="diapers", note="x" * 4001), ["note"]),
    ],
)
def test_a_need_that_cannot_be_is_refused(hub: Hub, cast: Cast, given: OpenNeed, fields: list[str]) -> None:
    with pytest.raises(Invalid) as fault, hub.begin(cast.ana) as work:
        actions.open_need(work, cast.omar.id, given)
    assert fields_of(fault) == fields


# Letter codes


def test_a_letter_code_is_found_by_either_hash_counted_and_revoked(hub: Hub, cast: Cast, sent: Referral) -> None:
    code = LetterCode(
        id=new_id(),
        referral_id=sent.id,
        cycle=1,
        patient_id=cast.omar.id,
        code_hash="c" * 64,
        link_hash="d" * 64,
        language="en",
        created_at=hub.now(),
        expires_at=hub.now() + timedelta(days=30),
    )
    with hub.begin(cast.ana) as work:
        work.care.add_letter_code(code)
        assert work.care.letter_code_by_code("c" * 64) == work.care.letter_code_by_link("d" * 64) == code
        assert work.care.letter_code_by_code("d" * 64) is None
        assert work.care.patient_of_letter(code) == cast.omar
        assert [work.care.count_letter_try(code) for _ in range(2)] == [1, 2]
        assert [c.id for c in work.care.letter_codes_for(cast.ben, sent.id)] == [code.id]
        assert work.care.letter_codes_for(cast.hana, sent.id) == []
        assert work.care.revoke_letter_codes(sent.id, hub.now()) == 1
        assert work.care.revoke_letter_codes(sent.id, hub.now()) == 0
        found = work.care.letter_code_by_code("c" * 64)
    assert found
    assert (found.tries, found.revoked_at) == (2, hub.now())
