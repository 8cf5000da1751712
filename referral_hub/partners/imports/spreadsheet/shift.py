"""Rows whose cells slid into the neighbouring columns: noticed by the fields whose content is strict, put right where only one way fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from referral_hub.partners.imports.spreadsheet.contents import TESTS
from referral_hub.partners.imports.spreadsheet.fields import FIELDS
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.partners.imports.spreadsheet.sheet import SheetRow

_MISFITS = 2
"""So many strict cells out of place make a shifted row; a single one is a fault of its cell."""
_STRICT, _LOOSE = 2, 1


class Shifted(Struct, frozen=True):
    """A row that slid: `column` is where it shows first; `cells` is the row put right, or None."""

    column: str
    cells: dict[str, str] | None


class ShiftTest:
    """Looks at rows of one sheet."""

    def __init__(self, mapping: Mapping, columns: Sequence[str], *, has_order: bool) -> None:
        self.columns = list(columns)
        self.has_order = has_order
        """Whether columns have neighbours: those of ndjson have names only."""
        self.tests: list[tuple[int, str, int]] = []
        for name in mapping.fields:
            known = FIELDS[name]
            if not known.test or known.joins or (known.test == "words"):
                continue
            for column in mapping.columns_of(name)[:1]:
                if column in self.columns:
                    self.tests.append((self.columns.index(column), known.test, _STRICT if known.is_strict else _LOOSE))
        self.strict = sorted((place, test) for place, test, weight in self.tests if weight == _STRICT)

    def look(self, row: SheetRow) -> Shifted | None:
        """What is wrong with the row, or None."""
        misfits = [place for place, test in self.strict if (cell := row.cells.get(self.columns[place], "").strip()) and not TESTS[test](cell)]
        overflow = any(cell.strip() for cell in row.extra)
        if len(misfits) < _MISFITS and not (overflow and misfits):
            return None
        column = self.columns[misfits[0]]
        if not self.has_order:
            return Shifted(column, None)
        cells = [row.cells.get(name, "") for name in self.columns] + list(row.extra)
        return Shifted(column, self._realign(cells))

    def _realign(self, cells: list[str]) -> dict[str, str] | None:
        """The only way to move the cells by one column that leaves no strict cell out of place; None where there is no or no single one."""
        before = self._score(cells)[1]
        ways: dict[tuple[str, ...], int] = {}
        for moved in _moves(cells, len(self.columns)):
            faults, score = self._score(moved)
            if faults == 0 and score > before:
                ways[tuple(moved)] = score
        if not ways:
            return None
        best = max(ways.values())
        winners = [moved for moved, score in ways.items() if score == best]
        return dict(zip(self.columns, winners[0], strict=True)) if len(winners) == 1 else None

    def _score(self, cells: Sequence[str]) -> tuple[int, int]:
        """(strict cells out of place, how well all fit)."""
        faults = score = 0
        for place, test, weight in self.tests:
            cell = cells[place].strip() if place < len(cells) else ""
            if not cell:
                continue
            fits = TESTS[test](cell)
            score += weight if fits else -weight
            faults += weight == _STRICT and not fits
        return faults, score


def _moves(cells: list[str], width: int) -> Iterator[list[str]]:
    """Every way to slide the rest of the row by one: a blank cell too few, one too many, or one that was cut in two."""
    over = any(cell.strip() for cell in cells[width:])
    for place in range(width):
        if over:
            yield _fit([*cells[:place], _glue(cells, place), *cells[place + 2 :]], width)
            if not cells[place].strip():
                yield _fit([*cells[:place], *cells[place + 1 :]], width)
        else:
            if not cells[-1].strip():
                yield _fit([*cells[:place], "", *cells[place:]], width)
            if not cells[place].strip():
                yield _fit([*cells[:place], *cells[place + 1 :], ""], width)


def _glue(cells: list[str], place: int) -> str:
    return f"{cells[place].strip()}, {cells[place + 1].strip()}" if place + 1 < len(cells) else cells[place]


def _fit(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]
