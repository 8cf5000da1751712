"""The database's schema: bring it to the newest revision, or tell which one it has.

`migrate` is safe to run again, and by several processes at once; `is_current` is what `serve` asks
before it answers anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

from referral_hub.errors import SchemaOutdated
from referral_hub.storage.engine import Database
from referral_hub.storage.ready_listings import ReadyListings
from referral_hub.storage.schema import Instant
from referral_hub.storage.tables import metadata

SCRIPTS = "referral_hub.storage:migrations"
"""By package, so that an installed wheel finds them too."""
_PLAIN = {
    Instant: "sa.String(32).with_variant(postgresql.TIMESTAMP(timezone=True), 'postgresql')",
    sa.JSON: "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')",
}
ADVISORY_LOCK = 0x52454653
"""PostgreSQL: one process migrates, the others wait and find the work done."""


def migrate(database: Database, revision: str = "head") -> None:
    """Bring the schema up to `revision`, in one transaction: all of it or nothing.

    At the newest schema the database also gets its identity, and the listings ready for matching where they are
    missing or were written by a program that wrote them differently.
    """
    with _changing(database) as connection:
        command.upgrade(_config(connection), revision)
        if MigrationContext.configure(connection).get_current_revision() == newest_revision():
            ready = ReadyListings(connection)
            ready.changes.make_identity()
            ready.rebuild_if_other_form()


def migrate_down(database: Database, revision: str = "base") -> None:
    """Bring the schema down to `revision`, in one transaction; the data of what is dropped is lost."""
    with _changing(database) as connection:
        command.downgrade(_config(connection), revision)


def current_revision(database: Database) -> str | None:
    """The revision that the database has; None for an empty one."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The revision that this program needs."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def is_current(database: Database) -> bool:
    """Whether the database has the schema that this program needs."""
    return current_revision(database) == newest_revision()


def require_current(database: Database) -> None:
    """Do nothing if the schema is current.

    Raises:
        SchemaOutdated: it is older or newer than this program.
    """
    if not is_current(database):
        held, needed = current_revision(database) or "none", newest_revision()
        raise SchemaOutdated(f"The database has schema {held}, this program needs {needed}. Run `referral-hub migrate`.")


def write_revision(database: Database, message: str, number: str) -> str:
    """Write the migration that leads from the schema of `database` to the tables of this program; gives its path."""
    with _changing(database) as connection:
        written = command.revision(_config(connection), message, autogenerate=True, rev_id=number)
    if not isinstance(written, Script):  # Alembic gives a list or None only for what is not asked for here
        raise TypeError(type(written))
    return written.path


def options() -> dict[str, Any]:
    """What Alembic needs to know to compare and to write; also for the check that models equal migrations."""
    return {"target_metadata": metadata, "render_as_batch": True, "render_item": _render, "compare_type": True}


def _render(kind: str, thing: Any, context: Any) -> str | Literal[False]:
    """A migration is frozen: it names plain types, not ours, which may change after it."""
    plain = next((words for type_, words in _PLAIN.items() if isinstance(thing, type_)), None) if kind == "type" else None
    if plain is None:
        return False
    context.imports.add("from sqlalchemy.dialects import postgresql")
    return plain


def _config(connection: sa.Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", SCRIPTS)
    return config


@contextmanager
def _changing(database: Database) -> Iterator[sa.Connection]:
    """A transaction that may change tables.

    SQLite changes a table by making it anew and dropping the old one; with foreign keys on, the drop would
    delete or refuse the children. They are off meanwhile, and checked as a whole before the commit.
    """
    if not database.is_sqlite:
        with database.write() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            yield connection
        return
    with database.write(foreign_keys=False) as connection:
        yield connection
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise SchemaOutdated(f"The migration would leave {len(broken)} rows without the record they refer to; nothing was changed.")
