"""Killed without warning, a capture leaves no browser behind."""

import asyncio
import math
import multiprocessing as mp
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from trend_assets.net.browser import Browser
from trend_assets.net.destination import Sandbox
from trend_assets.net.host_state import Limits
from trend_assets.net.politeness import Politeness
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.net.processes import descendants, running
from trend_assets_tests.net.site import Answer, Request, Site

pytestmark = [needs_chromium, pytest.mark.usefixtures("own_temporary_folder")]

PATIENCE = 60
"""Seconds after which a test gives up; nothing is claimed about how long it takes."""


def visit(sandbox: Sandbox, folder: Path) -> None:
    async def main() -> None:
        with Politeness(folder / "politeness.db", Limits(rate=math.inf)) as politeness:
            async with Browser(politeness, sandbox) as browser:
                await browser.visit("https://a.example/slow", surface="s")

    asyncio.run(main())


def until(claim: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not claim():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


@pytest.mark.parametrize("driver_too", [False, True])
def test_a_killed_capture_leaves_no_chromium_and_no_driver(driver_too: bool, site: Site, tmp_path: Path) -> None:
    asked, hold = threading.Event(), threading.Event()

    def slow(_: Request) -> Answer:
        asked.set()
        hold.wait(PATIENCE)
        return Answer()

    site.plays["/slow"] = slow
    process = mp.get_context("spawn").Process(target=visit, args=(site.sandbox, tmp_path))
    process.start()
    try:
        assert asked.wait(PATIENCE)
        assert process.pid
        started = descendants(process.pid)
        drivers = [one.pid for one in started if one.name.startswith("node")]
        assert drivers
        assert any("chrom" in one.name for one in started)
        for victim in [process.pid, *(drivers if driver_too else [])]:
            os.kill(victim, signal.SIGKILL)
        process.join(PATIENCE)
        until(lambda: not {(one.pid, one.name) for one in started} & {(one.pid, one.name) for one in running()})
    finally:
        hold.set()
        process.kill()
        process.join()
