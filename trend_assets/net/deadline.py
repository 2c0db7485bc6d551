"""Connections whose answers end in time, however slowly they drip: a socket's own timeout bounds its silence only."""

import io
import socket
import ssl
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.poolmanager import PoolManager, ProxyManager

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ANSWER_SECONDS = 60.0
"""Longest time that an answer may take, from its first header to the end of its body."""


class _Bounded(io.RawIOBase):
    """Reads an answer from a socket until its time is up."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw = raw
        self._connection = connection
        self._silence = connection.gettimeout() or ANSWER_SECONDS
        self._end = time.monotonic() + ANSWER_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"the answer took more than {ANSWER_SECONDS:.0f} s")
        self._connection.settimeout(min(self._silence, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_Bounded(self.fp.detach(), sock))


class BoundedAdapter(HTTPAdapter):
    """Ends each answer after `ANSWER_SECONDS`, as a timeout."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of our connections."""
        super().init_poolmanager(*arguments, **options)
        _bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:
        """Return the pools of our connections through a proxy, the same ones each time."""
        known = proxy in self.proxy_manager
        if not known and proxy.startswith("https:"):
            # Without it, the certificate is checked for https:// targets only.
            options["proxy_ssl_context"] = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        if not known:
            _bound(manager)
        return manager


def _bound(manager: PoolManager) -> None:
    """Make the answers of all its connections end in time, whatever way they go."""
    pools = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _bounded(pool) for scheme, pool in pools.items()}


def _bounded(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    connection = type(pool.ConnectionCls.__name__, (pool.ConnectionCls,), {"response_class": _Answer})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})
