"""What Dagster does with the spine: runs over ranges, partial runs, failures, checks, and a backfill from the UI's own path."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pytest

from trend_assets.capture.configured import archives_file
from trend_assets.capture.surfaces import save_surfaces
from trend_assets.definitions import PIPELINE, REPLAY, build_defs
from trend_assets.errors import PermanentError
from trend_assets.hours import HOUR, Span
from trend_assets.instance_storage import prepare_dagster_home
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import EVIDENCE, SPINE
from trend_assets.launch import run_job
from trend_assets.settings import Settings
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets.trends.checks import evaluate
from trend_assets_tests.capture.live import SURFACES as CAPTURED
from trend_assets_tests.stores import LATER, capture_run, commit_world, export, open_stores
from trend_assets_tests.worlds import START, random_world

ROOT = Path(__file__).parent.parent
HOURS = 24
BACKFILL_HOURS = 720
SPAN = Span(START, START + HOURS * HOUR)
SURFACES = {f"capture/{surface.asset_name}" for surface in CAPTURED.values()}
GRAPH = {
    **{surface: set() for surface in SURFACES},
    "coverage": SURFACES,
    "observations": {"coverage"} | SURFACES,
    "evidence": {"observations"},
    "artifacts": {"evidence"},
    "clusters": {"observations"},
    "artifact_cluster_links": {"evidence", "clusters"},
    "cluster_buckets": {"coverage", "observations", "evidence", "artifacts", "clusters", "artifact_cluster_links"},
    "trend_candidates": {"coverage", "cluster_buckets"},
    "candidate_transitions": {"trend_candidates"},
}


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Settings of an own lake; in memory where that is possible: Dagster commits every event on its own."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="trend-") as folder:
        yield Settings.for_lake(folder)


@pytest.fixture
def work(settings: Settings) -> Work:
    """The stores that these settings name, with a world's captures."""
    stores = open_stores(Path(settings.lake).parent)
    commit_world(stores, random_world(random.Random(3), HOURS))
    return stores


def test_the_asset_graph_is_the_flow(settings: Settings) -> None:
    graph = build_defs(settings).resolve_asset_graph()
    parents = {
        key.to_user_string(): {parent.to_user_string() for parent in graph.get(key).parent_keys}
        for key in graph.get_all_asset_keys()
        if graph.get(key).group_name != "lake"
    }
    assert parents == GRAPH
    assert {graph.get(dg.AssetKey.from_user_string(name)).group_name for name in GRAPH} == {"capture", "trends"}


def test_every_spine_asset_says_what_it_is(settings: Settings) -> None:
    graph = build_defs(settings).resolve_asset_graph()
    for table in SPINE:
        node = graph.get(dg.AssetKey(table.name))
        assert node.description
        assert node.owners
        assert node.kinds == {"duckdb", "deltalake"}
        assert [column.name for column in node.metadata["dagster/column_schema"].columns] == [
            column.name for column in table.columns
        ]


def test_one_run_over_a_range_gives_the_rows_of_the_steps_and_settles_the_hours(
    settings: Settings, work: Work, tmp_path: Path
) -> None:
    steps: list[str] = []
    run_job(settings, PIPELINE, SPAN, steps.append)
    beside = open_stores(tmp_path / "beside")
    commit_world(beside, random_world(random.Random(3), HOURS))
    spine.run(beside, SPAN)
    assert export(work.lake) == export(beside.lake)
    assert spine.dirty_hours(work) == {}
    assert {step.split()[0] for step in steps} == {"planning", *(table.name for table in SPINE)}


def test_some_of_the_tables_alone_leave_their_hours_dirty(settings: Settings, work: Work) -> None:
    run_job(settings, PIPELINE, SPAN, lambda _: None)
    hour = START + 5 * HOUR
    job = build_defs(settings).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        partition_key=f"{hour:%Y-%m-%d-%H:%M}", asset_selection=[dg.AssetKey("coverage"), dg.AssetKey("candidate_transitions")]
    )
    assert result.success
    assert list(spine.dirty_hours(work)) == [hour]
    assert list(spine.run_dirty(work)) == [Span.of(hour)]
    assert spine.dirty_hours(work) == {}


def test_a_broken_archive_fails_its_surface_with_a_sentence_and_the_hours_are_computed_all_the_same(
    settings: Settings, work: Work, tmp_path: Path
) -> None:
    archive = tmp_path / "gone.jsonl"
    surface = capture_run(random_world(random.Random(3), HOURS)[0]).surface.model_copy(
        update={"id": "tiktok:gone", "archive": archive, "archive_format": "tiktok_discover_t", "first_hour": START}
    )
    save_surfaces(archives_file(settings), [surface])
    with pytest.raises(PermanentError, match=r"replay_tiktok_gone: .*gone\.jsonl"):
        run_job(settings, REPLAY, SPAN, lambda _: None)
    run_job(settings, PIPELINE, SPAN, lambda _: None)
    assert spine.dirty_hours(work) == {}


def test_a_table_of_an_hour_that_was_never_computed_leaves_it_dirty(settings: Settings, work: Work) -> None:
    run_job(settings, PIPELINE, SPAN, lambda _: None)
    job = build_defs(settings).resolve_implicit_global_asset_job_def()
    hour = SPAN.end + HOUR
    assert job.execute_in_process(
        partition_key=f"{hour:%Y-%m-%d-%H:%M}", asset_selection=[dg.AssetKey("trend_candidates")]
    ).success
    assert hour in spine.dirty_hours(work)


def test_a_first_sight_that_another_run_finds_meanwhile_fails_no_check(work: Work) -> None:
    """The later hour is marked, and is computed again; until then both hold what was first seen."""
    tables = {step.table: step for step in spine.STEPS}
    first, last = Span.of(START), Span(START + HOUR, SPAN.end)
    run = Work(work.lake, work.ledger, LATER, "first")
    spine.begin(work.ledger, last, run.run_id)
    for table in SPINE[:3]:
        tables[table].run(run, last)
    spine.run(work, first)
    (result,) = evaluate(run, EVIDENCE, last)
    assert result.passed
    with work.lake.snapshot() as snapshot:
        snapshot.view(EVIDENCE, None, None)
        assert snapshot.rows("SELECT count(*) - count(DISTINCT (platform, platform_item_id)) FROM evidence")[0][0] > 0


def test_a_failed_step_leaves_its_hours_dirty(settings: Settings, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Lake.replace

    def breaks(lake: Lake, table: Any, *args: Any) -> Any:
        if table.name == "cluster_buckets":
            raise RuntimeError("disk full")
        return original(lake, table, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "replace", breaks)
        with pytest.raises(PermanentError, match=r"cluster_buckets: .*disk full"):
            run_job(settings, PIPELINE, SPAN, lambda _: None)
    assert list(spine.dirty_hours(work)) == list(SPAN)


def test_a_broken_rule_is_seen_and_blocks(settings: Settings, work: Work) -> None:
    run_job(settings, PIPELINE, SPAN, lambda _: None)
    with work.lake.snapshot() as snapshot:
        snapshot.view(EVIDENCE, None, None)
        snapshot.run("CREATE TEMP TABLE twice AS SELECT * FROM evidence")
        work.lake.append(EVIDENCE, snapshot.connection, "twice")
    graph = build_defs(settings).resolve_asset_graph()
    results = {result.check_name: result.passed for result in evaluate(work, EVIDENCE, SPAN)}
    assert results == {"items_unique": False}
    assert graph.get(dg.AssetCheckKey(dg.AssetKey("evidence"), "items_unique")).blocking


def test_the_first_hours_have_no_earlier_partitions_and_run_all_the_same(settings: Settings, work: Work) -> None:
    first = work.as_of.replace(year=2026, month=1, day=1)
    run_job(settings, PIPELINE, Span.of(first.replace(hour=0, minute=0)), lambda _: None)


def test_the_definitions_load_with_an_empty_environment(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = [str(Path(sys.executable).parent / "dagster"), "definitions", "validate", "-w", str(ROOT / "workspace.yaml")]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / ".local").exists()


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """Webserver and daemon on the lake, as `dagster dev` starts them; yields the GraphQL address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    prepare_dagster_home(settings.dagster_home)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **settings.environment()}
    command = [
        str(Path(sys.executable).parent / "dagster"),
        "dev",
        "-w",
        str(ROOT / "workspace.yaml"),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    log = (tmp_path / "dagster.log").open("w")
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def ask(url: str, query: str, **variables: Any) -> Any:
    """Return the data of a GraphQL answer."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        content = json.load(answer)
    assert "errors" not in content, content
    return content["data"]


def wait_for(what: str, seconds: float, done: Any) -> Any:
    """Return the first true answer of `done`, asked again and again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if answer := done():
                return answer
        except OSError:
            pass
        time.sleep(1)
    pytest.fail(f"no {what} within {seconds} s")


LAUNCH = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
STATUS = "query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"
RUNS = """query($id: String!) { runsOrError(filter: {tags: [{key: "dagster/backfill", value: $id}]}) {
  ... on Runs { results { runId status } } } }"""


@pytest.mark.timeout(1000)
def test_a_backfill_of_720_hours_from_the_ui_is_one_run(work: Work, served: str) -> None:
    wait_for("webserver", 120, lambda: ask(served, "{ version }"))
    names = [f"{START + index * HOUR:%Y-%m-%d-%H:%M}" for index in range(BACKFILL_HOURS)]
    params = {"assetSelection": [{"path": [table.name]} for table in SPINE], "partitionNames": names}
    launched = ask(served, LAUNCH, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched
    backfill = launched["backfillId"]
    status = wait_for(
        "end of the backfill",
        800,
        lambda: (
            (state := ask(served, STATUS, id=backfill)["partitionBackfillOrError"]["status"]).startswith(("COMPLETED", "FAIL"))
            and state
        ),
    )
    assert status == "COMPLETED_SUCCESS"
    runs = ask(served, RUNS, id=backfill)["runsOrError"]["results"]
    assert [run["status"] for run in runs] == ["SUCCESS"]
    assert spine.dirty_hours(Work(work.lake, work.ledger, LATER)) == {}
    assert len(work.ledger.settled()) == BACKFILL_HOURS
    assert max(work.ledger.settled()) == START + timedelta(hours=BACKFILL_HOURS - 1)
