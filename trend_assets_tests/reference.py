"""The rules of the spine a second time: `docs/spine.md` row by row, in plain and slow Python.

The oracle of the property tests. It shares no code with `trend_assets`, reads no clock and holds everything in
dictionaries. Items are identified by `(platform, platform_item_id)`, clusters by `(key_type, key)`, episodes by
their cluster and `detected_at`. Every hour is final, so no row is provisional. What stays out: ids, texts, storage.

    tables = compute(runs, tombstones, first_hour, last_hour)
    path, score, components, reasons = score(tables["cluster_buckets"][0])
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, fsum, log
from statistics import median
from typing import Any

Row = dict[str, Any]
Item = tuple[str, str]
Cluster = tuple[str, str]
Tombstone = tuple[str, str | None, str]
Part = tuple[Any, str, Decimal]

HOUR = timedelta(hours=1)
WINDOW_HOURS = 168
PREVIOUS_HOURS = 48
EXPIRY_HOURS = 336
SILENT_HOURS = 6
FROZEN_RUNS = 6
FROZEN_HOURS = 36
LIVELY_CONTENTS = 3
JUDGED_ITEMS = 5
EARLIER_RUNS = 5
GRACE_MINUTES = 15
GROWTHS = {
    "growth_views": "view_count",
    "growth_likes": "like_count",
    "growth_comments": "comment_count",
    "growth_shares": "share_count",
    "growth_uses": "use_count",
}
NUMBERS = (*GROWTHS.values(), "volume_24h", "gauge")
AUTHORS_FIELDS = ("text_content", "audio_id", "hashtags")
FIELDS = (*NUMBERS, "author", "item_created_at", *AUTHORS_FIELDS)
WEIGHTS = {
    "counters": {"engagement": 35, "velocity": 25, "breadth": 20, "novelty": 20},
    "sampling": {"velocity": 40, "breadth": 30, "novelty": 20, "volume": 10},
}


def compute(runs: list[Row], tombstones: list[Tombstone], first_hour: datetime, last_hour: datetime) -> dict[str, list[Row]]:
    """Every spine table for the hours `first_hour … last_hour`.

    Everything is folded from the first captured hour on; rows before `first_hour` are computed and left out.
    `runs` is in commit order: of one `run_id` the last commit counts.
    """
    history = committed(runs, tombstones, last_hour)
    hours = hours_between(min([first_hour, *(run["hour"] for run in history)]), last_hour)
    states = coverage_states(history, hours)
    observations = observe(history, tombstones)
    evidence = first_sights(observations)
    artifacts = [artifact(row) for row in evidence]
    buckets = bucket_rows(hours, states, observations, evidence, artifacts)
    tables = {
        "coverage": [{"hour": hour, "surface": surface, "status": status} for (surface, hour), status in states.items()],
        "observations": observations,
        "evidence": evidence,
        "artifacts": artifacts,
        "clusters": first_clusters(observations),
        "artifact_cluster_links": [link for row in evidence for link in links(row)],
        "cluster_buckets": [row for rows in buckets.values() for row in rows.values()],
        "trend_candidates": (candidates := [row for rows in buckets.values() for row in episodes(rows, hours)]),
        "candidate_transitions": [
            row | {"from_status": row["previous_status"], "to_status": row["status"]}
            for row in candidates
            if row["status"] != row["previous_status"]
        ],
    }
    return {name: [row for row in rows if first_hour <= row["hour"]] for name, rows in tables.items()}


# Hours and numbers


def hour_of(moment: datetime) -> datetime:
    """The start of the hour of `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0)


def hours_between(first: datetime, last: datetime) -> list[datetime]:
    """The hours `first … last`, both included."""
    return [first + HOUR * index for index in range((last - first) // HOUR + 1)]


def window(hour: datetime, hours: int) -> list[datetime]:
    """The hours `hour - hours … hour`."""
    return hours_between(hour - HOUR * hours, hour)


def rate(amount: Fraction | Decimal | int, hours: int) -> Decimal:
    """The exact quotient rounded to 4 digits, halves away from zero."""
    ten_thousandths = Fraction(amount) / hours * 10_000
    size = floor(abs(ten_thousandths) + Fraction(1, 2))
    return Decimal(-size if ten_thousandths < 0 else size).scaleb(-4)


def round4(value: float) -> float:
    """A float rounded to 4 digits, halves away from zero."""
    size = floor(abs(value) * 10_000 + 0.5) / 10_000
    return -size if value < 0 else size


def ratio(part: int, whole: int) -> Fraction | None:
    """`part / whole`, exact; null when the whole is 0."""
    return Fraction(part, whole) if whole else None


def rounded(value: Fraction | None) -> float | None:
    """A derived number as it is stored."""
    return None if value is None else round4(float(value))


# §1 Inputs


def committed(runs: list[Row], tombstones: list[Tombstone], last_hour: datetime) -> list[Row]:
    """The runs that count up to the end of `last_hour`, by `(captured_at, run_id)`, with their hour."""
    latest = {run["run_id"]: run for run in runs}
    removed = {value for kind, _, value in tombstones if kind == "run"}
    kept = [{**run, "hour": hour_of(run["captured_at"])} for run in latest.values() if run["run_id"] not in removed]
    return sorted((run for run in kept if run["hour"] <= last_hour), key=when)


def when(row: Row) -> tuple[datetime, str]:
    """The order of a surface's runs and of an item's sightings."""
    return row["captured_at"], row["run_id"]


def author_of(item: Row) -> str | None:
    """The author's id, else the handle, else unknown."""
    author = item.get("author_id")
    return item.get("author_handle") if author is None else author


def is_removed(platform: str, item: Row, tombstones: list[Tombstone]) -> bool:
    """Whether a tombstone names the item or its author."""
    names = {"item": {item["platform_item_id"]}, "author": {item.get("author_id"), item.get("author_handle")}}
    return any(value in names.get(kind, ()) and where in {None, platform} for kind, where, value in tombstones)


# §2 Coverage


def coverage_states(runs: list[Row], hours: list[datetime]) -> dict[tuple[str, datetime], str]:
    """The state of every surface in every hour in which it has a row."""
    by_surface: dict[str, list[Row]] = defaultdict(list)
    for run in runs:
        by_surface[run["surface"]].append(run)
    states = {}
    for surface, own in sorted(by_surface.items()):
        found = findings(own)
        for hour in hours:
            if any(hour - HOUR * WINDOW_HOURS <= run["hour"] <= hour for run in own):
                states[surface, hour] = coverage_state(own, hour, found)
    return states


def findings(runs: list[Row]) -> dict[str, set[str]]:
    """What is wrong with each of one surface's runs with items, beside the earlier ones within the window."""
    found: dict[str, set[str]] = defaultdict(set)
    filled = [run for run in runs if run["item_count"] > 0]
    types = {item["item_type"] for run in filled for item in run["items"]}
    for index, run in enumerate(filled):
        since = run["captured_at"] - HOUR * WINDOW_HOURS
        earlier = [old for old in filled if since <= old["captured_at"] < run["captured_at"]]
        if index and earlier and digest(filled[index - 1]) == digest(run) and is_frozen(run, earlier):
            found[run["run_id"]].add("frozen")
        if is_low([old["item_count"] for old in earlier], run["item_count"]):
            found[run["run_id"]].add("short")
        for item_type in types:
            now, *before = (items_of(each, item_type) for each in (run, *earlier))
            if is_low([len(items) for items in before], len(now)):
                found[run["run_id"]].add(f"few of {item_type}")
            if len(now) >= JUDGED_ITEMS:
                judged = [items for items in before if len(items) >= JUDGED_ITEMS]
                found[run["run_id"]] |= {name for name in FIELDS if is_lost(name, now, judged)}
    return found


def is_frozen(run: Row, earlier: list[Row]) -> bool:
    """Whether the content of a run, which is that of the run before it, has stayed much longer than others do."""
    if run["item_count"] < JUDGED_ITEMS:
        return False
    contents = Counter(digest(old) for old in earlier)
    same = contents.pop(digest(run))
    if len(contents) < LIVELY_CONTENTS:
        since = min(old["captured_at"] for old in earlier if digest(old) == digest(run))
        return same >= FROZEN_RUNS and since <= run["captured_at"] - FROZEN_HOURS * HOUR
    return 2 * (same + 1) > 3 * sorted(contents.values())[ceil(Fraction(9, 10) * len(contents)) - 1]


def is_low(earlier: list[int], now: int) -> bool:
    """Whether a number of items is much less than is usual."""
    if len(earlier) < EARLIER_RUNS:
        return False
    usual = median(list(map(Fraction, earlier)))
    return usual >= JUDGED_ITEMS and usual - now > usual / 5 and usual - now > 5 * deviation(earlier)


def is_lost(name: str, items: list[Row], earlier: list[list[Row]]) -> bool:
    """Whether much fewer items of a type have a field than is usual."""
    shares = [share(old, name) for old in earlier]
    if len(shares) < EARLIER_RUNS:
        return False
    usual, now = median(list(map(Fraction, shares))), share(items, name)
    least = 500 if name in AUTHORS_FIELDS else 200
    if having(items, name) == 0 and usual * len(items) >= 1000 * JUDGED_ITEMS:
        least = 0
    return usual - now > least and usual - now > 5 * deviation(shares)


def deviation(values: list[int]) -> Fraction:
    """The median distance from the median."""
    middle = median(list(map(Fraction, values)))
    return median([abs(value - middle) for value in values])


def items_of(run: Row, item_type: str) -> list[Row]:
    """The run's items of a type."""
    return [item for item in run["items"] if item["item_type"] == item_type]


def having(items: list[Row], name: str) -> int:
    """How many of the items have a field."""
    return sum(author_of(item) is not None if name == "author" else item.get(name) is not None for item in items)


def share(items: list[Row], name: str) -> int:
    """How many of a thousand of the items have a field, rounded down."""
    return having(items, name) * 1000 // len(items)


def digest(run: Row) -> tuple[Any, ...]:
    """What makes the content of two runs equal: ids and counters, in any order of the list."""
    contents = {item["platform_item_id"]: tuple(item.get(name) for name in NUMBERS) for item in run["items"]}
    return tuple(sorted(contents.items(), key=lambda content: content[0]))


def coverage_state(runs: list[Row], hour: datetime, found: Mapping[str, set[str]]) -> str:
    """good, partial, suspect, missing or not_due, for one surface that has a row."""
    states = {run_state(run, found.get(run["run_id"], set())) for run in runs if run["hour"] == hour}
    for state in ("good", "partial", "suspect", "missing"):
        if state in states:
            return state
    last = [run for run in runs if run["hour"] < hour][-1]
    wait = timedelta(minutes=last["cadence_minutes"] + GRACE_MINUTES)
    overdue = hour + HOUR - last["captured_at"] > wait
    return "missing" if last["cadence_minutes"] > 0 and overdue else "not_due"


def run_state(run: Row, found: set[str]) -> str:
    """The best state that this run alone can give its hour."""
    count = run["item_count"]
    if run["status"] == "failed":
        return "missing"
    if run["status"] == "success" and count >= max(1, run["min_items"]) and not found:
        return "good"
    if count > 0 and (run["status"] == "partial" or count < run["min_items"] or found - {"frozen"}):
        return "partial"
    return "suspect"


# §3 Observations


def observe(runs: list[Row], tombstones: list[Tombstone]) -> list[Row]:
    """Every sighting that is not removed, with the growth on the hour's last one; in order of time."""
    rows = [
        sighting(run, item)
        for run in runs
        for item in sorted(run["items"], key=lambda item: item["position"])
        if not is_removed(run["platform"], item, tombstones)
    ]
    tracks: dict[tuple[str, Item], list[Row]] = defaultdict(list)
    for row in rows:
        tracks[row["surface"], row["item"]].append(row)
    for track in tracks.values():
        for row in track:
            book_growth(row, track)
    return rows


def sighting(run: Row, item: Row) -> Row:
    """One item in one run, before growth."""
    row = {name: run[name] for name in ("hour", "run_id", "surface", "platform", "captured_at")}
    row |= {name: item.get(name) for name in ("position", "rank", "platform_item_id", "item_type", "is_post")}
    row |= {name: item.get(name) for name in NUMBERS}
    keys = [((key_type, key), name) for key_type, key, _, name in item["keys"]]
    return row | {"item": (run["platform"], item["platform_item_id"]), "author": author_of(item), "keys": keys}


def book_growth(row: Row, track: list[Row]) -> None:
    """Set the growths of `row`, one of the sightings of `track`: an item on a surface, in order of time."""
    row["last_of_hour"] = row is [other for other in track if other["hour"] == row["hour"]][-1]
    for name, counter in GROWTHS.items():
        row[name] = growth(row, track, counter) if row["last_of_hour"] else None


def growth(row: Row, track: list[Row], counter: str) -> Decimal | None:
    """The growth per hour since the latest earlier hour whose last sighting reports the counter."""
    earliest = row["hour"] - HOUR * WINDOW_HOURS
    hourly = [old for old in track if earliest <= old["hour"] < row["hour"] and old["last_of_hour"]]
    before = [old for old in hourly if old[counter] is not None]
    if row[counter] is None or not before:
        return None
    elapsed = (row["hour"] - before[-1]["hour"]) // HOUR
    return rate(max(0, row[counter] - before[-1][counter]), elapsed)


# §4 Evidence, artifacts, links, clusters


def first_order(row: Row) -> tuple[Any, ...]:
    """The order in which sightings of an hour compete for being the first."""
    return row["captured_at"], row["surface"], row["position"], row["run_id"]


def first_sights(observations: list[Row]) -> list[Row]:
    """The first sighting of every item."""
    first: dict[Item, Row] = {}
    for row in sorted(observations, key=first_order):
        first.setdefault(row["item"], row)
    return list(first.values())


def artifact(evidence: Row) -> Row:
    """The artifact of an evidence row."""
    return {"hour": evidence["hour"], "item": evidence["item"], "engagement_score": engagement_score(evidence)}


def engagement(row: Row) -> int:
    """`max(0, likes) + comments + shares`, nulls as 0."""
    return max(0, row["like_count"] or 0) + (row["comment_count"] or 0) + (row["share_count"] or 0)


def engagement_score(row: Row) -> float | None:
    """0..100 on a logarithmic scale; null when nothing is known."""
    if any(row[name] is not None for name in ("like_count", "comment_count", "share_count")):
        return round4(100 * min(1.0, log(1 + engagement(row)) / log(1 + 10**6)))
    if row["view_count"] is not None:
        return round4(100 * min(1.0, log(1 + row["view_count"]) / log(1 + 10**8)))
    return None


def links(evidence: Row) -> list[Row]:
    """One link per key of an evidence row: the first is primary."""
    return [
        {
            "hour": evidence["hour"],
            "item": evidence["item"],
            "cluster": cluster,
            "role": "secondary" if place else "primary",
            "rank": place - 1 if place else None,
        }
        for place, (cluster, _) in enumerate(evidence["keys"])
    ]


def first_clusters(observations: list[Row]) -> list[Row]:
    """Every cluster in the hour of its first sight, with the name it had there."""
    first: dict[Cluster, Row] = {}
    for row in sorted(observations, key=first_order):
        for cluster, name in row["keys"]:
            seen = {"hour": row["hour"], "cluster": cluster, "name": name, "first_seen_at": row["captured_at"]}
            first.setdefault(cluster, seen)
    return list(first.values())


# §5 Buckets

Seen = dict[datetime, list[Row]]


def bucket_rows(
    hours: list[datetime],
    states: dict[tuple[str, datetime], str],
    observations: list[Row],
    evidence: list[Row],
    artifacts: list[Row],
) -> dict[Cluster, dict[datetime, Row]]:
    """The rows of every cluster by hour."""
    seen = by_cluster(observations)
    scores = {row["item"]: row["engagement_score"] for row in artifacts}
    posts = by_cluster(row for row in evidence if row["is_post"])
    first = {row["cluster"]: row["hour"] for row in first_clusters(observations)}
    buckets: dict[Cluster, dict[datetime, Row]] = {}
    for cluster in sorted(seen):
        rows = buckets[cluster] = {}
        for hour in hours:
            if has_row(hour, rows, seen[cluster], states):
                row = {"hour": hour, "cluster": cluster, "provisional": False}
                row |= amounts(posts[cluster][hour], seen[cluster][hour], scores)
                row |= sight(hour, first[cluster], seen[cluster], states)
                row |= movement(row, rows, states)
                rows[hour] = row
    return buckets


def by_cluster(rows: Iterable[Row]) -> dict[Cluster, Seen]:
    """The rows that carry each key, by hour."""
    found: dict[Cluster, Seen] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for cluster, _ in row["keys"]:
            found[cluster][row["hour"]].append(row)
    return found


def last_seen(hour: datetime, seen: Seen) -> datetime | None:
    """The latest hour up to `hour` in which the cluster was seen, at most 168 hours back."""
    return max((old for old in window(hour, WINDOW_HOURS) if seen.get(old)), default=None)


def watchers(hour: datetime, seen: Seen) -> set[str]:
    """U: the surfaces that saw the cluster in the 168 hours up to its last seen hour, and in that hour."""
    last = last_seen(hour, seen)
    if last is None:
        return set()
    return {row["surface"] for old in window(last, WINDOW_HOURS) for row in seen.get(old, [])}


def has_row(hour: datetime, rows: dict[datetime, Row], seen: Seen, states: dict[tuple[str, datetime], str]) -> bool:
    """Whether the cluster is seen, or a surface that watches it is known and the silence is not yet complete."""
    if seen.get(hour):
        return True
    if last_seen(hour, seen) is None or rows[max(rows)]["silent_hours"] == SILENT_HOURS:
        return False
    return any(states.get((surface, hour)) == "good" for surface in watchers(hour, seen))


def amounts(posts: list[Row], sightings: list[Row], scores: dict[Item, float | None]) -> Row:
    """What is counted and summed in one hour: `posts` are the new ones, `sightings` all that carry the key."""
    authors: dict[tuple[str, str], int] = defaultdict(int)
    for post in posts:
        if post["author"] is not None:
            authors[post["platform"], post["author"]] += 1
    grown = {name: item_maxima(sightings, name) for name in GROWTHS}
    engaged = [*grown["growth_likes"].values(), *grown["growth_comments"].values(), *grown["growth_shares"].values()]
    views, reactions = sum(grown["growth_views"].values(), Decimal(0)), sum(engaged, Decimal(0))
    volumes = item_maxima(sightings, "volume_24h")
    parts = activity_parts(posts, sightings)
    known = [value for post in posts if (value := scores[post["item"]]) is not None]
    authored = sum(authors.values())
    return {
        "artifact_count": len(posts),
        "unique_authors": len(authors),
        "max_author_artifacts": max(authors.values(), default=0),
        "authored_count": authored,
        "breadth": rounded(ratio(len(authors), authored)),
        "concentration": rounded(ratio(max(authors.values(), default=0), authored)),
        "growth_views": views,
        "growth_engagement": reactions,
        "growth_uses": sum(grown["growth_uses"].values(), Decimal(0)),
        "total_views": floor(sum(post["view_count"] or 0 for post in posts) + views),
        "total_engagement": floor(sum(engagement(post) for post in posts) + reactions),
        "volume_24h": sum(volumes.values()) if volumes else None,
        "parts": parts,
        "activity": activity(parts, {surface for _, surface, _ in parts}),
        "avg_engagement_score": round4(fsum(known) / len(known)) if known else None,
    }


def item_maxima(sightings: list[Row], name: str) -> dict[Item, Any]:
    """Per item the maximum over the surfaces that report `name` on their last sighting of the hour."""
    maxima: dict[Item, Any] = {}
    for row in sightings:
        if row["last_of_hour"] and row[name] is not None:
            maxima[row["item"]] = max(row[name], maxima.get(row["item"], row[name]))
    return maxima


def activity_parts(posts: list[Row], sightings: list[Row]) -> list[Part]:
    """`(part, surface, amount)`: new posts by surface, use growths, and volumes where there is no use growth."""
    found: dict[str, int] = defaultdict(int)
    for post in posts:
        found[post["surface"]] += 1
    parts: list[Part] = [(f"posts:{surface}", surface, Decimal(count)) for surface, count in sorted(found.items())]
    last = [row for row in sightings if row["last_of_hour"]]
    uses = [(row["item"], row["surface"], row["growth_uses"]) for row in last if row["growth_uses"] is not None]
    levels = [(row["item"], row["surface"], rate(row["volume_24h"], 24)) for row in last if row["volume_24h"] is not None]
    return parts + (uses or levels)


def activity(parts: list[Part], surfaces: set[str]) -> Decimal:
    """The sum over parts of the largest amount that one of the surfaces reports."""
    largest: dict[Any, Decimal] = {}
    for part, surface, amount in parts:
        if surface in surfaces:
            largest[part] = max(amount, largest.get(part, amount))
    return sum(largest.values(), Decimal(0))


def sight(hour: datetime, first: datetime, seen: Seen, states: dict[tuple[str, datetime], str]) -> Row:
    """Who saw the cluster, who could have, and since when it is known."""
    surfaces = {row["surface"] for row in seen.get(hour, [])}
    working = {name for (name, at), state in states.items() if at == hour and state in {"good", "partial"}}
    watching = watchers(hour, seen)
    watched = [states.get((surface, hour)) for surface in watching]
    recent = first if hour - first <= HOUR * WINDOW_HOURS else None
    return {
        "first_seen_hour": recent,
        "novelty": rounded(novelty(hour, recent)),
        "surfaces": sorted(surfaces),
        "watchers": sorted(watching),
        "cross_surface": rounded(ratio(len(surfaces & working), len(working))),
        "complete": "good" in watched and all(state in {"good", "not_due"} for state in watched),
    }


def novelty(hour: datetime, first: datetime | None) -> Fraction:
    """1 in the hour of the first sight, 0 from 168 hours later on."""
    return Fraction(0) if first is None else max(Fraction(0), 1 - Fraction((hour - first) // HOUR, WINDOW_HOURS))


def movement(row: Row, rows: dict[datetime, Row], states: dict[tuple[str, datetime], str]) -> Row:
    """Velocity, acceleration and silence, from the row so far and the cluster's earlier rows."""
    hour, first = row["hour"], row["first_seen_hour"]
    previous, shared = previous_hour(hour, set(row["watchers"]), states)
    if first == hour or (first is not None and previous is not None and previous < first):
        velocity: Decimal | None = Decimal(0)
        acceleration: Decimal | None = Decimal(0)
    elif previous is None:
        velocity = acceleration = None
    else:
        before, elapsed = rows.get(previous), (hour - previous) // HOUR
        then = activity(before["parts"], shared) if before else Decimal(0)
        velocity = rate(activity(row["parts"], shared) - then, elapsed)
        slope = before["velocity"] if before else Decimal(0)
        acceleration = None if slope is None else rate(velocity - slope, elapsed)
    silent = row["complete"] and row["activity"] == 0 and velocity is not None
    return {
        "previous_hour": previous,
        "velocity": velocity,
        "acceleration": acceleration,
        "silent": silent,
        "silent_hours": silence(row, rows, silent),
    }


def previous_hour(
    hour: datetime, watching: set[str], states: dict[tuple[str, datetime], str]
) -> tuple[datetime | None, set[str]]:
    """P, and the watching surfaces that are good both in P and in `hour`."""
    now = {surface for surface in watching if states.get((surface, hour)) == "good"}
    for back in range(1, PREVIOUS_HOURS + 1):
        shared = {surface for surface in now if states.get((surface, hour - HOUR * back)) == "good"}
        if shared:
            return hour - HOUR * back, shared
    return None, set()


def silence(row: Row, rows: dict[datetime, Row], silent: bool) -> int:
    """Known hours without activity, up to 6, carried over the hours that say nothing."""
    if row["activity"] > 0:
        return 0
    recent = [hour for hour in rows if rows[hour]["surfaces"] and row["hour"] - hour <= HOUR * WINDOW_HOURS]
    before: int = rows[max(rows)]["silent_hours"] if recent else 0
    return min(SILENT_HOURS, before + 1) if silent else before


# §6 Score


def score(bucket: Row) -> tuple[str, float, dict[str, float | None], list[str]]:
    """Path, score, the path's components in 0..1 (null when unknown) and the filters that apply."""
    path = "counters" if bucket["total_views"] > 0 or bucket["total_engagement"] > 0 else "sampling"
    values = component_values(bucket)
    known = {name: weight for name, weight in WEIGHTS[path].items() if values[name] is not None}
    total = sum((weight * (values[name] or 0) for name, weight in known.items()), Fraction(0))
    components = {name: None if (value := values[name]) is None else float(value) for name in WEIGHTS[path]}
    return path, round4(float(100 * total / sum(known.values()))), components, filters(bucket)


def component_values(bucket: Row) -> dict[str, Fraction | None]:
    """Every component in 0..1, exact."""
    one, velocity = Fraction(1), bucket["velocity"]
    views = min(Fraction(bucket["total_views"]) / 1_000_000, one)
    reactions = min(Fraction(bucket["total_engagement"]) / 100_000, one)
    return {
        "engagement": (views + reactions) / 2,
        "velocity": None if velocity is None else min(max(Fraction(velocity) / 10, Fraction(0)), one),
        "breadth": ratio(bucket["unique_authors"], bucket["authored_count"]),
        "novelty": novelty(bucket["hour"], bucket["first_seen_hour"]),
        "volume": min(Fraction(bucket["activity"]) / 50, one),
    }


def filters(bucket: Row) -> list[str]:
    """Why a bucket is not promoted whatever its score; an unknown value gives no reason."""
    breadth = ratio(bucket["unique_authors"], bucket["authored_count"])
    concentration = ratio(bucket["max_author_artifacts"], bucket["authored_count"])
    velocity, count = bucket["velocity"], bucket["artifact_count"]
    aged = novelty(bucket["hour"], bucket["first_seen_hour"]) < Fraction(1, 10)
    grown = count == 0 and bucket["growth_views"] + bucket["growth_engagement"] >= 10_000
    reasons = {
        "single_author": breadth is not None and breadth < Fraction(1, 5) and count > 5,
        "bot_pattern": concentration is not None and concentration > Fraction(4, 5),
        "old_trend": aged and velocity is not None and velocity < 1,
        "too_small": bucket["activity"] < 3 and not grown,
    }
    return [reason for reason, applies in reasons.items() if applies]


# §7 Lifecycle


def episodes(rows: dict[datetime, Row], hours: list[datetime]) -> list[Row]:
    """The episodes of one cluster, one row in every hour from the opening to the end."""
    found: list[Row] = []
    episode: Row | None = None
    last_active: datetime | None = None
    for hour in hours:
        row = rows.get(hour)
        if row and row["activity"] > 0:
            last_active = hour
        episode = opened(row) if episode is None else continued(episode, hour, row, last_active)
        if episode is not None:
            found.append(episode | own_score(row))
            episode = None if episode["ended_at"] else episode
    return found


def own_score(row: Row | None) -> Row:
    """What the hour's own bucket row scores; nothing in an hour without one."""
    if row is None:
        return {"trend_score": None, "filters": [], "promoted": False}
    _, value, _, reasons = score(row)
    return {"trend_score": value, "filters": reasons, "promoted": value > 50 and not reasons}


def opened(row: Row | None) -> Row | None:
    """The first row of an episode, if this bucket row opens one."""
    if row is None or row["velocity"] is None or row["velocity"] <= 0:
        return None
    path, value, _, reasons = score(row)
    if value <= 50 or reasons:
        return None
    episode = {"hour": row["hour"], "cluster": row["cluster"], "status": "emerging", "detected_at": row["hour"] + HOUR}
    episode |= {"activated_at": None, "peaked_at": None, "ended_at": None}
    return episode | {
        "score": value,
        "peak_score": value,
        "previous_status": "",
        "path": path,
        "high": int(value > 60),
        "falling": 0,
    }


def continued(episode: Row, hour: datetime, row: Row | None, last_active: datetime | None) -> Row:
    """The next hour of an open episode: its state repeated, or moved by at most one transition."""
    moves = row is not None and row["velocity"] is not None
    following = {**episode, "hour": hour, "previous_status": episode["status"]}
    if row is not None and moves:
        path, value, _, _ = score(row)
        high = episode["high"] + 1 if value > 60 else 0
        falling = episode["falling"] + 1 if row["velocity"] < 0 else 0
        following |= {
            "score": value,
            "peak_score": max(value, episode["peak_score"]),
            "path": path,
            "high": high,
            "falling": falling,
        }
    return following | transition(following, hour, row, moves, last_active)


def transition(episode: Row, hour: datetime, row: Row | None, moves: bool, last_active: datetime | None) -> Row:
    """The columns that change with the hour's transition; none without one."""
    end, status = hour + HOUR, episode["status"]
    if row is not None and row["silent_hours"] == SILENT_HOURS:
        return {"status": "stale", "ended_at": end}
    if last_active is not None and hour - last_active >= HOUR * EXPIRY_HOURS:
        return {"status": "expired", "ended_at": end}
    if moves and status == "emerging" and episode["high"] >= 2:
        return {"status": "active", "activated_at": end}
    if moves and status == "active" and episode["falling"] >= 2:
        return {"status": "peaked", "peaked_at": end}
    return {}
