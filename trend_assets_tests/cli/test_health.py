"""`trend-assets health`."""

import json
from pathlib import Path

from trend_assets_tests.cli.command import run


def test_a_good_lake_is_good(replayed: Path) -> None:
    result = run("health", "--lake", replayed)
    assert result.exit_code == 0, result.stderr
    assert "surfaces are good at" in result.stdout


def test_a_surface_that_went_silent_is_shown_first_and_fails_the_command(lake: Path) -> None:
    hour = last_hour(lake)
    assert run("run", "--from", f"{hour}", "--to", f"{hour[:11]}23", "--lake", lake).exit_code == 0
    result = run("health", "--lake", lake)
    assert result.exit_code == 1
    assert "missing" in result.stdout.splitlines()[2]
    assert "no run; due every 60 minutes" in result.stdout
    rows = [json.loads(line) for line in run("health", "--lake", lake, "--json").stdout.splitlines()]
    assert {row["status"] for row in rows} == {"missing"}
    assert run("health", "--at", hour, "--lake", lake).exit_code == 0


def last_hour(lake: Path) -> str:
    rows = [json.loads(line) for line in run("health", "--lake", lake, "--json").stdout.splitlines()]
    return str(max(row["hour"] for row in rows)).rstrip("Z")[:13]
