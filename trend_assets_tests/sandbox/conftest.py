"""A real sandbox on this machine, and a client that speaks to it as captures do."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from trend_assets.sandbox.platforms import PLATFORMS
from trend_assets.sandbox.server import ADDRESS, Running, running

AT = datetime(2026, 3, 1, 5, 7, tzinfo=UTC).replace(tzinfo=None)
TIMEOUT_SECONDS = 30

Get = Callable[..., requests.Response]


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


@pytest.fixture
def get(box: Running) -> Iterator[Get]:
    """Return a function that asks a platform's site for a path; it follows no redirect."""
    with requests.Session() as session:

        def ask(platform: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> requests.Response:
            host = {"Host": f"{PLATFORMS[platform].host}.localhost:{box.port}"}
            options = {"timeout": TIMEOUT_SECONDS, "allow_redirects": False, **options}
            return session.get(f"http://{ADDRESS}:{box.port}{path}", headers={**host, **(headers or {})}, **options)

        yield ask


def control(box: Running, method: str, path: str = "", **options: Any) -> Any:
    """Ask the control; returns what it answers."""
    answer = requests.request(method, box.control + path, timeout=TIMEOUT_SECONDS, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def order(box: Running, fault: str, platform: str = "tiktok", **options: Any) -> None:
    """Order a misbehaviour."""
    control(box, "POST", "/faults", json={"platform": platform, "fault": fault, **options})
