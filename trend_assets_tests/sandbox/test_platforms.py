"""What the sandbox's platforms deliver, read by the project's own parsers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from trend_assets.capture.platforms import PLATFORMS as PARSERS
from trend_assets.hours import HOUR
from trend_assets.sandbox.courses import time_of
from trend_assets.sandbox.phenomena import evergreens
from trend_assets.sandbox.platforms.reddit import _base36
from trend_assets.sandbox.world import World
from trend_assets_tests.sandbox.surfaces import (
    EXPLORE,
    FEEDS,
    KEYWORDS,
    LISTS,
    MOST_VIEWED,
    PRODUCTS,
    RISING,
    TAG,
    TRENDING_TAGS,
    api_posts_of,
    articles,
    ask,
    bluesky_trending,
    chart,
    explored,
    front_page,
    hot_search,
    keys_on,
    keywords,
    mastodon_trends,
    most_viewed,
    payload,
    popular,
    posts_of,
    products,
    rising,
    searches,
    sounds,
    tagged,
    tags,
    views_of,
    whole,
)  # fmt: skip

AT = datetime(2026, 3, 1, 5, 7, tzinfo=UTC).replace(tzinfo=None)
TIMES = (
    AT,
    AT + timedelta(hours=13, minutes=31),
    datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC).replace(tzinfo=None),
)


@pytest.mark.parametrize("at", TIMES, ids=str)
@pytest.mark.parametrize("seed", [1, 2, 77])
def test_every_surface_delivers_what_its_parser_reads_without_a_rejection(seed: int, at: datetime) -> None:
    world = World(seed)
    videos = list(explored(world, at))
    assert len(videos) == len({video.platform_item_id for video in videos}) == 48
    heard = sounds(world, at)
    assert len(heard) >= 24 and all(sound.use_count for sound in heard)
    for tag in ("marketing", "ai"):
        assert len(tagged(tag, world, at)) >= 20
        assert all(tag in video.hashtags for video in tagged(tag, world, at))
    assert len(rising(world, at)) == 25
    assert len(front_page(world, at)) == 30
    trends = list(mastodon_trends(world, at))
    assert sum(item.is_post for item in trends) == 40
    assert len([item for item in trends if item.volume_24h]) >= 16
    assert all(topic.use_count for topic in bluesky_trending(world, at))
    searched = searches(world, at)
    assert 8 <= len(searched) <= 16 and all((topic.volume_24h or 0) >= 100 for topic in searched)
    chart = popular(world, at)
    assert [video.rank for video in chart] == list(range(1, 121)) and all(video.view_count is not None for video in chart)
    assert {video.like_count is None for video in chart} == {True, False}
    assert len(keywords(world, at)) >= 16
    sold = [item for surface_type in PRODUCTS for item in products(world, at, surface_type)]
    assert len(sold) >= 3 * 16 and all(item.raw["price"] and item.text_content for item in sold)
    assert len(hot_search(world, at)) >= 36
    assert [len(articles(world, at, feed)) for feed in FEEDS] == [50, 50]
    for item in (item for listed in LISTS.values() for item in listed(world, at)):
        assert item.canonical_url
        assert item.item_created_at is None or item.item_created_at.replace(tzinfo=None) <= at
    for video in videos:
        assert video.audio_id and video.author_handle and video.view_count is not None
        assert video.view_count >= (video.like_count or 0) >= (video.comment_count or 0)


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_a_trend_is_found_under_its_true_key_on_the_surfaces_that_the_truth_names(seed: int) -> None:
    world = World(seed)
    trends = [one for one in world.truth(AT, AT + 24 * HOUR) if one["kind"] == "trend"]
    assert trends
    for trend in trends:
        peak = datetime.fromisoformat(trend["peak"]).replace(tzinfo=None)
        for surface in trend["surfaces"]:
            wanted = trend["cluster_key_type"], trend["cluster_key"]
            assert wanted in keys_on(surface, world, peak), (surface, wanted)


def test_people_search_for_what_trends_and_never_for_spam() -> None:
    world, found = World(1), dict[str, set[str]]()
    for one in [one for one in world.truth(AT, AT + 48 * HOUR) if one["cluster_key_type"] == "phrase" and one["peak"]]:
        seen = {
            key.key for item in keywords(world, datetime.fromisoformat(one["peak"]).replace(tzinfo=None)) for key in item.keys
        }
        found.setdefault(one["kind"], set()).add("seen" if one["cluster_key"] in seen else "unseen")
    assert found == {"trend": {"seen"}, "spam": {"unseen"}, "bots": {"unseen"}}


def test_news_sites_write_about_what_trends_and_never_about_spam() -> None:
    world = World(1)
    for one in [one for one in world.truth(AT, AT + 48 * HOUR) if one["cluster_key_type"] == "phrase" and one["peak"]]:
        found = {
            key.key for item in articles(world, datetime.fromisoformat(one["peak"]).replace(tzinfo=None)) for key in item.keys
        }
        assert (one["cluster_key"] in found) == (one["kind"] == "trend")
    latest = [item.item_created_at for item in articles(world, AT)]
    assert latest == sorted(latest, key=str, reverse=True)


def test_keywords_come_by_their_growth_or_by_their_searches() -> None:
    growths = [item.gauge or 0 for item in keywords(World(1), AT)]
    assert growths[0] == 10_001, "nobody searched for it before"
    assert abs(growths[-1]) < 100, "an evergreen"
    orders = {kind: [item.text_content for item in keywords(World(1), AT, kind)] for kind in ("growing", "monthly")}
    assert orders["growing"] != orders["monthly"]
    assert sorted(map(str, orders["growing"])) == sorted(map(str, orders["monthly"]))
    assert [item.text_content for item in keywords(World(1), AT, limit=3)] == orders["growing"][:3]
    for item in keywords(World(1), AT):
        series = item.raw["time_series"]
        assert len(series) == 52 and max(series.values()) == 100 and min(series.values()) >= 0
        assert list(series) == sorted(series)


def test_what_people_search_for_is_sold() -> None:
    world = World(1)
    movers = products(world, AT, "movers")
    rises = [item.gauge or 0 for item in movers]
    assert rises == sorted(rises, reverse=True) and rises[-1] >= 0
    assert all(item.gauge and 5 <= item.gauge < 70 for item in products(world, AT, "deals"))
    assert {item.gauge for item in products(world, AT)} == {None}
    searched = {(item.text_content or "").casefold() for item in keywords(world, AT)}
    assert {item.text_content for item in tags(world, AT)} == {item.text_content for item in keywords(world, AT)}
    assert {(item.text_content or "").split(":")[0].casefold() for item in movers} <= searched


def test_what_trends_is_in_the_charts_of_creative_center_and_spam_never() -> None:
    world, found = World(1), dict[str, set[bool]]()
    for one in [one for one in world.truth(AT, AT + 48 * HOUR) if one["peak"] and one["cluster_key"].startswith("tiktok:")]:
        peak = datetime.fromisoformat(one["peak"]).replace(tzinfo=None)
        name = "songs" if one["cluster_key_type"] == "audio_id" else "hashtags"
        keys = keys_on(f"tiktok:creative_center_{name}:US/7", world, peak)
        found.setdefault(one["kind"], set()).add((one["cluster_key_type"], one["cluster_key"]) in keys)
    assert found == {"trend": {True}, "spam": {False}, "bots": {False}}


def test_the_figures_of_a_chart_are_those_of_its_seven_days() -> None:
    world = World(1)
    week_ago, now = (dict(world.tags(at)) for at in (AT - 7 * 24 * HOUR, AT))
    for item in chart(world, AT, "creative_center_hashtags"):
        if item.text_content and item.text_content[1:] in week_ago:
            tag = item.text_content[1:]
            assert item.gauge == pytest.approx(now[tag] - week_ago[tag], abs=2)
        days = [int(point["timestamp"]) for point in item.raw["popularityCurve"]]
        assert [later - earlier for earlier, later in pairwise(days)] == [86_400] * 6 and days[-1] + 86_400 <= AT.replace(
            tzinfo=UTC
        ).timestamp()
        assert max(point["value"] for point in item.raw["popularityCurve"]) in (0, 100)
    for item in chart(world, AT, "creative_center_songs"):
        assert len(item.raw["trend"]) == 7 and max(point["value"] for point in item.raw["trend"]) in (0, 1)


def test_what_trends_on_tiktok_trends_on_instagram_under_keys_of_its_own() -> None:
    world = World(1)
    trends = [one for one in world.truth(AT, AT + 48 * HOUR) if one["kind"] == "trend"]
    tags = [one for one in trends if one["cluster_key"].startswith("tiktok:#")]
    for one in tags:
        peak, tag = datetime.fromisoformat(one["peak"]).replace(tzinfo=None), one["cluster_key"].removeprefix("tiktok:#")
        assert ("hashtag", f"instagram:#{tag}") in keys_on(f"instagram:hashtag:{tag}", world, peak)
    assert tags


def test_a_post_is_the_same_item_on_instagrams_pages_and_in_its_api() -> None:
    pages = {item.platform_item_id: item for item in posts_of("marketing", World(1), AT)}
    api = {item.platform_item_id: item for item in api_posts_of("marketing", World(1), AT)}
    assert len(api) == 50 and api.keys() <= pages.keys()
    for name, item in api.items():
        same = pages[name]
        assert (item.item_type, item.canonical_url, item.hashtags) == (same.item_type, same.canonical_url, same.hashtags)
        assert (item.like_count, item.comment_count, item.item_created_at) == (
            same.like_count, same.comment_count, same.item_created_at,
        )  # fmt: skip
    assert {item.like_count is None for item in pages.values()} == {True, False}


@pytest.mark.parametrize("kind", ["spam", "bots"])
def test_spam_and_bots_are_found_under_their_true_keys(kind: str) -> None:
    world = World(1)
    for one in [one for one in world.truth(AT, AT + 24 * HOUR) if one["kind"] == kind]:
        after_peak = datetime.fromisoformat(one["peak"]).replace(tzinfo=None) + timedelta(minutes=20)
        assert any(
            (one["cluster_key_type"], one["cluster_key"]) in keys_on(surface, world, after_peak) for surface in one["surfaces"]
        ), one


def test_evergreen_topics_are_found_under_their_true_keys() -> None:
    world = World(1)
    truth = {(one["cluster_key_type"], one["cluster_key"]) for one in world.truth(AT, AT) if one["kind"] == "evergreen"}
    seen = {
        key
        for surface in (
            "tiktok:trending_sounds",
            "tiktok:discover",
            "mastodon:trends",
            "bluesky:trending",
            "google_trends:rss:US",
        )
        for key in keys_on(surface, world, AT)
    }
    for topic in evergreens(1):
        if topic.tag:
            seen |= keys_on(f"tiktok:hashtag:{topic.tag}", world, AT)
        if topic.flair:
            seen |= {(key.key_type, key.key) for item in rising(world, AT, topic.flair[0], limit=100) for key in item.keys}
    assert truth <= seen


def test_counters_of_an_item_that_is_seen_again_did_not_fall() -> None:
    world, seen = World(1), dict[str, tuple[int, ...]]()
    again = 0
    for minutes in range(0, 240, 20):
        at = AT + timedelta(minutes=minutes)
        lists = (explored, sounds, rising, front_page, mastodon_trends, bluesky_trending)
        for item in (item for listed in lists for item in listed(world, at)):
            counts = tuple(
                count or 0 for count in (item.view_count, item.like_count, item.comment_count, item.share_count, item.use_count)
            )
            before = seen.get(item.platform_item_id, counts)
            assert all(now >= then for now, then in zip(counts, before, strict=True))
            again += item.platform_item_id in seen
            seen[item.platform_item_id] = counts
    assert again > 100


def test_what_many_search_for_is_listed_from_its_onset_with_the_searches_of_a_day() -> None:
    world = World(1)
    trend = next(one for one in world.truth(AT, AT + 48 * HOUR) if "google_trends:rss:US" in one["surfaces"] and one["onset"])
    onset, end = (datetime.fromisoformat(trend[name]).replace(tzinfo=None) for name in ("onset", "end"))
    found = [
        {item.keys[0].key: item for item in searches(world, at)}.get(trend["cluster_key"])
        for at in (onset - HOUR, onset + 4 * HOUR, end - HOUR, end + HOUR)
    ]
    assert [item is None for item in found] == [True, False, False, True]
    assert found[1] and found[2] and found[1].item_created_at == found[2].item_created_at == onset.replace(tzinfo=UTC)
    assert (found[1].volume_24h or 0) < (found[2].volume_24h or 0)


def test_a_removed_post_vanishes_from_the_list() -> None:
    world = World(1)
    listed = (post for hours in range(100) for post in world.rising("marketing", AT + hours * HOUR)[:50])
    post = next(post for post in listed if post.removed - post.created < 3)
    name = f"t3_{_base36(post.id)}"
    last, gone = time_of(post.removed) - timedelta(seconds=1), time_of(post.removed) + timedelta(seconds=2)
    assert name in {item.platform_item_id for item in rising(world, last, limit=100)}
    assert name not in {item.platform_item_id for item in rising(world, gone, limit=100)}


def test_a_listing_can_be_read_page_by_page() -> None:
    first = payload(World(1), AT, "reddit", RISING, {"subreddit": "marketing"}, limit=10)
    second = rising(World(1), AT, limit=10, after=first["data"]["after"])
    pages = whole(PARSERS["reddit"].parse(first, "rising"), "listing") + second
    assert [item.platform_item_id for item in pages] == [item.platform_item_id for item in rising(World(1), AT, limit=20)]


def test_reddit_escapes_titles_unless_it_is_asked_not_to() -> None:
    world = World(1)
    times = (AT + hours * HOUR for hours in range(300))
    at = next(at for at in times if any("<img" in post.text for post in world.rising("marketing", at)[:25]))
    titles = {
        raw: [child["data"]["title"] for child in listing["data"]["children"]]
        for raw in ("0", "1")
        if (listing := payload(world, at, "reddit", RISING, {"subreddit": "marketing"}, raw_json=raw))
    }
    assert any("&lt;img" in title for title in titles["0"]) and not any("<img" in title for title in titles["0"])
    assert any("<img" in title for title in titles["1"])


def test_mastodon_counts_the_uses_of_a_hashtag_by_day() -> None:
    world = World(1)
    tags = payload(world, AT, "mastodon", TRENDING_TAGS, limit=20)
    midnight = AT.replace(hour=0, minute=0)
    now, yesterday, before = (dict(world.tags(at)) for at in (AT, midnight, midnight - 24 * HOUR))
    assert len(tags) >= 16
    for tag in tags:
        name, uses = tag["name"], [int(day["uses"]) for day in tag["history"]]
        assert uses[:2] == [now[name] - yesterday.get(name, 0), max(0, yesterday.get(name, 0) - before.get(name, 0))]
        assert [int(day["day"]) % 86_400 for day in tag["history"]] == [0] * 7


@pytest.mark.parametrize("count", ["", "0", "-3", "x", "٣", "9" * 30])
def test_an_odd_count_is_no_error(count: str) -> None:
    assert payload(World(1), AT, "mastodon", TRENDING_TAGS, limit=count)
    assert payload(World(1), AT, "tiktok", EXPLORE, count=count, cursor=count)["statusCode"] == 0
    assert payload(World(1), AT, "reddit", RISING, {"subreddit": "marketing"}, limit=count)["kind"] == "Listing"
    assert len(front_page(World(1), AT, limit=count)) in (0, 20, 30)


def test_what_does_not_exist_is_answered_as_the_platforms_do() -> None:
    unknown = payload(World(1), AT, "tiktok", TAG, challengeID="1")
    assert (unknown["statusCode"], unknown["itemList"]) == (10205, [])
    assert "10205" in str(ask(World(1), AT, "tiktok", "/tag/{hashtag}", {"hashtag": "no such tag"}).body)
    assert ask(World(1), AT, "reddit", RISING, {"subreddit": "nowhere"}).status == 404
    assert front_page(World(1), AT, tags="poll") == ()
    yesterday = AT - timedelta(days=1)
    assert views_of(yesterday, World(1), AT, project="xx.wikipedia").status == 404
    assert ask(World(1), AT, "wikipedia", MOST_VIEWED, dict.fromkeys(("project", "year", "month", "day"), "0")).status == 404
    assert ask(World(1), AT, "pinterest", KEYWORDS, {"region": "US", "trend_type": "daily"}).status == 400


def test_articles_of_a_day_are_published_on_the_next_and_stay_as_they_are() -> None:
    world, day = World(1), AT.replace(hour=0, minute=0) - timedelta(days=1)
    published = day + timedelta(hours=28)
    assert [views_of(day, world, published - timedelta(seconds=1)).status, views_of(day, world, published).status] == [404, 200]
    assert views_of(day, world, published) == views_of(day, world, published + 100 * HOUR)
    assert (
        most_viewed(world, published + 24 * HOUR) != most_viewed(world, published) == most_viewed(world, published + 23 * HOUR)
    )


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_a_trend_is_an_article_the_day_after_and_spam_and_bots_are_none(seed: int) -> None:
    world = World(seed)
    for one in world.truth(AT, AT + 72 * HOUR):
        if one["kind"] == "evergreen" or one["cluster_key_type"] != "phrase":
            continue
        found = keys_on("wikipedia:most_viewed", world, datetime.fromisoformat(one["peak"]).replace(tzinfo=None) + 28 * HOUR)
        assert (("phrase", one["cluster_key"]) in found) == (one["kind"] == "trend")


def test_a_page_holds_captured_text_as_text() -> None:
    page = str(ask(World(1), AT, "tiktok", "/tag/{hashtag}", {"hashtag": "</script><script>alert(1)</script>"}).body)
    assert "<script>alert" not in page
