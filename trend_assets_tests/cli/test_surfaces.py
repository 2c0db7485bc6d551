from pathlib import Path

import pytest

from trend_assets_tests.cli.command import rows, run


def test_the_configured_surfaces_are_listed_with_what_is_expected_of_them() -> None:
    found = rows(run("surfaces", "--json"))
    (x,) = [row for row in found if row["id"] == "x:trending"]
    assert len(found) == 13
    assert (x["cadence_minutes"], x["min_items"], x["requests_per_run"], x["enabled"], x["archive"]) == (60, 5, 2, False, None)


def test_the_table_has_a_line_for_each() -> None:
    lines = run("surfaces").stdout.splitlines()
    assert len(lines) == 2 + 13
    assert lines[0].split() == ["surface", "cadence", "minimum", "requests", "priority", "enabled", "archive"]


def test_archives_of_the_lake_are_listed_too(replayed: Path) -> None:
    found = rows(run("surfaces", "--json", "--lake", replayed))
    (archive,) = [row for row in found if row["archive"]]
    assert not any(row["enabled"] for row in found if not row["archive"]), "archives and live captures never mix"
    assert (archive["id"], archive["archive"]) == ("tiktok:discover", str(replayed / "history.jsonl"))


@pytest.mark.parametrize(
    ("text", "said"), [("surfaces: 1", "needs a list"), ("surfaces: [{id: a}]", "surface a:"), ("{", "cannot be read")]
)
def test_a_wrong_file_is_refused_with_the_place(text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "surfaces.yaml"
    path.write_text(text)
    monkeypatch.setenv("TREND_SURFACES", str(path))
    result = run("surfaces")
    assert result.exit_code == 2
    assert said in result.stderr
