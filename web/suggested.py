"""A suggested rule as a page shows it: the prose with what was understood, the rule in words, what stays text."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from referral_hub.matching.suggestions import SuggestedRule, say_rule
from referral_hub.partners.suggestion import Phrase


class Piece(Struct, frozen=True):
    """A part of the prose; `means` says what was understood by it, empty where nothing was."""

    text: str
    means: str = ""


class Suggested(Struct, frozen=True, kw_only=True):
    """A card of the queue."""

    one: SuggestedRule
    pieces: list[Piece]
    rule: str
    """The criteria, as a sentence."""
    left: list[str]
    """What stays text, for a person to judge."""


def draw_suggestion(one: SuggestedRule) -> Suggested:
    """The card of a suggestion."""
    parts = one.rule["of"] if one.rule["type"] == "all" else [one.rule]
    typed: list[dict[str, Any]] = [part for part in parts if part["type"] != "text"]
    return Suggested(
        one=one,
        pieces=mark_phrases(one.text, one.phrases),
        rule=say_rule({"type": "all", "of": typed}) if typed else "Only a person can judge this text.",
        left=[part["text"] for part in parts if part["type"] == "text"],
    )


def mark_phrases(text: str, phrases: list[Phrase]) -> list[Piece]:
    """The text in pieces, in order and whole; of two phrases that overlap the first is marked."""
    pieces, end = [], 0
    for phrase in sorted(phrases, key=lambda one: one.start):
        if end <= phrase.start < phrase.end <= len(text):
            pieces += [Piece(text[end : phrase.start]), Piece(text[phrase.start : phrase.end], say_rule(phrase.criterion).rstrip("."))]
            end = phrase.end
    return [piece for piece in (*pieces, Piece(text[end:])) if piece.text]
