"""The pictures of the README, taken from the sample network: `make screenshots`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.demo import Demo, running_demo

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
DESKTOP = (1280, 860)
PHONE = (390, 760)
LARGEST_BYTES = 1_500_000
"""All pictures together: the repository is cloned by people with slow lines."""
LETTER_DPI = 75


def take_screenshots(demo: Demo, browser: Browser, folder: Path) -> list[Path]:
    """Walk the tour of the README and keep a picture of each stop; the files made."""
    taken: list[Path] = []

    def keep(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        taken.append(folder / f"{name}.png")
        page.screenshot(path=taken[-1])

    with signed_in(demo, browser, "ana@example.org", DESKTOP) as ana:
        keep(ana, "today")
        ana.goto("/patients?search=Omar")
        ana.get_by_role("link", name="Omar Haddad").first.click()
        need = ana.locator("main a[href^='/needs/'][href$='/match']").last.get_attribute("href") or "/"
        ana.goto(f"{need}?ask=more")
        keep(ana, "match")
        ana.goto("/directory?search=food&near=21230")
        keep(ana, "directory")
        ana.goto("/referrals?state=accepted")
        ana.locator("main a[href^='/referrals/']").first.click()
        keep(ana, "referral")
        taken.append(_print_letter(ana, folder))
    with signed_in(demo, browser, "ana@example.org", PHONE) as ana:
        ana.goto(f"{need}?ask=more")
        keep(ana, "match-phone")
    with signed_in(demo, browser, "pia@example.org", PHONE) as pia:
        keep(pia, "inbox-phone")
        pia.goto("/referrals?state=sent")
        pia.locator("main a[href^='/referrals/']").first.click()
        keep(pia, "answer-phone")
    return taken


@contextmanager
def signed_in(demo: Demo, browser: Browser, email: str, size: tuple[int, int]) -> Iterator[Page]:
    """A browser of one's own, signed in, in light colours and English."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, base_url=demo.url, locale="en-US", color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(demo.passwords[email])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


def _print_letter(page: Page, folder: Path) -> Path:
    """The first sheet of the letter about the referral on the page."""
    page.goto(f"{page.url}/letter")
    form = {name: page.locator(f"form [name={name}]").first.input_value() for name in ("_csrf_token",)}
    answer = page.request.post(page.url, form={**form, "language": "en", "days": "0"})
    with tempfile.TemporaryDirectory() as scratch:
        paper = Path(scratch) / "letter.pdf"
        paper.write_bytes(answer.body())
        command = ["pdftoppm", "-r", str(LETTER_DPI), "-png", "-f", "1", "-l", "1", "-singlefile", str(paper), str(folder / "letter")]
        subprocess.run(command, check=True)  # noqa: S603  # our own words, a file of our own making
    return folder / "letter.png"


def main() -> None:
    """Start the demo on data of its own and replace the pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing: tools/system_packages.sh installs it")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch) / "data") as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, "--disable-dev-shm-usage"])
        taken = take_screenshots(demo, browser, FOLDER)
        browser.close()
    size = sum(path.stat().st_size for path in taken)
    sys.stdout.write(f"{len(taken)} pictures in {FOLDER.name}, {size // 1000} KB\n")
    if size > LARGEST_BYTES:
        sys.exit(f"The pictures are larger than {LARGEST_BYTES // 1000} KB together: make them smaller.")


if __name__ == "__main__":
    main()
