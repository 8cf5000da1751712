"""A finished letter as a tagged PDF (PDF/UA-1). The words come from compose; here they only find their place."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import msgspec
import segno
import typst

from referral_hub.errors import Unavailable
from referral_hub.letters.model import Letter

FAMILY = "Noto Sans"
_TEMPLATE = "letter.typ"


def render_letter(letter: Letter, *, made_at: datetime, fonts: Path | None = None) -> bytes:
    """The PDF of a letter.

    `fonts` is a folder of TTF files of Noto Sans; None takes the hub's own. Raises Unavailable where they are missing.
    """
    pdf = typst.compile(
        _template(),
        font_paths=_read_fonts(fonts),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=made_at.astimezone(UTC).replace(microsecond=0),  # a PDF's date has none, and typst refuses them
        sys_inputs={"letter": msgspec.json.encode(letter).decode(), "qr": _draw_qr(letter.answer.link)},
    )
    if not isinstance(pdf, bytes):
        raise Unavailable("The letter could not be made.")
    return pdf


def missing_fonts(fonts: Path | None = None) -> list[str]:
    """The font families that a letter needs and this hub has not got."""
    try:
        _read_fonts(fonts)
    except Unavailable:
        return [FAMILY]
    return []


def _draw_qr(link: str) -> str:
    """The link as an SVG picture with its quiet zone of four modules."""
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        picture, kind="svg", border=4, xmldecl=False, nl=False, dark="#000000", light="#ffffff", scale=4
    )
    return picture.getvalue().decode()


@cache
def _template() -> bytes:
    return files(__package__).joinpath(_TEMPLATE).read_bytes()


@cache
def _read_fonts(folder: Path | None) -> typst.Fonts:
    """Once a process: reading the fonts takes longer than a letter."""
    with as_file(files("referral_hub").joinpath("assets", "fonts")) as own:
        read = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder or own)])
    if FAMILY not in read.families():
        raise Unavailable("The letters' fonts are missing: run `make assets`.")
    return read
