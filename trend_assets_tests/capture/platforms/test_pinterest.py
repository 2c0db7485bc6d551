"""Pinterest's trending keywords."""

import json
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.platforms import pinterest


def _trend(**fields: Any) -> dict[str, Any]:
    return {
        "keyword": "couples halloween costumes",
        "pct_growth_wow": 50,
        "pct_growth_mom": 400,
        "pct_growth_yoy": -5,
        "time_series": {"2023-10-24": 77, "2023-10-31": 100},
        **fields,
    }


def _answer(*trends: object) -> Parsed:
    return pinterest.parse({"trends": list(trends)}, "trends")


def _item(**fields: Any) -> Item:
    parsed = _answer(_trend(**fields))
    assert not parsed.rejected
    return parsed.items[0]


def test_a_keyword_is_read_field_by_field() -> None:
    item = _item()
    assert (item.platform, item.item_type, item.is_post, item.rank) == ("pinterest", "keyword", False, 1)
    assert (item.platform_item_id, item.text_content) == ("topic:couples halloween costumes", "couples halloween costumes")
    assert item.canonical_url == "https://www.pinterest.com/search/pins/?q=couples%20halloween%20costumes"
    assert [(key.key_type, key.key) for key in item.keys] == [("phrase", "phrase:couples_halloween_costumes")]
    assert item.raw == _trend()


@pytest.mark.parametrize("percent", [50, 0, -30, 10_001])
def test_its_growth_is_a_gauge_that_may_fall_and_no_counter(percent: int) -> None:
    """10001 stands for more than 10,000 percent."""
    item = _item(pct_growth_wow=percent)
    assert item.gauge == percent
    assert {item.view_count, item.like_count, item.comment_count, item.share_count, item.use_count, item.volume_24h} == {None}


def test_a_keyword_without_its_growth_is_an_item() -> None:
    assert _item(pct_growth_wow=None).gauge is None


def test_a_keyword_with_predictions_and_demographics_is_an_item() -> None:
    more = {"has_prediction": True, "predicted_time_series": {"2024-01-07": 45}, "demographics": {"gender_distribution": None}}
    assert _item(**more).rank == 1


def test_keywords_that_differ_in_writing_only_are_one() -> None:
    parsed = _answer(_trend(keyword="Fall  Nails"), _trend(keyword="b"), _trend(keyword="fall nails"))
    assert [(item.text_content, item.rank) for item in parsed.items] == [("Fall  Nails", 1), ("b", 2)]


@pytest.mark.parametrize("keyword", [None, "", "  ", 5, "\u200b"])
def test_a_keyword_of_nothing_is_quarantined(keyword: object) -> None:
    assert [entry.reason for entry in _answer(_trend(keyword=keyword)).rejected] == ["no_id"]


def test_what_is_no_keyword_is_quarantined_and_the_others_stay() -> None:
    parsed = _answer(None, "fall nails", [], _trend(pct_growth_wow="a lot"), _trend())
    assert [entry.reason for entry in parsed.rejected] == ["not_an_object"] * 3 + ["bad_counter"]
    assert [item.rank for item in parsed.items] == [5]


def test_an_empty_list_is_a_list() -> None:
    assert _answer() == Parsed("trending_keywords", (), ())


@pytest.mark.parametrize(
    "payload", [{"code": 2, "message": "Authentication failed."}, {"trends": None}, {"trends": {}}, [_trend()], "<html></html>"]
)
def test_what_is_no_list_of_keywords_is_a_problem(payload: object) -> None:
    parsed = pinterest.parse(payload, "trends")
    assert parsed.shape is None and parsed.problem is not None and "Pinterest's trending keywords" in parsed.problem


def test_the_example_of_the_official_description_is_read(shared_data: Path) -> None:
    description = json.loads((shared_data / "pinterest" / "openapi_v5_trends_subset.json").read_text())
    schema = description["components"]["schemas"]["TrendingKeywordsResponse"]
    properties = schema["properties"]["trends"]["items"]["properties"]
    example = {name: found["example"] for name, found in properties.items() if "example" in found}
    (item,) = _answer(example).items
    assert (item.text_content, item.gauge) == ("couples halloween costumes", 50)


def test_every_region_and_kind_of_trend_that_there_is_can_be_a_surface_key(shared_data: Path) -> None:
    description = json.loads((shared_data / "pinterest" / "openapi_v5_trends_subset.json").read_text())
    regions, kinds = (description["components"]["schemas"][name]["enum"] for name in ("TrendsSupportedRegion", "TrendType"))
    assert all(pinterest._PLACE.fullmatch(f"{region}/{kind}") for region in regions for kind in kinds)
