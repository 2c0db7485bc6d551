"""Tasks 4 and 5: which newcomers of a list will reach its top, told an hour after first sight.

A newcomer was first seen outside the top in an hour whose hour before was captured too, and seen again exactly one hour later,
still outside. It rises when it is in the top in one of the next hours, which were all captured. What is measured is the later
part of the recording.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from trend_assets.hours import HOUR
from trend_assets.trends.rivals import DETECTORS
from trend_assets.trends.scoreboard.figures import Figure, Flags, Floats, Integers, Task, auc, interval, precision_at
from trend_assets.trends.scoreboard.histories import described, levels, read
from trend_assets.trends.scoreboard.scored import Detector, scored

TOP = 10
TESTED_SHARE = 0.5
"""The later part of the newcomers; the earlier part is for whoever trains a model."""
MOST = 100


@dataclass(frozen=True, slots=True)
class History:
    """A list whose newcomers are judged."""

    task: str
    title: str
    path: str
    platform: str
    surface_type: str
    level: str
    """The count that says how much a newcomer is talked about."""
    adds_up: bool
    """Whether the count is a total, of which an hour's part is what came since the hour before."""
    hours: int
    """In so many hours it must reach the top."""


HISTORIES = (
    History(
        "weibo",
        "Topics that reach the top 10 of Weibo within 6 hours",
        "weibo/hot_search_hourly_2024-12-01_2024-12-21.jsonl.gz",
        "weibo",
        "hot_search",
        "gauge",
        adds_up=False,
        hours=6,
    ),
    History(
        "hackernews",
        "Stories that reach the top 10 of Hacker News within 3 hours",
        "hackernews/frontpage_15min_2025-04-28_2025-05-18.csv.gz",
        "hackernews",
        "front_page",
        "like_count",
        adds_up=True,
        hours=3,
    ),
)


def measure(history: History, folder: Path, detectors: Mapping[str, Detector] = DETECTORS) -> Task:
    """Return how well each detector's score, and each feature alone, tells which newcomers rise."""
    sightings = read(folder / history.path, history.platform, history.surface_type)
    asked = newcomers(sightings, history.hours)
    later = asked[asked.hour >= asked.hour.quantile(1 - TESTED_SHARE)]
    rises = later.rises.to_numpy(dtype=bool)
    told = {name: scores.loc[later.index] for name, scores in features(sightings, asked, history.level).items()}
    counts = sightings[history.level]
    before = counts.groupby(sightings.series).shift().fillna(0) if history.adds_up else 0
    series = levels(sightings, (counts - before).clip(lower=0))
    for name, detector in detectors.items():
        said = scored(series, HOUR, detector).set_index(["series", "bucket_start"]).score
        told[name] = said.reindex(pd.MultiIndex.from_frame(later[["series", "hour"]]))
    figures = [
        figure
        for name, scores in told.items()
        for figure in _figures(history.task, name, scores.to_numpy(dtype=float, na_value=np.nan), rises)
    ]
    return Task(
        history.task,
        history.title,
        f"{described(sightings)}; {len(later):,} newcomers from {later.hour.min():%Y-%m-%d} on, {int(rises.sum())} rise",
        tuple(figures),
    )


def newcomers(sightings: pd.DataFrame, hours: int) -> pd.DataFrame:
    """Return the second sightings of newcomers whose next hours are known, and whether they rise: series, hour, rank, rises."""
    captured = set(sightings.hour)
    seen = sightings.sort_values(["series", "hour"])
    by_item = seen.groupby("series")
    first, place = by_item.hour.transform("min"), by_item.cumcount()
    outside = seen["rank"] > TOP
    follows = (place == 1) & (seen.hour == first + HOUR) & outside & outside.shift(fill_value=False)
    known = np.array(
        [
            start - HOUR in captured and all(hour + step * HOUR in captured for step in range(1, hours + 1))
            for start, hour in zip(first, seen.hour, strict=True)
        ]
    )
    asked = seen[follows & known]
    top = seen[~outside].merge(asked[["series", "hour"]], on="series", suffixes=("_top", ""))
    soon = top[(top.hour_top > top.hour) & (top.hour_top <= top.hour + hours * HOUR)]
    return asked[["series", "hour", "rank"]].assign(rises=asked.series.isin(soon.series)).sort_values("hour")


def features(sightings: pd.DataFrame, asked: pd.DataFrame, level: str) -> dict[str, pd.Series]:
    """Return what a single look tells of each newcomer: its place, how far it climbed, its level and how that grew."""
    before = sightings.sort_values(["series", "hour"]).groupby("series")[["rank", level]].shift().loc[asked.index]
    now = sightings.loc[asked.index]
    return {
        "place alone": -now["rank"],
        "places climbed alone": before["rank"] - now["rank"],
        "level alone": now[level],
        "growth of the level alone": now[level] / before[level].clip(lower=1),
    }


def _figures(task: str, name: str, scores: Floats, rises: Flags) -> list[Figure]:
    def area(newcomers: Integers) -> float | None:
        return auc(scores[newcomers], rises[newcomers])

    def precise(newcomers: Integers) -> float | None:
        return precision_at(MOST, scores[newcomers], rises[newcomers])

    everything = np.arange(len(scores))
    return [
        Figure(task, name, what, of(everything), *interval(len(scores), of))
        for what, of in (("AUC", area), (f"precision@{MOST}", precise))
    ]
