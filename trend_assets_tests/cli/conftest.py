"""One lake with a replayed history for all commands that read; those that write get a copy."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from trend_assets.settings import DAGSTER_HOME, PREFIX, get_settings
from trend_assets_tests.cli.command import record, run


@pytest.fixture(scope="session")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a lake with the whole history; not to be written to."""
    folder = tmp_path_factory.mktemp("replayed")
    before = dict(os.environ)
    for name in before:
        if name.startswith(PREFIX) or name == DAGSTER_HOME:
            del os.environ[name]
    os.environ[f"{PREFIX}HOME"] = str(folder / "home")
    try:
        archive = record(folder / "history.jsonl")
        options = ("--platform", "tiktok", "--surface-type", "discover", "--file", archive, "--lake", folder)
        result = run("replay", *options, "--json")
        assert result.exit_code == 0, result.stderr
        (folder / "episodes.jsonl").write_text(result.stdout)
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()


@pytest.fixture
def lake(replayed: Path, tmp_path: Path) -> Path:
    """Return a copy of the lake, to be changed."""
    return Path(shutil.copytree(replayed, tmp_path / "copy"))
