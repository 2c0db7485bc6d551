"""`trend-assets health`: which surfaces deliver, and why others do not."""

from typing import TYPE_CHECKING

import typer

from trend_assets.cli.printing import echo_json, echo_table, examples, number, when
from trend_assets.cli.stores import JsonOption, LakeOption, dirty_notice, last_hour, open_stores, settings_of
from trend_assets.cli.trends import AtOption

if TYPE_CHECKING:
    from trend_assets.capture.states import SurfaceState

DEGRADED = 1
"""Exit code when a surface does not deliver what is expected of it."""

_EXAMPLES = (
    "trend-assets health --lake .demo",
    "trend-assets health --at 2022-04-14T10 --json",
)


def health(at: AtOption = None, as_json: JsonOption = False, lake: LakeOption = None) -> None:
    """Show how each surface fares: at an hour, or at the last one that was computed. Exit code 1 if any is not good."""
    from trend_assets.capture.states import surface_states
    from trend_assets.hours import parse_hour

    wanted = parse_hour(at) if at else None
    work = open_stores(settings_of(lake))
    hour = wanted or last_hour(work)
    if notice := dirty_notice(work, hour):
        typer.echo(notice, err=True)
    states = surface_states(work.lake, hour)
    if as_json:
        for state in states:
            echo_json(state.to_json())
    else:
        # The worst first.
        ordered = sorted(states, key=lambda state: (state.good, state.last_good or state.hour, state.surface))
        echo_table(("surface", "status", "hour", "last good", "items", "complete", "reason"), [_cells(s) for s in ordered])
        bad = sum(not state.good for state in states)
        typer.echo(f"{len(states) - bad} of {len(states)} surfaces are good at {hour:%Y-%m-%dT%H:00} (UTC).")
    if not all(state.good for state in states):
        raise typer.Exit(DEGRADED)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(health)


def _cells(state: "SurfaceState") -> tuple[object, ...]:
    complete = None if state.completeness is None else f"{number(100 * state.completeness, 0)} %"
    return state.surface, state.status, when(state.hour), when(state.last_good), state.items, complete, state.reason
