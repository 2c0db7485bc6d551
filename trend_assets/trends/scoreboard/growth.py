"""Task 3: which sounds and hashtags of TikTok's discover list will grow five times in a week, told hours after first sight."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from trend_assets.hours import HOUR
from trend_assets.trends.detector import DAY, LEVEL, THRESHOLD, score_sql
from trend_assets.trends.rivals import DETECTORS
from trend_assets.trends.scoreboard.figures import Figure, Flags, Floats, Integers, Task, auc, interval, precision_at
from trend_assets.trends.scoreboard.histories import described, growth, read
from trend_assets.trends.scoreboard.scored import Detector, scored

NAME = "growth"
LIST = "tiktok/discover_hourly_t_2022-03-24_2022-04-24.jsonl.gz"
FROZEN = "tiktok/discover_exploreList_www_6hourly_2024-03-29_2024-04-30.jsonl.gz"
TIMES = 5
FOLLOWED = LEVEL
AGES = (3, 6, 12, 24)
"""Hours after first sight at which it is told."""
MOST = 10


def measure(folder: Path, detectors: Mapping[str, Detector] = DETECTORS) -> Task:
    """Return how well the highest score so far tells what will grow, and the alarms on a list that does not move."""
    sightings = _sightings(folder / LIST)
    asked, grows = outcomes(sightings)
    figures = []
    for name, detector in detectors.items():
        said = scored(growth(sightings, sightings["count"]), HOUR, detector)
        for age in AGES:
            figures += _figures(name, age, _highest(said, asked, age), grows)
    figures.append(Figure(NAME, "baseline", "alarms on the frozen list", float(_alarms_on_frozen(folder / FROZEN))))
    return Task(
        NAME,
        f"Sounds and hashtags that grow {TIMES} times within a week",
        f"TikTok discover, {described(sightings)}: {len(asked)} sounds and hashtags that came after the first hour and a week "
        f"or more before the end, {int(grows.sum())} of which grow",
        tuple(figures),
    )


def outcomes(sightings: pd.DataFrame) -> tuple[pd.Series, Flags]:
    """Return the first hours of the items that can be judged, by item, and whether their count grows as much in time.

    Items of the first hour are not judged: nobody knows when they came. An item that leaves the list is known to have grown
    as far as it was seen.
    """
    by_item = sightings.groupby("series")
    first = by_item.hour.min()
    asked = first[(first > sightings.hour.min()) & (first + FOLLOWED <= sightings.hour.max())]
    inside = sightings[sightings.hour <= sightings.series.map(first) + FOLLOWED]
    most, start = inside.groupby("series")["count"].max(), by_item["count"].first()
    return asked, (most >= TIMES * start)[asked.index].to_numpy(dtype=bool)


def _sightings(path: Path) -> pd.DataFrame:
    """Return the sightings of what is counted: uses of a sound, views of a hashtag."""
    found = read(path, "tiktok", "discover")
    return found.assign(count=found.use_count.fillna(found.view_count)).dropna(subset="count")


def _highest(said: pd.DataFrame, asked: pd.Series, age: int) -> Floats:
    """Return each item's highest score up to an age."""
    early = said[said.bucket_start <= said.series.map(asked) + age * HOUR]
    return early.groupby("series").score.max().reindex(asked.index).to_numpy(dtype=float)


def _figures(name: str, age: int, scores: Floats, grows: Flags) -> list[Figure]:
    def area(items: Integers) -> float | None:
        return auc(scores[items], grows[items])

    def precise(items: Integers) -> float | None:
        return precision_at(MOST, scores[items], grows[items])

    everything = np.arange(len(scores))
    return [
        Figure(NAME, name, f"{what} at {age} h", of(everything), *interval(len(scores), of))
        for what, of in (("AUC", area), (f"precision@{MOST}", precise))
    ]


def _alarms_on_frozen(path: Path) -> int:
    """Return the baseline's alarms after the first day on a list that hardly ever changes."""
    sightings = _sightings(path)
    said = scored(growth(sightings, sightings["count"]), HOUR, score_sql)
    late = said.bucket_start > sightings.hour.min() + DAY
    return int((late & (said.score >= THRESHOLD) & ~(said.recent >= THRESHOLD)).sum())
