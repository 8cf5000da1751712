"""The command line: `referral-hub COMMAND`. Exit codes: 0 done, 1 the data or the state says no, 2 wrong usage."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import UUID

import msgspec
import rich_click as click

from referral_hub import sign_in
from referral_hub.actors import COMMAND_LINE, Role
from referral_hub.errors import HubError, Unavailable
from referral_hub.matching import actions as matching
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.facts import MatchRequest
from referral_hub.matching.follow_search import ask_for_refill, follow_search
from referral_hub.partners.exports.command import FORMATS as TARGET_FORMATS
from referral_hub.partners.exports.command import run_export
from referral_hub.partners.foreign_taxonomy import FORMATS as TAXONOMY_FORMATS
from referral_hub.partners.imports.command import run_import
from referral_hub.partners.imports.sources import FORMATS, SPREADSHEET
from referral_hub.partners.imports.spreadsheet.mapping import Mapping, read_mapping
from referral_hub.settings import PREFIX, Settings, read_settings
from referral_hub.storage.migrate import is_current, migrate
from referral_hub.unit_of_work import Hub

DELIVER_EVERY = 15.0
"""Seconds between two looks at the outbox and the clocks."""
GUESS = "guess"
"""In place of a mapping file: the columns are told by their names and contents."""
SIGN_IN_ROLES = [role.value for role in Role if role not in (Role.PATIENT, Role.SYSTEM)]


def main() -> None:
    """Entry point; a fault of ours becomes a sentence and exit code 1."""
    try:
        hub_command(prog_name="referral-hub")
    except HubError as error:
        click.echo(f"{error.title}: {error.detail}", err=True)
        for fault in error.errors:
            click.echo(f"  {fault.field}: {fault.message}", err=True)
        sys.exit(1)


@click.group(name="referral-hub", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="referral-hub")
def hub_command() -> None:
    """Referral Hub: find help that fits, refer, and hear back."""


@hub_command.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--data-dir", default=Path("var/demo"), show_default=True, type=click.Path(path_type=Path, file_okay=False))
def demo(port: int, data_dir: Path) -> None:
    """Serve the sample network from an embedded database; nothing to set up."""
    import uvicorn

    from referral_hub.app import create_app
    from referral_hub.demo import prepare_demo

    settings = Settings(data_dir=data_dir, base_url=f"http://127.0.0.1:{port}", log_level="warning")
    with _hub(settings) as hub:
        sign_ins = prepare_demo(hub, lambda line: click.echo(line, err=True))
        app = create_app(settings, hub, delivers=True)
        click.echo(f"\nReferral Hub serves the sample network at {settings.base_url}\n")
        click.echo("Sign in as:")
        with hub.read(COMMAND_LINE) as work:
            by_email = {account.email: account for account in sign_in.list_accounts(work)}
        for email, word in sign_ins.items():
            account = by_email[email]
            click.echo(f"  {account.role.replace('_', ' '):14} {email:34} {word:18} {account.name}")
        click.echo("\nStop with Ctrl+C. The data stays in " + str(data_dir), nl=True)
        uvicorn.run(
            app, host="127.0.0.1", port=port, http=_http_protocol(), log_level="warning", access_log=False, server_header=False
        )


@hub_command.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Several need PostgreSQL: SQLite has one writer.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve; migrations must be current. One worker also delivers; with several, run `referral-hub deliver` beside them."""
    import uvicorn

    settings = read_settings()
    with _hub(settings) as hub:
        _need_schema(hub)
        if workers > 1 and hub.database.is_sqlite:
            raise click.UsageError("Several workers need PostgreSQL (REFERRAL_HUB_DATABASE_URL): SQLite has one writer.")
    if f"{PREFIX}BASE_URL" not in os.environ:
        os.environ[f"{PREFIX}BASE_URL"] = f"http://127.0.0.1:{port}"
    uvicorn.run(
        "referral_hub.app:create_delivering_app" if workers == 1 else "referral_hub.app:create_app_from_environment",
        factory=True,
        host=host,
        port=port,
        http=_http_protocol(),
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies) or None,
    )


@hub_command.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    with _hub(read_settings()) as hub:
        migrate(hub.database)
    click.echo("The database has the newest schema.")


@hub_command.command(name="import")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--format", "source_format", required=True, type=click.Choice(FORMATS))
@click.option("--network", help="Name of the source; the folder's name unless given. Importing it again updates what it brought.")
@click.option("--mapping", help="A spreadsheet's mapping: a JSON file that says which column holds what, or `guess`.")
@click.option("--dry-run", is_flag=True, help="Read and report, store nothing.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="Where the report goes, as JSON Lines.")
def import_command(path: Path, source_format: str, network: str | None, mapping: str | None, report: Path | None, *, dry_run: bool) -> None:
    """Import a directory, all or nothing; rules are suggested from its eligibility texts."""
    from referral_hub.matching.suggestions import suggest_rules

    columns = _read_mapping(source_format, mapping)
    with _hub(read_settings()) as hub:
        _need_schema(hub)
        run_import(
            hub,
            path,
            source_format,
            network=network,
            mapping=columns,
            dry_run=dry_run,
            report_file=report,
            check_rule=parse_rule,
            afterwards=lambda work: suggest_rules(work).sentence(),
            tell=click.echo,
        )


def _read_mapping(source_format: str, given: str | None) -> Mapping | None:
    """The mapping of a spreadsheet; None: it is to be guessed, or the format needs none."""
    if source_format != SPREADSHEET:
        if given is not None:
            raise click.UsageError(f"--mapping is for {SPREADSHEET}; {source_format} says itself what its columns hold.")
        return None
    if given is None:
        raise click.UsageError("A spreadsheet needs --mapping FILE, or --mapping guess.")
    if given == GUESS:
        return None
    try:
        return read_mapping(Path(given).read_bytes())
    except OSError as fault:
        raise click.UsageError(f"--mapping: {given} cannot be read ({fault.strerror}).") from fault


@hub_command.command(name="export")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "target_format", required=True, type=click.Choice(TARGET_FORMATS))
def export_command(path: Path, target_format: str) -> None:
    """Write the public directory as an HSDS data package or as documents: a folder, or a zip archive where PATH ends in .zip."""
    with _hub(read_settings()) as hub:
        _need_schema(hub)
        run_export(hub, path, target_format, tell=click.echo)


@hub_command.command()
@click.argument("request", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--explain", is_flag=True, help="Say on standard error, in words, where each minute comes from.")
def match(request: Path, *, explain: bool) -> None:
    """Answer a match request (the JSON of POST /api/matches) without a server."""
    try:
        wanted = msgspec.json.decode(request.read_bytes(), type=MatchRequest)
    except msgspec.DecodeError as fault:
        raise click.ClickException(f"{request}: {fault}") from fault
    with _hub(read_settings()) as hub:
        _need_schema(hub)
        with hub.read(COMMAND_LINE) as work:
            answer = matching.match_services(work, wanted)
    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
    if explain:
        for line in matching.explain_answer(answer):
            click.echo(line, err=True)


@hub_command.group()
def accounts() -> None:
    """People who sign in."""


@accounts.command(name="add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(SIGN_IN_ROLES))
@click.option("--organization", required=True, help="Id or exact name.")
@click.option("--name", default="", help="As others see it; the part before the @ unless given.")
@click.option("--new-organization", is_flag=True, help="The directory does not have the organization yet: add it.")
@click.option("--timezone", default="America/New_York", show_default=True, help="Of a new organization.")
def add_account(email: str, role: str, organization: str, name: str, timezone: str, *, new_organization: bool) -> None:
    """Add somebody; the first password is shown once."""
    with _hub(read_settings()) as hub, hub.begin(COMMAND_LINE) as work:
        if new_organization:
            organization = str(sign_in.add_organization(work, organization, timezone).id)
        account, word = sign_in.add_account(work, email=email, role=Role(role), organization=organization, name=name)
    click.echo(f"{account.email} may sign in as {account.role.replace('_', ' ')}.\nPassword, shown once: {word}")


@accounts.command(name="list")
def list_accounts() -> None:
    """List everybody who may sign in."""
    with _hub(read_settings()) as hub, hub.read(COMMAND_LINE) as work:
        for account in sign_in.list_accounts(work):
            click.echo(f"{account.email:40} {account.role:14} {'disabled' if account.disabled_at else 'active'}")


@accounts.command(name="disable")
@click.argument("email")
def disable_account(email: str) -> None:
    """End somebody's access: sign-in, sessions and tokens."""
    with _hub(read_settings()) as hub, hub.begin(COMMAND_LINE) as work:
        sign_in.disable_account(work, email)
    click.echo(f"{email} can no longer sign in.")


@hub_command.group()
def tokens() -> None:
    """API tokens."""


@tokens.command(name="create")
@click.argument("email")
@click.option("--expires", type=click.IntRange(1, 3650), default=365, show_default=True, help="Days.")
def create_token(email: str, expires: int) -> None:
    """Make a token for somebody's account; it is shown once."""
    with _hub(read_settings()) as hub, hub.begin(COMMAND_LINE) as work:
        token, secret = sign_in.create_token(work, email, expires_days=expires)
    click.echo(f"Token {token.id}, shown once:\n{secret}")


@tokens.command(name="revoke")
@click.argument("token_id", type=click.UUID)
def revoke_token(token_id: UUID) -> None:
    """End a token at once."""
    with _hub(read_settings()) as hub, hub.begin(COMMAND_LINE) as work:
        sign_in.revoke_token(work, token_id)
    click.echo("The token is revoked.")


@hub_command.command()
@click.option("--once", is_flag=True, help="One round, then stop.")
def deliver(*, once: bool) -> None:
    """Send what waits in the outbox, run the clocks, and look up a few addresses where a geocoding server is set."""
    from referral_hub.partners.geocoding import geocode_in_round
    from referral_hub.partners.imports.jobs import delete_old_uploads
    from referral_hub.referrals.deliver import deliver_once

    with _hub(read_settings()) as hub:
        _need_schema(hub)
        while True:
            click.echo(deliver_once(hub).sentence())
            _tell_search_server(hub)
            geocoded = geocode_in_round(hub, COMMAND_LINE)
            if geocoded is not None and geocoded.looked_at:
                click.echo(geocoded.sentence())
            delete_old_uploads(hub, COMMAND_LINE)
            if once:
                return
            time.sleep(DELIVER_EVERY)


@hub_command.group(name="taxonomy")
def taxonomy_group() -> None:
    """Taxonomies of others, beside ours."""


@taxonomy_group.command(name="import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--format", "source_format", required=True, type=click.Choice(TAXONOMY_FORMATS))
@click.option("--name", help="What a `csv` taxonomy is called.")
@click.option("--mapping", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="CSV of term, code (ours), relation.")
def import_taxonomy_command(path: Path, source_format: str, name: str | None, mapping: Path | None) -> None:
    """Load a taxonomy beside ours, all or nothing; services under its terms are found under the codes that they are mapped to."""
    from referral_hub.partners.foreign_taxonomy import read_taxonomy
    from referral_hub.partners.taxonomies import import_taxonomy
    from referral_hub.partners.term_mapping import read_mapping

    with _hub(read_settings()) as hub:
        _need_schema(hub)
        foreign = read_taxonomy(path, source_format, name)
        lines = read_mapping(mapping, foreign.mapping_scheme) if mapping else None
        with hub.begin(COMMAND_LINE) as work:
            report = import_taxonomy(work, foreign, lines)
    click.echo(report.sentence())
    if foreign.scheme.description:
        click.echo(foreign.scheme.description)


@taxonomy_group.command(name="list")
def list_taxonomies_command() -> None:
    """List taxonomies, whose they are and under which licence."""
    from referral_hub.partners.taxonomies import list_taxonomies

    with _hub(read_settings()) as hub:
        _need_schema(hub)
        with hub.read(COMMAND_LINE) as work:
            for one in list_taxonomies(work):
                click.echo(f"{one.scheme.name} ({one.terms:,} terms) {one.scheme.uri or ''}".rstrip())
                if one.scheme.description:
                    click.echo(f"    {one.scheme.description}")


@hub_command.command()
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100_000), help="Places to look at.")
def geocode(limit: int) -> None:
    """Give places without a point one: of their address where a geocoding server is set, else of their ZIP code."""
    from referral_hub.partners.geocoding import geocode_places

    with _hub(read_settings()) as hub:
        _need_schema(hub)
        report = geocode_places(hub, COMMAND_LINE, limit)
    click.echo(report.sentence())


@hub_command.command()
def reindex() -> None:
    """Rebuild the search and match index from the database, in every worker."""
    with _hub(read_settings()) as hub:
        _need_schema(hub)
        with hub.begin(COMMAND_LINE) as work:
            count = matching.reindex(work)
        click.echo(f"Listings indexed: {count:,}. Running workers follow with their next query.")
        ask_for_refill(hub)
        _tell_search_server(hub)


@hub_command.command()
@click.option("--deploy", is_flag=True, help="Also ask for what a public hub needs.")
def check(*, deploy: bool) -> None:
    """Look whether everything is in place."""
    from referral_hub.check import check_hub

    findings = check_hub(read_settings(), deploy=deploy)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'NO  '}{finding.subject:12} {finding.says}")
        if not finding.good:
            click.echo(f"    -> {finding.mend}")
    if not all(finding.good for finding in findings):
        sys.exit(1)


@hub_command.group()
def bench() -> None:
    """The benchmarks of docs/performance.md; nothing of them touches the hub's own data."""


@bench.command(name="match")
@click.option("--sizes", default="10000,100000,1000000", show_default=True, help="Services at locations, with commas between them.")
@click.option("--requests", default=2_000, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 100), help="Medians are told.")
@click.option("--seed", default=2026, show_default=True, type=click.IntRange(0, 2**31))
@click.option("--http-seconds", default=20.0, show_default=True, type=click.FloatRange(0.1, 3_600), help="For each server.")
@click.option("--no-postgis", is_flag=True, help="The hub and the oracle alone.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="Where the figures go, as JSON.")
def bench_match(sizes: str, requests: int, rounds: int, seed: int, http_seconds: float, report: Path | None, *, no_postgis: bool) -> None:
    """Measure matching on a made-up network, beside an oracle and beside PostgreSQL with PostGIS."""
    from referral_hub.bench.report import write_table
    from referral_hub.bench.run import Plan, run_match_bench

    plan = Plan(
        sizes=_sizes(sizes, "--sizes"),
        requests=requests,
        rounds=rounds,
        seed=seed,
        with_postgis=not no_postgis,
        http_seconds=http_seconds,
    )
    reports = run_match_bench(plan, lambda line: click.echo(line, err=True))
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(reports), indent=2))
    click.echo(write_table(reports))


@bench.command(name="search")
@click.option("--services", default=100_000, show_default=True, type=click.IntRange(1, 5_000_000))
@click.option("--requests", default=2_000, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--slips", default=2_000, show_default=True, type=click.IntRange(0, 100_000), help="Words with one edit to find.")
@click.option("--seed", default=2026, show_default=True, type=click.IntRange(0, 2**31))
@click.option("--http-seconds", default=10.0, show_default=True, type=click.FloatRange(0.1, 3_600), help="For each number of connections.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="Where the figures go, as JSON.")
def bench_search(services: int, requests: int, slips: int, seed: int, http_seconds: float, report: Path | None) -> None:
    """Measure the directory search on a made-up network over HTTP, and how many slips of typing it forgives."""
    from referral_hub.bench.search import SearchPlan, run_search_bench, write_search_table

    plan = SearchPlan(services=services, requests=requests, slips=slips, seed=seed, seconds=http_seconds)
    measured = run_search_bench(plan, lambda line: click.echo(line, err=True))
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(measured), indent=2))
    click.echo(write_search_table(measured))


@bench.command(name="import")
@click.option("--services", default="20000,100000", show_default=True, help="Sizes of the directory, with commas between them.")
@click.option("--seed", default=2026, show_default=True, type=click.IntRange(0, 2**31))
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="Where the figures go, as JSON.")
def bench_import(services: str, seed: int, report: Path | None) -> None:
    """Measure the import of a made-up directory: new, again, and with one service in a hundred changed."""
    from referral_hub.bench.imports import run_import_bench, write_import_table

    reports = run_import_bench(_sizes(services, "--services"), seed, lambda line: click.echo(line, err=True))
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(reports), indent=2))
    click.echo(write_import_table(reports))


def _sizes(text: str, option: str) -> list[int]:
    counts = [part.replace("_", "") for part in text.split(",") if part]
    if not counts or not all(part.isdecimal() and int(part) for part in counts):
        raise click.BadParameter("give numbers with commas between them", param_hint=option)
    return [int(part) for part in counts]


def _tell_search_server(hub: Hub) -> None:
    """Let the search server follow, where there is one; search goes on without it."""
    try:
        sent = follow_search(hub)
    except Unavailable as fault:
        click.echo(f"{fault.detail} It is told again in a while.", err=True)
        return
    if sent is not None:
        click.echo(f"Search server: {sent.documents:,} listings sent{', all anew' if sent.is_refill else ''}.")


def _http_protocol() -> str:
    """Who parses HTTP, as uvicorn names it."""
    return "referral_hub.bounded_http:BoundedHttp" if find_spec("httptools") else "h11"


@contextlib.contextmanager
def _hub(settings: Settings) -> Iterator[Hub]:
    hub = Hub(settings)
    try:
        yield hub
    finally:
        hub.close()


def _need_schema(hub: Hub) -> None:
    if not is_current(hub.database):
        raise click.ClickException("The database needs `referral-hub migrate` first.")
