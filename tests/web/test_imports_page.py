"""The coordinator brings a spreadsheet in: upload, columns, check, import, take back; a bad file or a crash changes nothing."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar.testing import TestClient

from referral_hub import sign_in
from referral_hub.app import create_app
from referral_hub.errors import Conflict, Denied, Invalid, NotFound, TooLarge, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.partners.imports import jobs
from referral_hub.partners.imports.job import ImportState, JobProgress
from referral_hub.partners.imports.report import Finding
from referral_hub.partners.imports.uploads import Uploads, report_csv, shorten_name
from referral_hub.unit_of_work import Hub
from tests.apart import run_apart
from tests.cast import PASSWORD, Cast
from tests.partners.spreadsheets import row, write_csv, write_xlsx
from tests.web.conftest import Browser, everything, look_through
from tests.web.test_referral_page import words
from web.pages import before_upload
from web.security import session_cookie_name

Opener = Callable[[str], Browser]


def send(browser: Browser, name: str, data: bytes) -> Any:
    """Upload a file from the imports page."""
    token = re.search(r'name="_csrf_token" value="([^"]+)"', browser.client.get("/imports").text)
    assert token is not None
    answer = browser.client.post("/imports", data={"_csrf_token": token[1]}, files={"file": (name, data)}, follow_redirects=False)
    look_through(answer)
    return answer


def sheet(tmp_path: Path, *changes: dict[str, str]) -> bytes:
    return write_csv(tmp_path / "net.csv", [row(number, **change) for number, change in enumerate(changes, start=1)]).read_bytes()


def uploaded(browser: Browser, name: str, data: bytes) -> str:
    """The path of a new import."""
    answer = send(browser, name, data)
    assert answer.status_code == 303, words(answer.text)
    return str(answer.headers["location"]).removesuffix("/columns")


def wait(browser: Browser, path: str) -> str:
    """The page once its thread has ended, as its refreshes would show it."""
    for _ in range(400):
        answer = browser.get(path)
        if "refresh" not in answer.headers:
            return str(answer.text)
        time.sleep(0.05)
    raise AssertionError("the import did not end")


def form_of(page: str) -> dict[str, str]:
    """The fields of the columns page as a browser would send them."""
    fields = {}
    for name, options in re.findall(r'<select class="govuk-select[^"]*" id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*\bselected', options)
        fields[name] = unescape(chosen[1]) if chosen else ""
    network = re.search(r'name="network"[^>]*value="([^"]*)"', page)
    return fields | {"network": unescape(network[1]) if network else ""}


def checked(browser: Browser, path: str, **changes: str) -> str:
    """The page after the guessed columns were checked."""
    columns = browser.get(f"{path}/columns").text
    answer = browser.post(f"{path}/columns", f"{path}/columns", **{**form_of(columns), **changes})
    assert (answer.status_code, answer.headers.get("location")) == (303, path), words(answer.text)
    return wait(browser, path)


def directory(hub: Hub) -> dict[str, int | str]:
    return {name: held for name, held in everything(hub).items() if name != "import_job"}


def services(hub: Hub, network: str) -> int:
    with hub.read(None) as work:
        return sum(len(part) for part in work.directory.source_records_in_order(network, "service"))


def test_a_spreadsheet_goes_all_the_way_in_and_is_taken_back(as_member: Opener, hub: Hub, tmp_path: Path):
    cora = as_member("cora")
    before = directory(hub)
    path = uploaded(cora, "harbor pantries.csv", sheet(tmp_path, {}, {"Lat": "0", "Lon": "0"}, {"Agency": ""}))
    columns = unescape(cora.get(f"{path}/columns").text)
    assert form_of(columns)["column.1"] == "organization.name"
    assert "(410) 555-0101" in words(columns)
    assert form_of(columns)["network"] == "harbor pantries"
    page = checked(cora, path)
    said = unescape(words(page))
    assert directory(hub) == before, "a check stores nothing"
    assert "The import would bring 2 new services and change 0; 0 stay as they are. 1 row would be left out." in said
    assert "0, 0 lies in the Atlantic" in said
    assert "no organization is named: nothing says who offers this" in said
    answer = cora.post(f"{path}/run", path)
    assert answer.headers["location"] == path
    done = unescape(words(wait(cora, path)))
    assert "The import brought 2 new services" in done
    assert services(hub, "harbor pantries") == 2
    assert "harbor pantries.csv Imported" in " ".join(words(cora.get("/imports").text).split())
    assert not list((hub.settings.data_dir / "uploads").glob("*/file/*")), "the file is deleted after the import"
    report = cora.get(f"{path}/report")
    assert report.headers["content-type"].startswith("text/csv")
    assert '3,Lat,"0, 0 lies in the Atlantic",stored without a point' in report.text
    assert msgspec.json.decode(cora.get(f"{path}/mapping").content)["fields"]["organization.name"] == "Agency"
    undone = cora.post(f"{path}/undo", path)
    assert undone.headers["location"] == f"{path}?said=undone"
    assert "The import was taken back" in words(cora.get(undone.headers["location"]).text)
    assert services(hub, "harbor pantries") == 0
    assert "Taken back" in words(cora.get("/imports").text)
    assert cora.client.post(f"{path}/undo", data={"_csrf_token": token_on(cora)}, follow_redirects=False).status_code == 409


def token_on(browser: Browser) -> str:
    found = re.search(r'name="_csrf_token" value="([^"]+)"', browser.client.get("/imports").text)
    assert found is not None
    return found[1]


def test_columns_may_be_changed_and_the_check_says_what_then(as_member: Opener, hub: Hub, tmp_path: Path):
    cora = as_member("cora")
    path = uploaded(cora, "a.csv", sheet(tmp_path, {"Category": "Zeppelins", "State": ""}))
    said = unescape(words(checked(cora, path)))
    assert "Zeppelins is no kind of help that we know" in said
    again = unescape(words(checked(cora, path, terms="Zeppelins = bus-passes", state="MD", **{"column.3": ""}, network="Airships")))
    assert "Zeppelins is no kind" not in again
    assert "What would change in Airships" in again
    cora.post(f"{path}/run", path)
    wait(cora, path)
    with hub.read(None) as work:
        ids = [record.record_id for part in work.directory.source_records_in_order("Airships", "service") for record in part]
        rows = work.directory.service_rows(ids)
    assert [service.description for service in rows.service] == [None]
    assert [address.state_province for address in rows.address] == ["MD"]


BAD: list[tuple[str, bytes, int, str]] = [
    ("a.csv", b"", 400, "The file is empty."),
    ("a.pdf", b"%PDF-1.7", 400, "This is a PDF, not a spreadsheet"),
    ("a.xls", b"\xd0\xcf\x11\xe0 and more", 400, "Excel 97 to 2003"),
    ("a.xlsx", b"PK\x03\x04 but no workbook", 400, "The workbook is not taken"),
    ("a.csv", b"Agency,Program\n" + b"x" * 2_100_000, 413, "more than 2 MB"),
]


@pytest.mark.parametrize(("name", "data", "status", "says"), BAD, ids=[f"{name}-{says[:14]}" for name, _, _, says in BAD])
def test_a_bad_file_is_told_beside_the_field_and_is_not_kept(hub: Hub, cast: Cast, name: str, data: bytes, status: int, says: str, small: Opener):
    cora = small("cora")
    answer = send(cora, name, data)
    assert (answer.status_code, says in unescape(words(answer.text))) == (status, True), words(answer.text)
    assert not list((hub.settings.data_dir / "uploads").glob("*")), "nothing stays"
    with hub.read(cast.cora) as work:
        assert jobs.list_imports(work, page=1, per_page=9) == ([], 0)


@pytest.fixture
def small(hub: Hub, as_member: Opener) -> Opener:
    """A hub that takes uploads of 2 MB."""
    hub.settings = msgspec.structs.replace(hub.settings, import_limit_mb=2)
    return as_member


def test_no_file_at_all_is_told(as_member: Opener):
    cora = as_member("cora")
    answer = cora.client.post("/imports", data={"_csrf_token": token_on(cora)}, files={"other": ("", b"")}, follow_redirects=False)
    assert (answer.status_code, "Choose a file." in answer.text) == (400, True)


def test_columns_that_name_nobody_are_refused_beside_them(as_member: Opener, tmp_path: Path):
    cora = as_member("cora")
    path = uploaded(cora, "a.csv", sheet(tmp_path, {}))
    fields = form_of(cora.get(f"{path}/columns").text) | {"column.1": "", "column.2": ""}
    answer = cora.post(f"{path}/columns", f"{path}/columns", **fields)
    assert answer.status_code == 400
    assert "Say which column names the organization" in unescape(words(answer.text)).replace("say which", "Say which")
    answer = cora.post(f"{path}/columns", f"{path}/columns", **{**form_of(cora.get(f"{path}/columns").text), "terms": "Food = food-pantri"})
    assert (answer.status_code, "Did you mean food-pantry?" in answer.text) == (400, True)


def test_a_file_with_faults_is_failed_and_each_is_named(as_member: Opener, hub: Hub, tmp_path: Path):
    cora = as_member("cora")
    before = directory(hub)
    path = uploaded(cora, "a.csv", sheet(tmp_path, {}, {"Record_ID": "R1", "Agency": "Somebody else"}))
    said = unescape(words(checked(cora, path)))
    assert "Not imported" in said
    assert "a.csv, row 3, Record ID : the id R1 is also that of row 2, of another organization" in said
    answer = cora.client.post(f"{path}/run", data={"_csrf_token": token_on(cora)}, follow_redirects=False)
    assert answer.status_code == 303
    assert "Not imported" in words(wait(cora, path))
    assert directory(hub) == before


def test_a_workbook_and_ndjson_are_taken_too(as_member: Opener, tmp_path: Path):
    cora = as_member("cora")
    rows = [row(1), row(2)]
    book = write_xlsx(tmp_path / "a.xlsx", [list(rows[0]), *(list(one.values()) for one in rows)]).read_bytes()
    assert "2 new services" in words(checked(cora, uploaded(cora, "a.xlsx", book)))
    lines = b"\n".join(msgspec.json.encode({"raw": {"name": f"Pantry {number}", "zip": "21201", "sites": []}}) for number in range(3))
    assert "3 new services" in words(checked(cora, uploaded(cora, "a.ndjson", lines)))


def test_a_page_that_waits_shows_how_far_it_is_and_looks_again(as_member: Opener, hub: Hub, cast: Cast, tmp_path: Path):
    cora = as_member("cora")
    path = uploaded(cora, "a.csv", sheet(tmp_path, {}))
    checked(cora, path)
    job_id, gate, reached = UUID(path.rpartition("/")[2]), threading.Event(), threading.Event()

    def hold(_work: Any) -> None:
        reached.set()
        gate.wait(10)

    thread = jobs.begin_import(hub, cast.cora, job_id, dry_run=False, afterwards=hold)
    assert reached.wait(10)
    answer = cora.get(path)
    assert answer.headers["refresh"] == "2"
    assert "On its way" in words(answer.text)
    assert "<progress" in answer.text
    assert jobs.uploads_of(hub).lock(job_id) is None
    gate.set()
    thread.join(10)
    assert "The import brought 1 new service and" in words(wait(cora, path))


def test_a_second_start_while_one_is_on_its_way_is_a_conflict(hub: Hub, cast: Cast, as_member: Opener, tmp_path: Path):
    cora = as_member("cora")
    path = uploaded(cora, "a.csv", sheet(tmp_path, {}))
    checked(cora, path)
    uploads, job_id = jobs.uploads_of(hub), UUID(path.rpartition("/")[2])
    lock = uploads.lock(job_id)
    assert lock is not None
    with pytest.raises(Conflict):
        jobs.begin_import(hub, cast.cora, job_id, dry_run=False)
    lock.close()
    jobs.begin_import(hub, cast.cora, job_id, dry_run=False).join()
    with pytest.raises(Conflict):
        jobs.begin_import(hub, cast.cora, job_id, dry_run=False)


def test_a_crashed_import_shows_as_failed_and_can_begin_again(as_member: Opener, hub: Hub, cast: Cast, tmp_path: Path):
    cora = as_member("cora")
    path = uploaded(cora, "a.csv", sheet(tmp_path, {}))
    checked(cora, path)
    job_id = UUID(path.rpartition("/")[2])
    with hub.begin(cast.cora) as work:  # what a killed process leaves: the state, and no lock
        work.import_jobs.save(msgspec.structs.replace(work.import_jobs.get(job_id), state=ImportState.RUNNING))
    before = everything(hub)
    answer = cora.get(path)
    assert "refresh" not in answer.headers
    assert "The import stopped before its end" in words(answer.text)
    assert everything(hub) == before, "looking changes nothing"
    jobs.begin_import(hub, cast.cora, job_id, dry_run=False).join()
    assert "The import brought 1 new service and" in words(wait(cora, path))


def test_an_unforeseen_fault_fails_the_import_and_stores_nothing(as_member: Opener, hub: Hub, cast: Cast, tmp_path: Path):
    cora = as_member("cora")
    path = uploaded(cora, "a.csv", sheet(tmp_path, {}))
    checked(cora, path)
    before = directory(hub)

    def burst(_work: Any) -> None:
        raise ZeroDivisionError

    jobs.begin_import(hub, cast.cora, UUID(path.rpartition("/")[2]), dry_run=False, afterwards=burst).join()
    assert "did not foresee" in words(wait(cora, path))
    assert directory(hub) == before


def test_an_upload_can_be_given_up_and_old_ones_go_by_themselves(as_member: Opener, hub: Hub, cast: Cast, tmp_path: Path):
    import os

    cora = as_member("cora")
    path = uploaded(cora, "a.csv", sheet(tmp_path, {}))
    assert cora.post(f"{path}/delete", f"{path}/columns").headers["location"] == "/imports"
    assert "Given up" in words(cora.get("/imports").text)
    assert cora.get(f"{path}/columns").headers["location"] == path
    old = uploaded(cora, "b.csv", sheet(tmp_path, {}))
    new = uploaded(cora, "c.csv", sheet(tmp_path, {}))
    folder = hub.settings.data_dir / "uploads" / old.rpartition("/")[2] / "file"
    week = (hub.now().timestamp()) - 8 * 86_400
    os.utime(folder, (week, week))
    assert jobs.delete_old_uploads(hub, cast.cora) == 1
    assert not folder.exists()
    assert (hub.settings.data_dir / "uploads" / new.rpartition("/")[2] / "file" / "c.csv").exists()
    with pytest.raises(Conflict):
        jobs.begin_import(hub, cast.cora, UUID(old.rpartition("/")[2]), dry_run=True)


def test_only_coordinators_may_and_an_unknown_import_is_not_found(as_member: Opener, hub: Hub, cast: Cast):
    for actor in (cast.ana, cast.ben, cast.pia, cast.lee, cast.alma):
        with pytest.raises(Denied), hub.read(actor) as work:
            jobs.list_imports(work, page=1, per_page=1)
        with pytest.raises(Denied), hub.read(actor) as work:
            jobs.get_import(work, new_id())
    with pytest.raises(NotFound), hub.read(cast.cora) as work:
        jobs.get_import(work, new_id())


def test_what_was_not_mapped_cannot_begin(hub: Hub, cast: Cast, as_member: Opener, tmp_path: Path):
    path = uploaded(as_member("cora"), "a.csv", sheet(tmp_path, {}))
    with pytest.raises(Invalid):
        jobs.begin_import(hub, cast.cora, UUID(path.rpartition("/")[2]), dry_run=True)


# The folder


def test_a_files_name_is_never_a_path():
    assert [shorten_name(name) for name in ("../../etc/passwd", "C:\\x\\a b.csv", "a\x00b<c>.csv", "..", "", "/")] == ["passwd", "a b.csv", "a_b_c_.csv", "spreadsheet", "spreadsheet", "spreadsheet"]
    assert len(shorten_name("x" * 300 + ".xlsx")) <= 80
    assert shorten_name("x" * 300 + ".xlsx").endswith("….xlsx")


def test_a_report_runs_nothing_in_a_spreadsheet():
    lines = b"".join(report_csv([Finding("a.csv", 2, "=cmd", "@SUM(1)", "-1+1"), Finding("a.csv", None, None, "fine", "stored")])).decode()
    assert lines == "\ufeffrow,column,problem,what was done\r\n2,'=cmd,'@SUM(1),'-1+1\r\n,,fine,stored\r\n"


def test_an_upload_that_grows_too_large_leaves_nothing(tmp_path: Path):
    import io

    uploads = Uploads(tmp_path)
    with pytest.raises(TooLarge):
        uploads.store(new_id(), "a.csv", io.BytesIO(b"x" * 3_000_000), 2 << 20)
    assert not list((tmp_path / "uploads").glob("*"))


def test_a_lock_is_seen_while_it_is_held_and_progress_is_what_was_told_last(tmp_path: Path):
    import io

    uploads, job_id = Uploads(tmp_path), new_id()
    assert uploads.lock(job_id) is None, "there is no folder"
    assert not uploads.is_worked_on(job_id)
    uploads.store(job_id, "a.csv", io.BytesIO(b"x"), 10)
    assert uploads.progress(job_id) == JobProgress(0, 1, "beginning")
    lock = uploads.lock(job_id)
    assert lock is not None
    assert uploads.is_worked_on(job_id)
    assert uploads.lock(job_id) is None
    uploads.tell(job_id, JobProgress(3, 9, "services"))
    assert uploads.progress(job_id) == JobProgress(3, 9, "services")
    lock.close()
    assert not uploads.is_worked_on(job_id)


def test_a_body_over_the_limit_is_refused_while_it_comes_and_others_stay_small(hub: Hub, cast: Cast):
    small_hub = Hub(msgspec.structs.replace(hub.settings, import_limit_mb=1))
    session = sign_in.sign_in(small_hub, cast.email("cora"), PASSWORD, None).secret
    with TestClient(create_app(small_hub.settings, small_hub), raise_server_exceptions=False) as client:
        client.cookies.set(session_cookie_name(small_hub.settings), session)
        token = re.search(r'name="_csrf_token" value="([^"]+)"', client.get("/imports").text)
        assert token is not None
        answer = client.post("/imports", data={"_csrf_token": token[1]}, files={"file": ("a.csv", b"x" * 4_000_000)})
        assert (answer.status_code, "This is too large" in answer.text) == (413, True)
        assert client.post("/medians", data={"_csrf_token": token[1], "lines": "x" * 2_100_000}).status_code == 413
    assert not (small_hub.settings.data_dir / "uploads").exists()


def test_not_a_byte_of_a_strangers_upload_is_read(hub: Hub, cast: Cast):
    """The permission is looked at before the body: for Ana and for nobody the file is not taken in at all."""
    read: list[str] = []

    async def within(_scope: Any, _receive: Any, _send: Any) -> None:
        read.append("the handler, which reads the body")

    async def receive() -> Any:
        read.append("the body")

    async def send_nothing(_message: Any) -> None:
        read.append("an answer")

    guarded = before_upload(hub, "directory:write")(within)
    for who, error in (("ana", Denied), ("", Unauthenticated)):
        cookie = f"{session_cookie_name(hub.settings)}={sign_in.sign_in(hub, cast.email(who), PASSWORD, None).secret}" if who else ""
        scope: Any = {"type": "http", "method": "POST", "path": "/imports", "headers": [(b"cookie", cookie.encode())], "query_string": b"", "state": {}}
        with pytest.raises(error):
            run_apart(guarded(scope, receive, send_nothing))  # type: ignore[arg-type]  # a coroutine function is awaitable enough
    assert read == []
