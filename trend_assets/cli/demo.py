"""`trend-assets demo`: two simulated days are captured from the sandbox, computed, and go on by themselves on Dagster's pages.

No network, no key: the platforms are imitated on this machine (docs/sandbox.md), and captured as the real ones would be.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from trend_assets.capture.configured import lake_surfaces
from trend_assets.capture.live import due_in
from trend_assets.capture.surfaces import Surface
from trend_assets.capture.visible import visible_runs
from trend_assets.cli.dev_server import interruptible, only_one, refuse_taken, show
from trend_assets.cli.sandbox import SEED
from trend_assets.definitions import CAPTURE, PIPELINE
from trend_assets.errors import SettingsError
from trend_assets.hours import HOUR, Span, floor_hour, spans, to_utc
from trend_assets.lake.tables import CANDIDATES
from trend_assets.launch import run_job
from trend_assets.net.chromium import installed_chromium
from trend_assets.resources import Stores
from trend_assets.sandbox.server import Running, running
from trend_assets.settings import Settings
from trend_assets.steps import Work
from trend_assets.trends.lifecycle import ENDED
from trend_assets.trends.spine import dirty_hours

FOLDER = Path(".demo")
HOURS = 48
PORT = 3000

_LINEAGE = "asset-groups?expanded=global%40global%3Acapture%2Cglobal%40global%3Atrends"


def demo(
    folder: Annotated[Path, typer.Option(help="Folder for the demo's data; a second start keeps what is there.")] = FOLDER,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of Dagster's pages, on this machine only.")] = PORT,
    hours: Annotated[int, typer.Option(min=1, max=168, help="How many hours back the captures begin.")] = HOURS,
    ui: Annotated[
        bool, typer.Option("--ui/--no-ui", help="Show Dagster's pages until Ctrl-C, or stop after computing.")
    ] = True,
) -> None:
    """Capture two simulated days of the platforms, compute them, and show how it goes on, on Dagster's pages."""
    if ui:
        refuse_taken(port)
    with interruptible(), only_one(folder):
        first = first_hour(folder, _running_hour() - hours * HOUR)
        with running(SEED) as box:
            settings = Settings.for_lake(
                folder, mode="sandbox", sandbox_url=f"http://127.0.0.1:{box.port}", first_hour=first, automation=True
            )
            hour = None
            while hour != _running_hour():  # one that begins meanwhile is captured too
                hour = _running_hour()
                fill(settings, Span(max(first, hour - hours * HOUR), hour + HOUR))
            typer.echo(_summary(settings))
            if ui:
                show(settings, port, _guide(f"http://localhost:{port}", folder, first, box))


def fill(settings: Settings, span: Span) -> None:
    """Capture and compute what is missing of the hours of the span: progress is printed."""
    work = _work(settings)
    missing = missing_hours(work, lake_surfaces(settings), span)
    if missing:
        _require_chromium(settings)
    else:
        typer.echo(f"The hours {span} are captured already. A new demo: make clean-demo.")
    for part in spans(missing):
        _timed(settings, CAPTURE, part, "Capturing")
    dirty = [hour for hour in dirty_hours(work) if hour in span]
    if dirty:
        _timed(settings, PIPELINE, Span(dirty[0], dirty[-1] + HOUR), "Computing")


def _timed(settings: Settings, job: str, span: Span, what: str) -> None:
    typer.echo(f"{what} the hours {span} in one run:")
    started = time.monotonic()
    run_job(settings, job, span, lambda step: typer.echo(f"  {step}"))
    typer.echo(f"{what} {len(span)} hours took {time.monotonic() - started:.0f} s.")


def missing_hours(work: Work, surfaces: Sequence[Surface], span: Span) -> list[datetime]:
    """Return the hours of the span in which a run has come due and is not there, or failed."""
    with work.lake.snapshot() as snapshot:
        visible_runs(snapshot, span)
        made = set(snapshot.rows("SELECT surface, slot FROM visible_runs WHERE status <> 'failed'"))
    due = due_in(surfaces, span, work.as_of)
    return sorted({floor_hour(run.slot) for run in due if (run.surface.id, run.slot) not in made})


def _running_hour() -> datetime:
    return floor_hour(to_utc(datetime.now(UTC)))


def first_hour(folder: Path, default: datetime) -> datetime:
    """Return the hour with which the demo in the folder begins: at its first start, the default."""
    kept = folder / "first_hour"
    if not kept.exists():
        written = kept.with_suffix(".new")
        written.write_text(default.isoformat(), encoding="utf-8")
        written.replace(kept)  # whole, or not at all
    return datetime.fromisoformat(kept.read_text(encoding="utf-8").strip())


def _require_chromium(settings: Settings) -> None:
    """Make sure that there is a Chromium; Playwright fetches its own where none is found.

    Raises:
        SettingsError: there is none, and it could not be fetched.
    """
    try:
        installed_chromium(settings.chromium)
    except SettingsError:
        typer.echo("There is no Chromium yet; Playwright fetches one …")
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        installed_chromium(settings.chromium)


def _summary(settings: Settings) -> str:
    with _work(settings).lake.snapshot() as snapshot:
        snapshot.view(CANDIDATES, None, None)
        statuses = dict(
            snapshot.rows(
                "SELECT status, count(*) FROM trend_candidates WHERE hour = (SELECT max(hour) FROM trend_candidates) GROUP BY 1"
            )
        )
        found = int(snapshot.rows("SELECT count(DISTINCT candidate_id) FROM trend_candidates")[0][0])
    under_way = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()) if status not in ENDED)
    return f"{found} candidates were found so far; now: {under_way or 'none is under way'}."


def _work(settings: Settings) -> Work:
    return Stores(lake=settings.lake, database_url=settings.database_url).work()


def _guide(site: str, folder: Path, first: datetime, box: Running) -> str:
    day = f"--from {first:%Y-%m-%dT%H} --to $(date -u +%Y-%m-%dT%H)"
    return f"""
Open {site}
  how data flows, asset by asset     {site}/{_LINEAGE}
  the trends, hour by hour           {site}/assets/trend_candidates
  did the surfaces deliver?          {site}/assets/coverage?view=checks
  what has run                       {site}/runs
  what runs by itself, and when      {site}/automation
On an asset's page, "Show Markdown" opens its pictures. Surfaces are captured on the hour and on the half hour; a sensor
computes the hour when its captures have landed.

Try next, in another terminal
  trend-assets trends --lake {folder}
  trend-assets explain KEY --lake {folder}                  (a key of that list)
  what is true of the simulated world, and how much of it was found:
    trend-assets sandbox --truth {day} > truth.jsonl
    trend-assets eval --truth truth.jsonl --lake {folder}
  let TikTok answer "too many requests", and see what its next capture says:
    curl -X POST {box.control}/faults -d '{{"platform": "tiktok", "fault": "rate_limited"}}'
  or, on an asset's page: Materialize, choose a range of hours, and one run captures or computes them again

Ctrl-C stops it. The data stays in {folder}."""
