"""Find help: words marked, slips told, choices with their counts as links that keep the rest, and who answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE
from referral_hub.matching.answers import Facet, SearchAnswer
from referral_hub.partners import model
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser
from tests.web.test_referral_page import words
from web.narrowing import MOST_CHOICES, choices_of, marked

Opener = Callable[[str], Browser]
LINK = re.compile(r'<a class="hub-facet( hub-facet--chosen)?" href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)


def links(page: str) -> dict[str, tuple[str, bool]]:
    """Name with its count -> (where it leads, whether it is chosen)."""
    return {" ".join(words(inner).replace(", chosen; take it away", "").split()): (unescape(href), bool(chosen)) for chosen, href, inner in LINK.findall(page)}


def rename(hub: Hub, cast: Cast, **values: object) -> None:
    with hub.begin(COMMAND_LINE) as work:
        service = work.directory.records("service", [cast.pantry.service_id])[cast.pantry.service_id]
        work.directory.save(model.DirectoryRows(service=[replace(service, **values)]))


def test_found_words_are_marked_and_what_partners_write_is_never_markup(as_member: Opener, hub: Hub, cast: Cast) -> None:
    rename(hub, cast, name="Pantry <img src=x onerror=alert(1)>", description="A pantry & <b>more</b>.")
    page = as_member("ana").get("/directory?search=pantry").text
    assert "<mark>Pantry</mark> &lt;img src=x onerror=alert(1)&gt;" in page
    assert "A <mark>pantry</mark> &amp; &lt;b&gt;more&lt;/b&gt;." in page
    assert "<img src=x" not in page


def test_a_slip_is_told(as_member: Opener) -> None:
    assert "Showing results for pantry" in words(as_member("ana").get("/directory?search=pnatry").text)
    assert "Showing results for" not in as_member("ana").get("/directory?search=pantry").text


def test_what_has_only_some_of_the_words_says_so(as_member: Opener) -> None:
    assert "Nothing has all of these words" in words(as_member("ana").get("/directory?search=pantry+unobtainium").text)


def test_a_choice_keeps_the_rest_and_a_chosen_one_leads_back(as_member: Opener) -> None:
    page = as_member("ana").get("/directory?search=food&papers=1").text
    chosen = [name for name, (_, is_chosen) in links(page).items() if is_chosen]
    assert [name.rpartition(" ")[0] for name in chosen] == ["No papers needed"]
    assert links(page)[chosen[0]][0] == "/directory?search=food"
    assert '<input type="hidden" name="papers" value="1">' in page
    pantry = next(name for name in links(page) if name.startswith("Food pantry"))
    assert links(page)[pantry] == ("/directory?search=food&papers=1&taxonomy=food-pantry", False)


def test_a_count_is_what_its_link_finds(as_member: Opener) -> None:
    ana = as_member("ana")
    for name, (href, is_chosen) in links(ana.get("/directory").text).items():
        assert not is_chosen
        assert f"{name.rpartition(' ')[2]} found" in words(ana.get(href).text), name


def test_without_a_search_server_nothing_is_said_of_one(as_member: Opener) -> None:
    assert "search server" not in words(as_member("ana").get("/directory?search=pantry").text)


def test_a_search_server_that_fails_is_told_of_on_the_page(as_member: Opener, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.matching.routing import dead_address

    setting = dead_address().replace("http://", "meilisearch+http://key@")
    monkeypatch.setattr(hub, "settings", replace(hub.settings, search=setting))
    page = words(as_member("ana").get("/directory?search=pantry").text)
    assert "The search server has not taken over the newest changes yet." in page
    assert "pantry" in page.lower()


def test_many_kinds_are_cut_to_the_most_frequent_and_the_chosen_one_stays() -> None:
    facets = {"taxonomy": [Facet(f"kind-{number}", f"Kind {number}", 50 - number) for number in range(30)]}
    found = SearchAnswer(items=[], total=0, page=1, per_page=20, facets=facets, index_version=1)
    (group,) = choices_of(found, {"taxonomy": "kind-29", "search": "a&b"})
    assert len(group.choices) == MOST_CHOICES
    assert (group.choices[0].name, group.choices[0].is_chosen, group.choices[0].href) == ("Kind 29", True, "/directory?search=a%26b")
    assert group.choices[1].href == "/directory?search=a%26b&taxonomy=kind-0"


def test_marks_go_around_escaped_text() -> None:
    assert marked("a<b & c", [(0, 1), (2, 3)]) == "<mark>a</mark>&lt;<mark>b</mark> &amp; c"
    assert marked("", []) == ""
