"""Live captures from the sandbox: many surfaces at once beside the slowest alone, and the browser's memory over many pages."""

import math
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

import psutil

from trend_assets.capture.live import Due, Network, capture, slot_of
from trend_assets.capture.platforms import PLATFORMS, is_live
from trend_assets.capture.surfaces import Surface, load_surfaces
from trend_assets.hours import to_utc
from trend_assets.net.destination import Sandbox
from trend_assets.net.host_state import Limits
from trend_assets.net.politeness import Politeness
from trend_assets.sandbox.server import running
from trend_assets.sandbox.world import World
from trend_assets.settings import PACKAGED_SURFACES

LATENCY_SECONDS = 1.0
"""Before every answer of the sandbox: of a page, and of each request that the page makes."""
PAGES = 200
SAMPLE_SECONDS = 0.2
_SEED = 1
_TOKENS = dict.fromkeys(PLATFORMS, "any")
"""The sandbox takes any."""


def surfaces() -> list[Surface]:
    """Return eight surfaces: six pages of TikTok, two listings of Reddit."""
    now = to_utc(datetime.now(UTC))
    tags = [tag for tag, _ in World(_SEED).tags(now)[:4]]
    return [
        _surface("tiktok", "discover"),
        _surface("tiktok", "trending_sounds"),
        *(_surface("tiktok", "hashtag", tag) for tag in tags),
        *(_surface("reddit", "rising", f"r/{community}") for community in sorted(World(_SEED).communities())[:2]),
    ]


def every_surface() -> list[Surface]:
    """Return all surfaces that can be captured, enabled or not: at some hours all of them are due."""
    return [surface for surface in load_surfaces(PACKAGED_SURFACES) if is_live(surface)]


LISTS = {"eight": (surfaces, 8), "every": (every_surface, 4)}
"""What is captured together, and in how many rounds."""


def at_once(which: str) -> float:
    """Capture the surfaces again and again; returns the median seconds of a round, without the first."""
    listed, rounds = LISTS[which]
    return _seconds(listed(), rounds)


def alone(which: str, number: str) -> float:
    """The same for one of them."""
    listed, rounds = LISTS[which]
    return _seconds([listed()[int(number)]], rounds)


def memory() -> float:
    """Capture the same pages again and again in one browser; returns its largest memory (GiB, shared parts divided)."""
    listed = [surface for surface in surfaces() if surface.platform == "tiktok"]
    with tempfile.TemporaryDirectory() as folder, running(_SEED) as box, _sampled(_browser_bytes) as sizes:
        dues = [_due(listed[number % len(listed)], number) for number in range(PAGES)]
        for runs in capture(_network(folder, box.port), dues, _now):
            assert all(run.status == "success" for run in runs), [run.error_message for run in runs]
    return max(sizes) / 1024**3


@contextmanager
def _sampled(measure: Callable[[], int]) -> Iterator[list[int]]:
    """Measure again and again while the block runs."""
    samples, done = [measure()], threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            samples.append(measure())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


def _seconds(listed: list[Surface], rounds: int) -> float:
    with tempfile.TemporaryDirectory() as folder, running(_SEED, latency=LATENCY_SECONDS) as box:
        # A moment of each round of its own: the rounds are made one after the other, in one browser.
        dues = [_due(surface, number) for number in range(rounds) for surface in listed]
        ends = [time.perf_counter()]
        for runs in capture(_network(folder, box.port, in_flight=1), dues, _now):
            assert all(run.status == "success" for run in runs), [run.error_message for run in runs]
            ends.append(time.perf_counter())
    return median(after - before for before, after in pairwise(ends[1:]))  # the first round starts the browser


def _surface(platform: str, surface_type: str, key: str = "") -> Surface:
    name = f"{platform}:{surface_type}:{key}" if key else f"{platform}:{surface_type}"
    return Surface(id=name, platform=platform, surface_type=surface_type, surface_key=key, cadence_minutes=60)


def _due(surface: Surface, number: int) -> Due:
    moment = datetime.fromtimestamp(_now().timestamp() - 60 * number, UTC).replace(tzinfo=None)
    return Due(surface, slot_of(surface, moment), at=moment.replace(microsecond=0))


def _network(folder: str, port: int, in_flight: int = 4) -> Network:
    state = Path(folder)
    politeness = Politeness(state / "politeness.db", Limits(rate=math.inf))
    return Network(
        politeness,
        Sandbox(f"http://127.0.0.1:{port}"),
        state,
        simulated=True,
        in_flight=in_flight,
        tokens=_TOKENS,
        accounts=_TOKENS,
    )


def _browser_bytes() -> int:
    """Return the memory of all child processes that are Chromium."""
    found = 0
    for child in psutil.Process().children(recursive=True):
        try:
            found += child.memory_full_info().pss if "chrom" in child.name() else 0
        except psutil.NoSuchProcess:
            continue
    return found


def _now() -> datetime:
    return to_utc(datetime.now(UTC))
