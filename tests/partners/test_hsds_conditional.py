"""Whoever has an answer is told so without its being made again; whatever changed is never kept from anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.app import create_app
from referral_hub.ids import new_id
from referral_hub.partners import open_directory as actions
from referral_hub.partners.model import Contact, DirectoryRows, Phone, SealedLocation
from referral_hub.unit_of_work import Hub, Work

LISTS = ("services", "service_at_locations", "organizations", "taxonomies", "taxonomy_terms")


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(hub: Hub) -> Clock:
    clock = Clock(hub.now())
    hub._clock = clock
    return clock


@pytest.fixture
def client(hub: Hub, clock: Clock, sample: Hub) -> Iterator[TestClient]:
    """The whole application, over the sample documents, a minute after they came."""
    clock.pass_by(60)
    with TestClient(create_app(hub.settings, hub)) as client:
        yield client


def addresses(client: TestClient) -> list[str]:
    """One of each kind."""
    told = ["/hsds/"]
    for kind in LISTS:
        first = client.get(f"/hsds/{kind}").json()["contents"][0]["id"]
        told += [f"/hsds/{kind}", f"/hsds/{kind}?per_page=2", f"/hsds/{kind}?format=ndjson", f"/hsds/{kind}/{first}"]
    return [*told, "/hsds/services?full=true", "/hsds/services?full=true&format=ndjson", "/hsds/services?minimal=true"]


@contextmanager
def nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: Any) -> Any:
        raise AssertionError("a document was made")

    with monkeypatch.context() as patch:
        for kind in actions.Kind:
            patch.setitem(actions._DOCUMENTS, kind, refuse)
            patch.setitem(actions._SELECTIONS, kind, refuse)
        yield


def test_every_answer_is_known_by_its_tag_and_by_its_time(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in addresses(client):
        answer = client.get(address)
        tag, time = answer.headers["etag"], answer.headers["last-modified"]
        assert answer.headers["cache-control"] == "public, no-cache"
        with nothing_is_made(monkeypatch):
            for condition in (
                {"If-None-Match": tag}, {"If-None-Match": f'"other", {tag.removeprefix("W/")}'}, {"If-None-Match": "*"}, {"If-Modified-Since": time},
                {"If-None-Match": tag, "If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
            ):  # fmt: skip
                again = client.get(address, headers=condition)
                assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), (address, condition)
        for condition in (
            {"If-None-Match": '"other"'}, {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}, {"If-Modified-Since": "yesterday"},
            {"If-None-Match": '"other"', "If-Modified-Since": time},
        ):  # fmt: skip
            again = client.get(address, headers=condition)
            assert (again.status_code, again.content) == (200, answer.content), (address, condition)


def test_every_representation_has_a_tag_of_its_own(client: TestClient) -> None:
    tags = {address: client.get(address).headers["etag"] for address in addresses(client)}
    assert len(set(tags.values())) == len(tags)
    assert all(tag.startswith('W/"') for tag in tags.values()), "the same answer may come compressed"


def rename_service(work: Work, hub: Hub) -> None:
    service = next(iter(_all(work, "service")))
    work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, name="Anew")]))


def add_phone(work: Work, hub: Hub) -> None:
    work.directory.save(DirectoryRows(phone=[Phone(id=new_id(), number="(410) 555-0155", organization_id=_all(work, "organization")[0].id)]))


def add_contact(work: Work, hub: Hub) -> None:
    work.directory.save(DirectoryRows(contact=[Contact(id=new_id(), name="Pat Poe", organization_id=_all(work, "organization")[0].id)]))


def drop_address(work: Work, hub: Hub) -> None:
    work.directory.delete("address", [_all(work, "address")[0].id])


def change_term(work: Work, hub: Hub) -> None:
    work.directory.save(DirectoryRows(taxonomy_term=[msgspec.structs.replace(_all(work, "taxonomy_term")[0], description="Anew")]))


def change_cost(work: Work, hub: Hub) -> None:
    work.directory.save(DirectoryRows(cost_option=[msgspec.structs.replace(_all(work, "cost_option")[0], amount=5.0)]))


def say_room(work: Work, hub: Hub) -> None:
    work.directory.save(DirectoryRows(service_capacity=[msgspec.structs.replace(_all(work, "service_capacity")[0], available=2)]))


def _all(work: Work, kind: str) -> list[Any]:
    from referral_hub.storage.tables import directory as tables

    ids = [row.id for row in work._connection.execute(getattr(tables, kind).select())]
    return sorted(work.directory.records(kind, ids).values(), key=lambda record: record.id)


Change = Callable[[Work, Hub], None]


@pytest.mark.parametrize("change", [rename_service, add_phone, add_contact, drop_address, change_term, change_cost, say_room])
def test_after_a_change_the_answer_comes_again(client: TestClient, hub: Hub, clock: Clock, change: Change) -> None:
    before = client.get("/hsds/services?full=true").headers
    clock.pass_by(0.25)
    with hub.begin(COMMAND_LINE) as work:
        change(work, hub)
    for seconds in (0.0, 0.25, 30.0):
        clock.pass_by(seconds)
        for condition in ({"If-None-Match": before["etag"]}, {"If-Modified-Since": before["last-modified"]}):
            assert client.get("/hsds/services?full=true", headers=condition).status_code == 200, (seconds, condition)
    after = client.get("/hsds/services?full=true").headers
    assert (after["etag"], after["last-modified"]) != (before["etag"], before["last-modified"])


def test_two_changes_within_a_second_never_share_a_time(client: TestClient, hub: Hub, clock: Clock) -> None:
    seen: list[tuple[str, str | None]] = []
    for _ in range(4):
        with hub.begin(COMMAND_LINE) as work:
            add_phone(work, hub)
        clock.pass_by(0.2)
        headers = client.get("/hsds/services").headers
        seen.append((headers["etag"], headers.get("last-modified")))
        assert "last-modified" not in headers or parsedate_to_datetime(headers["last-modified"]) <= clock.now
    assert len({tag for tag, _ in seen}) == 4
    clock.pass_by(60)
    last = client.get("/hsds/services").headers["last-modified"]
    assert last not in {time for _, time in seen[:-1]}
    assert client.get("/hsds/services", headers={"If-Modified-Since": format_datetime(clock.now.astimezone(UTC), usegmt=True)}).status_code == 304


def test_a_change_that_nobody_may_see_changes_no_tag(client: TestClient, hub: Hub, clock: Clock) -> None:
    before = client.get("/hsds/services").headers
    with hub.begin(COMMAND_LINE) as work:
        place = _all(work, "sealed_location")[0].id
        work.directory.save(DirectoryRows(sealed_location=[SealedLocation(id=place, latitude=39.9, longitude=-76.0)]))
    clock.pass_by(60)
    after = client.get("/hsds/services").headers
    assert (after["etag"], after["last-modified"]) == (before["etag"], before["last-modified"])


def test_a_change_that_is_rolled_back_changes_no_tag(client: TestClient, hub: Hub, clock: Clock) -> None:
    before = client.get("/hsds/services").headers["etag"]
    with pytest.raises(ZeroDivisionError), hub.begin(COMMAND_LINE) as work:
        add_phone(work, hub)
        work.settle()
        raise ZeroDivisionError
    assert client.get("/hsds/services").headers["etag"] == before


def test_what_cannot_be_read_is_said_before_that_nothing_changed(client: TestClient) -> None:
    for address in ("/hsds/services?colour=blue", "/hsds/services?page=0", "/hsds/services?taxonomy_id=7"):
        assert client.get(address, headers={"If-None-Match": "*"}).status_code == 400
