"""`trend-assets run`: compute hours from what was captured, as Dagster runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from trend_assets.cli.printing import clean, examples
from trend_assets.cli.stores import FromOption, LakeOption, ToOption, open_stores, settings_of, span_of

if TYPE_CHECKING:
    from trend_assets.hours import Span
    from trend_assets.settings import Settings
    from trend_assets.steps import Work


_EXAMPLES = (
    "trend-assets run --from 2022-04-14T10 --to 2022-04-15T09",
    "trend-assets run --dirty --lake .demo",
)


def run(
    first: FromOption = None,
    last: ToOption = None,
    dirty: Annotated[bool, typer.Option("--dirty", help="Every hour that is out of date, until none is left.")] = False,
    lake: LakeOption = None,
) -> None:
    """Compute a range of hours in one run, or all that are out of date.

    Hours go out of date by late captures, removals, other code, and by changes of earlier hours that they read. --dirty says
    why for each, then runs them in ascending order. Both --from and --to are hours that are computed; without --to it is the
    one hour or day of --from.
    """
    from trend_assets.hours import parse_hour, parse_last_hour
    from trend_assets.settings import use

    if dirty == bool(first or last) or (last and not first):
        raise typer.BadParameter("Give --from (and --to), or --dirty.")
    span = None if first is None else span_of(parse_hour(first), parse_last_hour(last or first))
    settings = settings_of(lake)
    work = open_stores(settings)
    use(settings)
    if span is None:
        _run_dirty(settings, work)
    else:
        _run_span(settings, span)
        typer.echo(f"{len(span)} hours computed: {span}.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(run)


def _run_dirty(settings: "Settings", work: "Work") -> None:
    from trend_assets.hours import HOUR
    from trend_assets.trends import spine

    told: dict[object, str] = {}
    computed = 0
    for span in spine.run_dirty(work, execute=lambda _work, span: _run_span(settings, span)):
        reasons = spine.dirty_hours(work)
        for hour, reason in reasons.items():
            if told.get(hour) != reason:
                typer.echo(f"{hour:%Y-%m-%dT%H:00}  {clean(reason)}")
                told[hour] = reason
        computed += len(span)
        typer.echo(f"computing {len(span)} hours, {span.start:%Y-%m-%dT%H:00} … {span.end - HOUR:%Y-%m-%dT%H:00}", err=True)
    typer.echo(f"{computed} hours computed, none is out of date now." if computed else "Nothing to do: no hour is out of date.")


def _run_span(settings: "Settings", span: "Span") -> None:
    from trend_assets.definitions import PIPELINE
    from trend_assets.launch import run_job

    run_job(settings, PIPELINE, span, lambda step: typer.echo(f"  {step}", err=True))
