"""Hacker News: the stories of its front page, as the search service answers; fields are those of its documentation."""

from typing import Any

from trend_assets.sandbox.courses import hours_of, time_of
from trend_assets.sandbox.platforms.site import Answer, Asked, Site
from trend_assets.sandbox.posts import Post

_STORIES = 30
_LIMIT, _MOST = 20, 1_000


def _search(asked: Asked) -> Answer:
    """Answer with the front page, or, as no other stories are simulated, with nothing."""
    asks_for_it = asked.query.get("tags") == "front_page"
    stories = asked.world.front_page(asked.at)[:_STORIES] if asks_for_it else []
    count = asked.count("hitsPerPage", _LIMIT, _MOST)
    # As on the site, not in the order of the page.
    hits = [_hit(post, hours_of(asked.at)) for post in sorted(stories, key=lambda post: post.id)[:count]]
    return Answer(
        {
            "hits": hits, "nbHits": len(stories), "page": 0, "nbPages": int(bool(hits)), "hitsPerPage": count,
            "exhaustiveNbHits": True, "query": "", "params": "", "processingTimeMS": 1,
        }
    )  # fmt: skip


SITE = Site(
    name="hackernews",
    host="hn.algolia.com",
    pages={"/api/v1/search": _search},
    lists=frozenset({"hits"}),
    ended={"nbHits": 0, "nbPages": 0},
)
"""What the sandbox serves of Hacker News."""


def _hit(post: Post, hours: float) -> dict[str, Any]:
    votes = post.gained(hours)
    return {
        "objectID": str(post.id), "story_id": post.id, "title": post.text, "url": f"https://www.example.com/{post.id}",
        "author": post.author.handle.replace(".", "_"), "points": votes + 1, "num_comments": int(votes * post.rates[1]),
        "created_at": f"{time_of(post.created).isoformat()}Z", "created_at_i": int(post.created * 3_600),
        "_tags": ["story", f"author_{post.author.handle}", f"story_{post.id}", "front_page"],
    }  # fmt: skip
