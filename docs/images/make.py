"""`make screenshots`: the demo, started and photographed for the README. Ends everything that it starts.

    python docs/images/make.py --folder .demo --port 3000

A folder with a demo that has run already is quick. Chromium reaches nothing but this machine.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import requests
import typer
from playwright.sync_api import Browser, FloatRect, Page, Route, sync_playwright

from trend_assets.lake.tables import SPINE
from trend_assets.net.chromium import find_chromium
from trend_assets.partitions import KEY

IMAGES = Path(__file__).parent
SIZE = {"width": 1180, "height": 720}
"""Of the window; the README shows pictures at about 900 pixels."""
READY = "Ctrl-C stops it"
"""The end of what the demo prints."""
START_SECONDS, STOP_SECONDS, PAGE_SECONDS, RUN_SECONDS = 900, 60, 60, 180
BACKFILL_HOURS = 6
SETTLE_MILLISECONDS = 4000

_LOOPBACK = {"localhost", "127.0.0.1"}
_LINEAGE = "asset-groups?expanded=global%40global%3Acapture%2Cglobal%40global%3Atrends"
_BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_STATUS = """query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } } }"""


def main(
    folder: Annotated[Path, typer.Option(help="Folder of the demo.")] = Path(".demo"),
    port: Annotated[int, typer.Option(help="Port of Dagster's pages.")] = 3000,
) -> None:
    """Make every picture again."""
    site = f"http://127.0.0.1:{port}"
    with demo(folder, port), sync_playwright() as playwright:
        program = find_chromium(None, Path(playwright.chromium.executable_path))
        with playwright.chromium.launch(
            executable_path=program, args=["--disable-background-networking"], chromium_sandbox=os.geteuid() != 0
        ) as browser:
            for take in (lineage, top_candidates, coverage_checks, automation, backfill):
                page = new_page(browser)
                clip = take(page, site)
                path = IMAGES / f"{take.__name__}.png"
                page.screenshot(path=path, clip=clip)
                page.close()
                typer.echo(f"{path.name}: {path.stat().st_size // 1024} KB")


@contextmanager
def demo(folder: Path, port: int) -> Iterator[None]:
    """Start the demo, wait until its pages answer, and end it as Ctrl-C would."""
    command = [sys.executable, "-c", "from trend_assets.cli import app; app()", "demo"]
    child = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--folder", str(folder), "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        for line in child.stdout or ():
            typer.echo(line, nl=False)
            if line.startswith(READY):
                break
            if time.monotonic() > deadline:
                sys.exit(f"The demo was not ready after {START_SECONDS} s.")
        else:
            sys.exit("The demo ended by itself.")
        yield
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


def lineage(page: Page, site: str) -> FloatRect:
    """Return where the graph is: from the surfaces to the transitions."""
    page.set_viewport_size({"width": 1400, "height": 960})
    page.goto(f"{site}/{_LINEAGE}")
    page.get_by_text("trend_candidates").first.wait_for()
    settle(page)
    page.get_by_text("Hide navigation").click()
    page.locator("button:has([aria-label=panel_show_right])").click()
    page.mouse.dblclick(900, 940)  # on nothing: fits the graph to the window
    settle(page)
    return {"x": 80, "y": 110, "width": 1275, "height": 850}


def top_candidates(page: Page, site: str) -> FloatRect:
    """Return where the dialog is: the picture of `trend_candidates`."""
    page.goto(f"{site}/assets/trend_candidates")
    page.get_by_text("Show Markdown").first.click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    settle(page)
    return dialog.bounding_box() or below(page, 0, SIZE["height"])


def coverage_checks(page: Page, site: str) -> FloatRect:
    """Return where the check of the hours' coverage is."""
    page.goto(f"{site}/assets/coverage?view=checks")
    page.get_by_text("Latest execution").wait_for()
    settle(page)
    return below(page, 0, 530)


def automation(page: Page, site: str) -> FloatRect:
    """Return where the schedules and the sensor are."""
    page.goto(f"{site}/automation")
    page.get_by_text("close_the_hour").first.wait_for()
    settle(page)
    return below(page, 0, 480)


def backfill(page: Page, site: str) -> FloatRect:
    """Launch a backfill of some hours, wait for its end, and return where its run is on the page of runs."""
    last = datetime.now(UTC).replace(minute=0) - timedelta(hours=2)
    hours = [last - timedelta(hours=ago) for ago in reversed(range(BACKFILL_HOURS))]
    params = {
        "assetSelection": [{"path": [table.name]} for table in SPINE],
        "partitionNames": [hour.strftime(KEY) for hour in hours],
        "title": f"{BACKFILL_HOURS} hours again",
    }
    launched = ask(site, _BACKFILL, params=params)["launchPartitionBackfill"]
    if "backfillId" not in launched:
        sys.exit(f"The backfill was not launched: {launched}")
    wait_until(lambda: "COMPLETED" in str(ask(site, _STATUS, id=launched["backfillId"])), "the backfill")
    page.goto(f"{site}/runs")
    page.get_by_text("Hide navigation").click()
    page.get_by_text("Launched").first.wait_for()
    settle(page)
    return below(page, 0, 400)


def ask(site: str, query: str, **variables: object) -> dict[str, Any]:
    """Return the data that Dagster answers with."""
    answer = requests.post(f"{site}/graphql", json={"query": query, "variables": variables}, timeout=PAGE_SECONDS).json()
    data: dict[str, Any] = answer["data"]
    return data


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Wait for something, or end with a sentence."""
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
