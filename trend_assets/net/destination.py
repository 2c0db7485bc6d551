"""Where requests really go: to the hosts that addresses name, or to the local sandbox server.

Everything else in `net` (robots.txt, rates, budgets, messages, results) knows the real addresses only.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from trend_assets.errors import AccessError, SettingsError

_LOCAL = ".localhost"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def host_of(url: str) -> str:
    """Return the host of a web address in lower case and without a last dot, with its port unless that is the scheme's own.

    Raises:
        AccessError: this is no web address; pages can name anything.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip(".").encode("idna").decode(), parts.port
    except ValueError:  # also UnicodeError
        host, port = "", None
    if not host or parts.scheme not in _DEFAULT_PORTS:
        shown = re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url)[0])[:100]
        raise AccessError(f"{shown!r} is no web address: it must begin with http:// or https:// and name a host.")
    return host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"


def place_of(url: str) -> str:
    """Return host and path, for messages: a query can hold keys, a user part passwords."""
    return host_of(url) + (urlsplit(url).path or "/")


@dataclass(frozen=True, slots=True)
class Internet:
    """Requests go where their addresses say."""

    headers: Mapping[str, str] = field(default_factory=dict, init=False)
    """Headers of every request."""
    chromium_arguments: tuple[str, ...] = field(default=(), init=False)

    def request(self, url: str) -> tuple[str, dict[str, str]]:
        """Return the address to call for `url`, and the headers that go with it."""
        return url, {}

    def page(self, url: str) -> str:
        """Return the address to open in Chromium for `url`."""
        return url

    def real(self, url: str) -> str:
        """Return the real address of one that Chromium opened."""
        return url

    def reaches(self, url: str) -> bool:
        """Whether Chromium may call this address."""
        return urlsplit(url).scheme in _DEFAULT_PORTS


@dataclass(frozen=True)
class Sandbox:
    """Every request goes to one local server, which tells hosts apart by the `Host` header: `<real host>.localhost:<port>`.

    A port in a real address is dropped, and real addresses are taken to be `https`.
    """

    url: str
    """Address of the server, for example http://127.0.0.1:8123."""
    at: datetime | None = None
    """Simulated time of the requests, naive UTC; None leaves it to the server."""

    def __post_init__(self) -> None:
        """Refuse a server on another machine.

        Raises:
            SettingsError: the address is not one of this machine with a port.
        """
        parts = urlsplit(self.url)
        try:
            local = ipaddress.ip_address(parts.hostname or "").is_loopback
        except ValueError:
            local = parts.hostname == "localhost"
        if not local or not parts.port or parts.scheme != "http":
            raise SettingsError(f"{self.url!r} is no sandbox: use http://127.0.0.1:<port>.")

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of every request: the simulated time."""
        return {"Sandbox-Time": f"{self.at.isoformat()}Z"} if self.at else {}

    @property
    def chromium_arguments(self) -> tuple[str, ...]:
        """Chromium finds no host but this machine's, whatever a page asks for."""
        return (f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *{_LOCAL}",)

    def request(self, url: str) -> tuple[str, dict[str, str]]:
        """Return the address to call for `url`, and the headers that go with it."""
        parts = urlsplit(url)
        server = urlsplit(self.url)
        address = urlunsplit((server.scheme, server.netloc, parts.path or "/", parts.query, ""))
        return address, {"Host": self._local_host(url), **self.headers}

    def page(self, url: str) -> str:
        """Return the address to open in Chromium for `url`; Chromium itself knows that *.localhost is this machine."""
        return urlunsplit(("http", self._local_host(url), *urlsplit(url)[2:]))

    def real(self, url: str) -> str:
        """Return the real address of one that Chromium opened."""
        if not self.reaches(url):
            return url
        parts = urlsplit(url)
        return urlunsplit(("https", (parts.hostname or "").removesuffix(_LOCAL), *parts[2:]))

    def reaches(self, url: str) -> bool:
        """Whether Chromium may call this address: only the sandbox server, under the name of a real host."""
        try:
            parts = urlsplit(url)
            return bool(parts.scheme == "http" and (parts.hostname or "").endswith(_LOCAL) and parts.port == self._port)
        except ValueError:
            return False

    @property
    def _port(self) -> int | None:
        return urlsplit(self.url).port

    def _local_host(self, url: str) -> str:
        return f"{host_of(url).partition(':')[0]}{_LOCAL}:{self._port}"


Destination = Internet | Sandbox
