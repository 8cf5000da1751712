"""Addresses, telephones and names in one form, by truth table."""

from __future__ import annotations

import csv

import pytest

from referral_hub.partners.addresses import NormalAddress, normal_address, normal_postal_code, normal_state, split_address
from referral_hub.partners.likeness import address_key, email_key, name_key, phone_key, place_key, site_key, unit_key
from referral_hub.partners.telephones import read_telephone
from tests.shared import shared

STREETS = [
    ("123 N. Main St. Apt 4B", "", "123 N MAIN ST", "APT 4B", ""),
    ("123 North Main Street", "Apartment 4B", "123 N MAIN ST", "APT 4B", ""),
    ("123 n main st, #4B", "", "123 N MAIN ST", "# 4B", ""),
    ("1400 East North Avenue, Suite 200", "", "1400 E NORTH AVE", "STE 200", ""),
    ("1400 E. North Ave.", "Ste. 200", "1400 E NORTH AVE", "STE 200", ""),
    ("22 S. Greene Street", "3rd Floor", "22 S GREENE ST", "FL 3RD", ""),
    ("100 W 23rd St", "Rm 12", "100 W 23RD ST", "RM 12", ""),
    ("PO Box 123", "", "", "", "PO BOX 123"),
    ("P.O. Box 123", "", "", "", "PO BOX 123"),
    ("Post Office Box 123", "", "", "", "PO BOX 123"),
    ("P. O. BOX #123", "", "", "", "PO BOX 123"),
    ("45 Elm Street", "PO Box 12", "45 ELM ST", "", "PO BOX 12"),
    ("12 St. Paul Street", "", "12 ST PAUL ST", "", ""),
    ("12 Saint Paul St", "", "12 ST PAUL ST", "", ""),
    ("5 First Avenue", "", "5 1ST AVE", "", ""),
    ("5 Second Chance Lane", "", "5 SECOND CHANCE LN", "", ""),
    ("1 Martin Luther King, Jr. Boulevard", "", "1 MARTIN LUTHER KING JR BLVD", "", ""),
    ("9 O'Donnell Sq", "", "9 ODONNELL SQ", "", ""),
    ("12-14 Pier Road", "", "12-14 PIER RD", "", ""),
    ("417 E Fayette St #1125", "Suite 1125", "417 E FAYETTE ST", "STE 1125", ""),
    ("Federal Building", "212 W. Main Street", "212 W MAIN ST", "", ""),
    ("1 Oak Street", "P.O. Box 487 (Mailing Address)", "1 OAK ST", "", "PO BOX 487"),
    ("1211 Cathedral St 3Rd Fl", "3Rd Floor", "1211 CATHEDRAL ST", "FL 3RD", ""),
    ("One Stop Career Center", "601 High Street 2Nd Floor", "601 HIGH ST", "FL 2ND", ""),
    ("One N Charles St", "Suite 900", "1 N CHARLES ST", "STE 900", ""),
    ("", "", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("line", "second", "street", "unit", "box"), STREETS)
def test_streets_units_and_boxes(line, second, street, unit, box):
    found = normal_address(line, second)
    assert (found.street, found.unit, found.box) == (street, unit, box)


@pytest.mark.parametrize("line", ["Corner of Park Heights & Spaulding Avenues", "???", "Call for address", "City Hall, Main Street, City Hall"])
def test_what_is_no_door_is_only_in_capitals_and_doubtful(line):
    found = normal_address(line, "", "Baltimore", "MD", "21201")
    assert found.is_doubtful
    assert address_key(found) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [("Maryland", "MD"), ("md", "MD"), ("MD.", "MD"), (" New  York ", "NY"), ("D.C.", "DC"), ("Washington, DC", "DC"), ("Washington", "WA"),
     ("Puerto Rico", "PR"), ("Ontario", None), ("", None), ("XX", None)],
)  # fmt: skip
def test_states(text, code):
    assert normal_state(text) == code


@pytest.mark.parametrize(
    ("text", "state", "code"),
    [("21201", "", "21201"), ("21201-1234", "", "21201-1234"), ("212011234", "", "21201-1234"), ("21201-0000", "", "21201"), ("21201.0", "", "21201"),
     (" 21201 ", "", "21201"), ("21201-", "", "21201"), ("1020", "MA", "01020"), ("1020", "MD", None), ("1020", "", None), ("601", "PR", "00601"),
     ("2120", "", None), ("ABCDE", "", None), ("", "MA", None), ("٢١٢٠١", "", None)],
)  # fmt: skip
def test_postal_codes(text, state, code):
    assert normal_postal_code(text, state) == code


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("12 Pier St, Baltimore, MD 21201", ("12 Pier St", "", "Baltimore", "MD", "21201")),
        ("12 N Pier St Apt 2, Baltimore, Maryland 21201-1234", ("12 N Pier St", "Apt 2", "Baltimore", "Maryland", "21201-1234")),
        ("PO Box 12, Bel Air, MD 21014", ("PO Box 12", "", "Bel Air", "MD", "21014")),
        ("12 Pier St", None),
        ("Baltimore, MD", None),
        ("City Hall", None),
        ("", None),
    ],
)
def test_one_line_as_fields(line, parts):
    found = split_address(line)
    assert (None if found is None else tuple(part.rstrip(",") for part in (found.address_1, found.address_2, found.city, found.state, found.postal_code))) == parts


@pytest.mark.parametrize(
    ("text", "e164", "national", "extension"),
    [
        ("(410) 555-0142", "+14105550142", "(410) 555-0142", ""),
        ("410.555.0142", "+14105550142", "(410) 555-0142", ""),
        ("1-410-555-0142", "+14105550142", "(410) 555-0142", ""),
        ("+1 410 555 0142", "+14105550142", "(410) 555-0142", ""),
        ("410-555-0142 x12", "+14105550142", "(410) 555-0142", "12"),
        ("410-555-0142 ext. 12", "+14105550142", "(410) 555-0142", "12"),
        ("(410)555-0142, Extension 3", "+14105550142", "(410) 555-0142", "3"),
        ("410-555-0142 #7", "+14105550142", "(410) 555-0142", "7"),
        ("410-555-0142 option 2", "+14105550142", "(410) 555-0142", "2"),
        ("1-800-555-FOOD", "+18005553663", "(800) 555-3663", ""),
        ("+44 20 7946 0018", "+442079460018", "+44 20 7946 0018", ""),
    ],
)
def test_telephones(text, e164, national, extension):
    found = read_telephone(text)
    assert found is not None
    assert (found.e164, found.national, found.extension) == (e164, national, extension)
    assert phone_key(text) == e164


@pytest.mark.parametrize("text", ["", "988", "211", "555-0142", "410-555-014", "desk@example.org", "call the desk", "123-555-0100", "410-555-0142 410-555-0143", "1" * 500])
def test_what_nobody_could_call(text):
    assert read_telephone(text) is None
    assert phone_key(text) == ""


SAME_NAMES = [
    ("St. Mary's Ctr., Inc.", "Saint Marys Center"), ("The Harbor Food Pantry", "Harbor Food Pantry"), ("Dept. of Social Services", "Department of Social Service"),
    ("Y.M.C.A. of Harford", "YMCA Harford"), ("Food & Shelter", "Food and Shelter"), ("Café Esperanza", "CAFE ESPERANZA"), ("Mt. Zion Church", "Mount Zion Church"),
    ("Helping Hands Ministry", "Helping Hands Ministries"),
]  # fmt: skip
DIFFERENT_NAMES = [
    ("Harbor Food Pantry", "Harbor Clothing Closet"), ("St. Mary's Center", "St. Mark's Center"), ("Senior Center (Essex)", "Senior Center (Parkville)"),
    ("District 1 Clinic", "District 2 Clinic"), ("The Company", "The Corporation of"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME_NAMES)
def test_two_writings_of_one_name(one, other):
    assert name_key(one) == name_key(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT_NAMES)
def test_names_that_differ(one, other):
    assert name_key(one) != name_key(other)


def test_a_place_is_a_name_at_a_door():
    door = normal_address("123 North Main Street", "Apt 2", "Baltimore", "Maryland", "21201-1234")
    same = normal_address("123 N. Main St", "", "BALTIMORE", "MD", "21201")
    assert place_key("Harbor Pantry, Inc.", door) == place_key("The Harbor Pantry", same) == "harbor pantry@123 N MAIN ST|21201"
    assert unit_key(door) != unit_key(same)
    assert address_key(normal_address("124 N. Main St", "", "Baltimore", "MD", "21201")) != address_key(same)
    assert address_key(normal_address("123 N. Main St", "", "Baltimore", "MD", "")) == "123 N MAIN ST|BALTIMORE MD"
    assert address_key(normal_address("PO Box 9", "", "Baltimore", "MD", "21201")) == "PO BOX 9|21201"


@pytest.mark.parametrize(
    ("name", "address"),
    [("", normal_address("123 Main St", "", "", "", "21201")), ("Harbor", NormalAddress()), ("Harbor", normal_address("123 Main St"))],
)
def test_no_key_where_a_part_is_missing(name, address):
    assert place_key(name, address) == ""


@pytest.mark.parametrize(
    ("url", "key"),
    [("https://www.Example.org/", "example.org"), ("example.org", "example.org"), ("http://example.org/food/index.html", "example.org/food"),
     ("https://example.org/food?x=1", "example.org/food"), ("none", ""), ("", ""), ("http://[", "")],
)  # fmt: skip
def test_sites(url, key):
    assert site_key(url) == key


@pytest.mark.parametrize(("text", "key"), [(" Desk@Example.org ", "desk@example.org"), ("none", ""), ("a@b", ""), ("a b@example.org", "")])
def test_mail_addresses(text, key):
    assert email_key(text) == key


def test_most_streets_of_baltimore_are_doors():
    with shared("data/baltimore/addresses.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["address_1"].strip()]
    read = [normal_address(row["address_1"], row["address_2"], row["city"], row["state_province"], row["postal_code"]) for row in rows]
    assert sum(bool(address_key(address)) for address in read) / len(read) > 0.9
    assert all(address.state for address in read)
