"""The platforms: one module each, with its item table, its surface types, its pure `parse()`, and `capture()` if it is live."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from trend_assets.capture.items import ItemType, Parsed
from trend_assets.capture.payload import Delivery
from trend_assets.capture.platforms import (
    amazon,
    bluesky,
    google_trends,
    hackernews,
    instagram,
    mastodon,
    pinterest,
    redbubble,
    reddit,
    rss,
    tiktok,
    weibo,
    wikipedia,
    x,
    youtube,
)
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import SettingsError, UnknownNameError
from trend_assets.net.visitor import Visitor


class Platform(Protocol):
    """What every platform module offers."""

    PLATFORM: str
    ITEM_TYPES: dict[str, ItemType]
    SURFACE_TYPES: dict[str, str]

    def parse(self, payload: object, surface_type: str) -> Parsed:
        """Return what a payload of a surface holds; never raises."""


@runtime_checkable
class LivePlatform(Platform, Protocol):
    """A platform that can be captured, not only read from archives."""

    LIVE: frozenset[str]
    """The surface types that can be."""

    async def capture(self, surface: Surface, visitor: Visitor) -> Delivery:
        """Return what the surface delivers now; all I/O goes through the visitor.

        Raises:
            AccessError, BudgetError, HostError, PayloadError, SettingsError: nothing was delivered, and why.
        """


PLATFORMS: Mapping[str, Platform] = {
    module.PLATFORM: module
    for module in (
        tiktok, reddit, x, hackernews, mastodon, bluesky, wikipedia, weibo, google_trends, youtube, pinterest, amazon,
        redbubble, instagram, rss,
    )
}  # fmt: skip
"""Platform name to module."""


def platform(name: str) -> Platform:
    """Return the platform's module, or raise an error that lists the platforms there are."""
    if name not in PLATFORMS:
        raise UnknownNameError(f"there is no platform {name!r}; there are {', '.join(sorted(PLATFORMS))}")
    return PLATFORMS[name]


def is_live(surface: Surface) -> bool:
    """Return whether the surface can be captured from its platform, not only replayed from archives."""
    module = PLATFORMS.get(surface.platform)
    return isinstance(module, LivePlatform) and surface.surface_type in module.LIVE


def live_platform(surface: Surface) -> LivePlatform:
    """Return the module that captures the surface.

    Raises:
        SettingsError: there is none.
    """
    module = PLATFORMS.get(surface.platform)
    if not is_live(surface) or not isinstance(module, LivePlatform):
        raise SettingsError(f"{surface.id} cannot be captured from its platform yet: set enabled: false in the surfaces file.")
    return module
