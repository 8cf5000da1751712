"""The printed letter: tagged, in its language, with its own fonts, and a QR code that opens the right page."""

from __future__ import annotations

import io
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pypdf
import pytest
import segno
import zxingcpp
from PIL import Image
from pypdf.generic import DictionaryObject

from referral_hub.errors import Unavailable
from referral_hub.letters.compose import compose_letter
from referral_hub.letters.model import LetterFacts
from referral_hub.letters.render import FAMILY, missing_fonts, render_letter
from tests.letters.facts import CODE, LINK, facts

pytestmark = pytest.mark.skipif(bool(missing_fonts()), reason="the letters' fonts are built by `make assets`")
MADE = datetime(2026, 11, 23, 14, tzinfo=UTC)
THIRD = 11 * 72 / 3
"""Points from the top of the sheet to the first fold."""


def read(given: LetterFacts) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render_letter(compose_letter(given), made_at=MADE)))


def words_of(reader: pypdf.PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).replace("\u00a0", " ").split())


def resolved(value: object) -> DictionaryObject:
    found = value.get_object()  # type: ignore[attr-defined]  # pypdf's objects and references share the method
    assert isinstance(found, DictionaryObject)
    return found


def kinds(node: object) -> list[str]:
    """The tags of the structure tree, in reading order."""
    found = node.get_object()  # type: ignore[attr-defined]
    if isinstance(found, list):
        return [kind for child in found for kind in kinds(child)]
    if not isinstance(found, DictionaryObject):
        return []
    own = [str(found["/S"])] if "/S" in found else []
    return own + (kinds(found["/K"]) if "/K" in found else [])


@pytest.mark.parametrize(("language", "title"), [("en", "Letter for Omar"), ("es", "Carta para Omar")])
def test_the_letter_is_tagged_titled_and_in_its_language(language: str, title: str) -> None:
    reader = read(facts(language=language))
    root = resolved(reader.trailer["/Root"])
    assert str(root["/Lang"]).startswith(language)
    assert str(resolved(root["/MarkInfo"])["/Marked"]) == "True"
    assert str(resolved(root["/ViewerPreferences"])["/DisplayDocTitle"]) == "True"
    assert reader.metadata is not None
    assert reader.metadata.title == title
    assert b"pdfuaid:part" in resolved(root["/Metadata"]).get_data()  # type: ignore[attr-defined]
    tags = kinds(resolved(root["/StructTreeRoot"])["/K"])
    assert tags.count("/H1") == 1
    assert tags.count("/H2") == 9
    assert "/L" in tags
    assert tags.count("/Figure") == 1


@pytest.mark.parametrize("large", [False, True])
def test_the_words_come_out_of_the_pdf_and_every_page_has_its_number(large: bool) -> None:
    reader = read(facts(large=large))
    said = words_of(reader)
    for part in (
        "We asked Harbor Pantry to help.",
        "Monday and Thursday: 9 am to 5 pm",
        "100 Wharf Street",
        "Still needed",
        CODE,
        "To share",
    ):
        assert part in said
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, 1):
        assert f"Page {number} of {total}" in page.extract_text()


def test_large_print_is_eighteen_points_or_more() -> None:
    sizes: list[float] = []
    reader = read(facts(large=True))
    for page in reader.pages:
        page.extract_text(
            visitor_text=lambda text, _cm, tm, _font, size: sizes.append(abs(size * tm[3])) if text.strip() and "Page" not in text else None
        )
    assert min(sizes) >= 16.5
    assert sorted(sizes)[len(sizes) // 2] >= 18


def test_only_the_letters_own_fonts_are_embedded() -> None:
    fonts = {
        str(resolved(font)["/BaseFont"])
        for page in read(facts(given_name="Nguyễn Ñandú")).pages
        for font in resolved(resolved(page["/Resources"])["/Font"]).values()
    }
    assert fonts
    assert all("NotoSans" in name for name in fonts)


@pytest.mark.parametrize("safe", [False, True])
def test_the_outside_shows_the_name_and_address_and_nothing_else(safe: bool) -> None:
    reader = read(facts(safe=safe))
    page = reader.pages[0]
    outside: list[str] = []
    height = float(page.mediabox.height)

    def keep(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        if text.strip() and height - y < THIRD:
            outside.append(text.strip())

    page.extract_text(visitor_text=keep)
    assert " ".join(outside) == "November 23, 2026 Omar Haddad 12 Lantern Street Baltimore, MD 21201"


def test_the_qr_code_opens_the_link() -> None:
    picture = io.BytesIO()
    segno.make("control", micro=False).save(picture, kind="png", border=4, scale=4)
    assert [each.text for each in zxingcpp.read_barcodes(Image.open(picture))] == ["control"]
    for large in (False, True):
        assert LINK in {each.text for page in pictures(facts(large=large)) for each in zxingcpp.read_barcodes(page)}


def pictures(given: LetterFacts) -> list[Image.Image]:
    """The printed pages as a phone's camera sees them."""
    pdf = render_letter(compose_letter(given), made_at=MADE)
    pages = len(pypdf.PdfReader(io.BytesIO(pdf)).pages)
    shots = [
        subprocess.run(
            ["pdftoppm", "-r", "110", "-png", "-f", str(number), "-l", str(number), "-"], input=pdf, capture_output=True, check=True
        )
        for number in range(1, pages + 1)
    ]
    return [Image.open(io.BytesIO(shot.stdout)) for shot in shots]


def test_what_is_in_the_data_is_never_run_as_a_template() -> None:
    evil = '#panic("run") $x$ @ref <label> *bold* \\ `raw` [c] //'
    said = words_of(read(facts(given_name=evil, organization=evil, address=[evil, "https://example.org"])))
    assert '#panic("run") $x$ @ref <label> *bold*' in said


def test_long_names_and_many_papers_stay_on_the_sheet() -> None:
    name = "Saint Bartholomew's Interfaith Community Development and Emergency Assistance Corporation of Greater Baltimore"
    given = facts(
        organization=name, given_name="Maximiliana Guadalupe", family_name="Fernández de la Concepción-Wolfeschlegelstein", large=True
    )
    given = msgspec.structs.replace(given, place=msgspec.structs.replace(given.place, papers=given.place.papers * 4))
    reader = read(given)
    right = []
    for page in reader.pages:
        page.extract_text(
            visitor_text=lambda text, cm, tm, _font, _size: right.append(tm[4] * cm[0] + tm[5] * cm[2] + cm[4]) if text.strip() else None
        )
    assert max(right) < 612
    assert name in words_of(reader)


def test_without_the_fonts_the_hub_says_what_to_do(tmp_path: Path) -> None:
    assert missing_fonts(tmp_path) == [FAMILY]
    with pytest.raises(Unavailable, match="make assets"):
        render_letter(compose_letter(facts()), made_at=MADE, fonts=tmp_path)


def test_a_letter_takes_well_under_a_tenth_of_a_second() -> None:
    letter = compose_letter(facts())
    render_letter(letter, made_at=MADE)
    best = min(_seconds(lambda: render_letter(letter, made_at=MADE)) for _ in range(3))
    assert best < 0.1


def _seconds(run: object) -> float:
    started = time.perf_counter()
    run()  # type: ignore[operator]
    return time.perf_counter() - started


def test_a_letter_is_printed_at_any_moment_of_a_real_clock():
    pdf = render_letter(compose_letter(facts()), made_at=MADE.replace(microsecond=123456))

    assert pdf.startswith(b"%PDF-")
