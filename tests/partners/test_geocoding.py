"""Places that get a point: which ones, how often a server is asked, and what never leaves the hub."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.adapters.geocoder_table import TableGeocoder
from referral_hub.adapters.geocoders import geocoder_from
from referral_hub.errors import Denied
from referral_hub.ids import new_id
from referral_hub.partners import geocoding
from referral_hub.partners.actions import seal_location
from referral_hub.partners.change_sets import undo_change_set
from referral_hub.partners.geocoded import GeocodedPlace
from referral_hub.partners.geocoding import GeocodingReport, geocode_in_round, geocode_places
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.model import Address, DirectoryRows, Location, Organization, Precision
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.conftest import NOW
from tests.matching.routing import MISBEHAVIOURS, answer_well
from tests.partners.folders import changed, import_ohana, write_ohana
from tests.partners.geocoding_server import PIER, GeocodingFake, geocoding_server, write_zip_table

ZIP = (39.2645, -76.6224)


@pytest.fixture
def server() -> Iterator[GeocodingFake]:
    with geocoding_server() as running:
        yield running


class Clock:
    """Stands still until somebody waits."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


Made = Callable[[str], Hub]


@contextmanager
def hubs_on(url: str, folder: Path, clock: Clock, server: GeocodingFake) -> Iterator[Made]:
    """Hubs on one database, each with the geocoder that is named: `table`, `nominatim` or `census`."""
    hubs: list[Hub] = []
    table = TableGeocoder(write_zip_table(folder))

    def make(kind: str) -> Hub:
        setting = "table" if kind == "table" else f"{kind}+{server.address}"
        hub = Hub(Settings(data_dir=folder, database_url=url, geocoder=setting), clock=lambda: clock.now)
        geocoding._geocoders[hub] = geocoder_from(hub.settings, table, total_seconds=0.5)
        hubs.append(hub)
        return hub

    yield make
    for hub in hubs:
        hub.close()


@pytest.fixture
def make_hub(tmp_path: Path, migrated: Path, clock: Clock, server: GeocodingFake) -> Iterator[Made]:
    shutil.copy(migrated, tmp_path / "hub.sqlite")
    with hubs_on("", tmp_path, clock, server) as make:
        yield make


@pytest.fixture
def make_hub_on_both(tmp_path: Path, database_url: str, clock: Clock, server: GeocodingFake) -> Iterator[Made]:
    with hubs_on(database_url, tmp_path, clock, server) as make:
        yield make


def store(hub: Hub, *, street: str = "12 Pier Street", postal_code: str = "21230", confidential: bool = False, **changes: object) -> UUID:
    organization = Organization(id=new_id(), name="Harbor")
    place = Location(id=new_id(), organization_id=organization.id, name="Pier", confidential=confidential)
    place = msgspec.structs.replace(place, **changes)
    address = Address(id=new_id(), location_id=place.id, address_1=street, city="Baltimore", state_province="Maryland", postal_code=postal_code)
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(DirectoryRows(organization=[organization], location=[place], address=[address]))
    return place.id


def place_of(hub: Hub, location_id: UUID) -> Location:
    with hub.read(COMMAND_LINE) as work:
        found: Location = work.directory.records("location", [location_id])[location_id]
        return found


def point_of(hub: Hub, location_id: UUID) -> tuple[float | None, float | None, Precision]:
    place = place_of(hub, location_id)
    return place.latitude, place.longitude, place.precision


def attempt_of(hub: Hub, location_id: UUID) -> GeocodedPlace | None:
    with hub.read(COMMAND_LINE) as work:
        return work.geocoding.places([location_id]).get(location_id)


def run(hub: Hub, clock: Clock, limit: int = 100) -> GeocodingReport:
    return geocode_places(hub, COMMAND_LINE, limit, sleep=clock.sleep)


def test_a_place_without_a_point_gets_that_of_its_address(make_hub_on_both: Made, clock: Clock):
    hub = make_hub_on_both("nominatim")
    place = store(hub)
    report = run(hub, clock)
    assert point_of(hub, place) == (*PIER, Precision.ROOFTOP)
    assert (report.looked_at, report.by_address, report.waiting, report.has_failed) == (1, 1, 0, False)
    assert run(hub, clock).looked_at == 0


def test_with_the_table_it_gets_that_of_its_zip_code(make_hub: Made, clock: Clock, server: GeocodingFake):
    hub = make_hub("table")
    place = store(hub)
    assert run(hub, clock).by_postal_code == 1
    assert point_of(hub, place) == (*ZIP, Precision.POSTAL_CODE)
    assert server.queries == []
    assert geocode_in_round(hub, COMMAND_LINE) is None


@pytest.mark.parametrize(
    "changes",
    [{"latitude": 39.3, "longitude": -76.6, "precision": Precision.STREET}, {"location_type": "virtual"}, {"confidential": True}],
)
def test_a_place_with_its_own_point_a_virtual_one_and_a_confidential_one_are_left_alone(make_hub: Made, clock: Clock, server: GeocodingFake, changes):
    hub = make_hub("nominatim")
    place = store(hub, **changes)
    before = point_of(hub, place)
    assert run(hub, clock).looked_at == 0
    assert point_of(hub, place) == before
    assert server.queries == []


@pytest.mark.parametrize("meanwhile", ["sealed", "said to be confidential", "given a point", "gone from there"])
def test_a_place_that_changes_while_the_server_thinks_is_not_written(make_hub: Made, clock: Clock, server: GeocodingFake, meanwhile: str):
    hub = make_hub("nominatim")
    place = store(hub)

    def change(handler, answer):
        with hub.begin(COMMAND_LINE) as work:
            held = work.directory.records("location", [place])[place]
            (address,) = work.directory.children_of("address", "location_id", [place])
            if meanwhile == "sealed":
                seal_location(work, place)
            elif meanwhile == "said to be confidential":
                work.directory.save(DirectoryRows(location=[msgspec.structs.replace(held, confidential=True)]))
            elif meanwhile == "given a point":
                work.directory.save(DirectoryRows(location=[msgspec.structs.replace(held, latitude=39.27, longitude=-76.61)]))
            else:
                work.directory.save(DirectoryRows(address=[msgspec.structs.replace(address, address_1="1 Elsewhere Rd")]))
        answer_well(handler, answer)

    server.behave = change
    assert run(hub, clock).looked_at == 0
    assert point_of(hub, place)[:2] == ((39.27, -76.61) if meanwhile == "given a point" else (None, None))
    assert attempt_of(hub, place) is None


def test_nothing_of_a_place_that_becomes_confidential_stays(make_hub_on_both: Made, clock: Clock):
    hub = make_hub_on_both("nominatim")
    place = store(hub)
    run(hub, clock)
    attempt = attempt_of(hub, place)
    assert attempt is not None
    with hub.begin(COMMAND_LINE) as work:
        assert work.geocoding.answer(attempt.answer_key, work.now) is not None
        seal_location(work, place)
    with hub.read(COMMAND_LINE) as work:
        assert work.geocoding.answer(attempt.answer_key, work.now) is None
    assert attempt_of(hub, place) is None
    assert point_of(hub, place) == (None, None, Precision.NONE)


def test_two_places_at_one_door_are_asked_for_once_and_a_third_later_not_at_all(make_hub_on_both: Made, clock: Clock, server: GeocodingFake):
    hub = make_hub_on_both("nominatim")
    store(hub)
    store(hub, street="12 Pier St, Apt 4")
    assert run(hub, clock).by_address == 2
    third = store(hub, street="12 PIER ST.")
    run(hub, clock)
    assert point_of(hub, third) == (*PIER, Precision.ROOFTOP)
    assert len(server.queries) == 1


def test_what_a_server_does_not_know_is_kept_too_for_a_week(make_hub: Made, clock: Clock, server: GeocodingFake):
    hub = make_hub("nominatim")
    place = store(hub, street="99 Lost Lane")
    assert run(hub, clock).by_postal_code == 1
    assert point_of(hub, place) == (*ZIP, Precision.POSTAL_CODE)
    for hours in (1, 2, 100):
        clock.now = NOW + timedelta(hours=hours)
        run(hub, clock)
    assert len(server.queries) == 1
    clock.now = NOW + timedelta(days=7, hours=1)
    run(hub, clock)
    assert len(server.queries) == 2


def test_requests_lie_a_second_apart_in_all_workers(make_hub: Made, clock: Clock, server: GeocodingFake):
    hub = make_hub("nominatim")
    for number in range(3):
        store(hub, street=f"{number + 20} Lost Lane")
    run(hub, clock)
    assert clock.slept == [1.0, 1.0]
    other = make_hub("nominatim")
    store(other, street="40 Lost Lane")
    run(other, clock)
    assert clock.slept == [1.0, 1.0, 1.0]
    assert len(server.queries) == 4


def test_turns_that_are_taken_at_once_differ(make_hub_on_both: Made):
    hub = make_hub_on_both("nominatim")
    turns: list[datetime] = []

    def take() -> None:
        with hub.begin(COMMAND_LINE) as work:
            turns.append(work.geocoding.take_turn("nominatim", work.now, timedelta(seconds=1)))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [NOW + timedelta(seconds=second) for second in range(8)]


@pytest.mark.parametrize("behaviour", ["answer_500", "answer_garbage", "hang_up"])
def test_a_dead_server_is_asked_once_the_zip_codes_stand_in_and_later_it_is_asked_again(make_hub: Made, clock: Clock, server: GeocodingFake, behaviour):
    hub = make_hub("nominatim")
    places = [store(hub), store(hub, street="5 Main St", postal_code="21201")]
    server.behave = MISBEHAVIOURS[behaviour]
    report = run(hub, clock)
    assert (report.by_postal_code, report.has_failed) == (2, True)
    assert "asked again later" in report.sentence()
    assert point_of(hub, places[0]) == (*ZIP, Precision.POSTAL_CODE)
    assert len(server.queries) == 1
    assert run(hub, clock).looked_at == 0
    server.behave = answer_well
    clock.now += timedelta(hours=1, minutes=1)
    again = make_hub("nominatim")  # the server's rest is over
    assert run(again, clock).by_address == 2
    assert point_of(hub, places[0]) == (*PIER, Precision.ROOFTOP)


def test_a_lying_server_gives_no_point_but_the_zip_codes(make_hub: Made, clock: Clock, server: GeocodingFake):
    hub = make_hub("nominatim")
    place = store(hub)
    server.point = (39.7491, -104.9946)
    run(hub, clock)
    assert point_of(hub, place) == (*ZIP, Precision.POSTAL_CODE)


def test_a_point_by_zip_code_is_made_better_when_a_server_is_set(make_hub_on_both: Made, clock: Clock):
    table = make_hub_on_both("table")
    place = store(table)
    run(table, clock)
    clock.now += timedelta(hours=2)
    run(make_hub_on_both("census"), clock)
    assert point_of(table, place) == (*PIER, Precision.STREET)


def test_a_point_that_somebody_gave_since_stays(make_hub: Made, clock: Clock, server: GeocodingFake):
    hub = make_hub("table")
    place = store(hub)
    run(hub, clock)
    with hub.begin(COMMAND_LINE) as work:
        own = msgspec.structs.replace(place_of(hub, place), latitude=39.27, longitude=-76.61, precision=Precision.ROOFTOP)
        work.directory.save(DirectoryRows(location=[own]))
    clock.now += timedelta(hours=2)
    assert run(make_hub("nominatim"), clock).looked_at == 0
    assert server.queries == []


def test_another_address_is_a_new_attempt(make_hub_on_both: Made, clock: Clock):
    hub = make_hub_on_both("nominatim")
    place = store(hub, street="99 Lost Lane")
    run(hub, clock)
    with hub.begin(COMMAND_LINE) as work:
        (address,) = work.directory.children_of("address", "location_id", [place])
        work.directory.save(DirectoryRows(address=[msgspec.structs.replace(address, address_1="12 Pier St")]))
    run(hub, clock)
    assert point_of(hub, place) == (*PIER, Precision.ROOFTOP)


def test_what_cannot_be_found_at_all_is_tried_again_after_a_week(make_hub_on_both: Made, clock: Clock):
    hub = make_hub_on_both("nominatim")
    place = store(hub, street="Behind the church", postal_code="99999")
    report = run(hub, clock)
    assert (report.not_found, report.looked_at) == (1, 1)
    assert point_of(hub, place) == (None, None, Precision.NONE)
    assert run(hub, clock).looked_at == 0
    clock.now += timedelta(days=7, hours=1)
    assert run(hub, clock).looked_at == 1


def test_a_limit_is_kept_and_what_waits_is_told(make_hub_on_both: Made, clock: Clock):
    hub = make_hub_on_both("nominatim")
    for _ in range(3):
        store(hub)
    report = run(hub, clock, limit=2)
    assert (report.looked_at, report.waiting) == (2, 1)


def test_a_run_that_is_stopped_writes_what_it_has(make_hub: Made, clock: Clock):
    hub = make_hub("nominatim")
    places = [store(hub) for _ in range(3)]
    asked: list[bool] = []

    def stop_after_one() -> bool:
        asked.append(True)
        return len(asked) > 1

    report = geocode_places(hub, COMMAND_LINE, 10, sleep=clock.sleep, should_stop=stop_after_one)
    assert report.looked_at == 1
    assert sum(point_of(hub, place)[0] is not None for place in places) == 1


def test_points_are_noted_as_one_change_that_can_be_undone(make_hub: Made, clock: Clock):
    hub = make_hub("nominatim")
    places = [store(hub), store(hub)]
    run(hub, clock)
    with hub.begin(COMMAND_LINE) as work:
        (made,) = work.history.page(causes=[ChangeCause.GEOCODE], limit=10)
        assert made.title == "Points of 2 places were found"
        undo_change_set(work, made.id)
    assert {point_of(hub, place) for place in places} == {(None, None, Precision.NONE)}


def test_only_who_may_change_the_directory_may_geocode(hub: Hub, cast: Cast):
    with pytest.raises(Denied):
        geocode_places(hub, cast.ana, 1)


def test_a_source_that_gives_no_point_does_not_take_the_found_one_away(make_hub: Made, clock: Clock, tmp_path: Path):
    hub = make_hub("nominatim")
    def folder(name: str, **addresses: str) -> Path:
        locations = changed("locations", 0, latitude="", longitude="")
        return write_ohana(tmp_path / name, locations=locations, addresses=changed("addresses", 0, address_1="12 Pier St", **addresses))

    def load(path: Path) -> None:
        import_ohana(hub, path, "net")

    load(folder("first"))
    assert run(hub, clock).by_address == 1
    with hub.read(COMMAND_LINE) as work:
        (record,) = work.directory.source_records_of("net", "location", ["10"])
    assert point_of(hub, record.record_id) == (*PIER, Precision.ROOFTOP)
    load(folder("second"))
    assert point_of(hub, record.record_id) == (*PIER, Precision.ROOFTOP)
    load(write_ohana(tmp_path / "third", locations=changed("locations", 0, latitude="39.29", longitude="-76.6")))
    assert point_of(hub, record.record_id)[:2] == (39.29, -76.6)
