"""Docs that fail: what exists is named, and what is named exists."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import click
import pytest

from referral_hub import errors
from referral_hub.actors import Role
from referral_hub.http_status import STATUS
from referral_hub.permissions import PERMISSIONS, WORDS
from referral_hub.referrals import lifecycle
from referral_hub.referrals.model import State
from referral_hub.settings import PREFIX, Settings
from tests.docs.pages import ROOT, codes, everything_in_code, links, pages, rows, text_of

BUILT = ("web/static/build", "referral_hub/assets", "dist", "var", "tests/artifacts")
"""Made by `make`, so perhaps absent where the docs are tested."""
OURS = re.compile(r"(?:referral_hub|web|seeds|tests|tools|docs|requirements|\.ci)(?:/[\w.*{}-]+)+/?|[\w-]+\.(?:toml|md|json)|Makefile")
DOTTED = re.compile(r"(?:referral_hub|web|seeds)(?:\.\w+)+")
TESTS_ONLY = {"REFERRAL_HUB_SHARED"}
BY_PAGE = pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))


def commands() -> dict[str, click.Command]:
    """Every command by what one types: `accounts add`."""

    from referral_hub.cli import hub_command

    def walk(command: click.Command, words: tuple[str, ...]) -> dict[str, click.Command]:
        if isinstance(command, click.Group):
            return {name: found for word, child in command.commands.items() for name, found in walk(child, (*words, word)).items()}
        return {" ".join(words): command}

    return walk(hub_command, ())


def test_every_setting_has_a_row_in_deployment_and_every_row_is_a_setting():
    documented = {row[0].strip("`") for row in rows(text_of("docs", "deployment.md"))}

    assert documented == {PREFIX + name.upper() for name in Settings.__struct_fields__}


@BY_PAGE
def test_a_setting_that_a_page_names_exists(page):
    named = set(re.findall(r"REFERRAL_HUB_[A-Z_]+[A-Z]", page.read_text(encoding="utf-8")))

    assert named <= {PREFIX + name.upper() for name in Settings.__struct_fields__} | TESTS_ONLY


def test_every_command_has_a_row_with_its_options():
    documented = {row[0].strip("`").removeprefix("referral-hub "): row[1] for row in rows(text_of("docs", "commands.md"))}
    existing = commands()

    assert set(documented) == set(existing)
    for name, command in existing.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"`{parameter.opts[0]}`" in documented[name] or f"{parameter.opts[0]} " in documented[name], (name, parameter.opts[0])


@BY_PAGE
def test_a_command_that_a_page_names_exists(page):
    groups = {name.split()[0] for name in commands()}
    for words in re.findall(r"(?:^|[\s/`])referral-hub ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", everything_in_code(page.read_text(encoding="utf-8"))):
        first, _, second = words.partition(" ")
        assert first in groups, words
        if first not in commands():
            assert f"{first} {second}" in commands(), words


def test_every_error_has_a_row_with_its_status():
    documented = {row[0].strip("`"): int(row[1]) for row in rows(text_of("docs", "errors.md"))}
    existing = {kind.code: STATUS[kind] for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.HubError)}

    assert documented == existing


def test_the_table_of_permissions_is_the_map():
    documented = {
        row[0].strip("`"): (row[1], {role for role, cell in zip(Role, row[2:], strict=True) if cell == "yes"})
        for row in rows(text_of("docs", "permissions.md"))
    }
    existing = {word: (sentence, {role for role in Role if word in PERMISSIONS[role]}) for word, sentence in WORDS.items()}

    assert documented == existing


def test_every_move_and_step_stands_in_the_lifecycle():
    """A row of a table names the states that a move leads from, the action and the state that it leads to."""
    table = [set(re.findall(r"[a-z_-]+", " ".join(row))) for row in rows(text_of("docs", "lifecycle.md"))]
    moves = [{*move.sources, move.action, *({move.target} & set(State))} for move in lifecycle.MOVES]
    steps = [{step.action} for step in lifecycle.STEPS]

    assert [wanted for wanted in [*moves, *steps] if not any(wanted <= row for row in table)] == []


@BY_PAGE
def test_a_path_that_a_page_names_exists(page):
    named = {match for code in codes(page.read_text(encoding="utf-8")) for match in [OURS.fullmatch(code)] if match}
    missing = sorted(match[0] for match in named if not match[0].startswith(BUILT) and not list(ROOT.glob(match[0].rstrip("/"))))

    assert missing == []


@BY_PAGE
def test_a_module_or_name_that_a_page_names_exists(page):
    for code in codes(page.read_text(encoding="utf-8")):
        if DOTTED.fullmatch(code.removesuffix("()")):
            assert _found(code.removesuffix("()").split(".")), code


def _found(words: list[str]) -> bool:
    for length in range(len(words), 0, -1):
        try:
            thing: object = importlib.import_module(".".join(words[:length]))
        except ModuleNotFoundError:
            continue
        for word in words[length:]:
            thing = getattr(thing, word, None)
        return thing is not None
    return False


@BY_PAGE
def test_a_link_leads_somewhere(page):
    missing = sorted(link for link in links(page.read_text(encoding="utf-8")) if not (page.parent / link).exists())

    assert missing == []


@BY_PAGE
def test_a_make_target_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {target for code in codes(page.read_text(encoding="utf-8")) for target in re.findall(r"^make ([a-z-]+)", code)}

    assert named <= targets


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_is_one_page_with_its_four_parts(page):
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)

    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]
    assert text.startswith(f"# {int(page.stem[:4])}. ")
    assert len(text.split()) < 500


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.stem[:4]) for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


def test_no_page_names_a_machine():
    # Written in halves, so that this line is not what it looks for.
    unwanted = [re.escape("/wo" + "rk/"), re.escape("/ro" + "ot/"), re.escape("/tm" + "p/"), "pypi" + r"\.org", "npmjs" + r"\."]
    found = [(path.name, words) for path in pages() for words in unwanted if re.search(words, path.read_text(encoding="utf-8"))]

    assert found == []


def test_every_page_is_reached_from_the_readme():
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            waiting += [(page.parent / link).resolve() for link in links(page.read_text(encoding="utf-8"))]
    decisions = set((ROOT / "docs" / "adr").glob("*.md"))

    assert set(pages()) - reached - decisions == set()
