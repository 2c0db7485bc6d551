"""`make screenshots`: the demo, started and photographed for the README. Ends everything that it starts.

    python docs/images/make.py --port 3001

On the way TikTok's explore page is made to refuse a capture, so that there is something to see. Chromium reaches nothing but
this machine.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import requests
import typer
from playwright.sync_api import Browser, FloatRect, Page, Route, sync_playwright

from trend_assets.capture.assets import surface_key
from trend_assets.capture.surfaces import load_surfaces
from trend_assets.hours import HOUR, floor_hour
from trend_assets.lake.tables import SPINE
from trend_assets.net.chromium import find_chromium
from trend_assets.partitions import KEY
from trend_assets.settings import PACKAGED_SURFACES

IMAGES = Path(__file__).parent
SIZE = {"width": 1180, "height": 720}
"""Of the window; the README shows pictures at about 900 pixels."""
READY = "Ctrl-C stops it"
"""The end of what the demo prints."""
STOP_SECONDS, PAGE_SECONDS, RUN_SECONDS = 60, 60, 240
BACKFILL_HOURS = 6
SETTLE_MILLISECONDS = 4000
BUTTONS_HEIGHT = 70

_LOOPBACK = {"localhost", "127.0.0.1"}
_LINEAGE = "asset-groups?expanded=global%40global%3Acapture%2Cglobal%40global%3Atrends"
_BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_REFUSAL = {"platform": "tiktok", "fault": "rate_limited", "path": "/explore"}
_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"""


@dataclass(frozen=True)
class Demo:
    """A demo that answers."""

    site: str
    """Address of Dagster's pages."""
    control: str
    """Address of the sandbox's control."""


def main(
    folder: Annotated[Path | None, typer.Option(help="Folder of a demo; default a new one that is forgotten.")] = None,
    port: Annotated[int, typer.Option(help="Port of Dagster's pages.")] = 3000,
) -> None:
    """Make every picture again."""
    with tempfile.TemporaryDirectory() as fresh, demo(folder or Path(fresh), port) as shown, sync_playwright() as playwright:
        program = find_chromium(None, Path(playwright.chromium.executable_path))
        with playwright.chromium.launch(
            executable_path=program, args=["--disable-background-networking"], chromium_sandbox=os.geteuid() != 0
        ) as browser:
            for take in (lineage, top_candidates, automation, backfill, coverage_checks):
                page = new_page(browser)
                clip = take(page, shown)
                path = IMAGES / f"{take.__name__}.png"
                page.screenshot(path=path, clip=clip)
                page.close()
                typer.echo(f"{path.name}: {path.stat().st_size // 1024} KB")


@contextmanager
def demo(folder: Path, port: int) -> Iterator[Demo]:
    """Start the demo, wait until its pages answer, and end it as Ctrl-C would."""
    command = [sys.executable, "-c", "from trend_assets.cli import app; app()", "demo"]
    child = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--folder", str(folder), "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    said = ""
    try:
        for line in child.stdout or ():
            typer.echo(line, nl=False)
            said += line
            if line.startswith(READY):
                break
        control = re.search(r"(http://\S+/_sandbox)/faults", said)
        if not control:
            sys.exit("The demo ended by itself.")
        yield Demo(f"http://127.0.0.1:{port}", control[1])
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(STOP_SECONDS)


def new_page(browser: Browser) -> Page:
    """Return an empty page that reaches this machine only."""

    def local_only(route: Route) -> None:
        if urlsplit(route.request.url).hostname in _LOOPBACK:
            route.continue_()
        else:
            route.abort()

    page = browser.new_page(viewport=SIZE, locale="en-US", timezone_id="UTC")  # type: ignore[arg-type]  # plain numbers
    page.route("**/*", local_only)
    page.set_default_timeout(PAGE_SECONDS * 1000)
    return page


def lineage(page: Page, shown: Demo) -> FloatRect:
    """Return where the graph is: from the surfaces to the transitions."""
    page.set_viewport_size({"width": 1400, "height": 1080})
    page.goto(f"{shown.site}/{_LINEAGE}")
    page.get_by_text("trend_candidates").first.wait_for()
    settle(page)
    page.get_by_text("Hide navigation").click()
    page.locator("button:has([aria-label=panel_show_right])").click()
    page.mouse.dblclick(900, 1070)  # on nothing: fits the graph to the window
    settle(page)
    return {"x": 80, "y": 115, "width": 1275, "height": 885}


def top_candidates(page: Page, shown: Demo) -> FloatRect:
    """Return where the dialog is: the picture of `trend_candidates`."""
    page.goto(f"{shown.site}/assets/trend_candidates")
    page.get_by_text("Show Markdown").first.click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    settle(page)
    place = dialog.bounding_box() or below(page, 0, SIZE["height"])
    return {**place, "height": place["height"] - BUTTONS_HEIGHT}


def automation(page: Page, shown: Demo) -> FloatRect:
    """Return where the schedules and the sensor are."""
    page.goto(f"{shown.site}/automation")
    page.get_by_text("close_the_hour").first.wait_for()
    settle(page)
    return below(page, 0, 540)


def backfill(page: Page, shown: Demo) -> FloatRect:
    """Compute some hours again, in one run, and return where it is on the page of runs."""
    last = floor_hour(datetime.now(UTC)) - HOUR
    hours = [last - ago * HOUR for ago in reversed(range(BACKFILL_HOURS))]
    materialize(shown, [[table.name] for table in SPINE], hours)
    page.goto(f"{shown.site}/runs")
    page.get_by_text("Hide navigation").click()
    page.get_by_text("Launched").first.wait_for()
    settle(page)
    return below(page, 0, 378)


def coverage_checks(page: Page, shown: Demo) -> FloatRect:
    """Let a capture be refused, wait until its hour is computed, and return where the check says so."""
    requests.post(f"{shown.control}/faults", json=_REFUSAL, timeout=PAGE_SECONDS).raise_for_status()
    captures = [surface_key(surface).path for surface in load_surfaces(PACKAGED_SURFACES) if surface.enabled]
    materialize(shown, captures, [floor_hour(datetime.now(UTC))])
    address = f"{shown.site}/assets/coverage?view=checks"

    def failed() -> bool:
        page.goto(address)
        page.get_by_text("Latest execution").wait_for()
        return page.get_by_text("surfaces_delivered").count() > 0 and page.get_by_text("Passed").count() == 0

    wait_until(failed, "the check")
    page.get_by_text("[Show Markdown]").click()
    settle(page)
    return below(page, 0, 530)


def materialize(shown: Demo, assets: Sequence[Sequence[str]], hours: Sequence[datetime]) -> None:
    """Launch a backfill of the assets and hours, and wait for its end.

    Raises:
        SystemExit: it could not be launched, or takes too long.
    """
    params = {"assetSelection": [{"path": path} for path in assets], "partitionNames": [hour.strftime(KEY) for hour in hours]}
    launched = ask(shown, _BACKFILL, params=params)["launchPartitionBackfill"]
    if "backfillId" not in launched:
        sys.exit(f"The backfill was not launched: {launched}")
    query = partial(ask, shown, _STATUS, id=launched["backfillId"])
    wait_until(lambda: query()["partitionBackfillOrError"]["status"].startswith(("COMPLETED", "FAILED")), "the backfill")


def ask(shown: Demo, query: str, **variables: object) -> dict[str, Any]:
    """Return the data that Dagster answers with."""
    answer = requests.post(f"{shown.site}/graphql", json={"query": query, "variables": variables}, timeout=PAGE_SECONDS).json()
    data: dict[str, Any] = answer["data"]
    return data


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Wait for something.

    Raises:
        SystemExit: it takes too long.
    """
    deadline = time.monotonic() + RUN_SECONDS
    while not done():
        if time.monotonic() > deadline:
            sys.exit(f"{what} was not done after {RUN_SECONDS} s.")
        time.sleep(1)


def settle(page: Page) -> None:
    """Wait for what a page draws after it has its data."""
    page.wait_for_timeout(SETTLE_MILLISECONDS)


def below(page: Page, top: int, height: int) -> FloatRect:
    """Return the part of the window that begins `top` pixels down."""
    size = page.viewport_size or SIZE
    return {"x": 0, "y": top, "width": size["width"], "height": height}


if __name__ == "__main__":
    typer.run(main)
