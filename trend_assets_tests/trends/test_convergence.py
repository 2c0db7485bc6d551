"""Every hour is a function of what was captured by then: in any order, late, replaced, removed, at once, killed (DESIGN §2)."""

import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from trend_assets.capture.removal import remove
from trend_assets.errors import StaleReplaceError
from trend_assets.hours import HOUR, Span, spans
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import CANDIDATES, SPINE, Table
from trend_assets.steps import Step, Work
from trend_assets.trends import spine
from trend_assets.trends.lifecycle import EXPIRY_HOURS
from trend_assets.trends.scoring import FORMULA_VERSION
from trend_assets_tests.reference import compute
from trend_assets_tests.stores import LATER, capture_run, commit_world, dicts, open_stores
from trend_assets_tests.trends import processes
from trend_assets_tests.trends.processes import Row, Tables, random_spans, rows, settle_all
from trend_assets_tests.trends.test_reference_agrees import KEYS, actual, oracle
from trend_assets_tests.worlds import START, blank_item, random_world

HOURS = 8
WHOLE = Span(START, START + HOURS * HOUR)
MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: these tests write thousands of small files."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@cache
def world(seed: int, hours: int = HOURS) -> list[Row]:
    """A small world; its runs have the ids under which they are committed."""
    found = random_world(random.Random(seed), hours, surfaces=2, topics=6, recommits=0.1)
    return [row | {"run_id": capture_run(row).run_id, "surface": capture_run(row).surface.id} for row in found]


def computed(folder: Path, runs: list[Row], span: Span = WHOLE) -> Work:
    """Stores with all the runs, committed at once and computed in one run."""
    work = open_stores(folder)
    commit_world(work, runs)
    spine.run(work, span)
    return work


@cache
def direct(seed: int) -> Tables:
    """The rows of a world, committed at once and computed in one run."""
    with tempfile.TemporaryDirectory() as folder:
        return rows(computed(Path(folder), world(seed)))


def assert_oracle_agrees(work: Work, runs: list[Row], removed: list[tuple[str, str | None, str]] | None = None) -> None:
    expected = compute(runs, removed or [], START, WHOLE.end - HOUR)
    for table in KEYS:
        assert actual(work.lake, table) == oracle(expected[table], table), table


# Order

SHUFFLED = "in random overlapping spans"
ORDERS: dict[str, Callable[[random.Random], list[Span]]] = {
    "hour by hour": lambda _: [Span.of(hour) for hour in WHOLE],
    "in reverse": lambda _: [Span.of(hour) for hour in reversed(list(WHOLE))],
    SHUFFLED: lambda rng: random_spans(rng, WHOLE),
    "everything twice": lambda rng: 2 * random_spans(rng, WHOLE),
    "only the last hour": lambda _: [Span.of(WHOLE.end - HOUR)],
}


@pytest.mark.parametrize(("order", "seed"), [*((order, 8) for order in ORDERS), (SHUFFLED, 3), (SHUFFLED, 6)])
def test_the_order_of_runs_leaves_no_trace(order: str, seed: int, folder: Path) -> None:
    work = open_stores(folder)
    commit_world(work, world(seed))
    for span in ORDERS[order](random.Random(seed)):
        spine.run(work, span)
    settle_all(work)
    assert rows(work) == direct(seed)


@pytest.mark.parametrize(("part_hours", "seed"), [(1, 3), (5, 8)])
def test_a_run_in_parts_is_one_run(part_hours: int, seed: int, folder: Path) -> None:
    work = open_stores(folder, part_hours=part_hours)
    commit_world(work, world(seed))
    spine.run(work, WHOLE)
    assert rows(work) == direct(seed)
    assert spine.dirty_hours(work) == {}
    commit_world(work, world(seed)[: len(world(seed)) // 2], LATER)
    replaced = spine.run(work, WHOLE)
    assert not any(step.changed for step in replaced.values())
    assert spine.dirty_hours(work) == {}


def test_what_converges_is_what_the_oracle_says(folder: Path) -> None:
    work = open_stores(folder)
    commit_world(work, world(5))
    for span in random_spans(random.Random(5), WHOLE):
        spine.run(work, span)
    settle_all(work)
    assert_oracle_agrees(work, world(5))


def test_long_histories_converge_across_every_window(folder: Path) -> None:
    long = Span(START, START + 400 * HOUR)
    runs = random_world(random.Random(11), 400, surfaces=2, topics=4)
    expected = rows(computed(folder / "direct", runs, long))
    work = open_stores(folder / "shuffled")
    commit_world(work, runs)
    for span in random_spans(random.Random(11), long, longest=150):
        spine.run(work, span)
    settle_all(work)
    assert rows(work) == expected


def test_hours_without_captures_are_due_while_an_episode_can_be_open(folder: Path) -> None:
    gap = 400
    early, late = (random_world(random.Random(seed), 30, surfaces=2, topics=8) for seed in (1, 2))
    runs = early + [row | {name: row[name] + gap * HOUR for name in ("captured_at", "slot")} for row in late]
    hours = {capture_run(row).hour for row in runs}
    expected = rows(computed(folder / "direct", runs, Span(min(hours), max(hours) + HOUR)))
    work = open_stores(folder / "captured hours only")
    commit_world(work, runs)
    for span in spans(sorted(hours)):
        spine.run(work, span)
    settle_all(work)
    assert rows(work) == expected
    assert "expired" in {row["status"] for row in dicts(work.lake, CANDIDATES.name)}, "the world shows nothing"
    assert len(work.ledger.settled()) < gap + 30, f"no episode is open more than {EXPIRY_HOURS} hours after a capture"


# Late, replaced and removed captures


def test_a_first_sight_moves_however_far_away_it_was(folder: Path) -> None:
    """No other window reaches from the one hour to the other."""
    far = START + 200 * HOUR
    seen_first = next(run for run in world(3) if len(run["items"]) > 2)
    seen_again = seen_first | {"slot": far, "captured_at": far, "attempt": 50, "run_id": "again"}
    work = open_stores(folder)
    commit_world(work, [seen_again])
    spine.run(work, Span.of(far))
    assert evidence_hours(work) == {far}
    commit_world(work, [seen_first])
    first = capture_run(seen_first).hour
    spine.run(work, Span.of(first))
    assert spine.dirty_hours(work)[far] == "a first sight of clusters moved"
    settle_all(work)
    assert evidence_hours(work) == {first}
    remove(work.lake, "run", "", capture_run(seen_first).run_id, "test", LATER)
    settle_all(work)
    assert evidence_hours(work) == {far}


def evidence_hours(work: Work) -> set[datetime]:
    """The hours that hold evidence."""
    return {row["hour"] for row in dicts(work.lake, "evidence")}


@pytest.mark.parametrize("seed", [3, 6])
def test_late_captures_end_in_the_rows_of_timely_ones(seed: int, folder: Path) -> None:
    rng = random.Random(seed)
    parts = {run["run_id"]: rng.choice([0, 0, 0, 1, 2]) for run in world(seed)}
    work = computed(folder, [run for run in world(seed) if parts[run["run_id"]] == 0])
    for part in (1, 2):
        commit_world(work, [run for run in world(seed) if parts[run["run_id"]] == part])
        settle_all(work)
    assert rows(work) == direct(seed)


@pytest.mark.parametrize("seed", [4, 6])
def test_of_a_replaced_run_the_last_commit_counts(seed: int, folder: Path) -> None:
    rng = random.Random(seed)
    work = computed(folder / "replaced", world(seed))
    changed = [altered(rng, run) for run in rng.sample(world(seed), 5)]
    replace_runs(work, changed, 1)
    settle_all(work)
    latest = {run["run_id"]: run for run in world(seed)}
    only = latest | {run["run_id"]: run for run in changed}
    assert rows(work) == rows(computed(folder / "direct", list(only.values())))
    replace_runs(work, [latest[run["run_id"]] for run in changed], 2)
    settle_all(work)
    assert rows(work) == direct(seed), "the first content came back"


def replace_runs(work: Work, runs: list[Row], number: int) -> None:
    commit_world(work, runs, LATER + timedelta(seconds=number))


def altered(rng: random.Random, run: Row) -> Row:
    """The run with other counters, and without some of its items."""
    items = [
        item | {"view_count": rng.randint(0, 10**6), "like_count": rng.choice([None, 7])}
        for item in run["items"]
        if rng.random() < 0.7
    ]
    return run | {"items": items, "item_count": len(items), "status": rng.choice(["success", "partial"])}


def test_a_removed_run_was_never_captured(folder: Path) -> None:
    seed = 3
    work = computed(folder / "removed", world(seed))
    gone = {run["run_id"] for run in random.Random(seed).sample(world(seed), 4)}
    for run_id in gone:
        remove(work.lake, "run", "", run_id, "test", LATER)
    settle_all(work)
    kept = [run for run in world(seed) if run["run_id"] not in gone]
    assert rows(work) == rows(computed(folder / "direct", kept))


@pytest.mark.parametrize("seed", [3, 4])
def test_a_removed_item_or_author_was_never_seen(seed: int, folder: Path) -> None:
    rng = random.Random(seed)
    work = computed(folder / "removed", world(seed))
    before = rows(work)
    sighted = [(run["platform"], item) for run in world(seed) for item in run["items"]]
    platform, item = rng.choice(sighted)
    remove(work.lake, "item", platform, item["platform_item_id"], "test", LATER)
    owner, authored = rng.choice([pair for pair in sighted if pair[1]["author_handle"]])
    remove(work.lake, "author", owner, authored["author_handle"], "test", LATER)
    settle_all(work)
    gone = [("item", platform, item["platform_item_id"])]
    gone += [("item", owner, name) for name in items_of(owner, authored["author_handle"], sighted)]
    assert_oracle_agrees(work, world(seed), gone)
    assert rows(work)["coverage"] == before["coverage"], "what surfaces delivered stays as it was"

    first = open_stores(folder / "removed first")
    copy_captures(work, first)
    spine.run(first, WHOLE)
    assert rows(work) == rows(first), "it does not matter when it was removed"


def items_of(platform: str, handle: str, sighted: list[tuple[str, Row]]) -> set[str]:
    """The ids of all items of an author of a world, where a handle and an id belong to one person."""
    ids = {item["author_id"] for where, item in sighted if where == platform and item["author_handle"] == handle} - {None}
    handles = {item["author_handle"] for where, item in sighted if where == platform and item["author_id"] in ids} | {handle}
    return {
        item["platform_item_id"]
        for where, item in sighted
        if where == platform and (item["author_id"] in ids or item["author_handle"] in handles)
    }


def copy_captures(source: Work, target: Work) -> None:
    """Give the target the inputs of the source."""
    for name in ("captures", "capture_runs", "tombstones"):
        copytree(source.lake.root / name, target.lake.root / name, dirs_exist_ok=True)


# The past stays


def test_an_hour_computed_live_is_final(folder: Path) -> None:
    work = open_stores(folder)
    for hour in WHOLE:
        commit_world(work, [run for run in world(8) if capture_run(run).hour == hour])
        spine.run(work, Span.of(hour))
        assert rows(work) == before(direct(8), hour + HOUR), f"{hour} is not a function of what was captured by then"


ROUNDS, CHANGES = 5, 10
"""In each of four worlds: so many times so many changes."""


@pytest.mark.parametrize("seed", [3, 4, 5, 6])
def test_nothing_changes_before_the_first_hour_that_a_change_concerns(seed: int, folder: Path) -> None:
    """Replaced runs, further attempts, removed runs, items and authors: all rows of all hours before are what they were."""
    hours = 24
    rng, runs = random.Random(seed), world(seed, hours)
    work = computed(folder, runs, Span(START, START + hours * HOUR))
    held, times = rows(work), itertools.count(1)
    for number in range(ROUNDS):
        from_hour = START + rng.randrange(2, hours // 2) * HOUR
        concerned = [random_change(rng, work, runs, from_hour, LATER + timedelta(seconds=next(times))) for _ in range(CHANGES)]
        settle_all(work)
        now, hour = rows(work), min(concerned)
        assert now != held, "the changes show"
        assert before(now, hour) == before(held, hour), f"round {number} concerns {hour} and later"
        held = now


def random_change(rng: random.Random, work: Work, runs: list[Row], from_hour: datetime, now: datetime) -> datetime:
    """Replace a run, commit one more attempt, or remove something that was seen then; returns the first hour concerned."""
    run = rng.choice([run for run in runs if len(run["items"]) > 1 and run["captured_at"] >= from_hour])
    kind = rng.choice(["replaced", "replaced", "one more", "one more", "run", "item", "author"])
    items = {rng.choice(run["items"])["platform_item_id"]}
    named = sorted({item["author_handle"] for item in run["items"]} - {None})
    if kind == "author" and named:
        handle = rng.choice(named)
        remove(work.lake, "author", run["platform"], handle, "test", now)
        sighted = [(other["platform"], item) for other in runs for item in other["items"]]
        items = items_of(run["platform"], handle, sighted)
    elif kind in ("item", "author"):
        remove(work.lake, "item", run["platform"], next(iter(items)), "test", now)
    if kind in ("item", "author"):
        concerned = (other for other in runs if items & {item["platform_item_id"] for item in other["items"]})
        return min(capture_run(other).hour for other in concerned)
    if kind == "run":
        remove(work.lake, "run", "", run["run_id"], "test", now)
    elif kind == "replaced":
        commit_world(work, [altered(rng, run)], now)
    else:
        commit_world(work, [altered(rng, run) | {"attempt": now.second + 10}], now)
    return capture_run(run).hour


def before(tables: Tables, hour: datetime) -> Tables:
    """The rows of the hours before one; `hour` is the first column of every table."""
    return {name: [row for row in found if row[0] < hour] for name, found in tables.items()}


# Several processes


def test_four_processes_on_overlapping_hours_converge(folder: Path) -> None:
    work = open_stores(folder)
    commit_world(work, world(8))
    calls = [(processes.run_spans, folder, random_spans(random.Random(number), WHOLE)) for number in range(4)]
    processes.at_once(*calls)
    settle_all(work)
    assert rows(work) == direct(8)
    assert_unique(work)


def test_captures_that_come_while_four_processes_run_are_not_missed(folder: Path) -> None:
    work = open_stores(folder)
    names = {run["run_id"] for run in world(8)[::3]}  # a run may be in it twice: the order of its commits stays
    commit_world(work, [run for run in world(8) if run["run_id"] not in names])
    rest = [run for run in world(8) if run["run_id"] in names]
    calls = [(processes.run_spans, folder, random_spans(random.Random(number), WHOLE)) for number in range(3)]
    processes.at_once(*calls, (processes.commit_one_by_one, folder, rest, 0, 0.05))
    settle_all(work)
    assert rows(work) == direct(8)
    assert_unique(work)


def test_processes_that_all_run_what_is_dirty_come_to_an_end(folder: Path) -> None:
    work = computed(folder, world(8)[1::2])
    commit_world(work, world(8), LATER + timedelta(seconds=1))
    processes.at_once(*[(processes.run_dirty, folder)] * 3)
    assert spine.dirty_hours(work) == {}
    assert rows(work) == direct(8)


def assert_unique(work: Work) -> None:
    """Whatever must be unique is."""
    unique = {
        "coverage": "surface, hour",
        "observations": "run_id, item_key",
        "evidence": "platform, platform_item_id",
        "artifacts": "evidence_id",
        "clusters": "cluster_key_type, cluster_key",
        "artifact_cluster_links": "CASE role WHEN 'primary' THEN artifact_id ELSE artifact_id || cluster_id END",
        "cluster_buckets": "cluster_id, hour",
        "trend_candidates": "candidate_id, hour",
        "candidate_transitions": "candidate_id, hour",
    }
    with work.lake.snapshot() as snapshot:
        for table in SPINE:
            snapshot.view(table, None, None)
            twice = snapshot.rows(f"SELECT {unique[table.name]} AS name FROM {table.name} GROUP BY ALL HAVING count(*) > 1")
            assert twice == [], table.name


# Killed

KILLS = 13
"""In each of four tests, spread over the time that the work needs."""


@pytest.mark.parametrize("part", range(2))
def test_a_killed_pipeline_loses_nothing_and_doubles_nothing(part: int, folder: Path) -> None:
    """From empty stores, as one range or hour by hour: killed, and whatever is dirty is run."""
    spans = [*[Span.of(hour) for hour in WHOLE][:3], Span(START + 3 * HOUR, WHOLE.end)] if part else [WHOLE]
    arguments = (world(8), spans)
    needed = duration(processes.capture_and_run, folder / "calibration", *arguments)
    rng = random.Random(part)
    for number in range(KILLS):
        stores = killed_at(folder / f"{number}", needed * (number + rng.random()) / KILLS, open_stores, *arguments)
        work = open_stores(stores)
        commit_world(work, world(8))
        settle_all(work)
        assert rows(work) == direct(8), f"killed at {number}/{KILLS} of its time"
        assert_unique(work)


@pytest.mark.parametrize("part", range(2))
def test_a_killed_catch_up_leaves_dirty_what_it_did_not_finish(part: int, folder: Path) -> None:
    """Old captures come late to stores that are complete without them; nothing is run again but what is dirty."""
    rng = random.Random(part)
    late = {run["run_id"] for run in world(8) if rng.random() < 0.3}
    stored = computed(folder / "stored", [run for run in world(8) if run["run_id"] not in late])
    stored.ledger.close()
    arguments = (world(8), [Span(START, START + 4 * HOUR), Span(START + 4 * HOUR, WHOLE.end)])
    copytree(folder / "stored", folder / "calibration")
    needed = duration(processes.capture_and_run, folder / "calibration", *arguments)
    for number in range(KILLS):
        stores = killed_at(
            folder / f"{number}", needed * (number + rng.random()) / KILLS, partial(copytree, folder / "stored"), *arguments
        )
        work = open_stores(stores)
        commit_world(work, world(8))
        settle_all(work)
        assert rows(work) == direct(8), f"killed at {number}/{KILLS} of its time"


def killed_at(folder: Path, delay: float, prepare: Callable[[Path], object], *arguments: object) -> Path:
    """Return stores whose pipeline was killed at work after the delay, or earlier where it had ended by then."""
    for attempt in itertools.count():
        stores = folder / f"{attempt}"
        stores.parent.mkdir(parents=True, exist_ok=True)
        prepare(stores)
        if processes.killed(delay * 0.8**attempt, processes.capture_and_run, stores, *arguments):
            return stores
    raise AssertionError("it ends before it begins")


def duration(function: Callable[..., None], *arguments: object) -> float:
    """How long the call takes in a process of its own."""
    open_stores(Path(str(arguments[0])))
    processes.at_once((time.sleep, 0))  # the server has started
    start = time.monotonic()
    processes.at_once((function, *arguments))
    return time.monotonic() - start


# Provisional hours and other code


def test_a_provisional_hour_moves_nothing_and_is_computed_again_when_it_has_closed(folder: Path) -> None:
    now = START + 7 * HOUR
    span = Span(START, now + HOUR)
    runs = random_world(random.Random(40), 14, surfaces=2, topics=8)
    landed = [run for run in runs if run["captured_at"] < now + timedelta(minutes=20)]
    expected = computed(folder / "direct", landed, span)
    assert len(transitions(expected, now)) > 2, "in this world the hour moves candidates"

    work = open_stores(folder / "live", as_of=now + timedelta(minutes=20))
    commit_world(work, landed)
    spine.run(work, span)
    live = [row for row in dicts(work.lake, "trend_candidates") if row["hour"] == now]
    assert {row["provisional"] for row in live} == {True}
    assert all(row["status"] == row["previous_status"] for row in live)
    assert transitions(work, now) == []
    assert before(rows(work), now) == before(rows(expected), now), "the hours before are final"
    assert spine.dirty_hours(work) == {}, "it is still running"

    closed = open_stores(folder / "live", as_of=now + timedelta(hours=1, minutes=15))
    assert spine.dirty_hours(closed) == {now: "it was not complete when it was computed"}
    settle_all(closed)
    assert rows(closed) == rows(expected)


def transitions(work: Work, hour: datetime) -> list[Row]:
    """The transitions of an hour."""
    return [row for row in dicts(work.lake, "candidate_transitions") if row["hour"] == hour]


def test_the_hour_after_a_provisional_one_is_provisional(folder: Path) -> None:
    """It goes on from a state that has not moved yet: what it said would be taken back."""
    now = START + 7 * HOUR + timedelta(minutes=5)
    runs = [run for run in random_world(random.Random(23), 14, surfaces=2, topics=8) if run["captured_at"] < now]
    late = [run for run in runs if START + 6 * HOUR <= run["captured_at"] < START + 7 * HOUR]
    landed = [run for run in runs if run not in late[1:]]
    work = open_stores(folder, as_of=now)
    commit_world(work, landed)
    spine.run(work, Span(START, START + 8 * HOUR))
    coverage = {row["hour"]: row["provisional"] for row in dicts(work.lake, "coverage")}
    assert [coverage[START + hour * HOUR] for hour in (5, 6, 7)] == [False, True, True]
    assert transitions(work, START + 7 * HOUR) == []
    closed = open_stores(folder, as_of=START + 9 * HOUR)
    commit_world(closed, runs, LATER + timedelta(seconds=1))
    settle_all(closed)
    assert not any(row["provisional"] for row in dicts(work.lake, "coverage"))


def test_a_part_that_is_tried_again_loses_no_mark(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sound seen at 0 and at 2, and new counters of hour 0: its part is stored, that of hour 1 is refused once."""
    work = computed(folder, [sound(0, None), sound(1, None, "other"), sound(2, 1000)], Span(START, START + 3 * HOUR))
    replace_runs(work, [sound(0, 400)], 1)
    again, span = replace(work, run_id="retried", part_hours=1), Span(START, START + 2 * HOUR)
    stored, refused = Lake.replace, set[Table]()

    def refuse_once(lake: Lake, table: Table, part: Span, *rest: Any) -> Any:
        if part.start > START and table not in refused:
            refused.add(table)
            raise StaleReplaceError("Others kept replacing it.")
        return stored(lake, table, part, *rest)

    spine.begin(work.ledger, span, again.run_id)
    with monkeypatch.context() as patch:
        patch.setattr(Lake, "replace", refuse_once)
        for step in spine.STEPS:
            while not tried(step, again, span):
                pass
    spine.finish(again, span, again.run_id)
    assert refused >= set(SPINE)
    settle_all(work)
    assert [row["growth_uses"] for row in dicts(work.lake, "observations") if row["hour"] == span.end] == [300]


def sound(hour: int, uses: int | None, name: str = "sound") -> Row:
    """A run of the hour that shows one sound."""
    at = START + hour * HOUR
    item = blank_item(name, "sound") | {"use_count": uses, "keys": [("audio_id", f"tiktok:{name}", name, name)], "position": 0}
    row: Row = {"surface": "tiktok:sounds", "platform": "tiktok", "slot": at, "attempt": 0, "captured_at": at}
    row |= {"status": "success", "cadence_minutes": 60, "min_items": 1, "items": [item], "item_count": 1}
    return row | {"run_id": capture_run(row).run_id}


def tried(step: Step, work: Work, span: Span) -> bool:
    try:
        step.run(work, span)
    except StaleReplaceError:
        return False
    return True


def test_a_new_formula_makes_every_hour_dirty() -> None:
    (step,) = [step for step in spine.STEPS if step.table is CANDIDATES]
    assert FORMULA_VERSION in step.version


def test_hours_of_other_code_are_dirty(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = computed(folder, world(3))
    assert spine.dirty_hours(work) == {}
    monkeypatch.setattr(spine, "CODE_VERSION", "another")
    assert spine.dirty_hours(work) == dict.fromkeys(WHOLE, "computed by other code")
    assert settle_all(work) == [WHOLE]
    assert rows(work) == direct(3)
