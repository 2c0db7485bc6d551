"""Small nasty capture histories for property tests, the same for the same `rng`.

    runs = random_world(random.Random(7), hours=60)
    tombstones = random_tombstones(random.Random(8), runs)

A world is a list of runs as plain dictionaries in commit order: what `trend_assets_tests.reference.compute` takes, plus
`slot` and `attempt`. The `run_id` is a placeholder `surface|slot|attempt` (slot in ISO format); the same one twice is
a second commit. What stays out: texts, and anything that the spine does not read.

Inside, topics (clusters) have a script of bursts, bursts publish items, items grow while they are alive, and surfaces
look at the items of their platform through their own outages, frozen stretches and gaps.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str, str, str]

START = datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)
CADENCES = (15, 60, 120, 0)
PLATFORMS = ("tiktok", "x")
COUNTERS = ("view_count", "like_count", "comment_count", "share_count", "use_count")
LATE_SECONDS = 17 * 60 + 1
BLACKOUT_HOURS = 360
BLACKOUT_BEFORE = 20


@dataclass
class Burst:
    """What a topic publishes from hour `first` on: `posts[k]` new items in hour `first + k`."""

    first: int
    posts: list[int]
    authors: str
    views: int


@dataclass
class Topic:
    """A cluster with what happens to it."""

    key: Key
    bursts: list[Burst]


@dataclass
class Surface:
    """A surface with the hours in which it misbehaves."""

    name: str
    platform: str
    cadence: int
    min_items: int
    width: int
    shows: str
    skips: float
    outages: set[int]
    frozen: set[int]
    last: list[Row] = field(default_factory=list)


@dataclass
class Life:
    """An item as it really is, with the hours in which it can be seen."""

    row: Row
    hours: set[int]
    pace: dict[str, int]
    edited: int | None = None
    other_keys: list[Key] = field(default_factory=list)


def random_world(
    rng: random.Random,
    hours: int,
    *,
    surfaces: int | None = None,
    topics: int | None = None,
    recommits: float = 0.02,
    start: datetime = START,
) -> list[Row]:
    """The runs of `hours` hours from `start` on, in commit order.

    `surfaces` (1-4) and `topics` (3-8) are drawn when not given; `recommits` is the share of runs that are committed
    a second time with other items. No surface starts two runs at the same instant, and no run starts after the last hour.
    """
    platforms = list(PLATFORMS[: rng.randint(1, 2)])
    blackout = hours > BLACKOUT_HOURS and rng.random() < 0.5
    fleet = [random_surface(rng, index, hours, platforms, blackout) for index in range(surfaces or rng.randint(1, 4))]
    pool = [random_topic(rng, index, hours, platforms) for index in range(topics or rng.randint(3, 8))]
    lives = [life for topic in pool for life in publish(rng, topic, pool, hours)]
    runs: list[Row] = []
    for hour in range(hours):
        for surface in fleet:
            runs += surface_runs(rng, surface, hour, lives, start)
    runs = [run for run in runs if run["captured_at"] < start + timedelta(hours=hours)]
    for run in [run for run in runs if run["items"] and rng.random() < recommits]:
        runs.append({**run, "items": run["items"][1:], "item_count": run["item_count"] - 1})
    return runs


def random_tombstones(rng: random.Random, runs: list[Row], most: int = 3) -> list[tuple[str, str | None, str]]:
    """Up to `most` removals of items, authors or runs that occur in `runs`."""
    seen = [(run, item) for run in runs for item in run["items"]]
    found: list[tuple[str, str | None, str]] = []
    for _ in range(rng.randint(0, most) if seen else 0):
        run, item = rng.choice(seen)
        kind = rng.choice(["item", "author", "run"])
        author = item["author_handle"] if item["author_id"] is None else item["author_id"]
        if kind == "run":
            found.append(("run", None, run["run_id"]))
        elif kind == "author" and author is not None:
            found.append(("author", run["platform"], author))
        else:
            found.append(("item", run["platform"], item["platform_item_id"]))
    return found


# Topics and items


def random_topic(rng: random.Random, index: int, hours: int, platforms: list[str]) -> Topic:
    """A cluster with one to three bursts, of one platform or (phrases) of all."""
    platform = rng.choice(platforms)
    key_type, key = rng.choice(
        [
            ("audio_id", f"{platform}:70{index}"),
            ("hashtag", f"{platform}:#tag{index}"),
            ("entity", f"{platform}:entity{index}"),
            ("phrase", f"phrase:topic_number_{index}"),
            ("phrase", f"phrase:topic_number_{index}"),
        ]
    )
    bursts = [random_burst(rng, hours) for _ in range(rng.randint(1, 3))]
    return Topic((key_type, key, f"value {index}", f"Name {index}"), bursts)


def random_burst(rng: random.Random, hours: int) -> Burst:
    """A burst that rises and falls, trickles or floods."""
    shape = rng.choice(["rise", "rise", "rise", "trickle", "spike"])
    step, length = rng.randint(2, 4), rng.randint(2, 3)
    posts = {
        "rise": [step * (k + 1) for k in range(length)] + [step * k for k in range(length - 1, -1, -1)],
        "trickle": [rng.randint(0, 2) for _ in range(rng.randint(2, 10))],
        "spike": [rng.randint(6, 12)],
    }[shape]
    authors = rng.choice(["many", "many", "many", "few", "one", "unknown"])
    within = BLACKOUT_BEFORE if hours > BLACKOUT_HOURS and rng.random() < 0.5 else hours
    return Burst(rng.randrange(within), posts, authors, rng.choice([0, 0, 40, 5_000, 400_000]))


def publish(rng: random.Random, topic: Topic, pool: list[Topic], hours: int) -> list[Life]:
    """The items of a topic over the whole history."""
    lives: list[Life] = []
    for burst in topic.bursts:
        if rng.random() < 0.4:
            lives.append(life_of_topic_row(rng, topic, burst, len(lives)))
        for k, count in enumerate(burst.posts):
            if burst.first + k < hours:
                lives += [life_of_post(rng, topic, burst, burst.first + k, len(lives) + n, pool) for n in range(count)]
    return lives


def life_of_post(rng: random.Random, topic: Topic, burst: Burst, hour: int, number: int, pool: list[Topic]) -> Life:
    """A post: cumulative counters (some never reported), an author, the topic's key and perhaps others."""
    row = blank_item(f"{topic.key[1]}/{number}", "video") | author_fields(rng, burst, number) | {"is_post": True}
    scale = burst.views
    if scale:
        row |= {"view_count": rng.randint(0, scale), "like_count": rng.randint(-3, scale // 10)}
        row |= {"comment_count": rng.choice([None, rng.randint(0, scale // 20)])}
        row |= {"share_count": rng.choice([None, None, rng.randint(0, scale // 20)])}
    pace = {"view_count": scale, "like_count": scale // 10, "comment_count": scale // 20, "share_count": 3}
    others = [other.key for other in rng.sample(pool, min(len(pool), rng.choice([0, 0, 1, 2]))) if other is not topic]
    row["keys"] = [topic.key, *others] if rng.random() < 0.8 else [*others, topic.key]
    edited = hour + rng.randint(0, 3) if rng.random() < 0.15 else None
    alive = life_hours(rng, hour, rng.choice([1, 1, 2, 3, 4, 9]))
    return Life(row, alive, pace, edited, others or [rng.choice(pool).key])


def life_of_topic_row(rng: random.Random, topic: Topic, burst: Burst, number: int) -> Life:
    """An item that is the topic itself: uses that grow, a 24-hour volume, a gauge or nothing at all."""
    row = blank_item(f"{topic.key[1]}/row{number}", "topic") | {"keys": [topic.key]}
    kind = rng.choice(["uses", "volume", "volume", "gauge", "nothing", "both"])
    if kind in {"uses", "both"}:
        row["use_count"] = rng.randint(0, 500)
    if kind in {"volume", "both"}:
        row["volume_24h"] = rng.choice([0, 100, 1_000, 25_001])
    if kind == "gauge":
        row["gauge"] = rng.randint(1, 9)
    alive = life_hours(rng, burst.first, rng.choice([1, 3, 6, 10, 31, 61]))
    return Life(row, alive, {"use_count": rng.choice([0, 1, 7, 300]), "volume_24h": 240})


def life_hours(rng: random.Random, first: int, length: int) -> set[int]:
    """`length` hours from `first` on; at times the item comes back, on the edge of one of the windows."""
    back = {first + rng.choice([10, 47, 48, 49, 167, 168, 169])} if rng.random() < 0.1 else set()
    return set(range(first, first + length)) | back


def blank_item(item_id: str, item_type: str) -> Row:
    """An item that reports nothing."""
    row: Row = {"platform_item_id": item_id, "item_type": item_type, "is_post": False, "keys": []}
    row |= dict.fromkeys(("author_id", "author_handle", *COUNTERS, "volume_24h", "gauge"))
    return row


def author_fields(rng: random.Random, burst: Burst, number: int) -> Row:
    """Who posted: by id, by handle only, or nobody knows."""
    name = {"many": str(number), "few": str(number % 3), "one": "flood", "unknown": ""}[burst.authors]
    if not name or rng.random() < 0.05:
        return {"author_id": None, "author_handle": None}
    return {
        "author_id": rng.choice([None, f"id{name}"]) if burst.authors == "few" else f"id{name}",
        "author_handle": f"@{name}",
    }


# Surfaces and runs


def random_surface(rng: random.Random, index: int, hours: int, platforms: list[str], blackout: bool) -> Surface:
    """A surface of one of the platforms; the first one shows all, so that histories have known hours."""
    platform = platforms[index % len(platforms)]
    cadence = rng.choice(CADENCES[:2]) if index == 0 else rng.choice(CADENCES)
    outages: set[int] = set()
    for _ in range(rng.randint(0, 1 + hours // 60)):
        outages |= stretch(rng, hours, rng.choice([1, 2, 3, 6, 20, 60]))
    if blackout:
        outages |= set(range(rng.randint(BLACKOUT_BEFORE // 2, BLACKOUT_BEFORE), hours))
    frozen = stretch(rng, hours, rng.randint(4, 14)) if rng.random() < 0.4 else set()
    return Surface(
        name=f"{platform}:feed{index}",
        platform=platform,
        cadence=cadence,
        min_items=rng.choice([0, 0, 1, 1, 2, 6]),
        width=rng.choice([6, 12, 20]),
        shows=rng.choice(["all", "all", "posts", "topics"]) if index else "all",
        skips=rng.choice([0.0, 0.0, 0.1, 0.4]),
        outages=outages,
        frozen=frozen,
    )


def stretch(rng: random.Random, hours: int, length: int) -> set[int]:
    """`length` hours in a row somewhere in the history."""
    first = rng.randrange(hours)
    return set(range(first, min(hours, first + length)))


def surface_runs(rng: random.Random, surface: Surface, hour: int, lives: list[Life], start: datetime) -> list[Row]:
    """The runs of a surface whose slot is in one hour."""
    if hour in surface.outages and rng.random() < 0.97:
        return []
    if rng.random() < 0.01:
        surface.cadence, surface.min_items = rng.choice(CADENCES), rng.choice([0, 1, 3, 6])
    runs: list[Row] = []
    for minute in slots(rng, surface, hour):
        if rng.random() >= surface.skips:
            slot = start + timedelta(hours=hour, minutes=minute)
            runs += attempts(rng, surface, slot, hour, lives)
    return runs


def slots(rng: random.Random, surface: Surface, hour: int) -> list[int]:
    """The minutes of the hour at which the surface is due."""
    if surface.cadence == 0:
        return rng.choice([[], [], [], [0], [20, 40]])
    if surface.cadence == CADENCES[1]:
        return rng.choice([[0], [0], [0], [45]])
    if surface.cadence == CADENCES[0]:
        return rng.choice([[0, 15, 30, 45], [0, 15, 30, 45], [15, 45], [30]])
    return [0] if hour * 60 % surface.cadence == 0 else []


def attempts(rng: random.Random, surface: Surface, slot: datetime, hour: int, lives: list[Life]) -> list[Row]:
    """One run, or a failed one with another attempt five minutes later."""
    roll, late = rng.random(), timedelta(seconds=rng.choice([0, 0, 0, 0, 7, 200, LATE_SECONDS]))
    if roll < 0.04:
        failed = run_row(surface, slot, 1, slot + late, "failed", [])
        retry = run_row(surface, slot, 2, slot + timedelta(minutes=5), "success", look(rng, surface, hour, lives))
        return [failed, retry] if rng.random() < 0.5 else [failed]
    if roll < 0.08:
        return [run_row(surface, slot, 1, slot + late, rng.choice(["success", "partial"]), [])]
    if roll < 0.12:
        some = look(rng, surface, hour, lives)[: rng.randint(0, 4)]
        return [run_row(surface, slot, 1, slot + late, rng.choice(["success", "partial", "partial"]), some)]
    items = look(rng, surface, hour, lives)
    if hour in surface.frozen and surface.last:
        items = surface.last if rng.random() < 0.7 else reordered(surface.last)
    elif items:
        surface.last = items
    return [run_row(surface, slot, 1, slot + late, "success", items)]


def run_row(surface: Surface, slot: datetime, attempt: int, captured_at: datetime, status: str, items: list[Row]) -> Row:
    """A run with its items and the surface's configuration of the moment."""
    return {
        "run_id": f"{surface.name}|{slot.isoformat()}|{attempt}",
        "surface": surface.name,
        "platform": surface.platform,
        "slot": slot,
        "attempt": attempt,
        "captured_at": captured_at,
        "status": status,
        "cadence_minutes": surface.cadence,
        "min_items": surface.min_items,
        "item_count": len(items),
        "items": items,
    }


def look(rng: random.Random, surface: Surface, hour: int, lives: list[Life]) -> list[Row]:
    """The items that the surface lists now: alive ones of its platform, then fillers."""
    kinds = {"all": (True, False), "posts": (True,), "topics": (False,)}[surface.shows]
    alive = [
        (n, life)
        for n, life in enumerate(lives)
        if hour in life.hours and life.row["is_post"] in kinds and on_platform(life, surface.platform, n)
    ]
    shown = rng.sample(alive, min(len(alive), surface.width))
    items = [seen_now(rng, life, hour) for _, life in shown]
    items += [filler(surface, n) for n in range(rng.choice([0, 1, 5, 5]))]
    positions = sorted(rng.sample(range(1, len(items) + 3), len(items)))
    return [
        item | {"position": position, "rank": rng.choice([None, position, position])}
        for position, item in zip(positions, items, strict=True)
    ]


def reordered(items: list[Row]) -> list[Row]:
    """The same items in the opposite order."""
    return [item | {"position": place, "rank": place} for place, item in enumerate(reversed(items), start=1)]


def on_platform(life: Life, platform: str, number: int) -> bool:
    """Whether the item lives on the platform: that of its keys; items of shared phrases alternate."""
    owners = {key.partition(":")[0] for _, key, _, _ in life.row["keys"]} & set(PLATFORMS)
    if len(owners) == 1:
        return platform in owners
    return platform == PLATFORMS[number % len(PLATFORMS)] or number % 5 == 0


def seen_now(rng: random.Random, life: Life, hour: int) -> Row:
    """The item as one look shows it: grown, at times fallen, with counters missing, perhaps edited."""
    row = life.row
    for counter, pace in life.pace.items():
        if row[counter] is not None and rng.random() < 0.7:
            row[counter] = max(-3 if counter == "like_count" else 0, row[counter] + rng.randint(-pace // 5, pace))
    shown = dict(row)
    for counter in (*COUNTERS, "volume_24h"):
        if rng.random() < 0.08:
            shown[counter] = None
    if rng.random() < 0.03:
        shown |= {"author_id": None, "author_handle": None}
    if life.edited is not None and hour >= life.edited and rng.random() < 0.8:
        shown["keys"] = life.other_keys
    return shown | {"keys": [renamed(rng, key) for key in shown["keys"]]}


def renamed(rng: random.Random, key: Key) -> Key:
    """The key with one of the spellings of its name."""
    key_type, value, raw, name = key
    return key_type, value, raw, rng.choice([name, name.upper()])


def filler(surface: Surface, number: int) -> Row:
    """An item that is always there and says nothing, of the surface's own cluster."""
    key: Key = ("phrase", f"phrase:filler_of_{surface.platform}", "filler", "Filler")
    return blank_item(f"filler{number}", "topic") | {"keys": [key]}
