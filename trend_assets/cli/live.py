"""`trend-assets live`: the enabled surfaces are captured from the real platforms, hour by hour, shown on Dagster's pages."""

from typing import TYPE_CHECKING, Annotated

import typer

from trend_assets.cli.printing import examples
from trend_assets.cli.stores import LakeOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trend_assets.capture.surfaces import Surface

PORT = 3000

_EXAMPLES = ("trend-assets live", "TREND_SURFACES=mine.yaml trend-assets live --lake mine --port 3001")


def live(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Port of Dagster's pages, on this machine only.")
    ] = PORT,
    lake: LakeOption = None,
) -> None:
    """Capture the enabled surfaces by themselves and compute their hours, until Ctrl-C. Nothing is simulated.

    Captures begin with the next full or half hour. The past cannot be captured: trends need some hours to show.
    """
    from trend_assets.capture.configured import lake_surfaces
    from trend_assets.cli.dev_server import interruptible, only_one, refuse_taken, show
    from trend_assets.errors import SettingsError
    from trend_assets.settings import Settings

    changes: dict[str, object] = {"mode": "live", "automation": True}
    settings = Settings.for_lake(lake, **changes) if lake else Settings.load(**changes)
    surfaces = lake_surfaces(settings)
    if not surfaces or any(surface.archive for surface in surfaces):
        raise SettingsError(f"The lake {settings.lake} holds archives, or no surface is enabled: name another one with --lake.")
    refuse_taken(port)
    with interruptible(), only_one(settings.state):
        show(settings, port, _guide(f"http://localhost:{port}", settings.lake, surfaces))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(live)


def _guide(site: str, lake: str, surfaces: "Sequence[Surface]") -> str:
    listed = "\n".join(f"  {surface.id:28} every {surface.cadence_minutes} minutes" for surface in surfaces)
    return f"""
Captured by themselves, from the platforms, without an account:
{listed}
TikTok may show a login wall or nothing at all to a browser that it does not know; its capture then fails and says so, and the
hours go on with what there is (docs/operations.md). To begin at once: {site}/assets/capture, Materialize.

Open {site}
  what runs by itself, and when      {site}/automation
  did the surfaces deliver?          {site}/assets/coverage?view=checks
  the trends, hour by hour           {site}/assets/trend_candidates

The lake is {lake}. Ctrl-C stops everything; the data stays."""
