"""What the sandbox's platforms deliver, read by the project's own parsers."""

from datetime import UTC, datetime, timedelta

import pytest

from trend_assets.capture.platforms import PLATFORMS as PARSERS
from trend_assets.hours import HOUR
from trend_assets.sandbox.courses import time_of
from trend_assets.sandbox.phenomena import evergreens
from trend_assets.sandbox.platforms.reddit import _base36
from trend_assets.sandbox.world import World
from trend_assets_tests.sandbox.surfaces import (
    EXPLORE,
    KEYWORDS,
    PRODUCTS,
    RISING,
    TAG,
    ask,
    explored,
    keys_on,
    keywords,
    payload,
    products,
    rising,
    sounds,
    tagged,
    tags,
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
    assert len(keywords(world, at)) >= 16
    sold = [item for surface_type in PRODUCTS for item in products(world, at, surface_type)]
    assert len(sold) >= 3 * 16 and all(item.raw["price"] and item.text_content for item in sold)
    for item in (*videos, *heard, *rising(world, at), *keywords(world, at), *sold, *tags(world, at)):
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
    for one in [one for one in world.truth(AT, AT + 48 * HOUR) if one["cluster_key_type"] == "phrase"]:
        seen = {
            key.key for item in keywords(world, datetime.fromisoformat(one["peak"]).replace(tzinfo=None)) for key in item.keys
        }
        found.setdefault(one["kind"], set()).add("seen" if one["cluster_key"] in seen else "unseen")
    assert found == {"trend": {"seen"}, "spam": {"unseen"}, "bots": {"unseen"}}


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
    seen = {key for surface in ("tiktok:trending_sounds", "tiktok:discover") for key in keys_on(surface, world, AT)}
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
        for item in (*explored(world, at), *sounds(world, at), *rising(world, at)):
            counts = tuple(
                count or 0 for count in (item.view_count, item.like_count, item.comment_count, item.share_count, item.use_count)
            )
            before = seen.get(item.platform_item_id, counts)
            assert all(now >= then for now, then in zip(counts, before, strict=True))
            again += item.platform_item_id in seen
            seen[item.platform_item_id] = counts
    assert again > 100


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


@pytest.mark.parametrize("count", ["", "0", "-3", "x", "٣", "9" * 30])
def test_an_odd_count_is_no_error(count: str) -> None:
    assert payload(World(1), AT, "tiktok", EXPLORE, count=count, cursor=count)["statusCode"] == 0
    assert payload(World(1), AT, "reddit", RISING, {"subreddit": "marketing"}, limit=count)["kind"] == "Listing"


def test_what_does_not_exist_is_answered_as_the_platforms_do() -> None:
    unknown = payload(World(1), AT, "tiktok", TAG, challengeID="1")
    assert (unknown["statusCode"], unknown["itemList"]) == (10205, [])
    assert "10205" in str(ask(World(1), AT, "tiktok", "/tag/{hashtag}", {"hashtag": "no such tag"}).body)
    assert ask(World(1), AT, "reddit", RISING, {"subreddit": "nowhere"}).status == 404
    assert ask(World(1), AT, "pinterest", KEYWORDS, {"region": "US", "trend_type": "daily"}).status == 400


def test_a_page_holds_captured_text_as_text() -> None:
    page = str(ask(World(1), AT, "tiktok", "/tag/{hashtag}", {"hashtag": "</script><script>alert(1)</script>"}).body)
    assert "<script>alert" not in page
