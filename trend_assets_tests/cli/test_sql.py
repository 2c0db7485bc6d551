import csv
import hashlib
import io
import json
from pathlib import Path

import pytest

from trend_assets.lake.tables import ARTIFACTS, CLUSTERS, EVIDENCE, LINKS, TABLES
from trend_assets_tests.cli.command import HOURS, run
from trend_assets_tests.stores import open_stores


def fingerprint(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / "lake").rglob("*.parquet"))}


def query(lake: Path, sql: str) -> list[dict[str, object]]:
    result = run("sql", sql, "--lake", lake, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, object]] = json.loads(result.stdout)
    return found


def test_every_table_of_lake_and_ledger_is_attached(replayed: Path) -> None:
    names = {row["name"] for row in query(replayed, "show tables")}
    assert names >= set(TABLES)
    assert names >= {"ledger_hours", "ledger_hour_claims", "ledger_audit_log", "ledger_marked_tombstones"}
    assert query(replayed, "select count(*) n, min(revision) r from ledger_hours") == [{"n": HOURS, "r": 1}]
    assert query(replayed, "select count(*) n from coverage") == [{"n": HOURS}]


def test_clusters_know_where_they_were_seen_last(replayed: Path) -> None:
    (row,) = query(replayed, "select first_seen_at, last_seen_at, platforms from clusters where cluster_key = 'tiktok:6999'")
    assert (row["first_seen_at"], row["last_seen_at"], row["platforms"]) == (
        "2026-02-03T10:06:00Z",
        "2026-02-03T21:06:00Z",
        ["tiktok"],
    )


def test_evidence_and_clusters_are_unique_also_while_two_hours_hold_them(lake: Path) -> None:
    work = open_stores(lake)
    tables = (EVIDENCE, ARTIFACTS, CLUSTERS, LINKS)
    before = [query(lake, f"select count(*) n, max(hour) h from {table.name}") for table in tables]
    for table in tables:
        with work.lake.snapshot() as snapshot:
            snapshot.view(table, None, None)
            snapshot.run(f"CREATE TEMP TABLE again AS SELECT * REPLACE (hour + INTERVAL 1 HOUR AS hour) FROM {table.name}")
            work.lake.append(table, snapshot.connection, "again")
    assert [query(lake, f"select count(*) n, max(hour) h from {table.name}") for table in tables] == before


def test_tables_csv_and_empty_results_are_printed(replayed: Path) -> None:
    text = run("sql", "select 'a,b' x, [1] y, null z", "--lake", replayed, "--format", "csv").stdout
    assert list(csv.reader(io.StringIO(text))) == [["x", "y", "z"], ["a,b", "[1]", ""]]
    shown = run("sql", "select 'wide 汉字' name, 1.5 n union all select 'x', 20", "--lake", replayed).stdout
    assert {len(line.encode("gb18030")) for line in shown.splitlines()} == {len("wide 汉字".encode("gb18030")) + 2 + 4}
    assert query(replayed, "select 1 where false") == []


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{out}'",
        "with x as (copy (select 1) to '{own}' (format parquet, use_tmp_file false)) from x",
        "with x as (insert into ledger_hours select * from ledger_hours returning *) from x",
        "explain analyze copy (select 1) to '{own}' (format parquet, use_tmp_file false)",
        "from query('with x as (copy (select 1) to ''{own}'' (format parquet, use_tmp_file false)) from x')",
        "select * from read_text('/etc/hostname')",
        "select * from read_csv('{lake}/archives.yaml')",
        "select * from glob('/*')",
        "from '{lake}/ledger.db'",
        "attach '{lake}/ledger.db' as x (type sqlite)",
        "attach '{out}'",
        "set enable_external_access = true",
        "install httpfs",
        "load httpfs",
        "export database '{out}'",
        "delete from ledger_hours",
        "create table x as select 1",
        "drop view clusters",
        "select 1; select 2",
        "",
        "select nothing",
        "selec 1",
        "select 'a'::int",
        "from connection",
    ],
)
def test_nothing_else_can_be_read_or_written(sql: str, lake: Path, tmp_path: Path) -> None:
    before = fingerprint(lake)
    out = tmp_path / "out"
    result = run("sql", sql.format(out=out, own=next(iter(before)), lake=lake), "--lake", lake)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr
    assert not out.exists()
    assert fingerprint(lake) == before
