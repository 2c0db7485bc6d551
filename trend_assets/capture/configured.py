"""Which surfaces a lake has: the archives that were loaded into it, or the live ones that are enabled."""

from pathlib import Path

from trend_assets.capture.platforms import live_platform
from trend_assets.capture.surfaces import Surface, load_surfaces
from trend_assets.settings import Settings


def lake_surfaces(settings: Settings) -> tuple[Surface, ...]:
    """Return the archives that were loaded into the lake, or, where there are none, the live surfaces that are enabled.

    Raises:
        SettingsError: a surface is enabled that cannot be captured yet.
    """
    own = archives_file(settings)
    if own.exists():
        return load_surfaces(own)
    if settings.mode == "archive":
        return ()
    enabled = tuple(surface for surface in load_surfaces(settings.surfaces) if surface.enabled)
    for surface in enabled:
        live_platform(surface)
    return enabled


def archives_file(settings: Settings) -> Path:
    """Return the file beside the lake that lists the archives loaded into it."""
    return settings.state / "archives.yaml"
