"""Records kept in memory: never another than the transaction sees, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.matching import records
from referral_hub.matching.index import forget_index, index_of, records_of
from referral_hub.matching.records import Records
from referral_hub.partners import model
from referral_hub.partners.listing import PackedListing, decode_listing, encode_listing, pack
from referral_hub.unit_of_work import Hub, Work
from tests.matching.network import add_listing
from tests.statements import statements_of


def rename(hub: Hub, listing_id: UUID, name: str) -> None:
    with hub.begin(COMMAND_LINE) as work:
        rename_in(work, listing_id, name)


def rename_in(work: Work, listing_id: UUID, name: str) -> None:
    (service,) = work.directory.records("service", [work.listings.get(listing_id).service.id]).values()
    work.directory.save(model.DirectoryRows(service=[msgspec.structs.replace(service, name=name)]))


def name_in(work: Work, listing_id: UUID) -> str:
    index_of(work)
    (record,) = records_of(work, [listing_id.bytes])
    return record.service.name


def name_of(hub: Hub, listing_id: UUID) -> str:
    with hub.read(COMMAND_LINE) as work:
        return name_in(work, listing_id)


def test_the_next_match_after_a_change_reads_the_changed_record(hub_on_both: Hub):
    hub = hub_on_both
    listing_id, other = add_listing(hub, "Pantry"), add_listing(hub, "Kitchen")
    assert (name_of(hub, listing_id), name_of(hub, other)) == ("Pantry", "Kitchen")
    rename(hub, listing_id, "Larder")
    assert (name_of(hub, listing_id), name_of(hub, other)) == ("Larder", "Kitchen")
    with hub.begin(COMMAND_LINE) as work:
        work.listings.rebuild()
    assert (name_of(hub, listing_id), name_of(hub, other)) == ("Larder", "Kitchen")


def test_a_transaction_reads_the_records_of_its_own_snapshot_though_others_went_on(hub_on_both: Hub):
    hub = hub_on_both
    listing_id = add_listing(hub, "Pantry")
    with hub.read(COMMAND_LINE) as early, ThreadPoolExecutor(1) as thread:
        assert name_in(early, listing_id) == "Pantry"
        thread.submit(rename, hub, listing_id, "Larder").result()
        assert thread.submit(name_of, hub, listing_id).result() == "Larder"
        assert [one.service.name for one in records_of(early, [listing_id.bytes])] == ["Pantry"]
        assert thread.submit(name_of, hub, listing_id).result() == "Larder"


def test_what_a_transaction_writes_and_rolls_back_is_kept_for_nobody(hub: Hub):
    listing_id = add_listing(hub, "Pantry")
    with pytest.raises(ZeroDivisionError), hub.begin(COMMAND_LINE) as work:
        rename_in(work, listing_id, "Larder")
        assert name_in(work, listing_id) == "Larder"
        raise ZeroDivisionError
    assert name_of(hub, listing_id) == "Pantry"


def test_a_record_is_read_from_the_database_once(hub: Hub):
    listing_id = add_listing(hub, "Pantry")
    name_of(hub, listing_id)
    asked = statements_of(hub)
    name_of(hub, listing_id)
    assert [one for one in asked if "record FROM listing" in " ".join(one.replace("listing.", "").split())] == []
    forget_index(hub)
    assert name_of(hub, listing_id) == "Pantry"
    assert [one for one in asked if "record FROM listing" in " ".join(one.replace("listing.", "").split())] != []


def test_ids_that_nobody_knows_are_left_out_and_asked_again(hub: Hub):
    listing_id = add_listing(hub, "Pantry")
    with hub.read(COMMAND_LINE) as work:
        index_of(work)
        for _ in range(2):
            assert [one.id for one in records_of(work, [new_id().bytes, listing_id.bytes])] == [listing_id]


def test_the_records_that_were_read_first_make_room(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(records, "MOST", 2)
    listing_id = add_listing(hub, "Pantry")
    with hub.read(COMMAND_LINE) as work:
        one = decode_listing(encode_listing(work.listings.get(listing_id)))
    some: list[PackedListing] = [pack(msgspec.structs.replace(one, id=new_id())) for _ in range(4)]
    kept = Records()
    kept.forget(7)
    for record in some:
        kept.keep(7, [record])
    ids = [record.id.bytes for record in some]
    assert kept.known(7, ids) == (some[2:], ids[:2])
    assert kept.known(6, ids[3:]) == ([], ids[3:])
    kept.keep(6, some)
    kept.follow(8, [some[3].id])
    assert kept.known(8, ids) == ([some[2]], [*ids[:2], ids[3]])
