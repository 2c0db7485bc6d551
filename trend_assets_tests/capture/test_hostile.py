"""Captions of 10 MB, ids that JavaScript rounds, all scripts, unknown fields: from every client to the spine, bounded."""

import html
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.items import MAX_ID_CHARS, MAX_RAW_CHARS, MAX_TEXT_CHARS, raw_json
from trend_assets.capture.live import due_in
from trend_assets.capture.platforms import PLATFORMS
from trend_assets.capture.runs import commit
from trend_assets.capture.surfaces import Surface
from trend_assets.hours import Span
from trend_assets.trends import spine
from trend_assets_tests.capture.live import DISCOVER, POPULAR, PRODUCTS, RISING, SEARCHES, TRENDS, capture, network_to
from trend_assets_tests.capture.platforms import tiktok_payloads as tk
from trend_assets_tests.capture.platforms.test_amazon import listed
from trend_assets_tests.capture.platforms.test_amazon import page as amazon_page
from trend_assets_tests.capture.platforms.test_fuzz import (
    _CHART_VIDEO,
    _HASHTAG,
    _POST,
    _STATUS,
    LISTS,
    _places,
    _replaced,
)  # fmt: skip
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.net.site import serving
from trend_assets_tests.sandbox.conftest import AT
from trend_assets_tests.stores import dicts, open_stores

WORDS = "Nobody wants to work مرحبا بالعالم \u202e שלום 👩‍👩‍👧 #tag 日本語 \u0000 e\u0301 "
HUGE = WORDS * (10 * 1024 * 1024 // len(WORDS.encode()) + 1)
ROUNDED = 2**53 + 2
"""An id that came as a number: nobody knows which it was."""
UNKNOWN: dict[str, Any] = {"newField": {"a": [None, 1.5, "x"]}, "": None, "👩‍👩‍👧": 2**70, "nul\0": HUGE[:1000]}
EXTENT = 2_000_000
"""Bytes of a lake that holds an hour of it."""


def _json(value: object) -> str:
    """Return JSON in which a letter is a letter: escaped, it would be too large for any client."""
    return json.dumps(value, ensure_ascii=False)


REDDIT = _json(
    {
        "kind": "Listing",
        "data": {
            "children": [
                {"kind": "t3", "data": {**_POST, **UNKNOWN, "title": HUGE, "score": "12", "num_comments": None}},
                {"kind": "t3", "data": {**_POST, "id": ROUNDED}},
                {"kind": "t3", "data": {**_POST, "id": str(ROUNDED), "selftext": HUGE}},
            ]
        },
    }
)
YOUTUBE = _json(
    {
        "kind": "youtube#videoListResponse",
        "items": [
            {**_CHART_VIDEO, **UNKNOWN, "snippet": {**_CHART_VIDEO["snippet"], "title": HUGE, "description": None}},
            {**_CHART_VIDEO, "id": ROUNDED},
            {**_CHART_VIDEO, "id": "other", "statistics": {"viewCount": 5, "likeCount": None, "commentCount": "7"}},
        ],
    }
)
STATUSES = _json(
    [
        {**_STATUS, **UNKNOWN, "content": f"<p>{HUGE}</p>"},
        {**_STATUS, "uri": ROUNDED},
        {**_STATUS, "uri": "https://a.example/2"},
    ]
)
FEED = f"""<rss version="2.0" xmlns:ht="https://trends.google.com/trending/rss"><channel>
<item><title>{html.escape(HUGE.replace(chr(0), ""))}</title><ht:approx_traffic>200+</ht:approx_traffic></item>
<item><title></title></item>
<item><title>{"x" * 200}</title><ht:approx_traffic>500+</ht:approx_traffic><ht:unknown>{WORDS[:40]}</ht:unknown></item>
</channel></rss>"""
VIDEOS = _json(
    {
        "statusCode": 0,
        "itemList": [
            {**tk.web_video(desc=HUGE), **UNKNOWN},
            {**tk.web_video(), "id": ROUNDED},
            tk.web_video(id=str(ROUNDED)),
        ],
    }
)
PLACES: dict[str, tuple[Surface, dict[str, str], tuple[int, int]]] = {
    "JSON": (RISING, {"/r/marketing/rising.json": REDDIT}, (2, 1)),
    "JSON in pages": (POPULAR, {"/youtube/v3/videos": YOUTUBE}, (2, 1)),
    "several lists, with markup": (
        TRENDS, {"/api/v1/trends/tags": json.dumps([_HASHTAG]), "/api/v1/trends/statuses": STATUSES}, (3, 1),
    ),
    "feed": (SEARCHES, {"/trending/rss": FEED}, (1, 2)),
    "page": (
        PRODUCTS[1],
        {"/gp/movers-and-shakers/": amazon_page(listed(), listed("B000000002", html.escape(HUGE)))},
        (2, 0),
    ),
    "browser": (
        DISCOVER, {"/explore": '<script>fetch("/api/explore/item_list/")</script>', "/api/explore/item_list/": VIDEOS}, (2, 1),
    ),
}  # fmt: skip
"""Kind of client → its surface, what the site answers, and how many of its entries are items and are set aside."""


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=needs_chromium if kind == "browser" else ()) for kind in PLACES])
def test_what_is_huge_or_strange_gets_through_bounded(kind: str, tmp_path: Path) -> None:
    surface, plays, expected = PLACES[kind]
    work = open_stores(tmp_path / "stores", AT + timedelta(days=1))
    with serving() as site, network_to(site.url, tmp_path) as network:
        for place, body in plays.items():
            site.play(place, body)
        dues = due_in([surface.model_copy(update={"cadence_minutes": 60})], Span.of(AT.replace(minute=0)), AT)
        run = capture(network, dues, AT)[surface.id]
    assert run.status in ("success", "partial"), run.error_message
    commit(work.lake, [run], AT)
    spine.run(work, Span.of(AT.replace(minute=0)))
    captured, aside = dicts(work.lake, "captures"), dicts(work.lake, "quarantine")
    assert (len(captured), len(aside)) == expected
    for row in (*captured, *aside):
        assert len(row["raw_json"]) <= MAX_RAW_CHARS
        json.loads(row["raw_json"])
    for row in captured:
        assert len(row["platform_item_id"]) <= MAX_ID_CHARS
        assert len(row["text_content"] or "") <= MAX_TEXT_CHARS
    assert len(dicts(work.lake, "evidence")) == len(captured)
    assert sum(file.stat().st_size for file in (tmp_path / "stores" / "lake").rglob("*") if file.is_file()) < EXTENT


@pytest.mark.parametrize("case", range(len(LISTS)), ids=[f"{one[0]}-{number}" for number, one in enumerate(LISTS)])
def test_any_text_of_an_entry_can_be_huge(case: int) -> None:
    platform, surface_type, container, entry = LISTS[case]
    for place in _places(entry):
        if isinstance(_at(entry, place), str):
            _check(platform, surface_type, container, _replaced(entry, place, HUGE[:1_000_000]))


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def _check(platform: str, surface_type: str, container: Callable[[list[Any]], Any], entry: Any) -> None:
    parsed = PLATFORMS[platform].parse(container([entry]), surface_type)
    for item in parsed.items:
        assert len(raw_json(item.raw)) <= MAX_RAW_CHARS
        assert len(_json(item.to_json())) <= 100_000
    for aside in parsed.rejected:
        assert len(raw_json(aside.raw)) <= MAX_RAW_CHARS
        assert len(aside.reason + aside.detail) <= 1_000
    assert len(parsed.problem or "") <= 10_000
