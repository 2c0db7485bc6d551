"""Polite HTTP by requests: one client is one session, for all threads. What a page needs a browser for is in `browser.py`."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from importlib.metadata import version
from typing import Self
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit, urlunsplit

import requests
import urllib3
from protego import Protego
from requests.structures import CaseInsensitiveDict

from trend_assets.errors import AccessError, HostError, HostFailedError, PayloadError, ProxyError
from trend_assets.net.deadline import BoundedAdapter
from trend_assets.net.destination import Destination, Internet, host_of, place_of
from trend_assets.net.headers import refuse_impossible
from trend_assets.net.http_errors import error_of, seconds_of
from trend_assets.net.politeness import Politeness
from trend_assets.net.proxies import CONNECT_SECONDS, Proxies, Proxy, ProxyFailure, failure_of, refusal_of
from trend_assets.net.response import Response

PRODUCT = "trend_assets"
"""The name that robots.txt files call us by."""
USER_AGENT = f"{PRODUCT}/{version(PRODUCT)}"

READ_SECONDS = 20.0
"""Longest silence of a server."""
MAX_BYTES = 32 * 1024 * 1024
"""Largest body, unpacked."""
ROBOTS_BYTES = 500 * 1024
"""How much of a robots.txt counts (RFC 9309 §2.5)."""
ATTEMPTS = 3
LONGEST_TOTAL_WAIT = 60.0
"""Seconds that one request waits between its attempts, all in all."""
BACKOFF_SECONDS = 1.0
"""Upper bound of the first wait between attempts; it doubles each time, and the wait is drawn between zero and the bound."""
MAX_REDIRECTS = 10

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 64 * 1024

Admission = Callable[[str, float], float]
"""Asks whether an address may be requested: address and longest wait → seconds to wait."""


class _Session(requests.Session):
    """Leaves redirects to us: each one is admitted before it is followed. Its answers end in time."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # the environment is read in settings.py only
        for scheme in ("http://", "https://"):
            self.mount(scheme, BoundedAdapter())

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find none."""


class HttpClient:
    """Sends requests, politely. Connections and cookies are kept until it is closed, the latter for who has set them."""

    def __init__(
        self,
        politeness: Politeness,
        destination: Destination | None = None,
        *,
        proxies: Proxies | None = None,
        user_agent: str = USER_AGENT,
        max_bytes: int = MAX_BYTES,
        read_seconds: float = READ_SECONDS,
        backoff_seconds: float = BACKOFF_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make a client; nothing is sent.

        Args:
            politeness: state shared with the other processes.
            destination: where requests really go; default `Internet()`.
            proxies: through which; default directly.
            user_agent: how we present ourselves.
            max_bytes: largest body.
            read_seconds: longest silence of a server.
            backoff_seconds: upper bound of the first wait between attempts.
            sleep: waits for seconds.
        """
        self._politeness = politeness
        self._destination = destination or Internet()
        self._proxies = proxies or Proxies(politeness)
        self._max_bytes = max_bytes
        self._timeouts = (CONNECT_SECONDS, read_seconds)
        self._backoff_seconds = backoff_seconds
        self._sleep = sleep
        self._robots_locks: dict[str, threading.Lock] = {}
        self._session = _Session()
        self._session.headers["User-Agent"] = user_agent

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def clock(self) -> Callable[[], float]:
        """Returns seconds since 1970."""
        return self._politeness.clock

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(
        self,
        url: str,
        *,
        surface: str,
        daily_budget: int = 0,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] = {},
        granted: bool = False,
    ) -> Response:
        """Return the answer to a GET request, after waiting for its turn, following redirects, and retrying what can pass.

        Args:
            url: real address.
            surface: id of the surface that asks; its budget is charged for every attempt and redirect.
            daily_budget: requests that the surface may make on one UTC day; 0 = no limit.
            params: the query.
            headers: sent to the address's own host only, not where it redirects to, nor from https to http; they win over those
                of the destination.
            granted: whether the headers are credentials of an API that the site has given us. robots.txt, which is for those
                who come without, is then asked only about what the address redirects to.

        Raises:
            AccessError: robots.txt forbids it, or the answer is a lasting refusal (401, 403, 404, …), or the address is none.
            SettingsError: a header cannot be sent.
            BudgetError: the surface's budget is used up.
            HostBusyError: HTTP 429, or our queue for the host is too long; `retry_at` says when to come back.
            HostFailedError: HTTP 5xx, timeout, no connection, or the host is left alone after many failures.
            ProxyError: no proxy lets us through.
            PayloadError: the body is too big.
        """
        refuse_impossible(headers)
        address = _with_query(url, params or {})
        admit = partial(self.admit, surface=surface, daily_budget=daily_budget)
        return self._follow(
            address,
            headers,
            lambda target, longest: admit(target, longest_wait=longest, granted=granted and target == address),
        )

    def post(self, url: str, form: Mapping[str, str], *, surface: str, headers: Mapping[str, str]) -> Response:
        """Return the answer to a form that is posted with granted credentials, after waiting for its turn; errors as `get`.

        It costs no surface's budget, what can pass is retried, and redirects are not followed: credentials go nowhere else.
        """
        refuse_impossible(headers)

        def admit(target: str, longest_wait: float) -> float:
            return self.admit(target, surface=surface, longest_wait=longest_wait, granted=True)

        answer = self._retried(url, headers, admit, form=form)
        if answer.status in _REDIRECTS:
            raise AccessError(f"{place_of(url)} redirects a form that is posted: look at it, perhaps the address has changed.")
        return answer

    def admit(
        self,
        url: str,
        *,
        surface: str,
        daily_budget: int = 0,
        requests: int = 1,
        longest_wait: float | None = None,
        granted: bool = False,
    ) -> float:
        """Ask robots.txt (not about what is granted) and `Politeness.admit` about an address; return the seconds to wait.

        Raises:
            AccessError: robots.txt forbids it.
            BudgetError, HostBusyError, HostFailedError: as in `Politeness.admit`; also robots.txt that cannot be read.
        """
        rules = _rules("") if granted else self._robots(url)
        if not rules.can_fetch(url, PRODUCT):
            raise AccessError(f"robots.txt of {host_of(url)} forbids {urlsplit(url).path or '/'}: leave the surface out.")
        return self._politeness.admit(
            host_of(url),
            surface,
            daily_budget=daily_budget,
            crawl_delay=float(rules.crawl_delay(PRODUCT) or 0.0),
            requests=requests,
            longest_wait=longest_wait,
        )

    def _robots(self, url: str) -> Protego:
        """Return the rules of the address's host, fetched at most once a day.

        RFC 9309 §2.3.1: there is none (4xx) → everything is allowed; it cannot be reached → nothing is, unless there is
        an older copy. That there is none is not kept where a proxy can have said it.
        """
        host = host_of(url)
        with self._robots_locks.setdefault(host, threading.Lock()):
            kept = self._politeness.robots(host)
            if kept is None or not kept.fresh:
                address = urljoin(url, "/robots.txt")
                try:
                    body = self._fetch_robots(address)
                except AccessError:
                    body = ""
                    if not self._proxies.can_answer(address):
                        self._politeness.keep_robots(host, body)
                except HostError as error:
                    if kept is None:
                        message = f"{host} is not asked for anything while its robots.txt cannot be read. {error}"
                        raise type(error)(message, error.retry_at) from error
                    body = kept.body
                else:
                    self._politeness.keep_robots(host, body)
            else:
                body = kept.body
        return _rules(body)

    def _fetch_robots(self, url: str) -> str:
        def admit(target: str, longest_wait: float) -> float:
            return self._politeness.admit(host_of(target), "robots.txt", longest_wait=longest_wait)

        return self._follow(url, {}, admit, ROBOTS_BYTES).body.decode(errors="replace")

    def _follow(self, url: str, headers: Mapping[str, str], admit: Admission, beginning: int | None = None) -> Response:
        """Request an address and those it redirects to, each one admitted.

        Args:
            url: real address.
            headers: for the address's own host.
            admit: asked before each request.
            beginning: bytes of the body that are enough; None wants it all.
        """
        target = url
        for _ in range(MAX_REDIRECTS + 1):
            own = headers if host_of(target) == host_of(url) and not _loses_tls(url, target) else {}
            try:
                answer = self._retried(target, own, admit, beginning)
            except AccessError as error:
                if target == url:
                    raise
                raise led_astray(url, target, error) from error
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            target = self._destination.real(_joined(target, answer.headers["location"]))
        raise AccessError(f"{place_of(url)} redirects more than {MAX_REDIRECTS} times: it may want a login or cookies.")

    def _retried(
        self,
        url: str,
        headers: Mapping[str, str],
        admit: Admission,
        beginning: int | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Response:
        """Return an answer that is good or a redirect, after at most `ATTEMPTS` attempts."""
        host = host_of(url)
        left = LONGEST_TOTAL_WAIT
        bound = self._backoff_seconds
        for attempt in range(1, ATTEMPTS + 1):
            wait = admit(url, left)
            self._sleep(wait)
            left -= wait
            try:
                answer = self._once(url, headers, beginning, form)
                self._judge(answer)
            except ProxyError:
                raise  # the host has not failed
            except HostError as error:
                self._politeness.failed(host, error)
                backoff = random.uniform(0, bound)  # noqa: S311 - spreads clients, guards nothing
                ahead = seconds_of(error.retry_at) - self._politeness.clock() if error.retry_at else 0.0
                if attempt == ATTEMPTS or max(backoff, ahead) > left:
                    raise
                self._sleep(backoff)
                left -= backoff
                bound *= 2
            except (AccessError, PayloadError):
                self._politeness.answered(host)
                raise
            else:
                self._politeness.answered(host)
                return answer
        raise AssertionError("the last attempt returns or raises")

    def _judge(self, answer: Response) -> None:
        if answer.status in _REDIRECTS and "location" in answer.headers:
            return
        if error := error_of(answer.status, answer.headers, answer.url, self._politeness.clock()):
            raise error

    def _once(self, url: str, headers: Mapping[str, str], beginning: int | None, form: Mapping[str, str] | None) -> Response:
        """Send one request, with a form as POST, through one proxy after the other until one lets it out to the host.

        Raises:
            HostFailedError: no whole answer came.
            PayloadError: the body is too big.
            ProxyError: no proxy lets us through.
        """
        while True:
            proxy = self._proxies.current()
            if proxy is None:
                return self._sent(url, headers, beginning, form, None)
            try:
                return self._sent(url, headers, beginning, form, proxy)
            except ProxyFailure as failure:
                self._proxies.failed(proxy, failure)

    def _sent(
        self,
        url: str,
        headers: Mapping[str, str],
        beginning: int | None,
        form: Mapping[str, str] | None,
        proxy: Proxy | None,
    ) -> Response:
        """Send one request directly or through a proxy; `ProxyFailure` if that is what failed, else errors as `_once`."""
        address, own = self._destination.request(url)
        sent = CaseInsensitiveDict([*own.items(), *headers.items()])
        try:
            with self._session.request(
                "GET" if form is None else "POST",
                address,
                headers=sent,
                data=form,
                timeout=self._timeouts,
                stream=True,
                proxies=proxy.for_requests() if proxy else None,
            ) as answer:
                if proxy and proxy.can_answer(address) and (refusal := refusal_of(answer.status_code, answer.headers)):
                    raise refusal
                body = self._read(answer.raw, url, beginning)
        except requests.exceptions.InvalidURL as error:
            raise AccessError(f"{place_of(url)} is no web address: {error}") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            if proxy and (failure := failure_of(error) or proxy.silence()):
                raise failure from error
            late = isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError))
            what = "took too long" if late else f"gave no whole answer ({type(error).__name__})"
            raise HostFailedError(f"{place_of(url)} {what}: check the network, or try again later.") from error
        return Response(url, answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, body)

    def _read(self, raw: urllib3.HTTPResponse, url: str, beginning: int | None) -> bytes:
        """Read a body as it comes, a huge one not to its end."""
        enough = self._max_bytes + 1 if beginning is None else beginning
        parts = []
        size = 0
        while size < enough and (part := raw.read1(_CHUNK, decode_content=True)):
            parts.append(part)
            size += len(part)
        if beginning is None and size > self._max_bytes:
            raise PayloadError(f"{place_of(url)} sent more than {self._max_bytes} bytes: it is not what a surface delivers.")
        return b"".join(parts)[:beginning]


def led_astray(url: str, target: str, refusal: AccessError) -> AccessError:
    """Return the refusal of an address to which `url` led by itself."""
    return AccessError(f"{place_of(url)} led to {place_of(target)}, perhaps because it wants a login. {refusal}")


def _joined(url: str, location: str) -> str:
    """Return the address that a redirect leads to; a site can send anything, which then is no web address."""
    try:
        return urldefrag(urljoin(url, location)).url
    except ValueError:
        return location


@lru_cache(maxsize=64)
def _rules(body: str) -> Protego:
    return Protego.parse(body)


def _with_query(url: str, params: Mapping[str, str | int]) -> str:
    """Return the address with parameters added to its query."""
    host_of(url)
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode(params)))), fragment=""))


def _loses_tls(url: str, target: str) -> bool:
    return urlsplit(url).scheme == "https" and urlsplit(target).scheme == "http"
