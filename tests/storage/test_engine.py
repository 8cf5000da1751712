"""The two doors of the database: what is kept, what is not, and what SQLite was told."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from referral_hub.errors import BadSettings, NotFound, Unavailable
from referral_hub.storage.changes import ChangeStore
from referral_hub.storage.engine import Database, ask_driver
from referral_hub.storage.tables.changes import change_number


def number(database: Database, subject: str = "directory") -> int:
    with database.read() as connection:
        return ChangeStore(connection).number(subject)


def test_what_a_write_did_is_there_for_everybody_afterwards(database):
    with database.write() as connection:
        ChangeStore(connection).raise_number("directory")

    assert number(database) == 1


def test_a_write_that_fails_leaves_everything_as_it_was(database):
    with pytest.raises(NotFound), database.write() as connection:
        ChangeStore(connection).raise_number("directory")
        raise NotFound

    assert number(database) == 0


def test_what_a_read_does_is_not_kept(database):
    # PostgreSQL refuses at once; SQLite forgets at the end.
    refusal = contextlib.nullcontext() if database.is_sqlite else pytest.raises(sa.exc.InternalError, match="read-only")
    with refusal, database.read() as connection:
        ChangeStore(connection).raise_number("directory")

    assert number(database) == 0


def test_a_read_sees_one_snapshot_from_beginning_to_end(database):
    with database.read() as reader:
        before = ChangeStore(reader).number("directory")
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_raise_in_its_own_transaction, database).result()
        after = ChangeStore(reader).number("directory")

    assert (before, after) == (0, 0)
    assert number(database) == 1


def _raise_in_its_own_transaction(database: Database) -> None:
    with database.write() as connection:
        ChangeStore(connection).raise_number("directory")


def test_forty_writers_at_once_lose_nothing(database):
    _raise_in_its_own_transaction(database)
    start = threading.Barrier(8)

    def write_five_times() -> None:
        start.wait()
        for _ in range(5):
            _raise_in_its_own_transaction(database)

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(write_five_times) for _ in range(8)]:
            done.result()

    assert number(database) == 41


@pytest.fixture
def sqlite_database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    change_number.create(database.engine)
    yield database
    database.dispose()


@pytest.mark.parametrize("door", ["read", "write"])
def test_sqlite_writes_ahead_syncs_fully_and_holds_foreign_keys_on_every_connection(sqlite_database, door):
    with getattr(sqlite_database, door)() as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}

    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_foreign_keys_hold_again_after_a_migration_turned_them_off(sqlite_database):
    with sqlite_database.write(foreign_keys=False) as connection:
        during = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    after = []
    for door in (sqlite_database.read, sqlite_database.write):
        with door() as connection:
            after.append(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())

    assert (during, after) == (0, [1, 1])


def test_a_sqlite_write_takes_the_lock_when_it_begins_and_a_read_does_not(sqlite_database, tmp_path):
    other = sqlite3.connect(tmp_path / "hub.sqlite", timeout=0, isolation_level=None)
    with sqlite_database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    with sqlite_database.read():
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    other.close()


def test_a_database_that_does_not_answer_is_said_in_words(tmp_path):
    database = Database(f"postgresql://hub@/nothing?host={tmp_path}")
    with pytest.raises(Unavailable, match="Try again"), database.write() as connection:
        connection.execute(sa.select(1))
    database.dispose()


def test_a_fault_of_the_database_is_said_in_the_same_words_where_the_driver_is_asked_itself(sqlite_database, tmp_path):
    with pytest.raises(Unavailable, match="Try again"), sqlite_database.read() as connection:
        ask_driver(connection, "SELECT * FROM nowhere")
    with sqlite_database.read() as connection:
        assert ask_driver(connection, "SELECT 1 WHERE 1 = ?", [1]) == [(1,)]


def test_the_driver_is_asked_within_the_transaction(database):
    with database.write() as connection:
        ChangeStore(connection).raise_number("directory")
        assert ask_driver(connection, "SELECT number FROM change_number") == [(1,)]
        with database.read() as other:
            assert ask_driver(other, "SELECT number FROM change_number") == []


@pytest.mark.parametrize("url", ["mysql://hub@example.org/hub", "not an address", "oracle://x"])
def test_another_kind_of_database_is_refused_in_words(url):
    with pytest.raises(BadSettings, match="REFERRAL_HUB_DATABASE_URL"):
        Database(url)
