"""The minutes bar, the room meter, the map: what is drawn is what is said."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from referral_hub.matching.costs import DEFAULTS
from referral_hub.matching.ranking import Cost
from referral_hub.partners.listing import Capacity
from web.map import HEIGHT, PIN, WIDTH, County, Home, Place, counties, draw_map
from web.minutes import SHORT, draw_bar, longest, short_words
from web.room import draw_room

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
HOME = Home(39.2946, -76.6252, about=True)
has_counties = pytest.mark.skipif(not files("referral_hub").joinpath("assets", "counties.json").is_file(), reason="`make assets` builds the counties")


def test_every_cost_of_the_match_has_a_pattern_and_words_of_its_own() -> None:
    assert list(SHORT) == list(DEFAULTS)
    drawn = Path("web/templates/components/patterns.html").read_text(encoding="utf-8")
    for pattern, _ in SHORT.values():
        assert f'id="pattern-{pattern}"' in drawn
    maybe = Cost("any words", 15, "maybe")
    assert short_words(maybe, ["income"]) == "because income is unknown"
    assert short_words(maybe, ["income", "age"]) == "because income and age are unknown"
    assert short_words(Cost("any words", 5, "slow"), ["income"]) == "because answers usually take long"


def test_the_minutes_of_a_bar_add_up_as_they_are_read() -> None:
    bar = draw_bar(12.4, "drive", [("ask", "to ask", 7.4), ("room", "for room", 5.0)], 54)
    assert [one.minutes for one in bar.segments] == [13, 7, 5], "each alone would be 12 + 7 + 5, and the sum 25"
    assert (bar.total, bar.words) == (25, "25 min: 13 drive, 7 to ask, 5 for room")


def test_the_bars_of_a_page_share_one_scale_and_their_pieces_touch() -> None:
    bar = draw_bar(12, "drive", [("ask", "because income is unknown", 15.0)], 54)
    assert [(one.x, one.width) for one in bar.segments] == [(0, 106.7), (106.7, 133.3)]
    assert bar.words == "27 min: 12 drive, 15 because income is unknown"
    assert draw_bar(0, "travel", [], 54).segments == ()
    assert longest([3.0, 4.0]) == 15.0
    assert sum(one.width for one in draw_bar(54, "drive", [], 54).segments) == 480.0


def test_room_is_drawn_place_by_place_and_an_old_figure_says_nothing() -> None:
    meter = draw_room("open", Capacity(3, "beds", NOW, 8), NOW)
    assert [box.free for box in meter.boxes] == [True] * 3 + [False] * 5
    assert meter.words == "Room for 3 of 8 beds"
    assert draw_room("open", Capacity(3, "beds", NOW, 8, NOW - timedelta(hours=1)), NOW).words == "Room not known: call first"
    assert draw_room("unknown", None, NOW).boxes == ()
    assert draw_room("full", Capacity(0, "beds", NOW, 8), NOW).words == "No room now"
    assert draw_room("waitlist", Capacity(0, "beds", NOW, 8, waitlist=True), NOW).words == "No room now, a list is kept"
    crowded = draw_room("open", Capacity(30, "boxes", NOW, 40), NOW)
    assert [box.width for box in crowded.boxes] == [240, 180]


def area(county: County) -> float:
    """Square miles, by the shoelace formula on a local plane."""
    east = 69.055 * math.cos(math.radians(county.south))
    twice = sum(x1 * y2 - x2 * y1 for ring in county.rings for (x1, y1), (x2, y2) in pairwise(ring))
    return abs(twice) / 2 * east * 69.055


@has_counties
def test_the_atlas_puts_baltimore_where_it_is() -> None:
    city = next(county for county in counties() if county.fips == "24510")
    assert city.name == "Baltimore"
    assert city.west < -76.62 < city.east
    assert city.south < 39.29 < city.north
    for county in (one for one in counties() if one.fips.startswith("24")):
        for ring in county.rings:
            assert ring[0] == pytest.approx(ring[-1])
    assert area(city) == pytest.approx(92, rel=0.1), "square miles, land and harbor, by the census"
    raw = json.loads(files("referral_hub").joinpath("assets", "counties.json").read_text(encoding="utf-8"))
    assert len(counties()) == len([one for one in raw["objects"]["counties"]["geometries"] if one.get("arcs")])


@has_counties
def test_pins_keep_their_numbers_stay_in_the_picture_and_do_not_cover_each_other() -> None:
    places = [Place(number, f"Place {number}", 39.29 + number % 3 * 0.0001, -76.61) for number in range(1, 15)]
    picture = draw_map(places, HOME)
    assert picture is not None
    assert [pin.number for pin in picture.pins] == list(range(1, 15))
    for pin in picture.pins:
        assert 0 <= pin.x <= WIDTH
        assert 0 <= pin.y <= HEIGHT
    apart = [math.hypot(a.x - b.x, a.y - b.y) for a in picture.pins for b in picture.pins if a.number < b.number]
    assert min(apart) >= 2 * PIN - 2
    assert picture.home is not None
    assert picture.home.about


@has_counties
def test_a_mile_on_the_map_is_a_mile_of_its_scale() -> None:
    north = HOME.latitude + 2 / 69.055
    picture = draw_map([Place(1, "North", north, HOME.longitude)], HOME)
    assert picture is not None
    assert picture.home is not None
    drawn = picture.home.y - picture.pins[0].spot_y
    miles = float(picture.scale.words.removesuffix(" mi"))
    assert drawn == pytest.approx(2 * picture.scale.length / miles, rel=0.01)


@has_counties
def test_a_map_of_nothing_is_no_map_and_one_place_alone_is_one() -> None:
    assert draw_map([], None) is None
    alone = draw_map([Place(1, "One", 39.29, -76.61)], None)
    assert alone is not None
    assert alone.home is None
    assert (alone.pins[0].x, alone.pins[0].y) == (WIDTH / 2, HEIGHT / 2)


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    sprite = Path("web/static/icons.svg").read_text(encoding="utf-8")
    ids = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    named = set()
    for template in Path("web/templates").rglob("*.html"):
        named |= set(re.findall(r'icon\("([a-z-]+)"', template.read_text(encoding="utf-8")))
    from web.format import DOMAIN_ICONS, STATE_TAGS
    from web.frame import LINKS
    from web.moves import STEPS
    from web.pages.home import STEPS as LINES

    named |= set(DOMAIN_ICONS.values()) | {icon for _, icon, _ in STATE_TAGS.values()} | {link[2] for link in LINKS}
    named |= {step.icon for step in STEPS.values()} | {icon for icon, _ in LINES.values()}
    assert named - ids == set()
    assert "style=" not in sprite
