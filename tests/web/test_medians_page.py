"""The coordinator pastes the medians of areas, is told which lines cannot be, and sees who changed what."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from referral_hub.matching.area_median import AreaMedian
from referral_hub.matching.median_table import get_medians, set_medians
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

Opener = Callable[[str], Browser]
CITY, STATE = AreaMedian("24510", 2026, 122_200), AreaMedian("MD", 2026, 100_000)


def in_force(hub: Hub, cast: Cast) -> list[AreaMedian]:
    with hub.read(cast.ana) as work:
        return get_medians(work).medians


def field(page: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return unescape(found[1]).strip()


def test_an_empty_table_says_so_and_the_minutes_lead_here(as_member: Opener) -> None:
    cora = as_member("cora")
    said = words(cora.get("/medians").text)
    assert "No figure yet." in said
    assert "Nobody has filled in anything yet." in said
    assert 'href="/medians"' in cora.get("/costs").text


def test_lines_that_are_saved_are_in_force_and_the_page_says_who_changed_what(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    answer = cora.post("/medians", "/medians", version="0", lines="md\t2026\t$100,000\r\n\r\n24510, 2026, 122,200\r\n")
    assert answer.headers["location"] == "/medians"
    assert in_force(hub, cast) == [CITY, STATE]
    page = cora.get("/medians").text
    assert field(page) == "24510, 2026, 122200\nMD, 2026, 100000"
    said = unescape(words(page))
    assert "Baltimore city, MD 2026 $122,200" in said
    assert "Added Baltimore city, MD 2026: $122,200 and MD 2026: $100,000." in said
    assert "Cora Lund" in said
    cora.post("/medians", "/medians", version="1", lines="24510, 2026, 130000")
    said = unescape(words(cora.get("/medians").text))
    assert "Changed Baltimore city, MD 2026: $130,000. Removed MD 2026: $100,000." in said


def test_lines_that_cannot_be_are_told_beside_the_field_and_nothing_is_half_applied(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    before = everything(hub)
    typed = "24510, 2026, 122200\nBaltimore, 2026, 122200\n24005, 2026, nan\nMD, 2026, -1"
    answer = cora.post("/medians", "/medians", version="0", lines=typed)
    assert answer.status_code == 400
    said = unescape(words(answer.text))
    assert "Line 2: give a county by its five digits or a state by two letters first. Line 3: give the median of four people last" in said
    assert 'id="lines-error"' in answer.text
    assert 'href="#lines"' in answer.text
    assert field(answer.text) == typed
    assert everything(hub) == before
    assert in_force(hub, cast) == []


def test_a_stale_form_is_told_so_and_shows_the_present_table(as_member: Opener, hub: Hub, cast: Cast) -> None:
    cora = as_member("cora")
    with hub.begin(cast.cora) as work:
        set_medians(work, [STATE], 0)
    before = everything(hub)
    answer = cora.post("/medians", "/medians", version="0", lines="24510, 2026, 122200")
    assert answer.status_code == 409
    assert "Somebody else changed the medians since you opened this page." in words(answer.text)
    assert field(answer.text) == "MD, 2026, 100000"
    assert 'name="version" value="1"' in answer.text
    assert everything(hub) == before


def test_a_long_table_is_shown_in_part_and_a_long_change_is_counted(as_member: Opener) -> None:
    cora = as_member("cora")
    lines = "\n".join(f"{number:05}, 2026, 90000" for number in range(250))
    assert cora.post("/medians", "/medians", version="0", lines=lines).status_code == 303
    said = words(cora.get("/medians").text)
    assert "And 50 more in the field above." in said
    assert "and 247 more." in said
