from pathlib import Path

import pytest

from trend_assets_tests.cli.command import HOURS, hour, rows, run
from trend_assets_tests.stores import dicts, export, open_stores


def test_nothing_out_of_date_is_said(replayed: Path) -> None:
    assert run("run", "--dirty", "--lake", replayed).stdout == "Nothing to do: no hour is out of date.\n"


def test_a_range_is_one_run(lake: Path) -> None:
    before = export(open_stores(lake).lake)
    result = run("run", "--from", hour(2), "--to", hour(4), "--lake", lake)
    assert (result.exit_code, result.stdout) == (0, f"3 hours computed: {hour(2)} … {hour(4)}.\n")
    assert export(open_stores(lake).lake) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Give --from (and --to), or --dirty."),
        (("--to", hour(1)), "Give --from"),
        (("--dirty", "--from", hour(1)), "Give --from"),
        (("--from", hour(1), "--to", hour(0)), "is before --from"),
        (("--from", "2020-01-01"), "is before the first hour of this lake"),
        (("--from", "2999-01-01"), "has not begun"),
    ],
)
def test_wrong_ranges_are_refused(options: tuple[str, ...], said: str, replayed: Path) -> None:
    result = run("run", *options, "--lake", replayed)
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_is_removed_is_gone_after_the_dirty_hours_were_run(lake: Path) -> None:
    removed = run("remove", "--item", "tiktok:sound:6999", "--reason", "asked for", "--lake", lake, input="y\n")
    assert removed.exit_code == 0
    assert f"item tiktok:sound:6999: {HOURS} sightings of 1 items in {HOURS} hours" in removed.stdout
    assert f"{HOURS} hours are out of date now" in removed.stdout
    assert "out of date (removal)" in run("trends", "--at", hour(3), "--lake", lake).stderr
    result = run("run", "--dirty", "--lake", lake)
    assert result.exit_code == 0
    assert f"{hour(0)}  removal" in result.stdout
    assert result.stdout.endswith("none is out of date now.\n")
    assert rows(run("trends", "--at", hour(3), "--json", "--lake", lake)) == []
    assert "6999" not in {row["platform_item_id"] for row in dicts(open_stores(lake).lake, "evidence")}
    (entry,) = open_stores(lake).ledger.rows("audit_log")
    assert (entry["action"], entry["subject"], entry["reason"]) == ("remove item", "tiktok:sound:6999", "asked for")


def test_a_removal_asks_first(lake: Path) -> None:
    result = run("remove", "--item", "tiktok:sound:6999", "--lake", lake, input="n\n")
    assert result.exit_code == 1
    assert "Nothing was removed." in result.stdout
    assert dicts(open_stores(lake).lake, "tombstones") == []


def test_a_run_is_removed_once(lake: Path) -> None:
    run_id = dicts(open_stores(lake).lake, "capture_runs")[0]["run_id"]
    assert "1 hours are out of date" in run("remove", "--run", run_id, "--yes", "--lake", lake).stdout
    assert "It was removed before" in run("remove", "--run", run_id, "--yes", "--lake", lake).stdout
    assert len(open_stores(lake).ledger.rows("audit_log")) == 1


def test_what_was_never_captured_can_be_removed_for_the_future(lake: Path) -> None:
    shown = run("remove", "--author", "tiktok:nobody", "--yes", "--lake", lake).stdout
    assert "has no captured item" in shown
    assert "out of date" not in shown


@pytest.mark.parametrize("options", [(), ("--item", "x"), ("--item", ":x"), ("--item", "a:b", "--run", "c")])
def test_a_removal_names_exactly_one_thing(options: tuple[str, ...], replayed: Path) -> None:
    assert run("remove", *options, "--yes", "--lake", replayed).exit_code == 2
