"""The match page in a real browser: every state of it looks well on phone and desktop, and a phone without scripts gets through."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import SignIn, open_need, record_consent, register
from tests.browser.test_look import Scheme, assert_looks_well
from tests.demo import Demo

pytestmark = pytest.mark.browser


def need_of(page: Page, name: str) -> str:
    """The path of the matches for a patient's first need."""
    page.goto("/patients")
    page.get_by_label(re.compile("name", re.IGNORECASE)).first.fill(name)
    page.get_by_role("button", name=re.compile("Search|Find|Look", re.IGNORECASE)).first.click()
    page.locator("main a[href^='/patients/']", has_text=name).first.click()
    href = page.locator("main a[href^='/needs/'][href$='/match']").first.get_attribute("href")
    assert href is not None
    return href


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_state_of_the_match_page_looks_well(chromium: Browser, demo: Demo, screen: ViewportSize, scheme: Scheme) -> None:
    context = chromium.new_context(viewport=screen, color_scheme=scheme, bypass_csp=True, base_url=demo.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email").fill("ana@example.org")
    page.get_by_label("Password").fill(demo.passwords["ana@example.org"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    need = need_of(page, "Carmen")
    page.goto(need)
    assert_looks_well(page, screen, "enough")
    expect(page.get_by_text("No more questions")).to_be_visible()
    expect(page.get_by_role("link", name="Ask anyway")).to_be_visible()
    seen = set()
    skipped = ""
    while True:
        page.goto(f"{need}?ask=more{skipped}")
        asked = page.locator("input[name=fact]")
        if not asked.count():
            break
        fact = asked.input_value()
        seen.add(fact)
        assert_looks_well(page, screen, f"question {fact}")
        skipped += f"&skip={fact}"
    assert len(seen) >= 3, seen
    expect(page.get_by_text("Skipped. Ask again about:")).to_be_visible()
    assert_looks_well(page, screen, "skipped")
    page.goto(f"{need}?include=all")
    expect(page.get_by_text("Does not fit because:").first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert_looks_well(page, screen, "what does not fit")
    page.goto("/help/order")
    assert_looks_well(page, screen, "/help/order")
    context.close()


def test_a_phone_without_scripts_is_asked_one_question_at_a_time(sign_in: SignIn) -> None:
    page = sign_in("ana@example.org", phone=True, javascript=False)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    register(page, "Vera", "Lind", birth_date="1992-03-04", phone="410-555-0171", postal_code="21224")
    page.get_by_role("button", name="Save").click()
    record_consent(page, "Food")
    open_need(page, "food-pantry")
    with page.expect_navigation():
        page.get_by_role("link", name="Ask anyway").click()
    asked = []
    for _ in range(12):
        fact = page.locator("input[name=fact]")
        if not fact.count():
            break
        asked.append(page.locator("#question-words").inner_text())
        with page.expect_navigation():
            answer(page, fact.input_value())
        assert page.url.endswith("#question")
        expect(page.get_by_role("status")).to_have_text(re.compile(r"^(\d+ services? |Thank you\. )"))
    assert len(asked) == len(set(asked)) >= 3, "no question twice"
    expect(page.get_by_text("No more questions")).to_be_visible()
    page.get_by_role("link", name=re.compile("Show what does not fit and why")).click()
    expect(page.get_by_text("Does not fit because:").first).to_be_visible()


def answer(page: Page, fact: str) -> None:
    """Answer the question on the page as somebody might."""
    if fact == "household_size":
        page.get_by_role("button", name="3", exact=True).click()
    elif fact == "annual_income":
        page.locator("#value").fill("1,400")
        page.get_by_label("How often it comes in").select_option("a month")
        page.get_by_role("button", name="Save").click()
    elif fact == "members":
        if page.locator("#person-1").count():
            page.locator("#person-1").fill("36")
            page.locator("#person-2").fill("8 months")
        page.get_by_role("button", name="Save").click()
    elif fact == "visits":
        page.get_by_role("button", name="Never").click()
    elif page.get_by_role("button", name="No", exact=True).count():
        page.get_by_role("button", name="No", exact=True).click()
    else:
        page.get_by_role("button", name="Rather not say").click()
