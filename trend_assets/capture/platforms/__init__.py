"""The platforms: one module each, with its item table, its surface types and its pure `parse()`."""

from collections.abc import Mapping
from typing import Protocol

from trend_assets.capture.items import ItemType, Parsed
from trend_assets.capture.platforms import reddit, tiktok, x
from trend_assets.errors import UnknownNameError


class Platform(Protocol):
    """What every platform module offers."""

    PLATFORM: str
    ITEM_TYPES: dict[str, ItemType]
    SURFACE_TYPES: dict[str, str]

    def parse(self, payload: object, surface_type: str) -> Parsed:
        """Return what a payload of a surface holds; never raises."""


PLATFORMS: Mapping[str, Platform] = {module.PLATFORM: module for module in (tiktok, reddit, x)}
"""Platform name to module."""


def platform(name: str) -> Platform:
    """Return the platform's module, or raise an error that lists the platforms there are."""
    if name not in PLATFORMS:
        raise UnknownNameError(f"there is no platform {name!r}; there are {', '.join(sorted(PLATFORMS))}")
    return PLATFORMS[name]
