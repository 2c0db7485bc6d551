"""Cluster keys: the rulings of DESIGN §9 on how keys look."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.capture.keys import (
    MAX_KEY_CHARS,
    MAX_PHRASES,
    Key,
    audio_key,
    entity_key,
    hashtag_key,
    normalize,
    phrase_keys,
    topic_key,
)


def _key(key: Key | None) -> str | None:
    return key.key if key else None


def test_keys_look_as_the_design_says() -> None:
    assert _key(audio_key("tiktok", "6851")) == "tiktok:6851"
    assert _key(hashtag_key("tiktok", "viral")) == "tiktok:#viral"
    assert _key(entity_key("reddit", "r/marketing|flair")) == "reddit:r/marketing|flair"
    assert [key.key for key in phrase_keys("nobody wants to work")] == ["phrase:nobody_wants_to_work"]


@pytest.mark.parametrize("tag", ["viral", "#viral", "##Viral", "＃VIRAL", "vi\u200bral", " #viral ", "\ufeff#Viral", "# viral"])
def test_a_hashtag_has_one_key_however_it_is_written(tag: str) -> None:
    assert _key(hashtag_key("tiktok", tag)) == "tiktok:#viral"


@given(st.text(alphabet="#＃a b\u200b", max_size=8) | st.text(max_size=20))
def test_a_hashtag_key_has_exactly_one_sign(tag: str) -> None:
    key = hashtag_key("tiktok", tag)
    assert key is None or (key.key.startswith("tiktok:#") and key.key.count("#") == 1)


@pytest.mark.parametrize("tag", [None, "", "#", " # ", "\u200b", "##"])
def test_nothing_left_of_a_tag_is_no_key(tag: str | None) -> None:
    assert hashtag_key("tiktok", tag) is None


@pytest.mark.parametrize("audio_id", [None, "", "0"])
def test_no_audio_is_no_key(audio_id: str | None) -> None:
    assert audio_key("tiktok", audio_id, "original sound") is None


def test_an_audio_title_is_the_name_and_never_the_key() -> None:
    first, second = audio_key("tiktok", "1", "original sound"), audio_key("tiktok", "2", "original sound")
    assert first and second and first.key != second.key and first.name == second.name == "original sound"


def test_a_name_longer_than_a_key_may_be_is_no_key() -> None:
    assert hashtag_key("tiktok", "x" * MAX_KEY_CHARS) is None


def test_the_value_is_kept_as_extracted() -> None:
    key = hashtag_key("tiktok", "#Viral")
    assert key is not None and (key.value, key.name) == ("#Viral", "#viral")


@pytest.mark.parametrize(
    ("topic", "key"),
    [
        ("#XF9", "x:#xf9"),
        ("＃東京", "x:#東京"),
        ("El Chapo", "phrase:el_chapo"),
        ("AC/DC", "phrase:ac_dc"),
        ("# 1 fan", "phrase:1_fan"),
        ("???", "phrase:???"),
        ("The one and only", "phrase:the_one_and_only"),
    ],
)
def test_a_topic_has_exactly_one_key(topic: str, key: str) -> None:
    assert _key(topic_key("x", topic)) == key


@pytest.mark.parametrize("topic", [None, "", "  ", "\u200b"])
def test_an_empty_topic_has_none(topic: str | None) -> None:
    assert topic_key("x", topic) is None


def test_a_phrase_does_not_cross_punctuation_or_start_with_a_filler() -> None:
    assert [key.key for key in phrase_keys("The sky. Blue whales, and of the sea")] == ["phrase:blue_whales"]


def test_links_are_no_words_of_a_phrase() -> None:
    keys = [key.key for key in phrase_keys("Big Tesla news https://t.co/a4Rv89 www.example.com/some-page spotted today")]
    assert keys == ["phrase:big_tesla_news", "phrase:spotted_today"]


@given(st.text(max_size=200))
def test_free_text_gives_at_most_three_phrases_of_two_to_four_words(text: str) -> None:
    keys = phrase_keys(text)
    assert len(keys) <= MAX_PHRASES
    assert len({key.key for key in keys}) == len(keys)
    for key in keys:
        assert 2 <= len(key.key.removeprefix("phrase:").split("_")) <= 4


@given(st.text(max_size=60))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once
    assert unicodedata.is_normalized("NFKC", once)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("नए साल का पहला दिन", "phrase:नए_साल_का_पहला_दिन"),
        ("ลูกชิ้น ทอด", "phrase:ลูกชิ้น_ทอด"),
        ("مُحَمَّد صلاح", "phrase:مُحَمَّد_صلاح"),
        ("l'été à Paris", "phrase:l'été_à_paris"),
    ],
)
def test_signs_that_belong_to_a_letter_do_not_split_its_word(text: str, key: str) -> None:
    found = topic_key("x", text)
    assert found and found.key == key
