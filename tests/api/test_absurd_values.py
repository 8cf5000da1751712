"""Requests with absurd values: refused at once, by the name of the field, and never our fault."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

Bearer = Callable[[str], dict[str, str]]
QUICK_S = 0.05
HOME = {"postal_code": "21201", "latitude": 39.2946, "longitude": -76.6252, "county": "24510", "state": "MD"}
ASKED: dict[str, Any] = {"needs": ["food-pantry"], "facts": {"age": 67, "home": HOME}, "max_distance_m": 16_000}


def facts(**known: Any) -> dict[str, Any]:
    return {"facts": known}


def window(start: str, end: str) -> dict[str, Any]:
    return {"windows": [{"start": start, "end": end}]}


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"home": value}
    return value


ABSURD: tuple[tuple[dict[str, Any], str], ...] = (
    (facts(age=-1), "facts.age"),
    (facts(age=131), "facts.age"),
    (facts(age="NaN"), "facts.age"),
    (facts(age=True), "facts.age"),
    (facts(age=[67]), "facts.age"),
    (facts(household_size=0), "facts.household_size"),
    (facts(household_size=-3), "facts.household_size"),
    (facts(household_size=10**12), "facts.household_size"),
    (facts(household_size=10**30), "facts.household_size"),
    (facts(household_size=2.5), "facts.household_size"),
    (facts(annual_income=-1), "facts.annual_income"),
    (facts(annual_income=1e300), "facts.annual_income"),
    (facts(annual_income="Infinity"), "facts.annual_income"),
    (facts(members=10**9), "facts.members"),
    (facts(members=[{}] * 100), "facts.members"),
    (facts(members=[{}] * 100_000), "facts.members"),
    (facts(members=[{"age": -1}]), "facts.members[0].age"),
    (facts(members=[{"age": 3}, {"members": []}]), "facts.members[1].members"),
    (facts(home={**HOME, "latitude": 91}), "facts.home.latitude"),
    (facts(home={**HOME, "longitude": -180.001}), "facts.home.longitude"),
    (facts(home={**HOME, "latitude": "NaN"}), "facts.home.latitude"),
    (facts(home={"latitude": 39}), "facts.home.longitude"),
    (facts(home={"postal_code": "x" * 1_000_000}), "facts.home.postal_code"),
    (facts(home={"postal_code": 21201}), "facts.home.postal_code"),
    (facts(home={"city": "B" * 10_000}), "facts.home.city"),
    (facts(home={"state": "Maryland"}), "facts.home.state"),
    (facts(home={"county": "5"}), "facts.home.county"),
    (facts(home={"polygon": [[0, 0], [1, 1], [0, 1]]}), "facts.home.polygon"),
    (facts(home=nested(200)), "facts.home.home"),
    (facts(enrolled={"snap": "yes"}), "facts.enrolled[...]"),
    (facts(enrolled={"x" * 61: True}), "facts.enrolled"),
    (facts(enrolled={f"program-{n}": True for n in range(100_000)}), "facts.enrolled"),
    (facts(statuses=["veteran"]), "facts.statuses"),
    (facts(referred_by={"clinic": "yes"}), "facts.referred_by[...]"),
    (facts(referred_by={"A clinic": True}), "facts.referred_by"),
    (facts(referred_by=["clinic"]), "facts.referred_by"),
    (facts(referred_by={f"kind-{n}": True for n in range(100_000)}), "facts.referred_by"),
    (facts(members=[{"referred_by": {"clinic": True}}]), "facts.members[0].referred_by"),
    (facts(medians={"24510": 122_200}), "facts.medians"),
    (facts(languages=["x" * 61]), "facts.languages[0]"),
    (facts(languages=["es"] * 100_000), "facts.languages"),
    (facts(accessibility=["wheelchair"] * 100_000), "facts.accessibility"),
    (facts(visits=["2026-02-30"]), "facts.visits[0]"),
    (facts(visits=["2026-11-01"] * 1001), "facts.visits"),
    (facts(declined=["shoe_size"]), "facts.declined[0]"),
    (facts(declined=["age"] * 201), "facts.declined"),
    (facts(declined=["age.years"]), "facts.declined[0]"),
    ({"needs": ["unicorns"]}, "needs[0]"),
    ({"needs": ["food-pantry"] * 100_000}, "needs"),
    ({"needs": "food-pantry"}, "needs"),
    ({"needs": [None]}, "needs[0]"),
    ({"patient_id": "nobody"}, "patient_id"),
    ({"mode": "teleport"}, "mode"),
    ({"max_distance_m": -1}, "max_distance_m"),
    ({"max_distance_m": 1e12}, "max_distance_m"),
    ({"max_distance_m": "NaN"}, "max_distance_m"),
    (window("2026-11-23T12:00-05:00", "2026-11-23T09:00-05:00"), "windows[0].end"),
    (window("2026-11-23T12:00-05:00", "2026-11-23T12:00-05:00"), "windows[0].end"),
    (window("2026-11-23T12:00-05:00", "2036-11-23T12:00-05:00"), "windows[0].end"),
    (window("2026-11-23T12:00", "2026-11-23T13:00-05:00"), "windows[0].start"),
    (window("0001-01-01T00:00+14:00", "0001-01-02T00:00+14:00"), "windows[0].start"),
    (window("9999-12-31T00:00-12:00", "9999-12-31T23:59-12:00"), "windows[0].start"),
    (window("soon", "later"), "windows[0].start"),
    ({"windows": [{"start": "2026-11-23T09:00-05:00", "end": "2026-11-23T12:00-05:00"}] * 100_000}, "windows"),
    ({"search": "x" * 1_001}, "search"),
    ({"search": ["diapers"]}, "search"),
    ({"include": ["everything"]}, "include[0]"),
    ({"include": ["full"] * 100_000}, "include"),
    ({"limit": 0}, "limit"),
    ({"limit": -20}, "limit"),
    ({"limit": 10**6}, "limit"),
    ({"limit": 20.5}, "limit"),
    ({"limit": None}, "limit"),
    ({"colour": "red"}, "colour"),
    ({"facts": None}, "facts"),
    ({"facts": []}, "facts"),
)


def ask(client: TestClient, headers: dict[str, str], content: bytes, path: str = "/api/matches") -> tuple[Any, float]:
    """(the answer, how many seconds it took); the best of three: other work on the machine is not ours to measure."""
    took = []
    for _ in range(3):
        started = time.perf_counter()
        answer = client.post(path, content=content, headers={**headers, "Content-Type": "application/json"})
        took.append(time.perf_counter() - started)
        if took[-1] < QUICK_S:
            break
    return answer, min(took)


def check_refused(answer: Any, took: float, field: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), answer.text[:400]
    assert field in [fault["field"] for fault in answer.json()["errors"]], answer.text[:400]
    assert len(answer.content) < 5_000
    assert took < QUICK_S


@pytest.fixture
def ana(client: TestClient, bearer: Bearer) -> dict[str, str]:
    """Ana's headers; one match before, so that the index stands."""
    headers = bearer("ana")
    assert client.post("/api/matches", json=ASKED, headers=headers).status_code == 200
    return headers


def test_absurd_values_are_refused_by_the_name_of_their_field(client: TestClient, ana: dict[str, str]) -> None:
    wrong = []
    for change, field in ABSURD:
        content = msgspec.json.encode({**ASKED, **change})
        answer, took = ask(client, ana, content)
        try:
            check_refused(answer, took, field)
        except AssertionError as fault:
            wrong.append((field, str(change)[:80], str(fault)[:300]))
    assert not wrong, "\n".join(map(str, wrong))


def member(body: str) -> bytes:
    return b'{"needs": ["food-pantry"], "facts": {' + body.encode() + b"}}"


RAW: tuple[tuple[bytes, str], ...] = (
    (b"", "body"),
    (b"{", "body"),
    (b"null", "body"),
    (b"[]", "body"),
    (b'"diapers"', "body"),
    (b"17", "body"),
    (b"\xff\xfe{}", "body"),
    (b'{"search": "\xc3("}', "body"),
    (b'{"search": "\\ud800"}', "body"),
    (member('"age": NaN'), "facts.age"),
    (member('"age": -Infinity'), "facts.age"),
    (member('"home": {"latitude": NaN, "longitude": Infinity}'), "facts.home.longitude"),
    (member('"members": [{"age": 3}, {"age": NaN}]'), "facts.members[1].age"),
    (b'{"max_distance_m": Infinity}', "max_distance_m"),
    (member('"age": 1e999'), "facts.age"),
    (member('"age": ' + "9" * 5_000), "facts.age"),
    (member('"age": 67, "age": -1'), "facts.age"),
    (b"[" * 100_000, "body"),
    (b'{"facts":' * 30_000, "body"),
    (member('"home": ' + '{"home":' * 400 + "NaN" + "}" * 400), ("facts" + ".home" * 100)[:200]),
    (b'{"search": "' + b"x" * 10_000_000 + b'"}', "search"),
    (b'{"search": "' + b"\xc3\xa9" * 5 * 2**20 + b'"}', "search"),
    (b'{"needs": [' + b'"food-pantry",' * 700_000 + b'"food-pantry"]}', "needs"),
    (member('"members": [' + "{}," * 1_000_000 + "{}]"), "facts.members"),
    (member('"enrolled": {' + ",".join(f'"program-{n}": true' for n in range(100_000)) + "}"), "facts.enrolled"),
    (b'{"' + b"x" * 10_000_000 + b'": 1}', "x" * 200),
    (b'{"' + b'a": 1, "' * 1_000_000 + b'a": 1}', "a"),
    (b"[" * 10_000_000, "body"),
    (b" " * 17_000_000, "body"),
)


def test_bodies_that_are_none_or_far_too_large_are_refused_at_once(client: TestClient, ana: dict[str, str]) -> None:
    wrong = []
    for content, field in RAW:
        answer, took = ask(client, ana, content)
        try:
            check_refused(answer, took, field)
        except AssertionError as fault:
            wrong.append((field, content[:60], len(content), round(took, 3), str(fault)[:300]))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_stranger_learns_nothing_by_a_large_body(client: TestClient) -> None:
    assert client.post("/api/matches", content=b'{"search": "' + b"x" * 10_000_000 + b'"}').status_code in {400, 401}
    assert client.post("/api/matches", json=ASKED).status_code == 401


SEARCHES: tuple[tuple[str, str], ...] = (
    ("search=" + "x" * 1_001, "search"),
    ("page=0", "page"),
    ("page=-1", "page"),
    ("page=99999999999999999999", "page"),
    ("page=NaN", "page"),
    ("per_page=0", "per_page"),
    ("per_page=1000000", "per_page"),
    ("per_page=20.5", "per_page"),
    ("near=91,0", "near"),
    ("near=39,181", "near"),
    ("near=NaN,NaN", "near"),
    ("near=Infinity,0", "near"),
    ("near=39", "near"),
    ("near=39,-76,1", "near"),
    ("near=99999", "near"),
    ("near=%C2%B2%C2%B2%C2%B2%C2%B2%C2%B2", "near"),
    ("near=" + "9" * 5_000, "near"),
    ("near=21201&within_m=-1", "within_m"),
    ("near=21201&within_m=NaN", "within_m"),
    ("near=21201&within_m=Infinity", "within_m"),
    ("near=21201&within_m=1e400", "within_m"),
    ("near=21201&within_m=wide", "within_m"),
    ("within_m=5", "near"),
    ("open_at=noon", "open_at"),
    ("open_at=2026-11-23T09:00", "open_at"),
    ("open_at=0001-01-01T00:00Z", "open_at"),
    ("open_at=9999-12-31T23:59:59-12:00", "open_at"),
    ("open_at=" + "2" * 5_000, "open_at"),
    ("language=" + "e" * 61, "language"),
    ("taxonomy=unicorns", "taxonomy"),
    ("&".join(["taxonomy=unicorns"] * 2_000), "taxonomy"),
    ("search=%FF%FE&page=0", "page"),
    ("search=a%00b", "query"),
)


def test_a_search_with_absurd_values_is_refused_by_the_name_of_the_parameter(client: TestClient, ana: dict[str, str]) -> None:
    assert client.get("/api/services", headers=ana).status_code == 200
    wrong = []
    for query, field in SEARCHES:
        took = []
        for _ in range(3):
            started = time.perf_counter()
            answer = client.get(f"/api/services?{query}", headers=ana)
            took.append(time.perf_counter() - started)
            if took[-1] < QUICK_S:
                break
        try:
            check_refused(answer, min(took), field)
        except AssertionError as fault:
            wrong.append((field, query[:60], round(min(took), 3), str(fault)[:300]))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize(("content", "field"), [(b'{"search": "\xc3("}', "body"), (b"[" * 100_000, "body"), (b"{", "body"), (b"", "body")])
@pytest.mark.parametrize("path", ["/api/patients", "/api/referrals"])
def test_no_endpoint_stumbles_over_a_body_that_is_none(
    client: TestClient, ana: dict[str, str], path: str, content: bytes, field: str
) -> None:
    answer, took = ask(client, ana, content, path)
    check_refused(answer, took, field)


def words(longest: int) -> st.SearchStrategy[str]:
    return st.text(max_size=longest) | st.sampled_from(["food-pantry", "es", "age", "snap", "21201", "MD", "NaN", "2026-11-23T09:00-05:00", "wheelchair"])


NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 1, 67, 91, 181, 10**9, 1e300])
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | words(20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words(12), inner, max_size=3),
    max_leaves=6,
)
OFTEN_RIGHT: dict[str, st.SearchStrategy[Any]] = {
    "needs": st.lists(st.sampled_from(["food-pantry", "food", "hot-meals"]), max_size=2),
    "mode": st.sampled_from(["car", "walk", "transit", "none"]),
    "max_distance_m": st.floats(0, 1e7, allow_nan=False),
    "windows": st.lists(st.just({"start": "2026-11-23T09:00-05:00", "end": "2026-11-23T12:00-05:00"}), max_size=2),
    "search": words(30),
    "include": st.lists(st.sampled_from(["ineligible", "full"]), max_size=2),
    "limit": st.integers(1, 50),
}
OFTEN_RIGHT_FACTS: dict[str, st.SearchStrategy[Any]] = {
    "age": st.floats(0, 130, allow_nan=False),
    "birth_date": st.dates().map(str),
    "household_size": st.integers(1, 99),
    "annual_income": st.floats(0, 1e9, allow_nan=False),
    "enrolled": st.dictionaries(st.sampled_from(["snap", "wic"]), st.booleans() | st.none()),
    "statuses": st.dictionaries(st.sampled_from(["veteran", "pregnant"]), st.booleans() | st.none()),
    "insurance": st.dictionaries(st.sampled_from(["medicaid"]), st.booleans()),
    "documents": st.dictionaries(st.sampled_from(["photo_id"]), st.booleans()),
    "referred_by": st.dictionaries(st.sampled_from(["clinic", "018f0000-0000-7000-8000-000000000001"]), st.booleans() | st.none()),
    "languages": st.lists(st.sampled_from(["es", "en-US", "-", "x"]), max_size=3),
    "accessibility": st.lists(st.just("wheelchair"), max_size=1),
    "members": st.lists(st.fixed_dictionaries({}, optional={"age": st.floats(0, 130), "veteran": st.booleans()}), max_size=3),
    "visits": st.lists(st.dates().map(str), max_size=3),
    "home": st.fixed_dictionaries(
        {},
        optional={
            "latitude": st.floats(-90, 90),
            "longitude": st.floats(-180, 180),
            "postal_code": st.from_regex(r"\A[0-9]{5}\Z"),
            "state": st.sampled_from(["MD", "hi"]),
            "city": words(20),
        },
    ),
    "declined": st.lists(st.sampled_from(["age", "home", "home.latitude", "statuses.veteran", "members", "birth_date"]), max_size=2),
}


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Requests of the right shape, with up to one value of any kind in them."""
    request = draw(st.fixed_dictionaries({}, optional=OFTEN_RIGHT))
    request["facts"] = draw(st.fixed_dictionaries({}, optional=OFTEN_RIGHT_FACTS))
    if draw(st.booleans()):
        owner, names = draw(st.sampled_from([(request, [*OFTEN_RIGHT, "facts", "patient_id"]), (request["facts"], [*OFTEN_RIGHT_FACTS])]))
        owner[draw(st.sampled_from(names) | words(10))] = draw(ANYTHING)
    return request


def test_whatever_is_asked_is_answered_or_refused_by_name(client: TestClient, ana: dict[str, str]) -> None:
    seen: dict[int, int] = {}

    @settings(max_examples=250, deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(request=requests())
    def send(request: dict[str, Any]) -> None:
        content = json.dumps(request).encode("utf-8", "surrogatepass")  # NaN and Infinity as many programs write them
        answer = client.post("/api/matches", content=content, headers={**ana, "Content-Type": "application/json"})
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        # A patient that is nobody's is the one thing of a well-formed request that is not found.
        assert answer.status_code in {200, 400} or (answer.status_code == 404 and request.get("patient_id")), answer.text
        if answer.status_code == 400:
            assert answer.json()["errors"], answer.text
            assert all(fault["field"] and fault["message"] for fault in answer.json()["errors"])
        else:
            assert answer.json()["total"] >= len(answer.json()["matches"])

    send()
    assert min(seen.get(200, 0), seen.get(400, 0)) > 30, seen


def test_a_body_with_a_zero_character_is_refused(client: TestClient, ana: dict[str, str]) -> None:
    """PostgreSQL cannot store one. A backslash before it makes it the six letters that name it."""
    for body, refused in ((r'{"given_name": "A\u0000"}', True), (r'{"given_name": "A\\\u0000"}', True), (r'{"given_name": "A\\u0000"}', False)):
        answer = client.post("/api/patients", content=body, headers=ana | {"content-type": "application/json"})
        assert answer.status_code == 400
        assert ("zero character" in answer.text) is refused, body
