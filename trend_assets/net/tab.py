"""One visit in one tab: open, wait for what is wanted, scroll for more, read.

What is captured is text that others wrote: nothing of it is run here.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urldefrag

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Response
from playwright.async_api import TimeoutError as PlaywrightTimeoutError

from trend_assets.errors import AccessError, BudgetError, HostError, HostFailedError, PayloadError
from trend_assets.net.chromium import Chromium, reason_of
from trend_assets.net.destination import Destination, host_of, place_of
from trend_assets.net.http import MAX_BYTES, HttpClient, led_astray
from trend_assets.net.http_errors import error_of
from trend_assets.net.interception import Captured, Interception
from trend_assets.net.politeness import Politeness
from trend_assets.net.proxies import ProxyFailure, chromiums_failure, refusal_of

_SCROLL = """() => {
    for (let at = document.elementFromPoint(innerWidth / 2, innerHeight / 2); at; at = at.parentElement)
        at.scrollTop = at.scrollHeight;
}"""
"""To the present end, once: of the page, and of a list that scrolls by itself, which lies in the middle of the screen."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a visit; `Browser.visit` explains each."""

    url: str
    surface: str
    daily_budget: int
    wanted: re.Pattern[str] | None
    scrolls: int
    settle_seconds: float
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page brought."""

    url: str
    """Real address after redirects."""
    status: int
    """HTTP status of the document."""
    responses: tuple[Captured, ...]
    """Responses whose address was wanted, in order of arrival."""
    unread: tuple[str, ...]
    """Wanted addresses that brought no readable body in time: the visit is incomplete."""
    served: str
    """The document as it was served; empty if Chromium has dropped it, because the page went on to another."""
    html: str
    """The document as the page has made it. Both are cut at `MAX_BYTES`."""
    stopped: str
    """Why the page was not read to its end, as a sentence (budget, busy host); else empty."""


class Tab:
    """One page of a Chromium, for one visit. The caller closes the page."""

    def __init__(
        self,
        chromium: Chromium,
        order: Order,
        client: HttpClient,
        politeness: Politeness,
        destination: Destination,
        page_seconds: float,
    ) -> None:
        """Prepare a visit; `visit` makes it."""
        self._chromium = chromium
        self._order = order
        self._client = client
        self._politeness = politeness
        self._destination = destination
        self._page_seconds = page_seconds
        self._document = ""
        self._led_to: list[str] = []
        self._refusal: ProxyFailure | None = None
        self._interception = Interception(order.wanted, order.surface, order.daily_budget, destination, politeness, MAX_BYTES)

    async def visit(self, page: Page) -> Visit:
        """Visit what was ordered, on an empty page.

        Raises:
            TimeoutError: the page keeps Chromium busy.
            PlaywrightError: the page or Chromium is gone.
            ProxyFailure: the proxy of this Chromium failed.
            TrendError: as `Browser.visit`.
        """
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        await self._interception.listen(page)
        try:
            await page.set_extra_http_headers(dict(self._order.headers))
            document = await self._open(page)
            served = await self._served(document)
            await self._settle(page)
            stopped = await self._scroll(page)
            responses = await self._interception.captured(self._page_seconds)
            html = (await asyncio.wait_for(page.content(), self._page_seconds))[:MAX_BYTES]
            url = self._destination.real(page.url)
            host_of(url)  # a script can have left the web
            await self._ask_afterwards()
        finally:
            await self._interception.stop()
            if self._interception.refused:
                await self._empty(page)
        stopped = stopped or self._interception.refused
        return Visit(url, document.status, responses, tuple(self._interception.unread), served, html, stopped)

    async def _open(self, page: Page) -> Response:
        """Go to the address; the host's failures are noted."""
        url = self._order.url
        try:
            response = await page.goto(
                self._destination.page(url), wait_until="domcontentloaded", timeout=self._page_seconds * 1000
            )
        except PlaywrightError as error:
            if self._chromium.lost(error):
                raise
            if proxy := self._chromium.proxy:
                refusal = self._refusal or chromiums_failure(reason_of(error)) or await asyncio.to_thread(proxy.silence)
                if refusal:
                    raise refusal from error
            if "Download is starting" in error.message:
                raise PayloadError(f"{place_of(url)} is a download, no page.") from error
            timed_out = isinstance(error, PlaywrightTimeoutError)
            what = f"did not open within {self._page_seconds:.0f} s" if timed_out else f"did not open ({reason_of(error)})"
            failure = HostFailedError(f"{place_of(url)} {what}: check the network, or try again later.")
            await asyncio.to_thread(self._politeness.failed, host_of(url), failure)
            raise failure from error
        if response is None:
            raise PayloadError(f"{place_of(url)} opened without an answer: it is no page.")
        await self._judge(response)
        return response

    async def _judge(self, response: Response) -> None:
        """Raise what the document's status stands for."""
        if self._chromium.proxy and self._refusal:
            raise self._refusal
        url = self._destination.real(response.url)
        error = error_of(response.status, response.headers, url, self._politeness.clock())
        if isinstance(error, HostError):
            await asyncio.to_thread(self._politeness.failed, host_of(url), error)
        else:
            await asyncio.to_thread(self._politeness.answered, host_of(url))
        await self._ask_afterwards()
        if error:
            raise error

    def _on_request(self, request: Request) -> None:
        """Note where redirects and scripts lead the page: nobody was asked about that."""
        if not (request.is_navigation_request() and self._destination.reaches(request.url)) or request.frame.parent_frame:
            return
        before, self._document = self._document, urldefrag(self._destination.real(request.url)).url
        if before not in ("", self._document):
            self._led_to.append(self._document)

    def _on_response(self, response: Response) -> None:
        """Note that the proxy does not let us in: where it says so without a body, Chromium does not tell the status.

        It is the proxy that says so: Chromium itself refuses a 407 that comes out of a tunnel or SOCKS.
        """
        if response.request.is_navigation_request() and not response.request.frame.parent_frame:
            self._refusal = refusal_of(response.status, response.headers)

    async def _ask_afterwards(self) -> None:
        """Ask about the addresses that the page was led to."""
        while self._led_to:
            url = self._led_to.pop(0)
            try:
                await self._admitted(url)
            except AccessError as error:
                raise led_astray(self._order.url, url, error) from error

    async def _served(self, document: Response) -> str:
        try:
            body = await asyncio.wait_for(document.body(), self._page_seconds)
        except PlaywrightError as error:
            if self._chromium.lost(error):
                raise
            return ""
        return body[:MAX_BYTES].decode(errors="replace")

    async def _empty(self, page: Page) -> None:
        """Take the page away before its tab is closed: what it asks for meanwhile, Chromium lets out."""
        with suppress(PlaywrightError, TimeoutError):
            await asyncio.wait_for(page.goto("about:blank"), self._page_seconds)

    async def _settle(self, page: Page) -> None:
        if self._order.wanted:
            await self._interception.settled(self._order.settle_seconds)
            return
        with suppress(PlaywrightTimeoutError):
            await page.wait_for_load_state("networkidle", timeout=self._order.settle_seconds * 1000)

    async def _scroll(self, page: Page) -> str:
        """Scroll to the end as often as ordered; return why it ended early."""
        for _ in range(self._order.scrolls):
            if self._interception.failure:
                return str(self._interception.failure)
            try:
                await asyncio.sleep(await self._admitted(self._order.url, requests=0))
            except (BudgetError, HostError) as error:
                return str(error)
            # With eight tabs, scrolls were answered after about a second; in front, after half of that.
            await asyncio.wait_for(page.bring_to_front(), self._page_seconds)
            await asyncio.wait_for(page.evaluate(_SCROLL), self._page_seconds)
            came = await self._interception.settled(self._order.settle_seconds)
            if self._order.wanted and not came:
                break
        return ""

    async def _admitted(self, url: str, requests: int = 1) -> float:
        """Ask whether the address may be requested now; return the seconds to wait. It does not hold up other tabs."""
        order = self._order
        return await asyncio.to_thread(
            self._client.admit, url, surface=order.surface, daily_budget=order.daily_budget, requests=requests
        )
