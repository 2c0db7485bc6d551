"""The spine through Dagster beside as many empty assets: one hour in a warm and in a fresh process, and many hours."""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from statistics import median

import dagster as dg

from bench import empty
from bench.world import START, SURFACES, Pace, capture
from trend_assets.definitions import PIPELINE, build_defs
from trend_assets.hours import HOUR, Span
from trend_assets.instance_storage import DAGSTER_YAML, prepare_dagster_home
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import CLUSTER_SIGHTINGS, ITEM_SIGHTINGS
from trend_assets.partitions import KEY, range_tags
from trend_assets.resources import Stores
from trend_assets.settings import DAGSTER_HOME, Settings, use
from trend_assets.steps import Work
from trend_assets.trends import spine

HISTORY_DAYS = 8
BY_THE_HOUR = 24
"""Last hours of the history that are computed one by one: like those that a live lake has not compacted yet."""
ITEMS_PER_HOUR = 6000
HOURS = 6
"""Hours measured; in a warm process, the first is left out."""
OURS, DAGSTERS = "ours", "dagsters"
"""Who keeps the run history: `instance_storage`, or Dagster's default storage."""
LATER = datetime(2030, 1, 1)  # noqa: DTZ001 - naive UTC, after every hour
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def history(folder: str) -> None:
    """Make a lake with eight days of computed hours, and captures of the hours to measure."""
    work = _stores(folder).work()
    span = Span(START, START + HISTORY_DAYS * 24 * HOUR)
    for part in Span(span.start, span.end + 2 * HOURS * HOUR).parts(24):
        capture(work.lake, part, Pace(ITEMS_PER_HOUR))
    work = Work(work.lake, work.ledger, LATER)
    last = span.end - BY_THE_HOUR * HOUR
    spine.run(work, Span(span.start, last))
    for hour in Span(last, span.end):
        spine.run(work, Span.of(hour))


def older_sightings(folder: str, days: str) -> None:
    """Append random keys, as many an hour as items are captured, for the days before the history; a commit a day."""
    lake = Lake(f"{folder}/lake")
    for day in range(1, int(days) + 1):
        with lake.snapshot() as snapshot:
            snapshot.run(
                f"""CREATE TEMP TABLE items AS SELECT TIMESTAMP '{START}' - to_days({day}) + to_hours(n % 24) AS hour,
                (hash(n, {day}) // 2)::BIGINT AS key FROM range({24 * ITEMS_PER_HOUR}) AS numbers(n);
                CREATE TEMP TABLE clusters AS SELECT *, ['{SURFACES[0][0]}'] AS surfaces FROM items"""
            )
            lake.append(ITEM_SIGHTINGS, snapshot.connection, "items")
            lake.append(CLUSTER_SIGHTINGS, snapshot.connection, "clusters")


def warm(folder: str, job: str, storage: str = OURS) -> float:
    """Run the job for hour after hour in this process; returns the median seconds of an hour."""
    span = START + HISTORY_DAYS * 24 * HOUR
    seconds = []
    with _instance(folder, storage) as instance:
        definition = _job(folder, job)
        for number in range(HOURS):
            started = time.perf_counter()
            key = f"{span + number * HOUR:{KEY}}"
            assert definition.execute_in_process(run_config=_QUIET, instance=instance, partition_key=key).success
            seconds.append(time.perf_counter() - started)
    return median(seconds[1:])


def fresh(folder: str, job: str, number: int, storage: str = OURS) -> float:
    """Run the job for one hour with `dagster job execute`; returns the seconds."""
    hour = START + (HISTORY_DAYS * 24 + number) * HOUR
    module = "trend_assets.definitions" if job == PIPELINE else "bench.empty"
    command = [str(Path(sys.executable).with_name("dagster")), "job", "execute", "-m", module, "-j", job, "-d", "."]
    command += ["--tags", json.dumps({"dagster/partition": f"{hour:{KEY}}"})]
    started = time.perf_counter()
    environment = {**os.environ, **_settings(folder).environment(), DAGSTER_HOME: str(_home(folder, storage))}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


def many(folder: str, job: str, hours: str) -> None:
    """Run the job for many hours as one run."""
    tags = range_tags(Span(START, START + int(hours) * HOUR))
    with _instance(folder) as instance:
        assert _job(folder, job).execute_in_process(run_config=_QUIET, instance=instance, tags=tags).success


def _job(folder: str, job: str) -> dg.JobDefinition:
    definitions = build_defs(_settings(folder)) if job == PIPELINE else empty.defs
    return definitions.resolve_job_def(job)


def _instance(folder: str, storage: str = OURS) -> dg.DagsterInstance:
    use(_settings(folder))
    return dg.DagsterInstance.from_config(str(_home(folder, storage)))


def _home(folder: str, storage: str) -> Path:
    """Return a Dagster home whose run history is kept by our storage, or by Dagster's own."""
    home = Path(folder) / f"home-{storage}"
    if storage == OURS:
        prepare_dagster_home(home)
    elif not home.exists():
        home.mkdir(parents=True)
        (home / DAGSTER_YAML.name).write_text("telemetry: {enabled: false}\n")
    return home


def _settings(folder: str) -> Settings:
    return Settings.for_lake(folder)


def _stores(folder: str) -> Stores:
    settings = _settings(folder)
    return Stores(lake=settings.lake, database_url=settings.database_url)
