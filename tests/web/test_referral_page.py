"""The referral's page from both sides: what stands first, what is hidden, what a form says that does not fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID

from referral_hub.referrals.actions import move_referral
from referral_hub.referrals.reading import get_referral
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything

Opener = Callable[[str], Browser]


def words(page: str) -> str:
    """What a reader reads of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def state_of(hub: Hub, cast: Cast, referral_id: UUID) -> str:
    with hub.read(cast.ana) as work:
        return str(get_referral(work, referral_id).state)


def test_whose_move_stands_first_under_the_title(as_member: Opener, sent: UUID) -> None:
    page = as_member("ana").get(f"/referrals/{sent}").text
    after_title = page.partition("</h1>")[2].lstrip()
    assert after_title.startswith('<p class="hub-move')
    assert "Harbor Pantry answers by Wednesday 5 pm." in words(after_title)


def test_before_accept_the_partner_sees_area_and_answers_but_no_name_phone_or_note(as_member: Opener, sent: UUID) -> None:
    page = as_member("pia").get(f"/referrals/{sent}").text
    assert "Haddad" not in page
    assert "555-0142" not in page
    assert "after three" not in page
    assert "Baltimore, 212xx" in words(page)
    assert "SNAP (food stamps) Yes" in words(page)


def test_accept_is_one_button_and_reveals_name_phone_and_note(as_member: Opener, hub: Hub, cast: Cast, sent: UUID) -> None:
    pia = as_member("pia")
    answer = pia.post(f"/referrals/{sent}/accept", f"/referrals/{sent}", version="2")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/referrals/{sent}")
    page = words(pia.get(f"/referrals/{sent}").text)
    assert "Omar Haddad" in page
    assert "(410) 555-0142" in page
    assert "Please call after three." in page
    assert state_of(hub, cast, sent) == "accepted"


def test_declining_without_a_reason_changes_nothing_and_says_so_at_the_tiles(as_member: Opener, hub: Hub, sent: UUID) -> None:
    pia = as_member("pia")
    before = everything(hub)
    answer = pia.post(f"/referrals/{sent}/decline", f"/referrals/{sent}", version="2")
    assert answer.status_code == 400
    assert 'href="#decline-side_reason"' in answer.text
    assert 'id="decline-side_reason"' in answer.text
    assert "Choose the reason." in answer.text
    assert everything(hub) == before


def test_declining_takes_the_patient_from_the_partners_sight_and_offers_the_sender_the_next_service(
    as_member: Opener, hub: Hub, cast: Cast, sent: UUID
) -> None:
    pia = as_member("pia")
    fields = {"version": "2", "side_reason": "partner/no_capacity"}
    assert pia.post(f"/referrals/{sent}/decline", f"/referrals/{sent}", **fields).status_code == 303
    assert "nothing of the patient is shown" in words(pia.get(f"/referrals/{sent}").text)
    page = words(as_member("ana").get(f"/referrals/{sent}").text)
    assert "Harbor Pantry said no: no room now." in page
    assert "No other service fits as things stand." in page
    assert "Close the loop" in page


def test_what_was_typed_stands_in_the_form_again(as_member: Opener, sent: UUID) -> None:
    pia = as_member("pia")
    fields = {"version": "2", "side_reason": "partner/other", "attempts": "many"}
    page = pia.post(f"/referrals/{sent}/decline", f"/referrals/{sent}", **fields).text
    assert re.search(r'value="partner/other" checked', page)
    assert 'value="many"' in page


def test_a_stale_form_is_answered_with_the_referral_as_it_is_now(as_member: Opener, hub: Hub, cast: Cast, accepted: UUID) -> None:
    pia = as_member("pia")
    before = everything(hub)
    answer = pia.post(f"/referrals/{accepted}/decline", f"/referrals/{accepted}", version="2", side_reason="partner/no_capacity")
    assert answer.status_code == 409
    assert "it is accepted now" in words(answer.text)
    assert f'<input type="hidden" name="version" value="3">' in answer.text  # noqa: F541
    assert everything(hub) == before


def test_a_move_that_is_not_open_says_which_are(as_member: Opener, accepted: UUID) -> None:
    answer = as_member("pia").post(f"/referrals/{accepted}/accept", f"/referrals/{accepted}", version="3")
    assert answer.status_code == 409
    assert "Open now:" in words(answer.text)


def test_an_action_that_does_not_exist_is_not_found(as_member: Opener, sent: UUID) -> None:
    assert as_member("pia").post(f"/referrals/{sent}/explode", f"/referrals/{sent}", version="2").status_code == 404


def test_the_loop_is_closed_through_pages_alone(as_member: Opener, hub: Hub, cast: Cast, sent: UUID) -> None:
    pia, ana, page = as_member("pia"), as_member("ana"), f"/referrals/{sent}"
    steps = [
        (pia, "accept", {"assignee": "Pia"}),
        (pia, "attempt", {"result": "reached", "method": "phone"}),
        (pia, "appointment", {"at": "2026-11-25T10:30", "text": "Ask for Lee"}),
        (pia, "start", {}),
        (pia, "serve", {"outcome.received": "full", "outcome.need": "met", "outcome.quantity": "two boxes"}),
        (ana, "witness", {"witness": "patient", "outcome.received": "full", "outcome.need": "met"}),
        (ana, "close", {"need_status": "met", "next_step": "Nothing more is needed"}),
    ]
    for version, (browser, action, fields) in enumerate(steps, start=2):
        answer = browser.post(f"{page}/{action}", page, version=str(version), **fields)
        assert (action, answer.status_code) == (action, 303)
    told = words(ana.get(page).text)
    assert state_of(hub, cast, sent) == "closed"
    assert "Closed: need met." in told
    assert "How much: two boxes." in told
    assert "The patient says" in told


def test_an_appointment_is_taken_in_the_partners_own_time(as_member: Opener, hub: Hub, cast: Cast, accepted: UUID) -> None:
    pia, page = as_member("pia"), f"/referrals/{accepted}"
    assert pia.post(f"{page}/appointment", page, version="3", at="2026-11-25T10:30").status_code == 303
    with hub.read(cast.pia) as work:
        due = get_referral(work, accepted).due_at
    assert due is not None
    assert due.isoformat().startswith("2026-11-27")  # the business day after: Thursday is Thanksgiving


def test_a_question_goes_to_the_other_side_with_its_answer_as_the_big_step(as_member: Opener, sent: UUID) -> None:
    pia, ana, page = as_member("pia"), as_member("ana"), f"/referrals/{sent}"
    assert pia.post(f"{page}/question", page, version="2", text="Can they lift ten pounds?").status_code == 303
    shown = ana.get(page).text
    assert "Bayside Clinic answers the question" in words(shown)
    assert shown.index("Your answer") < shown.index("More steps")
    assert ana.post(f"{page}/answer", page, version="3", text="Yes.").status_code == 303
    assert "Answered: Yes." in words(pia.get(page).text)


def test_text_that_somebody_wrote_is_shown_as_text(as_member: Opener, sent: UUID) -> None:
    pia, page = as_member("pia"), f"/referrals/{sent}"
    pia.post(f"{page}/question", page, version="2", text="<script>alert(1)</script>")
    shown = as_member("ana").get(page).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_partner_may_pass_it_on_to_its_own_other_service_only_from_a_list(as_member: Opener, cast: Cast, sent: UUID) -> None:
    page = as_member("pia").get(f"/referrals/{sent}").text
    assert f'<option value="{cast.kitchen.id}">' in page
    assert str(cast.shelter.id) not in page


def test_the_list_names_no_patient_to_a_partner_before_accept(as_member: Opener, hub: Hub, cast: Cast, sent: UUID) -> None:
    pia = as_member("pia")
    assert "Haddad" not in pia.get("/referrals").text
    assert "Haddad" not in pia.get("/").text
    with hub.begin(cast.pia) as work:
        move_referral(work, sent, "accept", 2, {})
    assert "Haddad" in pia.get("/referrals").text


def test_the_coordinator_sees_the_referral_without_the_patients_name(as_member: Opener, accepted: UUID) -> None:
    page = as_member("cora").get(f"/referrals/{accepted}").text
    assert "Haddad" not in page
    assert "Harbor Pantry food boxes" in page
