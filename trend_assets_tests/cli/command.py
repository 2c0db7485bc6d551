"""Runs `trend-assets` in this process, and records a small history for it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from trend_assets.cli import app

START = datetime(2026, 2, 3, 10, tzinfo=UTC)
HOURS = 12
BURST = (1_000, 1_000, 1_030, 1_080, 1_160, 1_160)
"""Uses of the sound that bursts: it is detected at the end of its third hour."""
NAME = "Burst \x1b[31m\u202eof\nred"
"""A hostile name."""


def run(*arguments: object, **options: Any) -> Result:
    """Run the command; an unexpected error is raised, not hidden in the result."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], **options)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def rows(result: Result) -> list[dict[str, Any]]:
    """Return the JSON lines of the output."""
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def record(path: Path, hours: int = HOURS) -> Path:
    """Write an archive of TikTok's discover lists: twenty sounds that fade, and one that bursts."""
    lines = []
    for hour in range(hours):
        fading = [_sound(str(7000 + number), f"Quiet {number}", 5_000 - hour) for number in range(20)]
        burst = _sound("6999", NAME, BURST[min(hour, len(BURST) - 1)])
        moment = START + timedelta(hours=hour, minutes=6)
        lines.append({"captured_at": moment.isoformat(), "payload": {"user": [], "hashtag": [], "music": [burst, *fading]}})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def hour(number: int) -> str:
    """Return an hour of the history as it is typed."""
    return f"{START + timedelta(hours=number):%Y-%m-%dT%H:00}"


def _sound(identity: str, title: str, uses: int) -> dict[str, Any]:
    return {"musicId": identity, "musicInfo": {"title": title, "author": "Somebody"}, "stats": {"posts": uses}}
