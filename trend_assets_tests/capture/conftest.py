from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from trend_assets.sandbox.server import Running, running
from trend_assets_tests.sandbox.conftest import control

AT = datetime(2026, 3, 1, 5, 7, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture(scope="session")
def served() -> Iterator[Running]:
    """Return the sandbox that all tests share."""
    with running(1, at=AT) as box:
        yield box


@pytest.fixture
def box(served: Running) -> Running:
    """Return a sandbox in the state in which it was started."""
    control(served, "POST", "/reset")
    return served
