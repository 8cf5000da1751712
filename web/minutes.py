"""The minutes bar: how far a service is from this patient, in one bar of minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from referral_hub.matching.answers import Match
from referral_hub.matching.ranking import Cost, add_up
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
"""The name of a cost (matching.costs.KINDS) -> its pattern and its words in the bar."""

TRAVEL_WORDS = {"car": "drive", "transit": "by bus or train", "walk": "on foot", "none": "travel"}


class Segment(Struct, frozen=True):
    """One piece of the bar; `fill` is `travel` or a pattern's name."""

    x: float
    width: float
    fill: str
    words: str
    minutes: float
    """Whole, so that the pieces add up to the bar's total as they are read."""


class Bar(Struct, frozen=True):
    total: float
    """Whole minutes."""
    segments: tuple[Segment, ...]
    words: str
    """The same in words, for those who do not see the picture."""


def short_words(cost: Cost, unknown: Sequence[str] = ()) -> str:
    """The cost in the bar's words; `unknown` are the labels of the facts that are to be asked."""
    if cost.name == "maybe" and unknown:
        return f"because {listed(unknown)} {'is' if len(unknown) == 1 else 'are'} unknown"
    return SHORT[cost.name][1]


def longest(totals: Iterable[float]) -> float:
    """The scale that bars of one page share: minutes of the full width, a quarter of an hour at least."""
    return max([15.0, *totals])


def draw_bar(travel: float, travel_words: str, costs: Sequence[tuple[str, str, float]], scale: float) -> Bar:
    """The bar of travel and costs (pattern, words, minutes), drawn so that `scale` minutes fill it."""
    pieces = [("travel", travel_words, travel), *costs]
    whole = add_up([minutes for _, _, minutes in pieces], digits=0)
    total = sum(whole)
    unit = WIDTH / max(scale, sum(minutes for _, _, minutes in pieces), 1.0)
    x = 0.0
    segments = []
    for (fill, words, minutes), printed in zip(pieces, whole, strict=True):
        if minutes > 0:
            segments.append(Segment(round(x, 1), round(minutes * unit, 1), fill, words, printed))
            x += minutes * unit
    said = ", ".join(f"{one.minutes:.0f} {one.words}" for one in segments)
    return Bar(total, tuple(segments), f"{total:.0f} min: {said}" if said else f"{total:.0f} min")


def bar_of(match: Match, mode: str, labels: Sequence[str], scale: float) -> Bar:
    """The bar of one match; `labels` name the facts that it asks for."""
    costs = [(SHORT[cost.name][0], short_words(cost, labels), cost.minutes) for cost in match.costs]
    return draw_bar(match.travel_minutes, TRAVEL_WORDS[mode], costs, scale)
