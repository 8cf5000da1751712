"""What must not be read about a place that is kept secret: whole sentences go, for the sealed table to keep."""

from __future__ import annotations

import re

HIDDEN = "[kept confidential]"
_STREET = r"st(?:reet)?|ave(?:nue)?|r(?:oa)?d|dr(?:ive)?|blvd|boulevard|lane|ln|court|ct|pl(?:ace)?|p(?:ar)?kwa?y|highway|hwy|pike|way|circle|terrace|square|plaza"
_TELLS = re.compile(
    rf"\b\d+[\w-]*\s+(?:[nsew]\.?\s+)?(?:[A-Za-z'.]+\s+){{1,4}}(?:{_STREET})\b"  # 12 N Rose Street
    rf"|\b[A-Z][a-z]+\s+(?:and|&|at)\s+[A-Z][a-z]+\s+(?:{_STREET})s?\b"  # Baltimore and Center Streets
    r"|\bbus(?:es)?\b[^.]*(?:line|stop|route|#|\d)|\b(?:metro|subway|light rail|marc)\b[^.]*\bstop"  # how to get there
    r"|\bblocks?\s+(?:away|from|of|north|south|east|west)\b|\b(?:located|situated)\s+(?:at|on|near|next|across|behind|between|in)\b"
    r"|\b(?:across from|next to|corner of|around the corner|intersection of|entrance (?:is )?on)\b|\bp\.?\s?o\.?\s?box\b|\b\d{5}(?:-\d{4})?\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]*[ \t]*\n?")
_WORDS = re.compile(r"[a-z0-9]+")
_SHORT = {"street": "st", "avenue": "ave", "road": "rd", "drive": "dr", "boulevard": "blvd", "lane": "ln", "court": "ct", "place": "pl",
          "parkway": "pkwy", "highway": "hwy", "north": "n", "south": "s", "east": "e", "west": "w"}  # fmt: skip
_DIRECTIONS = frozenset("nsew")
_ABBREVIATION = re.compile(r"\b([A-Z]|[NS][EW]|St|Ave|Rd|Dr|Mt|Ft|No|Mr|Mrs|Ms|Inc)\.(?=\s)")
_DOT = "\u2024"
_KINDS = frozenset(_SHORT.values()) | {"suite", "floor", "unit", "apt", "room"}


def street_words(line: str) -> tuple[str, ...]:
    """A street line as comparable words (`12 North Rose Street` -> 12 n rose st)."""
    return tuple(_SHORT.get(word, word) for word in _WORDS.findall(line.lower()))


def hide_place(text: str | None, streets: list[str], *, every_place: bool) -> tuple[str | None, list[str]]:
    """(text without the sentences that tell where, the sentences taken out).

    `streets` are the street lines that must not appear in any spelling; with `every_place` a sentence
    goes also when it tells of any street, bus stop or corner.
    """
    if not text:
        return text, []
    keys = [key for key in (_key(street) for street in streets) if key]
    kept: list[str] = []
    taken: list[str] = []
    for piece in _SENTENCES.findall(_ABBREVIATION.sub(rf"\1{_DOT}", text)):  # the dot of `12 N. Rose St.` ends no sentence
        if not piece:
            continue
        sentence = piece.replace(_DOT, ".")
        words = street_words(sentence)
        if any(_holds(words, key) for key in keys) or (every_place and _TELLS.search(sentence)):
            taken.append(sentence.strip())
            if not kept or kept[-1].strip() != HIDDEN:
                kept.append(HIDDEN + ("\n" if sentence.endswith("\n") else " "))
        else:
            kept.append(sentence)
    return ("".join(kept).strip(), taken) if taken else (text, [])


def _key(street: str) -> tuple[str, ...]:
    """Number and name: enough to find the place, whatever the kind of street is called."""
    words = street_words(street)
    names = [word for word in words if word not in _KINDS and word not in _DIRECTIONS]
    if len(names) > 1:
        return tuple(names[:2])
    return words[:2] if len(words) > 1 else ()


def _holds(words: tuple[str, ...], key: tuple[str, ...]) -> bool:
    """The key's words in this order, with no more than a direction or an initial between them."""
    places = [index for index, word in enumerate(words) if word == key[0]]
    return any(key[1] in words[place + 1 : place + 3] for place in places)
