"""Take the pictures of docs/screenshots from the sample network, at the widths of a phone and of a desktop.

`make screenshots`. A shot is who looks, and the way there: an address, or a pattern of the first link to follow.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import APIResponse, Browser, Page, sync_playwright

from tests.browser.conftest import DESKTOP, FLAGS, PHONE
from tests.demo import Demo, running_demo

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
SIZES = {"390": PHONE | {"height": 1400}, "1280": DESKTOP | {"height": 1100}}
"""Two screens high: enough to show a page, small enough for a README."""
_ID = "[0-9a-f-]{36}"
REFERRAL = f"^/referrals/{_ID}$"
PATIENT = f"^/patients/{_ID}$"
MATCH = f"^/needs/{_ID}/match"
SHOTS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "sign-in": (None, ("/sign-in",)),
    "worklist": ("ana@example.org", ("/",)),
    "patient": ("ana@example.org", ("/patients", PATIENT)),
    "match": ("ana@example.org", ("/patients", PATIENT, MATCH)),
    "directory": ("ana@example.org", ("/directory?search=food+pantri",)),
    "referral": ("ana@example.org", ("/", REFERRAL)),
    "inbox": ("pia@example.org", ("/",)),
    "answer": ("pia@example.org", ("/", REFERRAL)),
}
LETTER = ("ana@example.org", ("/", REFERRAL))
LETTER_DPI = 70


class CannotShow(Exception):
    """The way to a shot ends: no such link, or no letter."""


def main() -> int:
    """0 done, 1 a shot could not be taken or a program is missing."""
    chromium, pdftoppm = shutil.which("chromium"), shutil.which("pdftoppm")
    if chromium is None or pdftoppm is None:
        sys.stderr.write("chromium or pdftoppm is missing: run tools/system_packages.sh.\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder) / "data") as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            for name, (email, way) in SHOTS.items():
                for width, size in SIZES.items():
                    page = _open(browser, demo, email, size)
                    _follow(page, way)
                    page.screenshot(path=FOLDER / f"{name}-{width}.png")
                    page.context.close()
                    sys.stdout.write(f"{name}-{width}.png\n")
            page = _open(browser, demo, LETTER[0], DESKTOP)
            _follow(page, LETTER[1])
            letter = Path(folder) / "letter.pdf"
            letter.write_bytes(_print_letter(page).body())
            options = ["-png", "-r", str(LETTER_DPI), "-singlefile"]
            subprocess.run([pdftoppm, *options, str(letter), str(FOLDER / "letter")], check=True)  # noqa: S603  # a program of this machine
        except CannotShow as fault:
            sys.stderr.write(f"{fault}\n")
            return 1
        finally:
            browser.close()
    return 0


def _open(browser: Browser, demo: Demo, email: str | None, size: dict[str, int]) -> Page:
    """A page in a browser of its own, signed in as somebody of the sample network."""
    page = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, base_url=demo.url).new_page()
    if email is not None:
        page.goto("/sign-in")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(demo.passwords[email])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")
    return page


def _follow(page: Page, way: tuple[str, ...]) -> None:
    for step in way:
        if not step.startswith("^"):
            page.goto(step)
            continue
        links: list[str] = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
        found = next((link for link in links if re.match(step, link)), None)
        if found is None:
            raise CannotShow(f"{page.url} has no link that matches {step}")
        page.goto(found)
    page.wait_for_load_state("networkidle")


def _print_letter(page: Page) -> APIResponse:
    """What the form on the letter's page sends, answered with the PDF."""
    page.goto(f"{page.url.rstrip('/')}/letter")
    fields: dict[str, str | float | bool] = page.eval_on_selector(
        "main form:has([name=language])", "form => Object.fromEntries(new FormData(form))"
    )
    answer = page.context.request.post(page.url, form=fields)
    if answer.headers.get("content-type") != "application/pdf":
        raise CannotShow(f"{page.url} gave no letter: {answer.status}, {fields}")
    return answer


if __name__ == "__main__":
    sys.exit(main())
