"""Task 1: volumes of the Numenta Anomaly Benchmark, scored as the benchmark does.

Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms - the Numenta Anomaly Benchmark" (2015): each labelled
anomaly has a window. The earliest alarm in a window counts up to 1, the less the later; a window without alarm costs the
profile's weight of a miss; an alarm outside of windows costs up to the profile's weight of a false positive, less right
after a window. The sum is scaled so that no alarm at all scores 0 and a perfect detector 100.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from trend_assets.trends.rivals import DETECTORS
from trend_assets.trends.scoreboard.figures import Figure, Flags, Floats, Integers, Task, interval
from trend_assets.trends.scoreboard.scored import Detector, scored

NAME = "nab"
FILES = ("AAPL", "AMZN", "CRM", "CVS", "FB")
BUCKET = timedelta(minutes=5)
WEEK_ROWS = int(timedelta(days=7) / BUCKET)
PROBATION_SHARE, PROBATION_ROWS = 0.15, 750
"""The start of a file that is not scored: this share of its rows, at most so many."""
FAR = 3.0
"""Widths behind a window from which on a false positive costs its full weight."""
RANKS, THRESHOLDS = (1e-5, 0.3), 400
"""Thresholds that are tried: so many, between these shares of the rows with a positive score."""
NEARBY = 1.25
EVERY_BUCKET = "standard, every bucket an alarm"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of mistake costs in an application."""

    name: str
    false_positive: float
    miss: float


PROFILES = (Profile("standard", 0.11, 1.0), Profile("low FP", 0.22, 1.0), Profile("low FN", 0.11, 2.0))


@dataclass(frozen=True, slots=True)
class Labels:
    """What an alarm in each row of a file is worth."""

    window: Integers
    """The number of the row's window, -1 outside of windows and -2 where nothing is scored."""
    worth: Floats
    """1 at the start of a window to nearly 0 at its end; behind it down to -1, as before the first."""

    @property
    def windows(self) -> list[int]:
        """Numbers of the windows that are scored, wholly or in part."""
        return sorted(set(self.window[self.window >= 0].tolist()))


@dataclass(frozen=True, slots=True)
class Scores:
    """What a detector says of the rows of a file; not a number where it says nothing."""

    score: Floats
    recent: Floats
    """The highest score of the refractory time before."""

    def alarms(self, threshold: float, *, once: bool) -> Flags:
        """Return the rows that reach the threshold; `once`: and the recent ones did not."""
        reached = self.score >= threshold
        return reached & ~(self.recent >= threshold) if once else reached


def label(rows: int, windows: Sequence[tuple[int, int]]) -> Labels:
    """Return the labels of a file, whose windows are given by their first and last row, ascending."""
    window, worth = np.full(rows, -1, dtype=np.int64), np.full(rows, -1.0)
    place = np.arange(rows)
    for number, (first, last) in enumerate(windows):
        inside, width = slice(first, last + 1), last - first + 1
        window[inside] = number
        worth[inside] = _sigmoid((place[inside] - last - 1) / width) / _sigmoid(np.float64(-1))
        behind = (place[last + 1 :] - last) / (width - 1)
        worth[last + 1 :] = np.where(behind >= FAR, -1.0, _sigmoid(np.minimum(behind, FAR)))
    window[: min(int(PROBATION_SHARE * rows), PROBATION_ROWS)] = -2
    return Labels(window, worth)


def _sigmoid(place: Floats | np.float64) -> Floats:
    """Return the benchmark's scaled sigmoid: nearly 1 at -1, 0 at 0, nearly -1 at 1."""
    return np.asarray(2 / (1 + np.exp(5 * place)) - 1)


def points(alarms: Flags, labels: Labels, profile: Profile) -> Floats:
    """Return what the alarms bring, booked in the row that brings it; a missed window in its first scored row."""
    found = np.where(alarms & (labels.window == -1), profile.false_positive * labels.worth, 0.0)
    for number in labels.windows:
        rows = np.flatnonzero(labels.window == number)
        hits = rows[alarms[rows]]
        if len(hits):
            found[hits[0]] = labels.worth[hits[0]]
        else:
            found[rows[0]] = -profile.miss
    return found


def normalized(total: float, windows: int, profile: Profile) -> float:
    """Return the points on the scale from 0 (no alarm at all) to 100 (perfect)."""
    return 100 * (total + profile.miss * windows) / ((1 + profile.miss) * windows)


def chosen_threshold(scores: Sequence[Scores], labels: Sequence[Labels], profile: Profile, *, once: bool) -> float:
    """Return the threshold that brings most points on these files.

    The points of a threshold are averaged with those of its neighbours, which up to `NEARBY` times as many or as few rows
    reach: few windows decide, and the very best threshold is mostly luck. Order and counts of scores matter, not their scale.
    """
    positive = np.concatenate([file.score[file.score > 0] for file in scores])
    steps = np.quantile(positive, 1 - np.geomspace(*RANKS, THRESHOLDS))
    totals = [
        sum(float(points(file.alarms(step, once=once), of, profile).sum()) for file, of in zip(scores, labels, strict=True))
        for step in steps
    ]
    reach = round(np.log(NEARBY) / np.log(RANKS[1] / RANKS[0]) * (THRESHOLDS - 1))
    smooth = np.convolve(np.pad(totals, reach, mode="edge"), np.full(2 * reach + 1, 1 / (2 * reach + 1)), mode="valid")
    return float(steps[int(np.argmax(smooth))])


def measure(folder: Path, detectors: Mapping[str, Detector] = DETECTORS) -> Task:
    """Return how the detectors do on the recorded volumes, the threshold for each file chosen on the others.

    `folder` is that of the recordings.
    """
    volumes = _volumes(folder / "ground_truth")
    labels = _labels(folder / "ground_truth", volumes)
    figures = []
    for name, score_sql in detectors.items():
        said = dict(list(scored(volumes, BUCKET, score_sql).groupby("series")))
        scores = [Scores(said[file].score.to_numpy(), said[file].recent.to_numpy()) for file in FILES]
        figures += [_figure(name, profile.name, scores, labels, profile, once=True) for profile in PROFILES]
        figures.append(_figure(name, EVERY_BUCKET, scores, labels, PROFILES[0], once=False))
    times = volumes.bucket_start
    return Task(
        NAME,
        "Volumes with labelled anomalies",
        f"Numenta Anomaly Benchmark, realTweets: {len(FILES)} files of mentions per 5 minutes, {len(volumes):,} rows, "
        f"{times.min():%Y-%m-%d} to {times.max():%Y-%m-%d}, {sum(len(of.windows) for of in labels)} labelled windows",
        tuple(figures),
    )


def _figure(name: str, what: str, scores: list[Scores], labels: list[Labels], profile: Profile, *, once: bool) -> Figure:
    brought, due = [], []
    for left_out, (file, of) in enumerate(zip(scores, labels, strict=True)):
        others = [number for number in range(len(scores)) if number != left_out]
        threshold = chosen_threshold([scores[n] for n in others], [labels[n] for n in others], profile, once=once)
        weeks = np.arange(len(of.window)) // WEEK_ROWS
        brought.append(np.bincount(weeks, points(file.alarms(threshold, once=once), of, profile)))
        firsts = [int(np.flatnonzero(of.window == number)[0]) for number in of.windows]
        due.append(np.bincount(weeks[firsts], minlength=int(weeks[-1]) + 1))
    by_week, windows = np.concatenate(brought), np.concatenate(due)

    def drawn(weeks: Integers) -> float | None:
        count = int(windows[weeks].sum())
        return normalized(float(by_week[weeks].sum()), count, profile) if count else None

    return Figure(NAME, name, what, drawn(np.arange(len(by_week))), *interval(len(by_week), drawn))


def _volumes(folder: Path) -> pd.DataFrame:
    """Return the recorded volumes as series, one per file."""
    read = (pd.read_csv(folder / f"nab_Twitter_volume_{file}.csv.gz").assign(series=file) for file in FILES)
    rows = pd.concat(read, ignore_index=True)
    return rows.assign(bucket_start=pd.to_datetime(rows.pop("timestamp")))


def _labels(folder: Path, volumes: pd.DataFrame) -> list[Labels]:
    windows = json.loads((folder / "nab_labels.json").read_text())["windows"]
    found = []
    for file in FILES:
        times = volumes.bucket_start[volumes.series == file].to_numpy()
        ends = pd.to_datetime(np.array(windows[f"realTweets/Twitter_volume_{file}.csv"]).ravel()).to_numpy().reshape(-1, 2)
        found.append(label(len(times), [(int(a), int(b)) for a, b in np.searchsorted(times, ends)]))
    return found
