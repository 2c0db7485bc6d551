import os
import shutil
from pathlib import Path

import pytest

from trend_assets.lake.tables import EVIDENCE
from trend_assets_tests.cli.command import HOURS, hour, run
from trend_assets_tests.stores import open_stores


def test_a_sound_lake_has_nothing_wrong(replayed: Path) -> None:
    result = run("doctor", "--lake", replayed)
    assert result.exit_code == 0, result.stdout
    assert "WRONG" not in result.stdout
    for said in (
        "15 tables",
        "revision 0002",
        "1 runs in SQLite",
        f"last hour       {hour(HOURS - 1)}",
        "dirty hours     none",
        "(--lake)",
    ):
        assert said in result.stdout


def test_an_empty_home_is_no_fault_and_stays_empty(tmp_path: Path) -> None:
    result = run("doctor", "--lake", tmp_path / "none")
    assert result.exit_code == 0
    assert "There is no lake at" in result.stdout
    assert not (tmp_path / "none").exists()


def test_a_missing_table_is_wrong(lake: Path) -> None:
    shutil.rmtree(lake / "lake" / "evidence")
    result = run("doctor", "--lake", lake)
    assert result.exit_code == 1
    assert "without the tables evidence" in result.stdout


def test_evidence_that_occurs_twice_is_wrong_unless_hours_are_dirty(lake: Path) -> None:
    work = open_stores(lake)
    with work.lake.snapshot() as snapshot:
        snapshot.view(EVIDENCE, None, None)
        snapshot.run("CREATE TEMP TABLE again AS SELECT * REPLACE (hour + INTERVAL 1 HOUR AS hour) FROM evidence LIMIT 2")
        work.lake.append(EVIDENCE, snapshot.connection, "again")
    result = run("doctor", "--lake", lake)
    assert result.exit_code == 1
    assert "2 keys of evidence occur twice" in result.stdout
    work.ledger.mark(list(work.ledger.settled())[:1], "a test wants it")
    result = run("doctor", "--lake", lake)
    assert result.exit_code == 0
    assert "run `trend-assets run --dirty`" in result.stdout


def test_a_database_that_does_not_answer_is_wrong_and_its_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_DATABASE_URL", "postgresql://me:hidden@127.0.0.1:1/none")
    result = run("doctor")
    assert result.exit_code == 1
    assert "does not answer" in result.stdout
    assert "hidden" not in result.stdout


def test_one_broken_store_does_not_hide_the_others(lake: Path) -> None:
    for path in lake.glob("ledger.db-*"):
        path.unlink()
    (lake / "ledger.db").write_bytes(b"no database" * 1000)
    result = run("doctor", "--lake", lake)
    assert result.exit_code == 1
    assert "15 tables" in result.stdout
    assert "cannot be checked" in result.stdout


def test_the_chromium_is_the_one_that_captures_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    program = tmp_path / "google-chrome"
    program.touch(mode=0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert f"chromium        {program}" in run("doctor").stdout
    program.unlink()
    assert "No Chromium was found" in run("doctor").stdout
    monkeypatch.setenv("PATH", path)
    monkeypatch.setenv("TREND_CHROMIUM", __file__)
    assert f"chromium        {__file__}" in run("doctor").stdout


def test_a_token_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREND_PINTEREST_TOKEN", "hidden")
    result = run("doctor")
    assert "pinterest_token set, not shown  (TREND_PINTEREST_TOKEN)" in result.stdout
    assert "hidden" not in result.stdout
