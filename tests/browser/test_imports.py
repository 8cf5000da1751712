"""The coordinator's way through the wizard of imports in a real browser, on phone and desktop, without a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_look import assert_looks_well
from tests.demo import Demo
from tests.partners.test_spreadsheet_dirt import Planted

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("screen", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_dirty_spreadsheet_is_checked_imported_and_taken_back(chromium: Browser, demo: Demo, tmp_path: Path, screen: ViewportSize) -> None:
    name = f"food bank {screen['width']}"
    file = Planted(tmp_path / f"{name}.csv", count=400, each=1, duplicates=12).path
    context = chromium.new_context(viewport=screen, bypass_csp=True, base_url=demo.url)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto("/sign-in")
    page.get_by_label("Email").fill("cora@example.org")
    page.get_by_label("Password").fill(demo.passwords["cora@example.org"])
    page.get_by_role("button", name="Sign in").click()
    page.goto("/listings")
    page.get_by_role("link", name="Bring a spreadsheet in").click()
    assert_looks_well(page, screen, "/imports")
    page.get_by_label("Spreadsheet").set_input_files(str(file))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_label("Agency")).to_have_value("organization.name")
    assert_looks_well(page, screen, "columns")
    page.get_by_role("button", name="Check what would happen").click()
    expect(page.get_by_text("Checked, not imported yet")).to_be_visible(timeout=120_000)
    expect(page.get_by_text("Nothing is stored yet.")).to_be_visible()
    page.get_by_text("Row by row").click()
    assert_looks_well(page, screen, "checked")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("button", name="Take the import back")).to_be_visible(timeout=180_000)
    assert_looks_well(page, screen, "imported")
    page.get_by_role("button", name="Take the import back").click()
    expect(page.get_by_text("The import was taken back")).to_be_visible()
    page.goto("/imports")
    expect(page.get_by_role("listitem").filter(has_text=name).first).to_contain_text("Taken back")
    context.close()
