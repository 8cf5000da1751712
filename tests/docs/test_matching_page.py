"""docs/matching.md says what the program does: its example, its tables, its lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.matching.actions import match_services
from referral_hub.matching.answers import MatchAnswer
from referral_hub.matching.costs import KINDS
from referral_hub.matching.facts import read_match_request
from referral_hub.matching.poverty import GUIDELINES, REGION_NAMES
from referral_hub.matching.reach import METRES_PER_MILE, TRAVEL
from referral_hub.matching.sought import FILLER
from referral_hub.settings import Settings
from referral_hub.storage.migrate import migrate
from referral_hub.unit_of_work import Hub
from seeds.load import load_sample
from tests.conftest import NOW
from tests.docs.pages import rows, text_of

PAGE = text_of("docs", "matching.md")
LINE = re.compile(r"^ +(\d+\.\d)  (.*)$")


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MatchAnswer]:
    """What the sample network answers to the request of the page."""
    hub = Hub(Settings(data_dir=Path(tmp_path_factory.mktemp("page")), now=NOW))
    migrate(hub.database)
    load_sample(hub, {})
    asked = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
    with hub.read(COMMAND_LINE) as work:
        yield match_services(work, read_match_request(msgspec.json.decode(asked)))
    hub.close()


def test_the_example_is_what_the_hub_answers_line_by_line(answer: MatchAnswer) -> None:
    blocks = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0].strip().split("\n\n")
    assert len(blocks) == 3
    places = []
    for block in blocks:
        heading, *lines = block.splitlines()
        service, place, verdict = re.findall(r"^(.*) \((.*)\): (\w+)$", heading)[0]
        number, match = next((n, one) for n, one in enumerate(answer.matches) if (one.service.name, one.location.name) == (service, place))
        places.append(number)
        said = [(float(found[1]), found[2]) for line in lines if (found := LINE.match(line))]
        assert match.distance_m is not None
        way = f"to get there: {match.distance_m / METRES_PER_MILE:.2f} miles x {TRAVEL['car'].detour / TRAVEL['car'].miles_an_hour * 60:.3f}"
        costs = [(cost.minutes, cost.why) for cost in match.costs]
        assert verdict == match.verdict
        assert said == [(round(match.travel_minutes, 1), way), *costs, (round(match.minutes, 1), "minutes")]
        assert sum(minutes for minutes, _ in said[:-1]) == pytest.approx(said[-1][0])
        miles = float(re.findall(r"([\d.]+) miles", lines[0])[0])
        assert miles * 3.384 == pytest.approx(match.travel_minutes, abs=0.05), "what the pencil gets"
    assert places == sorted(places)
    assert places[0] == 0


def test_a_mile_costs_what_the_page_says() -> None:
    for mode, minutes in (("car", 3.384), ("transit", 7.05), ("walk", 25.6)):
        assert TRAVEL[mode].detour / TRAVEL[mode].miles_an_hour * 60 == pytest.approx(minutes)
        assert f"{minutes:g}" in PAGE


def test_the_tables_are_those_of_the_program() -> None:
    said = rows(PAGE)
    assert [row for row in said if row[0] in {kind.why for kind in KINDS}] == [[kind.why, f"{kind.default:g}"] for kind in KINDS]
    wanted = [[REGION_NAMES[one.region], str(one.year), str(one.in_force), f"{one.first:,}", f"{one.step:,}"] for one in GUIDELINES]
    assert [row for row in said if row[0] in REGION_NAMES.values()] == wanted
    named = {name for row in said for name in re.findall(r"`(\w+)`", row[0])}
    assert {kind.name for kind in KINDS} <= named
    assert f"`{' '.join(sorted(FILLER))}`" in PAGE
