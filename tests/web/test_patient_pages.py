"""Patients' pages: register, search by POST, change, facts, needs; faults stand at their fields."""

from __future__ import annotations

from collections.abc import Callable

from referral_hub.care import actions as care
from referral_hub.care.facts import write_facts
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


def test_a_name_is_searched_by_post_and_stands_in_no_address(as_member: Opener, cast: Cast) -> None:
    ana = as_member("ana")
    page = ana.post("/patients", "/patients", search="hadd")
    assert page.status_code == 200
    assert "Omar Haddad" in words(page.text)
    assert 'method="post" action="/patients"' in page.text
    assert "Nobody of that name" in words(ana.post("/patients", "/patients", search="qqq").text)


def test_registering_leads_to_the_facts_and_needs_names_alone(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana = as_member("ana")
    before = everything(hub)
    empty = ana.post("/patients/new", "/patients/new", given_name="", family_name="", birth_date="tomorrow")
    assert empty.status_code == 400
    assert all(f'href="#{name}"' in empty.text and f'id="{name}-error"' in empty.text for name in ("given_name", "family_name", "birth_date"))
    assert everything(hub) == before
    made = ana.post("/patients/new", "/patients/new", given_name="Tilda", family_name="Brook", state="Maryland", language="en", mode="car")
    assert made.status_code == 400
    assert "two letters of a state" in words(made.text)
    made = ana.post("/patients/new", "/patients/new", given_name="Tilda", family_name="Brook", language="en", mode="walk")
    assert made.status_code == 303
    assert made.headers["location"].endswith("/facts")


def test_changing_keeps_what_stands_in_the_form_and_empties_what_was_emptied(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/patients/{cast.omar.id}/edit"
    fields = {"version": "1", "given_name": "Omar", "family_name": "Haddad-Lee", "phone": "", "language": "es", "mode": "transit", "postal_code": "21201"}
    assert ana.post(page, page, **fields).status_code == 303
    with hub.read(cast.ana) as work:
        now = care.get_patient(work, cast.omar.id)
    assert (now.family_name, now.phone, now.language, now.mode, now.safe_mode) == ("Haddad-Lee", None, "es", "transit", False)
    again = ana.post(page, page, **fields)
    assert again.status_code == 409
    assert 'value="Haddad-Lee"' in again.text


def test_facts_are_taken_as_the_form_says_and_what_is_left_out_becomes_unknown(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/patients/{cast.omar.id}/facts"
    fields = {"household_size": "3", "annual_income": "$21,000", "members": "34, 0.5", "languages": ["en", "es"], "enrolled.wic": "no", "statuses.veteran": "declined"}
    assert ana.post(page, page, **fields).status_code == 303
    with hub.read(cast.ana) as work:
        facts = write_facts(care.get_facts(work, cast.omar.id))
    assert facts == {
        "household_size": 3,
        "annual_income": 21000,
        "members": [{"age": 34}, {"age": 0.5}],
        "languages": ["en", "es"],
        "enrolled": {"wic": False},
        "declined": ["statuses.veteran"],
    }
    shown = ana.get(page).text
    assert 'value="34, 0.5"' in shown
    told = words(ana.get(f"/patients/{cast.omar.id}").text)
    assert "$21,000" in told
    assert "34 years and 6 months" in told


def test_what_else_is_known_of_a_member_survives_the_form(as_member: Opener, hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        care.put_facts(work, cast.omar.id, {"members": [{"age": 34, "pregnant": True}], "visits": ["2026-11-02"]})
    ana, page = as_member("ana"), f"/patients/{cast.omar.id}/facts"
    assert ana.post(page, page, members="34, 7").status_code == 303
    with hub.read(cast.ana) as work:
        facts = write_facts(care.get_facts(work, cast.omar.id))
    assert facts["members"] == [{"age": 34, "pregnant": True}, {"age": 7}]
    assert facts["visits"] == ["2026-11-02"]


def test_a_fact_that_cannot_be_changes_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/patients/{cast.omar.id}/facts"
    before = everything(hub)
    for value, says in (("many", "Give a number."), ("-3", "whole number from 1"), ("2.5", "whole number from 1")):
        answer = ana.post(page, page, household_size=value)
        assert answer.status_code == 400
        assert says in words(answer.text)
        assert f'value="{value}"' in answer.text
    assert everything(hub) == before


def test_a_need_leads_to_its_services(as_member: Opener, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/patients/{cast.omar.id}/needs/new"
    assert "Choose what would help." in words(ana.post(page, page).text)
    opened = ana.post(page, page, term="hot-meals", note="Cannot cook")
    assert opened.status_code == 303
    assert "Harbor Pantry hot lunch" in ana.get(opened.headers["location"]).text
    assert "Cannot cook" in words(ana.get(f"/patients/{cast.omar.id}").text)


def test_consent_needs_a_kind_of_need(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/patients/{cast.omar.id}/consents/new"
    before = everything(hub)
    answer = ana.post(page, page, how_given="in_person")
    assert answer.status_code == 400
    assert "Tick at least one kind of need." in words(answer.text)
    assert everything(hub) == before


def test_a_viewer_is_offered_no_step(as_member: Opener, cast: Cast) -> None:
    page = as_member("ben").get(f"/patients/{cast.omar.id}").text
    for words_of_a_step in ("Open a need", "Record consent", "Revoke", "Change"):
        assert words_of_a_step not in words(page)
