"""Change numbers: what derived indexes look at before each query, and which database it is."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import sqlalchemy as sa

from referral_hub.storage import rows
from referral_hub.storage.engine import ask_driver
from referral_hub.storage.tables.changes import change_number

DIRECTORY = "directory"
"""Raised with everything that matching can see."""
TAXONOMY = "taxonomy"
"""Raised, together with the directory's, when a term changes."""
OPEN_DIRECTORY = "open directory"
"""Raised with everything that anybody may read of the directory: the second of its last change."""
IDENTITY = "identity"
IDENTITY_BITS = 62
_EVERY = "SELECT subject, number FROM change_number"


class ChangeStore:
    """Counters by subject (`directory`, `taxonomy`, the names of settings)."""

    def __init__(self, connection: sa.Connection, settle: Callable[[], None] | None = None, *, may_write: bool = True) -> None:
        self._connection = connection
        self._settle = settle
        self._may_write = may_write
        self._own: dict[str, int] = {}
        self._seen: dict[str, int] | None = None

    def number(self, subject: str) -> int:
        """How often the subject changed, with what this transaction changed; 0 before the first change."""
        return self.numbers(subject)[0]

    def numbers(self, *subjects: str) -> list[int]:
        """The numbers of several subjects, as `number` has each, in one look."""
        if self._settle is not None:
            self._settle()
        found = self._seen
        if found is None:
            found = dict(ask_driver(self._connection, _EVERY))
            # A transaction that only reads sees one snapshot: what it saw once stays so.
            self._seen = None if self._may_write else found
        return [found.get(subject, 0) for subject in subjects]

    def has_raised(self, subject: str) -> bool:
        """Whether this transaction changed the subject: what it sees of it may be rolled back."""
        if self._settle is not None:
            self._settle()
        return subject in self._own

    def stored(self, subject: str) -> int | None:
        """The number as it is stored; None before the first change."""
        statement = sa.select(change_number.c.number).where(change_number.c.subject == subject)
        return self._connection.execute(statement).scalar_one_or_none()

    def raise_number(self, subject: str) -> None:
        """Say that the subject changes in this transaction."""
        first = rows.insert_into(self._connection, change_number).values(subject=subject, number=1)
        raised = {"number": change_number.c.number + 1}
        self._connection.execute(first.on_conflict_do_update(index_elements=["subject"], set_=raised))

    def own_number(self, subject: str) -> int:
        """The number that this transaction's changes get: raised the first time that it is asked for."""
        if subject not in self._own:
            self.raise_number(subject)
            self._own[subject] = self.stored(subject) or 0
        return self._own[subject]

    def raise_to(self, subject: str, number: int) -> None:
        """Say that the subject changes in this transaction: its number becomes this one, or the next where it stands there already."""
        first = rows.insert_into(self._connection, change_number).values(subject=subject, number=number)
        following = change_number.c.number + 1
        raised = {"number": sa.case((following > number, following), else_=number)}
        self._connection.execute(first.on_conflict_do_update(index_elements=["subject"], set_=raised))

    def lock(self, subject: str) -> None:
        """Wait until nobody else is changing the subject, and keep others out until this transaction ends.

        So the order of the numbers is the order of the commits, and what is read after this call is not changed by
        others before the commit. SQLite has one writer anyway.
        """
        first = rows.insert_into(self._connection, change_number).values(subject=subject, number=0)
        same = {"number": change_number.c.number}
        self._connection.execute(first.on_conflict_do_update(index_elements=["subject"], set_=same))

    def identity(self) -> int:
        """A random number of this database, so that what was derived from it is never used with another; 0 before it has one."""
        return self.stored(IDENTITY) or 0

    def make_identity(self) -> int:
        """The identity, made now if there is none."""
        held = self.stored(IDENTITY)
        if held is None:
            self.put(IDENTITY, 1 + secrets.randbelow(2**IDENTITY_BITS - 1))
        return held or self.identity()

    def put(self, subject: str, number: int) -> None:
        """Store a number that is no counter."""
        first = rows.insert_into(self._connection, change_number).values(subject=subject, number=number)
        self._connection.execute(first.on_conflict_do_update(index_elements=["subject"], set_={"number": number}))
