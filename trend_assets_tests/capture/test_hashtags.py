"""Hashtags in captions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.capture.hashtags import distinct_hashtags, hashtags_in
from trend_assets.capture.keys import hashtag_key


@pytest.mark.parametrize(
    ("caption", "tags"),
    [
        ("go#Fitness#boxing🥊 #fyp", ["Fitness", "boxing🥊", "fyp"]),
        ("#POV: you wait.. #ios14!", ["POV", "ios14"]),
        ("#4살딸 #귀여워", ["4살딸", "귀여워"]),
        ("#р_е_к ##anime # alone", ["р_е_к", "anime"]),
        ("＃日本、＃東京。", ["日本", "東京"]),
        ("#Viral #viral #VIRAL", ["Viral"]),
        ("climbs to #1 in national poll, #１２ and #٣ #24h #2026goals", ["24h", "2026goals"]),
        ('(#one) "#two" #three\'s', ["one", "two", "three"]),
        ("it&#39;s https://example.com/#part", []),
        ("no tags", []),
        ("", []),
    ],
)
def test_tags_are_read_from_a_caption(caption: str, tags: list[str]) -> None:
    assert hashtags_in(caption) == tags


@pytest.mark.parametrize("caption", [None, 5, ["#a"], {"text": "#a"}])
def test_what_is_no_caption_has_no_tags(caption: object) -> None:
    assert hashtags_in(caption) == []


def test_names_are_kept_once_whatever_their_case_and_sign() -> None:
    assert distinct_hashtags(["#Fitness", "fitness", "＃FITNESS", None, 3, "", "#", " \u200b", "gym"]) == ["Fitness", "gym"]


@given(st.lists(st.text(max_size=20), max_size=8))
def test_every_distinct_tag_has_a_key_of_its_own(names: list[str]) -> None:
    keys = [hashtag_key("tiktok", tag) for tag in distinct_hashtags(names)]
    assert None not in keys
    assert len({key.key for key in keys if key}) == len(keys)
