"""The main pages in a real browser, on a phone, light and dark: nothing serious from axe, nothing sticks out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.demo import Demo

pytestmark = pytest.mark.browser
GRAVE = ("serious", "critical")
VISITS = {
    "ana@example.org": ("/", "/patients", "/patients/new", "/referrals", "/directory?search=food&near=21201", "/referrals?state=ended"),
    "pia@example.org": ("/", "/referrals", "/listings"),
    "cora@example.org": ("/", "/listings"),
}
FOLLOWED = {
    "ana@example.org": ("/patients/", "/referrals/", "/directory/", "/needs/", "/send/"),
    "pia@example.org": ("/referrals/",),
}
"""The first link of each kind that the visited pages show is followed too."""


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
@pytest.mark.parametrize("email", list(VISITS))
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_phone(chromium: Browser, demo: Demo, email: str, scheme: Literal["light", "dark"]) -> None:
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme, bypass_csp=True, base_url=demo.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.passwords[email])
    page.get_by_role("button", name="Sign in").click()
    looked_at = []
    for path in open_pages(page, email):
        found = Axe().run(page).response["violations"]
        grave = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in GRAVE]
        assert grave == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        looked_at.append(path)
    assert len(looked_at) >= len(VISITS[email]) + len(FOLLOWED.get(email, ()))
    context.close()


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
    for path in ("/", "/patients", "/directory?near=21201"):
        page.goto(path)
        assert page.evaluate("getComputedStyle(document.querySelector('.hub-header')).backgroundColor") == "rgb(11, 93, 90)", "the styles are missing"
    assert said == []
    context.close()
