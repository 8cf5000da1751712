"""A partner says how much room there is, in one tap."""

from __future__ import annotations

from collections.abc import Callable

from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


def test_a_partner_sees_its_own_services_only(as_member: Opener) -> None:
    page = words(as_member("pia").get("/listings").text)
    assert "Harbor Pantry food boxes" in page
    assert "Room for 5 of 10 (food box)" in page
    assert "Hillcrest" not in page


def test_one_tap_changes_the_figure_that_care_managers_see(as_member: Opener, cast: Cast) -> None:
    pia = as_member("pia")
    assert pia.post(f"/listings/{cast.pantry.id}/capacity", "/listings", available="4", maximum="10", unit="food box").status_code == 303
    assert "Room for 4 of 10 (food box) · said just now" in words(as_member("ana").get(f"/directory/{cast.pantry.id}").text)


def test_a_figure_that_cannot_be_is_said_at_its_field(as_member: Opener, hub: Hub, cast: Cast) -> None:
    pia = as_member("pia")
    before = everything(hub)
    for fields, says in (({"available": "some"}, "Give a whole number."), ({"available": "9", "maximum": "3"}, "maximum cannot be less")):
        answer = pia.post(f"/listings/{cast.pantry.id}/capacity", "/listings", **fields)
        assert answer.status_code == 400
        assert says in words(answer.text)
    assert everything(hub) == before


def test_the_coordinator_sees_everybodys_room(as_member: Opener, cast: Cast) -> None:
    cora = as_member("cora")
    page = words(cora.get("/listings").text)
    assert "Harbor Pantry food boxes" in page
    assert "Hillcrest night shelter" in page
    assert cora.post(f"/listings/{cast.shelter.id}/capacity", "/listings", available="3").status_code == 303
