"""`trend-assets doctor`: what is installed, configured and stored, and whether anything is wrong with it."""

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from trend_assets.cli.printing import clean, examples
from trend_assets.cli.stores import LakeOption, has_lake, no_lake, now, settings_of
from trend_assets.errors import SettingsError

if TYPE_CHECKING:
    from trend_assets.settings import Settings

PACKAGES = ("dagster", "dagster-webserver", "dagster-postgres", "deltalake", "duckdb", "sqlalchemy", "pandas", "playwright")
CONNECT_TIMEOUT_SECONDS = 5

Level = Literal["ok", "note", "WRONG"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    level: Level
    subject: str
    text: str
    """What was found, and for all but `ok` what to do."""


Check = Callable[["Settings"], Iterator[Finding]]


_EXAMPLES = ("trend-assets doctor --lake .demo",)


def doctor(lake: LakeOption = None) -> None:
    """Check versions, settings, stores and data. Exit code 1 when anything is wrong; each line says what to do."""
    settings = settings_of(lake)
    wrong = 0
    for check in CHECKS:
        for finding in _guarded(check, settings):
            typer.echo(f"{finding.level:<5}  {finding.subject:<15} {clean(finding.text)}")
            wrong += finding.level == "WRONG"
    if wrong:
        typer.echo(f"{wrong} things are wrong.", err=True)
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(doctor)


def _guarded(check: Check, settings: "Settings") -> Iterator[Finding]:
    """Report also what a check did not expect: one broken store must not hide the others."""
    try:
        yield from check(settings)
    except Exception as error:  # noqa: BLE001 - the report says what it was
        subject = check.__name__.strip("_").replace("_", " ")
        yield Finding("WRONG", subject, f"cannot be checked: {type(error).__name__}: {error}")


def _versions(_settings: "Settings") -> Iterator[Finding]:
    supported = (3, 11) <= sys.version_info < (3, 15)
    text = platform.python_version() if supported else f"{platform.python_version()}; use Python 3.11 to 3.14"
    yield Finding("ok" if supported else "WRONG", "python", text)
    installed, missing = [], []
    for package in PACKAGES:
        try:
            installed.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    yield Finding("ok", "packages", ", ".join(installed))
    if missing:
        yield Finding("WRONG", "packages", f"missing: {', '.join(missing)}; run `make setup`")


def _settings(settings: "Settings") -> Iterator[Finding]:
    from sqlalchemy.engine import make_url

    from trend_assets.settings import HIDDEN

    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value and name in HIDDEN:
            value = "set, not shown"
        elif value and name.endswith("_url"):
            value = make_url(value).render_as_string()
        yield Finding("ok", name, f"{value}  ({_origin(settings, name)})")


def _origin(settings: "Settings", name: str) -> str:
    from trend_assets.settings import Settings, variable

    if name not in settings.model_fields_set:
        return "default"
    own = Settings.load()
    return variable(name) if name in own.model_fields_set and getattr(own, name) == getattr(settings, name) else "--lake"


def _surfaces(settings: "Settings") -> Iterator[Finding]:
    from trend_assets.capture.surfaces import load_surfaces

    own = Path(settings.lake).parent / "archives.yaml"
    found = load_surfaces(settings.surfaces, *([own] if own.exists() else []))
    archives = [surface for surface in found if surface.archive]
    yield Finding("ok", "surfaces", f"{len(found)}, {len(archives)} of them archives")
    for surface in archives:
        if surface.archive and not surface.archive.is_file():
            yield Finding(
                "note", "surfaces", f"the archive of {surface.id}, {surface.archive}, is gone: it cannot be loaded again"
            )


def _chromium(settings: "Settings") -> Iterator[Finding]:
    from playwright.sync_api import sync_playwright

    from trend_assets.net.chromium import find_chromium

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    try:
        yield Finding("ok", "chromium", str(find_chromium(settings.chromium, own)))
    except SettingsError as error:
        yield Finding("note", "chromium", str(error))


def _dagster(settings: "Settings") -> Iterator[Finding]:
    from trend_assets.settings import use

    if not (settings.dagster_home / "dagster.yaml").is_file():
        yield Finding("note", "dagster", f"{settings.dagster_home} has no dagster.yaml yet; the first run puts it there")
        return
    import dagster as dg

    use(settings)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        runs = instance.get_runs_count()
    kind = "PostgreSQL" if settings.dagster_storage_url else "SQLite"
    yield Finding("ok", "dagster", f"{runs} runs in {kind}, home {settings.dagster_home}")


def _postgres(settings: "Settings") -> Iterator[Finding]:
    import sqlalchemy as sa
    from sqlalchemy.engine import make_url

    for name in ("database_url", "dagster_pg_url"):
        url = getattr(settings, name)
        if not url or not url.startswith("postgresql"):
            continue
        shown = make_url(url).render_as_string()
        try:
            engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS})
            with engine.connect() as connection:
                version = connection.scalar(sa.text("SHOW server_version"))
            yield Finding("ok", "postgres", f"{shown}, version {version}")
        except sa.exc.SQLAlchemyError as error:
            text = f"{shown} does not answer ({str(error).splitlines()[0]}): start the server or correct TREND_{name.upper()}"
            yield Finding("WRONG", "postgres", text)


def _lake(settings: "Settings") -> Iterator[Finding]:
    from trend_assets.lake.lake import Lake
    from trend_assets.lake.tables import TABLES

    if not has_lake(settings):
        yield Finding("note", "lake", no_lake(settings))
        return
    lake, missing, rows = Lake(settings.lake), [], 0
    with lake.snapshot() as snapshot:
        for table in TABLES.values():
            if not (Path(settings.lake) / table.name / "_delta_log").is_dir():
                missing.append(table.name)
                continue
            snapshot.view(table, None, None)
            rows += int(snapshot.rows(f"SELECT count(*) FROM {table.name}")[0][0])
    if missing:
        yield Finding(
            "WRONG", "lake", f"without the tables {', '.join(missing)}; any run creates them: `trend-assets run --dirty`"
        )
    else:
        yield Finding("ok", "lake", f"{len(TABLES)} tables, {rows:,} rows")


def _ledger(settings: "Settings") -> Iterator[Finding]:
    import sqlalchemy as sa
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from trend_assets import ledger

    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).is_file():
        yield Finding("note", "ledger", f"there is no {file} yet; the first run creates it")
        return
    head = ScriptDirectory(str(Path(ledger.__file__).with_name("migrations"))).get_current_head()
    connect_args = {} if file != settings.database_url else {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    with sa.create_engine(settings.database_url, poolclass=sa.NullPool, connect_args=connect_args).connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision == head:
        yield Finding("ok", "ledger", f"revision {revision}")
    else:
        text = f"is at revision {revision}, not {head}; any command that opens it brings it up to date: `trend-assets trends`"
        yield Finding("WRONG", "ledger", text)


def _hours(settings: "Settings") -> Iterator[Finding]:
    work = _work(settings)
    if work is None:
        return
    from trend_assets.trends.spine import dirty_hours

    dirty, last = dirty_hours(work), work.ledger.last_hour()
    yield Finding(
        "ok" if last else "note", "last hour", f"{last:%Y-%m-%dT%H:00}" if last else "none was computed yet: load or capture"
    )
    if dirty:
        first = next(iter(dirty))
        text = f"{len(dirty)}, the first is {first:%Y-%m-%dT%H:00} ({dirty[first]}); run `trend-assets run --dirty`"
        yield Finding("note", "dirty hours", text)
    else:
        yield Finding("ok", "dirty hours", "none")
    yield from _uniqueness(work, bool(dirty))


def _uniqueness(work: Any, dirty: bool) -> Iterator[Finding]:
    """Check that what has to be unique over all of history is."""
    from trend_assets.lake.tables import ARTIFACTS, BUCKETS, CANDIDATES, CLUSTERS, EVIDENCE, LINKS

    keys = {table: ", ".join(table.key) for table in (EVIDENCE, ARTIFACTS, CLUSTERS, LINKS, BUCKETS, CANDIDATES)}
    problems = []
    with work.lake.snapshot() as snapshot:
        for table, key in keys.items():
            snapshot.view(table, None, None)
            twice = f"SELECT count(*) FROM (SELECT {key} FROM {table.name} GROUP BY ALL HAVING count(*) > 1)"
            problems += [f"{count} keys of {table.name} occur twice" for (count,) in snapshot.rows(twice) if count]
        orphans = """SELECT count(*) FROM (
            SELECT artifact_id, count(*) FILTER (role = 'primary') AS links FROM artifacts
            LEFT JOIN (SELECT artifact_id, hour, role FROM artifact_cluster_links) USING (artifact_id, hour)
            GROUP BY artifact_id, hour HAVING links <> 1)"""
        problems += [f"{count} artifacts have not exactly one primary link" for (count,) in snapshot.rows(orphans) if count]
    if not problems:
        yield Finding("ok", "uniqueness", "evidence, artifacts, clusters, links, buckets and candidates, over all history")
    elif dirty:
        yield Finding(
            "note", "uniqueness", f"{'; '.join(problems)}: expected while hours are dirty; run `trend-assets run --dirty`"
        )
    else:
        text = f"{'; '.join(problems)}, although no hour is dirty; compute the hours again: `trend-assets run --from … --to …`"
        yield Finding("WRONG", "uniqueness", text)


def _work(settings: "Settings") -> Any:
    """Return the stores, or None where opening them would create them."""
    from trend_assets.lake.lake import Lake
    from trend_assets.lake.tables import TABLES
    from trend_assets.ledger.ledger import Ledger
    from trend_assets.steps import Work

    file = Path(settings.database_url.removeprefix("sqlite:///"))
    complete = all((Path(settings.lake) / name / "_delta_log").is_dir() for name in TABLES)
    if not complete or (settings.database_url.startswith("sqlite") and not file.is_file()):
        return None
    return Work(Lake(settings.lake), Ledger(settings.database_url), now())


CHECKS: tuple[Check, ...] = (_versions, _settings, _surfaces, _chromium, _postgres, _dagster, _lake, _ledger, _hours)
