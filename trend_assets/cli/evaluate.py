"""`trend-assets eval`: how good the detector is on hours whose truth is known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_assets.cli.printing import echo_json, echo_table, examples, number
from trend_assets.cli.stores import FromOption, JsonOption, LakeOption, ToOption, open_stores, settings_of, span_of
from trend_assets.errors import PayloadError, UnknownNameError

if TYPE_CHECKING:
    from trend_assets.hours import Span
    from trend_assets.steps import Work

_EXAMPLES = (
    "trend-assets eval --truth truth.jsonl --lake .demo",
    "trend-assets eval --truth truth.jsonl --from 2026-03-01T06 --to 2026-03-02T23 --json",
)


def evaluate(
    truth: Annotated[Path, typer.Option("--truth", help="Truth: JSON lines, as `trend-assets sandbox --truth` prints them.")],
    first: FromOption = None,
    last: ToOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the candidates of a lake with the truth: precision, recall, time to detect, false candidates.

    An episode is true when the truth has a trend of its cluster and it was detected between the trend's onset and two hours
    after its end. Recall is over the trends whose onset and peak lie in the hours asked about; without --from and --to these
    are all hours that were computed. A number that cannot be told is unknown (null).
    """
    from trend_assets.trends.episodes import cluster_hours, detections
    from trend_assets.trends.evaluation import evaluate as compare
    from trend_assets.trends.evaluation import read_truth

    if not truth.is_file():
        raise PayloadError(f"{truth} is a folder, not a file." if truth.is_dir() else f"There is no file {truth}.")
    known = read_truth(truth.read_text(encoding="utf-8-sig", errors="replace").split("\n"))
    settings = settings_of(lake)
    work = open_stores(settings)
    span = _span(work, first, last)
    found = compare(known, detections(work.lake, span, settings.detector), cluster_hours(work.lake, span), span)
    if as_json:
        echo_json(found)
    else:
        _show(found, span)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("eval", epilog=examples(*_EXAMPLES))(evaluate)


def _span(work: "Work", first: str | None, last: str | None) -> "Span":
    from trend_assets.hours import parse_hour, parse_last_hour

    computed = work.ledger.settled()
    if not computed:
        raise UnknownNameError(f"No hour of {work.lake.root} was computed yet; compute them with `trend-assets run --dirty`.")
    return span_of(parse_hour(first) if first else min(computed), parse_last_hour(last) if last else max(computed))


def _show(found: dict[str, Any], span: "Span") -> None:
    delays = found["hours_to_detect"]
    quartiles = (number(delays[name]) for name in ("lower_quartile", "upper_quartile"))
    echo_table(
        ("measure", "value", "of"),
        [
            (
                "precision",
                number(found["precision"], 2),
                f"{found['true_episodes']} of {found['episodes']} episodes",
            ),
            ("recall", number(found["recall"], 2), f"{found['found_trends']} of {found['trends']} trends were found"),
            ("hours to detect", number(delays["median"]), f"median; quartiles {' and '.join(quartiles)}"),
            (
                "false per 1,000",
                number(found["false_per_1000_cluster_hours"], 2),
                f"cluster-hours, of which there are {found['cluster_hours']:,}",
            ),
        ],
    )
    typer.echo("")
    rows = [
        (kind, one["episodes"], one["false_episodes"], one["cluster_hours"], number(one["false_per_1000_cluster_hours"], 2))
        for kind, one in found["kinds"].items()
    ]
    echo_table(("kind", "episodes", "false", "cluster-hours", "false per 1,000"), rows)
    typer.echo(f"{len(span)} hours, {span}; an episode may come {found['grace_hours']} h after a trend's end.")
