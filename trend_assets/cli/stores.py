"""Which lake a command works on, and its stores. A command that reads does not create a lake."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trend_assets.errors import UnknownNameError

if TYPE_CHECKING:
    from trend_assets.hours import Span
    from trend_assets.settings import Settings
    from trend_assets.steps import Work

MODES = ("live", "sandbox", "archive")

LakeOption = Annotated[
    Path | None,
    typer.Option(
        "--lake", metavar="DIR", help="Folder with a lake, its ledger and its Dagster home; else the settings' (TREND_MODE, …)."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line instead of a table.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="HOUR", help="First hour, like 2022-04-14T10:00 (UTC).")]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="HOUR", help="Last hour: it is one of the hours. A day means its last one.")
]


def settings_of(lake: Path | None, mode: str | None = None) -> "Settings":
    """Return the settings of the folder, or those of the environment (in `mode`, unless TREND_MODE names one)."""
    from trend_assets.settings import Settings

    if lake is not None:
        return Settings.for_lake(lake)
    settings = Settings.load(mode=mode) if mode else Settings.load()
    if mode is None and not has_lake(settings) and settings.model_fields_set.isdisjoint({"mode", "lake"}):
        others = [other for other in lakes(settings) if other.name in MODES]
        if len(others) == 1:
            typer.echo(f"There is no live lake yet; this is the one of the mode {others[0].name} (TREND_MODE).", err=True)
            return Settings.load(mode=others[0].name)
    return settings


def now() -> datetime:
    """Return the time, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def open_stores(settings: "Settings") -> "Work":
    """Return the lake and the ledger of settings.

    Raises:
        UnknownNameError: there is no lake yet.
    """
    from trend_assets.lake.lake import Lake
    from trend_assets.ledger.ledger import Ledger
    from trend_assets.steps import Work

    if not has_lake(settings):
        raise UnknownNameError(no_lake(settings))
    lake = Lake(settings.lake)
    lake.create_tables()  # those that came with a newer version
    return Work(lake, Ledger(settings.database_url), now())


def has_lake(settings: "Settings") -> bool:
    """Return whether the lake's folder holds any table."""
    return any(Path(settings.lake).glob("*/_delta_log"))


def lakes(settings: "Settings") -> list[Path]:
    """Return the folders of the modes that have a lake."""
    return sorted(path.parent for path in settings.home.glob("*/lake") if any(path.glob("*/_delta_log")))


def no_lake(settings: "Settings") -> str:
    """Say that there is no lake, and where there are some."""
    others = lakes(settings)
    known = f" There is one with --lake {others[0]}." if others else ""
    return (
        f"There is no lake at {settings.lake}.{known} Load recorded history with `trend-assets replay`, "
        "try `trend-assets demo`, or name the folder of a lake with --lake."
    )


def span_of(first: datetime, last: datetime) -> "Span":
    """Return the hours from `first` to `last`, both included.

    Raises:
        HourError: the last one is earlier.
    """
    from trend_assets.errors import HourError
    from trend_assets.hours import HOUR, Span

    if last < first:
        raise HourError(f"--to {last:%Y-%m-%dT%H:00} is before --from {first:%Y-%m-%dT%H:00}.")
    return Span(first, last + HOUR)


def last_hour(work: "Work") -> datetime:
    """Return the last hour that was computed.

    Raises:
        UnknownNameError: none was.
    """
    hour = work.ledger.last_hour()
    if hour is None:
        raise UnknownNameError(f"No hour of {work.lake.root} was computed yet; compute them with `trend-assets run --dirty`.")
    return hour


def dirty_notice(work: "Work", hour: datetime) -> str | None:
    """Say that the hour was never computed, or that it or an earlier one is out of date; None when all is well."""
    from trend_assets.trends.spine import dirty_hours

    if work.ledger.settled().get(hour, ("", ""))[1] == "":
        return f"The hour was never computed; the last one that was is {last_hour(work):%Y-%m-%dT%H:00}."
    dirty = dirty_hours(work)
    if hour in dirty:
        return f"The hour is out of date ({dirty[hour]}): run `trend-assets run --dirty`."
    earlier = sum(1 for other in dirty if other < hour)
    return f"{earlier} earlier hours are out of date and may change it: run `trend-assets run --dirty`." if earlier else None
