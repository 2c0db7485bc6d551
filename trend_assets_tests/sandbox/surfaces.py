"""The sandbox's surfaces, read by the project's own parsers, without a server."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import PLATFORMS as PARSERS
from trend_assets.sandbox.platforms import PLATFORMS
from trend_assets.sandbox.platforms.site import Answer, Asked, ItemPage
from trend_assets.sandbox.world import World

EXPLORE, TAG, DISCOVER = "/api/explore/item_list/", "/api/challenge/item_list/", "/node/share/discover"
RISING = "/r/{subreddit}/rising.json"
PRODUCTS = {
    "best_sellers": "/gp/bestsellers/{category:path}",
    "movers": "/gp/movers-and-shakers/{category:path}",
    "deals": "/deals",
}
KEYWORDS = "/v5/trends/keywords/{region}/top/{trend_type}"


def ask(world: World, at: datetime, platform: str, page: str, path: dict[str, str] | None = None, **query: object) -> Answer:
    texts = {name: str(value) for name, value in query.items()}
    return PLATFORMS[platform].pages[page](Asked(world, at, path or {}, texts, headers={"authorization": "Bearer any"}))


def payload(world: World, at: datetime, platform: str, page: str, path: dict[str, str] | None = None, **query: object) -> Any:
    answer = ask(world, at, platform, page, path, **query)
    assert answer.status == 200 and isinstance(answer.body, dict)
    return answer.body


def challenge(tag: str, world: World, at: datetime) -> str:
    page = ask(world, at, "tiktok", "/tag/{hashtag}", {"hashtag": tag}).body
    assert isinstance(page, str)
    return page.split("challengeID=")[1].split("&")[0]


def whole(parsed: Parsed, shape: str) -> tuple[Item, ...]:
    assert (parsed.shape, parsed.problem, parsed.rejected) == (shape, None, ())
    return parsed.items


def explored(world: World, at: datetime) -> Iterator[Item]:
    cursor, more = "0", True
    while more:
        batch = payload(world, at, "tiktok", EXPLORE, count=16, cursor=cursor)
        yield from whole(PARSERS["tiktok"].parse(batch, "discover"), "item_list")
        cursor, more = batch["cursor"], batch["hasMore"]


def tagged(tag: str, world: World, at: datetime) -> tuple[Item, ...]:
    found: list[Item] = []
    for cursor in (0, 30):
        batch = payload(world, at, "tiktok", TAG, challengeID=challenge(tag, world, at), count=30, cursor=cursor)
        found += whole(PARSERS["tiktok"].parse(batch, "hashtag"), "item_list")
    return tuple(found)


def sounds(world: World, at: datetime) -> tuple[Item, ...]:
    return whole(PARSERS["tiktok"].parse(payload(world, at, "tiktok", DISCOVER), "trending_sounds"), "explore_list")


def rising(world: World, at: datetime, community: str = "marketing", **query: object) -> tuple[Item, ...]:
    listing = payload(world, at, "reddit", RISING, {"subreddit": community}, **query)
    return whole(PARSERS["reddit"].parse(listing, "rising"), "listing")


def keywords(world: World, at: datetime, trend_type: str = "growing", **query: object) -> tuple[Item, ...]:
    found = payload(world, at, "pinterest", KEYWORDS, {"region": "US", "trend_type": trend_type}, **query)
    return whole(PARSERS["pinterest"].parse(found, "trends"), "trending_keywords")


def products(world: World, at: datetime, surface_type: str = "best_sellers") -> tuple[Item, ...]:
    return on_page(world, at, "amazon", PRODUCTS[surface_type], surface_type, "product_cards")


def tags(world: World, at: datetime) -> tuple[Item, ...]:
    return on_page(world, at, "redbubble", "/explore/for-you/", "popular_tags", "tag_links")


def on_page(world: World, at: datetime, platform: str, address: str, surface_type: str, shape: str) -> tuple[Item, ...]:
    page = ask(world, at, platform, address).body
    assert isinstance(page, ItemPage)
    return whole(PARSERS[platform].parse(page.text, surface_type), shape)


def items_on(surface: str, world: World, at: datetime) -> Iterable[Item]:
    """Return the items of a surface, by its id."""
    _, kind, *rest = surface.split(":")
    if kind == "hashtag":
        return tagged(rest[0], world, at)
    lists: dict[str, Callable[[World, datetime], Iterable[Item]]] = {
        "discover": explored, "trending_sounds": sounds, "rising": rising,
    }  # fmt: skip
    return lists[kind](world, at)


def keys_on(surface: str, world: World, at: datetime) -> set[tuple[str, str]]:
    """Return the cluster keys that a surface's items have."""
    return {(key.key_type, key.key) for item in items_on(surface, world, at) for key in item.keys}
