"""The people of the sample, as they are written."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from referral_hub.actors import Role
from referral_hub.partners import taxonomy
from referral_hub.partners.imports.sources import read_source
from seeds.load import SAMPLE_SIGN_INS
from seeds.story import NETWORK, WRITTEN_FOR, Calendar, read_sample

CAST = {"ana", "ben", "hana", "pia", "lee", "zoe", "cora", "alma"}


def test_the_cast_and_eight_partners_sign_in() -> None:
    accounts = read_sample().accounts
    assert {f"{name}@example.org" for name in CAST} <= set(SAMPLE_SIGN_INS)
    partners = {one.organization for one in accounts if one.role in (Role.PARTNER_STAFF, Role.PARTNER_LEAD)}
    senders = {one.organization for one in accounts if one.role is Role.CARE_MANAGER}
    assert len(partners) == 8
    assert len(senders) == 2
    assert {one.role for one in accounts} == set(Role) - {Role.PATIENT, Role.SYSTEM}


def test_forty_patients_of_both_senders_speak_many_languages_and_get_about_in_every_way() -> None:
    patients = read_sample().patients
    assert len(patients) == len({one.key for one in patients}) == 40
    assert min(Counter(one.by for one in patients).values()) >= 10
    assert {one.language for one in patients} >= {"en", "es", "ko", "zh", "ar", "ru", "fr", "am", "ne"}
    assert {one.mode for one in patients} == {"car", "transit", "walk", "none"}
    assert sum(one.safe_mode for one in patients) == 2
    assert any(one.latitude is None for one in patients)
    assert any(one.facts.get("declined") for one in patients)
    assert any(one.facts.get("members") for one in patients)
    assert any("annual_income" not in one.facts for one in patients)


def test_every_need_is_a_term_and_every_referral_answers_one() -> None:
    sample = read_sample()
    needs = {(patient.key, need.term) for patient in sample.patients for need in patient.needs}
    assert {term for _, term in needs} <= set(taxonomy.BY_CODE)
    assert {(one.patient, one.need) for one in sample.referrals} <= needs
    assert len(sample.referrals) >= 60


def test_each_referral_goes_to_the_listing_that_its_words_name() -> None:
    rows = read_source(NETWORK, "hsds-json", "sample", WRITTEN_FOR).rows
    services = {one.id: one.name for one in rows.service}
    places = {one.id: one.name for one in rows.location}
    names = {one.id: f"{services[one.service_id]}, {places[one.location_id]}" for one in rows.service_at_location}
    for referral in read_sample().referrals:
        assert names[referral.listing].startswith(referral.listing_is.split(", ")[0])
        assert names[referral.listing] in (referral.listing_is, f"{referral.listing_is.split(', ')[0]}, Confidential location")


def test_days_and_times_of_the_story_follow_the_clock() -> None:
    calendar = Calendar(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    assert calendar.moment(2, "10:30").isoformat() == "2026-11-21T10:30:00-05:00"
    assert calendar.moment(0, "17:00") == calendar.now
    assert calendar.resolve({"at": "day+2T10:30", "on": "day-1", "text": "day+2 or so", "count": 3}) == {
        "at": "2026-11-25T10:30:00-05:00",
        "on": "2026-11-22",
        "text": "day+2 or so",
        "count": 3,
    }
