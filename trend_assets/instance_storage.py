"""Dagster's run history: SQLite under the Dagster home, or PostgreSQL where the settings name one.

`dagster.yaml` cannot choose by itself (a variable it names must be set), so it names `EnvStorage`, and one file serves both.
The classes below are not part of Dagster's public interface: dagster is pinned exactly, and the tests run a job on both.
What people and outside systems change stays out: that is the ledger.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from sqlalchemy.engine import make_url

from trend_assets.errors import SettingsError
from trend_assets.settings import Settings

SCHEMA = "dagster"
"""Schema of Dagster's tables: the ledger may live in the same database, and both keep a table `alembic_version`."""
CONNECT_TIMEOUT_SECONDS = 10
KEPT_CONNECTIONS = 4
"""SQLite files of events that a process keeps open: that of all runs, and those of the runs it wrote or read last."""
DAGSTER_YAML = Path(__file__).with_name("dagster.yaml")


class EnvStorage(DagsterStorage, ConfigurableClass):
    """What `dagster.yaml` names; building it gives the storage that the settings ask for."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Take no configuration: the settings decide."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: object) -> DagsterStorage:  # type: ignore[override]
        """Return the storage. Settings are read afresh: this is asked once per instance, in every process of Dagster."""
        del inst_data, config_value
        settings = Settings.load()
        url = settings.dagster_storage_url
        return _sqlite(settings.dagster_home) if url is None else _postgres(url)


class SqliteEvents(SqliteEventLogStorage):
    """Dagster's own storage of events, but the connections stay open.

    Dagster makes an engine and a connection for every event, which is most of what an event costs
    (docs/decisions/0009-event-storage.md).
    """

    def __init__(self, base_dir: str) -> None:
        """Open the storage under the folder."""
        self._kept: dict[str, sa.Engine] = {}
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            engine = self._kept.pop(shard) if shard in self._kept else self._open(shard)
            self._kept[shard] = engine  # the last one used is the last one closed
            while len(self._kept) > KEPT_CONNECTIONS:
                self._kept.pop(next(iter(self._kept))).dispose()
            with engine.begin() as connection:
                yield connection

    def _open(self, shard: str) -> sa.Engine:
        # One connection, handed from thread to thread under the lock.
        options = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
        engine = sa.create_engine(self.conn_string_for_shard(shard), poolclass=sa.StaticPool, connect_args=options)
        sa.event.listen(engine, "connect", _sync_at_checkpoints)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine

    def wipe(self) -> None:
        """Delete all events."""
        self.dispose()
        super().wipe()

    def dispose(self) -> None:
        """Close the connections."""
        with self._db_lock:
            while self._kept:
                self._kept.popitem()[1].dispose()
        super().dispose()


class SqliteStorage(DagsterSqliteStorage):
    """Dagster's own storage on SQLite, with `SqliteEvents`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open the storage under the folder."""
        super().__init__(base_dir, inst_data)
        folder = self._event_log_storage._base_dir  # noqa: SLF001 - Dagster's name of the folder
        self._event_log_storage = SqliteEvents(folder)


def _sync_at_checkpoints(connection: Any, _record: Any) -> None:
    # With a write-ahead log nothing of a killed process is lost; a power cut may take the last events.
    connection.execute("PRAGMA synchronous = NORMAL")


def prepare_dagster_home(home: Path) -> None:
    """Create the folder and give it a `dagster.yaml`, unless somebody has put their own there."""
    home.mkdir(parents=True, exist_ok=True)
    if not (home / DAGSTER_YAML.name).exists():
        shutil.copyfile(DAGSTER_YAML, home / DAGSTER_YAML.name)


def _sqlite(home: Path) -> SqliteStorage:
    base = str(home)
    return SqliteStorage.from_local(base, inst_data=_data(SqliteStorage, base_dir=base))


def _postgres(url: str) -> DagsterPostgresStorage:
    """Return the storage in its own schema, created if need be. An address with `options` names its schema itself."""
    address = make_url(url)
    if "options" not in address.query:
        _create_schema(url)
        address = address.update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    target = address.render_as_string(hide_password=False)
    return DagsterPostgresStorage(target, inst_data=_data(DagsterPostgresStorage, postgres_url=target))


def _create_schema(url: str) -> None:
    """Create the schema once, also when several processes start at the same time."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS})
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('trend_assets.dagster'))"))
            if connection.scalar(sa.text("SELECT to_regnamespace(:name)"), {"name": SCHEMA}) is None:
                connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
    except sa.exc.DBAPIError as error:
        raise SettingsError(
            f"Dagster's run history cannot be kept at {make_url(url).render_as_string()}: {error.orig}. "
            f"Check TREND_DAGSTER_PG_URL or TREND_DATABASE_URL, that the server answers, and that its user may create "
            f"the schema {SCHEMA!r} or owns it."
        ) from error


def _data(storage: type[DagsterStorage], **config: str) -> ConfigurableClassData:
    return ConfigurableClassData(storage.__module__, storage.__name__, yaml.safe_dump(config))
