"""A confidential place: nothing that anybody can see or measure depends on where it is."""

from __future__ import annotations

import io
import re
from typing import Any

import msgspec
import pypdf
import pytest
import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.letters.render import missing_fonts
from referral_hub.partners.model import DirectoryRows, ServiceArea
from referral_hub.storage.tables import directory
from tests.tenancy.requests import FACTS, request_of
from tests.tenancy.table import READS
from tests.tenancy.world import MEMBERS, SEALED, World

NEXT_DOOR = "39.2712,-76.6012"
FAR_AWAY = "39.4012,-76.6012"
QUERIES = (
    *(f"/api/services?near={point}&within_m={metres}&per_page=100" for point in (NEXT_DOOR, FAR_AWAY) for metres in (50, 2000, 40000)),
    f"/api/services?near={NEXT_DOOR}", "/api/services?search=refuge", "/api/services?search=Sealed", "/api/services?near=21230",
    "/api/services?taxonomy=domestic-violence-shelter", "/api/service-at-locations?per_page=100",
    "/directory?search=refuge", "/directory?search=Sealed", "/directory?near=21230&within=1", "/directory?near=21230&taxonomy=housing",
    "/hsds/services?full=true", "/hsds/services?search=refuge&full=true", "/hsds/services?minimal=true", "/hsds/services?search=Sealed",
    "/hsds/services?full=true&format=ndjson", "/hsds/service_at_locations?full=true", "/hsds/service_at_locations?search=Sealed",
    "/hsds/service_at_locations?full=true&format=ndjson", "/hsds/service_at_locations?search=Confidential", "/hsds/organizations?full_service=true",
    "/hsds/organizations?search=hillcrest&full=true", "/hsds/organizations?full_service=true&format=ndjson",
    *(f"/hsds/service_at_locations?full=true&postcode={code}" for code in ("21230", "21204", "21201")),
    *(f"/hsds/service_at_locations?postcode={code}&proximity={metres}" for code in ("21230", "21204", "21201") for metres in (100, 2000, 8000, 200000)),
)  # fmt: skip
MATCHES: tuple[dict[str, Any], ...] = tuple(
    {"needs": needs, "facts": FACTS, "mode": mode, "max_distance_m": metres, "include": ["ineligible", "full"]}
    for needs in ([], ["domestic-violence-shelter"])
    for mode in ("car", "walk")
    for metres in (None, 100, 30000)
)
TOKENS = re.compile(rb'name="_csrf_token" value="[^"]+"|"index_version":\s*\d+')


def questions(world: World) -> dict[str, dict[str, Any] | None]:
    """Everything that can be read, by path; where there is a request, it is a match's."""
    referral = world.refuge_referral
    sent = [f"/api/referrals/{referral}", f"/api/referrals/{referral}/events", f"/referrals/{referral}", f"/referrals/{referral}/letter"]
    paths: dict[str, dict[str, Any] | None] = dict.fromkeys([*(request_of(row, world).path for row in READS), *QUERIES, *sent])
    return paths | {f"/api/matches?{number}": {k: v for k, v in request.items() if v is not None} for number, request in enumerate(MATCHES)}


def answer_to(world: World, who: str, path: str, request: dict[str, Any] | None) -> bytes:
    """Status, headers and body, without what is new each time."""
    answer = world.ask(who, "POST" if request else "GET", path, json=request)
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in ("set-cookie", "content-length"))
    return TOKENS.sub(b"", f"{answer.status_code} {headers} ".encode() + answer.content)


@pytest.mark.parametrize("who", MEMBERS)
def test_nobody_is_told_the_street_or_the_point_and_moving_them_changes_no_byte(world: World, who: str) -> None:
    with world.at("refuge"):
        before = {path: answer_to(world, who, path, request) for path, request in questions(world).items()}
        moved = sa.update(directory.sealed_location).values(
            latitude=39.3999, longitude=-76.5999, address={"address_1": "1 Other Road", "city": "Towson", "state_province": "MD", "postal_code": "21204"}
        )
        with world.hub.database.write() as connection:
            assert connection.execute(moved).rowcount == 1
        with world.hub.begin(None) as work:  # so that every index is built anew
            work.listings.rebuild()
        answered = {path: request for path, request in questions(world).items() if before[path].startswith(b"200")}
        after = {path: answer_to(world, who, path, request) for path, request in answered.items()}
    told = [(path, word) for path, body in before.items() for word in SEALED if word.casefold().encode() in body.lower()]
    assert told == []
    assert [path for path in after if before[path] != after[path]] == []
    assert len(after) > 5


WINDOWS = [{"start": "2026-11-24T09:00-05:00", "end": "2026-11-24T20:00-05:00"}]
SEARCHED = ("refuge", "Sealed Lane", "hillcrest shelt", "refgue ", "21230")
OTHER_MATCHES: tuple[dict[str, Any], ...] = (
    *({"search": text, "limit": 1000} for text in SEARCHED),
    *({"search": text, "needs": ["housing"], "facts": FACTS, "max_distance_m": 500} for text in SEARCHED),
    {"facts": FACTS, "windows": WINDOWS, "mode": "transit", "include": ["ineligible", "full"]},
    {"facts": FACTS, "mode": "none"},
    {"facts": {"home": {"postal_code": "21230"}}, "needs": ["domestic-violence-shelter"], "max_distance_m": 0},
    {"facts": {"home": {"county": "24005"}, "declined": ["age"]}, "needs": ["domestic-violence-shelter"]},
    *({"facts": {"home": {"latitude": 39.2712 + step / 1000, "longitude": -76.6012}}, "needs": ["housing"], "max_distance_m": 200} for step in range(5)),
)
SINCE = ("2026-11-22T00:00:00Z", "2026-11-23T13:59:00Z", "2026-11-23T14:00:00Z", "2026-11-24T00:00:00Z")
FORMS = re.compile(rb'name="_csrf_token" value="[^"]+"')


def everything_told(world: World, who: str) -> dict[str, bytes]:
    """Every answer that this member gets, numbers of the index too."""
    asked = questions(world)
    asked |= {f"/api/matches?other-{number}": request for number, request in enumerate(OTHER_MATCHES)}
    asked |= {f"/api/service-at-locations?changed_since={since}": None for since in SINCE}
    told = {}
    for path, request in asked.items():
        answer = world.ask(who, "POST" if request else "GET", path, json=request)
        headers = sorted((name, value) for name, value in answer.headers.items() if name not in ("set-cookie", "content-length"))
        told[path] = FORMS.sub(b"", f"{answer.status_code} {headers} ".encode() + answer.content)
    return told


def move_place(world: World) -> None:
    """Eight kilometres north by the directory's own store, as an import does it."""
    rows = DirectoryRows()
    with world.hub.begin(COMMAND_LINE) as work:
        place = world.cast.refuge.location_id
        sealed = work.directory.records("sealed_location", [place])[place]
        assert sealed.latitude is not None
        address = {"address_1": "1 Other Road", "city": "Towson", "state_province": "MD", "postal_code": "21204"}
        rows.sealed_location = [msgspec.structs.replace(sealed, latitude=sealed.latitude + 0.072, address=address)]
        work.directory.save(rows)


@pytest.mark.parametrize("who", MEMBERS)
def test_a_move_of_the_place_by_the_directory_itself_changes_no_byte_not_even_a_number(world: World, who: str) -> None:
    with world.at("refuge"):
        before = everything_told(world, who)
        move_place(world)
        after = everything_told(world, who)
    assert [path for path in after if before[path] != after[path]] == []


def test_an_area_or_a_rule_of_the_place_shows_and_its_point_never(world: World) -> None:
    with world.at("refuge"):
        before = everything_told(world, "cora")
        asked = {"needs": ["domestic-violence-shelter"], "facts": {"home": {"county": "24005"}}}
        assert world.ask("ana", "POST", "/api/matches", json=asked).json()["total"] == 0
        rows = DirectoryRows()
        with world.hub.begin(COMMAND_LINE) as work:
            service = work.directory.records("service", [world.cast.refuge.service_id])[world.cast.refuge.service_id]
            rows.service = [msgspec.structs.replace(service, rule={"type": "age", "min": 99})]
            rows.service_area = [ServiceArea(id=new_id(), service_id=service.id, area={"counties": ["24005"]})]
            work.directory.save(rows)
        after = everything_told(world, "cora")
        listed = next(one for one in world.ask("cora", "GET", "/api/service-at-locations").json()["items"] if one["confidential"])
        matched = world.ask("ana", "POST", "/api/matches", json=asked).json()["matches"]
    changed = {path.partition("?")[0] for path in after if before[path] != after[path]}
    assert {"/api/matches", "/api/service-at-locations"} <= changed
    assert (listed["rule"], listed["point"]) == ({"type": "age", "min": 99}, None)
    assert "24005" in listed["service_area"]["counties"]
    assert [(one["verdict"], one["distance_m"]) for one in matched] == [("maybe", None)]
    assert [word for body in after.values() for word in SEALED if word.casefold().encode() in body.lower()] == []


def test_the_place_is_found_and_matched_all_the_same(world: World) -> None:
    name = "Hillcrest refuge"
    match = world.ask("ana", "POST", "/api/matches", json={"needs": ["domestic-violence-shelter"], "facts": FACTS, "max_distance_m": 100}).json()["matches"]
    assert [(one["service"]["name"], one["distance_m"], one["point"], one["confidential"]) for one in match] == [(name, None, None, True)]
    assert name in world.ask("uma", "GET", "/hsds/services?search=refuge").text
    with world.at("refuge"):
        assert name in world.ask("zoe", "GET", f"/referrals/{world.refuge_referral}").text


@pytest.mark.skipif(bool(missing_fonts()), reason="the letters' fonts are built by `make assets`")
def test_a_letter_for_it_names_neither_street_nor_kind_of_help(world: World) -> None:
    with world.at("refuge"):
        made = world.ask("ana", "POST", f"/referrals/{world.refuge_referral}/letter", form={})
    assert made.status_code == 200
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made.content)).pages)
    assert "Omar" in words
    assert [word for word in (*SEALED, "Hillcrest", "refuge", "shelter", "violence") if word.casefold() in words.casefold()] == []
