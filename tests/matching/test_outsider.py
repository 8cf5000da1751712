"""An outsider recomputes every answer: ids, order, verdicts, minutes, totals, from what the API publishes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar.testing import TestClient

from referral_hub import sign_in
from referral_hub.actors import COMMAND_LINE, Role
from referral_hub.app import create_app
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.model import DirectoryRows, ServiceStatus
from referral_hub.settings import Settings
from referral_hub.storage.migrate import migrate
from referral_hub.unit_of_work import Hub
from seeds.load import load_sample
from tests.conftest import NOW
from tests.matching.drawn import TEXTS, draw_request
from tests.matching.edges import MEDIANS, add_edges
from tests.matching.network import add_listing
from tests.matching.outsider import Answer, Record, read_directory, work_out
from tests.shared import shared

MINUTES = 0.05
COORDINATOR = "outsider@example.org"


class Wire:
    """A running hub as a program elsewhere sees it: paths in, JSON out, with a coordinator's token."""

    def __init__(self, hub: Hub, client: TestClient[Any]) -> None:
        with hub.begin(COMMAND_LINE) as work:
            organization = next(iter(work.listings.all())).organization.id
            sign_in.add_account(work, COORDINATOR, Role.COORDINATOR, organization)
            secret = sign_in.create_token(work, COORDINATOR, expires_days=1).secret
        self.hub = hub
        self._client = client
        self._headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str) -> Any:
        answer = self._client.get(path, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, path: str, body: Record) -> None:
        answer = self._client.put(path, json=body, headers=self._headers)
        assert answer.status_code == 200, answer.text

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


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    for wire in open_hub(tmp_path_factory.mktemp("edges"), add_edges):
        wire.put("/api/area-medians", {"version": 0, "medians": [{"area": area, "year": year, "income": income} for area, year, income in MEDIANS]})
        yield wire


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
    counts = compare(sample, 220, seed=3, texts=TEXTS)
    assert min(counts["matched"], counts["maybe"], counts["ineligible"]) > 20, counts


def test_baltimore_can_be_recomputed(baltimore: Wire) -> None:
    counts = compare(baltimore, 40, seed=5, texts=TEXTS)
    assert min(counts["matched"], counts["maybe"]) > 10, counts


@pytest.mark.parametrize("seed", [9, 10])
def test_what_stands_at_an_edge_can_be_recomputed(edges: Wire, seed: int) -> None:
    counts = compare(edges, 150, seed=seed, texts=TEXTS)
    assert min(counts.values()) > 20, counts


def test_costs_that_a_coordinator_set_can_be_recomputed(edges: Wire) -> None:
    table = edges.get("/api/match-costs")
    edges.put("/api/match-costs", {"version": table["version"], "minutes": table["minutes"] | {"maybe": 0, "stale": 33.3, "language_missing": 600}})
    try:
        compare(edges, 25, seed=12, texts=TEXTS)
    finally:
        edges.put("/api/match-costs", {"version": edges.get("/api/match-costs")["version"], "minutes": table["defaults"]})


def test_a_word_that_the_directory_lost_is_unknown_again(tmp_path: Path) -> None:
    """Two listings with words a slip apart: once the first has another name, its old one can only mean the second."""

    def fill(hub: Hub) -> None:
        add_listing(hub, "First", description="lantern")
        add_listing(hub, "Second", description="lanterm")

    request = {"search": "lantern ", "limit": 10}
    for wire in open_hub(tmp_path, fill):
        assert [one["service"]["name"] for one in wire.match(request)["matches"]] == ["First"]
        (service,) = {one["service"]["id"] for one in read_directory(wire.get).listings if one["service"]["name"] == "First"}
        change_service(wire.hub, UUID(service), description="beacon")
        told = wire.match(request)
        assert differences(told, work_out(read_directory(wire.get), request, NOW, told["home"]), 10) == []
        assert [one["service"]["name"] for one in told["matches"]] == ["Second"]


CHANGES: tuple[Record, ...] = (
    {"name": "Lantern"}, {"name": "Ashby"}, {"description": "Snacks and diapers"}, {"status": ServiceStatus.INACTIVE}, {"status": ServiceStatus.ACTIVE},
    {"referrable": False}, {"referrable": True}, {"rule": {"type": "age", "min": 60}}, {"rule": None}, {"assured_date": None}, {"usual_ack_days": 9.0},
)  # fmt: skip


def test_every_change_of_the_directory_is_in_the_next_answer(tmp_path: Path) -> None:
    chance = random.Random(17)
    for wire in open_hub(tmp_path, add_edges):
        services = sorted(UUID(one["service"]["id"]) for one in read_directory(wire.get).listings)
        for _ in range(4):
            for _ in range(12):
                change_service(wire.hub, chance.choice(services), **chance.choice(CHANGES))
            compare(wire, 5, seed=chance.randrange(1000), texts=TEXTS)


def change_service(hub: Hub, service_id: UUID, **changes: Any) -> None:
    with hub.begin(COMMAND_LINE) as work:
        rows = DirectoryRows()
        rows.service = [msgspec.structs.replace(work.directory.records("service", [service_id])[service_id], **changes)]
        work.directory.save(rows)
