"""The network is closed in tests: only this machine can be reached.

It guards Python's sockets in the test process. Programs that a test starts (Chromium, PostgreSQL) are not covered.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class NetworkClosedError(OSError):
    """A test tried to reach another machine."""


def is_this_machine(host: object) -> bool:
    """Whether a host name or address is this machine's own (None is: the wildcard address)."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@contextmanager
def closed() -> Iterator[None]:
    """Refuse connections to, and look-ups of, other machines."""
    originals: dict[str, Callable[..., Any]] = {
        name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")
    }
    look_up = socket.getaddrinfo

    def guarded(name: str) -> Callable[..., Any]:
        def call(sock: socket.socket, *args: Any) -> Any:
            if sock.family in (socket.AF_INET, socket.AF_INET6):
                _refuse_others(args[-1][0])
            return originals[name](sock, *args)

        return call

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_others(host)
        return look_up(host, *args, **kwargs)

    for name in originals:
        setattr(socket.socket, name, guarded(name))
    socket.getaddrinfo = guarded_look_up
    try:
        yield
    finally:
        socket.getaddrinfo = look_up
        for name, original in originals.items():
            setattr(socket.socket, name, original)


def _refuse_others(host: object) -> None:
    if not is_this_machine(host):
        raise NetworkClosedError(f"A test tried to reach {host!r}; tests reach this machine only. Use the sandbox or a fake.")
