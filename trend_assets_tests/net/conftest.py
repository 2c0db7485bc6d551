from collections.abc import Iterator
from pathlib import Path

import pytest

from trend_assets_tests.net.clock import Clock
from trend_assets_tests.net.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Chromium's profiles lie in a folder of the tests: who is killed cannot tidy up."""
    folder = tmp_path_factory.mktemp("chromium")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        yield folder
