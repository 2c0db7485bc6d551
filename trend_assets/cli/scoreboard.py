"""`trend-assets scoreboard`: what the detectors find in recordings whose outcome is known."""

from pathlib import Path
from typing import Annotated

import typer

from trend_assets.cli.printing import examples
from trend_assets.errors import PayloadError

_EXAMPLES = ("trend-assets scoreboard --recordings ../shared/data --out docs/scoreboard.md",)


def scoreboard(
    recordings: Annotated[Path, typer.Option("--recordings", help="Folder of the recordings: ground_truth, weibo, tiktok, …")],
    out: Annotated[Path, typer.Option("--out", help="Page to write; its picture goes beside it.")],
) -> None:
    """Measure all detectors on the recordings, and write the page of their numbers and its picture. Takes a minute or two."""
    from trend_assets.trends.scoreboard import TASKS
    from trend_assets.trends.scoreboard.page import write

    if not recordings.is_dir():
        raise PayloadError(f"There is no folder of recordings {recordings}.")
    tasks = []
    for name, measure in TASKS.items():
        typer.echo(f"{name} …", err=True)
        tasks.append(measure(recordings))
    typer.echo(f"Written: {out} and {write(tasks, out)}.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scoreboard", epilog=examples(*_EXAMPLES))(scoreboard)
