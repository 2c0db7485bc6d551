"""TikTok's shapes and their quirks, on payloads written by hand."""

from datetime import UTC, datetime
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import tiktok
from trend_assets.capture.runs import judge
from trend_assets_tests.capture.platforms.tiktok_payloads import (
    AUDIO_ID,
    EVERY_PAYLOAD,
    HASHTAG_PAYLOADS,
    SOUND_PAYLOADS,
    VIDEO_ID,
    VIDEO_PAYLOADS,
    app_video,
    card,
    chart,
    chart_item,
    collector_video,
    creator_card,
    discover,
    explore,
    hashtag_card,
    hashtag_row,
    next_page,
    page,
    router_page,
    scraper_video,
    sigi_page,
    sound_card,
    sound_row,
    universal_page,
    web_video,
)


def _only(payload: object, surface_type: str = "discover") -> Item:
    parsed = tiktok.parse(payload, surface_type)
    assert not parsed.rejected and len(parsed.items) == 1, parsed
    return parsed.items[0]


def _reasons(payload: object, surface_type: str = "discover") -> list[str]:
    return [entry.reason for entry in tiktok.parse(payload, surface_type).rejected]


def _keys(item: Item) -> list[str]:
    return [key.key for key in item.keys]


def _counts(item: Item) -> tuple[int | None, ...]:
    return item.view_count, item.like_count, item.comment_count, item.share_count


def _problem(payload: object, surface_type: str = "discover") -> str:
    parsed = tiktok.parse(payload, surface_type)
    assert parsed.shape is None and not parsed.items and not parsed.rejected
    assert parsed.problem is not None
    return parsed.problem


# Videos.


def test_a_web_video_is_read_field_by_field() -> None:
    video = _only([web_video()])
    assert (video.platform, video.platform_item_id, video.item_type, video.is_post) == ("tiktok", VIDEO_ID, "video", True)
    assert (video.author_id, video.author_handle, video.text_content) == ("7420667015738885137", "someone", "so cute #dog")
    assert (video.audio_id, video.audio_title) == (AUDIO_ID, "original sound")
    assert video.item_created_at == datetime(2024, 12, 4, 23, 40, 14, tzinfo=UTC)
    assert video.canonical_url == f"https://www.tiktok.com/@someone/video/{VIDEO_ID}"
    assert video.rank == 1


def test_an_app_video_is_read_field_by_field() -> None:
    video = _only({"aweme_list": [app_video()]})
    assert video.platform_item_id == "7340285086081846571"
    assert (video.author_id, video.author_handle) == ("7257424779153425450", "24fitnessclub")
    assert video.hashtags == ("Fitness", "boxing🥊")
    assert _counts(video) == (9568067, 462520, 2291, 14009)
    assert video.canonical_url == "https://www.tiktok.com/@24fitnessclub/video/7340285086081846571"
    assert video.item_created_at == datetime(2024, 2, 27, 14, 16, 7, tzinfo=UTC)


def test_a_scraper_row_is_read_field_by_field() -> None:
    video = _only([scraper_video()])
    assert video.platform_item_id == "6907228749016714497"
    assert (video.author_id, video.author_handle) == ("6825540583826768902", "ninakleij")
    assert (video.audio_id, video.audio_title, video.hashtags) == ("6790057285814061057", "Element", ("fyp",))
    assert _counts(video) == (44800, 3710, 68, 50)
    assert video.canonical_url == "https://www.tiktok.com/@ninakleij/video/6907228749016714497"


def test_a_collector_row_is_read_field_by_field() -> None:
    video = _only([collector_video()])
    assert video.platform_item_id == "7611497717998669087"
    assert (video.author_id, video.author_handle) == ("7405228880490202154", "user9006061913793")
    assert (video.audio_id, video.audio_title, video.hashtags) == (
        "7611503179997481759",
        "original sound",
        ("hurricane", "weather"),
    )
    assert _counts(video) == (8300000, 459400, 2192, 63500)


def test_the_first_rows_of_the_collector_lack_ids_of_author_and_music() -> None:
    row = collector_video(hashtags=[])
    del row["author_id"], row["music_id"]
    video = _only([row])
    assert (video.author_id, video.audio_id) == (None, None)
    assert _keys(video)[0] == "phrase:hurricane_melissa_has_made"


def test_exact_counts_are_taken_before_rounded_ones() -> None:
    assert _counts(_only([web_video()])) == (1585253, 38884, 504, 2124)


def test_rounded_counts_are_taken_where_there_are_no_exact_ones() -> None:
    assert _counts(_only([web_video(statsV2={"playCount": "", "diggCount": None})])) == (1600000, 38900, 504, 2124)
    assert _counts(_only([web_video(stats=None, statsV2=None, itemInfo=None)])) == (None, None, None, None)


def test_a_count_that_is_none_at_all_is_quarantined() -> None:
    assert _reasons([web_video(stats={"playCount": "many"}, statsV2={})]) == ["bad_counter"]


def test_a_rounded_music_id_is_never_used() -> None:
    assert _only({"aweme_list": [app_video()]}).audio_id == "7340285354676800302"
    only_mid = app_video(music={"id": 7340285354676801000, "id_str": "", "mid": "7340285354676800302"})
    assert _only({"aweme_list": [only_mid]}).audio_id == "7340285354676800302"
    nothing_exact = _only({"aweme_list": [app_video(music={"id": 7340285354676801000})]})
    assert nothing_exact.audio_id is None and _keys(nothing_exact)[0] == "tiktok:#fitness"
    assert _only([web_video(music={"id": 7340285354676801000})]).audio_id is None


def test_a_rounded_video_id_is_no_id() -> None:
    assert _reasons([web_video(id=7340285354676801000)]) == ["no_id"]
    assert _reasons([web_video(id=7.340285354676801e18)]) == ["no_id"]


@pytest.mark.parametrize("audio_id", ["0", "", 0, None, [], {}])
def test_an_empty_audio_id_is_no_audio(audio_id: object) -> None:
    video = _only([web_video(music={"id": audio_id, "title": "original sound"})])
    assert video.audio_id is None
    assert _keys(video)[0] == "tiktok:#cute"


def test_the_audio_is_the_primary_key_and_hashtags_come_after_it() -> None:
    assert _keys(_only([web_video()])) == [f"tiktok:{AUDIO_ID}", "tiktok:#cute", "tiktok:#dog", "tiktok:#puppy"]


def test_phrases_are_keys_only_where_there_is_neither_audio_nor_hashtag() -> None:
    bare = {"music": None, "challenges": None, "textExtra": None}
    assert _keys(_only([web_video(**bare, desc="Blue whales sing")])) == ["phrase:blue_whales_sing"]
    assert _keys(_only([web_video(**bare, desc="Blue whales sing #sea")])) == ["tiktok:#sea"]
    assert _keys(_only([web_video(**{**bare, "music": {"id": "5"}}, desc="Blue whales sing")])) == ["tiktok:5"]


def test_a_video_with_nothing_to_be_grouped_by_is_quarantined() -> None:
    assert _reasons([web_video(music={}, challenges=[], textExtra=[], desc="")]) == ["no_cluster_key"]


def test_hashtags_are_listed_once_whatever_their_case() -> None:
    assert _only([web_video()]).hashtags == ("Cute", "dog", "puppy")


def test_a_null_cha_list_is_no_error() -> None:
    assert _only({"aweme_list": [app_video(cha_list=None)]}).hashtags == ("fitness", "boxing🥊")


def test_hashtags_come_from_the_caption_where_nothing_lists_them() -> None:
    assert _only({"aweme_list": [app_video(cha_list=None, text_extra=None)]}).hashtags == ("Fitness", "boxing🥊")
    video = web_video()
    del video["challenges"], video["textExtra"]
    assert _only([video]).hashtags == ("dog",)
    assert _only([scraper_video(hashtags=[], text="go #gym")]).hashtags == ("gym",)


def test_an_author_can_be_a_bare_handle() -> None:
    video = _only([web_video(author="someone", authorId="77")])
    assert (video.author_handle, video.author_id) == ("someone", "77")


def test_without_a_handle_there_is_no_url() -> None:
    assert _only([web_video(author={"id": "5", "uniqueId": ""})]).canonical_url is None


@pytest.mark.parametrize("name", sorted(VIDEO_PAYLOADS))
@pytest.mark.parametrize("surface_type", ["discover", "hashtag", "feed"])
def test_every_video_shape_is_read_on_every_surface_of_videos(name: str, surface_type: str) -> None:
    assert _only(VIDEO_PAYLOADS[name], surface_type).item_type == "video"


@pytest.mark.parametrize(
    "name", ["item_list", "item_struct", "item_info", "item_rows", "next_items", "next_item", "sigi", "universal"]
)
def test_the_same_video_is_the_same_item_in_every_web_shape(name: str) -> None:
    assert _only(VIDEO_PAYLOADS[name]) == _only([web_video()])


def test_the_rank_of_a_video_is_its_place() -> None:
    parsed = tiktok.parse({"itemList": [web_video(id="5"), None, web_video(id="6"), web_video(id="5")]}, "feed")
    assert [(item.platform_item_id, item.rank) for item in parsed.items] == [("5", 1), ("6", 3)]
    assert [entry.reason for entry in parsed.rejected] == ["not_an_object"]


def test_rows_of_no_known_form_are_rejected_among_known_ones() -> None:
    assert _reasons([web_video(), {"name": "x"}, "text", None], "feed") == ["foreign_kind", "not_an_object", "not_an_object"]


# Topics.


def test_a_discover_list_is_creators_hashtags_and_sounds() -> None:
    parsed = tiktok.parse(discover(), "discover")
    assert (parsed.shape, parsed.rejected) == ("discover_lists", ())
    creator, hashtag, sound = parsed.items
    assert [item.is_post for item in parsed.items] == [False, False, False]
    assert (creator.platform_item_id, _keys(creator), creator.author_handle) == (
        "creator:5831967",
        ["tiktok:@charli"],
        "Charli",
    )
    assert creator.canonical_url == "https://www.tiktok.com/@Charli"
    assert (hashtag.platform_item_id, _keys(hashtag), hashtag.view_count) == (
        "hashtag:nativetiktok",
        ["tiktok:#nativetiktok"],
        5700000000,
    )
    assert (hashtag.canonical_url, hashtag.use_count) == ("https://www.tiktok.com/tag/nativetiktok", None)
    assert (sound.platform_item_id, _keys(sound)) == ("sound:7066013250990738182", ["tiktok:7066013250990738182"])
    assert (sound.use_count, sound.audio_title, sound.view_count) == (129900, "Sopa", None)
    assert sound.canonical_url == "https://www.tiktok.com/music/x-7066013250990738182"


def test_a_creator_reports_no_counters() -> None:
    creator = tiktok.parse(discover(), "discover").items[0]
    assert (*_counts(creator), creator.use_count) == (None,) * 5


def test_an_explore_list_holds_its_cards_in_any_section() -> None:
    parsed = tiktok.parse(explore([sound_card()], [], [hashtag_card(), creator_card()]), "discover")
    assert parsed.shape == "explore_list"
    assert [(item.item_type, item.rank) for item in parsed.items] == [("sound", 1), ("hashtag", 1), ("creator", 2)]
    assert [item.use_count or item.view_count for item in parsed.items] == [3412345, 158400000000, None]


def test_a_topic_is_the_same_item_in_both_discover_shapes() -> None:
    old = {item.platform_item_id: _keys(item) for item in tiktok.parse(discover(), "discover").items}
    new = {item.platform_item_id: _keys(item) for item in tiktok.parse(SOUND_PAYLOADS["explore"], "discover").items}
    assert old == new


def test_ids_of_different_item_types_differ_even_when_the_numbers_are_the_same() -> None:
    payload = {"user": [{"userId": "5", "id": "@a"}], "hashtag": [{"name": "5"}], "music": [{"musicId": "5"}]}
    assert [item.platform_item_id for item in tiktok.parse(payload, "discover").items] == ["creator:5", "hashtag:5", "sound:5"]


def test_a_text_count_is_taken_only_where_there_is_no_exact_one() -> None:
    assert _only(explore([sound_card()])).use_count == 3412345
    assert _only(explore([sound_card(extraInfo={"musicId": "5"})])).use_count == 3400000
    assert _only(explore([hashtag_card(extraInfo={})])).view_count == 158400000000
    assert _only(explore([sound_card(extraInfo={}, subTitle="")])).use_count is None


@pytest.mark.parametrize("kind", ["1", 1])
def test_the_type_of_a_card_is_a_number_or_its_digits(kind: object) -> None:
    assert _only(explore([sound_card(type=kind)])).item_type == "sound"


@pytest.mark.parametrize("kind", [4, "x", None, True, [1]])
def test_a_card_of_another_type_is_foreign(kind: object) -> None:
    assert _reasons(explore([card(kind, id="5"), sound_card()])) == ["foreign_kind"]


def test_entries_that_are_no_cards_are_rejected() -> None:
    assert _reasons(explore([None, 5, {"cardItem": "x"}, {"other": 1}])) == [
        "not_an_object",
        "not_an_object",
        "not_an_object",
        "foreign_kind",
    ]


@pytest.mark.parametrize("audio_id", ["0", "", None, 7340285354676801000])
def test_a_sound_needs_an_exact_id(audio_id: object) -> None:
    assert _reasons({"music": [{"musicId": audio_id, "musicInfo": {"title": "x"}}]}) == ["no_id"]


def test_a_creator_without_a_handle_is_quarantined() -> None:
    assert _reasons({"user": [{"userId": "5", "id": "@"}]}) == ["no_cluster_key"]


def test_a_hashtag_is_one_item_however_its_name_is_written() -> None:
    names = ["#Summer", "summer", "＃SUMMER", "sum\u200bmer"]
    assert len({_only({"hashtag": [{"name": name}]}).platform_item_id for name in names}) == 1


def test_the_page_id_of_a_sound_in_creative_center_is_the_clip_id() -> None:
    sound = _only({"sound_list": [sound_row()]}, "trending_sounds")
    assert (sound.platform_item_id, sound.rank, sound.use_count) == ("sound:6590963034687031301", 4, None)
    assert sound.canonical_url == sound.raw["link"]


@pytest.mark.parametrize("name", sorted(HASHTAG_PAYLOADS))
def test_the_videos_of_a_period_are_a_gauge_and_no_total(name: str) -> None:
    """They were once taken for totals: what fell out of the last seven days looked like no growth, what came in like growth."""
    hashtag = _only(HASHTAG_PAYLOADS[name], "creative_center_hashtags")
    assert (hashtag.platform_item_id, hashtag.rank, hashtag.gauge) == ("hashtag:summer", 1, 2886791)
    assert (hashtag.view_count, hashtag.use_count, hashtag.volume_24h) == (None, None, None)
    assert _keys(hashtag) == ["tiktok:#summer"]


@pytest.mark.parametrize(("payload", "name"), [(sound_row(), "trend"), (hashtag_row(trend=[1]), "trend")])
def test_the_course_of_the_period_is_kept(payload: dict[str, Any], name: str) -> None:
    assert _only([payload]).raw[name] == payload[name]
    assert _only(chart(chart_item())).raw["popularityCurve"] == [{"timestamp": "1758326400", "value": 63.03}]


@pytest.mark.parametrize(
    ("count", "gauge"), [("7", 7), (7, 7), ("1,299", 1299), ("1\u202f299", 1299), ("7K", 7000), (None, None)]
)
def test_the_videos_of_a_chart_can_be_text_or_missing(count: object, gauge: int | None) -> None:
    assert _only(chart(chart_item(publishCnt=count))).gauge == gauge


@pytest.mark.parametrize("count", ["many", "1.5", -1, 10**16])
def test_a_count_of_a_chart_that_is_none_is_quarantined(count: object) -> None:
    assert _reasons(chart(chart_item(publishCnt=count))) == ["bad_counter"]


@pytest.mark.parametrize("clip", [2**53 + 2, "", None, "0", 1.5, []])
def test_a_song_of_a_chart_needs_an_exact_id(clip: object) -> None:
    """The other one, of the song, is no sound's."""
    assert _reasons({"sound_list": [sound_row(clip_id=clip)]}) == ["no_id"]


@pytest.mark.parametrize("name", ["", "#", None, 5, "\u200b"])
def test_a_hashtag_without_a_name_is_quarantined(name: object) -> None:
    assert _reasons(chart(chart_item(hashtagName=name))) == ["no_id"]


@pytest.mark.parametrize("name", ["قهوة_عربية", "猫のいる暮らし", "boxing🥊", "x" * 200])
def test_a_hashtag_of_a_chart_is_of_any_script(name: str) -> None:
    assert _keys(_only(chart(chart_item(hashtagName=name)))) == [f"tiktok:#{name}"]


@pytest.mark.parametrize(
    "payload", [chart(chart_item(isPromoted=True)), [hashtag_row(is_promoted=True)], {"sound_list": [sound_row(promoted=True)]}]
)
def test_what_is_promoted_is_set_aside(payload: object) -> None:
    assert _reasons(payload) == ["promoted"]


def test_a_chart_is_of_hashtags_or_of_songs() -> None:
    both = {"user": [], **discover()}
    assert {item.item_type for item in tiktok.parse(both, "creative_center_songs").items} == {"sound"}
    assert "a chart of songs" in _problem(chart(chart_item()), "creative_center_songs")
    assert "a chart of hashtags" in _problem({"sound_list": [sound_row()]}, "creative_center_hashtags")


def test_the_hashtags_that_a_page_of_creative_center_links_to_have_no_counts() -> None:
    links = """<a href="/business/creativecenter/hashtag/golive/pc/en?countryCode=US">#golive</a><a href="/tag/other">#other</a>
    <a href="https://ads.tiktok.com/business/creativecenter/hashtag/%E7%8C%AB">1</a><a href="/business/">All</a>"""
    parsed = tiktok.parse(links, "creative_center_hashtags")
    assert [(item.platform_item_id, item.gauge, item.rank) for item in parsed.items] == [
        ("hashtag:golive", None, 1), ("hashtag:猫", None, 2),
    ]  # fmt: skip
    assert judge(parsed)[0] == "partial"


def test_a_rank_that_is_no_number_is_replaced_by_the_place() -> None:
    assert _only([hashtag_row(rank="first")]).rank == 1


def test_a_list_that_is_no_list_is_rejected_beside_good_ones() -> None:
    payload = {**discover(), "hashtag": "moved"}
    assert _reasons(payload) == ["not_an_object"]
    assert len(tiktok.parse(payload, "discover").items) == 2


# Surfaces.


@pytest.mark.parametrize("name", sorted(SOUND_PAYLOADS))
def test_trending_sounds_takes_the_sounds_and_leaves_the_rest(name: str) -> None:
    assert _only(SOUND_PAYLOADS[name], "trending_sounds").item_type == "sound"


@pytest.mark.parametrize("payload", [*VIDEO_PAYLOADS.values(), *HASHTAG_PAYLOADS.values(), {"user": [], "hashtag": []}])
def test_a_shape_without_sounds_is_no_payload_of_trending_sounds(payload: object) -> None:
    assert "expected" in _problem(payload, "trending_sounds")


@pytest.mark.parametrize("surface_type", ["hashtag", "feed"])
@pytest.mark.parametrize("name", sorted({**SOUND_PAYLOADS, **HASHTAG_PAYLOADS}))
def test_a_list_of_topics_is_no_payload_of_a_video_surface(name: str, surface_type: str) -> None:
    assert "videos" in _problem(EVERY_PAYLOAD[name], surface_type)


@pytest.mark.parametrize("name", sorted(EVERY_PAYLOAD))
def test_discover_takes_every_shape(name: str) -> None:
    assert tiktok.parse(EVERY_PAYLOAD[name], "discover").items


# Empty and failed answers.


@pytest.mark.parametrize(
    "payload",
    [
        [],
        {"itemList": []},
        {"statusCode": 0, "status_code": 0, "itemList": []},
        {"aweme_list": []},
        {"user": [], "hashtag": [], "music": []},
        {"statusCode": 0, "body": []},
        explore([]),
        {"sound_list": []},
        {"code": 0, "data": {"sound_list": []}},
        {"code": 0, "data": {"list": []}},
        {"code": 0, "msg": "OK", "data": {"list": []}},
        chart(),
        next_page(items=[]),
        sigi_page({}),
    ],
)
def test_an_empty_list_is_a_recognized_shape(payload: object) -> None:
    parsed = tiktok.parse(payload, "discover")
    assert parsed == Parsed(parsed.shape, (), ()) and parsed.shape


@pytest.mark.parametrize(
    "payload",
    [
        {"statusCode": 10201, "itemList": []},
        {"status_code": 2483, "aweme_list": []},
        {"code": 40101, "msg": "no permission", "data": {"sound_list": []}},
        {"code": 40101, "msg": "no permission"},
        {"BaseResp": {"StatusCode": 40101, "StatusMessage": "no permission"}},
        {**chart(), "BaseResp": {"StatusCode": 5}},
        {"statusCode": "10000", "body": []},
    ],
)
def test_a_failed_read_is_not_an_empty_one(payload: object) -> None:
    assert "status" in _problem(payload)


@pytest.mark.parametrize("data", [None, {}, {"list": []}, {"sound_list": []}])
def test_a_chart_that_has_ended_says_so_with_a_status_of_zero(data: object) -> None:
    """Charts are reported to answer like this since 2026."""
    payload = {"code": 0, "msg": "deprecated", "data": data}
    assert _problem(payload) == "TikTok answered with status 'deprecated' and no entries"


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "<html><body>Please wait...</body></html>",
        {"aweme_list": None},
        {"itemList": None},
        {"body": [{"pageState": {}}]},
        {"code": 0, "data": {"list": [{"other": 1}]}},
        {"itemInfo": {}, "statusCode": 10204},
        {"music": {"id": "5"}},
        page("__NEXT_DATA__", {"props": {}}),
        router_page(),
        {"code": 0, "msg": "OK", "data": {}},
        {"BaseResp": {"StatusCode": 0}},
        {"items": []},
        page("__UNIVERSAL_DATA_FOR_REHYDRATION__", {"__DEFAULT_SCOPE__": {"webapp.user-detail": {}}}),
        universal_page({"statusCode": 10204}),
        '<script id="__NEXT_DATA__">{"props": ',
        '<script id="__NEXT_DATA__"',
        '<script id="__NEXT_DATA__">{broken}</script>',
        '<script id="__NEXT_DATA__">' + "[" * 100_000 + "</script>",
    ],
)
def test_what_is_no_list_is_a_problem(payload: object) -> None:
    assert "found" in _problem(payload)


def test_the_newest_state_of_a_page_is_taken_and_broken_ones_are_passed_over() -> None:
    broken = page("__UNIVERSAL_DATA_FOR_REHYDRATION__", {"__DEFAULT_SCOPE__": {}})
    assert tiktok.parse(broken + sigi_page({VIDEO_ID: web_video()}), "feed").shape == "sigi_state_page"


# What a page links to, when it has nothing else.

LINKS = """<a href="/explore">Explore</a>
<a href="/@some.one/video/7340000000000000001?lang=en"><img alt="short"></a>
<a href="https://www.tiktok.com/@some.one/video/7340000000000000001">So much #Marketing in one &lt;b&gt;</a>
<a href="https://elsewhere.example/@x/video/7340000000000000002">#other</a><a href="/@x/video/7340000000000000003x">#no</a>
<a href="/@%F0%9F%98%80/video/7340000000000000004">#second</a>
<a href="/music/First-Class-7063948643480488709"></a><a href="/music/7063948643480488710">Another</a>"""


def test_the_videos_that_a_page_links_to_are_read_without_counts() -> None:
    parsed = tiktok.parse(LINKS, "hashtag")
    assert (parsed.shape, parsed.rejected) == ("page_links", ())
    first, second = parsed.items
    assert (first.platform_item_id, first.author_handle, first.rank) == ("7340000000000000001", "some.one", 1)
    assert (first.text_content, first.hashtags) == ("So much #Marketing in one <b>", ("Marketing",))
    assert (first.view_count, first.canonical_url) == (None, "https://www.tiktok.com/@some.one/video/7340000000000000001")
    assert (second.author_handle, second.rank) == ("😀", 2)


def test_the_sounds_that_a_page_links_to_are_read_without_counts() -> None:
    sounds = tiktok.parse(LINKS, "trending_sounds").items
    assert [(sound.platform_item_id, sound.audio_title) for sound in sounds] == [
        ("sound:7063948643480488709", "First Class"), ("sound:7063948643480488710", "Another"),
    ]  # fmt: skip


def test_a_run_that_read_links_only_is_partial_and_says_so() -> None:
    assert judge(tiktok.parse(LINKS, "discover")) == (
        "partial", "TikTok's lists could not be read; what its page links to has no counts",
    )  # fmt: skip


def test_state_comes_before_links() -> None:
    assert tiktok.parse(LINKS + sigi_page({VIDEO_ID: web_video()}), "feed").shape == "sigi_state_page"


def test_a_page_may_quote_its_attributes_either_way() -> None:
    assert (
        _only(next_page(items=[web_video()]).replace('id="__NEXT_DATA__"', "id='__NEXT_DATA__'")).platform_item_id == VIDEO_ID
    )


def test_a_lone_surrogate_in_a_handle_is_no_error() -> None:
    video: Any = web_video(author={"uniqueId": "a\ud800"})
    assert _only([video]).canonical_url == f"https://www.tiktok.com/@a%3F/video/{VIDEO_ID}"
