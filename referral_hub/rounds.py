"""Deliveries and clocks beside the pages: one thread, one round after the other, for a hub of one process."""

from __future__ import annotations

import threading

import structlog

from referral_hub.referrals.deliver import deliver_once
from referral_hub.unit_of_work import Hub

SECONDS_BETWEEN = 15.0

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
        while not self._stop.wait(self._seconds):
            try:
                deliver_once(self._hub)
            except Exception as fault:
                logger.error("round_failed", kind=type(fault).__name__)  # noqa: TRY400  # a trace could hold an address
