"""The smallest single change of a bucket that would cross the promotion threshold (docs/spine.md §6).

A quantity is what a person would change: the views, the authors, the age. Changing it changes its column of the bucket and the
columns that cannot stay as they are then, and nothing else; the formula scores the changed rows. Where in its range a
quantity crosses is searched for, in parts in which more of it can only help or only harm.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trend_assets.lake.lake import Snapshot
from trend_assets.lake.tables import BUCKETS
from trend_assets.trends.buckets import NOVELTY_HOURS
from trend_assets.trends.scoring import FULL_ACTIVITY, FULL_ENGAGEMENT, FULL_VELOCITY, FULL_VIEWS, INPUTS, score_sql

Bucket = Mapping[str, Any]
Range = tuple[int, int]

FINE = 10_000
"""Steps per unit of an amount: amounts have 4 digits."""
PROBES = 31
"""Values that one round of the search looks at, evenly spread over what is left of each range."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something about a bucket that can be more or less. Values are counted in steps, of which a unit has `scale`."""

    name: str
    column: str
    ranges: Callable[[Bucket], list[Range]]
    """The possible values, in parts in which more can only help or only harm."""
    consequences: Callable[[Bucket, Any], Mapping[str, Any]] = lambda _bucket, _value: {}
    """Other columns that cannot stay as they are."""
    scale: int = 1
    full: int = 1
    """How many units of it are much; only orders changes from nothing."""
    absent: int = -1
    """The steps that stand for no value: nearer to which end of the range it is."""

    def current(self, bucket: Bucket) -> int:
        """Return the steps of the bucket's value."""
        value = bucket[self.column]
        return self.absent if value is None else round(value * self.scale)

    def value(self, steps: int) -> int | Decimal:
        """Return the value of so many steps."""
        return steps if self.scale == 1 else Decimal(steps) / self.scale

    def columns(self, bucket: Bucket, steps: int) -> dict[str, Any]:
        """Return the bucket's columns that change when the quantity has this value."""
        value = self.value(steps)
        return {self.column: value, **self.consequences(bucket, value)}


@dataclass(frozen=True, slots=True)
class Change:
    """What it takes of one quantity, everything else being as it is, to cross the threshold."""

    quantity: str
    current: int | float | Decimal | None
    """None when it is unknown."""
    needed: int | Decimal | None
    """The nearest value that crosses; None when no value alone does."""
    columns: Mapping[str, Any]
    """The bucket's columns as they would be."""
    score: float | None
    """The score there."""
    relative: float | None
    """Size of the change as a share of the current value; None when that is nothing or unknown."""


@dataclass(slots=True)
class _Search:
    """Where between two values a quantity crosses: not yet at `near`, certainly at `far`."""

    quantity: Quantity
    near: int
    far: int
    score: float = 0.0

    def probes(self) -> list[int]:
        """Return the values to look at next, from near to far."""
        gap = abs(self.far - self.near)
        sign = 1 if self.far > self.near else -1
        count = min(PROBES, gap - 1)
        return [self.near + sign * (gap * index // (count + 1)) for index in range(1, count + 1)]


def _growth(column: str) -> Callable[[Bucket, Any], Mapping[str, Any]]:
    """Without new posts all of an amount is growth."""
    return lambda bucket, value: {} if bucket["artifact_count"] else {column: value}


def _most_by_one(bucket: Bucket, authors: int) -> Range:
    """Return the least and the most posts that the busiest of so many authors can have."""
    posts = bucket["authored_count"]
    return -(-posts // authors), posts - authors + 1


def _authors(bucket: Bucket, authors: int) -> Mapping[str, Any]:
    least, most = _most_by_one(bucket, authors)
    return {"max_author_artifacts": min(max(bucket["max_author_artifacts"], least), most)}


def _author_ranges(bucket: Bucket) -> list[Range]:
    return [(1, bucket["authored_count"])] if bucket["authored_count"] else []


def _busiest_ranges(bucket: Bucket) -> list[Range]:
    return [_most_by_one(bucket, bucket["unique_authors"])] if bucket["unique_authors"] else []


def _post_ranges(bucket: Bucket) -> list[Range]:
    """Return none without posts, and not 0 with them: that would also be another activity."""
    if not bucket["artifact_count"]:
        return []
    least, most = max(1, bucket["authored_count"]), int(bucket["activity"])
    return [(max(least, first), min(most, last)) for first, last in ((1, 5), (6, most))]


def _activity_ranges(bucket: Bucket) -> list[Range]:
    return [(bucket["artifact_count"] * FINE, FULL_ACTIVITY * FINE)]


QUANTITIES = (
    Quantity("views", "total_views", lambda _: [(0, 0), (1, FULL_VIEWS)], _growth("growth_views"), full=FULL_VIEWS),
    Quantity(
        "engagement", "total_engagement", lambda _: [(0, 0), (1, FULL_ENGAGEMENT)], _growth("growth_engagement"),
        full=FULL_ENGAGEMENT,
    ),
    Quantity("velocity", "velocity", lambda _: [(0, FULL_VELOCITY * FINE)], scale=FINE, full=FULL_VELOCITY),
    Quantity("authors", "unique_authors", _author_ranges, _authors),
    Quantity("posts of the busiest author", "max_author_artifacts", _busiest_ranges),
    Quantity("activity", "activity", _activity_ranges, scale=FINE, full=FULL_ACTIVITY),
    Quantity("posts", "artifact_count", _post_ranges, full=FULL_ACTIVITY),
    Quantity("hours since first seen", "hours_since_first", lambda _: [(0, NOVELTY_HOURS)], absent=NOVELTY_HOURS + 1),
)  # fmt: skip
"""What can change, in the order in which people think of it."""

_TYPES = {column.name: column.type for column in BUCKETS.columns if column.name in INPUTS}
_FIELDS = json.dumps([{"number": "INTEGER", **_TYPES}])
_COLUMNS = ", ".join(f"coalesce(change.{name}, bucket.{name})::{type_} AS {name}" for name, type_ in _TYPES.items())
_SCORED = f"SELECT trend_score, promoted FROM ({score_sql('changed_buckets')}) ORDER BY number"


def scores(snapshot: Snapshot, relation: str, changes: Sequence[Mapping[str, Any]]) -> list[tuple[float, bool]]:
    """Return score and promotion of the one bucket in `relation` with each of the changes of its columns."""
    numbered = [{"number": number, **change} for number, change in enumerate(changes)]
    snapshot.run(
        f"""CREATE OR REPLACE TEMP TABLE changed_buckets AS
        SELECT number, {_COLUMNS}
        FROM (SELECT unnest(from_json($changes, '{_FIELDS}'), recursive := true)) AS change
        CROSS JOIN {relation} AS bucket""",
        changes=json.dumps(numbered, default=str),
    )
    return [(score, promoted) for score, promoted in snapshot.rows(_SCORED)]


def crossings(snapshot: Snapshot, relation: str, bucket: Bucket) -> list[Change]:
    """Return for every quantity what it takes to cross, the relatively smallest change first, then those that cannot.

    Args:
        snapshot: Where the relation is.
        relation: A relation that holds the bucket.
        bucket: Its values by column.
    """
    ((_, promoted),) = scores(snapshot, relation, [{}])
    searches = list(_crossing(snapshot, relation, bucket, promoted))
    while open_ := [search for search in searches if abs(search.far - search.near) > 1]:
        _narrow(snapshot, relation, bucket, promoted, open_)
    best: dict[str, _Search] = {}
    for search in searches:
        other = best.setdefault(search.quantity.name, search)
        if _distance(search, bucket) < _distance(other, bucket):
            best[search.quantity.name] = search
    changes = [_change(quantity, best.get(quantity.name), bucket) for quantity in QUANTITIES]
    return sorted(changes, key=_order)


def _crossing(snapshot: Snapshot, relation: str, bucket: Bucket, promoted: bool) -> Iterator[_Search]:
    """Yield a search for every range that crosses."""
    ends = [(quantity, near, far) for quantity in QUANTITIES for near, far in _ranges(quantity, bucket)]
    rows = [quantity.columns(bucket, steps) for quantity, *pair in ends for steps in pair]
    found = scores(snapshot, relation, rows)
    for index, (quantity, near, far) in enumerate(ends):
        (near_score, at_near), (far_score, at_far) = found[2 * index : 2 * index + 2]
        if at_near != promoted:
            yield _Search(quantity, near, near, near_score)
        elif at_far != promoted:
            yield _Search(quantity, near, far, far_score)


def _narrow(snapshot: Snapshot, relation: str, bucket: Bucket, promoted: bool, searches: list[_Search]) -> None:
    """Bring near and far of each search closer together."""
    probes = [(search, search.probes()) for search in searches]
    found = iter(scores(snapshot, relation, [s.quantity.columns(bucket, steps) for s, values in probes for steps in values]))
    for search, values in probes:
        results = [next(found) for _ in values]
        for steps, (score, at_value) in zip(values, results, strict=True):
            if at_value != promoted:
                search.far, search.score = steps, score
                break
            search.near = steps


def _ranges(quantity: Quantity, bucket: Bucket) -> Iterator[Range]:
    """Yield the quantity's ranges below and above its value, each from the near to the far end."""
    current = quantity.current(bucket)
    for first, last in quantity.ranges(bucket):
        if first <= min(last, current - 1):
            yield min(last, current - 1), first
        if max(first, current + 1) <= last:
            yield max(first, current + 1), last


def _distance(search: _Search, bucket: Bucket) -> int:
    return abs(search.far - search.quantity.current(bucket))


def _change(quantity: Quantity, search: _Search | None, bucket: Bucket) -> Change:
    current = bucket[quantity.column]
    if search is None:
        return Change(quantity.name, current, None, {}, None, None)
    relative = _distance(search, bucket) / abs(quantity.current(bucket)) if current else None
    columns = quantity.columns(bucket, search.far)
    return Change(quantity.name, current, quantity.value(search.far), columns, search.score, relative)


def _order(change: Change) -> tuple[int, float]:
    """Order by relative size; changes from nothing come later, by their share of what would be much; then the impossible."""
    if change.needed is None:
        return 2, 0
    if change.relative is None:
        full = next(quantity.full for quantity in QUANTITIES if quantity.name == change.quantity)
        return 1, float(change.needed) / full
    return 0, change.relative
