"""The proxies that one platform is reached through, of which it keeps one until that fails.

Rates and budgets are not kept here: they are the hosts' and the surfaces', whatever way requests take. Messages name a proxy by
its place in the list, because its address can hold a password.
"""

import hashlib
import socket
import ssl
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import requests
import socks  # type: ignore[import-untyped]
import urllib3
from playwright.async_api import ProxySettings

from trend_assets.errors import ProxyError
from trend_assets.net.http_errors import utc_time
from trend_assets.net.politeness import Politeness

CONNECT_SECONDS = 5.0
"""Longest time to connect to a proxy, or to a host."""

_AUTHENTICATION_REQUIRED = 407
_DAY_SECONDS = 86_400
_REFUSED = "does not let us in (HTTP 407)"
_UNREACHED = "cannot be connected to"
_CHROMIUMS_WORDS = {
    "ERR_PROXY_CONNECTION_FAILED": _UNREACHED,
    "ERR_PROXY_AUTH_UNSUPPORTED": "does not let us in",
    "ERR_PROXY_CERTIFICATE_INVALID": "has no valid certificate",
}
_NOT_CONNECTED = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.SSLError)


class ProxyFailure(Exception):
    """A proxy failed, not the host behind it, and another one is to take over; the text says how, without its address."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy of the list."""

    number: int
    """Its place, from 1."""
    address: str = field(repr=False)

    @property
    def key(self) -> str:
        """What it is remembered by: a digest of its address."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:16]

    def can_answer(self, url: str) -> bool:
        """Whether an answer from an address can be the proxy's own: what goes through a tunnel or SOCKS is the site's."""
        return urlsplit(url).scheme == "http" and not self.address.startswith("socks5:")

    def silence(self) -> ProxyFailure | None:
        """Connect to it; return its failure if that does not work.

        Where an answer took too long, neither Chromium nor PySocks tells whether it was the proxy or the host that was silent.
        """
        parts = urlsplit(self.address)
        try:
            socket.create_connection((parts.hostname or "", parts.port or 0), CONNECT_SECONDS).close()
        except OSError:
            return ProxyFailure(_UNREACHED)
        return None

    def for_requests(self) -> dict[str, str]:
        """Return it as requests wants it. The proxy looks up names, as it does for Chromium."""
        address = self.address.replace("socks5://", "socks5h://", 1)
        return {"http": address, "https": address}

    def for_chromium(self) -> ProxySettings:
        """Return it as Playwright wants it."""
        parts = urlsplit(self.address)
        server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        if parts.username is None:
            return {"server": server}
        return {"server": server, "username": unquote(parts.username), "password": unquote(parts.password or "")}


class Proxies:
    """Chooses the proxy of one platform; what failed is known to all processes."""

    def __init__(self, politeness: Politeness, platform: str = "", addresses: Sequence[str] = ()) -> None:
        """Make it.

        Args:
            politeness: remembers proxies that failed.
            platform: who is to keep one of them.
            addresses: as the setting TREND_PROXIES has them; none means that requests go out directly.
        """
        self._politeness = politeness
        self._platform = platform
        self._proxies = [Proxy(number, address) for number, address in enumerate(addresses, start=1)]

    def current(self) -> Proxy | None:
        """Return the proxy to use now, None for the direct way.

        A platform begins with one of the list, with the next one on the next day (UTC), and takes those behind it, in turn,
        while one is left alone.

        Raises:
            ProxyError: all are left alone. Nothing goes out directly then.
        """
        if not self._proxies:
            return None
        failures = self._politeness.failed_proxies()
        day = int(self._politeness.clock() // _DAY_SECONDS)
        first = (zlib.crc32(self._platform.encode()) + day) % len(self._proxies)
        for proxy in self._proxies[first:] + self._proxies[:first]:
            if proxy.key not in failures:
                return proxy
        reasons = "; ".join(f"proxy {proxy.number} {failures[proxy.key].reason}" for proxy in self._proxies)
        retry_at = utc_time(min(failures[proxy.key].until for proxy in self._proxies))
        raise ProxyError(
            f"No proxy is left until {retry_at:%Y-%m-%d %H:%M:%S} UTC: {reasons}. Check them, and TREND_PROXIES.", retry_at
        )

    def can_answer(self, url: str) -> bool:
        """Whether an answer from an address can be that of one of them."""
        return any(proxy.can_answer(url) for proxy in self._proxies)

    def failed(self, proxy: Proxy, failure: ProxyFailure) -> None:
        """Leave a proxy alone for a while, in all processes."""
        self._politeness.proxy_failed(proxy.key, str(failure))


def failure_of(error: Exception) -> ProxyFailure | None:
    """Return the proxy's failure that an error of requests tells of.

    A proxy that answers, but does not reach the host, has not failed: that is the host's. Nor has one that ends a connection
    which was kept for the next request.
    """
    by_proxy = isinstance(error, requests.exceptions.ProxyError)
    for cause in _causes(error):
        if str(cause).startswith(f"Tunnel connection failed: {_AUTHENTICATION_REQUIRED} "):
            return ProxyFailure(_REFUSED)
        if isinstance(cause, socks.SOCKS5AuthError):
            return ProxyFailure("does not let us in")
        if by_proxy and any(isinstance(part, ssl.SSLCertVerificationError) for part in cause.args):
            return ProxyFailure("has no valid certificate")
        if isinstance(cause, socks.ProxyConnectionError) or (by_proxy and isinstance(cause, _NOT_CONNECTED)):
            return ProxyFailure(_UNREACHED)
    return None


def refusal_of(status: int, headers: Mapping[str, str]) -> ProxyFailure | None:
    """Return the failure of a proxy that wants another login, if that is what its answer says (RFC 9110 §15.5.8).

    Args:
        status: HTTP status.
        headers: of the answer, names in lower case, or in any where the mapping does not mind.
    """
    refused = status == _AUTHENTICATION_REQUIRED and "proxy-authenticate" in headers
    return ProxyFailure(_REFUSED) if refused else None


def chromiums_failure(reason: str) -> ProxyFailure | None:
    """Return the proxy's failure that Chromium's name for a network error stands for.

    ERR_SOCKS_CONNECTION_FAILED and ERR_INVALID_AUTH_CREDENTIALS are not among them: hosts that a proxy does not reach, and
    sites that want a login, bring them too.
    """
    words = _CHROMIUMS_WORDS.get(reason)
    return ProxyFailure(f"{words} ({reason})") if words else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, outermost first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
