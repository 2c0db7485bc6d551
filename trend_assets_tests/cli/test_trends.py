from pathlib import Path

import pytest

from trend_assets_tests.cli.command import HOURS, hour, rows, run
from trend_assets_tests.stores import open_stores


def test_the_open_candidates_of_an_hour_are_listed(replayed: Path) -> None:
    (row,) = rows(run("trends", "--at", hour(3), "--json", "--lake", replayed))
    assert (row["status"], row["cluster_key"], row["velocity"], row["out_of_date"]) == ("active", "tiktok:6999", 20, False)


def test_hostile_names_are_printed_harmlessly(replayed: Path) -> None:
    shown = run("trends", "--at", hour(3), "--lake", replayed).stdout
    assert "Burst  [31m of red" in shown
    assert "\x1b" not in shown
    assert "1 open candidates" in shown


def test_the_last_computed_hour_is_the_default(replayed: Path) -> None:
    assert f"0 open candidates at {hour(HOURS - 1)}" in run("trends", "--lake", replayed).stdout


def test_an_hour_that_is_out_of_date_says_so(lake: Path) -> None:
    work = open_stores(lake)
    work.ledger.mark([next(iter(work.ledger.settled()))], "a test wants it")
    result = run("trends", "--at", hour(0), "--lake", lake)
    assert "out of date (a test wants it)" in result.stderr
    assert "1 earlier hours are out of date" in run("trends", "--lake", lake).stderr


def test_an_hour_that_was_never_computed_says_so(replayed: Path) -> None:
    result = run("trends", "--at", "2026-06-01T00:00", "--lake", replayed)
    assert f"The hour was never computed; the last one that was is {hour(HOURS - 1)}." in result.stderr


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01"])
def test_an_hour_is_written_in_iso(at: str, replayed: Path) -> None:
    result = run("trends", "--at", at, "--lake", replayed)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
