"""The search server follows the directory: after the commit, at least once, and all of it anew where that is safer."""

from __future__ import annotations

from msgspec import Struct

from referral_hub.actors import SYSTEM
from referral_hub.matching.directory_search import changes_of, documents_of
from referral_hub.matching.kinds import kinds_of
from referral_hub.matching.search_server import SERVER_FORM, SERVER_HAS, server_form, server_of
from referral_hub.unit_of_work import Hub


class Sent(Struct, frozen=True):
    """What the server took over."""

    documents: int
    is_refill: bool


def follow_search(hub: Hub, *, looks: bool = True) -> Sent | None:
    """Send what changed since the last time; None where search is embedded or nothing changed.

    With `looks` it also looks whether the index is still there: a server may lose its disk.

    The number is noted after the server has done it: what was sent and not noted is sent again.

    Raises:
        Unavailable: the server does not answer or refuses; the next call tries again.
        BadSettings: the setting cannot be read.
    """
    with hub.read(SYSTEM) as work:
        server = server_of(hub, work.changes.identity)
        if server is None:
            return None
        number, has_taken, form, wanted = (*work.changes.numbers("directory", SERVER_HAS, SERVER_FORM), server_form(work))
        kinds = kinds_of(work.listings.terms())
        is_refill = form != wanted or has_taken > number or (looks and not server.has_index())
        if not is_refill and has_taken == number:
            return None
        if is_refill:
            count = server.refill(documents_of(work.listings.rows(), kinds))
        else:
            count = server.push(changes_of(work.listings.changed_after(has_taken), kinds))
    with hub.begin(SYSTEM) as work:
        work.changes.put(SERVER_HAS, number)
        work.changes.put(SERVER_FORM, wanted)
    return Sent(count, is_refill)


def ask_for_refill(hub: Hub) -> None:
    """Let the next call send everything anew."""
    with hub.begin(SYSTEM) as work:
        work.changes.put(SERVER_FORM, 0)
