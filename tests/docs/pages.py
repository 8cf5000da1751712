"""The pages of documentation, and what stands in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)")


def pages() -> list[Path]:
    """README, CONTRIBUTING, CHANGELOG and everything in docs."""
    return sorted(path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))


def text_of(*path: str) -> str:
    """The text of one page, by its path from the root."""
    return ROOT.joinpath(*path).read_text(encoding="utf-8")


def codes(text: str) -> set[str]:
    """What is set as code within lines."""
    return set(CODE.findall(BLOCK.sub("", text)))


def everything_in_code(text: str) -> str:
    """All code of a page, in lines and in blocks, as one text."""
    return "\n".join([*codes(text), *BLOCK.findall(text)])


def links(text: str) -> set[str]:
    """Links to files of ours, as written."""
    return set(LINK.findall(BLOCK.sub("", text)))


def rows(text: str) -> list[list[str]]:
    """The cells of every table's rows, headings and rules aside."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = {number for number, line in enumerate(cells) if all(re.fullmatch(r":?-{3,}:?", cell) for cell in line)}
    return [line for number, line in enumerate(cells) if number not in rules and number + 1 not in rules]
