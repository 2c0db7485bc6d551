"""The lake: whole hours replaced atomically, never by rows from older inputs; contracts refused as a whole."""

import multiprocessing as mp
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake

from trend_assets.errors import ContractError, StaleReplaceError, UnknownNameError
from trend_assets.hours import HOUR, Span
from trend_assets.lake import lake as lake_module
from trend_assets.lake.lake import Lake, Replaced, Snapshot
from trend_assets.lake.tables import ARTIFACTS, COVERAGE, ITEM_SIGHTINGS, QUARANTINE, SPINE, TABLES, TOMBSTONES, Column, Table
from trend_assets_tests.worlds import START

CONTEXT = mp.get_context("forkserver")
DAY = Span(START, START + timedelta(days=1))
HOURS = list(DAY)
NOON = HOURS[12]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "a lake, with 100 % odd names")
    lake.create_tables()
    return lake


def sightings(snapshot: Snapshot, rows: dict[datetime, list[int]]) -> str:
    """Make the relation with these keys by hour."""
    values = [(hour, key) for hour, keys in rows.items() for key in keys]
    snapshot.run("CREATE OR REPLACE TEMP TABLE fresh (hour TIMESTAMP, key BIGINT)")
    for value in values:
        snapshot.connection.execute("INSERT INTO fresh VALUES (?, ?)", value)
    return "fresh"


def put(lake: Lake, rows: dict[datetime, list[int]], span: Span | None = None) -> Replaced:
    """Replace the hours of the span, or of the rows."""
    span = span or Span(min(rows), max(rows) + HOUR)
    return lake.replace(ITEM_SIGHTINGS, span, lambda snapshot: sightings(snapshot, rows))


def stored(lake: Lake) -> dict[datetime, list[int]]:
    """Return the keys by hour."""
    with lake.snapshot() as snapshot:
        snapshot.view(ITEM_SIGHTINGS, None, None)
        query = "SELECT hour, list(key ORDER BY key) FROM item_sightings GROUP BY hour ORDER BY hour"
        return {hour: list(keys) for hour, keys in snapshot.rows(query)}


def files(lake: Lake) -> set[str]:
    return set(lake.open(ITEM_SIGHTINGS).file_uris())


# Replacing hours


@pytest.mark.parametrize(
    ("before", "mine"),
    [({}, [1]), ({NOON: [1]}, [2]), ({NOON: [1]}, [1]), ({}, [])],
    ids=["empty hour", "changed rows", "unchanged rows", "nothing to nothing"],
)
def test_a_replace_from_older_inputs_is_refused_and_computed_again(
    before: dict[datetime, list[int]], mine: list[int], lake: Lake
) -> None:
    """Rows from newer inputs were stored while this replace still computed: its own must not cover them."""
    if before:
        put(lake, before)
    attempts: list[int] = []

    def compute(snapshot: Snapshot) -> str:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            rows = sightings(snapshot, {NOON: mine})
            put(lake, {NOON: [7]})
            return rows
        snapshot.view(ITEM_SIGHTINGS, NOON, NOON + HOUR)
        assert snapshot.rows("SELECT key FROM item_sightings") == [(7,)], "the second attempt reads what is there now"
        return sightings(snapshot, {NOON: [7, 8]})

    replaced = lake.replace(ITEM_SIGHTINGS, Span.of(NOON), compute)
    assert len(attempts) == 2
    assert replaced.changed == (NOON,)
    assert stored(lake) == {NOON: [7, 8]}


def test_replaces_of_different_hours_do_not_disturb_each_other(lake: Lake) -> None:
    put(lake, {NOON: [1]})
    attempts: list[int] = []

    def compute(snapshot: Snapshot) -> str:
        attempts.append(len(attempts))
        put(lake, {HOURS[13]: [len(attempts)]})
        return sightings(snapshot, {NOON: [2]})

    lake.replace(ITEM_SIGHTINGS, Span.of(NOON), compute)
    assert attempts == [0]
    assert stored(lake) == {NOON: [2], HOURS[13]: [1]}


def test_a_replace_that_is_refused_again_and_again_is_given_up(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lake_module, "ATTEMPTS", 3)
    attempts: list[int] = []

    def compute(snapshot: Snapshot) -> str:
        attempts.append(len(attempts))
        put(lake, {NOON: [len(attempts)]})
        return sightings(snapshot, {NOON: [99]})

    with pytest.raises(StaleReplaceError, match="item_sightings"):
        lake.replace(ITEM_SIGHTINGS, Span.of(NOON), compute)
    assert stored(lake) == {NOON: [3]}


@pytest.mark.parametrize("compacted", [False, True])
def test_an_hour_inside_a_days_file_is_replaced_alone(compacted: bool, lake: Lake) -> None:
    rows = {hour: [number, number + 100] for number, hour in enumerate(HOURS)}
    if compacted:
        for hour, keys in rows.items():
            put(lake, {hour: keys})
        lake.compact(ITEM_SIGHTINGS, DAY.end)
    else:
        put(lake, rows)
    assert len(files(lake)) == 1
    assert put(lake, {NOON: [5]}) == Replaced(1, (NOON,))
    assert stored(lake) == rows | {NOON: [5]}


def test_two_replaces_inside_one_days_file_keep_each_others_rows(lake: Lake) -> None:
    put(lake, {hour: [0] for hour in HOURS})

    def compute(snapshot: Snapshot) -> str:
        if stored(lake)[HOURS[3]] == [0]:
            put(lake, {HOURS[3]: [3]})
        return sightings(snapshot, {NOON: [12]})

    lake.replace(ITEM_SIGHTINGS, Span.of(NOON), compute)
    assert stored(lake) == {hour: [0] for hour in HOURS} | {HOURS[3]: [3], NOON: [12]}


def test_an_empty_result_empties_the_hour(lake: Lake) -> None:
    put(lake, {hour: [1] for hour in HOURS})
    assert put(lake, {}, Span.of(NOON)) == Replaced(0, (NOON,))
    assert list(stored(lake)) == [hour for hour in HOURS if hour != NOON]
    assert put(lake, {}, DAY).changed == tuple(hour for hour in HOURS if hour != NOON)
    assert stored(lake) == {}


def test_rows_that_did_not_change_are_not_written(lake: Lake) -> None:
    rows = {hour: [1, 2] for hour in HOURS}
    put(lake, rows)
    held = files(lake)
    assert put(lake, {hour: [2, 1] for hour in HOURS}) == Replaced(48, ())
    assert files(lake) == held
    assert put(lake, rows | {NOON: [1]}).changed == (NOON,), "of a range only the hours that differ"


def test_what_changes_is_told_before_it_is_written(lake: Lake) -> None:
    put(lake, {hour: [1] for hour in HOURS})
    told: list[tuple[Span, list[int]]] = []
    rows = {hour: [1] for hour in HOURS} | {HOURS[2]: [2], HOURS[4]: [2]}
    lake.replace(
        ITEM_SIGHTINGS, DAY, lambda snapshot: sightings(snapshot, rows),
        lambda changed: told.append((changed, stored(lake)[HOURS[2]])),
    )  # fmt: skip
    lake.replace(ITEM_SIGHTINGS, DAY, lambda snapshot: sightings(snapshot, rows), lambda changed: told.append((changed, [])))
    assert told == [(Span(HOURS[2], HOURS[5]), [1])]


def test_a_view_stays_as_it_was_when_it_was_made(lake: Lake) -> None:
    put(lake, {NOON: [1]})
    with lake.snapshot() as snapshot:
        snapshot.view(ITEM_SIGHTINGS, None, None)
        put(lake, {NOON: [2]})
        lake.compact(ITEM_SIGHTINGS, DAY.end)
        assert snapshot.rows("SELECT key FROM item_sightings") == [(1,)]


# Contracts


def test_every_violation_of_a_contract_is_named_at_once(lake: Lake) -> None:
    with lake.snapshot() as snapshot, pytest.raises(ContractError) as caught:
        snapshot.run(
            "CREATE TEMP TABLE fresh AS SELECT TIMESTAMP '2026-01-05' AS hour, 1 AS evidence_id, 2 AS extra, 3 AS more"
        )
        lake_module.check_contract(snapshot.connection, ARTIFACTS, "fresh", DAY)
    for problem in (
        "column artifact_id is missing",
        "column normalized_text is missing",
        "column extra is not in the contract",
        "column more is not in the contract",
    ):
        assert problem in str(caught.value)


def test_every_bad_value_is_counted_at_once(lake: Lake) -> None:
    late = DAY.end

    def compute(snapshot: Snapshot) -> str:
        snapshot.run(
            f"""CREATE TEMP TABLE fresh AS SELECT * FROM (VALUES
            (TIMESTAMP '{NOON}', NULL, 'e1', 'text', 1.0), (TIMESTAMP '{NOON}', NULL, 'e2', NULL, NULL),
            (TIMESTAMP '{late}', 'a', 'e3', 'text', 1.0))
            AS rows(hour, artifact_id, evidence_id, normalized_text, engagement_score)"""
        )
        return "fresh"

    with pytest.raises(ContractError) as caught:
        lake.replace(ARTIFACTS, DAY, compute)
    for problem in ("2 rows have no artifact_id", "1 rows have no normalized_text", "1 rows are outside the hours"):
        assert problem in str(caught.value)
    assert lake.open(ARTIFACTS).file_uris() == [], "nothing is written"


def test_every_column_of_every_contract_has_a_meaning() -> None:
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names), table.name
        assert set(table.key) <= set(names), table.name
        assert names[0] == "hour", table.name
        assert table.grain, table.name
        assert table.about, table.name
        for column in table.columns:
            assert column.meaning.strip(), f"{table.name}.{column.name}"
            assert column.type, f"{table.name}.{column.name}"
    assert {table.name for table in SPINE} <= set(TABLES)


def test_stored_columns_are_those_of_the_contract(lake: Lake) -> None:
    assert_tables_stand(lake)


def assert_tables_stand(lake: Lake) -> None:
    for table in TABLES.values():
        found = [field.name for field in lake.open(table).schema().fields]
        assert found == ["day", *(column.name for column in table.columns)], table.name


# Creating, appending, compacting


def test_a_lake_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="nowhere"):
        Lake(tmp_path / "nowhere").open(ARTIFACTS)


def at_once(*calls: tuple[Callable[..., None], *tuple[object, ...]]) -> None:
    """Run the calls in one process each, all at once; each must succeed."""
    processes = [CONTEXT.Process(target=function, args=arguments) for function, *arguments in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def create(root: Path) -> None:
    Lake(root).create_tables()


def test_four_processes_create_the_tables_at_once(tmp_path: Path) -> None:
    at_once(*[(create, tmp_path / "lake")] * 4)
    assert_tables_stand(Lake(tmp_path / "lake"))


def append_tombstones(root: Path, number: int) -> None:
    lake = Lake(root)
    for index in range(8):
        with lake.snapshot() as snapshot:
            snapshot.run(
                "CREATE TEMP TABLE fresh AS SELECT $hour AS hour, 'item' AS kind, 'x' AS platform, $value AS value, "
                "$hour AS created_at, 'test' AS reason",
                hour=START,
                value=f"{number}/{index}",
            )
            lake.append(TOMBSTONES, snapshot.connection, "fresh")


def test_appends_of_four_processes_all_count(lake: Lake) -> None:
    at_once(*[(append_tombstones, lake.root, number) for number in range(4)])
    with lake.snapshot() as snapshot:
        snapshot.view(TOMBSTONES, None, None)
        assert snapshot.rows("SELECT count(*), count(DISTINCT value) FROM tombstones") == [(32, 32)]


def test_compaction_under_a_replace_makes_it_compute_again(lake: Lake) -> None:
    for hour in HOURS:
        put(lake, {hour: [1]})
    attempts: list[int] = []

    def compute(snapshot: Snapshot) -> str:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            lake.compact(ITEM_SIGHTINGS, DAY.end)
        return sightings(snapshot, {NOON: [2]})

    lake.replace(ITEM_SIGHTINGS, Span.of(NOON), compute)
    assert stored(lake) == {hour: [1] for hour in HOURS} | {NOON: [2]}


def test_a_replace_under_a_compaction_makes_it_start_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in HOURS:
        put(lake, {hour: [1]})
    taken: list[str] = []
    really_latest = Lake.latest

    @contextmanager
    def latest_and_lose(self: Lake, table: Table) -> Iterator[DeltaTable]:
        taken.append(table.name)
        with really_latest(self, table) as handle:
            if len(taken) == 1:
                put(lake, {NOON: [2]})
            yield handle

    monkeypatch.setattr(Lake, "latest", latest_and_lose)
    lake.compact(ITEM_SIGHTINGS, DAY.end)
    assert stored(lake) == {hour: [1] for hour in HOURS} | {NOON: [2]}
    assert len(files(lake)) == 1


def replace_each(root: Path, first: int) -> None:
    for number in range(first, len(HOURS), 3):
        put(Lake(root), {HOURS[number]: [number]})


def compact_often(root: Path) -> None:
    for _ in range(10):
        Lake(root).compact(ITEM_SIGHTINGS, DAY.end)


def test_compaction_and_replaces_at_once_lose_nothing(lake: Lake) -> None:
    put(lake, {hour: [0] for hour in HOURS})
    at_once(*[(replace_each, lake.root, first) for first in range(3)], (compact_often, lake.root))
    assert stored(lake) == {hour: [number] for number, hour in enumerate(HOURS)}
    lake.compact(ITEM_SIGHTINGS, DAY.end)
    assert stored(lake) == {hour: [number] for number, hour in enumerate(HOURS)}
    assert len(files(lake)) == 1


def test_days_that_are_not_over_are_left_alone(lake: Lake) -> None:
    tomorrow = DAY.end + HOUR
    for hour in (*HOURS[:3], tomorrow, tomorrow + HOUR):
        put(lake, {hour: [1]})
    assert lake.compact(ITEM_SIGHTINGS, DAY.end).rewritten == 3
    assert len(files(lake)) == 3
    assert lake.compact(ITEM_SIGHTINGS, DAY.end).rewritten == 0
    assert stored(lake) == {hour: [1] for hour in (*HOURS[:3], tomorrow, tomorrow + HOUR)}


def test_compaction_of_an_empty_table_is_nothing(lake: Lake) -> None:
    lake.compact(QUARANTINE, DAY.end)
    assert lake.open(QUARANTINE).file_uris() == []


def test_a_lake_of_another_version_is_refused_with_a_sentence(lake: Lake) -> None:
    other = Table(
        COVERAGE.name, COVERAGE.grain, COVERAGE.key, (*COVERAGE.columns, Column("mood", "VARCHAR", "new")), COVERAGE.about
    )
    with lake.snapshot() as snapshot:
        columns = ", ".join(f'CAST(NULL AS {column.type}) AS "{column.name}"' for column in COVERAGE.columns)
        path = str(lake.root / COVERAGE.name)
        write_deltalake(path, snapshot.connection.sql(f"SELECT DATE '2026-01-05' AS day, {columns}"), mode="append")
        with pytest.raises(ContractError, match="coverage does not have the columns of its contract; this lake was made by"):
            snapshot.view(other, None, None)
