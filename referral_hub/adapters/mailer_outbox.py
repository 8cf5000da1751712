"""Mail as .eml files in a folder: for a first look, for tests, and for machines without a mail server."""

from __future__ import annotations

from pathlib import Path

from referral_hub.adapters.eml import write_eml
from referral_hub.adapters.outbox import put_file
from referral_hub.ports import DeliveryFailed, Mail


class OutboxMailer:
    """One file a message, named after its id: a repeated send leaves one file."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, mail: Mail) -> None:
        try:
            put_file(self._folder, f"{mail.id}.eml", bytes(write_eml(mail, self._sender)))
        except OSError as fault:
            raise DeliveryFailed(type(fault).__name__) from fault
