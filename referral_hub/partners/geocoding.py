"""Giving places a point: what an operator's command and the background round do, and which geocoder the hub has.

No confidential place is ever asked about: it is not among those that wait, and it is looked at again before anything
is written. The server is asked outside of any transaction, and the points go through the directory's own save.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.adapters.geocoders import geocoder_from
from referral_hub.partners.addresses import Door
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.geocoded import (
    KEEPS_FOR,
    KEEPS_NONE_FOR,
    GeocodedPlace,
    GeocoderAnswer,
    WaitingPlace,
    answer_key,
    door_of,
    is_ours,
    written_address,
)
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.model import DirectoryRows, Location, Precision
from referral_hub.permissions import require
from referral_hub.ports import Geocoder, GeocoderFailed, Located
from referral_hub.settings import TABLE
from referral_hub.unit_of_work import Hub, Work

Sleep = Callable[[float], None]
"""Waits so many seconds."""
PORTION = 50
"""Places that are written together."""
IN_A_ROUND = 5
"""Places that a background round looks at: it must not keep the mail waiting."""

_geocoders: WeakKeyDictionary[Hub, Geocoder] = WeakKeyDictionary()
_lock = threading.Lock()


def geocoder_of(hub: Hub) -> Geocoder:
    """The geocoder that the settings name, one a hub."""
    with _lock:
        if hub not in _geocoders:
            _geocoders[hub] = geocoder_from(hub.settings)
        return _geocoders[hub]


class GeocodingReport(Struct, frozen=True, kw_only=True):
    """What one run did."""

    looked_at: int
    by_address: int
    """Rooftop or street."""
    by_postal_code: int
    not_found: int
    waiting: int
    """Places that still wait for a point, those that were tried lately not counted."""
    has_failed: bool
    """The server gave no answer; its places have their ZIP code's point until it does."""

    def sentence(self) -> str:
        """For the terminal."""
        found = f"{self.by_address} found by their address, {self.by_postal_code} by their ZIP code, {self.not_found} not found"
        failed = " The geocoding server gives no answer: the ZIP codes stood in, and it is asked again later." if self.has_failed else ""
        return f"{self.looked_at} places looked at: {found}; {self.waiting} still wait.{failed}"


def geocode_places(
    hub: Hub, actor: Actor, limit: int, *, sleep: Sleep = time.sleep, should_stop: Callable[[], bool] = lambda: False
) -> GeocodingReport:
    """Give up to `limit` places without a point one, of the best precision that can be had; a portion a transaction.

    Raises:
        Denied: the actor may not change the directory.
    """
    require(actor, "directory:write")
    geocoder = geocoder_of(hub)
    with hub.read(actor) as work:
        waiting = work.geocoding.waiting(geocoder.source, work.now, limit)
    run = _Run(hub, actor, geocoder, sleep)
    written: list[Precision] = []
    for start in range(0, len(waiting), PORTION):
        found = []
        for place in waiting[start : start + PORTION]:
            if should_stop():
                break
            found.append(run.find(place))
        with hub.begin(actor) as work:
            written += _write(work, found)
    with hub.read(actor) as work:
        left = work.geocoding.count_waiting(geocoder.source, work.now)
    return GeocodingReport(
        looked_at=len(written),
        by_address=sum(one in (Precision.ROOFTOP, Precision.STREET) for one in written),
        by_postal_code=written.count(Precision.POSTAL_CODE),
        not_found=written.count(Precision.NONE),
        waiting=left,
        has_failed=run.has_failed,
    )


def geocode_in_round(hub: Hub, actor: Actor, *, should_stop: Callable[[], bool] = lambda: False) -> GeocodingReport | None:
    """A few places, where a geocoding server is set; None where only the table is."""
    if hub.settings.geocoder == TABLE:
        return None
    return geocode_places(hub, actor, IN_A_ROUND, should_stop=should_stop)


class _Found(Struct, frozen=True):
    """What is known of a waiting place before it is written."""

    place: WaitingPlace
    located: Located | None
    answer: GeocoderAnswer | None
    """What a server said, to be kept."""


class _Run:
    def __init__(self, hub: Hub, actor: Actor, geocoder: Geocoder, sleep: Sleep) -> None:
        self._hub = hub
        self._actor = actor
        self._geocoder = geocoder
        self._sleep = sleep
        self._answers: dict[str, GeocoderAnswer] = {}
        self.has_failed = False

    def find(self, place: WaitingPlace) -> _Found:
        """The point of a place: the server's, or else that of its ZIP code."""
        door = door_of(place.address)
        answer = self._answer(door) if door.street and self._geocoder.source != TABLE else None
        return _Found(place, _located(answer, self._geocoder.source) or self._by_postal_code(door), answer)

    def _answer(self, door: Door) -> GeocoderAnswer | None:
        """What the server says, kept or fresh; None where it gives no answer."""
        key = answer_key(self._geocoder.source, door)
        kept = self._answers.get(key) or self._kept(key)
        if kept is None and not self.has_failed:
            self._wait_for_turn()
            kept = self._kept(key) or self._fresh(key, door)  # another worker may have asked meanwhile
        if kept is not None:
            self._answers[key] = kept
        return kept

    def _kept(self, key: str) -> GeocoderAnswer | None:
        with self._hub.read(self._actor) as work:
            return work.geocoding.answer(key, work.now)

    def _fresh(self, key: str, door: Door) -> GeocoderAnswer | None:
        try:
            return _answer_of(key, self._geocoder.find(door), self._hub.now())
        except GeocoderFailed:
            self.has_failed = True
            return None

    def _wait_for_turn(self) -> None:
        pause = timedelta(seconds=self._geocoder.pause_seconds)
        with self._hub.begin(self._actor) as work:
            turn, now = work.geocoding.take_turn(self._geocoder.source, work.now, pause), work.now
        if turn > now:
            self._sleep((turn - now).total_seconds())

    def _by_postal_code(self, door: Door) -> Located | None:
        spot = self._geocoder.locate(door.postal_code) if door.postal_code else None
        return Located(spot.latitude, spot.longitude, Precision.POSTAL_CODE, TABLE) if spot else None


def _write(work: Work, found: list[_Found]) -> list[Precision]:
    """Store points, attempts and answers together, of the places that are still open and still have their address."""
    directory, geocoding = work.directory, work.geocoding
    locations: dict[UUID, Location] = directory.records("location", [one.place.location_id for one in found])
    addresses = directory.records("address", [one.place.address.id for one in found])
    tried = geocoding.places(list(locations))
    attempts, moved, answers = [], [], {}
    for one in found:
        location = locations.get(one.place.location_id)
        if location is None or location.confidential or addresses.get(one.place.address.id) != one.place.address:
            continue
        if location.latitude is not None and not is_ours(location, tried.get(location.id)):
            continue
        attempt = _attempt(one, work.now)
        attempts.append(attempt)
        point = msgspec.structs.replace(location, latitude=attempt.latitude, longitude=attempt.longitude, precision=attempt.precision)
        if point != location:
            moved.append(point)
        if one.answer is not None:
            answers[one.answer.key] = one.answer
    geocoding.save_answers(list(answers.values()), work.now)
    geocoding.save_places(attempts)
    if moved:
        with recorded(work, ChangeCause.GEOCODE, f"Points of {len(moved)} places were found"):
            directory.save(DirectoryRows(location=moved))
    return [attempt.precision for attempt in attempts]


def _attempt(found: _Found, now: datetime) -> GeocodedPlace:
    located = found.located
    return GeocodedPlace(
        id=found.place.location_id,
        written=written_address(found.place.address),
        answer_key=found.answer.key if found.answer else "",
        source=located.source if located else TABLE,
        latitude=located.latitude if located else None,
        longitude=located.longitude if located else None,
        precision=located.precision if located else Precision.NONE,
        tried_at=now,
    )


def _answer_of(key: str, located: Located | None, now: datetime) -> GeocoderAnswer:
    if located is None:
        return GeocoderAnswer(key=key, answered_at=now, expires_at=now + KEEPS_NONE_FOR)
    return GeocoderAnswer(
        key=key,
        latitude=located.latitude,
        longitude=located.longitude,
        precision=located.precision,
        answered_at=now,
        expires_at=now + KEEPS_FOR,
    )


def _located(answer: GeocoderAnswer | None, source: str) -> Located | None:
    if answer is None or answer.latitude is None or answer.longitude is None:
        return None
    return Located(answer.latitude, answer.longitude, answer.precision, source)
