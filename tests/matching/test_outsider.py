"""An outsider recomputes every answer: ids, order, verdicts, minutes, totals, from what the API publishes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from referral_hub import sign_in
from referral_hub.actors import COMMAND_LINE, Role
from referral_hub.app import create_app
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.sources import read_source
from referral_hub.settings import Settings
from referral_hub.storage.migrate import migrate
from referral_hub.unit_of_work import Hub
from seeds.load import load_sample
from tests.conftest import NOW
from tests.matching.outsider import Answer, Record, read_directory, work_out
from tests.shared import shared

MINUTES = 0.05
COORDINATOR = "outsider@example.org"
HOMES: tuple[Record, ...] = (
    {"latitude": 39.2904, "longitude": -76.6122, "postal_code": "21202", "city": "Baltimore", "county": "24510", "state": "MD"},
    {"latitude": 39.3305, "longitude": -76.5901, "postal_code": "21218-1234", "state": "MD"},
    {"latitude": 39.4014, "longitude": -76.6019, "city": "towson", "county": "24005", "state": "md"},
    {"latitude": 39.5, "longitude": -76.3, "county": "24025"},
    {"latitude": 39.29, "longitude": -76.62},
    {"latitude": 21.3, "longitude": -157.86, "state": "HI"},
    {"postal_code": "21201"},
    {"postal_code": "21093", "city": "Lutherville"},
    {"postal_code": "00000"},
    {"city": "Baltimore", "state": "MD"},
    {},
)
MAPS = {
    "enrolled": ("snap", "wic", "medicaid", "medicare", "ssi", "tanf", "liheap"),
    "statuses": ("veteran", "pregnant", "disabled", "unhoused", "survivor", "reentry", "refugee", "student", "employed"),
    "insurance": ("medicaid", "medicare", "private", "none"),
}
DECLINABLE = ("age", "household_size", "annual_income", "members", "languages", "visits", "enrolled", "statuses.veteran", "enrolled.snap",
              "home.latitude", "home.county", "home.postal_code", "home.state", "insurance")  # fmt: skip
TEXTS = ("diapers", "daipers", "food", "fod stamps", "sheltr ", "shelter for women", "legal", "rent and utilities", "trasnporttion", "hou", "the",
         "señor center", "zzzzqq", "free meals on weekends", "veterans hous", "21201", "...", "pantry zzzzqq", "counselling", "help with heating bill")  # fmt: skip


class Wire:
    """A running hub as a program elsewhere sees it: paths in, JSON out, with a coordinator's token."""

    def __init__(self, hub: Hub, client: TestClient[Any]) -> None:
        with hub.begin(COMMAND_LINE) as work:
            organization = next(iter(work.listings.all())).organization.id
            sign_in.add_account(work, COORDINATOR, Role.COORDINATOR, organization)
            secret = sign_in.create_token(work, COORDINATOR, expires_days=1).secret
        self._client = client
        self._headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str) -> Any:
        answer = self._client.get(path, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def match(self, request: Record) -> Record:
        answer = self._client.post("/api/matches", json=request, headers=self._headers)
        assert answer.status_code == 200, answer.text
        body: Record = answer.json()
        return body


def open_hub(folder: Path, fill: Callable[[Hub], None]) -> Iterator[Wire]:
    hub = Hub(Settings(data_dir=folder, now=NOW))
    migrate(hub.database)
    fill(hub)
    with TestClient(create_app(hub.settings, hub), raise_server_exceptions=False) as client:
        yield Wire(hub, client)
    hub.close()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    yield from open_hub(tmp_path_factory.mktemp("sample"), lambda hub: load_sample(hub, {}))


@pytest.fixture(scope="module")
def baltimore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    reading = read_source(shared("data/baltimore"), "ohana-csv", None, NOW.date())

    def fill(hub: Hub) -> None:
        with hub.begin(COMMAND_LINE) as work:
            import_directory(work, reading)

    yield from open_hub(tmp_path_factory.mktemp("baltimore"), fill)


def maybe(chance: random.Random, likely: float, value: Callable[[], Any]) -> Any:
    return value() if chance.random() < likely else None


def draw_person(chance: random.Random) -> Record:
    """Some facts of somebody; what is None is left out."""
    facts: Record = {name: {key: chance.choice((True, False, False, None)) for key in chance.sample(keys, 3)} for name, keys in MAPS.items()}
    facts = {name: value for name, value in facts.items() if chance.random() < 0.6}
    facts["age"] = maybe(chance, 0.7, lambda: chance.choice((0.5, 3, 12, 17, 18, 24, 55, 59.9, 60, 62, 65, 67, 88)))
    return {name: value for name, value in facts.items() if value is not None}


def draw_request(chance: random.Random, codes: list[str], texts: tuple[str, ...]) -> Record:
    """One request of any shape."""
    facts = draw_person(chance)
    facts["home"] = chance.choice(HOMES)
    facts["household_size"] = maybe(chance, 0.6, lambda: chance.choice((1, 2, 3, 4, 8, 9, 14)))
    facts["annual_income"] = maybe(chance, 0.5, lambda: chance.choice((0, 9_000, 21_000, 29_526, 40_000.5, 75_000, 250_000)))
    facts["languages"] = maybe(chance, 0.5, lambda: chance.choice((["es"], ["en"], ["es-MX", "en"], ["vi"], ["ko"], ["ase"], [])))
    facts["members"] = maybe(chance, 0.4, lambda: [draw_person(chance) | {"student": chance.choice((True, None))} for _ in range(chance.randrange(4))])
    facts["visits"] = maybe(chance, 0.3, lambda: [f"2026-{chance.choice((8, 10, 11)):02d}-{chance.choice((1, 20, 23)):02d}" for _ in range(chance.randrange(3))])
    facts["documents"] = maybe(chance, 0.2, lambda: {"photo_id": True, "proof_of_address": False})
    facts["accessibility"] = maybe(chance, 0.1, lambda: ["wheelchair"])
    facts["declined"] = maybe(chance, 0.3, lambda: chance.sample(DECLINABLE, chance.randrange(1, 4)))
    day = chance.choice(("2026-11-23", "2026-11-28", "2026-11-26", "2026-12-25", "2027-03-14"))
    windows = [{"start": f"{day}T09:00-05:00", "end": f"{day}T12:00-05:00"}, {"start": f"{day}T22:30:00+00:00", "end": f"{day}T23:59:00+00:00"}]
    request = {
        "needs": chance.sample(codes, chance.choice((0, 1, 1, 2))),
        "facts": {name: value for name, value in facts.items() if value is not None},
        "mode": chance.choice(("car", "car", "transit", "walk", "none")),
        "max_distance_m": chance.choice((None, 0, 1_000, 8_000, 16_000, 40_000, 200_000)),
        "windows": chance.choice(([], [], windows, windows[:1], windows[1:])),
        "include": chance.choice(([], ["ineligible"], ["full"], ["ineligible", "full"])),
        "search": maybe(chance, 1 / 3, lambda: chance.choice(texts)) if texts else None,
        "limit": chance.choice((1000, 1000, 20, 1)),
    }
    return {name: value for name, value in request.items() if value is not None}


def differences(told: Record, own: Answer, limit: int) -> list[str]:
    """What the hub and the outsider say differently of one request."""
    shown = [(one["service_at_location_id"], one["verdict"]) for one in told["matches"]]
    found = [f"order: {shown[place]} is {(mine.id, mine.verdict)} outside" for place, mine in enumerate(own.matches[: len(shown)])
             if shown[place] != (mine.id, mine.verdict)]  # fmt: skip
    found += [
        f"minutes: {one['minutes']} is {mine.minutes} outside"
        for one, mine in zip(told["matches"], own.matches, strict=False)
        if abs(one["minutes"] - mine.minutes) > MINUTES
    ]
    if (told["total"], told["unplaced"]) != (len(own.matches), own.unplaced):
        found.append(f"total and unplaced: {(told['total'], told['unplaced'])} is {(len(own.matches), own.unplaced)} outside")
    if len(shown) != min(len(own.matches), limit):
        found.append(f"shown: {len(shown)} of {len(own.matches)}")
    return found


def compare(wire: Wire, number: int, seed: int, texts: tuple[str, ...] = ()) -> dict[str, int]:
    """Compare so many drawn requests; how many of them had anything to compare."""
    directory = read_directory(wire.get)
    used = sorted({code for one in directory.listings for code in one["terms"]})
    codes = sorted(set(used) | {parent for code in used if (parent := directory.parents[code])})
    chance = random.Random(seed)
    counts = {"matched": 0, "unplaced": 0, "maybe": 0, "ineligible": 0}
    for _ in range(number):
        request = draw_request(chance, codes, texts)
        told = wire.match(request)
        own = work_out(directory, request, NOW, told["home"])
        assert differences(told, own, request["limit"]) == [], request
        counts["matched"] += bool(own.matches)
        counts["unplaced"] += bool(own.unplaced)
        counts["maybe"] += any(one.verdict == "maybe" for one in own.matches)
        counts["ineligible"] += any(one.verdict == "ineligible" for one in own.matches)
    return counts


def test_the_sample_network_can_be_recomputed(sample: Wire) -> None:
    counts = compare(sample, 300, seed=3)
    assert min(counts["matched"], counts["maybe"], counts["ineligible"]) > 30, counts


def test_baltimore_can_be_recomputed(baltimore: Wire) -> None:
    counts = compare(baltimore, 60, seed=5)
    assert min(counts["matched"], counts["maybe"]) > 10, counts
