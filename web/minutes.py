"""The minutes bar: how far a service is from this patient, in one bar of minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from referral_hub.matching.answers import Match
from referral_hub.matching.ranking import COSTS
from web.format import listed

WIDTH = 480.0
"""Units of the bar's picture that stand for the longest bar of the page."""

SHORT: dict[str, tuple[str, str]] = {
    "maybe": ("ask", "because it is not certain that it fits"),
    "availability_unknown": ("room", "because room is not known"),
    "waitlist": ("room", "because there is a waitlist"),
    "full": ("room", "because it is full"),
    "closed_in_windows": ("hours", "because it is not open when the patient can go"),
    "language_missing": ("language", "because the language is not spoken"),
    "language_interpreted": ("language", "for the interpreter"),
    "aging": ("age", "because it was confirmed over 90 days ago"),
    "stale": ("age", "because nobody confirmed it in 180 days"),
    "slow": ("slow", "because answers usually take long"),
}
"""A cost of matching.ranking.COSTS -> its pattern and its words in the bar."""

_NAMES = {words: name for name, (_, words) in COSTS.items()}
TRAVEL_WORDS = {"car": "drive", "transit": "by bus or train", "walk": "on foot", "none": "travel"}


class Segment(Struct, frozen=True):
    """One piece of the bar; `fill` is `travel` or a pattern's name."""

    x: float
    width: float
    fill: str
    words: str
    minutes: float


class Bar(Struct, frozen=True):
    total: float
    segments: tuple[Segment, ...]
    words: str
    """The same in words, for those who do not see the picture."""


def pattern_of(why: str) -> str:
    """The pattern of a cost, the same on every page."""
    return SHORT.get(_NAMES.get(why, ""), ("other", ""))[0]


def short_words(why: str, unknown: Sequence[str] = ()) -> str:
    """The cost in the bar's words; `unknown` are the labels of the facts that are to be asked."""
    name = _NAMES.get(why, "")
    if name == "maybe" and unknown:
        return f"because {listed(unknown)} {'is' if len(unknown) == 1 else 'are'} unknown"
    return SHORT[name][1] if name in SHORT else why[:1].lower() + why[1:]


def longest(totals: Iterable[float]) -> float:
    """The scale that bars of one page share: minutes of the full width, a quarter of an hour at least."""
    return max([15.0, *totals])


def draw_bar(travel: float, travel_words: str, costs: Sequence[tuple[str, str, float]], scale: float) -> Bar:
    """The bar of travel and costs (pattern, words, minutes), drawn so that `scale` minutes fill it."""
    pieces = [("travel", travel_words, travel), *costs]
    total = sum(minutes for _, _, minutes in pieces)
    unit = WIDTH / max(scale, total, 1.0)
    x = 0.0
    segments = []
    for fill, words, minutes in pieces:
        if minutes > 0:
            segments.append(Segment(round(x, 1), round(minutes * unit, 1), fill, words, minutes))
            x += minutes * unit
    said = ", ".join(f"{round(one.minutes)} {one.words}" for one in segments)
    return Bar(total, tuple(segments), f"{round(total)} min: {said}" if said else f"{round(total)} min")


def bar_of(match: Match, mode: str, labels: Sequence[str], scale: float) -> Bar:
    """The bar of one match; `labels` name the facts that it asks for."""
    costs = [(pattern_of(cost.why), short_words(cost.why, labels), cost.minutes) for cost in match.costs]
    return draw_bar(match.travel_minutes, TRAVEL_WORDS[mode], costs, scale)
