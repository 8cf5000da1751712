"""Habits that no import contract can hold: docstrings, error words, and the asker first in every fetcher."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from referral_hub import errors
from referral_hub.http_status import STATUS
from referral_hub.permissions import PERMISSIONS, WORDS
from tests.architecture.contracts import PACKAGES, ROOT

SOURCES = [path for package in (*PACKAGES, "tools") for path in sorted((ROOT / package).rglob("*.py")) if "versions" not in path.parts]
STORES = {"care.py": "CareStore", "referrals.py": "ReferralStore"}
SCOPED = {"patient", "fact", "consent", "need", "letter_code", "referral", "event", "delivery"}
"""Tables whose rows belong to somebody: a select over one names who asks."""

UNASKED = {
    "CareStore.letter_code_by_code": "The code is the proof: nobody is signed in when a letter's code is typed.",
    "CareStore.letter_code_by_link": "The link is the proof: nobody is signed in when a letter's link is opened.",
    "CareStore.patient_of_letter": "Takes the letter code that was found by its secret, and gives the one patient whom it names.",
    "CareStore.need_of_letter": "Takes the letter code that was found by its secret, and gives the one need that it is about.",
    "ReferralStore.of_letter": "Takes the letter code that was found by its secret, and gives the one referral that it names.",
    "ReferralStore.children_of": "Follows referrals that were fetched for the asker to what they were forwarded to.",
    "ReferralStore.to_expire": "The system's clock: it runs for everybody.",
    "ReferralStore.to_close": "The system's clock: it runs for everybody.",
    "ReferralStore.running": "The system's clock: it runs for everybody.",
    "ReferralStore.waiting": "Delivery sends what waits, whoever caused it.",
    "ReferralStore.add_missing": "Looks only at the ids of deliveries that it is given.",
    "ReferralStore.last_events": "The system's clock: ids of events for its reminders, no content.",
}
"""Methods that may read a scoped table without an asker, each with its reason."""


@pytest.mark.parametrize("path", [path for path in SOURCES if path.stat().st_size], ids=lambda path: str(path.relative_to(ROOT)))
def test_each_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def error_classes() -> list[type[errors.HubError]]:
    return [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.HubError)]


def test_each_error_has_a_status_a_word_and_a_title_of_its_own():
    kinds = error_classes()

    assert set(STATUS) == set(kinds)
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert len({kind.title for kind in kinds}) == len(kinds)


def test_each_permission_that_a_role_holds_has_words_and_each_word_a_holder():
    assert set().union(*PERMISSIONS.values()) == set(WORDS)


def methods_without_asker(source: str, store: str) -> Iterator[str]:
    """Names of the store's public methods that select from a scoped table and do not take `actor` first and use it."""
    (body,) = (node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == store)
    functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    selecting = _reaching(functions, {name for name, node in functions.items() if _selects_scoped(node)})
    for name in sorted(selecting):
        if name.startswith("_"):
            continue
        arguments = functions[name].args.args
        named = len(arguments) > 1 and arguments[1].arg == "actor"
        used = any(isinstance(node, ast.Name) and node.id == "actor" for statement in functions[name].body for node in ast.walk(statement))
        if not (named and used):
            yield name


def _reaching(functions: dict[str, ast.FunctionDef], found: set[str]) -> set[str]:
    """`found` and every method that calls one of them, however far."""
    while True:
        callers = {
            name
            for name, node in functions.items()
            if name not in found
            and any(isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self" and part.attr in found for part in ast.walk(node))
        }
        if not callers:
            return found
        found = found | callers


def _selects_scoped(function: ast.FunctionDef) -> bool:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("select", "exists")]
    tables = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)} | {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return bool(calls) and bool(tables & SCOPED)


@pytest.mark.parametrize(("file", "store"), STORES.items())
def test_every_fetcher_of_a_scoped_table_takes_the_asker_first(file, store):
    source = (ROOT / "referral_hub" / "storage" / file).read_text(encoding="utf-8")
    without = {f"{store}.{name}" for name in methods_without_asker(source, store)}

    assert without - set(UNASKED) == set(), "take `actor` first, or explain in UNASKED why nobody asks"


def test_the_list_of_exceptions_names_only_what_exists_and_needs_it():
    needed = {
        f"{store}.{name}"
        for file, store in STORES.items()
        for name in methods_without_asker((ROOT / "referral_hub" / "storage" / file).read_text(encoding="utf-8"), store)
    }

    assert set(UNASKED) <= needed
    assert all(reason.endswith(".") for reason in UNASKED.values())


CARELESS = """
class CareStore:
    def patient(self, id): return self._one(sa.select(patient).where(patient.c.id == id))
    def patient_for(self, actor, id): return self._one(sa.select(patient).where(patient.c.organization_id == actor.organization_id))
    def patient_named(self, actor, id): return self._one(sa.select(patient).where(patient.c.id == id))
    def through_another(self, id): return self._secret(id)
    def _secret(self, id): return sa.select(tables.fact)
    def save(self, record): return rows.insert(patient, [record])
    def terms(self): return sa.select(taxonomy_term)
"""


def test_the_check_of_fetchers_notices_a_careless_one():
    assert list(methods_without_asker(CARELESS, "CareStore")) == ["patient", "patient_named", "through_another"]


def test_no_scoped_table_is_read_outside_the_stores_that_are_checked():
    allowed = {*STORES, "rows.py", "schema.py", "referral_counts.py"}  # the last gives numbers only, by what they are about
    readers = []
    for path in sorted((ROOT / "referral_hub" / "storage").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        modules_ = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        scoped = {"referral_hub.storage.tables.care", "referral_hub.storage.tables.referrals"} & modules_ or (
            "referral_hub.storage.tables" in modules_ and {"care", "referrals"} & imported
        )
        if scoped and path.name not in allowed:
            readers.append(path.name)

    assert readers == []


def test_sql_stands_in_storage_alone():
    """No query text outside storage either: import-linter sees modules, not strings."""
    # The benchmark's own server: never the hub's database.
    own_server = {path.relative_to(ROOT) for path in SOURCES if path.parent.name == "bench"}
    words = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ")
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if Path("referral_hub/storage") not in path.relative_to(ROOT).parents and path.relative_to(ROOT) not in own_server
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(words)
    ]

    assert found == []
