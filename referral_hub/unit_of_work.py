"""One transaction: stores, the asker, the time. The only commit is here.

    with hub.begin(actor) as work:
        return accept_referral(work, referral_id, ...)

Leaving the block commits before the answer is sent; an exception rolls back. Actions never commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property

import sqlalchemy as sa

from referral_hub.actors import Actor
from referral_hub.settings import Settings
from referral_hub.storage.accounts import AccountStore
from referral_hub.storage.answers import AnswerStore
from referral_hub.storage.assurances import AssuranceStore
from referral_hub.storage.care import CareStore
from referral_hub.storage.changes import ChangeStore
from referral_hub.storage.confirmation_links import ConfirmationLinkStore
from referral_hub.storage.corrections import CorrectionStore
from referral_hub.storage.differences import DifferenceStore
from referral_hub.storage.directory import DirectoryStore
from referral_hub.storage.duplicates import DuplicateStore
from referral_hub.storage.engine import Database
from referral_hub.storage.geocoding import GeocodingStore
from referral_hub.storage.history import HistoryStore
from referral_hub.storage.import_jobs import ImportJobStore
from referral_hub.storage.listings import ListingStore
from referral_hub.storage.migrate import is_current
from referral_hub.storage.network_settings import NetworkSettingStore
from referral_hub.storage.open_directory import OpenDirectoryStore
from referral_hub.storage.ready_listings import ReadyListings
from referral_hub.storage.referrals import ReferralStore
from referral_hub.storage.room import RoomStore
from referral_hub.storage.suggestions import SuggestionStore
from referral_hub.storage.taxonomies import TaxonomyStore


class Work:
    """What an action may use. Stores are made when first asked for."""

    def __init__(
        self,
        connection: sa.Connection,
        actor: Actor | None,
        now: datetime,
        hub: Hub,
        *,
        may_write: bool = True,
        ready: ReadyListings | None = None,
    ) -> None:
        self._connection = connection
        self._ready = ready or ReadyListings(connection, may_write=may_write, now=now)
        self.actor = actor
        self.now = now
        self.hub = hub
        self.may_write = may_write

    def acting_as(self, actor: Actor | None, now: datetime) -> Work:
        """The same transaction for another asker at another time: the sample network's past is told like this."""
        return Work(self._connection, actor, now, self.hub, may_write=self.may_write, ready=self._ready)

    def settle(self) -> None:
        """Bring what is derived from this transaction's changes up to date; `Hub.begin` does it before the commit."""
        self._ready.refresh()

    @cached_property
    def changes(self) -> ChangeStore:
        return self._ready.changes

    @cached_property
    def directory(self) -> DirectoryStore:
        return DirectoryStore(self._connection, self._ready, self.history)

    @cached_property
    def duplicates(self) -> DuplicateStore:
        return DuplicateStore(self._connection)

    @cached_property
    def history(self) -> HistoryStore:
        return HistoryStore(self._connection)

    @cached_property
    def room(self) -> RoomStore:
        return RoomStore(self._connection, self._ready)

    @cached_property
    def geocoding(self) -> GeocodingStore:
        return GeocodingStore(self._connection)

    @cached_property
    def open_directory(self) -> OpenDirectoryStore:
        return OpenDirectoryStore(self._connection, self.directory, self.changes)

    @cached_property
    def assurances(self) -> AssuranceStore:
        return AssuranceStore(self._connection)

    @cached_property
    def corrections(self) -> CorrectionStore:
        return CorrectionStore(self._connection)

    @cached_property
    def confirmation_links(self) -> ConfirmationLinkStore:
        return ConfirmationLinkStore(self._connection)

    @cached_property
    def differences(self) -> DifferenceStore:
        return DifferenceStore(self._connection)

    @cached_property
    def listings(self) -> ListingStore:
        return ListingStore(self._connection, self._ready, self.now)

    @cached_property
    def network_settings(self) -> NetworkSettingStore:
        return NetworkSettingStore(self._connection, self.changes)

    @cached_property
    def import_jobs(self) -> ImportJobStore:
        return ImportJobStore(self._connection)

    @cached_property
    def suggestions(self) -> SuggestionStore:
        return SuggestionStore(self._connection)

    @cached_property
    def taxonomies(self) -> TaxonomyStore:
        return TaxonomyStore(self._connection)

    @cached_property
    def care(self) -> CareStore:
        return CareStore(self._connection)

    @cached_property
    def referrals(self) -> ReferralStore:
        return ReferralStore(self._connection)

    @cached_property
    def accounts(self) -> AccountStore:
        return AccountStore(self._connection)

    @cached_property
    def answers(self) -> AnswerStore:
        return AnswerStore(self._connection)


class Hub:
    """The running hub: its settings, its database, its clock and its adapters."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] | None = None) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        self._clock = clock or (lambda: settings.now or datetime.now(UTC))

    def now(self) -> datetime:
        return self._clock()

    @contextmanager
    def begin(self, actor: Actor | None) -> Iterator[Work]:
        """A transaction that may write."""
        with self.database.write() as connection:
            work = Work(connection, actor, self.now(), self)
            yield work
            work.settle()

    @contextmanager
    def read(self, actor: Actor | None) -> Iterator[Work]:
        """A transaction that only reads: nothing done in it is kept."""
        with self.database.read() as connection:
            yield Work(connection, actor, self.now(), self, may_write=False)

    def has_current_schema(self) -> bool:
        """Whether the database has the schema that this program needs."""
        return is_current(self.database)

    def close(self) -> None:
        """Let go of the database."""
        self.database.dispose()
