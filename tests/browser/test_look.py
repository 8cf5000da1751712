"""The main pages in a real browser, on phone and desktop, light and dark: nothing serious from axe, nothing sticks out, thumbs hit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.conftest import DESKTOP, PHONE
from tests.demo import Demo

pytestmark = pytest.mark.browser
GRAVE = ("serious", "critical")
ALSO = ("/imports", "/duplicates", "/directory-changes")
VISITS = {
    "ana@example.org": ("/", "/patients", "/patients/new", "/referrals", "/directory?search=food&near=21201", "/referrals?state=ended"),
    "pia@example.org": ("/", "/referrals", "/listings", "/directory-work"),
    "cora@example.org": ("/", "/listings", "/referrals", "/costs", "/medians", "/referrers", "/rule-suggestions", "/directory-work", "/differences", *ALSO),
    "lee@example.org": ("/listings",),
    "ben@example.org": ("/", "/patients"),
    "alma@example.org": ("/",),
}
FOLLOWED = {
    "ana@example.org": ("/patients/", "/referrals/", "/directory/", "/needs/", "/send/"),
    "pia@example.org": ("/referrals/",),
    "lee@example.org": ("/listings/", "/hours", "/eligibility", "/area", "/documents", "/contact"),
    "ben@example.org": ("/patients/", "/referrals/", "/needs/"),
}
"""The first link of each kind that the visited pages show is followed too."""


Scheme = Literal["light", "dark"]
SMALLEST_TARGET = 44
"""CSS pixels that a thumb needs."""
SMALL_TARGETS = """smallest => [...document.querySelectorAll("button, .govuk-button, summary, .hub-nav__link, .hub-tile__label, select, input[type=text]")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < smallest - 0.5)
    .map(one => one.outerHTML.slice(0, 120))"""


def open_pages(page: Page, email: str) -> Iterator[str]:
    """Visit the pages, then one of each kind that they lead to; the path of each."""
    waiting = list(VISITS[email])
    wanted = set(FOLLOWED.get(email, ()))
    seen: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        page.goto(path)
        seen.add(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        yield path
        for link in page.eval_on_selector_all("main a[href^='/']", "all => all.map(one => one.getAttribute('href'))"):
            kind = next((kind for kind in sorted(wanted, key=len) if kind in link and link not in seen and "/new" not in link), None)
            if kind:
                wanted.discard(kind)
                waiting.append(link)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("email", list(VISITS))
def test_axe_finds_nothing_serious_nothing_sticks_out_and_a_thumb_hits(
    chromium: Browser, demo: Demo, email: str, screen: ViewportSize, scheme: Scheme
) -> None:
    context = chromium.new_context(viewport=screen, color_scheme=scheme, bypass_csp=True, base_url=demo.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.passwords[email])
    page.get_by_role("button", name="Sign in").click()
    looked_at = []
    for path in open_pages(page, email):
        assert_looks_well(page, screen, path)
        looked_at.append(path)
    assert len(looked_at) >= len(VISITS[email]) + len(FOLLOWED.get(email, ()))
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pages_for_everybody_look_well_too(chromium: Browser, demo: Demo, screen: ViewportSize, scheme: Scheme) -> None:
    context = chromium.new_context(viewport=screen, color_scheme=scheme, bypass_csp=True, base_url=demo.url)
    page = context.new_page()
    for path in ("/sign-in", "/r", "/r/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA?language=es", "/nowhere", "/c/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"):
        page.goto(path)
        assert_looks_well(page, screen, path)
    context.close()


def assert_looks_well(page: Page, screen: ViewportSize, path: str) -> None:
    found = Axe().run(page).response["violations"]
    grave = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in GRAVE]
    assert grave == [], path
    assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"], path
    if screen == PHONE:
        assert page.evaluate(SMALL_TARGETS, SMALLEST_TARGET) == [], path


def test_the_policy_blocks_nothing_that_a_page_needs(chromium: Browser, demo: Demo) -> None:
    context = chromium.new_context(viewport=DESKTOP, base_url=demo.url)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url}"))
    page.goto("/sign-in")
    page.get_by_label("Email").fill("ana@example.org")
    page.get_by_label("Password").fill(demo.passwords["ana@example.org"])
    page.get_by_role("button", name="Sign in").click()
    for _path in open_pages(page, "ana@example.org"):
        assert page.evaluate("getComputedStyle(document.querySelector('.hub-header')).backgroundColor") == "rgb(11, 93, 90)", "the styles are missing"
    assert said == []
    context.close()


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_names_of_any_length_stand_on_one_line_each(chromium: Browser, demo: Demo, screen: ViewportSize) -> None:
    context = chromium.new_context(viewport=screen, base_url=demo.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email").fill("cora@example.org")
    page.get_by_label("Password").fill(demo.passwords["cora@example.org"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".hub-header__who")
    tall = "document.querySelector('.hub-header').getBoundingClientRect().height"
    before = page.evaluate(tall)
    page.evaluate("document.querySelectorAll('.hub-header__who span').forEach(one => { one.textContent = 'Wolfeschlegelsteinhausen and Sons '.repeat(9) })")
    assert page.evaluate(tall) == before <= 124
    assert page.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    context.close()
