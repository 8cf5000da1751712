"""From a need to a sent referral: matches, the next question, consent, what the partner will see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from referral_hub.care import actions as care
from referral_hub.care.model import ChangePatient, OpenNeed
from referral_hub.referrals.reading import ReferralFilters, list_referrals
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


def test_a_match_says_its_minutes_its_verdict_and_its_distance(as_member: Opener, cast: Cast) -> None:
    page = as_member("ana").get(f"/needs/{cast.need.id}/match").text
    told = words(page)
    assert "1 service for Omar" in told
    assert "Fits" in told
    assert "drive" in told
    assert " mi " in told
    assert re.search(r'<svg class="hub-minutes__bar"[^>]*aria-label="\d+ min: \d+ drive', page)
    assert f'href="/needs/{cast.need.id}/send/{cast.pantry.id}"' in page


def test_a_place_that_is_not_on_the_map_stands_in_front_only_when_any_distance_is_asked_for(
    as_member: Opener, hub: Hub, cast: Cast
) -> None:
    with hub.database.write() as connection:
        connection.exec_driver_sql("update location set latitude = null, longitude = null where name like '%food boxes%'")
        connection.exec_driver_sql("update change_number set number = number + 1 where subject = 'directory'")
    ana, match = as_member("ana"), f"/needs/{cast.need.id}/match"
    usual = words(ana.get(match).text)
    assert "0 services for Omar" in usual
    assert "1 more has no place on the map" in usual
    assert "by car, within 25 miles" in usual
    assert "1 service for Omar" in words(ana.get(f"{match}?within=").text)
    assert "within 25 miles" in words(ana.get(f"{match}?within=far").text)


def test_a_rule_that_is_only_text_is_there_to_read(as_member: Opener, hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        need = care.open_need(work, cast.omar.id, OpenNeed(term="emergency-shelter"))
    assert "read: “Single adults. Call first.”" in words(as_member("ana").get(f"/needs/{need.id}/match").text)


def test_each_pin_of_the_map_leads_to_its_line_of_the_list(as_member: Opener, cast: Cast) -> None:
    page = as_member("ana").get("/directory?near=21201").text
    pins = re.findall(r'<a href="#(result-\d+)" aria-label', page)
    assert pins
    assert all(f'id="{pin}"' in page for pin in pins)


def test_a_confidential_place_is_on_no_map_and_its_address_on_no_page(as_member: Opener, cast: Cast) -> None:
    ana = as_member("ana")
    page = ana.get(f"/directory/{cast.refuge.id}").text
    assert "Confidential: the partner tells the patient." in words(page)
    assert "Sealed Lane" not in page
    assert "hub-map" not in page
    assert "openstreetmap" not in page
    listed = ana.get("/directory?search=refuge&near=21201").text
    assert "confidential place" in words(listed)
    assert " mi " not in words(listed).partition("Hillcrest refuge")[2].partition("Room")[0]


def forget_snap(hub: Hub, cast: Cast) -> None:
    """Omar's age and SNAP are not known: the pantry's rule has something to ask."""
    with hub.begin(cast.ana) as work:
        patient = care.get_patient(work, cast.omar.id)
        care.change_patient(work, patient.id, ChangePatient(version=patient.version, birth_date=None))
        care.put_facts(work, patient.id, {"household_size": 2, "languages": ["en"]})


def test_the_next_question_is_answered_in_place_and_settles_the_verdict(as_member: Opener, hub: Hub, cast: Cast) -> None:
    forget_snap(hub, cast)
    ana, match = as_member("ana"), f"/needs/{cast.need.id}/match"
    page = ana.get(match).text
    assert "settles 1 of 1 services" in words(page)
    assert "May fit , ask:" in words(page)
    fact = re.search(r'name="fact" value="([^"]+)"', page)
    assert fact is not None
    value = "yes" if "." in fact[1] else "70"
    answer = ana.post(f"/needs/{cast.need.id}/facts", match, fact=fact[1], value=value, back=match)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{match}#question")
    assert "May fit" not in words(ana.get(match).text)


def test_skip_asks_the_next_one_and_keeps_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    forget_snap(hub, cast)
    ana, match = as_member("ana"), f"/needs/{cast.need.id}/match"
    first = re.search(r'name="fact" value="([^"]+)"', ana.get(match).text)
    assert first is not None
    before = everything(hub)
    answer = ana.post(f"/needs/{cast.need.id}/facts", match, fact=first[1], answer="skip", back=match)
    assert everything(hub) == before
    second = re.search(r'name="fact" value="([^"]+)"', ana.get(answer.headers["location"].partition("#")[0]).text)
    assert second is None or second[1] != first[1]


def test_prefers_not_to_say_is_kept_and_not_asked_again(as_member: Opener, hub: Hub, cast: Cast) -> None:
    forget_snap(hub, cast)
    ana, match = as_member("ana"), f"/needs/{cast.need.id}/match"
    ana.post(f"/needs/{cast.need.id}/facts", match, fact="enrolled.snap", answer="declined", back=match)
    assert 'name="fact" value="enrolled.snap"' not in ana.get(match).text
    assert "Prefers not to say" in words(ana.get(f"/patients/{cast.omar.id}").text)


def test_an_answer_that_is_no_number_is_said_at_the_question(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, match = as_member("ana"), f"/needs/{cast.need.id}/match"
    before = everything(hub)
    answer = ana.post(f"/needs/{cast.need.id}/facts", match, fact="annual_income", value="a lot", back=match)
    assert answer.status_code == 400
    assert "Give a number." in words(answer.text)
    assert everything(hub) == before


def test_going_back_never_leads_to_another_site(as_member: Opener, cast: Cast) -> None:
    ana, match = as_member("ana"), f"/needs/{cast.need.id}/match"
    answer = ana.post(f"/needs/{cast.need.id}/facts", match, fact="annual_income", value="100", back="https://example.org/")
    assert answer.headers["location"] == "/#question"


def test_the_send_page_shows_what_the_partner_sees_before_and_after(as_member: Opener, cast: Cast) -> None:
    page = words(as_member("ana").get(f"/needs/{cast.need.id}/send/{cast.pantry.id}").text)
    before, _, after = page.partition("After they say yes")
    assert "Omar agreed to share this with Harbor Pantry." in before
    assert "Haddad" not in before.partition("Before they say yes")[2]
    assert "SNAP (food stamps) Yes" in before
    assert "Omar Haddad" in after
    assert "(410) 555-0142" in after


def test_sending_makes_one_sent_referral_and_shows_it(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/needs/{cast.need.id}/send/{cast.pantry.id}"
    answer = ana.post(page, page, urgency="urgent", note="Knock twice.")
    assert answer.status_code == 303
    with hub.read(cast.ana) as work:
        found = list_referrals(work, ReferralFilters()).items
    assert [(str(one.state), one.urgency, one.note) for one in found] == [("sent", "urgent", "Knock twice.")]
    assert answer.headers["location"] == f"/referrals/{found[0].id}"
    again = ana.post(page, page, urgency="routine")
    assert again.status_code == 409
    assert "open referral to the same service already" in words(again.text)


def test_a_draft_is_kept_and_not_sent(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/needs/{cast.need.id}/send/{cast.pantry.id}"
    place = ana.post(page, page, urgency="routine", step="draft").headers["location"]
    assert "Not sent yet." in words(ana.get(place).text)
    assert ana.post(f"{place}/send", place, version="1").status_code == 303
    assert "Waiting for Harbor Pantry." in words(ana.get(place).text)


def test_without_consent_nothing_is_sent_and_the_page_leads_to_it(as_member: Opener, hub: Hub, cast: Cast) -> None:
    ana, page = as_member("ana"), f"/needs/{cast.need.id}/send/{cast.pantry.id}"
    assert ana.post(f"/consents/{cast.consent.id}/revoke", f"/patients/{cast.omar.id}", reason="Asked us to stop").status_code == 303
    shown = ana.get(page).text
    assert "revoked the consent" in words(shown)
    before = everything(hub)
    assert ana.post(page, page, urgency="routine").status_code == 409
    assert everything(hub) == before
    ask = re.search(r'href="(/patients/[^"]+/consents/new\?[^"]+)"', shown)
    assert ask is not None
    form = ask[1].replace("&amp;", "&")
    back = re.search(r'name="back" value="([^"]+)"', ana.get(form).text)
    assert back is not None
    recorded = ana.post(f"/patients/{cast.omar.id}/consents/new", form, categories="food", how_given="by_phone", back=back[1])
    assert (back[1], recorded.headers["location"]) == (page, page)
    assert ana.post(page, page, urgency="routine").status_code == 303


def test_a_service_that_does_not_fit_needs_a_reason(as_member: Opener, hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.ana) as work:
        patient = care.get_patient(work, cast.omar.id)
        care.put_facts(work, patient.id, {"enrolled": {"snap": False}})
        care.change_patient(work, patient.id, ChangePatient(version=patient.version, birth_date=date(1990, 5, 4)))
    ana, page = as_member("ana"), f"/needs/{cast.need.id}/send/{cast.pantry.id}"
    answer = ana.post(page, page, urgency="routine")
    assert answer.status_code == 400
    assert 'href="#override_reason"' in answer.text
    assert ana.post(page, page, urgency="routine", override_reason="They agreed by phone").status_code == 303
