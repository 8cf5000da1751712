"""What people do in the portal, a page at a time, found by the words that they read."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import APIResponse, Locator, Page, Route, expect

SignIn = Callable[..., Page]
"""The fixture `sign_in`: an address, `phone` and `javascript` -> a page of one's own."""


def register(page: Page, given_name: str, family_name: str, *, birth_date: str, phone: str, postal_code: str) -> None:
    """Register a patient; ends at the questions about facts."""
    page.goto("/patients/new")
    page.get_by_label("Given name").fill(given_name)
    page.get_by_label("Family name").fill(family_name)
    page.get_by_label("Birth date").fill(birth_date)
    page.get_by_label("Phone").fill(phone)
    page.get_by_label("ZIP code").fill(postal_code)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What we know")


def answer_facts(page: Page, *, household_size: str, annual_income: str) -> None:
    """Say what is known; ends at the patient."""
    page.get_by_label("How many people live together").fill(household_size)
    page.get_by_label("Household income in a year").fill(annual_income)
    page.get_by_label("English").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("dt", has_text="People in the household")).to_be_visible()


def record_consent(page: Page, *domains: str) -> None:
    """The patient agrees; ends at the patient."""
    page.get_by_role("link", name="Record consent").first.click()
    for domain in domains:
        page.get_by_label(domain, exact=True).check()
    page.get_by_role("button", name="The patient agrees: record it").click()
    expect(page.get_by_text("Holds", exact=True)).to_be_visible()


def open_need(page: Page, code: str) -> None:
    """Open a need; ends at the services that fit."""
    page.get_by_role("link", name=re.compile("Open the first need|Open a need")).first.click()
    page.locator(f"input[name='term'][value='{code}']").check()
    page.get_by_role("button", name="The patient confirms: find services").click()
    expect(page.get_by_text("Why this order?")).to_be_visible()


def result_of(page: Page, organization: str) -> Locator:
    """The first match of an organization."""
    return page.locator("ol.hub-cards > li.hub-card", has=page.locator(".hub-card__meta", has_text=organization)).first


def minutes_of(card: Locator) -> tuple[int, list[int]]:
    """(the sum as written, each part as written) of a match's minutes bar."""
    parts = [int(text.split()[0]) for text in card.locator(".hub-minutes__legend li").all_inner_texts()]
    return minutes_in(card.locator(".hub-minutes__words b").inner_text()), parts


def minutes_in(words: str) -> int:
    """Minutes of "27 min" or "1 h 5 min"."""
    hours, minutes = re.search(r"(\d+) h", words), re.search(r"(\d+) min", words)
    return 60 * int(hours[1] if hours else 0) + int(minutes[1] if minutes else 0)


def press(page: Page, words: str) -> None:
    """Press a button that sends a form, and wait for the page that answers; it finds no fault."""
    with page.expect_navigation() as answer:
        page.get_by_role("button", name=words, exact=True).click()
    assert answer.value.status == 200, page.locator("main").inner_text()


def press_in_vain(page: Page, words: str, fault: str) -> None:
    """Press a button that sends a form which is refused with these words."""
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text(fault)


def take_step(page: Page, words: str) -> None:
    """Open a step that stands folded on a referral's page."""
    page.locator("summary", has_text=words).first.click()


def newest_event(page: Page) -> Locator:
    """The newest line of a referral's timeline; the clock's next tick stands above it."""
    return page.locator(".hub-timeline__item:not(.hub-timeline__item--next)").first


def letter_of(page: Page, referral: str) -> bytes:
    """Print the letter of the referral at this path; what the browser was sent, whether it shows or keeps it."""
    page.goto(f"{referral}/letter")
    sent: list[APIResponse] = []

    def catch(route: Route) -> None:
        sent.append(route.fetch())
        route.fulfill(response=sent[-1])

    page.route("**/letter", catch)
    with page.expect_event("requestfinished", lambda request: request.method == "POST"):
        page.get_by_role("button", name="Make the letter (PDF)").click()
    page.unroute("**/letter")
    assert [(one.status, one.headers["content-type"]) for one in sent] == [(200, "application/pdf")]
    return sent[0].body()


def sends_nothing_of(page: Page, *secrets: str) -> None:
    """The page as it was sent holds none of these texts."""
    sent = page.content()
    assert [secret for secret in secrets if secret in sent] == []
