"""Invented names and sentences: a few hundred usual words and thousands of rare ones, made of syllables."""

from __future__ import annotations

from functools import cache

from referral_hub.bench.dice import Dice

_SEED = 11
RARE_WORDS = 6_000
FIRST = (
    "Harbor Grace Hope Mercy Unity Cedar Maple Oak River Lake Hill Valley Summit Bridge Beacon Lantern Anchor Haven Cornerstone "
    "Open Door Good Samaritan Saint Holy First Second Northside Southside Eastside Westside Central Downtown Uptown County City "
    "Metro Regional Rural Community Neighborhood Family Children Youth Senior Veterans Womens Mens New Bright Golden Silver Green "
    "Blue Red Morning Evening Sunrise Rainbow Meadow Orchard Prairie Canyon Desert Coastal Island Mountain Forest Garden Spring "
    "Stone Iron Copper Crossroads Gateway Pathway"
).split()
KIND = (
    "Center House Alliance Coalition Network Partnership Foundation Mission Ministries Church Temple Fellowship Council Agency "
    "Services Association League Trust Fund Project Initiative Collective Cooperative Society Institute Academy Clinic Hospital "
    "Library Hall Outreach"
).split()
PLAIN = (
    "help free food families children adults seniors people need week month day open walk appointment call bring proof address "
    "income photo card services support program offers provides weekly monthly daily groceries meals fresh produce canned boxes "
    "diapers formula clothing coats shoes furniture beds rent deposit utility bills heat water electric phone internet ride bus "
    "pass gas doctor clinic dental vision medicine counseling recovery group class training job resume interview tax legal advice "
    "immigration citizenship english spanish reading school tutoring camp summer winter shelter overnight safe housing repair ramp "
    "lawn snow delivery home volunteer driver pickup curbside line intake eligibility resident county city household size age "
    "veteran disability pregnant newborn toddler parent grandparent caregiver respite memory exercise nutrition diabetes garden "
    "market voucher coupon referral screening assessment case plan follow visit emergency"
).split()
_ONSETS = "b br c ch d dr f fl g gr h j k l m n p pr qu r s sh st t th tr v w z".split()
_VOWELS = "a e i o u ai ea oo ou".split()
_ENDS = ["", *"n r l s t nd rn ck lm nt st th".split()]


@cache
def rare_words() -> tuple[str, ...]:
    """Words that stand in no dictionary, of two or three syllables, each once."""
    dice = Dice(_SEED)
    words: dict[str, None] = {}
    while len(words) < RARE_WORDS:
        syllables = [dice.pick(_ONSETS) + dice.pick(_VOWELS) + dice.pick(_ENDS) for _ in range(dice.whole(2, 3))]
        words["".join(syllables).capitalize()] = None
    return tuple(words)


def name_service(dice: Dice, term_name: str) -> str:
    """What a service is called."""
    if dice.below(0.45):
        return term_name
    if dice.below(0.6):
        return f"{dice.pick_early(FIRST)} {term_name}"
    return f"{dice.pick_early(rare_words())} {dice.pick(FIRST)} {term_name}"


def name_organization(dice: Dice) -> str:
    """What an organization is called."""
    first = dice.pick_early(rare_words()) if dice.below(0.6) else dice.pick(FIRST)
    return f"{first} {dice.pick_early(FIRST)} {dice.pick_early(KIND)}"


def write_sentence(dice: Dice, words: int) -> str:
    """Some words, one in eight of them rare."""
    written = [dice.pick_early(rare_words()).lower() if dice.below(0.125) else dice.pick_early(PLAIN, 1.6) for _ in range(words)]
    return " ".join(written).capitalize() + "."


def make_slip(dice: Dice, word: str) -> str:
    """A word as a hurried hand types it: one letter dropped, doubled, changed, or two letters swapped."""
    place = dice.whole(1, max(1, len(word) - 2))
    kind = dice.whole(0, 3)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] * 2 + word[place + 1 :]
    if kind == 2:  # the third way
        return word[:place] + dice.pick("aeioustnr") + word[place + 1 :]
    return word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]
