"""What comes next on the match page: a question, the good news that no more is needed, or what was skipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import Struct

from referral_hub.matching.answers import Match, MatchAnswer
from referral_hub.matching.eligibility import Verdict
from referral_hub.matching.match_index import Hit
from web.facts import topic_of
from web.forms import many, one
from web.questions import Card, card_of

FITS, MAY_FIT = "eligible", "maybe"
ZIP = "home.postal_code"


class Skipped(Struct, frozen=True):
    """A question that was skipped: what it is about, and where it is asked again."""

    topic: str
    href: str


class Asking(Struct, frozen=True, kw_only=True):
    """The next question and what stands around it."""

    card: Card | None = None
    settles: str = ""
    enough: bool = False
    """Something fits and has room: nothing more needs to be asked."""
    ready: Match | None = None
    """It, where it stands in the list."""
    place: int = 0
    """Its number there."""
    anyway: str = ""
    """Where the questions go on all the same; empty where there are none."""
    skipped: tuple[Skipped, ...] = ()
    left: bool = False
    """Something may fit, and no question is left that would tell."""


def ask_next(found: MatchAnswer, path: str, query: Mapping[str, Any], known: Mapping[str, Any], asked: str = "") -> Asking:
    """What the page asks next. `asked` is a question whose answer could not be read: it stays."""
    skip = many(query, "skip")
    open_ones = list(dict.fromkeys(_whole_address(question.fact, known, skip) for question in found.questions))
    skipped = tuple(
        Skipped(topic_of(name), address(path, {**query, "skip": [other for other in skip if other != name]}))
        for name in dict.fromkeys(skip)
        if name in open_ones or (name == ZIP and any(other.startswith("home.") for other in open_ones))
    )
    fact = asked or next((name for name in open_ones if name not in skip), "")
    if found.enough and not asked and one(query, "ask") != "more":
        place, ready = next(((place, one) for place, one in enumerate(found.matches, start=1) if _is_ready(one)), (0, None))
        return Asking(enough=True, ready=ready, place=place, anyway=address(path, {**query, "ask": "more"}) if fact else "")
    settles = max((question.settles for question in found.questions if _whole_address(question.fact, known, skip) == fact), default=0)
    left = not fact and not skipped and any(match.verdict == MAY_FIT for match in found.matches)
    return Asking(
        card=card_of(fact, known) if fact else None,
        settles=f"An answer settles {settles} of {found.total} services." if settles else "",
        skipped=skipped,
        left=left,
    )


def _whole_address(fact: str, known: Mapping[str, Any], skip: Sequence[str]) -> str:
    """The ZIP code instead of another part of an address that is not known: it tells the county, the city and the state too."""
    if not fact.startswith("home.") or "postal_code" in (known.get("home") or {}) or ZIP in skip:
        return fact
    return fact if {ZIP, "home"}.intersection(known.get("declined") or ()) else ZIP


def _is_ready(match: Match) -> bool:
    return match.verdict == FITS and match.availability == "open"


def say_change(before: Sequence[Hit], after: Sequence[Hit]) -> str:
    """What one answer changed: "3 services now fit, 2 do not."; both hold what does not fit, too."""
    then = {hit.listing_id: hit.verdict for hit in before}
    news = [hit.verdict for hit in after if hit.verdict != then.get(hit.listing_id)]
    fit, unfit = news.count(Verdict.ELIGIBLE), news.count(Verdict.INELIGIBLE)
    if fit and unfit:
        return f"{_services(fit)} now {'fits' if fit == 1 else 'fit'}, {unfit} {'does' if unfit == 1 else 'do'} not."
    if fit:
        return f"{_services(fit)} now {'fits' if fit == 1 else 'fit'}."
    if unfit:
        return f"{_services(unfit)} {'does' if unfit == 1 else 'do'} not fit."
    return "Thank you. This changes nothing yet."


def _services(count: int) -> str:
    return f"{count} service{'' if count == 1 else 's'}"


def without_fact(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The facts as they were before one answer: the one fact is not known."""
    first, dot, key = name.partition(".")
    left = {**facts, "declined": [other for other in facts.get("declined") or () if other != name]}
    if not dot:
        left.pop(first, None)
    elif isinstance(left.get(first), dict):
        place = ("latitude", "longitude") if first == "home" else ()
        left[first] = {part: value for part, value in left[first].items() if part not in (key, *place)}
    return left


def after_answer(back: str, name: str) -> str:
    """Where the page goes on after an answer: at the question, saying what the answer changed."""
    plain = address(urlsplit(back).path, query_of(back))
    return f"{plain}{'&' if '?' in plain else '?'}{urlencode({'answered': name})}#question"


def after_skip(back: str, name: str) -> str:
    """Where the page goes on after a skipped question."""
    query = query_of(back)
    return f"{address(urlsplit(back).path, {**query, 'skip': [*many(query, 'skip'), name]})}#question"


def query_of(path: str) -> dict[str, list[str]]:
    """The query of an address as lists of texts by name."""
    return parse_qs(urlsplit(path).query, keep_blank_values=True, max_num_fields=100)


def address(path: str, query: Mapping[str, Any]) -> str:
    """The page with this query; what one answer changed is told once."""
    kept = {name: value for name, value in query.items() if name != "answered" and value not in ([], "")}
    said = urlencode(kept, doseq=True)
    return f"{path}?{said}" if said else path
