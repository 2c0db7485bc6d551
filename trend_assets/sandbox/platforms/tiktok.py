"""TikTok: the explore page, hashtag pages and the page of sounds, and what their scripts fetch.

Shapes are those of recorded payloads: `itemList` of the web API, and the lists of cards of `/node/share/discover`. One thing is
kinder than the site: `posts` of a card is exact there, where TikTok rounds it.
"""

from typing import Any

from trend_assets.sandbox.chance import number
from trend_assets.sandbox.courses import hours_of
from trend_assets.sandbox.phenomena import Sound
from trend_assets.sandbox.platforms import tiktok_charts
from trend_assets.sandbox.platforms.site import Answer, Asked, Site
from trend_assets.sandbox.platforms.tiktok_pages import page
from trend_assets.sandbox.posts import VIEWS_PER_VIDEO, Author, Post

BATCHES = 3
"""How often the explore page can be scrolled to more, the first time included."""
_EXPLORE_COUNT, _TAG_COUNT, _MOST = 16, 30, 35
_TAG_VIDEOS = 60
_SOUNDS, _CARDS = 30, 10
_UNKNOWN_TAG = 10205
"""TikTok's status of a hashtag that does not exist."""
_ROUNDED_FROM = 10_000


def _explore_page(asked: Asked) -> Answer:
    return Answer(page("Explore", {}, asked.address("/api/explore/item_list/"), _EXPLORE_COUNT))


def _explore_items(asked: Asked) -> Answer:
    count = max(1, asked.count("count", _EXPLORE_COUNT, _MOST))
    return _items(asked, asked.world.explore(asked.at)[: BATCHES * count], count)


def _tag_page(asked: Asked) -> Answer:
    tag = asked.path["hashtag"].casefold()
    videos = asked.world.all_tags(asked.at).get(tag)
    if videos is None:
        return Answer(page(f"#{tag}", {"webapp.challenge-detail": {"statusCode": _UNKNOWN_TAG}}))
    detail = {
        "statusCode": 0,
        "challengeInfo": {
            "challenge": {"id": _tag_id(tag), "title": tag, "desc": ""},
            "statsV2": {"videoCount": str(videos), "viewCount": str(videos * VIEWS_PER_VIDEO)},
        },
    }
    address = asked.address(f"/api/challenge/item_list/?challengeID={_tag_id(tag)}")
    return Answer(page(f"#{tag}", {"webapp.challenge-detail": detail}, address, _TAG_COUNT))


def _tag_items(asked: Asked) -> Answer:
    wanted = asked.query.get("challengeID")
    tag = next((tag for tag in asked.world.all_tags(asked.at) if _tag_id(tag) == wanted), None)
    if tag is None:
        return Answer({"statusCode": _UNKNOWN_TAG, "status_code": _UNKNOWN_TAG, "itemList": [], "hasMore": False})
    count = max(1, asked.count("count", _TAG_COUNT, _MOST))
    return _items(asked, asked.world.tagged(tag, asked.at)[:_TAG_VIDEOS], count)


def _music_page(asked: Asked) -> Answer:
    return Answer(page("Music", {}, asked.address("/node/share/discover"), _SOUNDS))


def _discover(asked: Asked) -> Answer:
    """Answer with three lists of cards: creators, hashtags, sounds."""
    creators = {post.author.id: post.author for post in asked.world.explore(asked.at)[: 3 * _CARDS]}
    lists = (
        [_creator_card(author) for author in list(creators.values())[:_CARDS]],
        [_tag_card(tag, videos) for tag, videos in asked.world.tags(asked.at)[:_CARDS]],
        [_sound_card(sound, uses) for sound, uses in asked.world.sounds(asked.at)[:_SOUNDS]],
    )
    state = {"regionAppId": 1233, "region": "US", "baseURL": "m.tiktok.com", "appType": "m"}
    body = [{"exploreList": [{"cardItem": card} for card in cards], "pageState": state} for cards in lists]
    return Answer({"statusCode": 0, "body": body})


SITE = Site(
    name="tiktok",
    host="www.tiktok.com",
    pages={
        "/explore": _explore_page,
        "/api/explore/item_list/": _explore_items,
        "/tag/{hashtag}": _tag_page,
        "/api/challenge/item_list/": _tag_items,
        "/music": _music_page,
        "/node/share/discover": _discover,
        **tiktok_charts.PAGES,
    },
    other_hosts=("ads.tiktok.com",),
    lists=frozenset({"itemList", "exploreList", "items", "sound_list"}),
    ended={"hasMore": False},
)
"""What the sandbox serves of TikTok."""


def _items(asked: Asked, videos: list[Post], count: int) -> Answer:
    start = asked.count("cursor", 0, len(videos))
    end = min(start + count, len(videos))
    hours = hours_of(asked.at)
    return Answer(
        {
            "statusCode": 0, "status_code": 0, "status_msg": "", "cursor": str(end), "hasMore": end < len(videos),
            "itemList": [_video(post, hours) for post in videos[start:end]],
        }
    )  # fmt: skip


def _video(post: Post, hours: float) -> dict[str, Any]:
    views = post.gained(hours)
    likes, comments, shares = (int(views * rate) for rate in post.rates)
    counts = {"playCount": views, "diggCount": likes, "commentCount": comments, "shareCount": shares}
    return {
        "id": str(post.id),
        "desc": post.text,
        "createTime": int(post.created * 3_600),
        "author": {
            "id": str(post.author.id), "uniqueId": post.author.handle, "nickname": post.author.handle, "verified": False,
        },
        "music": _music(post.sound) if post.sound else {},
        **_tags(post),
        # As on the site, stats is rounded and statsV2 is exact text.
        "stats": {name: _rounded(count) for name, count in counts.items()},
        "statsV2": {name: str(count) for name, count in counts.items()},
        "isAd": False,
        "privateItem": False,
    }  # fmt: skip


def _music(sound: Sound) -> dict[str, Any]:
    return {"id": sound.id, "title": sound.title, "authorName": sound.author, "original": " - " in sound.title, "duration": 30}


def _tags(post: Post) -> dict[str, Any]:
    """Return the lists of hashtags; the keys are absent when there are none, as on the site."""
    if not post.tags:
        return {}
    places = [(tag, post.text.find(f"#{tag}")) for tag in post.tags]
    return {
        "challenges": [{"id": _tag_id(tag), "title": tag, "desc": ""} for tag in post.tags],
        "textExtra": [
            {"hashtagId": _tag_id(tag), "hashtagName": tag, "start": start, "end": start + len(tag) + 1, "type": 1}
            for tag, start in places
        ],
    }


def _sound_card(sound: Sound, uses: int) -> dict[str, Any]:
    return {
        "id": sound.id, "type": 1, "title": sound.title, "subTitle": f"{_short(uses)} videos", "description": sound.author,
        "link": f"/music/x-{sound.id}", "extraInfo": {"musicId": sound.id, "posts": uses},
    }  # fmt: skip


def _creator_card(author: Author) -> dict[str, Any]:
    return {
        "id": str(author.id), "type": 2, "title": author.handle, "subTitle": f"@{author.handle}", "description": "",
        "link": f"/@{author.handle}", "extraInfo": {"userId": str(author.id), "fans": number(author.id, bits=20)},
    }  # fmt: skip


def _tag_card(tag: str, videos: int) -> dict[str, Any]:
    views = videos * VIEWS_PER_VIDEO
    return {
        "id": _tag_id(tag), "type": 3, "title": f"#{tag}", "subTitle": f"{_short(views)} views", "description": "",
        "link": f"/tag/{tag}", "extraInfo": {"challengeId": _tag_id(tag), "challengeName": tag, "views": views},
    }  # fmt: skip


def _tag_id(tag: str) -> str:
    return str(number("challenge", tag, bits=52))


def _rounded(count: int) -> int:
    return count if count < _ROUNDED_FROM else round(count, -2 if count < 10**6 else -5)


def _short(count: int) -> str:
    """Return a count as TikTok writes it: 950, 35.5K, 1.6M."""
    for size, letter in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if count >= size:
            return f"{count / size:.1f}{letter}"
    return str(count)
