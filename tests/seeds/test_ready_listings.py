"""Over the whole sample network: whatever a row of the directory is changed to, matching reads what the directory says."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.model import DirectoryRows
from referral_hub.storage.listing_marks import Marks
from referral_hub.storage.schema import STRUCTS
from referral_hub.storage.tables import directory as tables
from referral_hub.unit_of_work import Hub, Work
from tests.storage.ready import check_ready, shown, stored, truth

LEAVES = ("schedule", "language", "required_document", "service_area", "service_capacity", "accessibility", "attribute", "address", "cost_option")
"""Kinds that nothing else points to."""
CHANGED = ("organization", "service", "location", "service_at_location", "taxonomy_term", "unit", "phone", *LEAVES)
STEPS = 90


class Undo(Exception):
    """Leaves the sample as it was."""


def everything(work: Work) -> dict[str, list[Any]]:
    """Every record of the kinds that are changed."""
    table_of = {table.name: table for table in tables.IN_ORDER}
    ids = {kind: list(work._connection.execute(sa.select(table_of[kind].c.id)).scalars()) for kind in CHANGED}
    return {kind: sorted(work.directory.records(kind, ids[kind]).values(), key=lambda record: record.id) for kind in CHANGED}


def vary(record: Struct, others: list[Any], draw: random.Random) -> Struct:
    """The record with one field changed: a text longer, a number higher, an owner that another record of its kind has."""
    names = [name for name in record.__struct_fields__ if name not in ("id", "link_entity", "link_id", "parent_id", "taxonomy_id", "source")]
    for name in draw.sample(names, len(names)):
        value = getattr(record, name)
        if isinstance(value, bool):
            return replace(record, **{name: not value})
        if type(value) is str:
            return replace(record, **{name: f"{value} anew" if name not in ("timezone", "code") else value})
        if isinstance(value, int | float) and name not in ("latitude", "longitude"):
            return replace(record, **{name: value + 1})
        if isinstance(value, UUID) and type(record).__name__ != "ServiceAtLocation":
            same = [getattr(other, name) for other in others if getattr(other, name) is not None]
            return replace(record, **{name: draw.choice(same)})
    return record


def test_the_sample_is_ready_as_it_was_loaded(sample: Hub) -> None:
    check_ready(sample)
    with sample.read(COMMAND_LINE) as work:
        assert len(stored(work)) > 30


@pytest.mark.parametrize("seed", [1, 2])
def test_any_change_of_any_row_reaches_what_matching_reads(sample: Hub, seed: int) -> None:
    draw = random.Random(seed)
    seen = 0
    with pytest.raises(Undo), sample.begin(COMMAND_LINE) as work:
        held = everything(work)
        before = shown(work)
        for step in range(STEPS):
            kind = draw.choice(CHANGED)
            if not held[kind]:
                continue
            place = draw.randrange(len(held[kind]))
            record = held[kind][place]
            if kind in LEAVES and draw.random() < 0.3:
                work.directory.delete(kind, [record.id])
                held[kind].pop(place)
            else:
                held[kind][place] = vary(record, held[kind], draw)
                work.directory.save(DirectoryRows(**{kind: [held[kind][place]]}))
            if step % 3 == 0:  # several changes may wait for one refresh
                work.settle()
                after = shown(work)
                assert after == truth(work), f"step {step}: {kind}"
                seen += after != before
                before = after
        raise Undo
    assert seen > STEPS / 8
    check_ready(sample)


def test_every_kind_of_record_was_thought_of(sample: Hub) -> None:
    """A new kind of record is either among those that change a listing, or said here to be none of matching's business."""
    unseen = {"program", "sealed_location", "contact", "phone", "address", "taxonomy", "source_record"}
    with pytest.raises(Undo), sample.begin(COMMAND_LINE) as work:
        held = everything(work)
        for kind in CHANGED:
            if kind in unseen or not held[kind]:
                continue
            marks = Marks()
            marks.mark_gone(work._connection, kind, [held[kind][0].id])
            saved = Marks()
            saved.mark_saved(work._connection, kind, [replace(held[kind][0], name="anew")] if kind in ("unit", "taxonomy_term") else [held[kind][0]])
            assert saved, kind
            assert marks or kind == "unit", kind
        raise Undo
    assert {table.name for table in tables.IN_ORDER} == unseen | set(CHANGED)
    assert set(CHANGED) <= set(STRUCTS)
