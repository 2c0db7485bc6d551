"""Instagram's lists and their quirks, on payloads written by hand, and on recordings where they are present."""

import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import instagram

CODE, PK = "DW36we_iEkc", "3870820823258908956"
MUSIC = {"audio_cluster_id": "870702934995012", "audio_asset_id": "488157347220983", "title": "LA MuDANZA"}
LICENSED = {
    "audio_type": "licensed_music",
    "music_canonical_id": "18474847939061741",
    "music_info": {"music_asset_info": MUSIC},
    "original_sound_info": None,
}
ORIGINAL = {
    "audio_type": "original_sounds",
    "music_canonical_id": "18168441400125322",
    "music_info": None,
    "original_sound_info": {
        "audio_asset_id": 4686810291345525, "original_audio_title": "Original audio", "ig_artist": {"username": "someone"},
    },
}  # fmt: skip


def reel(**fields: Any) -> dict[str, Any]:
    """A reel of the web's own API."""
    return {
        "pk": PK,
        "id": f"{PK}_76902937953",
        "code": CODE,
        "media_type": 2,
        "product_type": "clips",
        "taken_at": 1775657853,
        "caption": {"text": "So good #Berlin #tapas"},
        "user": {"pk": "76902937953", "username": "bocado.berlin"},
        "like_and_view_counts_disabled": False,
        "play_count": 401421,
        "view_count": 100856,
        "like_count": 38900,
        "comment_count": 504,
        "reshare_count": 12,
        "clips_metadata": LICENSED,
        **fields,
    }


def picture(**fields: Any) -> dict[str, Any]:
    """A picture without music."""
    medium = {**reel(media_type=1, product_type="feed", code="CVG1NZwKCtL", **fields), "music_metadata": None}
    return {name: value for name, value in medium.items() if name not in ("clips_metadata", "play_count", "view_count")}


def node(**fields: Any) -> dict[str, Any]:
    """A node of the older GraphQL answers."""
    return {
        "__typename": "GraphVideo",
        "id": "2498383483036303865",
        "shortcode": "CKsCopzFQH5",
        "edge_media_to_caption": {"edges": [{"node": {"text": "At home #paris"}}]},
        "edge_media_to_comment": {"count": 3},
        "edge_liked_by": {"count": 41},
        "video_view_count": 900,
        "taken_at_timestamp": 1612050630,
        "owner": {"id": "2148106670"},
        **fields,
    }


def api_medium(**fields: Any) -> dict[str, Any]:
    """A medium of the Graph API."""
    return {
        "id": "18088158883149835",
        "caption": "Our love #makkah",
        "media_type": "VIDEO",
        "permalink": f"https://www.instagram.com/reel/{CODE}/",
        "timestamp": "2026-04-08T14:17:33+0000",
        "like_count": 997,
        "comments_count": 10,
        **fields,
    }


def sections(*media: object) -> list[dict[str, Any]]:
    """Rows of a grid."""
    return [{"layout_type": "media_grid", "layout_content": {"medias": [{"media": medium} for medium in media]}}]


def edges(*nodes: object) -> dict[str, Any]:
    """A connection."""
    return {"edges": [{"node": one} for one in nodes], "page_info": {"has_next_page": False}}


def search(*media: object) -> dict[str, Any]:
    """An answer of the search, with a heading before the media."""
    grid = {"__typename": "XDTTopSerpMediaGridUnit", "items": list(media)}
    return {"data": {"xdt_fbsearch__top_serp_graphql": edges({"__typename": "XDTTopSerpHeaderUnit"}, grid)}}


def page(*states: object) -> str:
    """A page with embedded states, as Instagram's: without ids, and the lists deep inside."""
    scripts = "".join(f'<script type="application/json" data-sjs>{json.dumps(state)}</script>' for state in states)
    return f"<!DOCTYPE html><html><body>{scripts}</body></html>"


def deep(data: object) -> dict[str, Any]:
    """What pages wrap around an answer."""
    bbox = {"__bbox": {"result": {"data": data}, "sequence_number": 0}}
    return {
        "require": [["ScheduledServerJS", "handle", None, [{"__bbox": {"require": [["Relay", "next", [], ["adp", bbox]]]}}]]]
    }


CLIPS = "xdt_api__v1__clips__home__connection_v2"
SHAPES: dict[str, Any] = {
    "sections of a hashtag": {"data": {"top": {"sections": sections(reel())}, "recent": {"sections": []}}, "status": "ok"},
    "sections of the search": {"media_grid": {"sections": sections(reel())}, "status": "ok"},
    "the explore grid": {"sectional_items": sections(reel()), "more_available": True},
    "clips": {"items": [{"media": reel()}], "paging_info": {"more_available": True}},
    "reels tab": {"data": {CLIPS: edges({"media": reel()})}, "extensions": {"is_final": True}},
    "search": search(reel()),
    "without a login": {"data": {"xig_logged_out_popular_search_media_info": edges(reel())}},
    "page of the reels tab": page({"other": []}, deep({CLIPS: edges({"media": reel()})})),
    "page without a login": page(deep({"xig_logged_out_popular_search_media_info": edges(reel())})),
}


def _parsed(payload: object, surface_type: str = "hashtag") -> Parsed:
    return instagram.parse(payload, surface_type)


def _only(payload: object, surface_type: str = "hashtag") -> Item:
    parsed = _parsed(payload, surface_type)
    harmless = [entry for entry in parsed.rejected if entry.reason == "foreign_kind"]
    assert len(parsed.items) == 1 and len(harmless) == len(parsed.rejected), parsed
    return parsed.items[0]


def _one(**fields: Any) -> Item:
    return _only({"sections": sections(reel(**fields))})


def _reasons(payload: object) -> list[str]:
    return [entry.reason for entry in _parsed(payload).rejected]


def _keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]


@pytest.mark.parametrize("surface_type", sorted(instagram.SURFACE_TYPES))
@pytest.mark.parametrize("name", SHAPES)
def test_a_reel_is_the_same_item_in_every_shape(name: str, surface_type: str) -> None:
    item = _only(SHAPES[name], surface_type)
    assert (item.platform, item.platform_item_id, item.item_type, item.is_post) == ("instagram", CODE, "reel", True)
    assert (item.author_id, item.author_handle, item.text_content) == ("76902937953", "bocado.berlin", "So good #Berlin #tapas")
    assert (item.audio_id, item.audio_title) == ("870702934995012", "LA MuDANZA")
    assert (item.view_count, item.like_count, item.comment_count, item.share_count) == (401421, 38900, 504, 12)
    assert item.item_created_at == datetime(2026, 4, 8, 14, 17, 33, tzinfo=UTC)
    assert item.canonical_url == f"https://www.instagram.com/reel/{CODE}/"
    assert _keys(item) == ["instagram:870702934995012", "instagram:#berlin", "instagram:#tapas"]


def test_a_medium_of_the_graph_api_has_neither_author_nor_sound_and_is_the_same_item() -> None:
    item = _only({"data": [api_medium()], "paging": {"next": "https://graph.facebook.com/?access_token=secret"}})
    assert (item.platform_item_id, item.item_type, item.canonical_url) == (CODE, "reel", _one().canonical_url)
    assert (item.author_id, item.audio_id, item.view_count, item.like_count, item.comment_count) == (None, None, None, 997, 10)
    assert item.item_created_at == _one().item_created_at
    assert _keys(item) == ["instagram:#makkah"]


@pytest.mark.parametrize("link", [None, "", "https://[", "https://www.instagram.com/someone/", 5])
def test_a_medium_of_the_graph_api_without_an_address_has_its_own_number(link: object) -> None:
    item = _only({"data": [api_medium(permalink=link)]})
    assert (item.platform_item_id, item.item_type, item.canonical_url) == ("18088158883149835", "post", None)


def test_a_node_of_the_older_answers_is_read_field_by_field() -> None:
    item = _only({"graphql": {"hashtag": {"edge_hashtag_to_media": edges(node()), "edge_hashtag_to_top_posts": edges()}}})
    assert (item.platform_item_id, item.item_type, item.author_id, item.author_handle) == (
        "CKsCopzFQH5",
        "post",
        "2148106670",
        None,
    )
    assert (item.view_count, item.like_count, item.comment_count) == (900, 41, 3)
    assert (item.hashtags, item.item_created_at) == (("paris",), datetime(2021, 1, 30, 23, 50, 30, tzinfo=UTC))
    assert item.canonical_url == "https://www.instagram.com/p/CKsCopzFQH5/"


@pytest.mark.parametrize("caption", [{}, {"edges": []}, {"edges": [{}]}, None])
def test_a_node_without_a_caption_has_nothing_to_be_grouped_by(caption: object) -> None:
    assert _reasons({"hashtag": {"edge_hashtag_to_media": edges(node(edge_media_to_caption=caption))}}) == ["no_cluster_key"]


def test_pictures_are_posts_of_a_hashtag_and_no_reels() -> None:
    payload = {"sections": sections(picture(), reel())}
    assert [(item.item_type, item.rank) for item in _parsed(payload).items] == [("post", 1), ("reel", 2)]
    assert [(item.item_type, item.rank) for item in _parsed(payload, "explore_reels").items] == [("reel", 2)]
    assert _parsed(payload).items[0].canonical_url == "https://www.instagram.com/p/CVG1NZwKCtL/"


def test_a_row_can_have_a_large_reel_beside_the_others() -> None:
    layout = {"one_by_two_item": {"clips": {"items": [{"media": reel()}]}}, "fill_items": [{"media": picture()}, {"media": {}}]}
    parsed = _parsed({"sections": [{"layout_content": layout}, *sections(reel(code="third")), {"layout_content": {}}, None]})
    assert [item.platform_item_id for item in parsed.items] == [CODE, "CVG1NZwKCtL", "third"]
    assert [entry.reason for entry in parsed.rejected] == ["no_id", "foreign_kind", "foreign_kind"]


# Sounds.


def test_an_original_sound_is_told_apart_by_its_artist() -> None:
    item = _one(clips_metadata=ORIGINAL)
    assert (item.audio_id, item.audio_title) == ("4686810291345525", "Original audio - someone")


def test_music_that_is_not_named_has_the_number_under_which_it_is_licensed() -> None:
    item = _one(clips_metadata={**LICENSED, "music_info": None})
    assert (item.audio_id, item.audio_title) == ("18474847939061741", None)


@pytest.mark.parametrize(
    "sound", [None, {}, [], "x", {"music_canonical_id": "0"}, {"music_canonical_id": 18474847939061741}, {"music_info": []}]
)
def test_where_there_is_no_sound_the_hashtags_are_the_keys(sound: object) -> None:
    """A number beyond 2^53 was rounded on its way through a script: it is another sound's."""
    item = _one(clips_metadata=sound)
    assert (item.audio_id, _keys(item)) == (None, ["instagram:#berlin", "instagram:#tapas"])


def test_a_picture_can_have_music() -> None:
    item = _only({"sections": sections({**picture(), "music_metadata": LICENSED})})
    assert (item.item_type, item.audio_id) == ("post", "870702934995012")


# Counts, ids, texts.


def test_hidden_counts_are_unknown() -> None:
    """Instagram still sends small numbers beside the mark, and -1 in older answers."""
    item = _one(like_and_view_counts_disabled=True, like_count=3, play_count=None, view_count=7)
    assert (item.like_count, item.view_count, item.comment_count) == (None, None, 504)
    old = node(edge_liked_by={"count": -1}, edge_media_preview_like={"count": -1})
    assert _only({"hashtag": {"edge_hashtag_to_media": edges(old)}}).like_count is None


@pytest.mark.parametrize(
    ("count", "read"),
    [("38900", 38900), ("38,900", 38900), ("38\u202f900", 38900), ("38.9K", 38900), (None, None), ("", None), (0, 0)],
)
def test_counts_are_numbers_or_written_out(count: object, read: int | None) -> None:
    assert _one(like_count=count).like_count == read


@pytest.mark.parametrize("count", ["many", -5, 1.5, [1], 10**16, True])
def test_a_count_that_is_none_at_all_is_quarantined(count: object) -> None:
    assert _reasons({"sections": sections(reel(like_count=count))}) == ["bad_counter"]


def test_views_are_plays_where_those_are_given() -> None:
    assert _one(play_count=None, ig_play_count=5).view_count == 5
    assert _one(play_count=None).view_count == 100856


def test_a_rounded_author_is_known_by_the_exact_number_or_the_handle() -> None:
    assert _one(user={"pk": 2**53 + 2, "id": "9007199254740993", "username": "a"}).author_id == "9007199254740993"
    item = _one(user={"pk": 2**53 + 2, "username": "a"})
    assert (item.author_id, item.author_handle) == (None, "a")


def test_a_medium_without_a_code_has_its_number_and_no_address() -> None:
    item = _one(code=None)
    assert (item.platform_item_id, item.canonical_url) == (PK, None)
    assert _reasons({"sections": sections(reel(code=None, pk=3870820823258908956))}) == ["no_id"]


def test_texts_of_any_script_keep_their_letters_and_their_tags() -> None:
    text = "شاي كرك \u2067#قهوة_عربية\u2069 ☕ #خليجي🥊 \ud83d #猫のいる暮らし"
    item = _one(caption={"text": text}, clips_metadata=None)
    assert _keys(item) == ["instagram:#قهوة_عربية", "instagram:#خليجي🥊", "instagram:#猫のいる暮らし"]
    json.dumps(item.to_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize("caption", [None, {}, {"text": None}, {"text": ""}, [], 5])
def test_a_reel_without_a_caption_has_its_sound(caption: object) -> None:
    item = _one(caption=caption)
    assert (item.text_content, item.hashtags, _keys(item)) == (None, (), ["instagram:870702934995012"])


def test_a_caption_of_ten_megabytes_is_cut_and_takes_seconds() -> None:
    caption = {"text": "".join(f"#tag{number} " for number in range(900_000))}
    started = time.process_time()
    item = _one(caption=caption)
    assert time.process_time() - started < 10
    assert (len(item.text_content or ""), len(item.hashtags)) == (10_000, 100)


def test_phrases_are_keys_where_there_is_neither_sound_nor_hashtag() -> None:
    assert _keys(_one(caption={"text": "Nobody wants to work"}, clips_metadata=None)) == ["phrase:nobody_wants_to_work"]


def test_advertisements_and_what_is_no_medium_are_set_aside() -> None:
    media = [{"media": reel(ad_id="6")}, {"media": reel(product_type="ad")}, {"media": None, "ad": {}}, None]
    assert _reasons({"data": {CLIPS: edges(*media)}}) == ["promoted", "promoted", "foreign_kind", "foreign_kind"]
    assert _reasons(search("text", None)) == ["foreign_kind", "not_an_object", "not_an_object"]


# What is no list.


@pytest.mark.parametrize(
    "payload",
    [{"sections": []}, {"data": {CLIPS: {"edges": []}}}, {"data": [], "paging": {}}, {"sectional_items": [], "status": "ok"}],
)
def test_an_empty_list_is_a_recognized_shape(payload: object) -> None:
    parsed = _parsed(payload)
    assert parsed == Parsed(parsed.shape, (), ()) and parsed.shape


@pytest.mark.parametrize(
    "payload",
    [{"sections": [], "status": "fail"}, {"data": {CLIPS: {"edges": []}}, "errors": [{"message": "execution error"}]}],
)
def test_a_failed_read_is_not_an_empty_one(payload: object) -> None:
    assert _parsed(payload) == Parsed(None, problem="Instagram answered that it failed, and with no media")


@pytest.mark.parametrize(
    "payload",
    [
        None, 5, "", [], {}, {"message": "Please wait", "require_login": True, "status": "fail"}, {"data": {CLIPS: None}},
        {"error": {"code": 190}}, {"items": []}, {"items": [{"text": "a"}]}, {"sections": [{"title": "a"}]}, {"edges": []},
        page(), page({"sections": []}), page(deep({"viewer": None})), '<script type="application/json">{"sections": [',
    ],
)  # fmt: skip
def test_what_is_no_list_is_a_problem(payload: object) -> None:
    parsed = _parsed(payload)
    assert parsed.shape is None and parsed.problem and "expected Instagram's reels" in parsed.problem


def test_nothing_is_too_deep() -> None:
    nested: Any = {"sections": sections(reel())}
    for _ in range(100_000):
        nested = [nested]
    assert _only(nested).platform_item_id == CODE


def test_a_surface_type_that_there_is_not_is_a_problem() -> None:
    assert _parsed({}, "stories").problem == "instagram has no surface type 'stories'; it has explore_reels, hashtag"


# Recordings.


@pytest.mark.parametrize(
    ("name", "shape", "items", "rejected", "sounds"),
    [
        ("hashtag_sections_cocacola_2021-10-19", "sections", 32, 1, 0),
        ("hashtag_graphql_paris_2021-01-30", "edge_hashtag_to_media", 41, 2, 0),
        ("reels_clips_user_2021-06", "items", 12, 0, 12),
        ("graph_api_hashtag_top_medias_p1", "graph_media", 23, 2, 0),
    ],
)
def test_a_recording_is_read(shared_data: Path, name: str, shape: str, items: int, rejected: int, sounds: int) -> None:
    parsed = _parsed(json.loads((shared_data / "instagram" / f"{name}.json").read_text()))
    assert (parsed.shape, len(parsed.items), sum(bool(item.audio_id) for item in parsed.items)) == (shape, items, sounds)
    assert Counter(entry.reason for entry in parsed.rejected) == Counter({"no_cluster_key": rejected})
    for item in parsed.items:
        assert item.canonical_url and item.like_count is not None and item.comment_count is not None


def test_the_example_of_licensed_music_is_read(shared_data: Path) -> None:
    (medium,) = json.loads((shared_data / "instagram" / "clip_licensed_music_trimmed_2026-04.json").read_text())
    item = _only({"items": [{"media": medium}]}, "explore_reels")
    assert (item.platform_item_id, item.audio_id, item.audio_title) == (CODE, "870702934995012", "LA MuDANZA")
    assert item.hashtags == ("restaurant", "bocado", "tapas", "cocktails", "berlin")
