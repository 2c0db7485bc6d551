"""The sandbox's surfaces, read by the project's own parsers, without a server."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import PLATFORMS as PARSERS
from trend_assets.sandbox.faults import encoded
from trend_assets.sandbox.platforms import PLATFORMS
from trend_assets.sandbox.platforms.site import Answer, Asked
from trend_assets.sandbox.world import World

EXPLORE, TAG, DISCOVER = "/api/explore/item_list/", "/api/challenge/item_list/", "/node/share/discover"
RISING = "/r/{subreddit}/rising.json"
FRONT_PAGE = "/api/v1/search"
TRENDING_TAGS, TRENDING_POSTS = "/api/v1/trends/tags", "/api/v1/trends/statuses"
HOT_SEARCH = "/ajax/side/hotSearch"
TRENDS, TOPICS = "/xrpc/app.bsky.unspecced.getTrends", "/xrpc/app.bsky.unspecced.getTrendingTopics"
MOST_VIEWED = "/api/rest_v1/metrics/pageviews/top/{project}/all-access/{year}/{month}/{day}"
FEED = "/trending/rss"
CHART = "/youtube/v3/videos"
KEYWORDS = "/v5/trends/keywords/{region}/top/{trend_type}"
PRODUCTS = {
    "best_sellers": "/gp/bestsellers/{category:path}",
    "movers": "/gp/movers-and-shakers/{category:path}",
    "deals": "/deals",
}
XS_LIST = "/i/api/graphql/uGSr7alSjR9v6QJAIaqSKQ/GenericTimelineById"
FEEDS = {"global_voices": "/feed/", "un_news": "/feed/subscribe/en/news/all/rss.xml"}
CHARTS = {
    "creative_center_hashtags": "/CreativeOne/KnowledgeAPI/GetHashtagList",
    "creative_center_songs": "/creative_radar_api/v1/popular_trend/sound/rank_list",
}
REELS, TAGGED = "/graphql/query", "/api/v1/tags/web_info/"
SEARCH, TOP = "/ig_hashtag_search", "/{number}/top_media"
HEADERS = {"x-goog-api-key": "any", "authorization": "Bearer any", "cookie": "auth_token=any"}
"""What platforms want besides."""


def ask(world: World, at: datetime, platform: str, page: str, path: dict[str, str] | None = None, **query: object) -> Answer:
    texts = {name: str(value) for name, value in query.items()}
    return PLATFORMS[platform].pages[page](Asked(world, at, path or {}, texts, headers=HEADERS))


def payload(world: World, at: datetime, platform: str, page: str, path: dict[str, str] | None = None, **query: object) -> Any:
    answer = ask(world, at, platform, page, path, **query)
    assert answer.status == 200 and isinstance(answer.body, dict | list)
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


def front_page(world: World, at: datetime, tags: str = "front_page", limit: object = 100) -> tuple[Item, ...]:
    answer = payload(world, at, "hackernews", FRONT_PAGE, tags=tags, hitsPerPage=limit)
    return whole(PARSERS["hackernews"].parse(answer, "front_page"), "hits")


def mastodon_trends(world: World, at: datetime) -> Iterator[Item]:
    for page, limit in ((TRENDING_TAGS, 20), (TRENDING_POSTS, 40)):
        yield from whole(PARSERS["mastodon"].parse(payload(world, at, "mastodon", page, limit=limit), "trends"), "trends")


def bluesky_trending(world: World, at: datetime) -> tuple[Item, ...]:
    topics = payload(world, at, "bluesky", TOPICS, limit=25)
    assert len(whole(PARSERS["bluesky"].parse(topics, "trending"), "topics")) >= 10
    return whole(PARSERS["bluesky"].parse(payload(world, at, "bluesky", TRENDS, limit=25), "trending"), "trends")


def views_of(day: datetime, world: World, at: datetime, project: str = "en.wikipedia") -> Answer:
    year, month, number = f"{day:%Y/%m/%d}".split("/")
    return ask(world, at, "wikipedia", MOST_VIEWED, {"project": project, "year": year, "month": month, "day": number})


def most_viewed(world: World, at: datetime) -> tuple[Item, ...]:
    """Return the articles of the last day that is published."""
    answers = (views_of(at - days * timedelta(days=1), world, at) for days in (1, 2))
    parsed = PARSERS["wikipedia"].parse(next(answer.body for answer in answers if answer.status == 200), "most_viewed")
    assert [entry.reason for entry in parsed.rejected] == ["foreign_kind"] * 2, "the main page and the search"
    return parsed.items


def hot_search(world: World, at: datetime) -> tuple[Item, ...]:
    parsed = PARSERS["weibo"].parse(payload(world, at, "weibo", HOT_SEARCH), "hot_search")
    assert [entry.reason for entry in parsed.rejected] == ["promoted"]
    return parsed.items


def written(answer: Answer) -> str:
    """Return the text of an answer that is no JSON."""
    return encoded(answer, None).decode()


def searches(world: World, at: datetime) -> tuple[Item, ...]:
    return whole(PARSERS["google_trends"].parse(written(ask(world, at, "google_trends", FEED, geo="US")), "rss"), "rss")


def popular(world: World, at: datetime) -> tuple[Item, ...]:
    pages: list[Any] = []
    token: str | None = ""
    while token is not None:
        pages.append(payload(world, at, "youtube", CHART, chart="mostPopular", maxResults=50, pageToken=token))
        token = pages[-1].get("nextPageToken")
    return whole(PARSERS["youtube"].parse(pages, "most_popular"), "video_list")


def keywords(world: World, at: datetime, trend_type: str = "growing", **query: object) -> tuple[Item, ...]:
    found = payload(world, at, "pinterest", KEYWORDS, {"region": "US", "trend_type": trend_type}, **query)
    return whole(PARSERS["pinterest"].parse(found, "trends"), "trending_keywords")


def products(world: World, at: datetime, surface_type: str = "best_sellers") -> tuple[Item, ...]:
    page = written(ask(world, at, "amazon", PRODUCTS[surface_type]))
    return whole(PARSERS["amazon"].parse(page, surface_type), "product_cards")


def tags(world: World, at: datetime) -> tuple[Item, ...]:
    page = written(ask(world, at, "redbubble", "/explore/for-you/"))
    return whole(PARSERS["redbubble"].parse(page, "popular_tags"), "tag_links")


def articles(world: World, at: datetime, feed: str = "global_voices") -> tuple[Item, ...]:
    return whole(PARSERS["rss"].parse(written(ask(world, at, "rss", FEEDS[feed])), "feed"), "rss20")


def x_trending(world: World, at: datetime) -> tuple[Item, ...]:
    """Return the topics of the explore page; the API's are the same, in both versions."""
    page = whole(PARSERS["x"].parse(payload(world, at, "x", XS_LIST), "trending"), "explore_timeline")
    second = payload(world, at, "x", "/2/trends/by/woeid/{woeid}", {"woeid": "1"}, max_trends=len(page))
    first = payload(world, at, "x", "/1.1/trends/place.json", id=1)
    for answer, shape in ((second, "trends_by_woeid"), (first, "trends_place")):
        assert whole(PARSERS["x"].parse(answer, "trending"), shape)[: len(page)] == page
    return page


def chart(world: World, at: datetime, surface_type: str) -> tuple[Item, ...]:
    found = payload(world, at, "tiktok", CHARTS[surface_type])
    return whole(PARSERS["tiktok"].parse(found, surface_type), "chart" if "items" in found else "sound_list")


def reels(world: World, at: datetime) -> Iterator[Item]:
    after, more = "0", True
    while more:
        batch = payload(world, at, "instagram", REELS, after=after)
        yield from whole(PARSERS["instagram"].parse(batch, "explore_reels"), "xdt_api__v1__clips__home__connection_v2")
        page = batch["data"]["xdt_api__v1__clips__home__connection_v2"]["page_info"]
        after, more = page["end_cursor"], page["has_next_page"]


def posts_of(tag: str, world: World, at: datetime) -> tuple[Item, ...]:
    found = payload(world, at, "instagram", TAGGED, tag_name=tag)
    return whole(PARSERS["instagram"].parse(found, "hashtag"), "sections")


def api_posts_of(tag: str, world: World, at: datetime) -> tuple[Item, ...]:
    (known,) = payload(world, at, "instagram", SEARCH, q=tag, user_id=1)["data"]
    found = payload(world, at, "instagram", TOP, {"number": known["id"]}, user_id=1)
    return whole(PARSERS["instagram"].parse(found, "hashtag"), "graph_media")


LISTS: dict[str, Callable[[World, datetime], Iterable[Item]]] = {
    "tiktok:discover": explored,
    "tiktok:trending_sounds": sounds,
    "reddit:rising": rising,
    "reddit:rising:shutupandtakemymoney": partial(rising, community="shutupandtakemymoney"),
    "hackernews:front_page": front_page,
    "mastodon:trends": mastodon_trends,
    "bluesky:trending": bluesky_trending,
    "wikipedia:most_viewed": most_viewed,
    "weibo:hot_search": hot_search,
    "google_trends:rss:US": searches,
    "youtube:most_popular:US": popular,
    "pinterest:trends:US/growing": keywords,
    "redbubble:popular_tags": tags,
    "x:trending": x_trending,
    **{f"rss:feed:{name}": partial(articles, feed=name) for name in FEEDS},
    "instagram:explore_reels": reels,
    **{f"tiktok:{name}:US/7": partial(chart, surface_type=name) for name in CHARTS},
    **{f"amazon:{name}": partial(products, surface_type=name) for name in PRODUCTS},
}
"""Surface → its items, but for hashtags of TikTok and Instagram."""


def items_on(surface: str, world: World, at: datetime) -> Iterable[Item]:
    """Return the items of a surface, by its id."""
    if surface.startswith("tiktok:hashtag:"):
        return tagged(surface.removeprefix("tiktok:hashtag:"), world, at)
    if surface.startswith("instagram:hashtag:"):
        return posts_of(surface.removeprefix("instagram:hashtag:"), world, at)
    return LISTS[surface](world, at)


def keys_on(surface: str, world: World, at: datetime) -> set[tuple[str, str]]:
    """Return the cluster keys that a surface's items have."""
    return {(key.key_type, key.key) for item in items_on(surface, world, at) for key in item.keys}
