"""`trend-assets scoreboard`."""

from pathlib import Path

from trend_assets_tests.cli.command import run


def test_without_recordings_it_says_where_it_looked_and_writes_nothing(tmp_path: Path) -> None:
    result = run("scoreboard", "--recordings", tmp_path / "none", "--out", tmp_path / "page.md")
    assert (result.exit_code, result.stderr) == (2, f"There is no folder of recordings {tmp_path / 'none'}.\n")
    assert list(tmp_path.iterdir()) == []
