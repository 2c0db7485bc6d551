"""Task 6: whether the lifecycle says `peaked` when a burst has peaked, and how often it changes its mind.

Yang and Leskovec, "Patterns of Temporal Variation in Online Media" (2011): hashtags around their highest hour, smoothed.
"""

import gzip
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from trend_assets.hours import HOUR
from trend_assets.lake.engine import connect
from trend_assets.trends import detector, scoring
from trend_assets.trends.buckets import NOVELTY_HOURS, SILENT_HOURS
from trend_assets.trends.lifecycle import Episode, Hour, advance
from trend_assets.trends.scoreboard.figures import Figure, Floats, Integers, Task, interval
from trend_assets.trends.scoreboard.scored import scored

NAME = "bursts"
FILE = "ground_truth/snap_TwtHtag_1000x128h.txt.gz"
TOLERANCE = 6
"""Hours between the highest hour and `peaked`, either way, that are right."""
_START = datetime(2009, 6, 1)  # noqa: DTZ001 - any hour: the file has none
_OUTSIDE = {name: 0 for name in scoring.INPUTS if name not in ("activity", "velocity", "hours_since_first")}

Told = Callable[[pd.DataFrame], pd.DataFrame]
"""Adds score, promoted and velocity (whose sign counts) to series, for the lifecycle."""


def baseline(series: pd.DataFrame) -> pd.DataFrame:
    """Return what the baseline says: promoted at its threshold, moved by the smoothed course."""
    said = scored(series, HOUR, detector.score_sql)
    return said.assign(promoted=said.score >= detector.THRESHOLD, velocity=said.course)


def heuristic(series: pd.DataFrame) -> pd.DataFrame:
    """Return what seed 004 §9 says of activity alone: no counters, no authors, first sight out of sight."""
    buckets = series.assign(activity=series.value, velocity=series.groupby("series").value.diff(), **_OUTSIDE)
    with connect() as connection:
        connection.register("buckets", buckets.assign(hours_since_first=NOVELTY_HOURS))
        return connection.execute(
            f"SELECT *, trend_score AS score FROM ({scoring.score_sql('buckets')}) ORDER BY series, bucket_start"
        ).df()


LIFECYCLES: Mapping[str, Told] = {"heuristic": heuristic, "baseline": baseline}


def measure(folder: Path, lifecycles: Mapping[str, Told] = LIFECYCLES) -> Task:
    """Return how well each detector's lifecycle follows the recorded bursts."""
    volumes = _volumes(folder / FILE)
    hours = volumes.shape[1]
    series = pd.DataFrame(
        {
            "series": np.repeat(np.arange(len(volumes)), hours),
            "bucket_start": np.tile([_START + hour * HOUR for hour in range(hours)], len(volumes)),
            "value": volumes.ravel(),
        }
    )
    highest = volumes.argmax(axis=1)
    figures = [
        figure
        for name, told in lifecycles.items()
        for figure in _figures(name, [transitions(rows) for _, rows in told(series).groupby("series")], highest)
    ]
    return Task(
        NAME,
        "Bursts of hashtags",
        f"SNAP, {len(volumes):,} hashtags of 2009, {hours} hours each, highest in hour {int(np.median(highest))}",
        tuple(figures),
    )


def transitions(rows: pd.DataFrame) -> list[tuple[int, str]]:
    """Return the states that a series of hours goes through, each with the number of the hour that brings it."""
    found = list[tuple[int, str]]()
    episode: Episode | None = None
    for number, now in enumerate(_hours(rows)):
        status = episode.status if episode else ""
        episode = advance(episode, now)
        if episode and episode.status != status:
            found.append((number, episode.status))
    return found


def _hours(rows: pd.DataFrame) -> Iterator[Hour]:
    silent = 0
    for row in rows.to_dict("records"):
        silent = min(silent + 1, SILENT_HOURS) if row["value"] == 0 else 0
        velocity, score = (None if pd.isna(row[name]) else float(row[name]) for name in ("velocity", "score"))
        yield Hour(row["bucket_start"], False, velocity, score, bool(row["promoted"]), row["value"] > 0, silent)


def _figures(name: str, courses: list[list[tuple[int, str]]], highest: Integers) -> list[Figure]:
    peaked = [next((hour for hour, status in course if status == "peaked"), None) for course in courses]
    right = [hour is not None and abs(hour - top) <= TOLERANCE for hour, top in zip(peaked, highest, strict=True)]
    measures: dict[str, Floats] = {
        "share detected": np.array([float(bool(course)) for course in courses]),
        f"share first peaked within {TOLERANCE} h": np.array(right, dtype=float),
        "state changes per burst": np.array([float(len(course)) for course in courses]),
    }
    return [_mean(name, what, values) for what, values in measures.items()]


def _mean(name: str, what: str, values: Floats) -> Figure:
    def drawn(bursts: Integers) -> float:
        return float(values[bursts].mean())

    return Figure(NAME, name, what, float(values.mean()), *interval(len(values), drawn))


def _volumes(path: Path) -> Floats:
    """Return the volumes: bursts × hours. Every second line of the file is one."""
    with gzip.open(path, "rt") as lines:
        return np.array([[float(value) for value in line.split()] for line in list(lines)[1::2]])
