"""The coordinator ticks what each sender is, and care managers' matches know it."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

from referral_hub.matching.referrer_table import ReferrerKinds, get_referrers, set_referrers
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.matching.network import add_listing
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


def field(cast: Cast) -> str:
    return f"kinds.{cast.ana.organization_id}"


def in_force(hub: Hub, cast: Cast) -> list[list[str]]:
    with hub.read(cast.ana) as work:
        return [one.kinds for one in get_referrers(work).referrers]


def test_every_sender_stands_there_and_what_is_ticked_is_in_force(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    assert 'href="/referrers"' in cora.get("/costs").text
    said = words(cora.get("/referrers").text)
    assert "Bayside Clinic" in said
    assert "Chesapeake Health Plan" in said
    assert "Harbor Pantry" not in said, "it does not send"
    assert said.count("Nobody has said yet") == 2
    answer = cora.post("/referrers", "/referrers", version="0", **{field(cast): ["clinic", "hospital"]})
    assert answer.headers["location"] == "/referrers"
    assert in_force(hub, cast) == [["clinic", "hospital"], []]
    page = cora.get("/referrers").text
    assert page.count(" checked") == 2
    said = unescape(words(page))
    assert "Bayside Clinic: a clinic and a hospital." in said
    assert "Cora Lund" in said
    cora.post("/referrers", "/referrers", version="1")
    assert "Bayside Clinic: nothing is said any more." in unescape(words(cora.get("/referrers").text))


def test_what_is_no_kind_is_refused_and_changes_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    before = everything(hub)
    answer = cora.post("/referrers", "/referrers", version="0", **{field(cast): ["circus"]})
    assert answer.status_code == 400
    assert "Some referrers need another look." in words(answer.text)
    assert everything(hub) == before


def test_a_stale_form_is_told_so_and_shows_what_is_in_force(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    assert cast.ana.organization_id is not None
    with hub.begin(cast.cora) as work:
        set_referrers(work, [ReferrerKinds(cast.ana.organization_id, ["court"])], 0)
    answer = cora.post("/referrers", "/referrers", version="0", **{field(cast): ["clinic"]})
    assert answer.status_code == 409
    assert "Somebody else changed this since you opened the page." in words(answer.text)
    assert in_force(hub, cast) == [["court"], []]
    assert 'name="version" value="1"' in answer.text


def test_the_match_page_judges_by_it_and_asks_the_patient_nothing(as_member: Opener, hub: Hub, cast: Cast) -> None:
    add_listing(hub, "Clinic Pantry", rule={"type": "referred_by", "any_of": ["clinic"]})
    ana, path = as_member("ana"), f"/needs/{cast.need.id}/match"
    page = ana.get(path).text
    assert "the hub does not know whether who refers is that." in unescape(words(page))
    assert "referred_by" not in page
    as_member("cora").post("/referrers", "/referrers", version="0", **{field(cast): ["clinic"]})
    assert "Referred by a clinic: a clinic, yes." in unescape(words(ana.get(path).text))
    as_member("cora").post("/referrers", "/referrers", version="1", **{field(cast): ["court"]})
    assert "Clinic Pantry" not in words(ana.get(path).text)
