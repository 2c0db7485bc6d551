from collections.abc import Iterator

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
