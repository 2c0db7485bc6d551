"""A capture that stops midway is gone on with from its cursor: every item once, and no page asked for twice."""

import multiprocessing as mp
import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.live import Due, Network, due_in, due_now
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import TransientError
from trend_assets.hours import HOUR, Span
from trend_assets.net.progress import GO_ON_WITHIN, Progress
from trend_assets.sandbox.server import Running
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets_tests.capture.live import POPULAR, RISING, address, capture, network_to, present
from trend_assets_tests.sandbox.conftest import AT, control, order
from trend_assets_tests.stores import dicts, open_stores

PLATFORM = "youtube"
PAGES, ITEMS = 3, 120
"""The sandbox's chart."""
NOW = AT
LATER = NOW + GO_ON_WITHIN


@pytest.fixture
def network(box: Running, tmp_path: Path) -> Iterator[Network]:
    with network_to(address(box), tmp_path, simulated=False) as network:
        yield network


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return open_stores(tmp_path / "stores", LATER)


def attempt(network: Network, work: Work, now: datetime, surface: Surface = POPULAR) -> CaptureRun:
    """Capture and commit the surface as the assets do, one attempt after the other."""
    counts = {(row["surface"], row["slot"]): row["attempt"] + 1 for row in dicts(work.lake, "capture_runs")}
    run = capture(network, due_now([surface], now, counts), now)[surface.id]
    commit(work.lake, [run], now)
    return run


def pages_asked(box: Running) -> list[str]:
    """Which pages were asked for, in order; the first has no token."""
    asked = [one["query"] for one in control(box, "GET", "/requests")["requests"] if one["path"] != "/robots.txt"]
    return [query.partition("pageToken=")[2] for query in asked]


def kept(network: Network) -> list[Path]:
    return list((network.state / "progress").glob("*"))


def assert_whole(work: Work, run: CaptureRun) -> None:
    """The hour is as if the run had never stopped."""
    assert (run.status, run.error_message, run.cursor) == ("success", "", None)
    assert [item.rank for item in run.parsed.items] == list(range(1, ITEMS + 1))
    spine.run(work, Span.of(NOW.replace(minute=0)))
    assert len(dicts(work.lake, "observations")) == len(dicts(work.lake, "evidence")) == ITEMS
    assert [(row["status"], row["run_count"]) for row in dicts(work.lake, "coverage")] == [("good", 1)]


def test_a_run_that_failed_midway_is_gone_on_with(box: Running, network: Network, work: Work) -> None:
    order(box, "server_error", platform=PLATFORM, after=2)
    first = attempt(network, work, NOW)
    assert (first.status, len(first.parsed.items)) == ("partial", 100)
    assert first.error_message == "www.googleapis.com/youtube/v3/videos failed (HTTP 500): try again later."
    (row,) = dicts(work.lake, "capture_runs")
    tokens = pages_asked(box)
    assert row["cursor"] == first.cursor != ""
    assert tokens == ["", tokens[1], *[tokens[2]] * 3]

    second = attempt(network, work, LATER - timedelta(minutes=5))
    assert (second.status, second.run_id, second.cursor) == ("partial", first.run_id, first.cursor)
    control(box, "DELETE", "/faults")
    control(box, "DELETE", "/requests")
    whole = attempt(network, work, LATER)
    assert pages_asked(box) == [tokens[2]]
    assert (whole.run_id, whole.captured_at, whole.ended_at) == (first.run_id, NOW, LATER)
    assert_whole(work, whole)
    assert kept(network) == []

    again = attempt(network, work, LATER)
    assert (again.attempt, len(again.parsed.items)) == (1, ITEMS)


def test_one_that_used_up_its_budget_goes_on_when_there_is_more(box: Running, network: Network, work: Work) -> None:
    poor = POPULAR.model_copy(update={"requests_per_run": 2, "cadence_minutes": 1440})
    first = attempt(network, work, NOW, poor)
    assert "has used up its budget of 2 requests" in first.error_message
    assert_whole(work, attempt(network, work, LATER, poor.model_copy(update={"requests_per_run": 3})))
    assert len(pages_asked(box)) == PAGES


def test_one_that_took_too_long_keeps_the_pages_that_came(box: Running, network: Network, work: Work, tmp_path: Path) -> None:
    order(box, "timeout", platform=PLATFORM, after=1, times=1, seconds=0.9)
    with network_to(address(box), tmp_path, simulated=False, run_seconds=0.6) as hurried:
        first = attempt(hurried, work, NOW)
    assert (first.status, len(first.parsed.items), bool(first.cursor)) == ("partial", 50, True)
    assert "was not done within 1 s" in first.error_message
    assert_whole(work, attempt(network, work, LATER))


def capture_until_killed(url: str, folder: Path) -> None:
    with network_to(url, folder, simulated=False) as network:
        attempt(network, open_stores(folder / "stores", LATER), NOW)


def test_one_that_was_killed_is_gone_on_with(box: Running, network: Network, work: Work, tmp_path: Path) -> None:
    order(box, "timeout", platform=PLATFORM, after=2, times=1, seconds=60)
    process = mp.get_context("spawn").Process(target=capture_until_killed, args=(address(box), tmp_path))
    process.start()
    end = time.monotonic() + 60
    while len(pages_asked(box)) < PAGES:
        assert time.monotonic() < end, "it asks for the third page"
        time.sleep(0.05)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert dicts(work.lake, "capture_runs") == []

    whole = attempt(network, work, LATER)
    asked = pages_asked(box)
    assert asked == ["", asked[1], asked[2], asked[2]]
    assert (whole.attempt, whole.captured_at) == (0, NOW)
    assert_whole(work, whole)


def test_what_was_seen_too_long_ago_is_no_part_of_a_run(box: Running, network: Network, work: Work) -> None:
    """Its items would count as seen when it began."""
    order(box, "server_error", platform=PLATFORM, after=1, times=3)
    assert attempt(network, work, NOW).cursor
    second = attempt(network, work, LATER + timedelta(seconds=1))
    assert (second.attempt, second.captured_at) == (1, LATER + timedelta(seconds=1))
    assert pages_asked(box)[-PAGES] == ""


def test_one_that_goes_on_and_fails_at_once_loses_nothing(box: Running, network: Network, work: Work, tmp_path: Path) -> None:
    order(box, "server_error", platform=PLATFORM, after=2)
    first = attempt(network, work, NOW)
    with network_to(address(box), tmp_path, simulated=False, tokens={}) as keyless:
        second = attempt(keyless, work, LATER - timedelta(minutes=5))
    assert (second.run_id, second.status, len(second.parsed.items)) == (first.run_id, "partial", 100)
    assert "needs a key of the YouTube Data API v3" in second.error_message
    assert second.cursor == first.cursor
    control(box, "DELETE", "/faults")
    assert_whole(work, attempt(network, work, LATER))


@pytest.mark.parametrize("what", ["a file for the folder", "a folder for the file"])
def test_progress_that_cannot_be_kept_sinks_no_run(what: str, network: Network) -> None:
    folder = network.state / "progress"
    if what == "a file for the folder":
        folder.write_text("")
    else:
        (folder / f"{POPULAR.asset_name}.json").mkdir(parents=True)
    runs = capture(network, due_now([POPULAR, RISING], NOW, {}), NOW)
    assert runs[RISING.id].status == "success"
    assert (runs[POPULAR.id].status, len(runs[POPULAR.id].parsed.items)) == ("partial", 50)
    assert "cannot be written" in runs[POPULAR.id].error_message


@pytest.mark.parametrize("minutes", [60, 120])
def test_what_another_hour_captured_is_no_part_of_this_one(minutes: int, box: Running, network: Network, work: Work) -> None:
    """In the second case it is the same slot."""
    slow = POPULAR.model_copy(update={"cadence_minutes": minutes})
    order(box, "server_error", platform=PLATFORM, after=1, times=3)
    then = NOW.replace(hour=4)
    first = attempt(network, work, then, slow)
    assert first.cursor
    second = attempt(network, work, then + HOUR, slow)
    assert pages_asked(box)[-PAGES] == ""
    assert (second.captured_at, second.attempt) == (then + HOUR, 1 if minutes == 120 else 0)
    assert second.run_id != first.run_id and kept(network) == []
    assert len(second.parsed.items) == ITEMS


def test_another_list_under_the_same_name_begins_anew(box: Running, network: Network, work: Work) -> None:
    order(box, "server_error", platform=PLATFORM, after=1, times=3)
    assert attempt(network, work, NOW).cursor
    attempt(network, work, LATER, POPULAR.model_copy(update={"surface_key": "DE"}))
    assert pages_asked(box)[-PAGES] == ""


def test_a_cursor_that_is_refused_is_forgotten(box: Running, network: Network, work: Work) -> None:
    order(box, "moved", platform=PLATFORM, after=1, times=1)
    first = attempt(network, work, NOW)
    assert (first.status, len(first.parsed.items), first.cursor) == ("partial", 50, None)
    second = attempt(network, work, LATER)
    assert pages_asked(box)[-PAGES] == ""
    assert (second.attempt, second.status, len(second.parsed.items)) == (1, "success", ITEMS)


@pytest.mark.parametrize("content", ["", "[]", "null", '{"captured_at": 1}', '{"captured_at": "2026-03-01T05:07:00"}', "\x00"])
def test_a_file_that_holds_something_else_is_no_progress(content: str, network: Network, work: Work) -> None:
    file = network.state / "progress" / f"{POPULAR.asset_name}.json"
    file.parent.mkdir()
    file.write_text(content)
    assert len(attempt(network, work, NOW).parsed.items) == ITEMS
    assert kept(network) == []


def test_in_simulated_time_a_slot_is_captured_anew_and_replaced(box: Running, work: Work, tmp_path: Path) -> None:
    due = due_in([POPULAR], Span.of(NOW.replace(minute=0)), NOW)
    order(box, "server_error", platform=PLATFORM, after=1, times=3)
    with network_to(address(box), tmp_path) as network:
        first, second = (made(network, work, due) for _ in range(2))
    assert first.cursor and first.run_id == second.run_id
    assert kept(network) == [] and pages_asked(box).count("") == 2
    assert_whole(work, second)


def made(network: Network, work: Work, due: list[Due]) -> CaptureRun:
    run = capture(network, due, NOW)[POPULAR.id]
    commit(work.lake, [run], present())
    return run


def test_progress_that_cannot_be_kept_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "progress").write_text("no folder")
    progress = Progress(NOW, 0, NOW, path=tmp_path / "progress" / "a.json")
    with pytest.raises(TransientError, match=r"a\.json cannot be written .*: make room, or its folder writable\.$"):
        progress.add({}, "next")
    assert progress.pages == []


def test_what_pages_hold_survives(tmp_path: Path) -> None:
    page: dict[str, Any] = {"text": "\ud800 مرحبا 👩‍👩‍👧 \x00", "id": 2**70, "float": 0.1, "null": None, "deep": [[{}]]}
    stopped = Progress(NOW, 3, NOW, "US", tmp_path / "a.json")
    stopped.add(page, "\ud800 next")
    later = Progress(NOW, 4, LATER, "US", tmp_path / "a.json")
    later.go_on()
    assert (later.attempt, later.captured_at, later.pages, later.cursor) == (3, NOW, [page], "\ud800 next")
