"""The sandbox's server: every platform under a host name of its own, and the control below `/_sandbox`.

Platforms answer as `<real host>.localhost`, whatever address the connection went to. The simulated time of a request is its
header Sandbox-Time, else the time that was set, else the clock's. Only this machine can reach the server.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Host, Mount, Route
from starlette.types import ASGIApp

from trend_assets.errors import TransientError
from trend_assets.sandbox.control import Control
from trend_assets.sandbox.platforms import PLATFORMS
from trend_assets.sandbox.serving import site_app, with_transport
from trend_assets.sandbox.state import Sandbox
from trend_assets.sandbox.world import World

ADDRESS = "127.0.0.1"
_OWN_NAMES = (ADDRESS, "localhost")
"""Under which the control answers: the pages that the sandbox serves have other ones, and cannot reach it."""
CONTROL = "/_sandbox"
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 1
"""How long answers that are under way are waited for."""
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that answers."""

    port: int

    @property
    def control(self) -> str:
        """Address of the control."""
        return f"http://{ADDRESS}:{self.port}{CONTROL}"

    def site(self, platform: str) -> str:
        """Return the address of a platform's site."""
        return f"http://{PLATFORMS[platform].host}.localhost:{self.port}"


def create_app(sandbox: Sandbox) -> ASGIApp:
    """Return the server's application."""
    hosts = [(host, site) for site in PLATFORMS.values() for host in (site.host, *site.other_hosts)]
    sites = [Host(f"{host}.localhost", site_app(sandbox, site, host)) for host, site in hosts]
    control = Control(sandbox)
    own = Starlette(routes=[Route(CONTROL, control.state), Mount(CONTROL, control.app())])
    return with_transport(Starlette(routes=[*sites, *(Host(name, own) for name in _OWN_NAMES)]))


@contextmanager
def running(seed: int = 1, *, at: datetime | None = None, latency: float = 0, port: int = 0) -> Iterator[Running]:
    """Serve a sandbox in a thread, on a free port unless one is named, until the block ends.

    `at` is the simulated time (naive UTC; None is the clock's), `latency` the seconds before every answer.

    Raises:
        OSError: the port is taken.
        TransientError: it did not start in time.
    """
    listener = socket.create_server((ADDRESS, port))
    config = uvicorn.Config(
        create_app(Sandbox(World(seed), at, latency)), http="h11", ws="none", lifespan="off", proxy_headers=False,
        access_log=False, log_config=None, log_level="critical", timeout_graceful_shutdown=STOP_TIMEOUT_SECONDS,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox")
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield Running(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise TransientError(f"The sandbox did not start within {START_TIMEOUT_SECONDS} s; try again.")
        time.sleep(_POLL_SECONDS)
