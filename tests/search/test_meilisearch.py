"""A search server beside the hub: what it is told, what it may do, and that nothing it does keeps a search waiting or wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE, SYSTEM
from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.adapters.search_meilisearch import (
    BEHIND,
    FIRST_WAIT,
    LYING,
    MOST_TRIES,
    REST_SECONDS,
    SILENT,
    MeilisearchSearch,
    MeilisearchServer,
    fields_of,
    filter_of,
    read_address,
)
from referral_hub.check import check_hub
from referral_hub.errors import BadSettings, Unavailable
from referral_hub.ids import new_id
from referral_hub.matching.directory_search import document_of
from referral_hub.matching.follow_search import ask_for_refill, follow_search
from referral_hub.matching.search.model import SearchDocument, SearchQuery
from referral_hub.partners import model
from referral_hub.rounds import SearchFollower, follow_or_say
from referral_hub.unit_of_work import Hub
from tests.matching.network import add_listing, search
from tests.matching.routing import dead_address
from tests.search.documents import DOCUMENTS, HOME, NOW, PANTRY, REFUGE, RIDES, SNAP, ask, found
from tests.search.meilisearch_fake import MASTER, MISBEHAVIOURS, MeilisearchFake, answer_well

SECOND = 1.0
INDEX = "hub-tests"


class Clock:
    """Seconds that only grow, and pauses that take none."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(fake: MeilisearchFake, clock: Clock) -> MeilisearchServer:
    return MeilisearchServer(read_address(fake.setting), INDEX, sleep=clock.sleep, clock=clock)


@pytest.fixture
def index(server: MeilisearchServer) -> MeilisearchSearch:
    made = MeilisearchSearch(EmbeddedSearch(), server)
    made.rebuild(DOCUMENTS)
    return made


# What the server is told


def test_a_refill_makes_a_fresh_index_and_swaps_it_in(index: MeilisearchSearch, fake: MeilisearchFake):
    assert set(fake.indexes) == {INDEX}
    assert set(fake.indexes[INDEX].documents) == {str(one.id) for one in DOCUMENTS}
    index.rebuild([PANTRY])
    assert set(fake.indexes) == {INDEX}
    assert set(fake.indexes[INDEX].documents) == {str(PANTRY.id)}
    assert ("POST", "/swap-indexes", MASTER) in fake.asked


def test_a_refill_that_fails_half_way_leaves_what_is_searched_as_it_was(index: MeilisearchSearch, server: MeilisearchServer, fake: MeilisearchFake):
    def broken() -> Iterator[SearchDocument]:
        yield PANTRY
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        server.refill(broken())
    assert len(fake.indexes[INDEX].documents) == len(DOCUMENTS)
    assert f"{INDEX}-next" in fake.indexes
    server.refill([PANTRY])  # clears what the first one left
    assert set(fake.indexes) == {INDEX}


def test_nothing_of_where_a_confidential_place_is_goes_to_the_server(hub: Hub):
    add_listing(hub, "Safe nights", confidential=True, point=None, sealed=(39.29, -76.62))
    add_listing(hub, "Rides", reach=model.Reach.DELIVERED)
    with hub.read(COMMAND_LINE) as work:
        sent = {one["name"]: one for one in (fields_of(document_of(row, {})) for row in work.listings.rows())}
    assert all("_geo" not in one for one in sent.values())
    assert "hall" in str(sent["Rides"])
    assert not any(word in str(sent["Safe nights"]) for word in ("Sealed", "hall", "39.29"))


def test_a_place_that_one_goes_to_is_sent_with_its_point():
    assert fields_of(PANTRY)["_geo"] == {"lat": 39.30, "lng": -76.61}
    assert "_geo" not in fields_of(RIDES)
    assert "_geo" not in fields_of(replace(REFUGE, point=(1.0, 1.0)))


def test_searches_use_a_key_that_may_search_this_index_and_nothing_else(index: MeilisearchSearch, fake: MeilisearchFake):
    fake.asked.clear()
    assert found(index, "pantry")
    (made,) = fake.keys.values()
    assert (made["actions"], made["indexes"], made["expiresAt"]) == (["search"], [INDEX], None)
    assert [key for _, path, key in fake.asked if path == "/multi-search"] == [made["key"]]
    assert made["key"] != MASTER


def test_a_key_that_may_more_is_not_used(index: MeilisearchSearch, fake: MeilisearchFake):
    (made,) = fake.keys.values()
    made["actions"] = ["*"]
    assert ask(index, "pantry").fallback == SILENT
    assert not any(path == "/multi-search" for _, path, _ in fake.asked)


def test_the_address_never_shows_its_key():
    address = read_address("meilisearch+https://a%2Fb@search.example.org:7700/there")
    assert (address.url, address.key) == ("https://search.example.org:7700/there", "a/b")
    assert "a/b" not in repr(address)


@pytest.mark.parametrize("setting", ["meilisearch", "meilisearch+http://host", "meilisearch+ftp://k@h", "http://k@h", "meilisearch+http://k@", "meilisearch+http://k@h:99999", ""])
def test_an_address_that_is_none_is_refused(setting: str):
    with pytest.raises(BadSettings, match="REFERRAL_HUB_SEARCH"):
        read_address(setting)


def test_changes_go_in_batches_and_are_tried_again_with_longer_waits(server: MeilisearchServer, index: MeilisearchSearch, fake: MeilisearchFake, clock: Clock):
    many = [replace(PANTRY, id=new_id()) for _ in range(2_500)]
    fake.asked.clear()
    assert server.push([(one.id, one) for one in many]) == 2_500
    assert sum(path.endswith("/documents") for _, path, _ in fake.asked) == 3
    fake.fails = 3
    assert server.push([(SNAP.id, None)]) == 1
    assert clock.slept == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4]
    assert str(SNAP.id) not in fake.indexes[INDEX].documents
    assert len(fake.indexes[INDEX].documents) == len(DOCUMENTS) + 2_500 - 1


def test_a_push_again_changes_nothing(server: MeilisearchServer, index: MeilisearchSearch, fake: MeilisearchFake):
    for _ in range(2):
        server.push([(SNAP.id, None), (PANTRY.id, replace(PANTRY, name="Larder"))])
    assert fake.indexes[INDEX].documents[str(PANTRY.id)]["name"] == "Larder"
    assert len(fake.indexes[INDEX].documents) == len(DOCUMENTS) - 1


def test_a_server_that_does_not_come_back_is_told_of(server: MeilisearchServer, index: MeilisearchSearch, fake: MeilisearchFake, clock: Clock):
    fake.fails = MOST_TRIES
    with pytest.raises(Unavailable, match="does not answer"):
        server.push([(SNAP.id, None)])
    assert len(clock.slept) == MOST_TRIES - 1


def test_a_refused_key_is_not_tried_again(fake: MeilisearchFake, clock: Clock):
    address = replace(read_address(fake.setting), key="wrong")
    with pytest.raises(Unavailable, match="status 403"):
        MeilisearchServer(address, INDEX, sleep=clock.sleep).refill(DOCUMENTS)
    assert clock.slept == []


def test_a_task_that_the_server_could_not_do_is_told_of(server: MeilisearchServer, index: MeilisearchSearch, fake: MeilisearchFake):
    fake.task_status = "failed"
    with pytest.raises(Unavailable, match="could not do"):
        server.push([(PANTRY.id, PANTRY)])


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_filling_a_server_that_misbehaves_ends_in_words(fake: MeilisearchFake, clock: Clock, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("referral_hub.adapters.search_meilisearch.ADMIN_SECONDS", 0.2)
    fake.behave = MISBEHAVIOURS[name]
    with pytest.raises(Unavailable):
        MeilisearchServer(read_address(fake.setting), INDEX, sleep=clock.sleep).refill(DOCUMENTS)


# What narrows


@pytest.mark.parametrize(
    ("query", "narrowed"),
    [
        ({}, []),
        ({"kinds": frozenset({"b", 'a"\\'})}, ['kinds IN ["a\\"\\\\", "b"]']),
        ({"language": "es-MX"}, ['languages = "es"']),
        ({"free": True, "without_documents": True}, ["free = true", "without_documents = true"]),
        ({"home": HOME, "within_m": 5000.0}, ["_geoRadius(39.29, -76.62, 5051) OR visited = false"]),
    ],
)
def test_a_query_becomes_a_filter(query: dict[str, Any], narrowed: list[str]):
    assert filter_of(SearchQuery(now=NOW, **query)) == narrowed


def test_a_filter_reaches_the_server_and_the_nearest_are_asked_for(index: MeilisearchSearch, fake: MeilisearchFake):
    ask(index, "pantry", kinds=frozenset({"food-pantry"}), home=HOME, within_m=5000.0)
    (_, _, narrowed) = fake.bodies[-1]["queries"]
    assert narrowed["filter"] == ['kinds IN ["food-pantry"]', "_geoRadius(39.29, -76.62, 5051) OR visited = false"]
    assert narrowed["sort"] == ["takes_referrals:desc", "_geoPoint(39.29, -76.62):asc"]


# Failures


def test_an_honest_server_answers(index: MeilisearchSearch):
    page = ask(index, "pantry")
    assert (page.answered_by, page.fallback, page.total) == ("meilisearch", "", 2)


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_a_server_that_misbehaves_is_answered_for_within_a_second_and_said_so(index: MeilisearchSearch, fake: MeilisearchFake, name: str):
    fake.behave = MISBEHAVIOURS[name]
    start = time.monotonic()
    page = ask(index, "pnatry")
    assert time.monotonic() - start < SECOND
    assert (page.ids[0], page.answered_by, page.fallback) == (PANTRY.id, "embedded", SILENT)


def test_a_dead_server_is_answered_for_at_once():
    local = EmbeddedSearch()
    local.rebuild(DOCUMENTS)
    index = MeilisearchSearch(local, MeilisearchServer(read_address(dead_address().replace("http://", "meilisearch+http://key@")), INDEX))
    start = time.monotonic()
    page = ask(index, "pantry")
    assert time.monotonic() - start < SECOND
    assert (page.ids[0], page.fallback) == (PANTRY.id, SILENT)


def test_after_a_failure_nobody_waits_and_after_a_rest_one_tries(index: MeilisearchSearch, fake: MeilisearchFake, clock: Clock):
    fake.behave = MISBEHAVIOURS["answer_nothing"]
    ask(index, "pantry")
    asked = len(fake.asked)
    start = time.monotonic()
    for _ in range(50):
        assert ask(index, "pantry").fallback == SILENT
    assert time.monotonic() - start < SECOND
    assert len(fake.asked) == asked
    fake.behave = answer_well
    clock.now += REST_SECONDS - 1
    assert ask(index, "pantry").fallback == SILENT
    clock.now += 2
    assert ask(index, "pantry").answered_by == "meilisearch"
    assert ask(index, "pantry").answered_by == "meilisearch"


@pytest.mark.parametrize("lie", [str(new_id()), str(UUID(int=0)), str(SNAP.id)], ids=["fresh", "zero", "hidden"])
def test_ids_that_the_directory_has_not_make_the_whole_answer_doubtful(index: MeilisearchSearch, fake: MeilisearchFake, lie: str):
    """An invented service, none at all, and one that has gone from the directory meanwhile."""
    index.local.apply([(SNAP.id, None)])
    fake.lie = lambda hits: [*hits, {"id": lie}]
    page = ask(index, "pantry")
    assert (page.answered_by, page.fallback) == ("embedded", LYING)
    assert page.ids[0] == PANTRY.id
    assert UUID(lie) not in page.ids


def test_doubles_and_more_than_was_asked_for_do_no_harm(index: MeilisearchSearch, fake: MeilisearchFake):
    fake.lie = lambda hits: hits * 3
    assert ask(index, "harbor pantry").ids == [PANTRY.id]
    fake.lie = lambda hits: hits * 20_000
    page = ask(index, "harbor pantry")
    assert (page.ids, page.fallback) == ([PANTRY.id], SILENT)


def test_what_is_shown_passes_the_filters_whatever_the_server_says(index: MeilisearchSearch, fake: MeilisearchFake):
    fake.lie = lambda _hits: [{"id": str(one.id)} for one in DOCUMENTS]
    assert found(index, "pantry", language="es", without_documents=True) == ["Harbor Food Pantry"]


def test_what_the_server_has_not_taken_over_yet_is_answered_here(index: MeilisearchSearch, fake: MeilisearchFake, server: MeilisearchServer):
    asked = len(fake.asked)
    page = ask(MeilisearchSearch(index.local, server, is_current=False), "pantry")
    assert (page.ids[0], page.answered_by, page.fallback) == (PANTRY.id, "embedded", BEHIND)
    assert len(fake.asked) == asked


# The hub with a server


@pytest.fixture
def with_server(hub: Hub, fake: MeilisearchFake) -> Iterator[Hub]:
    other = Hub(replace(hub.settings, search=fake.setting))
    yield other
    other.close()


def test_the_server_follows_after_the_commit(with_server: Hub, fake: MeilisearchFake):
    add_listing(with_server, "Canton Pantry")
    assert search(with_server, "canton").fallback == BEHIND
    assert follow_search(with_server) is not None
    answer = search(with_server, "canton")
    assert ([one.service.name for one in answer.items], answer.answered_by, answer.fallback) == (["Canton Pantry"], "meilisearch", "")
    add_listing(with_server, "Fells Pantry")
    answer = search(with_server, "fells")
    assert ([one.service.name for one in answer.items], answer.answered_by) == (["Fells Pantry"], "embedded")
    sent = follow_search(with_server)
    assert sent is not None
    assert (sent.documents, sent.is_refill) == (1, False)
    assert follow_search(with_server) is None
    assert search(with_server, "fells").answered_by == "meilisearch"
    (name,) = fake.indexes
    with with_server.read(SYSTEM) as work:
        assert name == f"referral-hub-{work.changes.identity():x}"


def test_a_change_of_room_keeps_the_server_in_use(with_server: Hub):
    listing_id = add_listing(with_server, "Canton Pantry")
    follow_search(with_server)
    assert search(with_server, "canton").answered_by == "meilisearch"
    with with_server.begin(COMMAND_LINE) as work:
        (room,) = work.directory.records("service_capacity", [_room_of(work, listing_id)]).values()
        work.directory.save(model.DirectoryRows(service_capacity=[replace(room, available=1)]))
    assert search(with_server, "canton").answered_by == "meilisearch"


def _room_of(work: Any, listing_id: UUID) -> UUID:
    rows = work.directory.organization_rows(work.listings.get(listing_id).organization.id)
    (room,) = rows.service_capacity
    found: UUID = room.id
    return found


def test_a_server_that_lost_its_disk_or_is_another_one_is_filled_anew(with_server: Hub, fake: MeilisearchFake):
    add_listing(with_server, "Canton Pantry")
    follow_search(with_server)
    fake.indexes.clear()
    assert follow_search(with_server, looks=False) is None
    sent = follow_search(with_server)
    assert sent is not None
    assert sent.is_refill
    ask_for_refill(with_server)
    again = follow_search(with_server, looks=False)
    assert again is not None
    assert again.is_refill


def test_what_was_sent_and_not_noted_is_sent_again(with_server: Hub, fake: MeilisearchFake, monkeypatch: pytest.MonkeyPatch):
    add_listing(with_server, "Canton Pantry")
    follow_search(with_server)
    add_listing(with_server, "Fells Pantry")

    def refuse(*_args: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("referral_hub.storage.changes.ChangeStore.put", refuse)
        follow_search(with_server)
    (index,) = fake.indexes.values()
    assert len(index.documents) == 2
    assert search(with_server, "fells").fallback == BEHIND
    follow_search(with_server)
    assert len(index.documents) == 2
    assert search(with_server, "fells").fallback == ""


def test_a_server_that_fails_stops_no_round(with_server: Hub, fake: MeilisearchFake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("referral_hub.adapters.search_meilisearch.FIRST_WAIT", 0.0)
    add_listing(with_server, "Canton Pantry")
    fake.behave = MISBEHAVIOURS["answer_500"]
    assert follow_or_say(with_server) is False
    fake.behave = answer_well
    assert follow_or_say(with_server) is True


def test_the_follower_sends_a_change_within_seconds(with_server: Hub, fake: MeilisearchFake):
    add_listing(with_server, "Canton Pantry")
    follower = SearchFollower(with_server, seconds=0.05)
    follower.start()
    try:
        until = time.monotonic() + 10
        while search(with_server, "canton").answered_by != "meilisearch" and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        follower.stop()
    assert search(with_server, "canton").answered_by == "meilisearch"


def test_the_answer_says_who_gave_it(with_server: Hub, fake: MeilisearchFake):
    add_listing(with_server, "Canton Pantry")
    follow_search(with_server)
    assert search(with_server, "canton").answered_by == "meilisearch"
    fake.behave = MISBEHAVIOURS["answer_500"]
    answer = search(with_server, "canton")
    assert (answer.answered_by, answer.fallback, answer.total) == ("embedded", SILENT, 1)


def test_a_check_says_whether_the_server_can_be_used(with_server: Hub, fake: MeilisearchFake, monkeypatch: pytest.MonkeyPatch):
    def finding(setting: str) -> tuple[bool, str]:
        (one,) = (one for one in check_hub(replace(with_server.settings, search=setting)) if one.subject == "search")
        return one.good, one.says

    assert finding("embedded") == (True, "words are found by the index in the process")
    assert finding(fake.setting) == (True, "words are found by 127.0.0.1, which sees what is searched for")
    assert finding(fake.setting.replace(MASTER, "wrong")) == (False, "The search server refuses the key (status 403).")
    assert finding("meilisearch")[0] is False
    monkeypatch.setattr("referral_hub.adapters.search_meilisearch.CHECK_SECONDS", 0.3)
    for behaviour in MISBEHAVIOURS.values():
        fake.behave = behaviour
        good, says = finding(fake.setting)
        assert good is (behaviour.__name__ in ANSWERS_IN_JSON)
        assert good or MASTER not in says


ANSWERS_IN_JSON = {"answer_another_json", "answer_too_few", "answer_no_ids"}
"""A version is not looked at: any JSON will do."""
