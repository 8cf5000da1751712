"""Omar's record in every state that matters, once, and one door for every member of the cast.

The database is built once and put back after every request that changed it, so that each request of the table
meets the same records. Three states of it are kept: `early`, before a partner has a yes standing; `full`, after it;
`refuge`, where Omar was sent to the confidential place as well and Zoe, whose place it is, accepted.
"""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from litestar.testing import TestClient

from referral_hub import sign_in
from referral_hub.actors import COMMAND_LINE, Actor
from referral_hub.care import actions as care
from referral_hub.care.model import ChangePatient, OpenNeed, RecordConsent
from referral_hub.ids import new_id
from referral_hub.letters import codes
from referral_hub.matching import index
from referral_hub.matching.suggestions import suggest_rules
from referral_hub.partners.confirmation_link import ConfirmationLink, hash_token, mint_token
from referral_hub.partners.correcting import report_listing
from referral_hub.partners.duplicates import Pair
from referral_hub.partners.imports import jobs
from referral_hub.partners.listing_edits import edit_words, get_editor
from referral_hub.partners.listing_sections import EditWords
from referral_hub.partners.merging import store_duplicates
from referral_hub.partners.model import DirectoryRows
from referral_hub.partners.reviewing import decide_differences
from referral_hub.partners.room import set_capacity
from referral_hub.referrals import actions as referrals
from referral_hub.referrals import reading
from referral_hub.referrals.model import Urgency
from referral_hub.unit_of_work import Hub
from tests.cast import PASSWORD, Cast
from tests.partners.statements import OURS, THEIRS, bring_in, describe, open_differences, partner_of
from web.security import CSRF_FIELD, session_cookie_name

MEMBERS = ("ana", "ben", "hana", "pia", "lee", "zoe", "cora", "alma", "uma")
SECRET_WORDS = {"need_note": "quince", "referral_note": "marmalade", "hold_text": "tamarind", "reason_text": "kumquat", "next_step": "persimmon"}
"""Words that stand in what Ana wrote freely about Omar, and nowhere else."""
EMAIL = "omar.haddad@example.org"
PERSONAL = (
    "Omar", "Haddad", EMAIL, "Lantern",
    "4105550142", "410-555-0142", "(410) 555-0142", "555-0142", "410 555 0142",
    "1959-05-04", "May 4, 1959", "4 May 1959", "05/04/1959",
    "39.2946", "-76.6252", "21201",
    *SECRET_WORDS.values(),
)  # fmt: skip
"""Nothing of this may reach who may not see it, in any spelling that a page or a program would use."""
SEALED = ("Sealed Lane", "39.2711", "76.6011")
"""The street and the point of the cast's confidential place."""
RECORDS = ("draft", "sent", "accepted", "paused", "served", "declined", "withdrawn", "closed")
HIDDEN_FROM_PARTNER = ("draft", "sent", "declined", "withdrawn", "closed")
"""Referrals in which a partner sees neither name nor contact."""
IN_SIGHT = ("accepted", "paused", "served")


class Ids(msgspec.Struct, frozen=True, kw_only=True):
    """What a path or a body may name; `absent()` has the same shape and names nothing that exists."""

    patient: UUID
    need: UUID
    consent: UUID
    listing: UUID
    refuge: UUID
    service: UUID
    refuge_service: UUID
    refuge_need: UUID
    suggestion: UUID
    """A rule suggested for Harbor Pantry's hot meals."""
    duplicate: UUID
    """Harbor Pantry's two places, which may be one."""
    change_set: UUID
    """A change of Harbor Pantry's listing."""
    upload: UUID
    """Cora's spreadsheet, whose columns nobody has chosen yet."""
    correction: UUID
    """Something is said to be wrong of Harbor Pantry's food boxes."""
    difference: UUID
    """An import says otherwise than a partner."""
    review: UUID
    """The change set of another difference that was decided."""
    referral: Mapping[str, UUID]

    def absent(self) -> Ids:
        """Ids of records that are Omar's replaced by fresh ones; the public directory stays."""
        return msgspec.structs.replace(
            self, patient=new_id(), need=new_id(), consent=new_id(), refuge_need=new_id(), suggestion=new_id(), change_set=new_id(), duplicate=new_id(),
            correction=new_id(), difference=new_id(), review=new_id(), referral={name: new_id() for name in self.referral},
        )

    def of_omar(self) -> list[str]:
        return [str(one) for one in (self.patient, self.need, self.consent, self.refuge_need, *self.referral.values())]


class World:
    """The running application, its database file, who may ask, and the records."""

    def __init__(self, hub: Hub, cast: Cast, client: TestClient[Any], log: io.StringIO, folder: Path) -> None:
        self.hub = hub
        self.cast = cast
        self.client = client
        self.log = log
        self.folder = folder
        self._watch = sqlite3.connect(hub.settings.data_dir / "hub.sqlite", isolation_level=None)
        self.sessions = {name: sign_in.sign_in(hub, cast.email(name), PASSWORD, None).secret for name in MEMBERS if name != "uma"}
        with hub.begin(COMMAND_LINE) as work:
            self.tokens = {name: sign_in.create_token(work, cast.email(name), expires_days=1).secret for name in MEMBERS if name != "uma"}
        page = client.get("/sign-in")
        self.csrf = page.cookies["csrf"]
        self.csrf_field = re.findall(rf'name="{CSRF_FIELD}" value="([^"]+)"', page.text)[0]
        self.letter = ""
        self.letter_code = ""
        self.mail_link = mint_token()
        self.ids = self._build()

    # Asking

    def ask(
        self, who: str, method: str, path: str, *, json: Any = None, form: Mapping[str, Any] | None = None, csrf: str | None = None, headers: Mapping[str, str] = {}
    ) -> Any:
        """One request as this member: the token for /api, the cookie for everything else; redirects are not followed."""
        self.client.cookies.clear()
        given = dict(headers)
        if path.startswith("/api/"):
            if who in self.tokens:
                given["Authorization"] = f"Bearer {self.tokens[who]}"
        else:
            cookies = [f"csrf={self.csrf}"]
            if who in self.sessions:
                cookies.append(f"{session_cookie_name(self.hub.settings)}={self.sessions[who]}")
            given["Cookie"] = "; ".join(cookies)
        data = None if form is None else {**form, CSRF_FIELD: self.csrf_field if csrf is None else csrf}
        content = None if json is None else msgspec.json.encode(json)
        if content is not None:
            given["Content-Type"] = "application/json"
        return self.client.request(method, path, content=content, data=data, headers=given, follow_redirects=False)

    # What is stored

    def pulse(self) -> int:
        """A number that changes with every commit that wrote anything."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def dump(self) -> dict[str, list[Any]]:
        """Every row of every table; when a session was last seen is left out."""
        names = [row[0] for row in self._watch.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
        rows = {}
        for name in names:
            columns = [row[1] for row in self._watch.execute(f"PRAGMA table_info({name})") if (name, row[1]) != ("session", "seen_at")]
            rows[name] = sorted(self._watch.execute(f"SELECT {', '.join(columns)} FROM {name}").fetchall(), key=repr)  # names of our own schema
        return rows

    def keep(self, name: str) -> None:
        """Remember the database as it is under a name."""
        kept = sqlite3.connect(self.folder / f"{name}.sqlite")
        self._watch.backup(kept)
        kept.close()

    def put_back(self, name: str) -> None:
        """The database as it was kept."""
        kept = sqlite3.connect(self.folder / f"{name}.sqlite")
        live = sqlite3.connect(self.hub.settings.data_dir / "hub.sqlite")
        live.execute("PRAGMA synchronous=OFF")
        kept.backup(live)
        live.close()
        kept.close()
        self._put_back_upload()
        index.forget_index(self.hub)  # the number of changes goes back too: what was built for it may be of another world

    def _put_back_upload(self) -> None:
        """Cora's file, which giving it up has deleted."""
        if ids := getattr(self, "ids", None):
            file = jobs.uploads_of(self.hub).source(ids.upload, "pantries.csv")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"Agency,Program\nPier,Food\n")

    @contextmanager
    def at(self, name: str) -> Iterator[World]:
        """The kept world `name` inside the block, the full one again after it."""
        self.put_back(name)
        try:
            yield self
        finally:
            self.put_back("full")

    def close(self) -> None:
        self._watch.close()

    # Building

    def _build(self) -> Ids:
        hub, cast = self.hub, self.cast
        pantry = cast.pantry.id
        with hub.begin(cast.ana) as work:
            care.change_patient(work, cast.omar.id, ChangePatient(version=cast.omar.version, email=EMAIL))
            sensitive = RecordConsent(categories=["housing", "domestic-violence-shelter"], how_given="in_person")
            care.record_consent(work, cast.omar.id, sensitive)
            refuge_need = care.open_need(work, cast.omar.id, OpenNeed(term="domestic-violence-shelter")).id
        made = {"draft": self._refer(pantry, send=False)}
        for name in ("sent", "declined", "withdrawn", "closed"):
            made[name] = self._refer(pantry)
        self._move(cast.pia, made["sent"], "question", text="Do you deliver to the third floor?")
        self._move(cast.pia, made["declined"], "decline", side="partner", reason="no_capacity")
        self._move(cast.ana, made["withdrawn"], "withdraw", side="requester", reason="need_changed", text="Omar Haddad has kumquat")
        self._move(cast.pia, made["closed"], "accept")
        self._move(cast.pia, made["closed"], "start")
        self._move(cast.pia, made["closed"], "serve", outcome={"received": "full", "need": "met"})
        self._move(cast.ana, made["closed"], "close", need_status="met", next_step="Omar asks for persimmon")
        with hub.begin(cast.pia) as work:  # room again after "no capacity", for the match of the tests
            set_capacity(work, pantry, available=5, maximum=10, unit="food box", until=None)
        suggestion, change_set, duplicate = self._suggest(), self._change_listing(), self._find_duplicate()
        upload = jobs.upload_spreadsheet(hub, cast.cora, "pantries.csv", io.BytesIO(b"Agency,Program\nPier,Food\n")).id
        difference, review = self._differ()
        correction = self._correct()
        self.keep("early")
        for name in ("accepted", "paused", "served"):
            made[name] = self._refer(pantry)
            self._move(cast.pia, made[name], "accept", assignee="Pia Park")
        resume = hub.now().date() + timedelta(days=9)
        self._move(cast.ana, made["paused"], "hold", text="Omar is away, tamarind", resume_on=resume.isoformat())
        self._move(cast.pia, made["served"], "serve", outcome={"received": "full", "need": "met"})
        with hub.begin(cast.ana) as work:
            minted = codes.mint_code(referral_id=made["accepted"], cycle=1, patient=cast.omar, language="en", now=hub.now(), by=cast.ana.account_id)
            work.care.add_letter_code(minted.record)
        self.letter, self.letter_code = minted.token, minted.code
        self.keep("full")
        with hub.begin(cast.ana) as work:
            self.refuge_referral = referrals.create_referral(work, refuge_need, cast.refuge.id, send=True).id
        self._move(cast.zoe, self.refuge_referral, "accept")
        self.keep("refuge")
        self.put_back("full")
        return Ids(
            patient=cast.omar.id, need=cast.need.id, consent=cast.consent.id, listing=pantry, refuge=cast.refuge.id, service=cast.pantry.service_id,
            refuge_service=cast.refuge.service_id, refuge_need=refuge_need, suggestion=suggestion, change_set=change_set, upload=upload, duplicate=duplicate,
            correction=correction, difference=difference, review=review, referral=made,
        )  # fmt: skip

    def _change_listing(self) -> UUID:
        """Lee says how long people wait at the pantry; the change set."""
        pantry = self.cast.pantry.id
        with self.hub.begin(self.cast.lee) as work:
            edit_words(work, pantry, EditWords(wait_time="Ten minutes"), get_editor(work, pantry).versions["words"])
            return work.history.page(limit=1)[0].id

    def _find_duplicate(self) -> UUID:
        """The pantry's place and the kitchen's, which are at one door, as a pair to decide about."""
        first, second = sorted((self.cast.pantry.location_id, self.cast.kitchen.location_id))
        with self.hub.begin(self.cast.cora) as work:
            store_duplicates(work, {"location": [Pair(first, second, 5, ("address",))]})
            return work.duplicates.all("location")[0].id

    def _suggest(self) -> UUID:
        """Words on who the hot meals are for, and the rule that was read out of them."""
        kitchen = self.cast.kitchen.service_id
        with self.hub.begin(COMMAND_LINE) as work:
            service = work.directory.records("service", [kitchen])[kitchen]
            work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, eligibility_description="Ages 16 and older.")]))
            suggest_rules(work)
            return next(one.id for one in work.suggestions.of_services([kitchen]))

    def _differ(self) -> tuple[UUID, UUID]:
        """An import that says otherwise than a partner twice: the one difference that waits, and the change set of the decided one."""
        for network in ("waits", "decided"):
            bring_in(self.hub, network)
            describe(self.hub, partner_of(self.hub, network), network, OURS)
            bring_in(self.hub, network, description=THEIRS)
        (waits,), (decided,) = (open_differences(self.hub, network) for network in ("waits", "decided"))
        with self.hub.begin(self.cast.cora) as work:
            review = decide_differences(work, [decided.id], "keep").change_set_id
        assert review is not None
        return waits.id, review

    def _correct(self) -> UUID:
        """Ana says that the pantry's hours are wrong; Lee holds a link to confirm them, mailed 92 days ago."""
        lee = self.cast.lee
        assert lee.organization_id is not None
        link = ConfirmationLink(
            id=new_id(), organization_id=lee.organization_id, recipient="lee@example.org", account_id=lee.account_id, link_hash=hash_token(self.mail_link),
            created_at=self.hub.now() - timedelta(days=92), due_at=self.hub.now(), sent_at=self.hub.now(), expires_at=self.hub.now() + timedelta(days=9),
        )  # fmt: skip
        with self.hub.begin(self.cast.ana) as work:
            work.confirmation_links.save(link)
            return report_listing(work, self.cast.pantry.id, "hours")[0].id

    def _refer(self, listing: UUID, *, send: bool = True) -> UUID:
        """A referral for a need of its own, with a note of Ana's on both."""
        with self.hub.begin(self.cast.ana) as work:
            need = care.open_need(work, self.cast.omar.id, OpenNeed(term="food-pantry", note=f"Omar likes {SECRET_WORDS['need_note']}"))
            return referrals.create_referral(work, need.id, listing, Urgency.ROUTINE, f"Bring Omar {SECRET_WORDS['referral_note']}", send=send).id

    def _move(self, actor: Actor, referral_id: UUID, action: str, **carried: Any) -> None:
        with self.hub.begin(actor) as work:
            version = reading.get_referral(work, referral_id).version
            referrals.move_referral(work, referral_id, action, version, carried)

    def seen(self, listing_id: UUID, section: str) -> str:
        """The present version of a section of a listing."""
        with self.hub.read(self.cast.cora) as work:
            return get_editor(work, listing_id).versions[section]

    def version(self, name: str) -> int:
        """The present version of a record."""
        row = self._watch.execute("SELECT version FROM referral WHERE id IN (?, ?)", (self.ids.referral[name].hex, str(self.ids.referral[name]))).fetchone()
        return int(row[0]) if row else 1
