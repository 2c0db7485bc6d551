"""`trend-assets health`: which surfaces deliver, and why others do not."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typer

from trend_assets.cli.printing import echo_json, echo_table, examples, number, when
from trend_assets.cli.stores import JsonOption, LakeOption, dirty_notice, last_hour, open_stores, settings_of
from trend_assets.cli.trends import AtOption

if TYPE_CHECKING:
    from trend_assets.capture.states import SurfaceState

DEGRADED = 1
"""Exit code when a surface does not deliver what is expected of it, or nothing is known of any."""
LATE = timedelta(hours=2, minutes=15)
"""An hour is computed twenty minutes after its end: where none was for so long after the last one's start, it stands still."""

_EXAMPLES = (
    "trend-assets health --lake .demo",
    "trend-assets health --at 2022-04-14T10 --json",
)


def health(at: AtOption = None, as_json: JsonOption = False, lake: LakeOption = None) -> None:
    """Show how each surface fares: at an hour, or at the last one that was computed.

    Exit code 1 if any surface is not good, if nothing is known of any, or if a live lake stands still.
    """
    from trend_assets.capture.configured import archives_file, lake_surfaces
    from trend_assets.capture.states import surface_states
    from trend_assets.hours import parse_hour

    wanted = parse_hour(at) if at else None
    settings = settings_of(lake)
    work = open_stores(settings)
    hour = wanted or last_hour(work)
    if notice := dirty_notice(work, hour):
        typer.echo(notice, err=True)
    surfaces = [surface.id for surface in lake_surfaces(settings)]
    states = surface_states(work.lake, hour, surfaces)
    if as_json:
        for state in states:
            echo_json(state.to_json())
    else:
        ordered = sorted(states, key=lambda state: (state.good, state.last_good or datetime.min, state.surface))  # noqa: DTZ901
        echo_table(("surface", "status", "hour", "last good", "items", "complete", "reason"), [_cells(s) for s in ordered])
        good = sum(state.good for state in states)
        typer.echo(f"{good} of {len(states)} surfaces are good at {hour:%Y-%m-%dT%H:00} (UTC), the worst first.")
        if silent := sorted({*surfaces} - {state.surface for state in states}):
            typer.echo(f"Nothing is known of {', '.join(silent)}: they were not due in the week before.")
    late = not wanted and not archives_file(settings).exists() and work.as_of - hour > LATE
    if late:
        typer.echo("No later hour was computed: is `trend-assets live` (or `demo`) running?", err=True)
    if late or not states or not all(state.good for state in states):
        raise typer.Exit(DEGRADED)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(health)


def _cells(state: "SurfaceState") -> tuple[object, ...]:
    complete = None if state.completeness is None else f"{number(100 * state.completeness, 0)} %"
    status = f"{state.status} (provisional)" if state.provisional else state.status
    return state.surface, status, when(state.hour), when(state.last_good), state.items, complete, state.reason
