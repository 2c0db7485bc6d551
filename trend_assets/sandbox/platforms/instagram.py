"""Instagram: the reels tab and the pages of hashtags, and the hashtags of the Graph API. They show TikTok's videos.

The lists have the shapes of recordings and of public programs; the pages that fetch them are a stand-in. Two things are kinder
than the site: it asks for a login, and the Graph API gives a token's account only so many hashtags a week.
"""

import html
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote

from trend_assets.sandbox.chance import number
from trend_assets.sandbox.courses import hours_of, time_of
from trend_assets.sandbox.phenomena import Sound
from trend_assets.sandbox.platforms.site import Answer, Asked, Site
from trend_assets.sandbox.posts import Post

_REELS, _BATCH = 24, 12
_TOP, _RECENT = 27, 33
_IN_A_ROW = 3
_LARGE_EVERY = 3
"""One of so many rows has a large reel."""
_MEDIA = 50
_PICTURE_SHARE = 4
"""One of so many posts of a hashtag is a picture; the others are reels."""
_HIDDEN_SHARE = 16
"""One of so many accounts hides its likes and views."""
_NO_TOKEN = {"error": {"message": "Invalid OAuth access token data.", "type": "OAuthException", "code": 190}}

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} | Instagram</title><link rel="icon" href="data:,">
<style>p {{ height: 240px }}</style></head>
<body>
<h1>{title}</h1>
<main id="media" data-source="{source}" data-method="{method}" data-viewer="{viewer}"></main>
<script>
const media = document.getElementById("media"), {{source, method, viewer}} = media.dataset;
let after = "", more = true, loading = false;

function media_in(payload) {{
  const connection = Object.values(payload.data)[0];
  if (connection && connection.edges) {{
    after = connection.page_info.end_cursor;
    more = connection.page_info.has_next_page;
    return connection.edges.map((edge) => edge.node.media);
  }}
  more = false;
  return [payload.data.top, payload.data.recent].flatMap((part) => part.sections).flatMap((section) =>
    (section.layout_content.medias || section.layout_content.fill_items).map((entry) => entry.media));
}}

async function load() {{
  if (loading || !more) return;
  loading = true;
  try {{
    const answer = await fetch(`${{source}}after=${{after}}`, {{method}});
    for (const medium of media_in(await answer.json())) {{
      const line = document.createElement("p");
      line.textContent = medium.caption.text;
      media.append(line);
    }}
  }} catch (error) {{
    more = false;
  }}
  loading = false;
}}

addEventListener("scroll", () => {{
  if (innerHeight + scrollY > document.body.scrollHeight - 400) load();
}});
fetch(viewer, {{method: "POST"}});
load();
</script>
</body>
</html>
"""


def _page(asked: Asked, title: str, source: str, method: str) -> Answer:
    parts = {"title": title, "source": source, "method": method, "viewer": asked.address("/api/graphql")}
    return Answer(_PAGE.format(**{name: html.escape(part) for name, part in parts.items()}))


def _reels_page(asked: Asked) -> Answer:
    return _page(asked, "Reels", f"{asked.address('/graphql/query')}?", "POST")


def _reels(asked: Asked) -> Answer:
    """Answer as the reels tab asks; the site tells its questions apart by what is sent, here there is one."""
    start = asked.count("after", 0, _REELS)
    videos = asked.world.explore(asked.at)[:_REELS]
    shown = videos[start : start + _BATCH]
    end = start + len(shown)
    connection = {
        "edges": [{"node": {"media": _medium(post, hours_of(asked.at), clip=True)}, "cursor": str(post.id)} for post in shown],
        "page_info": {"has_next_page": end < len(videos), "end_cursor": str(end)},
    }
    return Answer({"data": {"xdt_api__v1__clips__home__connection_v2": connection}, "extensions": {"is_final": True}})


def _viewer(_asked: Asked) -> Answer:
    """Answer what pages ask for besides their lists."""
    return Answer({"data": {"xdt_viewer": {"user": None}}, "extensions": {"is_final": True}})


def _tag_page(asked: Asked) -> Answer:
    tag = asked.path["hashtag"].casefold()
    return _page(asked, f"#{tag}", f"{asked.address('/api/v1/tags/web_info/')}?tag_name={quote(tag)}&", "GET")


def _web_info(asked: Asked) -> Answer:
    posts = asked.world.tagged(asked.query.get("tag_name", ""), asked.at)
    media = [{"media": _medium(post, hours_of(asked.at), clip=_is_reel(post))} for post in posts[: _TOP + _RECENT]]
    top, recent = ({"sections": _sections(part), "more_available": False} for part in (media[:_TOP], media[_TOP:]))
    return Answer({"data": {"name": asked.query.get("tag_name", ""), "top": top, "recent": recent}, "status": "ok"})


def _sections(media: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of a grid: three media alike, or in some of them a large reel beside the others."""
    rows = [media[start : start + _IN_A_ROW] for start in range(0, len(media), _IN_A_ROW)]
    return [
        {"layout_type": "one_by_two_left", "feed_type": "clips", "layout_content": _large(row)}
        if place % _LARGE_EVERY == 1
        else {"layout_type": "media_grid", "feed_type": "media", "layout_content": {"medias": row}}
        for place, row in enumerate(rows)
    ]


def _large(row: list[dict[str, Any]]) -> dict[str, Any]:
    return {"one_by_two_item": {"clips": {"items": row[:1]}}, "fill_items": row[1:]}


def _search(asked: Asked) -> Answer:
    if not _token(asked):
        return Answer(_NO_TOKEN, 400)
    tag = asked.query.get("q", "").casefold()
    known = [{"id": _tag_id(tag)}] if tag in asked.world.all_tags(asked.at) else []
    return Answer({"data": known})


def _tag_media(asked: Asked) -> Answer:
    if not _token(asked):
        return Answer(_NO_TOKEN, 400)
    tag = next((tag for tag in asked.world.all_tags(asked.at) if _tag_id(tag) == asked.path["number"]), "")
    posts = asked.world.tagged(tag, asked.at)[:_MEDIA]
    # As on the site, the address of the next page has the token in it.
    following = f"https://graph.facebook.com/{asked.path['number']}/?access_token={_token(asked)}&after=a"
    media = [_graph_medium(post, hours_of(asked.at)) for post in posts]
    return Answer({"data": media, "paging": {"cursors": {"after": "a"}, "next": following}})


SITE = Site(
    name="instagram",
    host="www.instagram.com",
    pages={
        "/reels/": _reels_page,
        "/graphql/query": _reels,
        "/api/graphql": _viewer,
        "/explore/tags/{hashtag}/": _tag_page,
        "/api/v1/tags/web_info/": _web_info,
        "/ig_hashtag_search": _search,
        "/{number}/top_media": _tag_media,
        "/{number}/recent_media": _tag_media,
    },
    other_hosts=("graph.facebook.com",),
    lists=frozenset({"edges", "sections", "data"}),
    ended={"has_next_page": False},
)
"""What the sandbox serves of Instagram."""


def _token(asked: Asked) -> str:
    return asked.headers.get("authorization", "").removeprefix("Bearer ") if asked.query.get("user_id") else ""


def _tag_id(tag: str) -> str:
    return str(17_840_000_000_000_000 + number("instagram hashtag", tag, bits=40))


def _is_reel(post: Post) -> bool:
    return post.id % _PICTURE_SHARE != 0


def _code(post: Post) -> str:
    """Return the short code of a post: its number, in letters."""
    return urlsafe_b64encode(post.id.to_bytes(9, "big")).decode().lstrip("A")


def _medium(post: Post, hours: float, *, clip: bool) -> dict[str, Any]:
    plays = post.gained(hours)
    likes, comments, shares = (int(plays * rate) for rate in post.rates)
    return {
        "pk": str(post.id),
        "id": f"{post.id}_{post.author.id}",
        "code": _code(post),
        "media_type": 2 if clip else 1,
        "product_type": "clips" if clip else "feed",
        "taken_at": int(post.created * 3_600),
        "caption": {"text": post.text},
        "user": {"pk": str(post.author.id), "username": post.author.handle, "is_private": False},
        "like_and_view_counts_disabled": post.author.id % _HIDDEN_SHARE == 0,
        "like_count": likes,
        "comment_count": comments,
        "reshare_count": shares,
        **({"play_count": plays, "view_count": None, "clips_metadata": _clip(post)} if clip else {"music_metadata": None}),
    }


def _clip(post: Post) -> dict[str, Any]:
    """Return the sound of a reel: licensed music, or a sound that an account made."""
    sound = post.sound
    if sound is None:
        return {"audio_type": None, "music_info": None, "original_sound_info": None, "music_canonical_id": "0"}
    original = {"audio_type": "original_sounds", "music_info": None, "original_sound_info": _original(sound)}
    licensed = {"audio_type": "licensed_music", "music_info": _music(sound), "original_sound_info": None}
    return {
        **(original if " - " in sound.title else licensed),
        "music_canonical_id": str(number("canonical", sound.id, bits=54)),
    }


def _music(sound: Sound) -> dict[str, Any]:
    audio = str(number("instagram audio", sound.id, bits=50))
    return {"music_asset_info": {"audio_cluster_id": audio, "audio_asset_id": f"{audio}1", "title": sound.title}}


def _original(sound: Sound) -> dict[str, Any]:
    audio = number("instagram audio", sound.id, bits=50)
    return {"audio_asset_id": audio, "original_audio_title": "Original audio", "ig_artist": {"username": sound.author}}


def _graph_medium(post: Post, hours: float) -> dict[str, Any]:
    plays = post.gained(hours)
    likes, comments, _ = (int(plays * rate) for rate in post.rates)
    reel = _is_reel(post)
    return {
        "id": str(17_900_000_000_000_000 + number("instagram medium", post.id, bits=50)),
        "caption": post.text,
        "media_type": "VIDEO" if reel else "IMAGE",
        "permalink": f"https://www.instagram.com/{'reel' if reel else 'p'}/{_code(post)}/",
        "timestamp": f"{time_of(post.created):%Y-%m-%dT%H:%M:%S}+0000",
        # Absent where they are hidden.
        **({} if post.author.id % _HIDDEN_SHARE == 0 else {"like_count": likes}),
        "comments_count": comments,
    }
