"""The Ohana CSV folder (an ancestor of HSDS 1.0) as rows of ours.

organizations.csv, locations.csv and services.csv must be there; the other files may be. A service
belongs to an organization only through its location (or its program).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import tzfpy
from msgspec import Struct

from referral_hub.ids import new_id
from referral_hub.partners import model, taxonomy
from referral_hub.partners.addresses import normal_postal_code, normal_state
from referral_hub.partners.imports import cells, classify
from referral_hub.partners.imports.documents import guess_document
from referral_hub.partners.imports.languages import read_languages
from referral_hub.partners.imports.report import Reading, Report
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.imports.spreadsheet.text import without_html
from referral_hub.partners.imports.tables import SourceRow, index_rows, read_table
from referral_hub.partners.prose_hours import find_hours, schedules_of
from referral_hub.partners.telephones import read_telephone

REQUIRED: dict[str, tuple[str, ...]] = {
    "organizations.csv": ("id", "name"),
    "locations.csv": ("id", "organization_id", "name"),
    "services.csv": ("id", "location_id", "name"),
    "programs.csv": ("id", "organization_id", "name"),
    "addresses.csv": ("id", "location_id", "address_1", "city", "state_province", "postal_code"),
    "mail_addresses.csv": ("id", "location_id", "address_1", "city", "state_province", "postal_code"),
    "contacts.csv": ("id", "name"),
    "phones.csv": ("id", "number"),
    "regular_schedules.csv": ("id", "weekday", "opens_at", "closes_at"),
    "holiday_schedules.csv": ("id", "start_date", "end_date", "closed"),
    "taxonomy.csv": ("taxonomy_id", "name"),
}
"""Columns without which a file cannot be understood."""
MUST_EXIST = ("organizations.csv", "locations.csv", "services.csv")

USED: dict[str, frozenset[str]] = {
    "organizations.csv": frozenset("id name alternate_name description email website legal_status date_incorporated".split()),
    "locations.csv": frozenset(
        "id organization_id name alternate_name description short_desc transportation website latitude longitude accessibility languages virtual confidential".split()
    ),
    "services.csv": frozenset(
        "id location_id program_id name alternate_name description website email status interpretation_services application_process fees accepted_payments"
        " eligibility audience wait_time languages required_documents service_areas taxonomy_ids keywords".split()
    ),
    "programs.csv": frozenset("id organization_id name alternate_name".split()),
    "addresses.csv": frozenset("id location_id address_1 address_2 city state_province postal_code country".split()),
    "mail_addresses.csv": frozenset("id location_id attention address_1 address_2 city state_province postal_code country".split()),
    "contacts.csv": frozenset("id location_id organization_id service_id name title department email".split()),
    "phones.csv": frozenset(
        "id contact_id location_id organization_id service_id number extension department number_type vanity_number country_prefix".split()
    ),
    "regular_schedules.csv": frozenset("id location_id service_id weekday opens_at closes_at".split()),
    "holiday_schedules.csv": frozenset("id location_id service_id start_date end_date closed opens_at closes_at".split()),
    "taxonomy.csv": frozenset("taxonomy_id name parent_id".split()),
}
"""Columns that have a place in the directory; what other columns hold is reported."""

STATUS = {
    "": model.ServiceStatus.ACTIVE,
    "active": model.ServiceStatus.ACTIVE,
    "inactive": model.ServiceStatus.INACTIVE,
    "defunct": model.ServiceStatus.DEFUNCT,
}
KEEPS = {
    "organization": ("sends",),
    "service": ("rule", "referrable", "usual_ack_days", "assured_date", "assurer_email", "alert", "minimum_age", "maximum_age"),
    "service_at_location": ("reach",),
}
_WEEKDAYS = {"monday": "MO", "tuesday": "TU", "wednesday": "WE", "thursday": "TH", "friday": "FR", "saturday": "SA", "sunday": "SU"}
_ACCESSIBILITY = {"wheelchair": "wheelchair", "ramp": "step_free", "elevator": "step_free", "restroom": "accessible_restroom", "disabled_parking": "accessible_parking",
                  "tape_braille": "braille", "deaf_interpreter": "asl", "cd": "audio"}  # fmt: skip
FILES = {"organization": "organizations.csv", "program": "programs.csv", "location": "locations.csv", "service": "services.csv",
         "service_at_location": "services.csv", "contact": "contacts.csv", "phone": "phones.csv", "attribute": "services.csv",
         "service_area": "services.csv", "required_document": "services.csv"}  # fmt: skip
"""The file that a record of a kind comes from; other kinds say it in their source id."""


def read_ohana(folder: Path, network: str, today: date, report: Report) -> Reading:
    """An Ohana folder as rows of ours; `today` gives yearly holidays their years (this one and the next).

    Raises:
        ImportRefused: the folder cannot be imported as a whole; each fault names file, row and field.
    """
    return _Reader(folder, network, today, report).read()


class _Place(Struct, frozen=True):
    """What later files need to know of a location."""

    id: UUID
    organization_id: UUID
    confidential: bool
    virtual: bool


class _Reader:
    def __init__(self, folder: Path, network: str, today: date, report: Report) -> None:
        self.folder, self.network, self.today = folder, network, today
        self.report = report
        self.rows = model.DirectoryRows()
        self.tables: dict[str, list[SourceRow]] = {}
        self.ids: dict[str, dict[str, UUID]] = {
            "organization": {},
            "program": {},
            "location": {},
            "service": {},
            "contact": {},
            "taxonomy_term": {},
        }
        self.places: dict[str, _Place] = {}
        self._origins: dict[UUID, model.SourceRecord] = {}

    def read(self) -> Reading:
        self._load()
        steps: tuple[Callable[[], None], ...] = (
            self._organizations, self._programs, self._locations, self._addresses, self._taxonomy, self._services, self._contacts, self._phones,
            self._regular_schedules, self._holiday_schedules, self._hours_in_prose,
        )  # fmt: skip
        for step in steps:
            step()
        self.report.refuse_if_faulty()
        self._set_timezones()
        secret = {place.id for place in self.places.values() if place.confidential}
        seal_places(self.rows, secret, self.report, self._where)
        return Reading(network=self.network, rows=self.rows, report=self.report, keeps=KEEPS)

    # Files

    def _load(self) -> None:
        for name in MUST_EXIST:
            if not (self.folder / name).is_file():
                self.report.fault(name, None, None, "the file is missing")
        self.report.refuse_if_faulty()
        for path in sorted(self.folder.glob("*.csv")):
            if path.name not in REQUIRED:
                self.report.rows_in[path.name] = 0
                self.report.add(path.name, None, None, "this file is not part of the Ohana format", "not read")
                continue
            table = [self._plain(path.name, row) for row in read_table(path, REQUIRED[path.name], self.report)]
            self.tables[path.name] = table
            self._report_unused(path.name, table)
            if path.name != "taxonomy.csv":
                index_rows(table, path.name, self.report)
        self.report.refuse_if_faulty()

    def _plain(self, file: str, row: SourceRow) -> SourceRow:
        """The row without HTML in its cells."""
        cells = dict(row.cells)
        for column, text in row.cells.items():
            plain, remark = without_html(text)
            if remark is not None:
                cells[column] = plain
                self.report.add(file, row.number, column, *remark)
        return row if cells == row.cells else SourceRow(row.number, cells)

    def _report_unused(self, name: str, table: list[SourceRow]) -> None:
        columns = table[0].cells if table else {}
        for column in columns:
            filled = [row.number for row in table if row.get(column)] if column not in USED[name] else []
            if filled:
                self.report.add(
                    name, filled[0], column, f"{len(filled)} rows fill a column that the directory has no place for", "stored without it"
                )

    def _keep(self, kind: str, source_id: str, record: model.Row, row: int | None) -> None:
        getattr(self.rows, kind).append(record)
        self.rows.source_record.append(
            model.SourceRecord(id=new_id(), source=self.network, kind=kind, source_id=source_id, record_id=record.id, row=row)
        )

    # What can help: organizations, programs, places, services

    def _organizations(self) -> None:
        file = "organizations.csv"
        for row in self.tables[file]:
            year = cells.read_day(row.get("date_incorporated"))
            if row.get("date_incorporated") and year is None:
                self.report.add(file, row.number, "date_incorporated", "this is no date", "stored without it")
            record = model.Organization(
                id=new_id(),
                name=self._name(file, row),
                description=row.get("description"),
                alternate_name=row.get("alternate_name") or None,
                email=self._email(file, row),
                website=self._url(file, row),
                legal_status=row.get("legal_status") or None,
                year_incorporated=year[0] if year else None,
                source=self.network,
            )
            self.ids["organization"][row.get("id")] = record.id
            self._keep("organization", row.get("id"), record, row.number)

    def _programs(self) -> None:
        file = "programs.csv"
        for row in self.tables.get(file, []):
            organization = self.ids["organization"].get(row.get("organization_id"))
            if organization is None:
                self.report.leave_out(
                    file, row.number, "organization_id", f"there is no organization {row.get('organization_id') or '(blank)'}"
                )
                continue
            record = model.Program(
                id=new_id(), organization_id=organization, name=self._name(file, row), alternate_name=row.get("alternate_name") or None
            )
            self.ids["program"][row.get("id")] = record.id
            self._keep("program", row.get("id"), record, row.number)

    def _locations(self) -> None:
        file = "locations.csv"
        streets = {row.get("location_id"): row for row in self.tables.get("addresses.csv", [])}
        for row in self.tables[file]:
            organization = self.ids["organization"].get(row.get("organization_id"))
            if organization is None:
                self.report.fault(
                    file, row.number, "organization_id", f"there is no organization {row.get('organization_id') or '(blank)'}"
                )
                continue
            place = _Place(new_id(), organization, cells.is_yes(row.get("confidential")), cells.is_yes(row.get("virtual")))
            self.ids["location"][row.get("id")] = place.id
            self.places[row.get("id")] = place
            self._location(file, row, place, streets.get(row.get("id")))

    def _location(self, file: str, row: SourceRow, place: _Place, address: SourceRow | None) -> None:
        point = self._point(file, row)
        street = address.get("address_1") if address else ""
        record = model.Location(
            id=place.id,
            organization_id=place.organization_id,
            location_type="virtual" if place.virtual else "physical",
            name=row.get("name") or None,
            url=self._url(file, row),
            alternate_name=row.get("alternate_name") or None,
            description=row.get("description") or row.get("short_desc") or None,
            transportation=row.get("transportation") or None,
            latitude=point[0] if point else None,
            longitude=point[1] if point else None,
            precision=_precision(point, street),
            confidential=place.confidential,
            source=self.network,
        )
        self._keep("location", row.get("id"), record, row.number)
        for item in cells.split_list(row.get("accessibility")):
            words = item.replace("_", " ")
            self._keep(
                "accessibility",
                f"locations:{row.get('id')}:{item}",
                model.Accessibility(id=new_id(), location_id=place.id, description=words, code=_ACCESSIBILITY.get(item.lower())),
                None,
            )
        self._languages(row, "locations", location_id=place.id)

    def _services(self) -> None:
        file = "services.csv"
        programs = {row.get("id"): row for row in self.tables.get("programs.csv", [])}
        for row in self.tables[file]:
            location, program = row.get("location_id"), row.get("program_id")
            place = self.places.get(location)
            if location and place is None:
                self.report.fault(file, row.number, "location_id", f"there is no location {location}")
                continue
            program_id = self.ids["program"].get(program) if program else None
            if program and program_id is None:
                self.report.add(file, row.number, "program_id", f"there is no program {program}", "stored without it")
            organization = (
                place.organization_id
                if place
                else self.ids["organization"].get(programs[program].get("organization_id"))
                if program_id
                else None
            )
            if organization is None:
                self.report.leave_out(
                    file, row.number, "location_id", "a service without a location: nothing says which organization offers it"
                )
                continue
            if place is None:
                self.report.add(file, row.number, "location_id", "a service without a location", "stored; it is offered at no place")
            self._service(file, row, organization, program_id, place)

    def _service(self, file: str, row: SourceRow, organization: UUID, program: UUID | None, place: _Place | None) -> None:
        source_id, service_id = row.get("id"), new_id()
        self.ids["service"][source_id] = service_id
        interpretation = self._languages(row, "services", service_id=service_id)
        record = model.Service(
            id=service_id,
            organization_id=organization,
            program_id=program,
            name=self._name(file, row),
            url=self._url(file, row),
            email=self._email(file, row),
            status=self._status(file, row),
            alternate_name=row.get("alternate_name") or None,
            description=row.get("description") or None,
            interpretation_services="\n".join(text for text in (row.get("interpretation_services"), interpretation) if text) or None,
            application_process=row.get("application_process") or None,
            fees_description="\n".join(text for text in (row.get("fees"), _labelled("Payment", row.get("accepted_payments"))) if text)
            or None,
            eligibility_description="\n".join(text for text in (row.get("eligibility"), _labelled("For", row.get("audience"))) if text)
            or None,
            wait_time=row.get("wait_time") or None,
            source=self.network,
        )
        self._keep("service", source_id, record, row.number)
        if place is not None:
            self._keep(
                "service_at_location",
                f"{source_id}@{row.get('location_id')}",
                model.ServiceAtLocation(
                    id=new_id(),
                    service_id=service_id,
                    location_id=place.id,
                    reach=model.Reach.REMOTE if place.virtual else model.Reach.VISIT,
                ),
                None,
            )
        for name in cells.split_list(row.get("required_documents")):
            self._keep(
                "required_document",
                f"services:{source_id}:{name}",
                model.RequiredDocument(id=new_id(), service_id=service_id, document=name, code=guess_document(name)),
                None,
            )
        for name in cells.split_list(row.get("service_areas")):
            self._keep(
                "service_area", f"services:{source_id}:{name}", model.ServiceArea(id=new_id(), service_id=service_id, name=name), None
            )
        self._terms(file, row, service_id)

    def _terms(self, file: str, row: SourceRow, service_id: UUID) -> None:
        source_id = row.get("id")
        named: list[str] = []
        for code in cells.split_list(row.get("taxonomy_ids")):
            term = self.ids["taxonomy_term"].get(code)
            if term is None:
                self.report.add(file, row.number, "taxonomy_ids", f"there is no taxonomy term {code}", "stored without it")
                continue
            named.append(code)
            self._attribute(f"services:{source_id}:{code}", service_id, term, None)
        words = "; ".join(self._term_names[code] for code in named)
        suggested = classify.suggest_terms(row.get("name"), f"{row.get('description')}\n1) {row.get('keywords') or 'none'}:")
        suggested += [code for code in classify.suggest_terms(words, "") if code not in suggested] if words else []
        for code in suggested:
            self._attribute(f"services:{source_id}:suggested:{code}", service_id, taxonomy.TERM_IDS[code], classify.LABEL)
        if suggested:
            self.report.add(
                file, row.number, "taxonomy_ids", "the source names no term of ours", f"{classify.LABEL}: {', '.join(suggested)}"
            )

    def _attribute(self, source_id: str, service_id: UUID, term_id: UUID, label: str | None) -> None:
        record = model.Attribute(id=new_id(), link_id=service_id, taxonomy_term_id=term_id, link_entity="service", label=label)
        self._keep("attribute", source_id, record, None)

    # What hangs on them: addresses, contacts, phones, hours, languages

    def _addresses(self) -> None:
        for file, kind in (("addresses.csv", "physical"), ("mail_addresses.csv", "postal")):
            for row in self.tables.get(file, []):
                place = self.places.get(row.get("location_id"))
                if place is None:
                    self.report.leave_out(file, row.number, "location_id", f"there is no location {row.get('location_id') or '(blank)'}")
                    continue
                for column in ("address_1", "city", "state_province", "postal_code"):
                    if not row.get(column):
                        self.report.add(file, row.number, column, f"{column} is blank", "stored blank")
                country = (row.get("country") or "US").upper()
                state, code = self._area(file, row) if country == "US" else (row.get("state_province"), row.get("postal_code"))
                record = model.Address(
                    id=new_id(),
                    location_id=place.id,
                    address_1=row.get("address_1"),
                    city=row.get("city"),
                    state_province=state,
                    postal_code=code,
                    country=country,
                    address_type=kind,
                    attention=row.get("attention") or None,
                    address_2=row.get("address_2") or None,
                )
                self._keep("address", f"{file.removesuffix('.csv')}:{row.get('id')}", record, row.number)

    def _area(self, file: str, row: SourceRow) -> tuple[str, str]:
        """(state, ZIP code) in the form of the post, where they are known; what changed is reported."""
        state = normal_state(row.get("state_province")) or row.get("state_province")
        code = normal_postal_code(row.get("postal_code"), state) or row.get("postal_code")
        for column, value, words in (("state_province", state, "two letters"), ("postal_code", code, "a ZIP code")):
            if value != row.get(column):
                self.report.add(file, row.number, column, f"this is not written as {words}", f"stored as {value}")
        if code and normal_postal_code(code) is None:
            self.report.add(file, row.number, "postal_code", "this is no ZIP code", "stored as it is")
        return state, code

    def _contacts(self) -> None:
        file = "contacts.csv"
        for row in self.tables.get(file, []):
            owners = self._owners(file, row, ("organization", "location", "service"))
            if owners is None:
                continue
            record = model.Contact(
                id=new_id(),
                name=row.get("name") or None,
                title=row.get("title") or None,
                department=row.get("department") or None,
                email=self._email(file, row),
                **owners,
            )
            self.ids["contact"][row.get("id")] = record.id
            self._keep("contact", row.get("id"), record, row.number)

    def _phones(self) -> None:
        file = "phones.csv"
        for row in self.tables.get(file, []):
            owners = self._owners(file, row, ("organization", "location", "service", "contact"))
            if owners is None:
                continue
            number, remark = cells.clean_phone(row.get("number"))
            called = read_telephone(row.get("number")) if number is None else None
            if called is not None:
                number, remark = called.national, "an extension behind the number" if called.extension else "not written as a number is"
            if number is None:
                self.report.leave_out(file, row.number, "number", remark or "this is no telephone number")
                continue
            if remark:
                self.report.add(file, row.number, "number", remark, f"stored as {number}")
            kind = cells.phone_type(row.get("number_type"))
            if row.get("number_type") and kind is None:
                self.report.add(
                    file, row.number, "number_type", f"{row.get('number_type')} is no kind of telephone in HSDS", "stored as voice"
                )
            prefix = row.get("country_prefix").lstrip("+")
            extension = row.get("extension") or (called.extension if called else "")
            if extension and not extension.isdigit():
                self.report.add(file, row.number, "extension", "this is no extension", "stored in the description")
            spelled = row.get("number") if remark == "letters in the number" else row.get("vanity_number")
            hotline = "hotline" if row.get("number_type").lower() == "hotline" else ""
            words = [row.get("department"), spelled, hotline, extension if not extension.isdigit() else ""]
            record = model.Phone(
                id=new_id(),
                number=f"+{prefix} {number}" if prefix not in ("", "1") else number,
                extension=int(extension) if extension.isdigit() else None,
                type=kind or "voice",
                description=", ".join(word for word in words if word) or None,
                **owners,
            )
            self._keep("phone", row.get("id"), record, row.number)

    def _regular_schedules(self) -> None:
        file = "regular_schedules.csv"
        for row in self.tables.get(file, []):
            owners = self._owners(file, row, ("location", "service"))
            if owners is None:
                continue
            byday = _weekday(row.get("weekday"))
            opens, closes = cells.read_time(row.get("opens_at")), cells.read_time(row.get("closes_at"))
            for column, value, words in (
                ("weekday", byday, "this is no weekday"),
                ("opens_at", opens, "this is no time"),
                ("closes_at", closes, "this is no time"),
            ):
                if value is None:
                    self.report.leave_out(file, row.number, column, words)
                    break
            else:
                record = model.Schedule(id=new_id(), freq="WEEKLY", byday=byday, opens_at=opens, closes_at=closes, **owners)
                self._keep("schedule", f"regular:{row.get('id')}", record, row.number)

    def _holiday_schedules(self) -> None:
        file = "holiday_schedules.csv"
        for row in self.tables.get(file, []):
            owners = self._owners(file, row, ("location", "service"))
            if owners is None:
                continue
            first, last = cells.read_day(row.get("start_date")), cells.read_day(row.get("end_date") or row.get("start_date"))
            if first is None or last is None:
                self.report.leave_out(file, row.number, "start_date" if first is None else "end_date", "this is no date")
                continue
            closed = cells.is_yes(row.get("closed"))
            opens, closes = cells.read_time(row.get("opens_at")), cells.read_time(row.get("closes_at"))
            if not closed and (opens is None or closes is None):
                self.report.leave_out(file, row.number, "opens_at", "open on this day, but without hours")
                continue
            yearly = first[0] == 1
            if yearly:
                self.report.add(
                    file, row.number, "start_date", "a day of every year", f"stored for {self.today.year} and {self.today.year + 1}"
                )
            for begin, end in _years(first, last, [self.today.year, self.today.year + 1] if yearly else []):
                record = model.Schedule(
                    id=new_id(),
                    valid_from=begin,
                    valid_to=end,
                    dtstart=None if closed else begin,
                    freq=None,
                    opens_at=None if closed else opens,
                    closes_at=None if closed else closes,
                    closed=closed,
                    **owners,
                )
                self._keep("schedule", f"holiday:{row.get('id')}:{begin.year}", record, row.number)

    def _hours_in_prose(self) -> None:
        """Hours that only a description tells, for services without a schedule: read where they are certain, else reported."""
        file = "services.csv"
        told = {owner for row in self.rows.schedule if not row.closed for owner in (row.service_id, row.location_id)}
        for row in self.tables[file]:
            service, place = self.ids["service"].get(row.get("id")), self.places.get(row.get("location_id"))
            if service is None or service in told or (place and place.id in told):
                continue
            reading = find_hours(row.get("description"))
            for number, schedule in enumerate(schedules_of(reading, new_id, service_id=service), start=1):
                self._keep("schedule", f"services:{row.get('id')}:prose:{number}", schedule, row.number)
            if reading.rows:
                hours = "; ".join(f"{schedule.byday} {schedule.opens_at}-{schedule.closes_at}" for schedule in reading.rows)
                self.report.add(file, row.number, "description", "hours in prose", f"read as {hours}; the text is kept")
            elif reading.left:
                self.report.add(file, row.number, "description", f"hours in prose: {reading.left[0].reason}", "left as text")

    def _languages(self, row: SourceRow, table: str, **owner: UUID) -> str | None:
        found, text = read_languages(row.get("languages"))
        for spoken in found:
            record = model.Language(
                id=new_id(), name=spoken.name, code=spoken.code, note=spoken.note, interpreted=spoken.interpreted, **owner
            )
            self._keep("language", f"{table}:{row.get('id')}:{spoken.code}", record, None)
        if text is None or (table == "services" and found):
            return text
        if table == "locations" or not found:
            done = "kept in interpretation_services" if table == "services" else "stored without it"
            self.report.add(
                f"{table}.csv", row.number, "languages", "words that name no language" if not found else "more words than languages", done
            )
        return text

    def _taxonomy(self) -> None:
        file = "taxonomy.csv"
        self._term_names: dict[str, str] = {}
        table = self.tables.get(file, [])
        if not table:
            return
        whole = model.Taxonomy(
            id=new_id(), name=f"Taxonomy of {self.network}", description="Imported with an Ohana folder; Open Eligibility codes."
        )
        self._keep("taxonomy", "taxonomy", whole, None)
        for row in sorted(table, key=lambda row: row.get("taxonomy_id")):  # 101 stands before 101-01
            code = row.get("taxonomy_id")
            if code in self._term_names or not code:
                self.report.fault(file, row.number, "taxonomy_id", f"the id {code or '(blank)'} is missing or there twice")
                continue
            parent = row.get("parent_id")
            if parent and parent not in self._term_names:
                self.report.add(file, row.number, "parent_id", f"there is no term {parent} above it", "stored without a parent")
            term = model.TaxonomyTerm(
                id=new_id(),
                code=f"{self.network}:{code}",
                name=row.get("name"),
                parent_id=self.ids["taxonomy_term"].get(parent),
                taxonomy_id=whole.id,
            )
            self._term_names[code] = row.get("name")
            self.ids["taxonomy_term"][code] = term.id
            self._keep("taxonomy_term", code, term, row.number)

    # Cells

    def _owners(self, file: str, row: SourceRow, kinds: tuple[str, ...]) -> dict[str, Any] | None:
        """`{organization_id: ...}` of a dependent row; None (and reported) where it hangs on nothing that is stored."""
        owners: dict[str, Any] = {}
        for kind in kinds:
            given = row.get(f"{kind}_id")
            if not given:
                continue
            found = self.ids[kind].get(given)
            if found is None:
                self.report.add(file, row.number, f"{kind}_id", f"there is no {kind} {given} in what is stored", "stored without it")
            else:
                owners[f"{kind}_id"] = found
        if not owners:
            fields = ", ".join(f"{kind}_id" for kind in kinds)
            self.report.leave_out(file, row.number, None, f"the row belongs to nothing that is stored ({fields})")
            return None
        return owners

    def _name(self, file: str, row: SourceRow) -> str:
        if not row.get("name"):
            self.report.fault(file, row.number, "name", "the name is blank")
        return row.get("name")

    def _email(self, file: str, row: SourceRow) -> str | None:
        text = row.get("email")
        found = cells.find_email(text)
        if text and found is None:
            self.report.add(file, row.number, "email", "this is no mail address", "stored without it")
        elif found and found != text.lower():
            self.report.add(
                file,
                row.number,
                "email",
                "more than one mail address, or stray characters",
                f"the first is stored ({len(found)} characters)",
            )
        return found

    def _url(self, file: str, row: SourceRow) -> str | None:
        found, remark = cells.clean_url(row.get("website"))
        if remark:
            self.report.add(file, row.number, "website", remark, f"stored as {found}" if found else "stored without it")
        return found

    def _status(self, file: str, row: SourceRow) -> model.ServiceStatus:
        text = row.get("status").lower()
        if text not in STATUS:
            self.report.add(file, row.number, "status", f"{text[:40]} is no status", "stored as inactive")
        return STATUS.get(text, model.ServiceStatus.INACTIVE)

    def _point(self, file: str, row: SourceRow) -> tuple[float, float] | None:
        texts = row.get("latitude"), row.get("longitude")
        if not any(texts):
            return None
        latitude, longitude = (cells.read_number(text) for text in texts)
        for column, value, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
            if value is None or abs(value) > most:
                self.report.fault(
                    file, row.number, column, f"{row.get(column)[:20] or '(blank)'} is no {column}: it lies between -{most} and {most}"
                )
                return None
        if latitude == 0 and longitude == 0:
            self.report.add(file, row.number, "latitude", "0, 0 lies in the Atlantic", "stored without a point")
            return None
        return (latitude or 0.0, longitude or 0.0)

    def _where(self, record_id: UUID) -> tuple[str, int | str | None]:
        """(file, row) of a record, for the report."""
        if not self._origins:
            self._origins = {record.record_id: record for record in self.rows.source_record}
        origin = self._origins.get(record_id)
        if origin is None:
            return (self.network, None)
        table = origin.source_id.split(":")[0]
        return (FILES.get(origin.kind) or f"{table}.csv", origin.row)

    def _set_timezones(self) -> None:
        """An organization's calendar is that of its first place with a point."""
        zones: dict[UUID, str] = {}
        for location in self.rows.location:
            if location.latitude is not None and location.longitude is not None and location.organization_id not in zones:
                zones[location.organization_id] = tzfpy.get_tz(location.longitude, location.latitude)
        usual = max(zones.values(), key=list(zones.values()).count) if zones else None
        for index, organization in enumerate(self.rows.organization):
            zone = zones.get(organization.id) or usual
            if zone and zone != organization.timezone:
                self.rows.organization[index] = _replaced(organization, {"timezone": zone})


def _replaced(record: Any, changes: dict[str, Any]) -> Any:
    return type(record)(**{name: changes.get(name, getattr(record, name)) for name in record.__struct_fields__})


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


def _precision(point: tuple[float, float] | None, street: str) -> model.Precision:
    """A point that was made from an address is as good as the address."""
    if point is None:
        return model.Precision.NONE
    return model.Precision.STREET if street[:1].isdigit() else model.Precision.POSTAL_CODE


def _weekday(text: str) -> str | None:
    plain = text.strip().lower()
    found = [code for name, code in _WEEKDAYS.items() if len(plain) > 1 and name.startswith(plain)]
    return found[0] if len(found) == 1 else None


def _years(first: tuple[int, int, int], last: tuple[int, int, int], years: list[int]) -> list[tuple[date, date]]:
    """The spans of an exception: once, or in each of `years`; one that ends before it begins runs into the next year."""
    out = []
    for year in years or [first[0]]:
        end_year = year if years else last[0]
        if (end_year, *last[1:]) < (year, *first[1:]):
            end_year += 1
        try:
            out.append((date(year, *first[1:]), date(end_year, *last[1:])))
        except ValueError:  # 29 February in a year that has none
            continue
    return out
