"""Taxonomies of others: read whole or refused, kept apart with their licence, and mapped so that services are found under our codes."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import Denied, ImportRefused, Invalid
from referral_hub.ids import new_id
from referral_hub.partners import taxonomy
from referral_hub.partners.foreign_taxonomy import FORMATS, ForeignTaxonomy, read_taxonomy
from referral_hub.partners.model import Attribute, DirectoryRows, Location, Organization, Service, ServiceAtLocation, Taxonomy, TaxonomyTerm
from referral_hub.partners.taxonomies import TaxonomyReport, derive_terms, import_taxonomy, list_taxonomies
from referral_hub.partners.term_mapping import Relation, bare_code, mapping_line, open_eligibility, plain_key, read_mapping, schemes_of
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.partners.folders import changed, import_ohana, write_ohana
from tests.shared import shared

OE = """<?xml version="1.0"?>
<taxonomy><version>2.0</version><services>
  <descriptions><category id="1102" title="food">Free meals and food.</category></descriptions>
  <top_level id="1102" title="Food">
    <second_level id="1201" title="Food Pantry"/>
    <second_level id="1202" title="Food Delivery"><third_level id="1203" title="Soup by Bicycle"/></second_level>
    <second_level id="1201" title="Free Meals"/>
  </top_level></services>
  <situations><top_level id="9" title="Housing"/></situations>
</taxonomy>"""
CSV_211 = """Code,Name,Definition
B,Basic Needs,What everybody needs.
BD,Food,
BD-1800,Emergency Food,
BD-1800.2000,Food Pantries,"Groceries, free."
BD-1800.2000-250,Food Pantries for Cats,
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read_oe(folder: Path) -> ForeignTaxonomy:
    return read_taxonomy(write(folder, "taxonomy.xml", OE), "openeligibility")


def read_211(folder: Path) -> ForeignTaxonomy:
    return read_taxonomy(write(folder, "211.csv", CSV_211), "211")


def tree_of(foreign: ForeignTaxonomy) -> dict[str, str | None]:
    """Code -> the code above it."""
    codes = {term.id: term.code for term in foreign.terms}
    return {term.code: codes[term.parent_id] if term.parent_id else None for term in foreign.terms}


# Reading


def test_open_eligibility_is_read_with_its_tree_its_version_and_its_licence(tmp_path: Path):
    foreign = read_oe(tmp_path)
    assert tree_of(foreign) == {
        "oe:1102": None, "oe:1201": "oe:1102", "oe:1202": "oe:1102", "oe:1203": "oe:1202", "oe:1201-2": "oe:1102",
    }  # fmt: skip
    assert foreign.terms[0].description == "Free meals and food."
    assert foreign.scheme.version == "2.0"
    assert "Aunt Bertha" in foreign.scheme.description
    assert "Attribution-ShareAlike 3.0" in foreign.scheme.description
    assert foreign.scheme.id != taxonomy.TAXONOMY_ID


def test_what_lies_above_a_211_term_follows_from_its_code(tmp_path: Path):
    assert tree_of(read_211(tmp_path)) == {
        "211:B": None, "211:BD": "211:B", "211:BD-1800": "211:BD", "211:BD-1800.2000": "211:BD-1800", "211:BD-1800.2000-250": "211:BD-1800.2000",
    }  # fmt: skip


def test_a_term_whose_parent_the_file_leaves_out_lies_under_the_next_one_above(tmp_path: Path):
    path = write(tmp_path, "part.csv", "code,name\nB,Basic\nBD-1800.2000-250,Cats\n")
    assert tree_of(read_taxonomy(path, "211")) == {"211:B": None, "211:BD-1800.2000-250": "211:B"}


def test_any_csv_has_a_name_and_parents_in_any_order(tmp_path: Path):
    path = write(tmp_path, "own.csv", "code,name,parent,definition\nb,Below,a,Under\na,Above,,\n")
    foreign = read_taxonomy(path, "csv", "Our Own Words")
    assert tree_of(foreign) == {"our-own-words:a": None, "our-own-words:b": "our-own-words:a"}
    assert foreign.scheme.name == "Our Own Words"


@pytest.mark.parametrize(
    ("format_name", "text", "said"),
    [
        ("csv", "code,name\n,Blank\n", "row 2, code"),
        ("csv", "code,name\na,\n", "row 2, name"),
        ("csv", "code,name\na,A\na,B\n", "row 3, code"),
        ("csv", "code,name,parent\na,A,z\n", "row 2, parent"),
        ("csv", "code,name,parent\na,A,b\nb,B,a\n", "lead back to it"),
        ("csv", "name\nA\n", "no column code"),
        ("csv", "code,name\n", "holds no term"),
        ("csv", 'code,name\n"a', "no CSV"),
        ("211", "code,name\nfood,Food\n", "no code such as BD-1800.2000"),
        ("openeligibility", "<taxonomy/>", "no services"),
        ("openeligibility", "code,name", "no XML"),
        ("openeligibility", "<taxonomy><services><top_level id='1'/></services></taxonomy>", "needs an id and a title"),
        ("openeligibility", '<!DOCTYPE x [<!ENTITY a "aa">]><taxonomy><services><top_level id="1" title="&a;"/></services></taxonomy>', "no XML"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole_and_says_where(tmp_path: Path, format_name: str, text: str, said: str):
    with pytest.raises(ImportRefused) as refused:
        read_taxonomy(write(tmp_path, "x.csv", text), format_name, "X")
    assert said in str(refused.value)


@pytest.mark.parametrize(("format_name", "name"), [("csv", None), ("csv", " "), ("csv", taxonomy.NAME), ("owl", "X")])
def test_a_taxonomy_without_a_name_or_of_an_unknown_format_is_refused(tmp_path: Path, format_name: str, name: str | None):
    with pytest.raises(Invalid):
        read_taxonomy(write(tmp_path, "x.csv", "code,name\na,A\n"), format_name, name)


def test_the_real_open_eligibility_is_read_and_mostly_mapped():
    foreign = read_taxonomy(shared("data/openeligibility/taxonomy"), "openeligibility")
    assert len(foreign.terms) == len({term.code for term in foreign.terms}) == 291
    names = {plain_key(term.name) for term in foreign.terms}
    assert {line.key for line in open_eligibility()} - names == {"emergency cash"}  # its name in an older edition
    assert sum(plain_key(term.name) in {line.key for line in open_eligibility()} for term in foreign.terms) > 150


# Mappings


def test_our_own_mapping_reaches_every_domain_and_only_codes_of_ours():
    lines = open_eligibility()
    assert {taxonomy.domain_of(line.code) for line in lines} == {term.code for term in taxonomy.DOMAINS}
    assert len({(line.key, line.code) for line in lines}) == len(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("term,code,relation\nBD,nonsense,exact\n", "row 2, code"),
        ("term,code,relation\nBD,food,same\n", "row 2, relation"),
        ("term,code,relation\n,food,exact\n", "row 2, term"),
        ("term,code\nBD,food\n", "no column relation"),
    ],
)
def test_a_broken_mapping_is_refused(tmp_path: Path, text: str, said: str):
    with pytest.raises(ImportRefused) as refused:
        read_mapping(write(tmp_path, "map.csv", text), "211")
    assert said in str(refused.value)


@pytest.mark.parametrize(("code", "bare"), [("net:101-02", "101-02"), ("oe:1201", "1201"), ("211:BD-1800.2000", "BD-1800.2000"), ("plain", "plain"), ("net:a#7", "a")])
def test_a_code_is_compared_without_what_stands_around_it(code: str, bare: str):
    assert bare_code(code) == bare


@pytest.mark.parametrize(
    ("name", "description", "schemes"),
    [
        ("Open Eligibility", "", {"open-eligibility", "open eligibility"}),
        ("Taxonomy of x", "Imported with an Ohana folder; Open Eligibility codes.", {"open-eligibility", "taxonomy of x"}),
        ("AIRS Taxonomy", "", {"211", "airs taxonomy"}),
        ("Ours", "", {"ours"}),
    ],
)
def test_a_taxonomy_is_known_by_what_it_says_of_itself(name: str, description: str, schemes: set[str]):
    assert schemes_of(Taxonomy(id=new_id(), name=name, description=description)) == schemes


# In the directory


def tagged(hub: Hub, term: TaxonomyTerm, *, kind: str = "service") -> UUID:
    """The id of a listing of a service under this term."""
    organization = Organization(id=new_id(), name="Harbor")
    service = Service(id=new_id(), organization_id=organization.id, name="Help")
    place = Location(id=new_id(), organization_id=organization.id, latitude=39.3, longitude=-76.6)
    listing = ServiceAtLocation(id=new_id(), service_id=service.id, location_id=place.id)
    attribute = Attribute(id=new_id(), link_id=service.id if kind == "service" else listing.id, taxonomy_term_id=term.id, link_entity=kind)
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(
            DirectoryRows(organization=[organization], service=[service], location=[place], service_at_location=[listing], attribute=[attribute])
        )
    return listing.id


def terms_of(hub: Hub, listing_id: UUID) -> list[str]:
    """The codes that matching knows of a listing."""
    with hub.read(COMMAND_LINE) as work:
        return work.listings.get(listing_id).terms


def load(hub: Hub, foreign: ForeignTaxonomy, mapping: list | None = None) -> TaxonomyReport:
    with hub.begin(COMMAND_LINE) as work:
        return import_taxonomy(work, foreign, mapping)


def by_name(foreign: ForeignTaxonomy, name: str) -> TaxonomyTerm:
    return next(term for term in foreign.terms if term.name == name)


def test_a_service_under_another_taxonomys_term_is_found_under_ours(hub_on_both: Hub, tmp_path: Path):
    foreign = read_oe(tmp_path)
    load(hub_on_both, foreign)
    pantry = tagged(hub_on_both, by_name(foreign, "Food Pantry"))
    meals = tagged(hub_on_both, by_name(foreign, "Free Meals"), kind="service_at_location")
    assert terms_of(hub_on_both, pantry) == ["oe:1201"]
    report = load(hub_on_both, foreign)
    assert terms_of(hub_on_both, pantry) == ["food-pantry", "oe:1201"]
    assert terms_of(hub_on_both, meals) == ["hot-meals", "oe:1201-2"]
    assert (report.derived, report.mapped, report.terms) == (2, 4, 5)
    assert load(hub_on_both, foreign).derived == 0


def test_a_tag_that_was_derived_says_so_and_goes_when_nothing_leads_to_it_any_more(hub: Hub, tmp_path: Path):
    foreign = read_211(tmp_path)
    lines = [mapping_line("211", "BD-1800.2000", "food-pantry", Relation.EXACT)]
    load(hub, foreign, lines)
    listing = tagged(hub, by_name(foreign, "Food Pantries"))
    load(hub, foreign, lines)
    with hub.read(COMMAND_LINE) as work:
        assert [one.label for one in work.taxonomies.derived()] == ["mapped from Food Pantries"]
    assert load(hub, foreign, []).derived == 1
    assert terms_of(hub, listing) == ["211:BD-1800.2000"]


@pytest.mark.parametrize(("relation", "codes"), [("exact", ["food-pantry"]), ("narrower", ["food-pantry"]), ("broader", [])])
def test_from_a_broader_term_nothing_follows(hub: Hub, tmp_path: Path, relation: str, codes: list[str]):
    foreign = read_211(tmp_path)
    listing = tagged_after_load(hub, foreign, "Food Pantries", [mapping_line("211", "bd-1800.2000", "food-pantry", Relation(relation))])
    assert terms_of(hub, listing) == ["211:BD-1800.2000", *codes]


def tagged_after_load(hub: Hub, foreign: ForeignTaxonomy, name: str, lines: list) -> UUID:
    load(hub, foreign, lines)
    listing = tagged(hub, by_name(foreign, name))
    with hub.begin(COMMAND_LINE) as work:
        derive_terms(work)
    return listing


def test_a_mapping_of_ones_own_goes_before_the_hubs(hub: Hub, tmp_path: Path):
    listing = tagged_after_load(hub, read_oe(tmp_path), "Food Pantry", [mapping_line("open-eligibility", "Food Pantry", "diapers", Relation.EXACT)])
    assert terms_of(hub, listing) == ["diapers", "oe:1201"]


def test_a_code_that_somebody_gave_already_is_not_given_twice(hub: Hub, tmp_path: Path):
    foreign = read_oe(tmp_path)
    load(hub, foreign)
    listing = tagged(hub, by_name(foreign, "Food Pantry"))
    with hub.begin(COMMAND_LINE) as work:
        (row,) = work.directory.children_of("service_at_location", "id", [listing])
        own = Attribute(id=new_id(), link_id=row.service_id, taxonomy_term_id=taxonomy.TERM_IDS["food-pantry"], link_entity="service")
        work.directory.save(DirectoryRows(attribute=[own]))
        assert derive_terms(work) == 0


def test_an_import_whose_directory_speaks_open_eligibility_is_found_under_our_codes(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net", services=changed("services", 0, name="Help", description="Come in.", taxonomy_ids="104-03"))
    (folder / "taxonomy.csv").write_text("taxonomy_id,name,parent_id\n104,Goods,\n104-03,Home Goods,104\n", encoding="utf-8")
    import_ohana(hub, folder)
    with hub.read(COMMAND_LINE) as work:
        labels = {one.label for one in work.taxonomies.derived()}
        found = [listing.terms for listing in work.listings.all() if listing.service.name == "Help"]
    assert found == [["household-goods", "net:104-03"]]
    assert labels == {"mapped from Home Goods"}


def test_our_own_taxonomy_stays_first_and_others_show_whose_they_are(hub: Hub, tmp_path: Path):
    load(hub, read_211(tmp_path))
    load(hub, read_oe(tmp_path))
    with hub.read(COMMAND_LINE) as work:
        listed = list_taxonomies(work)
    assert [(one.scheme.name, one.terms) for one in listed] == [
        (taxonomy.NAME, len(taxonomy.TERMS)), ("211 Human Services Indexing System", 5), ("Open Eligibility", 5),
    ]  # fmt: skip
    assert "licence" in listed[1].scheme.description
    assert "Aunt Bertha" in listed[2].scheme.description


def test_a_newer_edition_takes_the_place_of_an_older_one_and_keeps_what_is_used(hub: Hub, tmp_path: Path):
    foreign = read_211(tmp_path)
    load(hub, foreign)
    tagged(hub, by_name(foreign, "Food Pantries for Cats"))
    kept = [term for term in foreign.terms if term.code == "211:B"]
    report = load(hub, msgspec.structs.replace(foreign, terms=kept))
    assert (report.gone, report.kept) == (0, 4)  # the used term needs those above it
    with hub.begin(COMMAND_LINE) as work:
        work.directory.delete("attribute", [one.id for one in work.directory.children_of("attribute", "taxonomy_term_id", [term.id for term in foreign.terms])])
    report = load(hub, msgspec.structs.replace(foreign, terms=kept))
    assert (report.gone, report.kept) == (4, 0)


def test_only_who_may_change_the_directory_loads_a_taxonomy(hub: Hub, cast: Cast, tmp_path: Path):
    with pytest.raises(Denied), hub.begin(cast.ana) as work:
        import_taxonomy(work, read_oe(tmp_path))


def test_there_is_no_format_without_a_test():
    assert set(FORMATS) == {"openeligibility", "211", "csv"}
