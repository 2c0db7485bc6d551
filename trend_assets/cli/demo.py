"""`trend-assets demo`: a small made-up history is recorded, computed and shown on Dagster's pages. No network, no key.

What is in the history is told by `sandbox/history.py`.
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from trend_assets.capture.replay import archive_surfaces
from trend_assets.capture.surfaces import Surface, load_surfaces, save_surfaces
from trend_assets.cli.dev_server import INTERRUPTS, dagster_dev, refuse_taken, tail
from trend_assets.definitions import REPLAY, archives_file
from trend_assets.errors import PermanentError
from trend_assets.hours import HOUR, Span, floor_hour
from trend_assets.instance_storage import prepare_dagster_home
from trend_assets.lake.tables import CANDIDATES
from trend_assets.launch import run_job
from trend_assets.resources import Stores
from trend_assets.sandbox.history import record
from trend_assets.settings import Settings, use
from trend_assets.steps import Work
from trend_assets.trends.lifecycle import ENDED
from trend_assets.trends.spine import dirty_hours

FOLDER = Path(".demo")
HOURS = 72
SEED = 1
PORT = 3000

_LINEAGE = "asset-groups?expanded=global%40global%3Acapture%2Cglobal%40global%3Atrends"


def demo(
    folder: Annotated[Path, typer.Option(help="Folder for the demo's data; a second start keeps what is there.")] = FOLDER,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of Dagster's pages, on this machine only.")] = PORT,
    ui: Annotated[
        bool, typer.Option("--ui/--no-ui", help="Show Dagster's pages until Ctrl-C, or stop after computing.")
    ] = True,
) -> None:
    """Fill a folder with a small made-up history, compute it, and show it on Dagster's pages until Ctrl-C."""
    settings = Settings.for_lake(folder)
    with _interruptible():
        if ui:
            refuse_taken(port)
        run_id = fill(settings, datetime.now(UTC))
        typer.echo(_summary(settings))
        if ui:
            _show(settings, port, run_id, folder)


def fill(settings: Settings, now: datetime) -> str:
    """Record the history and compute its hours, unless that has been done; returns the run's id, empty when there was none."""
    if not archives_file(settings).exists():
        first = floor_hour(now) - HOURS * HOUR
        typer.echo(f"Recording {HOURS} made-up hours of TikTok and Reddit, from {first:%Y-%m-%d %H:00} UTC.")
        _record(settings, first)
    span = _span(settings)
    if not _is_due(_work(settings), span):
        typer.echo(f"The hours {span} are there already. A new demo: make clean-demo.")
        return ""
    typer.echo(f"Computing the hours {span} in one run:")
    started = time.monotonic()
    run_id = run_job(settings, REPLAY, span, lambda step: typer.echo(f"  {step}"))
    typer.echo(f"{len(span)} hours computed in {time.monotonic() - started:.0f} s.")
    return run_id


def _record(settings: Settings, first: datetime) -> None:
    """Write the history as archive files, and the list of their surfaces last: with it the record is complete."""
    listed = archives_file(settings)
    listed.parent.mkdir(parents=True, exist_ok=True)
    history = record(SEED, first, HOURS)
    surfaces: list[Surface] = []
    for platform, surface_type, lines in (("tiktok", "discover", history.discover), ("reddit", "rising", history.rising)):
        path = listed.with_name(f"{platform}_{surface_type}.jsonl")
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        surfaces += archive_surfaces(path, platform, surface_type)[0]
    save_surfaces(listed, surfaces)


def _span(settings: Settings) -> Span:
    first = min(surface.first_hour for surface in load_surfaces(archives_file(settings)) if surface.first_hour)
    return Span(first, first + HOURS * HOUR)


def _is_due(work: Work, span: Span) -> bool:
    """Return whether some hour was never computed, or has to be again."""
    known = work.ledger.settled()
    return any(hour not in known for hour in span) or any(hour in span for hour in dirty_hours(work))


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
    return f"{found} trends were found in them; at the end: {under_way or 'none is under way'}."


def _work(settings: Settings) -> Work:
    return Stores(lake=settings.lake, database_url=settings.database_url).work()


def _show(settings: Settings, port: int, run_id: str, folder: Path) -> None:
    """Start Dagster's pages and wait for Ctrl-C.

    Raises:
        PermanentError: they could not be started, or ended by themselves.
    """
    use(settings)
    prepare_dagster_home(settings.dagster_home)
    log = Path(settings.dagster_home) / "dagster-dev.log"
    typer.echo("Starting Dagster …")
    try:
        with dagster_dev(port, log) as child:
            typer.echo(_guide(f"http://localhost:{port}", run_id, folder))
            _wait(child)
            raise PermanentError(f"Dagster ended with code {child.returncode}. The end of {log}:\n{tail(log)}")
    except KeyboardInterrupt:
        typer.echo("Stopped.")


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait()
    except KeyboardInterrupt:
        typer.echo("Stopping …")
        raise


def _guide(site: str, run_id: str, folder: Path) -> str:
    run = f"runs/{run_id}" if run_id else "runs"
    return f"""
Open {site}
  how data flows, asset by asset    {site}/{_LINEAGE}
  the trends, hour by hour          {site}/assets/trend_candidates
  did the surfaces deliver?         {site}/assets/coverage?view=checks
  what the run did                  {site}/{run}
On an asset's page, "Show Markdown" opens its pictures.

Try next, in another terminal
  trend-assets trends --lake {folder}
  trend-assets explain tiktok:#tinygarden --lake {folder}
  trend-assets sql "select * from candidate_transitions order by hour" --lake {folder}
  or, on an asset's page: Materialize, choose a range of hours, and one run computes them again

Ctrl-C stops it. The data stays in {folder}."""


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make SIGTERM and a closed terminal end the command like Ctrl-C does, so that nothing it started is left.

    Ctrl-C is set as well: a process in the background begins with it ignored, and so would Dagster below it.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
