"""What is offered: the service of a row, its listing at the place, and what hangs on both."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from referral_hub.ids import new_id
from referral_hub.partners import model, taxonomy
from referral_hub.partners.imports import cells, classify
from referral_hub.partners.imports.documents import guess_document
from referral_hub.partners.imports.languages import read_languages
from referral_hub.partners.imports.spreadsheet.draft import Draft, MappedRow, key_of
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.partners.imports.spreadsheet.places import read_email, read_reach, read_url

NO_LIMIT = 120
"""Years from which an age means no limit: directories write 200 or 999."""
_SERVICE = {
    "name": "service.name", "alternate_name": "service.alternate_name", "description": "service.description", "url": "service.url", "email": "service.email",
    "application_process": "service.application_process", "fees_description": "service.fees", "eligibility_description": "service.eligibility",
    "minimum_age": "service.minimum_age", "maximum_age": "service.maximum_age", "wait_time": "service.wait_time", "alert": "service.alert",
    "assured_date": "service.assured_date",
}  # fmt: skip
SERVICE_FIELDS = _SERVICE
_STATUS: dict[str, model.ServiceStatus] = {
    **dict.fromkeys(("active", "open", "published", "current", "yes", "true", "1", "y", "live", "verified", "approved"), model.ServiceStatus.ACTIVE),
    **dict.fromkeys(("inactive", "no", "false", "0", "n", "archived", "unpublished", "draft", "deleted", "expired"), model.ServiceStatus.INACTIVE),
    **dict.fromkeys(("defunct", "closed", "permanently closed", "out of business"), model.ServiceStatus.DEFUNCT),
    **dict.fromkeys(("temporarily closed", "suspended", "paused", "on hold", "temporarily suspended", "seasonal"), model.ServiceStatus.TEMPORARILY_CLOSED),
}
_DO_NOT_REFER = re.compile(r"\bdo(?: no|n.?)t refer\b|\bno referrals?\b|\bnot referr?able\b|\bnot accepting referrals\b", re.IGNORECASE)
_PHONE_PARTS = re.compile(r"\s*(?:[;\n]|\bor\b|\band\b|/(?=\s*\(?\d{3})|,(?=\s*\(?\+?\d{3}))\s*", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:,?\s*(?:x|ext\.?|extension|#)\s*\.?:?\s*(\d{1,6}))$", re.IGNORECASE)
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:\+|years?|yrs?\.?|y/?o|months?|mos?\.?|and (?:over|up|older))?\s*(?:old)?\.?", re.IGNORECASE)
_ZIPS = re.compile(r"\d{5}(?:\s*[,;\n]?\s*\d{5})*")
_BY_NAME = {key_of(word): term.code for term in reversed(taxonomy.TERMS) for word in (*term.synonyms, term.name, term.code)}


def read_service(draft: Draft, row: MappedRow, mapping: Mapping, organization_key: str, organization: model.Organization) -> tuple[str, model.Service]:
    """(key, service) of a row."""
    terms = _terms_of(row, mapping)
    name = _name(row, organization, terms)
    key = row.get("service.id") or f"{organization_key}/{key_of(name)}"
    if "service.id" in row.columns and not row.get("service.id"):
        row.say("service.id", "the row has no id", "known by organization and name from now on")
    known = draft.find("service", key)
    status, referrable = _status(row)
    low, high = _ages(row)
    languages, interpretation = read_languages(row.get("service.languages"))
    email, misplaced = read_email(row, "service.email"), _email_among_phones(row)
    record = model.Service(
        id=new_id() if known is None else known.id,
        organization_id=organization.id,
        name=name,
        alternate_name=row.get("service.alternate_name") or None,
        description=row.get("service.description") or None,
        url=read_url(row, "service.url"),
        email=email or misplaced,
        status=status,
        referrable=referrable,
        interpretation_services=interpretation,
        application_process=row.get("service.application_process") or None,
        fees_description=row.get("service.fees") or None,
        eligibility_description=row.get("service.eligibility") or None,
        minimum_age=low,
        maximum_age=high,
        assured_date=_day(row, "service.assured_date", draft.today),
        wait_time=row.get("service.wait_time") or None,
        alert=row.get("service.alert") or None,
        source=draft.network,
    )
    service: model.Service = draft.put("service", key, record, row, _SERVICE)
    for spoken in languages:
        language = model.Language(id=new_id(), service_id=service.id, name=spoken.name, code=spoken.code, note=spoken.note, interpreted=spoken.interpreted)
        draft.put("language", f"{key}:{spoken.code}", language, row)
    for document in [item for line in row.lines("service.documents") for item in cells.split_list(line)]:
        record_of = model.RequiredDocument(id=new_id(), service_id=service.id, document=document, code=guess_document(document))
        draft.put("required_document", f"{key}:{key_of(document)}", record_of, row)
    _areas(draft, row, key, service)
    _attributes(draft, row, key, service, terms)
    return key, service


def read_listing(draft: Draft, row: MappedRow, key: str, service: model.Service, location: model.Location) -> model.ServiceAtLocation:
    """The service at the place."""
    record = model.ServiceAtLocation(id=new_id(), service_id=service.id, location_id=location.id, reach=read_reach(row))
    listing: model.ServiceAtLocation = draft.put("service_at_location", key, record, row)
    return listing


def read_phones(draft: Draft, row: MappedRow, key: str, service: model.Service, location: model.Location) -> None:
    """The telephones of a row; several may stand in one cell."""
    for field, kind in (("phone.number", "voice"), ("phone.second", "voice"), ("phone.fax", "fax")):
        for part in [part for part in _PHONE_PARTS.split(row.get(field)) if part.strip()]:
            extension = _EXTENSION.search(part)
            number, remark = cells.clean_phone(_EXTENSION.sub("", part))
            if number is None:
                if "@" not in part:
                    row.say(field, remark or "this is no telephone number", "stored without it")
                continue
            if remark:
                row.say(field, remark, f"stored as {number}")
            inner = extension[1] if extension else row.get("phone.extension").removesuffix(".0") if field == "phone.number" else ""
            if inner and not inner.isdecimal():
                row.say("phone.extension", "this is no extension", "stored without it")
                inner = ""
            phone = model.Phone(
                id=new_id(),
                number=number,
                extension=int(inner) if inner and len(inner) < 7 else None,
                type=kind,
                description=part.strip() if remark == "letters in the number" else None,
                service_id=service.id,
                location_id=location.id,
            )
            draft.put("phone", f"{key}:{kind}:{number}", phone, row)


def read_contact(draft: Draft, row: MappedRow, key: str, service: model.Service) -> None:
    """The person to ask for."""
    if name := row.get("contact.name"):
        record = model.Contact(id=new_id(), service_id=service.id, name=name, title=row.get("contact.title") or None)
        draft.put("contact", f"{key}:{key_of(name)}", record, row)


def read_capacity(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation) -> None:
    """How much room there is, where the source says what is free."""
    free, most = (_whole(row, f"capacity.{name}") for name in ("available", "maximum"))
    if free is None:
        if most is not None:
            row.say("capacity.maximum", "how many places there are, but not how many are free", "stored without it")
        return
    if most is not None and most < free:
        row.say("capacity.available", f"more free places ({free}) than there are ({most})", "stored without a maximum")
        most = None
    put_capacity(draft, row, key, listing, free, most, row.get("capacity.unit") or "places")


def put_capacity(draft: Draft, row: MappedRow, key: str, listing: model.ServiceAtLocation, free: int, most: int | None, unit: str, note: str | None = None) -> None:
    """One figure of room at one place."""
    counted = draft.share("unit", key_of(unit), model.Unit(id=new_id(), name=unit), row)
    record = model.ServiceCapacity(
        id=new_id(),
        service_id=listing.service_id,
        service_at_location_id=listing.id,
        unit_id=counted.id,
        available=free,
        maximum=most,
        description=note,
        updated=datetime.combine(draft.today, time(), UTC),
    )
    draft.put("service_capacity", key, record, row)


def _name(row: MappedRow, organization: model.Organization, terms: list[str]) -> str:
    name = row.get("service.name")
    if name:
        return name.replace("\n", " ")
    if "service.name" in row.columns:
        row.say("service.name", "the service has no name", "named by what it is, or like its organization")
    return taxonomy.BY_CODE[terms[0]].name if terms else organization.name


def _status(row: MappedRow) -> tuple[model.ServiceStatus, bool]:
    """(status, whether it takes referrals)."""
    text, refers = row.get("service.status"), row.get("service.referrable")
    referrable = not (refers and key_of(refers) in ("no", "false", "0", "n", "do not refer", "never"))
    if text and _DO_NOT_REFER.search(text):
        row.say("service.status", "active, but do not refer", "stored as active; it takes no referrals")
        return model.ServiceStatus.ACTIVE, False
    if text and key_of(text) not in _STATUS:
        row.say("service.status", f"{text[:30]} is no status", "stored as active")
    return _STATUS.get(key_of(text), model.ServiceStatus.ACTIVE), referrable


def _ages(row: MappedRow) -> tuple[float | None, float | None]:
    low, high = (_age(row, f"service.{end}_age") for end in ("minimum", "maximum"))
    if low is not None and high is not None and low > high:
        row.say("service.minimum_age", f"from {low:g} to {high:g} years nobody is of age", "stored without ages")
        return None, None
    return low or None, high


def _age(row: MappedRow, field: str) -> float | None:
    text = row.get(field)
    if not text or text.lower() in ("any", "all", "no limit", "none"):
        return None
    found = _AGE.fullmatch(text.strip())
    if found is None:
        row.say(field, f"{text[:20]} is no age", "stored without it")
        return None
    years = float(found[1]) / (12 if re.search(r"mo", text, re.IGNORECASE) else 1)
    if years >= NO_LIMIT:
        row.say(field, f"{found[1]} years means no limit", "stored without a limit")
        return None
    return years


def _day(row: MappedRow, field: str, today: date) -> date | None:
    text = row.get(field)
    if not text:
        return None
    parts = cells.read_day(re.split(r"[T ](?=\d{1,2}:)", text, maxsplit=1)[0])
    if parts is None:
        row.say(field, "this is no date", "stored without it")
        return None
    found = date(*parts)
    if found > today:
        row.say(field, "this day is still to come", "stored without it")
        return None
    return found


def _whole(row: MappedRow, field: str) -> int | None:
    text = row.get(field)
    number = cells.read_number(text.replace(",", "")) if text else None
    if text and (number is None or number < 0 or number != int(number) or number > 1_000_000):
        row.say(field, f"{text[:20]} is no number of places", "stored without it")
        return None
    return None if number is None else int(number)


def _email_among_phones(row: MappedRow) -> str | None:
    for field in ("phone.number", "phone.second", "phone.fax"):
        if "@" in row.get(field) and (found := cells.find_email(row.get(field))):
            done = "stored as the e-mail" if not row.get("service.email") else "stored without it"
            row.say(field, "a mail address in the field of a telephone", done)
            return found
    return None


def _areas(draft: Draft, row: MappedRow, key: str, service: model.Service) -> None:
    text = row.get("service.areas")
    if not text:
        return
    if _ZIPS.fullmatch(text):
        codes = sorted(set(re.findall(r"\d{5}", text)))
        draft.put("service_area", f"{key}:zips", model.ServiceArea(id=new_id(), service_id=service.id, name=", ".join(codes), area={"postal_codes": codes}), row)
        return
    for name in [item for line in row.lines("service.areas") for item in cells.split_list(line)]:
        draft.put("service_area", f"{key}:{key_of(name)}", model.ServiceArea(id=new_id(), service_id=service.id, name=name), row)


def _terms_of(row: MappedRow, mapping: Mapping) -> list[str]:
    """Our codes for the words that the row uses; a word without one is told."""
    found: list[str] = []
    for word in [item for line in row.lines("service.terms") for item in re.split(r"[;|,]", line) if item.strip()]:
        codes = mapping.codes_of(word)
        if codes is None and (known := _BY_NAME.get(key_of(word))):
            codes = [known]
        if codes is None:
            codes = classify.suggest_terms(word.strip(), "")[:1]
            if not codes:
                row.say("service.terms", f"{word.strip()[:40]} is no kind of help that we know", "stored without it")
        found += [code for code in codes if code not in found]
    return found


def _attributes(draft: Draft, row: MappedRow, key: str, service: model.Service, terms: list[str]) -> None:
    label = None
    if not terms:
        terms, label = classify.suggest_terms(service.name, service.description or ""), classify.LABEL
        if terms and row.get("service.terms"):
            row.say("service.terms", "the source names no term of ours", f"{classify.LABEL}: {', '.join(terms)}")
    for code in terms:
        record = model.Attribute(id=new_id(), link_id=service.id, taxonomy_term_id=taxonomy.TERM_IDS[code], link_entity="service", label=label)
        draft.put("attribute", f"{key}:{code}", record, row)
