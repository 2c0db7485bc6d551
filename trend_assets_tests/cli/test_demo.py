"""The demo: what it computes from the made-up history, and that it leaves nothing running."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trend_assets.cli import dev_server
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import BUCKETS, COVERAGE
from trend_assets.sandbox.history import FLOOD, OUTAGE, PHRASE, RISES
from trend_assets.settings import DAGSTER_HOME, PREFIX, get_settings
from trend_assets.trends.scoring import THRESHOLD, score_sql
from trend_assets_tests.cli.command import run
from trend_assets_tests.stores import dicts


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a demo that was computed once; not to be written to."""
    folder = tmp_path_factory.mktemp("demo") / ".demo"
    before = dict(os.environ)
    for name in before:
        if name.startswith(PREFIX) or name == DAGSTER_HOME:
            del os.environ[name]
    try:
        result = run("demo", "--no-ui", "--folder", folder)
        assert result.exit_code == 0, result.stderr
        assert "7 trends were found" in result.stdout
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


def test_exactly_the_known_trends_are_found(demo: Path) -> None:
    candidates = dicts(Lake(demo / "lake"), "trend_candidates")
    assert {row["cluster_key"] for row in candidates} == {PHRASE, *(rise.key for rise in RISES)}


def test_the_trends_that_are_over_went_through_the_whole_lifecycle(demo: Path) -> None:
    lake = Lake(demo / "lake")
    keys = {row["candidate_id"]: row["cluster_key"] for row in dicts(lake, "trend_candidates")}
    passed: dict[str, list[str]] = {}
    for row in sorted(dicts(lake, "candidate_transitions"), key=lambda row: row["hour"]):
        passed.setdefault(keys[row["candidate_id"]], []).append(row["to_status"])
    over = [rise.key for rise in RISES if rise.end < 60]
    assert len(over) == 3
    assert all(passed[key] == ["emerging", "active", "peaked", "stale"] for key in over)


def test_the_flood_scores_high_and_is_refused(demo: Path) -> None:
    with Lake(demo / "lake").snapshot() as snapshot:
        snapshot.view(BUCKETS, None, None)
        scored = f"SELECT trend_score, filters FROM ({score_sql(BUCKETS.name)}) WHERE cluster_key = ? ORDER BY trend_score DESC"
        score, filters = snapshot.rows(scored, [FLOOD])[0]
    assert score > THRESHOLD
    assert filters == ["single_author", "bot_pattern"]


def test_the_outage_is_missing_coverage(demo: Path) -> None:
    with Lake(demo / "lake").snapshot() as snapshot:
        snapshot.view(COVERAGE, None, None)
        missing = snapshot.rows("SELECT surface, count(*) FROM coverage WHERE status <> 'good' GROUP BY surface")
    assert missing == [("tiktok:discover", len(OUTAGE))]


def test_a_second_start_keeps_what_is_there(demo: Path) -> None:
    recorded = {path: path.read_bytes() for path in demo.glob("*.jsonl")}
    before = dicts(Lake(demo / "lake"), "capture_runs")
    result = run("demo", "--no-ui", "--folder", demo)
    assert result.exit_code == 0
    assert "are there already" in result.stdout
    assert "Computing" not in result.stdout
    assert dicts(Lake(demo / "lake"), "capture_runs") == before
    assert {path: path.read_bytes() for path in demo.glob("*.jsonl")} == recorded


def test_a_taken_port_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((dev_server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("demo", "--port", port, "--folder", tmp_path / "demo")
    assert result.exit_code == 2
    assert f"Port {port} cannot be used" in result.stderr
    assert "--port" in result.stderr
    assert not (tmp_path / "demo").exists()


def test_a_child_that_ignores_ctrl_c_is_ended_with_its_own_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_server, "STOP_SECONDS", ((signal.SIGINT, 0.5), (signal.SIGTERM, 0.5), (signal.SIGKILL, 10)))
    deaf = "import signal, time; signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN); "
    grandchild = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {deaf + 'time.sleep(60)'!r}]); "
    child = subprocess.Popen([sys.executable, "-c", grandchild + deaf + "time.sleep(60)"], start_new_session=True)
    time.sleep(1)
    dev_server.stop_group(child)
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="the children of a process are read from /proc")
def test_the_pages_answer_and_ctrl_c_leaves_no_process(demo: Path, tmp_path: Path) -> None:
    port, output = free_port(), tmp_path / "out.txt"
    command = [sys.executable, "-c", "from trend_assets.cli import app; app()", "demo"]
    with output.open("w") as stream:
        started = subprocess.Popen(
            [*command, "--folder", demo, "--port", str(port)], stdout=stream, stderr=stream, cwd=tmp_path
        )
    try:
        wait_for("Ctrl-C stops it", output, started)
        children = Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split()
        assert len(children) == 1
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 0
    finally:
        started.kill()
        started.wait()
    with pytest.raises(ProcessLookupError):
        os.killpg(int(children[0]), 0)
    dev_server.refuse_taken(port)
    assert output.read_text().endswith("Stopped.\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((dev_server.HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(text: str, output: Path, process: subprocess.Popen[bytes], seconds: int = 150) -> None:
    deadline = time.monotonic() + seconds
    while text not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(0.3)
