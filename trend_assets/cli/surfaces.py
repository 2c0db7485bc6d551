"""`trend-assets surfaces`: what is captured, how often, and what is expected of it."""

from typing import TYPE_CHECKING, Any

import typer

from trend_assets.cli.printing import echo_json, echo_table, examples
from trend_assets.cli.stores import JsonOption, LakeOption, settings_of

if TYPE_CHECKING:
    from trend_assets.capture.surfaces import Surface


_EXAMPLES = (
    "trend-assets surfaces",
    "trend-assets surfaces --lake .demo --json",
)


def surfaces(as_json: JsonOption = False, lake: LakeOption = None) -> None:
    """List the configured surfaces and the archives loaded into the lake; says what is wrong with the YAML file."""
    from trend_assets.capture.configured import archives_file
    from trend_assets.capture.surfaces import load_surfaces

    settings = settings_of(lake)
    own = archives_file(settings)
    configured = load_surfaces(settings.surfaces)
    if own.exists():  # archives and live captures never mix in a lake
        configured = tuple(surface.model_copy(update={"enabled": False}) for surface in configured)
    found = [*configured, *(load_surfaces(own) if own.exists() else ())]
    if as_json:
        for surface in found:
            echo_json(_row(surface))
    else:
        header = ("surface", "cadence", "minimum", "requests", "priority", "enabled", "archive")
        echo_table(header, [_cells(surface) for surface in found])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(surfaces)


def _row(surface: "Surface") -> dict[str, Any]:
    row = surface.model_dump()
    return {**row, "archive": str(surface.archive) if surface.archive else None}


def _cells(surface: "Surface") -> tuple[object, ...]:
    cadence = f"{surface.cadence_minutes} min" if surface.cadence_minutes else "irregular"
    enabled = "archive" if surface.archive else "yes" if surface.enabled else "no"
    archive = surface.archive.name if surface.archive else ""
    return surface.id, cadence, surface.min_items, surface.requests_per_run, surface.priority, enabled, archive
