"""From a need to a sent referral: the map, consent, what the partner will see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from referral_hub.care import actions as care
from referral_hub.care.model import ChangePatient
from referral_hub.referrals.reading import ReferralFilters, list_referrals
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


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
