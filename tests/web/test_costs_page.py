"""The coordinator sets what counts as how many minutes, tries it first, and sees who changed what."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from referral_hub.matching.cost_table import costs_now, set_costs
from referral_hub.matching.costs import DEFAULTS, KINDS
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.matching.network import add_listing
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]


def fields(**minutes: Any) -> dict[str, str]:
    """The form as it stands, with these costs changed."""
    return {f"minutes.{name}": f"{minutes.get(name, DEFAULTS[name])}" for name in DEFAULTS} | {"version": "0", "term": "food"}


def value(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', page)
    assert found is not None, name
    shown = re.search(r'value="([^"]*)"', found[0])
    return shown[1] if shown else ""


def test_every_cost_stands_there_with_its_sentence_its_minutes_and_its_default(as_member: Opener) -> None:
    page = as_member("cora").get("/costs").text
    said = unescape(words(page))
    for kind in KINDS:
        assert f"{kind.why} Default: {kind.default} min" in said
        assert value(page, f"minutes.{kind.name}") == str(kind.default)
    assert "Nobody has changed the costs yet: the defaults count." in said
    assert "Back to" not in said


def test_the_page_is_in_the_coordinators_navigation_alone(as_member: Opener) -> None:
    assert 'href="/costs"' in as_member("cora").get("/").text
    for name in ("ana", "pia"):
        assert 'href="/costs"' not in as_member(name).get("/").text


def test_what_is_saved_is_in_force_and_the_page_says_who_changed_what(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    assert cora.post("/costs", "/costs", step="save", **fields(waitlist="45", slow="7.5")).headers["location"] == "/costs"
    with hub.read(cast.ana) as work:
        assert costs_now(work) == {**DEFAULTS, "waitlist": 45, "slow": 7.5}
    page = cora.get("/costs").text
    assert (value(page, "minutes.waitlist"), value(page, "minutes.slow"), value(page, "version")) == ("45", "7.5", "1")
    said = words(page)
    assert "“There is a waitlist” from 30 to 45 and “This partner usually takes more than 2 business days to answer” from 5 to 7.5 minutes." in said
    assert "Cora Lund" in said[said.index("Changes") :]
    assert "Back to 30" in said


def test_the_match_page_counts_by_what_was_saved(as_member: Opener, hub: Hub, cast: Cast) -> None:
    add_listing(hub, "Quiet Pantry", available=None)
    match = f"/needs/{cast.need.id}/match"
    ana = as_member("ana")
    assert "5 because room is not known" in words(ana.get(match).text)
    as_member("cora").post("/costs", "/costs", step="save", **fields(availability_unknown="12"))
    assert "12 because room is not known" in words(ana.get(match).text)


def test_a_value_that_cannot_be_is_said_at_its_field_and_changes_nothing(as_member: Opener, hub: Hub) -> None:
    cora = as_member("cora")
    before = everything(hub)
    for step in ("save", "try"):
        answer = cora.post("/costs", "/costs", step=step, **fields(waitlist="-1", full="a lot", slow="700", stale="", aging="nan"))
        assert answer.status_code == 400
        said = words(answer.text)
        for why in ("There is a waitlist", "It is full", "This partner usually takes more than 2 business days to answer", "Not confirmed for more than 180 days", "Last confirmed 90 to 180 days ago"):  # fmt: skip
            assert f"{why}: this must be from 0 to 600 minutes, to a tenth at most." in said
        assert 'id="minutes-full-error"' in answer.text
        assert value(answer.text, "minutes.full") == "a lot"
        assert 'href="#minutes-waitlist"' in answer.text
    assert everything(hub) == before


def test_a_stale_form_is_told_so_and_shows_the_present_costs(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    with hub.begin(cast.cora) as work:
        set_costs(work, {**DEFAULTS, "waitlist": 50}, 0)
    before = everything(hub)
    answer = cora.post("/costs", "/costs", step="save", **fields(waitlist="45"))
    assert answer.status_code == 409
    assert "Somebody else changed the costs since you opened this page." in words(answer.text)
    assert (value(answer.text, "minutes.waitlist"), value(answer.text, "version")) == ("50", "1")
    assert everything(hub) == before


def test_trying_shows_the_new_order_and_where_each_stood_and_keeps_nothing(as_member: Opener, hub: Hub) -> None:
    add_listing(hub, "Near Pantry With A List", point=(39.2946, -76.6252), available=0, waitlist=True)
    add_listing(hub, "Far Pantry", point=(39.3346, -76.6252))
    cora = as_member("cora")
    before = everything(hub)
    same = words(cora.post("/costs", "/costs", step="try", near="21201", **fields()).text)
    assert same.index("Far Pantry") < same.index("Near Pantry With A List")
    assert "4 services. The first 4 by the minutes on this page, as they stand now:" in same, "the cast's pantry and its kitchen are there too"
    assert "Not saved yet" not in same
    tried = words(cora.post("/costs", "/costs", step="try", near="21201", **fields(waitlist="2")).text)
    assert tried.index("Near Pantry With A List") < tried.index("Far Pantry")
    assert re.search(r"1 Near Pantry With A List Up, was 4 Canton House · Near Pantry With A List hall · now 3\d min", tried)
    assert re.search(r"Far Pantry Down, was \d", tried)
    assert "2 because there is a waitlist" in tried
    assert everything(hub) == before


def test_what_drops_out_of_the_first_five_is_named(as_member: Opener, hub: Hub) -> None:
    for number in range(5):
        add_listing(hub, f"Pantry {number}", term="diapers", point=(39.2946 + number / 1000, -76.6252), available=None)
    add_listing(hub, "Roomy Pantry", term="diapers", point=(39.3246, -76.6252))
    tried = words(as_member("cora").post("/costs", "/costs", step="try", near="21201", **{**fields(availability_unknown="60"), "term": "diapers"}).text)
    assert re.search(r"1 Roomy Pantry Up, was 6", tried)
    assert re.search(r"No longer among the first Pantry 4, Canton House: was 5, would be 6", tried)


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [("near", "99999", "ZIP code: give a ZIP code of five digits, or none."), ("term", "unicorns", "Kind of help: choose one of these."), ("language", "xx", "Language: choose one of these.")],
)  # fmt: skip
def test_an_example_that_cannot_be_is_said_at_its_field(as_member: Opener, field: str, given: str, says: str) -> None:
    answer = as_member("cora").post("/costs", "/costs", step="try", **{**fields(), field: given})
    assert answer.status_code == 400
    assert says in words(answer.text)


def test_one_cost_or_all_go_back_to_their_defaults_in_the_form_only(as_member: Opener, hub: Hub) -> None:
    cora = as_member("cora")
    before = everything(hub)
    one = cora.post("/costs", "/costs", step="waitlist", **fields(waitlist="45", slow="9")).text
    assert (value(one, "minutes.waitlist"), value(one, "minutes.slow")) == ("30", "9")
    assert "Not saved yet 1 of 10 costs would change." in words(one)
    assert one.count('value="waitlist"') == 0, "what is at its default has no way back to it"
    every = cora.post("/costs", "/costs", step="defaults", **fields(waitlist="45", slow="9")).text
    assert [value(every, f"minutes.{kind.name}") for kind in KINDS] == [str(kind.default) for kind in KINDS]
    assert "Not saved yet" not in words(every)
    assert everything(hub) == before


def test_enter_tries_and_does_not_save(as_member: Opener) -> None:
    page = as_member("cora").post("/costs", "/costs", step="try", **fields(maybe="1")).text
    assert "Back to 15" in words(page), "a button that stands before the one that tries"
    form = page[page.index('action="/costs"') :]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert 'value="try"' in first[0]
