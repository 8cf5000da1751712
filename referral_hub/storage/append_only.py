"""Events are history: the database itself refuses to change or remove one.

The statements stand here once, for the migration and for databases made from the models.
"""

from __future__ import annotations

SQLITE_ON = (
    "CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
    "CREATE TRIGGER event_is_never_removed BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are never removed'); END",
)
SQLITE_OFF = ("DROP TRIGGER event_is_never_changed", "DROP TRIGGER event_is_never_removed")
POSTGRESQL_ON = (
    """CREATE OR REPLACE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are never changed or removed'; END $$""",
    "CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_event_change()",
)
POSTGRESQL_OFF = ("DROP TRIGGER event_is_never_changed ON event", "DROP FUNCTION refuse_event_change()")


def statements(dialect: str, *, on: bool) -> tuple[str, ...]:
    """The statements that set (or lift) the rule on a database of this dialect."""
    if dialect == "postgresql":
        return POSTGRESQL_ON if on else POSTGRESQL_OFF
    return SQLITE_ON if on else SQLITE_OFF
