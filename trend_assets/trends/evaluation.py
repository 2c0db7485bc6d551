"""How good a detector is where the truth is known: precision, recall, time to detect, false candidates per 1,000 cluster-hours.

The truth is a file of JSON lines, one object per cluster key: `cluster_key_type`, `cluster_key`, `kind` (trend, evergreen,
spam, bots), and of a trend its `onset`, `peak` and `end` (ISO with a zone); other fields are not read. Only a trend should be
found.
Plain values in and out; where candidates are read is `episodes`.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from trend_assets.errors import PayloadError
from trend_assets.hours import HOUR, Span, to_utc

GRACE_HOURS = 2
"""An episode that is detected this long after a trend's end still counts: posts are captured, and hours end, after the fact."""
UNKNOWN = "unknown"
"""Kind of the clusters that the truth does not name."""
KINDS = ("trend", "evergreen", "spam", "bots", UNKNOWN)
_MOST_PROBLEMS = 10
_DIGITS = 4

ClusterKey = tuple[str, str]
"""Key type and key."""
Moment = Annotated[AwareDatetime, AfterValidator(to_utc)]


class Phenomenon(BaseModel):
    """One line of the truth. Times are naive UTC once read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    cluster_key_type: Literal["audio_id", "hashtag", "entity", "phrase"]
    cluster_key: str
    kind: Literal["trend", "evergreen", "spam", "bots"]
    onset: Moment | None = None
    peak: Moment | None = None
    end: Moment | None = None

    @model_validator(mode="after")
    def _has_its_times(self) -> Self:
        if self.kind == "trend":
            Trend.of(self)
        return self

    @property
    def key(self) -> ClusterKey:
        """Key type and key."""
        return self.cluster_key_type, self.cluster_key


@dataclass(frozen=True, slots=True)
class Trend:
    """What should be found, and when it went on."""

    key: ClusterKey
    onset: datetime
    peak: datetime
    end: datetime

    @classmethod
    def of(cls, phenomenon: Phenomenon) -> "Trend":
        """Return the trend that a line of the truth describes.

        Raises:
            ValueError: its times are missing or not in their order.
        """
        onset, peak, end = phenomenon.onset, phenomenon.peak, phenomenon.end
        if onset is None or peak is None or end is None or not onset <= peak <= end:
            raise ValueError("a trend needs its times, onset <= peak <= end")
        return cls(phenomenon.key, onset, peak, end)

    def is_found_by(self, detected_at: datetime) -> bool:
        """Return whether an episode of its cluster that was detected at this time is this trend."""
        return self.onset <= detected_at <= self.end + GRACE_HOURS * HOUR


@dataclass(frozen=True, slots=True)
class Detection:
    """An episode of a cluster, and the time at which it was detected (naive UTC)."""

    key: ClusterKey
    detected_at: datetime


def read_truth(lines: Iterable[str]) -> list[Phenomenon]:
    """Return what the lines of a truth file say; empty lines are skipped.

    Raises:
        PayloadError: lines that are not of the form, up to ten of them, with their numbers.
    """
    found, problems = [], []
    for number, line in enumerate(lines, start=1):
        try:
            found += [Phenomenon.model_validate_json(line)] if line.strip() else []
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            place = ".".join(map(str, problem["loc"])) or "the line"
            problems.append(f"line {number}: {place}: {problem['msg']}")
    if problems:
        raise PayloadError(f"{len(problems)} lines are no truth:\n" + "\n".join(problems[:_MOST_PROBLEMS]))
    return found


def evaluate(
    truth: Iterable[Phenomenon], detections: Iterable[Detection], cluster_hours: Mapping[ClusterKey, int], span: Span
) -> dict[str, Any]:
    """Return how good the detections of a span are; a number whose denominator is zero is None.

    `cluster_hours` has the rows of cluster_buckets in the span by cluster. Precision: the share of episodes that are a trend
    (same cluster, detected between its onset and its end + grace). Recall: the share of the trends with onset and peak in the
    span that an episode found. Time to detect: hours from the onset to the first such episode.
    """
    known = list(truth)
    trends: dict[ClusterKey, list[Trend]] = defaultdict(list)
    for phenomenon in known:
        if phenomenon.kind == "trend":
            trends[phenomenon.key].append(Trend.of(phenomenon))
    episodes = [one for one in detections if span.start < one.detected_at <= span.end]
    wrong = [one for one in episodes if not any(trend.is_found_by(one.detected_at) for trend in trends.get(one.key, ()))]
    due = [trend for of_key in trends.values() for trend in of_key if trend.onset >= span.start and trend.peak <= span.end]
    delays = [delay for trend in due if (delay := _delay(trend, episodes)) is not None]
    return {
        "from": span.start,
        "to": span.end,
        "grace_hours": GRACE_HOURS,
        "episodes": len(episodes),
        "true_episodes": len(episodes) - len(wrong),
        "precision": _ratio(len(episodes) - len(wrong), len(episodes)),
        "trends": len(due),
        "found_trends": len(delays),
        "recall": _ratio(len(delays), len(due)),
        "hours_to_detect": _quartiles(delays),
        "cluster_hours": sum(cluster_hours.values()),
        "false_per_1000_cluster_hours": _ratio(1_000 * len(wrong), sum(cluster_hours.values())),
        "kinds": _by_kind(_kinds(known), episodes, wrong, cluster_hours),
    }


def _delay(trend: Trend, episodes: Iterable[Detection]) -> float | None:
    """Return the hours from the onset to the first episode that is the trend."""
    found = [one.detected_at for one in episodes if one.key == trend.key and trend.is_found_by(one.detected_at)]
    return (min(found) - trend.onset) / timedelta(hours=1) if found else None


def _kinds(truth: Iterable[Phenomenon]) -> dict[ClusterKey, str]:
    """Return the kind of each cluster: that of its first line, unless another one says that it is a trend."""
    kinds: dict[ClusterKey, str] = {}
    for phenomenon in truth:
        if phenomenon.kind == "trend":
            kinds[phenomenon.key] = phenomenon.kind
        kinds.setdefault(phenomenon.key, phenomenon.kind)
    return kinds


def _by_kind(
    kinds: Mapping[ClusterKey, str], episodes: list[Detection], wrong: list[Detection], hours: Mapping[ClusterKey, int]
) -> dict[str, dict[str, Any]]:
    """Return episodes, false ones and cluster-hours by kind. Of a trend, false is what is detected outside of its time."""
    detected = Counter(kinds.get(one.key, UNKNOWN) for one in episodes)
    false = Counter(kinds.get(one.key, UNKNOWN) for one in wrong)
    rows: Counter[str] = Counter()
    for key, count in hours.items():
        rows[kinds.get(key, UNKNOWN)] += count
    return {
        kind: {
            "episodes": detected[kind],
            "false_episodes": false[kind],
            "cluster_hours": rows[kind],
            "false_per_1000_cluster_hours": _ratio(1_000 * false[kind], rows[kind]),
        }
        for kind in KINDS
    }


def _quartiles(values: list[float]) -> dict[str, float | None]:
    """Return the quartiles, interpolated between the nearest values; of one value all are that one."""
    names = ("lower_quartile", "median", "upper_quartile")
    if not values:
        return dict.fromkeys(names)
    cuts = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return {name: round(cut, _DIGITS) for name, cut in zip(names, cuts, strict=True)}


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, _DIGITS) if whole else None
