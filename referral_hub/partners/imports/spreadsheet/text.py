"""Dirt in the text of a cell: every kind is taken out and told, so that the report can name it."""

from __future__ import annotations

import html
import re

_SUSPECT = re.compile(r"[^\x20-\x7e]|[<&#]|^[=+@-]")
_NOTHING = frozenset({"n/a", "na", "#n/a", "null", "none", "nan", "nil", "-", "--", "---", ".", "?", "unknown", "not available", "not applicable", "tbd", "undefined", "(blank)", "[blank]"})
"""What people write where there is nothing."""
_LONGEST_NOTHING = max(map(len, _NOTHING))
_ERRORS = frozenset({"#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!", "#spill!", "#calc!", "#getting_data"})
_MOJIBAKE = re.compile(r"[ÃÂ][\x80-\xbf¡-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|ï»¿|Ã\xa0")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,400}>|<!--.{0,2000}?-->", re.DOTALL)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|/ul|/ol|/table)\b[^<>]*>", re.IGNORECASE)
_CELL_END = re.compile(r"</(?:td|th)\b[^<>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,12});")
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DAYS = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}
_DAY_MARK = re.compile(r"\s*#{2,}\s*(mon|tue|wed|thu|fri|sat|sun)[a-z]*\s*#{2,}\s*:?\s*", re.IGNORECASE)
_MARK = re.compile(r"\s*#{2,}\s*[A-Za-z][A-Za-z _-]{0,30}\s*#{2,}\s*")
_QUOTED = re.compile(r'=\s*"([^"]*)"')
_LINK = re.compile(r'=\s*hyperlink\(\s*"([^"]*)"(?:\s*[,;]\s*"([^"]*)")?\s*\)', re.IGNORECASE)
_FORMULA = re.compile(r"=.+|[+@-]\s*[A-Za-z_.]+\(.*|[+@-].*\|.*!.*", re.DOTALL)
_GAPS = re.compile(r"[ \t\xa0]+")

Remark = tuple[str, str]
"""(problem, what was done)."""


_SPOILED = re.compile(r"[^\x20-\x7e]|[<&#]|^[=+@\s-]|\s$|  ")


def is_clean(text: str) -> bool:
    """Whether clean_text would give the text back as it is, without a remark; in doubt False."""
    return _SPOILED.search(text) is None and (len(text) > _LONGEST_NOTHING or text.lower() not in _NOTHING)


def clean_text(text: str) -> tuple[str, list[Remark]]:
    """The text without its dirt, and a remark for each kind that there was."""
    plain = text.strip()
    if not plain or plain.lower() in _NOTHING:
        return "", []
    if _SUSPECT.search(plain) is None:
        return plain if "  " not in plain else _GAPS.sub(" ", plain), []
    remarks: list[Remark] = []
    for mend in (_encoding, _mojibake, _error, _formula, without_html, _marks, _invisible):
        plain, remark = mend(plain)
        if remark is not None:
            remarks.append(remark)
    lines = [_GAPS.sub(" ", line).strip() for line in re.split(r"\r\n?|\n", plain)]
    plain = "\n".join(lines).strip("\n") if len(lines) > 1 else lines[0]
    return ("" if plain.lower() in _NOTHING else plain), remarks


def _encoding(text: str) -> tuple[str, Remark | None]:
    """Bytes that are no UTF-8 come as lone surrogates."""
    if not any("\udc80" <= letter <= "\udcff" for letter in text):
        return text, None
    mended = (bytes([ord(letter) - 0xDC00]).decode("cp1252", errors="replace") if "\udc80" <= letter <= "\udcff" else letter for letter in text)
    return "".join(mended), ("bytes that are not UTF-8", "read as Windows-1252")


def _mojibake(text: str) -> tuple[str, Remark | None]:
    if _MOJIBAKE.search(text) is None:
        return text, None
    mended = text
    for _ in range(2):  # some files went through the mill twice
        better = _undo(mended)
        if better is None:
            break
        mended = better
    return (text, None) if mended == text else (mended, ("letters of a wrong encoding", "put right"))


def _undo(text: str) -> str | None:
    if _MOJIBAKE.search(text) is None:
        return None
    raw = bytearray()
    for letter in text:
        try:
            raw += letter.encode("cp1252")
        except UnicodeEncodeError:
            if ord(letter) > 0xFF:
                return None
            raw.append(ord(letter))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _error(text: str) -> tuple[str, Remark | None]:
    return ("", (f"{text} is an error of the spreadsheet", "stored blank")) if text.lower() in _ERRORS else (text, None)


def _formula(text: str) -> tuple[str, Remark | None]:
    if text[:1] not in "=+-@" or len(text) < 2:
        return text, None
    if found := _QUOTED.fullmatch(text):
        return found[1], ("a formula", "its text is stored")
    if found := _LINK.fullmatch(text):
        return found[1] or found[2] or "", ("a formula", "its address is stored")
    return ("", ("a formula without its value", "stored blank")) if _FORMULA.fullmatch(text) else (text, None)


def without_html(text: str) -> tuple[str, Remark | None]:
    """The text without tags, its entities (`&#39;`) as the letters that they stand for; a remark where there were any."""
    if _TAG.search(text) is None and _ENTITY.search(text) is None:
        return text, None
    plain = text
    for _ in range(2):  # `&lt;p&gt;` and `&amp;#8217;` are twice wrapped
        plain = _HIDDEN.sub("", plain)
        plain = _CELL_END.sub(" ", _BREAKS.sub("\n", plain))
        plain = html.unescape(_TAG.sub("", plain))
    plain = _TAG.sub("", plain)
    plain = re.sub(r"\s*\n\s*", "\n", plain).strip()
    return (text, None) if plain == text else (plain, ("HTML in the cell", "its text is stored"))


def _marks(text: str) -> tuple[str, Remark | None]:
    if "##" not in text:
        return text, None
    plain = _DAY_MARK.sub(lambda found: f"\n{_DAYS[found[1][:3].lower()]}: ", text)
    plain = _MARK.sub("\n", plain).strip()
    return (text, None) if plain == text else (plain, ("markers such as ###MON###", "read as days and lines"))


def _invisible(text: str) -> tuple[str, Remark | None]:
    plain = _INVISIBLE.sub("", text)
    return (text, None) if plain == text else (plain, ("letters that cannot be seen", "taken out"))
