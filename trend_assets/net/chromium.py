"""One running Chromium: which program it is, how it is started, and that nothing of it stays behind.

Its driver is started with it and ends with it. Should this process be killed, the driver sees its pipe close and ends, and
Chromium sees the driver's pipe close and ends: nobody has to tidy up.
"""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright._impl._errors import TargetClosedError  # it has no public name
from playwright.async_api import Browser, BrowserContext, Playwright, Route, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from trend_assets.errors import SettingsError
from trend_assets.net.destination import Destination
from trend_assets.net.login import Login
from trend_assets.net.proxies import Proxy
from trend_assets.settings import get_settings

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What Chromium is called on PATH."""
LAUNCH_SECONDS = 60.0
TAB_SECONDS = 20.0
"""Longest time to open an empty tab."""
CLOSE_SECONDS = 10.0

_LAUNCHES = 2
_NOT_LOADED = frozenset({"image", "font", "media", "stylesheet"})
_ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-domain-reliability",
    "--no-pings",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",  # else WebRTC goes round the proxy
)
_POPUPS_ALLOWED = "--disable-popup-blocking"
"""Playwright's default; without it pages open no further ones by themselves, which nobody would have admitted."""
_NETWORK_ERROR = re.compile(r"net::ERR_\w+")
_ADDRESS = re.compile(r"\b\w+://\S+")


def find_chromium(setting: Path | None, playwrights_own: Path | None = None) -> Path:
    """Return the Chromium to use: the setting's, else Playwright's own if it is installed, else one on PATH.

    Args:
        setting: TREND_CHROMIUM.
        playwrights_own: where Playwright would have its own.

    Raises:
        SettingsError: there is none.
    """
    if setting:
        return setting
    if playwrights_own and playwrights_own.is_file():
        return playwrights_own
    if found := next((path for name in PROGRAMS if (path := shutil.which(name))), None):
        return Path(found)
    raise SettingsError(
        "No Chromium was found, which browser surfaces need: run `make browser`, `playwright install --with-deps chromium` or "
        "`apt install chromium`, or set TREND_CHROMIUM to the program."
    )


def installed_chromium(setting: Path | None) -> Path:
    """Return the Chromium that visits will use, without starting it.

    Raises:
        SettingsError: there is none.
    """
    with sync_playwright() as playwright:
        return find_chromium(setting, Path(playwright.chromium.executable_path))


@dataclass(slots=True, eq=False)
class Chromium:
    """A driver, its Chromium, and the one context that all tabs share."""

    playwright: Playwright
    browser: Browser
    context: BrowserContext
    login: Login | None
    proxy: Proxy | None
    """What all of its requests go through."""
    opened: int = 0
    """Pages that were opened so far."""
    running: int = 0
    """Pages that are open now."""
    retired: bool = False
    """Whether it gets no more pages."""
    crashed: bool = False
    """Whether one of its pages has crashed."""

    @classmethod
    async def start(
        cls,
        setting: Path | None,
        destination: Destination,
        user_agent: str,
        storage_state: Path | None,
        proxy: Proxy | None,
    ) -> "Chromium":
        """Start a driver and a Chromium.

        Args:
            setting: TREND_CHROMIUM.
            destination: where requests really go.
            user_agent: how we present ourselves, after Chromium's own words.
            storage_state: file of cookies and local storage, as Playwright writes it.
            proxy: what all of its requests go through; None is the direct way.

        Raises:
            SettingsError: there is no Chromium, it does not start, or the storage state cannot be read.
        """
        login = Login.read(storage_state) if storage_state else None
        playwright = await async_playwright().start()
        try:
            program = find_chromium(setting, Path(playwright.chromium.executable_path))
            browser, context = await _launch(playwright, program, destination, user_agent, login, proxy)
        except BaseException:
            await playwright.stop()
            raise
        return cls(playwright, browser, context, login, proxy)

    def crash(self) -> None:
        """Note that a page has crashed. There will be no more here: the others may be short of memory too."""
        self.crashed = self.retired = True

    def lost(self, error: PlaywrightError) -> bool:
        """Whether an error means that the page or all of Chromium is gone, not that the page is bad.

        Messages say nothing about it: they hold what scripts of pages throw.
        """
        return self.crashed or isinstance(error, TargetClosedError) or not self.browser.is_connected()

    async def close(self) -> None:
        """End Chromium and its driver, whatever state they are in; what was renewed of the login is kept, if that works."""
        async with AsyncExitStack() as ending:
            ending.push_async_callback(_in_time, self.playwright.stop)
            ending.push_async_callback(_in_time, self.browser.close)
            if self.login:
                with suppress(OSError, ValueError, PlaywrightError):
                    await asyncio.wait_for(self.login.keep(self.context), CLOSE_SECONDS)


async def _in_time(end: Callable[[], Coroutine[None, None, None]]) -> None:
    with suppress(PlaywrightError, TimeoutError):
        await asyncio.wait_for(end(), CLOSE_SECONDS)


def reason_of(error: PlaywrightError) -> str:
    """Return Chromium's name for a network error, else the first line of the message; without addresses, which sites choose."""
    code = _NETWORK_ERROR.search(error.message)
    return code[0].removeprefix("net::") if code else _ADDRESS.sub("…", error.message.strip().split("\n")[0])[:200]


async def _launch(
    playwright: Playwright,
    program: Path,
    destination: Destination,
    user_agent: str,
    login: Login | None,
    proxy: Proxy | None,
) -> tuple[Browser, BrowserContext]:
    """Start the program with a context; again if it ends meanwhile, as when the machine runs out of memory."""
    for attempt in range(1, _LAUNCHES + 1):
        try:
            browser = await playwright.chromium.launch(
                executable_path=program,
                args=[*_ARGUMENTS, *destination.chromium_arguments],
                ignore_default_args=[_POPUPS_ALLOWED],
                chromium_sandbox=os.geteuid() != 0,  # it refuses to run as root with it
                proxy=proxy.for_chromium() if proxy else None,
                timeout=LAUNCH_SECONDS * 1000,
            )
            return browser, await _context(browser, destination, user_agent, login)
        except PlaywrightError as error:
            if attempt == _LAUNCHES:
                raise SettingsError(f"{program} does not start: {error.message.strip()[:500]}") from error
    raise AssertionError("the last attempt returns or raises")


async def _context(browser: Browser, destination: Destination, user_agent: str, login: Login | None) -> BrowserContext:
    async def load_or_not(route: Route) -> None:
        request = route.request
        with suppress(PlaywrightError):  # the page may be gone
            if request.resource_type in _NOT_LOADED or not destination.reaches(request.url):
                await route.abort()
            else:
                await route.continue_()

    session = await browser.new_browser_cdp_session()
    own_words = (await session.send("Browser.getVersion"))["userAgent"]
    await session.detach()
    context = await browser.new_context(
        user_agent=f"{own_words} {user_agent}",
        extra_http_headers=dict(destination.headers),
        service_workers="block",
        accept_downloads=False,
        locale="en-US",
        timezone_id="UTC",
    )
    await context.route("**/*", load_or_not)
    if login:
        await login.give(context)
    return context


if __name__ == "__main__":  # for the Makefile: says which one there is, or fails
    try:
        print(installed_chromium(get_settings().chromium))  # noqa: T201
    except SettingsError as missing:
        sys.exit(str(missing))
