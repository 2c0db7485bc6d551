import hashlib
import json
from pathlib import Path

from trend_assets_tests.capture.archive_files import (
    all_items,
    all_rejected,
    keys,
    snapshots,
    utc,
    write,
    write_csv,
    write_lines,
)

X_HEADER = "snapshot,rank,name,promoted_content,tweet_volume,location,country,as_of,created_at"
X_RAW_HEADER = ",name,url,promoted_content,query,tweet_volume,location,country,as_of,created_at"
YOUTUBE_HEADER = (
    "capture_date,category,rank,videoId,title,channelName,channelId,verified,publishedText,publishedDate,"
    "viewsText,views,duration,isShort,creatorOnRise,description"
)
YOUTUBE_RAW_HEADER = (
    "title,description,videoId,thumbnails,channelName,channelId,channelUrl,verified,publishedText,"
    "publishedDate,viewsText,views,videoUrl,duration,durationText,isShort"
)
US_HEADER = (
    "trending_date,title,channel_title,category_id,publish_time,views,likes,dislikes,comment_count,"
    "comments_disabled,ratings_disabled,video_error_or_removed"
)
REDDIT_HEADER = (
    "created_utc,score,domain,id,title,ups,downs,num_comments,permalink,selftext,link_flair_text,over_18,"
    "thumbnail,subreddit_id,edited,link_flair_css_class,author_flair_css_class,is_self,name,url,distinguished"
)
HN_HEADER = "scraped_at,id,rank,title,url,points,comments"


def youtube_row(day: str, category: str, rank: int, video: str, title: str = "Shrek 5 Cast Announcement") -> list[object]:
    published = "2025-02-27T20:00:07.957Z"
    row = [day, category, rank, video, title, "Universal", "UCq", "True", "2 days ago", published]
    return [*row, "8,435,724 views", 8435724, 28, "False", "", "text"]


def reddit_row(created: str, identity: str, flair: str = "", score: int = 169) -> list[object]:
    link = f"http://www.reddit.com/r/Marketing/comments/{identity}/plan/"
    row = [created, score, "self.marketing", identity, "Interview with Tim &amp; Neil Strauss", 208, 39, 85, link, "", flair]
    return [*row, "False", "", "t5_2qhmg", "False", "", "", "True", f"t3_{identity}", link, ""]


def test_a_weibo_hour_in_china_is_stored_in_utc_with_its_counters(tmp_path: Path) -> None:
    topic = {
        "rank": 3,
        "title": "微观链博会",
        "hot": 525083,
        "ads": False,
        "readCount": 65341000,
        "discussCount": 3154,
        "origin": 246,
    }
    line = {"hour_local": "2024-12-01T00:00+08:00", "path": "api/2024-12-01/00.json", "items": [topic]}
    found = snapshots(write_lines(tmp_path / "hours.jsonl.gz", line), "weibo", "hot_search")
    item = found[0].parsed.items[0]
    assert (found[0].captured_at, found[0].surface_key) == (utc("2024-11-30T16:00"), "")
    assert (item.platform_item_id, item.item_type, item.is_post, item.rank) == ("topic:微观链博会", "topic", False, 3)
    assert (item.view_count, item.comment_count, item.gauge, item.use_count) == (65341000, 3154, 525083, None)
    assert keys(item) == ["phrase:微观链博会"]


def test_a_weibo_advertisement_is_no_topic_and_not_lost(tmp_path: Path) -> None:
    advert = {"rank": 4, "title": "新车上市", "hot": 9, "ads": True}
    line = {"hour_local": "2024-12-01T00:00+08:00", "items": [advert, {"rank": 1, "title": "周密", "hot": 5, "ads": False}]}
    found = snapshots(write_lines(tmp_path / "hours.jsonl", line), "weibo", "hot_search")
    assert [item.text_content for item in all_items(found)] == ["周密"]
    assert [(entry.reason, entry.raw) for entry in all_rejected(found)] == [("promoted", advert)]


def test_an_untouched_weibo_hour_takes_its_time_from_the_file_name(tmp_path: Path) -> None:
    rows = [{"title": "甲", "hot": 2, "ads": True}, {"title": "乙", "hot": 1, "ads": False, "readCount": 7}]
    path = write(tmp_path / "raw_hour_2024-12-18T12.json", json.dumps(rows, indent=2))
    found = snapshots(path, "weibo", "hot_search")
    assert [snapshot.captured_at for snapshot in found] == [utc("2024-12-18T04:00")]
    assert [(item.text_content, item.rank, item.view_count) for item in all_items(found)] == [("乙", 1, 7)]


def test_a_hacker_news_list_is_one_snapshot_of_posts(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "hn.csv",
        HN_HEADER,
        ["2025-04-28T21:03:26Z", 43819791, 2, "Widespread power outage in Spain and Portugal", "https://bbc.com/x", 974, 777],
        ["2025-04-28T21:03:26Z", "", "", "", "", "", ""],
        ["2025-04-28T20:50:04Z", 43820228, 1, "Show HN: hardware processor for Python", "item?id=1", "1,000", 211],
    )
    found = snapshots(path, "hackernews", "front_page")
    assert [snapshot.captured_at for snapshot in found] == [utc("2025-04-28T21:03:26"), utc("2025-04-28T20:50:04")]
    first, second = all_items(found)
    assert (first.platform_item_id, first.is_post, first.rank, first.author_id) == ("43819791", True, 2, None)
    assert (first.like_count, first.comment_count, second.like_count) == (974, 777, 1000)
    assert first.canonical_url == "https://news.ycombinator.com/item?id=43819791"
    assert keys(first)[0] == "phrase:widespread_power_outage"
    assert [entry.reason for entry in all_rejected(found)] == ["no_id"]


def test_the_rows_of_one_x_snapshot_are_one_run_per_place_with_ranks_of_their_own(tmp_path: Path) -> None:
    times = ["2021-09-01T00:52:07Z", "2021-08-25T01:56:14Z"]
    path = write_csv(
        tmp_path / "x.csv.gz",
        X_HEADER,
        ["2021-09-01T0622", 0, "Jungkook", "", "2546400.0", "India", "IN", *times],
        ["2021-09-01T0622", 1, "#GoldenArtistJKDay", "", "500666.0", "India", "IN", *times],
        ["2021-09-01T0622", 50, "Buy this", "promoted", "", "Mumbai", "IN", "2021-09-01T00:52:09Z", times[1]],
        ["2021-09-01T0622", 51, "Jungkook", "", "", "Mumbai", "IN", "2021-09-01T00:52:09Z", times[1]],
    )
    found = snapshots(path, "x", "trends_place")
    assert [(snapshot.captured_at, snapshot.surface_key) for snapshot in found] == [
        (utc("2021-09-01T00:52"), "India"),
        (utc("2021-09-01T00:52"), "Mumbai"),
    ]
    assert [(item.platform_item_id, item.rank, item.volume_24h) for item in all_items(found)] == [
        ("topic:jungkook", 1, 2546400),
        ("topic:#goldenartistjkday", 2, 500666),
        ("topic:jungkook", 1, None),
    ]
    assert [keys(item) for item in all_items(found)][:2] == [["phrase:jungkook"], ["x:#goldenartistjkday"]]
    assert all_items(found)[1].hashtags == ("GoldenArtistJKDay",)
    assert [entry.reason for entry in all_rejected(found)] == ["promoted"]


def test_an_untouched_x_file_takes_its_local_time_from_its_name(tmp_path: Path) -> None:
    row = [0, "#A", "http://twitter.com/search?q=%23A", "", "%23A", "81127.0", "India", "IN", "2021-09-17T00:53:50Z", ""]
    path = write_csv(tmp_path / "raw_trends_place_snapshot_2021-09-17T0623.csv", X_RAW_HEADER, row)
    found = snapshots(path, "x", "trends_place")
    assert [(snapshot.captured_at, snapshot.surface_key) for snapshot in found] == [(utc("2021-09-17T00:53"), "India")]
    assert found[0].parsed.items[0].canonical_url == "http://twitter.com/search?q=%23A"


def test_a_youtube_day_is_captured_at_twenty_hours_utc_for_each_category(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "yt.csv",
        YOUTUBE_HEADER,
        youtube_row("2025-03-01", "default", 1, "KbiwL74KyJQ"),
        youtube_row("2025-03-01", "default", 2, "KbiwL74KyJQ"),
        youtube_row("2025-03-01", "music", 1, "7pxbGjvcdyY"),
    )
    found = snapshots(path, "youtube", "trending")
    assert [(snapshot.captured_at, snapshot.surface_key, len(snapshot.parsed.items)) for snapshot in found] == [
        (utc("2025-03-01T20:00"), "default", 1),
        (utc("2025-03-01T20:00"), "music", 1),
    ]
    item = all_items(found)[0]
    assert (item.platform_item_id, item.rank, item.view_count) == ("KbiwL74KyJQ", 1, 8435724)
    assert (item.author_id, item.author_handle, item.is_post) == ("UCq", "Universal", True)
    assert item.canonical_url == "https://www.youtube.com/watch?v=KbiwL74KyJQ"
    assert item.item_created_at == utc("2025-02-27T20:00:07.957")
    assert keys(item) == ["phrase:shrek_5_cast_announcement"]


def test_an_untouched_youtube_day_takes_day_and_category_from_its_name(tmp_path: Path) -> None:
    row = ["Ken Carson - Off The Meter", "", "SWG", "[]", "Ken Carson", "UCt", "https://c", "False", "15 hours ago"]
    row += ["2025-04-11T05:00:07.820Z", "643,542 views", "643542", "https://v", "220", "3:40", "False"]
    found = snapshots(
        write_csv(tmp_path / "raw_trending_default_20250411.csv.gz", YOUTUBE_RAW_HEADER, row), "youtube", "trending"
    )
    assert [(snapshot.captured_at, snapshot.surface_key) for snapshot in found] == [(utc("2025-04-11T20:00"), "default")]
    assert [(item.platform_item_id, item.rank) for item in all_items(found)] == [("SWG", 1)]


def test_a_2017_trending_date_is_year_day_month_and_the_id_is_made_of_three_columns(tmp_path: Path) -> None:
    row = ["17.14.11", "TALK ABOUT OUR MARRIAGE", "CaseyNeistat", 22, "2017-11-13T17:13:01.000Z"]
    row += [748374, 57527, 2966, 15954, "FALSE", "FALSE", "FALSE"]
    again = ["17.15.11", *row[1:5], 800000, *row[6:]]
    found = snapshots(write_csv(tmp_path / "USvideos.csv", US_HEADER, row, again), "youtube", "trending")
    assert [snapshot.captured_at for snapshot in found] == [utc("2017-11-14T12:00"), utc("2017-11-15T12:00")]
    first, second = all_items(found)
    parts = b"TALK ABOUT OUR MARRIAGE\x1fCaseyNeistat\x1f2017-11-13T17:13:01.000Z"
    assert first.platform_item_id == second.platform_item_id == hashlib.sha1(parts).hexdigest()
    assert (first.view_count, first.like_count, first.comment_count, first.rank) == (748374, 57527, 15954, None)
    assert (first.author_handle, first.item_created_at) == ("CaseyNeistat", utc("2017-11-13T17:13:01"))


def test_a_composite_id_needs_all_its_parts(tmp_path: Path) -> None:
    row = ["17.14.11", "A TITLE OF WORDS", "", 22, "2017-11-13T17:13:01.000Z", 7, 5, 2, 1, "FALSE", "FALSE", "FALSE"]
    found = snapshots(write_csv(tmp_path / "USvideos.csv", US_HEADER, row), "youtube", "trending")
    assert [entry.reason for entry in all_rejected(found)] == ["no_id"]


def test_a_reddit_post_is_seen_when_it_was_posted_and_belongs_to_its_flair(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "top.csv",
        REDDIT_HEADER,
        reddit_row("1365525939.0", "1bzygs"),
        reddit_row("1354204805.0", "2b", "Verified", -3),
    )
    found = snapshots(path, "reddit", "top")
    assert [snapshot.captured_at for snapshot in found] == [utc("2013-04-09T16:45:39"), utc("2012-11-29T16:00:05")]
    plain, flaired = all_items(found)
    assert (plain.platform_item_id, plain.like_count, plain.comment_count) == ("t3_1bzygs", 169, 85)
    assert (plain.text_content, plain.item_created_at) == ("Interview with Tim & Neil Strauss", utc("2013-04-09T16:45:39"))
    assert plain.canonical_url == "http://www.reddit.com/r/Marketing/comments/1bzygs/plan/"
    assert keys(plain)[0] == "reddit:r/marketing"
    assert (keys(flaired)[0], flaired.like_count) == ("reddit:r/marketing|verified", -3)


def test_scraped_tiktok_rows_of_one_time_reach_the_platform_as_one_list(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "rows.jsonl",
        *(
            {"id": str(n), "createTime": second, "authorMeta": {}, "musicMeta": {}}
            for n, second in ((1, 1608214517), (2, 1608214517), (3, 1600819763))
        ),
    )
    found = snapshots(path, "tiktok", "feed")
    assert [(snapshot.captured_at, len(snapshot.parsed.items)) for snapshot in found] == [
        (utc("2020-12-17T14:15:17"), 2),
        (utc("2020-09-23T00:09:23"), 1),
    ]


def test_a_tiktok_collectors_runs_are_told_apart_by_their_time(tmp_path: Path) -> None:
    rows = [{"collected_at_utc": f"2026-03-0{day}T20:42:30Z", "video_id": "1", "create_time": 1767917439} for day in (7, 7, 8)]
    found = snapshots(write_lines(tmp_path / "history.jsonl", *rows), "tiktok", "feed")
    assert [snapshot.captured_at for snapshot in found] == [utc("2026-03-07T20:42:30"), utc("2026-03-08T20:42:30")]


def test_each_payload_line_is_a_snapshot_even_at_the_same_time(tmp_path: Path) -> None:
    line = {"captured_at": "2022-03-24T20:40:04Z", "commit": "0", "payload": {"hashtag": [], "music": [], "tags": ["a", "b"]}}
    found = snapshots(write_lines(tmp_path / "t.jsonl.gz", line, line), "tiktok", "discover")
    assert [(snapshot.captured_at, len(snapshot.parsed.items)) for snapshot in found] == [(utc("2022-03-24T20:40:04"), 2)] * 2
