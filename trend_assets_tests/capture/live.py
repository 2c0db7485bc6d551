"""Captures of the sandbox: its surfaces, and networks that lead to it and lose no time."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trend_assets.capture import live
from trend_assets.capture.live import Due, Network
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface, load_surfaces
from trend_assets.hours import Span
from trend_assets.net.destination import Sandbox
from trend_assets.net.host_state import Limits
from trend_assets.net.politeness import Politeness
from trend_assets.net.visitor import Patience
from trend_assets.resources import Fetchers
from trend_assets.sandbox.server import Running
from trend_assets.settings import PACKAGED_SURFACES
from trend_assets_tests.stores import open_stores

PACKAGED = {surface.id: surface for surface in load_surfaces(PACKAGED_SURFACES)}
SURFACES = {name: surface for name, surface in PACKAGED.items() if surface.enabled}
"""Those that are captured unless they are switched off."""
DISCOVER, SOUNDS, RISING, GADGETS = (
    SURFACES[name]
    for name in ("tiktok:discover", "tiktok:trending_sounds", "reddit:rising", "reddit:rising:shutupandtakemymoney")
)
FRONT_PAGE, TRENDS, MOST_VIEWED, SEARCHES, POPULAR = (
    PACKAGED[name]
    for name in (
        "hackernews:front_page", "mastodon:trends", "wikipedia:most_viewed", "google_trends:rss:US", "youtube:most_popular:US",
    )
)  # fmt: skip
KEYWORDS, HOT_SEARCH, TOPICS = (
    PACKAGED[name] for name in ("pinterest:trends:US/growing", "weibo:hot_search", "bluesky:trending")
)
PRODUCTS = tuple(PACKAGED[f"amazon:{name}"] for name in ("best_sellers", "movers", "deals"))
GLOBAL_VOICES, UN_NEWS = (SURFACES[f"rss:feed:{name}"] for name in ("global_voices", "un_news"))
TRENDING = PACKAGED["x:trending"]
TAGS = PACKAGED["redbubble:popular_tags"]
CHARTS = tuple(PACKAGED[f"tiktok:creative_center_{name}:US/7"] for name in ("hashtags", "songs"))
REELS, TAGGED = PACKAGED["instagram:explore_reels"], PACKAGED["instagram:hashtag:marketing"]
APP = {"reddit": "made-up-app:its-hidden-half"}
"""With it Reddit's API is asked, without it its public pages."""
TOKENS = {
    "youtube": "made-up-key-4711",
    "pinterest": "a-secret-token",
    "instagram": "made-up-token-4712",
    "x": "a-bearer-token",
}
ACCOUNTS = {"instagram": "17841405309211844"}
QUICK = Patience(read=1.0, backoff=0.01, settle=1.0)


@contextmanager
def network_to(url: str, state: Path, **options: Any) -> Iterator[Network]:
    """Yield a network that leads to a sandbox; options as the fields of `Network`."""
    with Politeness(state / "politeness.db", Limits(rate=math.inf, failures=1_000)) as politeness:
        usual = {"simulated": True, "patience": QUICK, "tokens": TOKENS, "accounts": ACCOUNTS}
        yield Network(politeness, Sandbox(url), state, **{**usual, **options})


def address(box: Running) -> str:
    """Return the sandbox's address."""
    return f"http://127.0.0.1:{box.port}"


def capture(network: Network, dues: Iterable[Due], now: datetime) -> dict[str, CaptureRun]:
    """Make runs at a time that does not move; returns those of each surface, the last ones where it has several."""
    return {run.surface.id: run for runs in live.capture(network, dues, lambda: now) for run in runs}


def capture_span(folder: Path, url: str, span: Span) -> None:
    """Capture and commit all surfaces of hours whose time is simulated, as the assets do."""
    surfaces, lake = list(SURFACES.values()), open_stores(folder).lake
    with network_to(url, folder, patience=Patience()) as network, live.alone(network, surfaces):
        for runs in live.capture(network, live.due_in(surfaces, span, span.end), present):
            commit(lake, runs, present())


def present() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def paced(minutes: int) -> Surface:
    """Return a surface of a cadence."""
    return Surface(id=f"reddit:every_{minutes}", platform="reddit", surface_type="rising", cadence_minutes=minutes)


class RealTime(Fetchers):
    """A network that leads to the sandbox as if it were the platforms: the past cannot be captured."""

    @contextmanager
    def network(self) -> Iterator[Network]:
        assert self.sandbox_url
        with network_to(self.sandbox_url, Path(self.state), simulated=False) as network:
            yield network
