"""What runs beside the pages: deliveries and clocks, one round after the other, and the first build of the indexes."""

from __future__ import annotations

import threading

import structlog

from referral_hub.actors import SYSTEM
from referral_hub.errors import HubError
from referral_hub.matching.directory_search import keep_search
from referral_hub.matching.follow_search import follow_search
from referral_hub.matching.index import keep_index
from referral_hub.matching.search_server import EMBEDDED
from referral_hub.partners.geocoding import geocode_in_round
from referral_hub.partners.imports.jobs import delete_old_uploads
from referral_hub.referrals.deliver import deliver_once
from referral_hub.unit_of_work import Hub

SECONDS_BETWEEN = 15.0
SECONDS_BETWEEN_LOOKS = 1.0
ROUNDS_AN_ASKING = 240
"""About once an hour it is looked which partners are to be asked whether their listings are right."""

logger = structlog.get_logger("referral_hub")


class Rounds:
    """Starts with the application and stops with it; a round that fails is logged and the next one comes."""

    def __init__(self, hub: Hub, seconds: float = SECONDS_BETWEEN) -> None:
        self._hub = hub
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        """Begin; the first round runs after one pause, so that the first page is not kept waiting."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round that runs."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(self._seconds):
            try:
                deliver_once(self._hub, asks_partners=number % ROUNDS_AN_ASKING == 0)
                number += 1
                geocode_in_round(self._hub, SYSTEM, should_stop=self._stop.is_set)
                delete_old_uploads(self._hub, SYSTEM)
                with self._hub.read(SYSTEM) as work:
                    keep_index(self._hub, work)
                    keep_search(self._hub, work)
            except Exception as fault:
                logger.error("round_failed", kind=type(fault).__name__)  # noqa: TRY400  # a trace could hold an address


class SearchFollower:
    """Sends changes to the search server within a second or two, where the settings name one."""

    def __init__(self, hub: Hub, seconds: float = SECONDS_BETWEEN_LOOKS) -> None:
        self._hub = hub
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search-follower", daemon=True)

    def start(self) -> None:
        """Begin, if there is a server."""
        if self._hub.settings.search != EMBEDDED:
            self._thread.start()

    def stop(self) -> None:
        """End after what is being sent."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait = self._seconds
        while not self._stop.wait(wait):
            is_well = follow_or_say(self._hub, looks=False)
            wait = self._seconds if is_well else min(wait * 2, SECONDS_BETWEEN)


def follow_or_say(hub: Hub, *, looks: bool = True) -> bool:
    """As follow_search; a server that fails is a line in the log, and the next round tries again. Whether it went well."""
    try:
        follow_search(hub, looks=looks)
    except Exception as fault:
        logger.warning("search_server_not_followed", kind=type(fault).__name__)
        return False
    return True


class WarmUp:
    """Builds the indexes of matches and of words beside the first pages, so that the first search does not wait for them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)

    def start(self) -> None:
        """Begin; a search that comes earlier builds for itself."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for the end: the database is let go of next."""
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            with self._hub.read(SYSTEM) as work:
                keep_index(self._hub, work)
                keep_search(self._hub, work)
        except HubError as fault:
            logger.warning("not_warm", code=fault.code)
