"""Every recording beside the repository is of a surface, or says why of none. Skipped where they are not at hand.

What exactly is in each is tested beside its platform, and of histories in `test_archive_recordings`.
"""

from pathlib import Path

import pytest

from trend_assets.capture.archive import parse_file
from trend_assets.capture.items import Item
from trend_assets.capture.platforms import PLATFORMS, Platform
from trend_assets.errors import PayloadError
from trend_assets_tests.capture.recordings import HISTORIES

DOCUMENT = "a description, no recording"
TRUTH = "what is known of the past, to judge detectors by; no platform shows it"
NO_LIST = "one entry, figures of one topic or of a year, names of categories, or a number: no list of what trends now"
GONE = "a list of all countries at once, which Google has ended"
EMPTY = "what a bot wrote after its API had died"
OTHER_SERVICE = "an answer of a service that shows no trends"

OF_HISTORIES = {
    "tiktok/discover_hourly_t_2022-03-24_2022-04-24.jsonl.gz": 34_829,
    "tiktok/discover_exploreList_www_6hourly_2024-03-29_2024-04-30.jsonl.gz": 5_350,
    "tiktok/aweme_feed_snapshots_2024-03-29_2024-04-30.jsonl.gz": 126,
    "tiktok/trending_collector_history_2026-03.jsonl.gz": 68,
    "weibo/hot_search_hourly_2024-12-01_2024-12-21.jsonl.gz": 23_306,
    "hackernews/frontpage_15min_2025-04-28_2025-05-18.csv.gz": 51_716,
    "x/trends_place_3x_daily_2021-09-01_2021-09-25.csv.gz": 33_171,
    "youtube/trending_daily_default_music_2025-03-01_2025-05-18.csv.gz": 8_738,
    "youtube/USvideos_2017-2018_subset.csv.gz": 13_210,
}
"""A history → how many items its payloads hold at least."""
RECORDINGS: dict[str, tuple[str, str, int] | str] = {
    **{name: (*where, OF_HISTORIES[name]) for name, where in HISTORIES.items()},
    "FIELDS.md": DOCUMENT,
    "SOURCES.md": DOCUMENT,
    "google_trends/hottrends_all_countries_2023-03-26.json": GONE,
    "google_trends/interest_over_time_2023-03-26.raw.json": NO_LIST,
    "google_trends/realtimetrends_US_2023-03-26.raw.json": ("google_trends", "trending_now", 111),
    "google_trends/relatedqueries_rising_2023-03-26.raw.json": NO_LIST,
    "google_trends/rss_derived_IN_daily_2025-12-25_2025-12-30.jsonl": ("google_trends", "rss", 60),
    "google_trends/topcharts_2023-03-26.raw.json": NO_LIST,
    "google_trends/trending_now_export_IN_2026-01-01.csv": ("google_trends", "trending_now", 254),
    "ground_truth/gnip_scotus_hourly_2014.csv": TRUTH,
    "ground_truth/nab_Twitter_volume_AAPL.csv.gz": TRUTH,
    "ground_truth/nab_Twitter_volume_AMZN.csv.gz": TRUTH,
    "ground_truth/nab_Twitter_volume_CRM.csv.gz": TRUTH,
    "ground_truth/nab_Twitter_volume_CVS.csv.gz": TRUTH,
    "ground_truth/nab_Twitter_volume_FB.csv.gz": TRUTH,
    "ground_truth/nab_labels.json": TRUTH,
    "ground_truth/snap_TwtHtag_1000x128h.txt.gz": TRUTH,
    "ground_truth/ted_BrexitVote_keywords.jsonl": TRUTH,
    "ground_truth/ted_BrexitVote_windows_tweet_ids.jsonl.gz": TRUTH,
    "hubspot/objects_batch_create_docs_example.json": OTHER_SERVICE,
    "instagram/clip_licensed_music_trimmed_2026-04.json": NO_LIST,
    "instagram/graph_api_hashtag_recent_medias_p1.json": ("instagram", "hashtag", 0),
    "instagram/graph_api_hashtag_recent_medias_p2.json": ("instagram", "hashtag", 0),
    "instagram/graph_api_hashtag_search.json": NO_LIST,
    "instagram/graph_api_hashtag_top_medias_p1.json": ("instagram", "hashtag", 23),
    "instagram/graph_api_hashtags_info.json": NO_LIST,
    "instagram/hashtag_graphql_paris_2021-01-30.json": ("instagram", "hashtag", 41),
    "instagram/hashtag_sections_cocacola_2021-10-19.json": ("instagram", "hashtag", 32),
    "instagram/reels_clips_user_2021-06.json": ("instagram", "explore_reels", 12),
    "patreon/api_posts_campaign_bbj_page1_2019-01.json": OTHER_SERVICE,
    "patreon/api_posts_campaign_hp_page1_2019-01.json": OTHER_SERVICE,
    "patreon/api_posts_campaign_hp_page2_2019-01.json": OTHER_SERVICE,
    "patreon/api_posts_campaign_om_page1_2019-01.json": OTHER_SERVICE,
    "perplexity/chat_completions_sonar-deep-research_2025-07-29_cut.json": OTHER_SERVICE,
    "pinterest/openapi_v5_trends_subset.json": DOCUMENT,
    "reddit/domain_rising_empty_2016-11-16.json": ("reddit", "rising", 0),
    "reddit/front_hot_2016-03-01.json": ("reddit", "hot", 100),
    "reddit/multi_rising_2016-07-17.json": ("reddit", "rising", 16),
    "reddit/r_askreddit_rising_2016-03-12.json": ("reddit", "rising", 100),
    "reddit/r_popular_hot_2026-04-13.json": ("reddit", "popular", 100),
    "reddit/top1000_marketing_2013-08.csv.gz": ("reddit", "top", 1_000),
    "reddit/top1000_socialmedia_2013-08.csv.gz": ("reddit", "top", 1_000),
    "reddit/top1000_technology_2013-08.csv.gz": ("reddit", "top", 1_000),
    "tiktok/api_item_list_sample_2024-12-16.json": ("tiktok", "feed", 1),
    "tiktok/creative_center/hashtag_actor_output_QA_7d_2025-09.json": ("tiktok", "creative_center_hashtags", 1),
    "tiktok/creative_center/hashtag_list_US_120d_2025-06.json": ("tiktok", "creative_center_hashtags", 1),
    "tiktok/creative_center/song_actor_output_QA_7d_2025-09.json": ("tiktok", "creative_center_songs", 1),
    "tiktok/item_list_trending_2021-08-09.json": ("tiktok", "feed", 10),
    "tiktok/raw_discover_exploreList_www_20240330.json": ("tiktok", "discover", 45),
    "tiktok/raw_discover_t_20220411_sample.json": ("tiktok", "discover", 50),
    "tiktok/raw_userMeta_page_NEXT_DATA_2021-01.html": ("tiktok", "feed", 4),
    "tiktok/raw_videoMeta_page_NEXT_DATA_2020-10.html": ("tiktok", "feed", 1),
    "tiktok/tiktok_scraper_trending_2020-12_1000.jsonl.gz": ("tiktok", "feed", 1_000),
    "weibo/raw_hour_2024-12-18T12.json": ("weibo", "hot_search", 49),
    "x/explore_guide_trends_2025-03-07_5488037.json": ("x", "trending", 7),
    "x/explore_guide_trends_2026-07-21_8ce44e4.json": ("x", "trending", 5),
    "x/raw_trends_place_snapshot_2021-09-17T0623.csv": ("x", "trends_place", 447),
    "x/raw_trends_place_snapshot_empty_2021-09-26+.csv": EMPTY,
    "x/search_timeline_tweets_raw_2026.json.gz": ("x", "search", 20),
    "x/v1_1_get_trends_current.json": ("x", "trending", 50),
    "x/v1_1_get_trends_woeid.json": ("x", "trending", 50),
    "youtube/raw_trending_default_20250411.csv.gz": ("youtube", "trending", 92),
    "youtube/videoCategories_list_by_region.json": NO_LIST,
    "youtube/videos_list_by_id_multi.json": ("youtube", "most_popular", 2),
    "youtube/videos_list_mostPopular_page1_2019-12.json": ("youtube", "most_popular", 5),
    "youtube/videos_list_mostPopular_page2_2019-12.json": ("youtube", "most_popular", 3),
}
"""File → platform, surface type and how many items its payloads hold at least (none where no caption says
anything, or the list is empty); or why there is no surface."""
OF_A_SURFACE = [(name, *where) for name, where in RECORDINGS.items() if isinstance(where, tuple)]
OF_NONE = [name for name, where in RECORDINGS.items() if isinstance(where, str)]


def test_the_table_knows_every_recording_and_no_other(shared_data: Path) -> None:
    files = {path.relative_to(shared_data).as_posix() for path in shared_data.rglob("*") if path.is_file()}
    assert files == RECORDINGS.keys()


@pytest.mark.parametrize(("name", "platform", "surface_type", "least"), OF_A_SURFACE)
def test_the_parser_of_its_surface_finds_the_items_of_a_recording(
    shared_data: Path, name: str, platform: str, surface_type: str, least: int
) -> None:
    found = list(parse_file(shared_data / name, platform, surface_type, PLATFORMS[platform].parse))
    assert found and all(parsed.shape for parsed in found)
    assert sum(len(parsed.items) for parsed in found) >= least


@pytest.mark.parametrize("name", OF_NONE)
def test_no_surface_of_its_platform_finds_items_in_what_is_of_none(shared_data: Path, name: str) -> None:
    platform = PLATFORMS.get(name.partition("/")[0])
    assert (platform is not None) == ("/" in name and RECORDINGS[name] not in (OTHER_SERVICE, TRUTH))
    if platform:
        assert not any(items_of(shared_data / name, platform, surface_type) for surface_type in platform.SURFACE_TYPES)


def items_of(path: Path, platform: Platform, surface_type: str) -> list[Item]:
    try:
        return [item for parsed in parse_file(path, platform.PLATFORM, surface_type, platform.parse) for item in parsed.items]
    except PayloadError:
        return []
