"""Pages in a real Chromium: their JSON as they load it, and their HTML. Politely, in parallel tabs."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from trend_assets.errors import HostFailedError
from trend_assets.net.chromium import CLOSE_SECONDS, TAB_SECONDS, Chromium, reason_of
from trend_assets.net.destination import Destination, Internet, place_of
from trend_assets.net.headers import refuse_impossible
from trend_assets.net.http import USER_AGENT, HttpClient
from trend_assets.net.politeness import Politeness
from trend_assets.net.proxies import Proxies, ProxyFailure
from trend_assets.net.tab import Order, Tab, Visit

TABS = 4
PAGES = 100
"""Pages after which a fresh Chromium takes over: memory that sites leak is freed."""
PAGE_SECONDS = 30.0
"""Longest time to open a page, and for it to answer when it is read."""
SETTLE_SECONDS = 5.0
"""Longest wait for what a page loads by itself, after opening it and after each scroll."""

_ATTEMPTS = 2


class _NoTabError(HostFailedError):
    """A Chromium does not even open an empty tab."""


class Browser:
    """A Chromium for all visits of a platform, as an async context manager."""

    def __init__(
        self,
        politeness: Politeness,
        destination: Destination | None = None,
        *,
        proxies: Proxies | None = None,
        chromium: Path | None = None,
        storage_state: Path | None = None,
        tabs: int = TABS,
        pages: int = PAGES,
        page_seconds: float = PAGE_SECONDS,
    ) -> None:
        """Make it; Chromium starts with the first visit.

        Args:
            politeness: state shared with the other processes.
            destination: where requests really go; default `Internet()`.
            proxies: through which; default directly.
            chromium: the setting TREND_CHROMIUM.
            storage_state: file of a stored login; what the site renews of it is written back.
            tabs: most pages at a time.
            pages: after how many a fresh Chromium takes over.
            page_seconds: longest time to open a page.
        """
        self._politeness = politeness
        self._destination = destination or Internet()
        self._proxies = proxies or Proxies(politeness)
        self._setting = chromium
        self._storage_state = storage_state
        self._pages = pages
        self._page_seconds = page_seconds
        self._tabs = asyncio.Semaphore(tabs)
        self._client = HttpClient(politeness, self._destination, proxies=self._proxies)
        self._lock = asyncio.Lock()
        self._current: Chromium | None = None
        self._started: set[Chromium] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.close()
        await asyncio.gather(*(chromium.close() for chromium in self._started))

    async def visit(
        self,
        url: str,
        *,
        surface: str,
        daily_budget: int = 0,
        wanted: re.Pattern[str] | None = None,
        scrolls: int = 0,
        settle_seconds: float = SETTLE_SECONDS,
        headers: Mapping[str, str] = {},
    ) -> Visit:
        """Open a page in a tab of its own, wait for what is wanted, scroll for more, and close it.

        A visit that loses its Chromium, or is given no tab by it, is repeated once, in a fresh one; one whose proxy fails is
        repeated in one that goes through the next.

        Args:
            url: real address.
            surface: id of the surface that asks. Its budget is charged for the document and for each wanted request.
            daily_budget: requests that the surface may make on one UTC day; 0 = no limit. Wanted requests beyond it are not
                let out, and the visit says so.
            wanted: searched in the real addresses of what the page loads.
            scrolls: how often to scroll to the end; it ends early when a scroll brings nothing that is wanted.
            settle_seconds: longest wait for something wanted after opening and after each scroll; where nothing is wanted,
                for the network to be idle.
            headers: of every request of this visit, whichever host it goes to; they win over those of the destination. So
                no place for a secret.

        Raises:
            AccessError, BudgetError, HostBusyError, HostFailedError, ProxyError: as `HttpClient.get`, about the document.
            PayloadError: the address is no page.
            SettingsError: there is no Chromium, or it does not start, or a header cannot be sent.
        """
        refuse_impossible(headers)
        order = Order(url, surface, daily_budget, wanted, scrolls, settle_seconds, headers)
        async with self._tabs:
            attempt = 1
            while True:
                await self._turn(order)
                chromium = await self._lease()
                try:
                    return await self._visit(chromium, order)
                except ProxyFailure as failure:
                    chromium.retired = True
                    if chromium.proxy:
                        await asyncio.to_thread(self._proxies.failed, chromium.proxy, failure)
                except PlaywrightError as error:
                    if not chromium.lost(error):
                        raise HostFailedError(f"{place_of(url)} could not be read ({reason_of(error)}): look at it.") from error
                    chromium.retired = True
                    if attempt == _ATTEMPTS:
                        raise HostFailedError(f"{place_of(url)} ended Chromium {_ATTEMPTS} times: look at it.") from error
                    attempt += 1
                except _NoTabError:
                    if attempt == _ATTEMPTS:
                        raise
                    attempt += 1
                finally:
                    await self._release(chromium)

    async def _turn(self, order: Order) -> None:
        """Wait for the host's permission and our place in its queue, without holding up other tabs."""
        wait = await asyncio.to_thread(self._client.admit, order.url, surface=order.surface, daily_budget=order.daily_budget)
        await asyncio.sleep(wait)

    async def _visit(self, chromium: Chromium, order: Order) -> Visit:
        page = await _new_page(chromium, order)
        tab = Tab(chromium, order, self._client, self._politeness, self._destination, self._page_seconds)
        try:
            return await tab.visit(page)
        except TimeoutError as error:
            raise HostFailedError(
                f"{place_of(order.url)} keeps Chromium busy for more than {self._page_seconds:.0f} s: look at it."
            ) from error
        finally:
            await _close(page, chromium)

    async def _lease(self) -> Chromium:
        """Return a Chromium for one page, a fresh one if need be."""
        async with self._lock:
            chromium, proxy = self._current, await asyncio.to_thread(self._proxies.current)
            if chromium and chromium.proxy != proxy:
                chromium.retired = True
            if chromium is None or self._finished(chromium):
                if chromium:
                    await self._end_if_idle(chromium)
                chromium = await Chromium.start(self._setting, self._destination, USER_AGENT, self._storage_state, proxy)
                self._started.add(chromium)
                self._current = chromium
            chromium.opened += 1
            chromium.running += 1
            return chromium

    async def _release(self, chromium: Chromium) -> None:
        chromium.running -= 1
        if self._finished(chromium):
            await self._end_if_idle(chromium)

    async def _end_if_idle(self, chromium: Chromium) -> None:
        """End a Chromium that gets no more pages, once its last page is closed; also one that died while it had none."""
        if chromium.running == 0 and chromium in self._started:
            await chromium.close()
            self._started.discard(chromium)  # after it: who is cancelled meanwhile leaves it to the end

    def _finished(self, chromium: Chromium) -> bool:
        return chromium.retired or chromium.opened >= self._pages or not chromium.browser.is_connected()


async def _new_page(chromium: Chromium, order: Order) -> Page:
    """Open an empty tab; a Chromium that cannot even do that gets no more."""
    try:
        page = await asyncio.wait_for(chromium.context.new_page(), TAB_SECONDS)
    except TimeoutError as error:
        chromium.retired = True
        raise _NoTabError(
            f"Chromium opened no tab for {place_of(order.url)} within {TAB_SECONDS:.0f} s: try again, with fewer tabs."
        ) from error
    page.on("crash", lambda _: chromium.crash())
    return page


async def _close(page: Page, chromium: Chromium) -> None:
    """Close a page; a Chromium that cannot even do that gets no more."""
    try:
        await asyncio.wait_for(page.close(), CLOSE_SECONDS)
    except (PlaywrightError, TimeoutError):
        chromium.retired = True
