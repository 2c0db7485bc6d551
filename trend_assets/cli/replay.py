"""`trend-assets replay`: recorded history becomes captures, hour by hour, and is computed, as one Dagster run."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_assets.cli.printing import clean, echo_json, echo_table, examples, number, when
from trend_assets.cli.stores import FromOption, JsonOption, LakeOption, ToOption, open_stores, settings_of, span_of
from trend_assets.errors import PayloadError, SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from trend_assets.capture.surfaces import Surface
    from trend_assets.hours import Span
    from trend_assets.settings import Settings


MOST_EMPTY_DAYS = 366
"""Longest gap between captures that is computed."""

_EXAMPLES = (
    "trend-assets replay --platform tiktok --surface-type discover --file discover.jsonl.gz --lake mine",
    "trend-assets replay --platform tiktok --surface-type discover --file d.csv --from 2022-04-14T10 --to 2022-04-16T09 --json",
)


def replay(
    platform: Annotated[str, typer.Option("--platform", help="Platform of the archive, for example tiktok.")],
    surface_type: Annotated[str, typer.Option("--surface-type", help="Kind of surface, for example discover.")],
    file: Annotated[Path, typer.Option("--file", help="Archive: CSV or JSON lines, plain or gz; told from its content.")],
    first: FromOption = None,
    last: ToOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load recorded history into the lake and find the trends in it.

    Both --from and --to are hours that are computed; without them it is the file's own hours. They may reach beyond the file:
    hours without captures say that nothing was seen. Loading a file again changes nothing. Without --lake the lake is that of
    the archive mode.

    With --json, one object per candidate episode: cluster_key_type, cluster_key, display_name, detected_at, activated_at,
    peaked_at, stale_at, peak_score, status, evidence (URLs).
    """
    from trend_assets.capture.replay import archive_surfaces
    from trend_assets.hours import parse_hour, parse_last_hour
    from trend_assets.settings import use

    if not file.is_file():
        raise PayloadError(f"{file} is a folder, not a file." if file.is_dir() else f"There is no file {file}.")
    start, end = parse_hour(first) if first else None, parse_last_hour(last) if last else None
    settings = settings_of(lake, "archive")
    found, hours = archive_surfaces(file, platform, surface_type)
    span = span_of(start or hours[0], end or hours[-1])
    _check(span, hours)
    use(settings)
    registered = _register(settings, found, span.start)
    _run(settings, span, registered)
    _report(settings, span, lake, as_json)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(replay)


def _check(span: "Span", captured: Sequence["datetime"]) -> None:
    """Refuse hours that are to come, and long gaps: one wrong time in a file or a slip in an option makes years of empty hours.

    Raises:
        HourError: they are not to be computed.
    """
    from trend_assets.errors import HourError
    from trend_assets.launch import refuse_future

    refuse_future(span)
    inside = [hour for hour in captured if hour in span]
    for before, after in pairwise([span.start, *inside, span.end]):
        if (after - before).days > MOST_EMPTY_DAYS:
            raise HourError(
                f"Nothing was captured between {before:%Y-%m-%dT%H:00} and {after:%Y-%m-%dT%H:00}, for {(after - before).days} "
                "days: name the hours to compute with --from and --to, without such a gap."
            )


def _register(settings: "Settings", found: Sequence["Surface"], start: "datetime") -> list["Surface"]:
    """Add the archive's surfaces to those of the lake. The first hour of a lake never moves to a later one.

    Raises:
        SettingsError: the lake holds live or simulated captures: those and archives never mix.
    """
    from filelock import FileLock

    from trend_assets.capture.configured import archives_file
    from trend_assets.capture.surfaces import load_surfaces, save_surfaces

    path = archives_file(settings)
    if not path.exists() and _has_captures(settings):
        raise SettingsError(f"The lake {settings.lake} holds captures that are no archive's: name another folder with --lake.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):  # two replays at once must not lose each other's surfaces
        before = {surface.id: surface for surface in load_surfaces(path)} if path.exists() else {}
        registered = []
        for surface in found:
            known = before.get(surface.id)
            firsts = [start, *([known.first_hour] if known and known.first_hour else [])]
            registered.append(surface.model_copy(update={"first_hour": min(firsts)}))
        save_surfaces(path, {**before, **{surface.id: surface for surface in registered}}.values())
    return registered


def _has_captures(settings: "Settings") -> bool:
    from trend_assets.lake.tables import CAPTURE_RUNS

    if not Path(settings.lake).exists():
        return False
    with open_stores(settings).lake.snapshot() as snapshot:
        snapshot.view(CAPTURE_RUNS, None, None)
        return bool(snapshot.rows("SELECT 1 FROM capture_runs LIMIT 1"))


def _run(settings: "Settings", span: "Span", surfaces: Sequence["Surface"]) -> None:
    names = clean(", ".join(surface.id for surface in surfaces))
    typer.echo(f"{names}: {len(span)} hours, {span}, in one Dagster run", err=True)
    from trend_assets.definitions import REPLAY
    from trend_assets.launch import run_job

    run_id = run_job(settings, REPLAY, span, lambda step: typer.echo(f"  {step}", err=True), surfaces=surfaces)
    typer.echo(f"run {run_id} done", err=True)


def _report(settings: "Settings", span: "Span", lake: Path | None, as_json: bool) -> None:
    from trend_assets.trends.episodes import episodes

    found = episodes(open_stores(settings).lake, span)
    if as_json:
        for episode in found:
            echo_json(episode)
        return
    header = ("detected", "active", "peaked", "ended", "peak score", "status", "name", "key")
    echo_table(header, [_cells(episode) for episode in found])
    typer.echo(f"{len(found)} episodes in {len(span)} hours ({span}).")
    folder = lake or Path(settings.lake).parent
    typer.echo(f"Next: trend-assets trends --lake {folder}; trend-assets explain KEY --lake {folder}", err=True)


def _cells(episode: dict[str, Any]) -> tuple[object, ...]:
    times = (when(episode[name]) for name in ("detected_at", "activated_at", "peaked_at", "stale_at"))
    score = number(episode["peak_score"])
    return *times, score, episode["status"], episode["display_name"], episode["cluster_key"]
