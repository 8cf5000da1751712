"""Text messages as files in a folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from referral_hub.adapters.outbox import put_file
from referral_hub.ports import DeliveryFailed, Text


class OutboxTexts:
    """One JSON file a message, named after its id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, text: Text) -> None:
        try:
            put_file(self._folder, f"{text.id}.json", msgspec.json.encode(text))
        except OSError as fault:
            raise DeliveryFailed(type(fault).__name__) from fault
