"""`trend-assets trends`: what is trending in an hour."""

from typing import Annotated, Any

import typer

from trend_assets.cli.printing import echo_json, echo_table, examples, number, when
from trend_assets.cli.stores import JsonOption, LakeOption, dirty_notice, last_hour, open_stores, settings_of

AtOption = Annotated[str | None, typer.Option("--at", metavar="HOUR", help="Hour, like 2022-04-14T10:00 (UTC).")]
LIMIT = 20


_EXAMPLES = (
    "trend-assets trends --lake .demo",
    "trend-assets trends --at 2022-04-14T10 --limit 5 --json",
)


def trends(
    at: AtOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most candidates to show.")] = LIMIT,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """List the open candidates of an hour, the highest score first; without --at, of the last hour that was computed."""
    from trend_assets.hours import parse_hour
    from trend_assets.trends.episodes import open_candidates

    wanted = parse_hour(at) if at else None
    work = open_stores(settings_of(lake))
    hour = wanted or last_hour(work)
    notice = dirty_notice(work, hour)
    found = open_candidates(work.lake, hour)
    if notice:
        typer.echo(notice, err=True)
    if as_json:
        for row in found[:limit]:
            echo_json({**row, "out_of_date": notice is not None})
        return
    header = ("status", "score", "velocity", "since", "name", "key")
    echo_table(header, [_cells(row) for row in found[:limit]])
    typer.echo(f"{len(found)} open candidates at {hour:%Y-%m-%dT%H:00} (UTC){_more(len(found), limit)}.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(trends)


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    status = f"{row['status']} (provisional)" if row["provisional"] else row["status"]
    score, velocity = number(row["trend_score"]), number(row["velocity"])
    return status, score, velocity, when(row["detected_at"]), row["display_name"], row["cluster_key"]


def _more(found: int, shown: int) -> str:
    return f", {shown} shown" if found > shown else ""
