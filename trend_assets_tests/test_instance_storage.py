import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import psutil
import pytest
import sqlalchemy as sa

from trend_assets.errors import SettingsError
from trend_assets.instance_storage import DAGSTER_YAML, KEPT_CONNECTIONS, prepare_dagster_home
from trend_assets.settings import Settings, use

ROOT = Path(__file__).parent.parent


@dg.op
def nothing() -> None:
    """Do nothing."""


@dg.job
def tiny() -> None:
    """One step."""
    nothing()


@pytest.fixture
def dagster_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    home = tmp_path / "dagster"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    prepare_dagster_home(home)
    return home


def run_tiny_job() -> str:
    """Run the job on the instance that DAGSTER_HOME and the settings give; returns the run's id."""
    with dg.DagsterInstance.get() as instance:
        result = tiny.execute_in_process(instance=instance)
        assert result.success
        assert [run.run_id for run in instance.get_runs()] == [result.run_id]
        assert instance.all_logs(result.run_id)
        return result.run_id


def runs_in_sqlite(home: Path) -> list[str]:
    with sqlite3.connect(home / "history" / "runs.db") as connection:
        return [row[0] for row in connection.execute("SELECT run_id FROM runs")]


def query(url: str, sql: str) -> list[str]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        return list(connection.scalars(sa.text(sql)))


def execute(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_runs_land_in_sqlite_under_the_dagster_home_by_default(dagster_home: Path) -> None:
    run_id = run_tiny_job()
    assert runs_in_sqlite(dagster_home) == [run_id]


@pytest.mark.parametrize("name", ["TREND_DAGSTER_PG_URL", "TREND_DATABASE_URL"])
def test_runs_land_in_postgres_when_an_address_is_set(
    name: str, dagster_home: Path, new_postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_postgres_database()
    monkeypatch.setenv(name, url)
    run_id = run_tiny_job()
    assert query(url, "SELECT run_id FROM dagster.runs") == [run_id]
    assert not (dagster_home / "history").exists()


def test_dagster_and_the_ledger_share_a_database_without_sharing_tables(
    dagster_home: Path, new_postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both keep an `alembic_version` and a `runs`: in one schema each would read the other's and refuse to start."""
    del dagster_home
    url = new_postgres_database()
    execute(
        url,
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('ledger_head')",
        "CREATE TABLE runs (surface text)",
    )
    monkeypatch.setenv("TREND_DATABASE_URL", url)
    run_tiny_job()
    assert query(url, "SELECT version_num FROM public.alembic_version") == ["ledger_head"]
    assert query(url, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1") == [
        "alembic_version",
        "runs",
    ]


def test_an_address_with_options_names_its_schema_itself(
    dagster_home: Path, new_postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del dagster_home
    url = new_postgres_database()
    execute(url, "CREATE SCHEMA theirs")
    monkeypatch.setenv("TREND_DAGSTER_PG_URL", f"{url}&options=-csearch_path%3Dtheirs")
    run_id = run_tiny_job()
    assert query(url, "SELECT run_id FROM theirs.runs") == [run_id]


def test_another_process_finds_the_same_history(
    dagster_home: Path, new_postgres_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a launched run, the daemon and the webserver do: rebuild the instance from its serialized form."""
    del dagster_home
    monkeypatch.setenv("TREND_DAGSTER_PG_URL", new_postgres_database())
    run_id = run_tiny_job()
    code = "import dagster as dg; print(*[run.run_id for run in dg.DagsterInstance.get().get_runs()])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    assert done.stdout.split() == [run_id]


def test_a_server_that_does_not_answer_is_a_clear_error(
    dagster_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del dagster_home
    monkeypatch.setenv("TREND_DAGSTER_PG_URL", f"postgresql://ann:secret@/trends?host={tmp_path}")
    with (
        pytest.raises(SettingsError, match="Check TREND_DAGSTER_PG_URL or TREND_DATABASE_URL") as caught,
        dg.DagsterInstance.get(),
    ):
        pass
    assert "secret" not in str(caught.value)


def test_the_instance_is_set_as_the_file_says(dagster_home: Path) -> None:
    del dagster_home
    with dg.DagsterInstance.get() as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 2
        assert not instance.run_retries_retry_on_asset_or_op_failure
        assert instance.freshness_enabled
        assert instance.global_op_concurrency_default_limit == 1


def test_the_file_at_the_root_is_the_packaged_one() -> None:
    """Dagster reads the root's when there is no DAGSTER_HOME; two files would drift apart."""
    assert (ROOT / "dagster.yaml").read_text() == DAGSTER_YAML.read_text()


def test_an_own_dagster_yaml_is_kept(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    prepare_dagster_home(tmp_path)
    assert (tmp_path / "dagster.yaml").read_text() == "telemetry: {enabled: true}\n"


def test_two_lakes_do_not_share_run_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in Settings.load().environment().items():
        monkeypatch.setenv(name, value)  # so that the test's end restores them
    ids = []
    for name in ("one", "two"):
        settings = Settings.for_lake(tmp_path / name)
        use(settings)
        prepare_dagster_home(settings.dagster_home)
        ids.append(run_tiny_job())
        assert runs_in_sqlite(settings.dagster_home) == ids[-1:]


def test_events_of_many_runs_are_kept_apart_though_connections_stay_open(dagster_home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        runs = [tiny.execute_in_process(instance=instance).run_id for _ in range(KEPT_CONNECTIONS + 2)]
        for run_id in (*runs, *reversed(runs)):
            assert {entry.run_id for entry in instance.all_logs(run_id)} == {run_id}
        assert len(open_files(dagster_home, ".db")) <= KEPT_CONNECTIONS


def test_disposing_closes_every_file(dagster_home: Path) -> None:
    with dg.DagsterInstance.get() as instance:
        tiny.execute_in_process(instance=instance)
    assert open_files(dagster_home, "") == []


@pytest.mark.usefixtures("dagster_home")
def test_history_can_be_wiped_and_goes_on() -> None:
    with dg.DagsterInstance.get() as instance:
        old = tiny.execute_in_process(instance=instance).run_id
        instance.wipe()
        assert instance.all_logs(old) == []
    run_tiny_job()


@pytest.mark.usefixtures("dagster_home")
def test_two_processes_write_events_at_once() -> None:
    script = """
import dagster as dg
from trend_assets_tests.test_instance_storage import tiny
with dg.DagsterInstance.get() as instance:
    for _ in range(5):
        assert tiny.execute_in_process(instance=instance).success
"""
    with dg.DagsterInstance.get():  # its files are there: Dagster itself cannot make them twice at the same moment
        processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs()
        assert len(runs) == 10
        assert all(instance.all_logs(run.run_id) for run in runs)


def open_files(folder: Path, ending: str) -> list[str]:
    """Return the files under the folder that this process has open."""
    paths = [Path(file.path) for file in psutil.Process().open_files()]
    return [path.name for path in paths if folder / "history" / "runs" in path.parents and path.name.endswith(ending)]
