"""Languages in free text (`Spanish.`, `ASL and a Language line.`): which are spoken, which are interpreted."""

from __future__ import annotations

import re

from msgspec import Struct

CODES: dict[str, str] = {
    "amharic": "am", "arabic": "ar", "american sign language": "ase", "sign language": "ase", "asl": "ase", "a.s.l": "ase",
    "bengali": "bn", "burmese": "my", "cantonese": "yue", "chinese": "zh", "mandarin": "cmn", "dutch": "nl", "english": "en",
    "farsi": "fa", "filipino": "fil", "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "gujarati": "gu",
    "gujurati": "gu", "haitian creole": "ht", "hebrew": "he", "hindi": "hi", "hmong": "hmn", "indonesian": "id", "italian": "it",
    "japanese": "ja", "kannada": "kn", "khmer": "km", "korean": "ko", "lakota": "lkt", "malayalam": "ml", "nepali": "ne",
    "pashto": "ps", "persian": "fa", "polish": "pl", "portugese": "pt", "portuguese": "pt", "punjabi": "pa", "quechua": "qu",
    "russian": "ru", "samoan": "sm", "somali": "so", "spanish": "es", "swahili": "sw", "tagalog": "tl", "tongan": "to",
    "tigrinya": "ti", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi", "yiddish": "yi", "yoruba": "yo",
}  # fmt: skip
"""Name (lower case) to ISO 639-1, or 639-3 where there is none."""

_NAMES = re.compile(r"(?<![a-z])(" + "|".join(re.escape(name) for name in sorted(CODES, key=len, reverse=True)) + r")(?![a-z])")
_NOT_SPOKEN = re.compile(
    r"brochure|literature|material|publication|application form|applications|books|see notes for esol|will try|may make|phone number"
)
_INTERPRETED = re.compile(r"interpret|translat|language l(?:ine|ink)|arrange|advance|possibility")
_ARRANGED = re.compile(
    r"accom+odat|arrangement|interpret|translat|language l|languages l|language bank|tele-interpreter|all(?: languages)?\.?$|other languages|numerous|bilingual|multi-lingual|alternative formats"
)


class Spoken(Struct, frozen=True):
    """One language that a text names."""

    code: str
    name: str
    interpreted: bool
    note: str | None = None


def read_languages(text: str) -> tuple[list[Spoken], str | None]:
    """(languages, interpretation text): the second holds the whole text where it speaks of more than plain languages.

    Languages of printed matter only (`brochures in Spanish`) are not spoken and stay in the text.
    """
    plain = " ".join(text.split())
    found: dict[str, Spoken] = {}
    leftover = bool(_ARRANGED.search(plain.lower()))
    for sentence in re.split(r"(?<=[a-z)])[.;]\s*", plain):
        low = sentence.lower()
        names = _NAMES.findall(low)
        if not names or _NOT_SPOKEN.search(low):
            leftover = leftover or bool(low.strip(" .,"))
            continue
        interpreted = bool(_INTERPRETED.search(low))
        rest = _NAMES.sub("", low)
        note = sentence.strip() if re.search(r"[a-z]{3,}", rest.replace("and", "")) else None
        leftover = leftover or note is not None
        for name in names:
            code = CODES[name]
            found.setdefault(code, Spoken(code, _title(name), interpreted, note))
    return list(found.values()), (plain if leftover and plain else None)


def _title(name: str) -> str:
    return "American Sign Language" if CODES[name] == "ase" else name.title()
