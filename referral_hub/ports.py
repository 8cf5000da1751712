"""What the hub needs of the outside, where two real implementations exist today."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from msgspec import Struct


class DeliveryFailed(Exception):  # noqa: N818  # a word of the field, not shown to callers
    """A message could not be handed over; it is tried again. The text never holds an address."""


class Mail(Struct, frozen=True):
    """`id` stays the same when a mail is sent again."""

    id: UUID
    recipient: str
    subject: str
    body: str


class Text(Struct, frozen=True):
    """A text message; `id` as in Mail."""

    id: UUID
    recipient: str
    body: str


class Mailer(Protocol):
    """Hands mail on; returning means that the other side has taken it."""

    def send(self, mail: Mail) -> None:
        """Raises DeliveryFailed."""


class TextMessages(Protocol):
    """Hands text messages on, as Mailer does mail."""

    def send(self, text: Text) -> None:
        """Raises DeliveryFailed."""
