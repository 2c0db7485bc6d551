"""The platforms that the sandbox imitates: one module each, registered in `PLATFORMS`.

A module turns what the world holds at a time into the pages and payloads of its platform. It knows nothing of servers or of
misbehaviour: those are `server` and `faults`.
"""

from collections.abc import Mapping

from trend_assets.sandbox.platforms import (
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
from trend_assets.sandbox.platforms.site import Site

PLATFORMS: Mapping[str, Site] = {
    module.SITE.name: module.SITE
    for module in (
        tiktok, reddit, hackernews, mastodon, bluesky, wikipedia, weibo, google_trends, youtube, pinterest, amazon, redbubble,
        instagram, rss, x,
    )
}  # fmt: skip
"""Platform name to what it serves."""
