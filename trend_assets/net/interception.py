"""The responses of a page that a surface wants, read as they arrive."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Response, Route

from trend_assets.errors import BudgetError, HostError, TransientError
from trend_assets.net.destination import Destination, host_of
from trend_assets.net.http_errors import error_of
from trend_assets.net.politeness import Politeness

QUIET_SECONDS = 0.3
"""No wanted request for so long after one: the page has what it asked for."""
POLL_SECONDS = 0.05

_REDIRECTS = range(300, 400)


@dataclass(frozen=True, slots=True)
class Captured:
    """One response to a request that the page made by itself."""

    url: str
    """Real address after redirects."""
    status: int
    text: str


class Interception:
    """Follows the requests of one page whose real address matches, wherever they are redirected to.

    Each is taken from the surface's budget; once that is used up, they are not let out.
    """

    def __init__(
        self,
        wanted: re.Pattern[str] | None,
        surface: str,
        daily_budget: int,
        destination: Destination,
        politeness: Politeness,
        max_bytes: int,
    ) -> None:
        """Make it; it hears nothing before `listen`.

        Args:
            wanted: searched in real addresses; None wants nothing.
            surface: id of the surface that asks.
            daily_budget: requests that the surface may make on one UTC day; 0 = no limit.
            destination: knows the real addresses.
            politeness: counts requests and failures.
            max_bytes: of all bodies together.
        """
        self.unread: list[str] = []
        """Real addresses of wanted requests that brought no readable body: failed, cut off, too big, or too slow."""
        self.refused = ""
        """Why wanted requests were not let out, as a sentence; empty if all were. They are not unread."""
        self.failure: HostError | None = None
        """How the host last failed at a wanted request, or that it was too busy for it."""
        self._wanted = wanted
        self._surface = surface
        self._daily_budget = daily_budget
        self._destination = destination
        self._politeness = politeness
        self._bytes_left = max_bytes
        self._pending: dict[Request, None] = {}
        self._reads: list[asyncio.Task[Captured | None]] = []
        self._seen = 0
        self._stopped = False
        self._changed_at = 0.0

    async def listen(self, page: Page) -> None:
        """Follow this page's requests from now on."""
        await page.route(self._matches, self._on_route)
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfailed", self._on_failed)

    async def settled(self, seconds: float) -> bool:
        """Wait until a new wanted response has come and no other is under way; return whether one has come.

        A network that is idle for a while does not end the wait: pages compute before they ask.
        """
        now = asyncio.get_running_loop().time
        end = now() + seconds
        while now() < end:
            quiet = not self._pending and now() - self._changed_at > QUIET_SECONDS
            if quiet and len(self._reads) > self._seen:
                break
            await asyncio.sleep(POLL_SECONDS)
        before, self._seen = self._seen, len(self._reads)
        return self._seen > before

    async def captured(self, seconds: float) -> tuple[Captured, ...]:
        """Return what has arrived, in order of arrival; what is not answered, or not read after `seconds`, is unread."""
        if self._reads:
            await asyncio.wait(self._reads, timeout=seconds)
        self.unread += [self._destination.real(request.url) for request in self._pending]
        await self.stop()
        finished = [task.result() for task in self._reads if not task.cancelled()]
        return tuple(captured for captured in finished if captured)

    async def stop(self) -> None:
        """Hear nothing more, read nothing more, and let nothing wanted out."""
        self._stopped = True
        self._pending.clear()
        for task in self._reads:
            task.cancel()
        await asyncio.gather(*self._reads, return_exceptions=True)

    def _matches(self, url: str) -> bool:
        return bool(self._wanted and self._wanted.search(self._destination.real(url)))

    async def _on_route(self, route: Route) -> None:
        """Let a wanted request out if the budget allows it."""
        if not (self._stopped or self.refused):
            self._began(route.request)
            try:
                await asyncio.to_thread(self._politeness.count, self._surface, daily_budget=self._daily_budget)
            except (BudgetError, TransientError) as error:
                self.refused = str(error)
        with suppress(PlaywrightError):  # the page may be gone
            if self._stopped or self.refused:
                self._ended(route.request)
                await route.abort()
            else:
                await route.fallback()

    def _on_request(self, request: Request) -> None:
        """Follow redirects; what a page asks for first comes to `_on_route`."""
        if self._stopped or not request.redirected_from:
            return
        if any(self._matches(one.url) for one in (request, *_redirects_to(request))):
            self._began(request)

    def _on_failed(self, request: Request) -> None:
        if request in self._pending:
            self._ended(request)
            self.unread.append(self._destination.real(request.url))

    def _on_response(self, response: Response) -> None:
        if response.request not in self._pending:
            return
        if response.status in _REDIRECTS:
            self._ended(response.request)
        else:
            self._reads.append(asyncio.create_task(self._read(response)))

    def _began(self, request: Request) -> None:
        self._pending[request] = None
        self._changed_at = asyncio.get_running_loop().time()

    def _ended(self, request: Request) -> None:
        self._pending.pop(request, None)
        self._changed_at = asyncio.get_running_loop().time()

    async def _read(self, response: Response) -> Captured | None:
        """Read one body at once: Chromium does not keep it for long."""
        url = self._destination.real(response.url)
        body = None
        try:
            redirects = sum(1 for _ in _redirects_to(response.request))
            await asyncio.to_thread(self._note, url, response.status, response.headers, redirects)
            body = await response.body()
            self._bytes_left -= len(body)
        except PlaywrightError:
            body = None
        finally:
            if response.request in self._pending:  # else it has failed, which is noted already
                if body is None or self._bytes_left < 0:
                    self.unread.append(url)
                self._ended(response.request)
        if body is None or self._bytes_left < 0:
            return None
        return Captured(url, response.status, body.decode(errors="replace"))

    def _note(self, url: str, status: int, headers: dict[str, str], redirects: int) -> None:
        """Count the redirects, and tell how the host fares."""
        if redirects:
            self._politeness.count(self._surface, redirects)
        error = error_of(status, headers, url, self._politeness.clock())
        if isinstance(error, HostError):
            self.failure = error
            self._politeness.failed(host_of(url), error)
        else:
            self._politeness.answered(host_of(url))


def _redirects_to(request: Request) -> Iterator[Request]:
    """The requests that were redirected to this one, the last first."""
    while before := request.redirected_from:
        yield before
        request = before
