"""The letter's pages: the care manager prints, the patient opens and answers, machines that open links do nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pypdf
import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from referral_hub import sign_in
from referral_hub.app import create_app
from referral_hub.ids import new_id
from referral_hub.letters import actions
from referral_hub.letters.render import missing_fonts
from referral_hub.referrals import actions as referral_actions
from referral_hub.storage.tables import care as care_tables
from referral_hub.unit_of_work import Hub
from tests.cast import PASSWORD, Cast
from web.security import session_cookie_name

pytestmark = pytest.mark.skipif(bool(missing_fonts()), reason="the letters' fonts are built by `make assets`")


class Browser:
    """One person's browser."""

    def __init__(self, hub: Hub, client: TestClient[Any]) -> None:
        self.hub = hub
        self.client = client

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def post(self, path: str, seen_on: str, **fields: str | list[str]) -> Any:
        """Send the form that stands on the page `seen_on`."""
        token = re.search(r'name="_csrf_token" value="([^"]+)"', self.client.get(seen_on).text)
        assert token is not None
        return self.client.post(path, data={**fields, "_csrf_token": token[1]}, follow_redirects=False)

    def sign_in(self, email: str) -> Browser:
        signed = sign_in.sign_in(self.hub, email, PASSWORD, None)
        self.client.cookies.set(session_cookie_name(self.hub.settings), signed.secret)
        return self


@pytest.fixture
def browser(hub: Hub, cast: Cast) -> Iterator[Browser]:
    """Nobody signed in."""
    with TestClient(create_app(hub.settings, hub), raise_server_exceptions=False) as client:
        yield Browser(hub, client)


@pytest.fixture
def sent(hub: Hub, cast: Cast) -> UUID:
    with hub.begin(cast.ana) as work:
        return referral_actions.create_referral(work, cast.need.id, cast.pantry.id, send=True).id


@pytest.fixture
def code(hub: Hub, cast: Cast, sent: UUID) -> str:
    """The code on Omar's paper."""
    with hub.begin(cast.ana) as work:
        pdf = actions.print_letter(work, sent).pdf
    found = re.search(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))
    assert found is not None
    return found[0]


def snapshot(hub: Hub) -> list[Any]:
    """Everything that a letter's pages could change."""
    from referral_hub.storage.tables import accounts, referrals

    with hub.database.read() as connection:
        return [
            connection.execute(sa.select(table)).all()
            for table in (care_tables.letter_code, referrals.referral, referrals.event, accounts.sign_in_try)
        ]


def main_of(page: Any) -> str:
    """The page's own part, without the forgery token."""
    found = re.search(r"<main.*?</main>", page.text, re.DOTALL)
    assert found is not None
    return re.sub(r'name="_csrf_token" value="[^"]+"', "", found[0])


def test_ana_prints_a_letter_that_no_cache_keeps(browser: Browser, cast: Cast, hub: Hub, sent: UUID) -> None:
    browser.sign_in(cast.email("ana"))
    page = f"/referrals/{sent}/letter"
    assert "Omar Haddad’s letter" in browser.get(page).text
    answer = browser.post(page, page, language="es", large="yes", days=["0", "2"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'inline; filename="letter.pdf"'
    words = " ".join(" ".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(answer.content)).pages).split())
    assert "Carta para Omar" in words
    assert "Lunes y miércoles" in words
    assert "code works until February" in browser.get(page).text


def test_ana_switches_codes_off(browser: Browser, cast: Cast, sent: UUID, code: str) -> None:
    browser.sign_in(cast.email("ana"))
    page = f"/referrals/{sent}/letter"
    assert browser.post(f"{page}/revoke", page).status_code == 303
    assert "code switched off" in browser.get(page).text
    assert browser.post("/r/open", "/r", secret=code, birth_year="1959").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("ben", 403), ("hana", 404), ("pia", 403), ("zoe", 403), ("cora", 403), ("alma", 403)])
def test_nobody_else_prints(browser: Browser, cast: Cast, sent: UUID, who: str, status: int) -> None:
    browser.sign_in(cast.email(who))
    assert browser.get(f"/referrals/{sent}/letter").status_code == status
    assert browser.post(f"/referrals/{sent}/letter", "/r").status_code == status


def test_somebody_elses_letter_is_as_absent_as_one_that_is_not_there(browser: Browser, cast: Cast, sent: UUID) -> None:
    browser.sign_in(cast.email("hana"))
    other, absent = browser.get(f"/referrals/{sent}/letter"), browser.get(f"/referrals/{new_id()}/letter")
    assert (other.status_code, main_of(other)) == (absent.status_code, main_of(absent))


def test_a_language_that_is_not_written_is_told_to_the_care_manager(browser: Browser, cast: Cast, hub: Hub, sent: UUID) -> None:
    browser.sign_in(cast.email("ana"))
    with hub.database.write() as connection:
        connection.execute(sa.update(care_tables.patient).values(language="vi"))
    assert "We cannot write Vietnamese yet. The letter is in English" in browser.get(f"/referrals/{sent}/letter").text


def test_the_page_says_what_keeps_a_letter_from_being_printed(browser: Browser, cast: Cast, hub: Hub, sent: UUID) -> None:
    browser.sign_in(cast.email("ana"))
    page = f"/referrals/{sent}/letter"
    seen = browser.get(page)
    with hub.database.write() as connection:
        connection.execute(sa.update(care_tables.patient).values(birth_date=None))
    assert "Add the birth date" in browser.get(page).text
    assert "Make the letter" in seen.text
    assert "Make the letter" not in browser.get(page).text
    assert browser.post(page, "/r").status_code == 400


def test_a_get_of_a_link_changes_nothing_and_looks_nothing_up(browser: Browser, hub: Hub, code: str) -> None:
    before = snapshot(hub)
    real, other = browser.get(f"/r/{code}"), browser.get("/r/some-other-words")
    assert (real.status_code, main_of(real).replace(code, "")) == (other.status_code, main_of(other).replace("some-other-words", ""))
    assert "Harbor" not in real.text
    assert snapshot(hub) == before


@pytest.mark.parametrize("path", ["/r", "/r/0123456789abcdefABCDEF_-01234567"])  # pragma: allowlist secret
def test_a_letters_pages_are_kept_nowhere_and_named_to_nobody(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "noindex" in headers["x-robots-tag"]


def test_omar_opens_his_letter_and_answers(browser: Browser, cast: Cast, hub: Hub, sent: UUID, code: str) -> None:
    opened = browser.post("/r/open", f"/r/{code}", secret=code, birth_year="1959")
    assert opened.status_code == 200
    assert "We asked Harbor Pantry to help." in opened.text
    assert re.findall(r'type="radio" name="answer"[^>]* value="(\w+)"', opened.text) == ["got_it", "did_not", "something_else"]
    assert re.findall(r"hub-tile__label[^>]*>([^<]+)<", opened.text) == ["I got it", "I did not get it", "I need something else"]
    thanks = browser.post("/r/answer", "/r", secret=code, birth_year="1959", answer="did_not", words="<b>Closed</b>")
    assert thanks.status_code == 200
    assert "We told Ana Ortiz." in thanks.text
    with hub.read(cast.ana) as work:
        referral = work.referrals.get_for(cast.ana, sent)
    assert referral.outcome is not None
    assert referral.outcome["patient"]["note"] == "<b>Closed</b>"


def test_wrong_code_wrong_year_and_locked_look_the_same(browser: Browser, code: str) -> None:
    wrong = browser.post("/r/open", "/r", secret=code, birth_year="1960")
    unknown = browser.post("/r/open", "/r", secret="ACDE-FHJK-MNPR-TVWX", birth_year="1959")
    empty = browser.post("/r/open", "/r")
    for _ in range(4):
        browser.post("/r/open", "/r", secret=code, birth_year="1960")
    locked = browser.post("/r/open", "/r", secret=code, birth_year="1959")
    pages = {
        (each.status_code, main_of(each).replace(code, "").replace("ACDE-FHJK-MNPR-TVWX", "").replace(' value=""', ""))
        for each in (wrong, unknown, empty, locked)
    }
    assert len(pages) == 1
    assert wrong.status_code == 404
    assert "This code and year do not open a letter." in wrong.text


def test_a_browser_that_guesses_is_stopped(browser: Browser, code: str) -> None:
    for _ in range(actions.MOST_PEER_TRIES):
        browser.post("/r/open", "/r", secret="guess", birth_year="1959")  # pragma: allowlist secret
    stopped = browser.post("/r/open", "/r", secret=code, birth_year="1959")
    assert stopped.status_code == 429
    assert "Wait 15 minutes" in stopped.text


def test_no_answer_is_a_fault_beside_the_question(browser: Browser, code: str) -> None:
    page = browser.post("/r/answer", "/r", secret=code, birth_year="1959")
    assert page.status_code == 400
    assert page.text.count("Choose one answer.") == 2
    target = re.search(r'<a href="#([^"]+)">Choose one answer', page.text)
    assert target is not None
    assert f'id="{target[1]}"' in page.text


def test_the_form_needs_its_forgery_token(browser: Browser, hub: Hub, code: str) -> None:
    before = snapshot(hub)
    assert browser.client.post("/r/answer", data={"secret": code, "birth_year": "1959", "answer": "got_it"}).status_code == 403
    assert snapshot(hub) == before


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/r?language=es", {}), ("/r", {"accept_language": "es-MX,es;q=0.9,en;q=0.8"}), ("/r", {"accept_language": "ko, es"})],
)
def test_the_pages_speak_spanish_to_who_reads_it(browser: Browser, path: str, headers: dict[str, str]) -> None:
    page = browser.get(path, **headers)
    assert '<html lang="es"' in page.text
    assert "Año en que nació" in page.text


def test_a_spanish_letter_opens_in_spanish_whatever_the_browser_asks(browser: Browser, cast: Cast, hub: Hub, sent: UUID) -> None:
    with hub.begin(cast.ana) as work:
        pdf = actions.print_letter(work, sent, language="es").pdf
    found = re.search(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))
    assert found is not None
    page = browser.post("/r/open", "/r", secret=found[0], birth_year="1959", language="en")
    assert '<html lang="es"' in page.text
    assert "Le pedimos ayuda a Harbor Pantry." in page.text
    assert "Lo recibí" in page.text
