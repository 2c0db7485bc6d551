"""Dagster's daemon is killed with all that it started, again and again: what was captured is computed, once and whole."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.events import EngineEventData

from trend_assets.definitions import PIPELINE
from trend_assets.hours import HOUR, Span
from trend_assets.instance_storage import DAGSTER_YAML, prepare_dagster_home
from trend_assets.launch import run_job
from trend_assets.run_launcher import CLOCK_SECONDS, HOST_TAG, LocalRunLauncher, host_tag
from trend_assets.settings import Settings, use
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets_tests.net.processes import descendants
from trend_assets_tests.stores import LATER, commit_world, export, open_stores
from trend_assets_tests.worlds import START, random_world

ROOT = Path(__file__).parent.parent
PATIENCE = 180
"""Seconds after which a test gives up; nothing is claimed about how long it takes."""
HOURS = 12
MONITORING = {"enabled": True, "poll_interval_seconds": 2, "start_timeout_seconds": 5}
"""As shipped, but quick: a run that never started is noticed after five seconds."""


@pytest.fixture
def settings() -> Iterator[Settings]:
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="trend-") as folder:
        settings = Settings.for_lake(folder, automation=True, first_hour=START)
        prepare_dagster_home(settings.dagster_home)
        config = settings.dagster_home / DAGSTER_YAML.name
        config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | {"run_monitoring": MONITORING}))
        yield settings


@contextmanager
def daemon(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the daemon; with the block it is killed, and all that it started."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(log.parent), **settings.environment()}
    command = [str(Path(sys.executable).with_name("dagster-daemon")), "run", "-w", str(ROOT / "workspace.yaml")]
    with log.open("a") as stream:
        process = subprocess.Popen(command, env=environment, cwd=log.parent, stdout=stream, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        children = descendants(process.pid)
        for pid in (process.pid, *(child.pid for child in children)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()


def until(claim: Callable[[], object], what: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < end, f"{what} never came true\n{log.read_text()[-5000:]}"
        time.sleep(0.05)


def runs(instance: dg.DagsterInstance) -> list[dg.RunRecord]:
    return list(instance.get_run_records(dg.RunsFilter(job_name=PIPELINE)))


def commits(work: Work, table: str) -> int:
    return len(list(Path(str(work.lake.root), table, "_delta_log").glob("*.json")))


@pytest.mark.timeout(900)
def test_what_was_captured_is_computed_however_often_the_daemon_is_killed(settings: Settings, tmp_path: Path) -> None:
    log, work = tmp_path / "daemon.log", open_stores(Path(settings.lake).parent)
    world = random_world(random.Random(7), HOURS)
    commit_world(work, world)
    use(settings)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        moments: dict[str, Callable[[], object]] = {
            "a run is requested": lambda: runs(instance),
            "a run has started": lambda: any(one.dagster_run.status is dg.DagsterRunStatus.STARTED for one in runs(instance)),
            "buckets are written": lambda: commits(work, "cluster_buckets") > 1,
        }
        for what, comes in moments.items():
            with daemon(settings, log):
                until(comes, what, log)
        with daemon(settings, log):
            until(lambda: not spine.dirty_hours(Work(work.lake, work.ledger, LATER)), "the end of what is out of date", log)
            until(lambda: all(one.dagster_run.is_finished for one in runs(instance)), "the end of all runs", log)
    beside = open_stores(tmp_path / "beside")
    commit_world(beside, world)
    spine.run(beside, Span(START, max(work.ledger.settled()) + HOUR))
    assert export(work.lake) == export(beside.lake)


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    use(settings)
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        yield instance


def started_run(instance: dg.DagsterInstance, pid: int, tags: dict[str, str]) -> dg.DagsterRun:
    """Note a run whose process has this number."""
    run = instance.add_run(dg.DagsterRun(job_name=PIPELINE, tags=tags, status=dg.DagsterRunStatus.STARTED))
    instance.report_engine_event("Started process for run.", run, EngineEventData.in_process(pid))
    return run


def health(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    launcher = instance.run_launcher
    assert isinstance(launcher, LocalRunLauncher) and launcher.supports_check_run_worker_health
    return launcher.check_run_worker_health(run).status.value


def test_a_run_is_healthy_as_long_as_its_process_lives(instance: dg.DagsterInstance) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    run = started_run(instance, child.pid, host_tag())
    assert health(instance, run) == "RUNNING"
    child.kill()
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE, "its death", Path(os.devnull))
    assert health(instance, run) == "FAILED"
    child.wait()
    assert health(instance, run) == "FAILED"


def test_a_process_that_inherited_the_number_is_another_one(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started_run(instance, os.getpid(), host_tag())
    assert health(instance, run) == "RUNNING"
    monkeypatch.setattr(psutil.Process, "create_time", lambda _: time.time() + CLOCK_SECONDS + 1)
    assert health(instance, run) == "FAILED"


@pytest.mark.parametrize("tags", [{HOST_TAG: "elsewhere"}, {}])
def test_of_processes_elsewhere_nothing_is_said(tags: dict[str, str], instance: dg.DagsterInstance) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert health(instance, started_run(instance, child.pid, tags)) == "RUNNING"


def test_runs_of_the_command_line_say_where_they_are(settings: Settings, instance: dg.DagsterInstance) -> None:
    commit_world(open_stores(Path(settings.lake).parent), random_world(random.Random(7), 1))
    run = instance.get_run_by_id(run_job(settings, PIPELINE, Span.of(START), lambda _: None))
    assert run and run.tags.items() >= host_tag().items()
