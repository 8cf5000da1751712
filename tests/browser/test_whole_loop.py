"""The main job in a real browser against the demo, seen from both sides: on a desktop, on a phone without JavaScript, by letter."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.steps import (
    SignIn,
    answer_facts,
    letter_of,
    minutes_of,
    newest_event,
    open_need,
    press,
    press_in_vain,
    record_consent,
    register,
    result_of,
    sends_nothing_of,
    take_step,
)
from tests.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PANTRY = "Harbor Pantry"
ZIP = "21224"


def test_a_need_is_met_and_the_loop_closed_on_a_desktop(sign_in: SignIn, demo: Demo) -> None:
    ana, pia = sign_in("ana@example.org"), sign_in("pia@example.org")
    register(ana, "Rosalind", "Quayle", birth_date="1951-04-09", phone="410-555-0163", postal_code=ZIP)
    answer_facts(ana, household_size="1", annual_income="14000")
    record_consent(ana, "Food")
    open_need(ana, "food-pantry")

    card = result_of(ana, PANTRY)
    total, parts = minutes_of(card)
    assert parts and abs(sum(parts) - total) <= 1
    card.get_by_role("link", name="Refer").click()
    expect(ana.get_by_text(f"Rosalind agreed to share this with {PANTRY}.")).to_be_visible()
    ana.get_by_label("Note to the partner").fill("Lives on the third floor.")
    press(ana, "Send the referral")
    ana.wait_for_url("**/referrals/*")
    path = ana.url.removeprefix(demo.url)
    expect(ana.locator(".hub-move")).to_contain_text(f"{PANTRY} answers by")

    pia.goto("/")
    expect(pia.locator(f"main a[href='{path}']")).to_have_count(1)
    sends_nothing_of(pia, "Rosalind", "Quayle", "0163", "third floor")
    pia.goto(path)
    sends_nothing_of(pia, "Rosalind", "Quayle", "0163", "third floor")
    expect(pia.get_by_text("Name and phone are shown once you accept.")).to_be_visible()

    press(pia, "Accept")
    expect(pia.get_by_role("heading", level=1)).to_have_text("Rosalind Quayle")
    expect(pia.locator("a[href^='tel:']", has_text="0163")).to_be_visible()
    expect(pia.get_by_text("third floor")).to_be_visible()
    expect_news(ana, path, "said yes")

    take_step(pia, "Help began")
    press(pia, "Help began")
    expect_news(ana, path, "began")

    pia.get_by_label("Yes, all of it").check()
    pia.get_by_role("group", name="Is the need met by it?").get_by_label("Yes", exact=True).check()
    pia.get_by_label("How much?").fill("two boxes")
    press(pia, "Report help given")
    expect_news(ana, path, "help")
    expect(ana.get_by_text("How much: two boxes.")).to_be_visible()

    ana.goto("/")
    expect(ana.locator(f"main a[href='{path}']")).to_have_count(1)
    assert letter_of(ana, path).startswith(b"%PDF")

    ana.goto(path)
    ana.get_by_label("Met", exact=True).check()
    ana.get_by_label("What comes next?").fill("Nothing more is needed")
    press(ana, "Close the loop")
    expect(ana.locator("main")).to_contain_text("Closed: need met")
    ana.goto("/")
    expect(ana.locator(f"main a[href='{path}']")).to_have_count(0)
    pia.goto(path)
    sends_nothing_of(pia, "third floor", "0163")


def test_a_no_leads_to_the_next_service_on_a_phone_without_javascript(sign_in: SignIn, demo: Demo) -> None:
    ana = sign_in("ana@example.org", phone=True, javascript=False)
    pia = sign_in("pia@example.org", phone=True, javascript=False)
    register(ana, "Tobias", "Wren", birth_date="1988-09-30", phone="410-555-0164", postal_code=ZIP)
    answer_facts(ana, household_size="3", annual_income="21000")
    record_consent(ana, "Food")
    open_need(ana, "food-pantry")
    result_of(ana, PANTRY).get_by_role("link", name="Refer").click()
    press(ana, "Send the referral")
    ana.wait_for_url("**/referrals/*")
    path = ana.url.removeprefix(demo.url)

    pia.goto(path)
    take_step(pia, "Decline")
    press_in_vain(pia, "Decline", "hoose the reason")
    pia.get_by_label("No room now").check()
    press(pia, "Decline")
    expect(pia.locator(".hub-lead--state")).to_contain_text("Declined")
    sends_nothing_of(pia, "Tobias", "Wren", "0164")

    ana.goto(path)
    expect(ana.locator(".hub-lead--state")).to_contain_text(f"{PANTRY} said no")
    ana.get_by_role("link", name=re.compile("^Send to ")).first.click()
    press(ana, "Send the referral")
    ana.wait_for_url(re.compile(r"/referrals/[0-9a-f-]{36}$"))
    assert ana.url.removeprefix(demo.url) != path
    expect(ana.locator(".hub-move")).to_contain_text("answers by")
    expect(ana.locator(".hub-move")).not_to_contain_text(PANTRY)


def test_the_patient_answers_the_letter_and_the_care_manager_reads_it(sign_in: SignIn, demo: Demo, chromium: Browser, tmp_path: Path) -> None:
    ana, pia = sign_in("ana@example.org"), sign_in("pia@example.org")
    register(ana, "Philippa", "Marsh", birth_date="1946-12-01", phone="410-555-0165", postal_code=ZIP)
    answer_facts(ana, household_size="1", annual_income="12000")
    record_consent(ana, "Food")
    open_need(ana, "food-pantry")
    result_of(ana, PANTRY).get_by_role("link", name="Refer").click()
    press(ana, "Send the referral")
    ana.wait_for_url("**/referrals/*")
    path = ana.url.removeprefix(demo.url)
    pia.goto(path)
    press(pia, "Accept")
    letter = tmp_path / "letter.pdf"
    letter.write_bytes(letter_of(ana, path))

    phone = chromium.new_context(viewport=PHONE, java_script_enabled=False, base_url=demo.url)
    reader = phone.new_page()
    reader.goto(link_in(letter))
    sends_nothing_of(reader, "Philippa", "Marsh", PANTRY)
    reader.get_by_label("Year you were born").fill("1947")
    press_in_vain(reader, "Open", "do not open a letter")
    reader.get_by_label("Year you were born").fill("1946")
    press(reader, "Open")
    expect(reader.get_by_text(f"{PANTRY} said yes.")).to_be_visible()
    reader.get_by_label("I did not get it").check()
    reader.get_by_label("Do you want to add something?").fill("Nobody was there on Monday")
    press(reader, "Send my answer")
    expect(reader.get_by_role("heading", level=1)).to_have_text("Thank you")
    phone.close()

    ana.goto(path)
    expect(ana.locator("main")).to_contain_text("Nobody was there on Monday")
    ana.goto("/")
    expect(ana.locator(f"main a[href='{path}']")).to_have_count(1)


def expect_news(page: Page, path: str, words: str) -> None:
    """The sender's page of the referral has a newest event that says this."""
    page.goto(path)
    expect(newest_event(page)).to_contain_text(words)


def link_in(letter: Path) -> str:
    """The path that the QR code leads to, read off the printed page as a phone would."""
    subprocess.run(["pdftoppm", "-png", "-r", "110", letter, letter.with_suffix("")], check=True)
    texts = [code.text for page in letter.parent.glob(f"{letter.stem}-*.png") for code in zxingcpp.read_barcodes(Image.open(page))]
    return next(match[0] for match in (re.search(r"/r/.+$", text) for text in texts) if match)
