"""The queue of suggested rules: for the coordinator everybody's, for a partner's staff their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from referral_hub.partners.suggestion import Phrase
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.matching.test_suggestions import describe_as, read_texts, rule_of, waiting
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words
from web.suggested import mark_phrases

Opener = Callable[[str], Browser]
TEXT = "Adults 18 and older. Bring a towel & soap <1 bar>."


@pytest.fixture
def suggested(hub: Hub, cast: Cast) -> str:
    """The id of the one suggestion: for the pantry's kitchen."""
    describe_as(hub, cast.kitchen.service_id, TEXT, rule=None)
    describe_as(hub, cast.shelter.service_id, None, rule=None)
    read_texts(hub)
    (one,) = waiting(hub, cast.cora)
    return str(one.id)


@pytest.mark.parametrize("name", ["cora", "pia", "lee"])
def test_the_card_shows_the_words_what_they_mean_and_the_rule(as_member: Opener, suggested: str, name: str) -> None:
    page = as_member(name).get("/rule-suggestions").text
    said = words(page)
    assert '<mark class="hub-mark">18 and older<' in page
    assert "(understood as: Ages 18 and over" in said
    assert "Stays as text, for a person to judge: “Bring a towel &amp; soap &lt;1 bar&gt;.”" in page
    assert "concerns 1 listing" in said
    assert "This is right" in said
    assert "Not right" in said


def test_one_click_puts_the_rule_in_force_and_one_more_takes_it_out(as_member: Opener, hub: Hub, cast: Cast, suggested: str) -> None:
    pia = as_member("pia")
    answer = pia.post(f"/rule-suggestions/{suggested}/confirm", "/rule-suggestions", page="1", state="suggested")
    assert (answer.status_code, answer.headers["location"]) == (303, "/rule-suggestions?said=right&page=1&state=suggested")
    assert rule_of(hub, cast.kitchen.service_id) is not None
    assert "Nothing waits" in words(pia.get(answer.headers["location"]).text)
    assert f"said right by {cast.pia.name}" in words(pia.get("/rule-suggestions?state=confirmed").text)
    assert pia.post(f"/rule-suggestions/{suggested}/reopen", "/rule-suggestions?state=confirmed", state="confirmed").status_code == 303
    assert rule_of(hub, cast.kitchen.service_id) is None


def test_not_right_leaves_the_text_as_it_is(as_member: Opener, hub: Hub, cast: Cast, suggested: str) -> None:
    cora = as_member("cora")
    assert cora.post(f"/rule-suggestions/{suggested}/dismiss", "/rule-suggestions").status_code == 303
    assert rule_of(hub, cast.kitchen.service_id) is None
    assert "Harbor Pantry" in words(cora.get("/rule-suggestions?state=dismissed").text)


def test_a_stranger_sees_nothing_of_it_and_can_decide_nothing(as_member: Opener, hub: Hub, suggested: str) -> None:
    zoe = as_member("zoe")
    assert "towel" not in zoe.get("/rule-suggestions").text
    before = everything(hub)
    assert zoe.post(f"/rule-suggestions/{suggested}/confirm", "/listings").status_code == 404
    assert everything(hub) == before


def test_looking_changes_nothing(as_member: Opener, hub: Hub, suggested: str) -> None:
    cora = as_member("cora")
    before = everything(hub)
    for query in ("", "?state=confirmed", "?state=dismissed", "?page=99", "?page=-1", "?said=right"):
        assert cora.get(f"/rule-suggestions{query}").status_code == 200
    assert everything(hub) == before


def test_only_the_coordinator_is_offered_to_read_the_texts_again(as_member: Opener, suggested: str) -> None:
    assert "Read the texts again" in as_member("cora").get("/rule-suggestions").text
    assert "Read the texts again" not in as_member("pia").get("/rule-suggestions").text


def test_services_with_the_same_words_are_one_card_and_are_decided_together(as_member: Opener, hub: Hub, cast: Cast) -> None:
    for place in (cast.kitchen, cast.pantry, cast.shelter):
        describe_as(hub, place.service_id, TEXT, rule=None)
    read_texts(hub)
    cora = as_member("cora")
    assert "For all 3 services with these words" in words(cora.get("/rule-suggestions").text)
    (one,) = waiting(hub, cast.cora)
    assert cora.post(f"/rule-suggestions/{one.id}/confirm", "/rule-suggestions", alike="yes").status_code == 303
    assert all(rule_of(hub, place.service_id) for place in (cast.kitchen, cast.pantry, cast.shelter))


def test_a_partner_finds_the_queue_from_its_services(as_member: Opener, suggested: str) -> None:
    page = as_member("pia").get("/listings")
    assert "1 suggested rule waits for you" in words(page.text)
    assert 'href="/rule-suggestions"' in page.text
    assert "suggested rule wait" not in words(as_member("zoe").get("/listings").text)


def test_marks_cover_the_text_once_and_in_order() -> None:
    def phrase(start: int, end: int) -> Phrase:
        return Phrase(start=start, end=end, text="", criterion={"type": "age", "min": 18})

    pieces = mark_phrases("abcdefgh", [phrase(4, 6), phrase(0, 2), phrase(5, 7), phrase(7, 99)])
    assert "".join(piece.text for piece in pieces) == "abcdefgh"
    assert [piece.text for piece in pieces if piece.means] == ["ab", "ef"]
