"""Alerts, received by a real HTTP server as a channel would."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from trend_assets.capture.alerts import send_alerts
from trend_assets.capture.automation import alert_sensor
from trend_assets.capture.items import Parsed
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import HostFailedError, SettingsError
from trend_assets.hours import HOUR, Span
from trend_assets.resources import Stores
from trend_assets.settings import get_settings
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets_tests.capture.test_health import fresh
from trend_assets_tests.stores import LATER, open_stores
from trend_assets_tests.worlds import START

NAMES = ("tiktok:one", "tiktok:two")


class Channel:
    """A server that takes messages, or refuses them."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.refuses = False
        channel = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not channel.refuses:
                    channel.messages.append(body)
                self.send_response(503 if channel.refuses else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"json://127.0.0.1:{self.server.server_port}"

    def told(self) -> list[tuple[str, str, str]]:
        found = [(message["title"], message["message"], message["type"]) for message in self.messages]
        self.messages.clear()
        return found


@pytest.fixture
def channel() -> Iterator[Channel]:
    channel = Channel()
    thread = threading.Thread(target=channel.server.serve_forever)
    thread.start()
    yield channel
    channel.server.shutdown()
    thread.join()
    channel.server.server_close()


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return open_stores(tmp_path)


def capture(work: Work, hour: int, *names: str, status: str = "success", message: str = "", cadence: int = 60) -> None:
    """Capture surfaces in an hour, and compute it."""
    at = START + hour * HOUR
    runs = [
        CaptureRun(
            Surface(id=f"tiktok:{name}", platform="tiktok", surface_type="feed", cadence_minutes=cadence), at, at, at, status,
            Parsed("x", tuple(fresh(hour)) if status == "success" else ()), error_message=message,
        )
        for name in names
    ]  # fmt: skip
    commit(work.lake, runs, LATER + timedelta(seconds=hour))
    spine.run(work, Span.of(at))


def test_each_change_is_told_once(work: Work, channel: Channel) -> None:
    def tick() -> list[tuple[str, str, str]]:
        send_alerts(work.lake, work.ledger, NAMES, channel.address, LATER)
        return channel.told()

    assert tick() == []
    capture(work, 0, "one", "two")
    assert tick() == []
    capture(work, 1, "one", "two", status="failed", message="the \u202ehost\nis @here [x](https://e.x) \x1bgone")
    reason = "the run failed: the host is (at)here (x)(https e.x) gone"
    tail = f"is missing at 2026-01-05 01:00 UTC, last good 2026-01-05 00:00: {reason}"
    assert tick() == [("2 degraded", f"tiktok:one {tail}\ntiktok:two {tail}", "warning")]
    assert tick() == []
    capture(work, 2, "one", "two", status="failed", message="still")
    assert tick() == []
    capture(work, 3, "one")
    assert tick() == [("1 recovered", "tiktok:one is good again at 2026-01-05 03:00 UTC.", "success")]
    capture(work, 4, "one", "two")
    assert tick() == [("1 recovered", "tiktok:two is good again at 2026-01-05 04:00 UTC.", "success")]


def test_what_could_not_be_sent_is_sent_later(work: Work, channel: Channel) -> None:
    capture(work, 0, "one")
    capture(work, 1, "one", status="failed")
    channel.refuses = True
    with pytest.raises(HostFailedError, match="number 1 of the addresses could not be told"):
        send_alerts(work.lake, work.ledger, NAMES, channel.address, LATER)
    channel.refuses = False
    assert send_alerts(work.lake, work.ledger, NAMES, channel.address, LATER) == 0
    assert len(channel.told()) == 1
    send_alerts(work.lake, work.ledger, NAMES, channel.address, LATER)
    assert channel.told() == []


def test_an_address_that_is_dead_neither_holds_up_nor_repeats_what_others_are_told(work: Work, channel: Channel) -> None:
    capture(work, 0, "one")
    capture(work, 1, "one", status="failed")
    addresses = f"json://127.0.0.1:1 {channel.address}"
    for _ in range(3):
        with pytest.raises(HostFailedError, match=r"TREND_ALERTS: number 1 of the addresses could not be told"):
            send_alerts(work.lake, work.ledger, NAMES, addresses, LATER)
    assert len(channel.told()) == 1
    send_alerts(work.lake, work.ledger, NAMES, addresses, LATER + timedelta(hours=25))
    assert channel.told() == [], "after a day nobody wants to hear it"


def test_many_changes_are_told_in_portions_that_channels_take(work: Work, channel: Channel) -> None:
    names = [f"surface{number:03}" for number in range(60)]
    capture(work, 0, *names)
    capture(work, 1, *names, status="failed", message="x" * 1_000)
    send_alerts(work.lake, work.ledger, [f"tiktok:{name}" for name in names], channel.address, LATER)
    told = "".join(message for _, message, _ in channel.told())
    assert all(told.count(f"tiktok:{name} is missing") == 1 for name in names)
    assert len(told) < 60 * 320


def test_surfaces_that_were_switched_off_are_no_news(work: Work, channel: Channel) -> None:
    capture(work, 0, "one", "two")
    capture(work, 1, "one")
    assert send_alerts(work.lake, work.ledger, ["tiktok:one"], channel.address, LATER) == 0
    assert channel.told() == []


def test_an_hour_of_which_more_is_to_come_is_no_news(work: Work, channel: Channel) -> None:
    """A run of the hour failed, another follows."""
    capture(work, 0, "one")
    running = Work(work.lake, work.ledger, START + HOUR + timedelta(minutes=20))
    capture(running, 1, "one", status="failed", cadence=30)
    assert send_alerts(work.lake, work.ledger, NAMES, channel.address, LATER) == 0


def test_a_surface_whose_run_is_still_to_come_is_no_news(work: Work, channel: Channel) -> None:
    """Two minutes into the hour nothing has landed."""
    capture(work, 0, "one")
    running = Work(work.lake, work.ledger, START + HOUR + timedelta(minutes=2))
    spine.run(running, Span.of(START + HOUR))
    assert send_alerts(work.lake, work.ledger, NAMES, channel.address, LATER) == 0
    closed = Work(work.lake, work.ledger, START + 3 * HOUR)
    spine.run(closed, Span.of(START + HOUR))
    assert send_alerts(work.lake, work.ledger, NAMES, channel.address, LATER) == 1
    assert "no run; due every 60 minutes" in channel.told()[0][1]


def test_a_wrong_address_is_refused_and_not_repeated(work: Work) -> None:
    with pytest.raises(SettingsError, match="TREND_ALERTS: number 2 of the addresses") as caught:
        send_alerts(work.lake, work.ledger, NAMES, "json://127.0.0.1:9 nonsense:secret", LATER)
    assert "secret" not in str(caught.value)


def test_the_sensor_tells_what_changed(work: Work, channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tick() -> str | None:
        get_settings.cache_clear()
        stores = Stores(lake=str(tmp_path / "lake"), database_url=f"sqlite:///{tmp_path / 'ledger.db'}")
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance=instance, resources={"stores": stores})
            return alert_sensor(NAMES, running=False).evaluate_tick(context).skip_message

    assert tick() == "TREND_ALERTS names nobody to tell."
    monkeypatch.setenv("TREND_ALERTS", channel.address)
    capture(work, 0, "one")
    capture(work, 1, "one", status="failed")
    assert tick() == "1 changes."
    assert tick() == "0 changes."
    assert len(channel.told()) == 1
