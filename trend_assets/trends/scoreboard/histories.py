"""Recorded histories as tables: what each hour's last list of a surface shows."""

from pathlib import Path

import pandas as pd

from trend_assets.capture.replay import archive_runs, archive_surfaces
from trend_assets.hours import HOUR, Span
from trend_assets.trends.detector import LEVEL

COUNTS = ("view_count", "like_count", "comment_count", "use_count", "gauge")


def read(path: Path, platform: str, surface_type: str) -> pd.DataFrame:
    """Return the sightings of a recorded history of one surface, of each hour those of its last run that has items.

    Columns: series (the item), hour, rank (where none is reported the place in the list, from 1), and the counts of `COUNTS`,
    which are missing where they are unknown. Ordered by hour and rank.

    Raises:
        PayloadError: the file is not a known archive of that kind of surface.
    """
    surfaces, hours = archive_surfaces(path, platform, surface_type)
    runs = archive_runs(path, surfaces, Span.over(hours))
    rows = [
        (item.platform_item_id, run.hour, run.captured_at, item.rank or place, *(getattr(item, name) for name in COUNTS))
        for run in runs
        for place, item in enumerate(run.parsed.items, start=1)
    ]
    table = pd.DataFrame(rows, columns=["series", "hour", "captured_at", "rank", *COUNTS])
    last = table.captured_at == table.groupby("hour").captured_at.transform("max")
    kept = table[last].drop(columns="captured_at").drop_duplicates(["series", "hour"])
    return kept.astype(dict.fromkeys(COUNTS, "Float64")).sort_values(["hour", "rank"], ignore_index=True)


def described(sightings: pd.DataFrame) -> str:
    """Return the span and size of a history in words."""
    first, last = sightings.hour.min(), sightings.hour.max()
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, {sightings.hour.nunique():,} captured hours"


def levels(sightings: pd.DataFrame, level: pd.Series) -> pd.DataFrame:
    """Return what is shown as a level (heat, points of an hour) as series for a detector.

    An hour without a sighting is not known; those before the first sight are empty as far as the list was captured.
    """
    captured = pd.Series(sorted(sightings.hour.unique()))
    first = sightings.groupby("series").hour.transform("min")
    watched = captured.searchsorted(first) - captured.searchsorted(first - LEVEL)
    empty = (watched * (sightings.hour == first)).astype(int)
    return _series(sightings, level, pd.Series(0.0, index=sightings.index)).assign(empty_before=empty)


def growth(sightings: pd.DataFrame, count: pd.Series) -> pd.DataFrame:
    """Return the hourly growth of a count that only grows as series for a detector.

    The growth since the sighting before is booked in the later hour. At first sight it is unknown, as it was before: that an
    item was on no list does not say that it did not grow.
    """
    before = sightings.assign(count=count).groupby("series")[["hour", "count"]].shift()
    hours = (sightings.hour - before.hour).dt.total_seconds() / HOUR.total_seconds()
    return _series(sightings, (count - before["count"]).clip(lower=0) / hours, rounding(count) / hours)


def rounding(count: pd.Series) -> pd.Series:
    """Return the steps in which counts are shown: tenths of thousands, millions and billions where they are such, else 0."""
    steps = pd.Series(0.0, index=count.index)
    for unit, step in ((1e4, 1e2), (1e6, 1e5), (1e9, 1e8)):
        steps = steps.mask((count >= unit) & (count % step == 0), step)
    return steps


def _series(sightings: pd.DataFrame, values: pd.Series, doubt: pd.Series) -> pd.DataFrame:
    """Return series whose values are known unless missing."""
    return pd.DataFrame(
        {
            "series": sightings.series,
            "bucket_start": sightings.hour,
            "value": values.fillna(0).astype(float),
            "doubt": doubt.fillna(0).astype(float),
            "known": values.notna(),
        }
    )
