"""The made-up history of the demo."""

import json
from datetime import UTC, datetime
from typing import Any

from trend_assets.capture.platforms import reddit, tiktok
from trend_assets.sandbox.history import FLOOD, OUTAGE, PHRASE, RISES, record

FIRST = datetime(2026, 3, 1, 5, tzinfo=UTC).replace(tzinfo=None)


def payloads(lines: tuple[str, ...]) -> list[Any]:
    return [json.loads(line)["payload"] for line in lines]


def test_the_same_seed_and_first_hour_give_the_same_lines_and_another_seed_others() -> None:
    assert record(1, FIRST, 72) == record(1, FIRST, 72)
    assert record(2, FIRST, 72) != record(1, FIRST, 72)


def test_a_longer_history_begins_like_a_shorter_one() -> None:
    short, long = record(1, FIRST, 30), record(1, FIRST, 72)
    assert long.discover[:30] == short.discover
    assert long.rising[:30] == short.rising


def test_every_payload_is_parsed_without_a_rejection() -> None:
    history = record(1, FIRST, 72)
    parsed = [tiktok.parse(payload, "discover") for payload in payloads(history.discover)]
    parsed += [reddit.parse(payload, "rising") for payload in payloads(history.rising)]
    assert {one.shape for one in parsed} == {"discover_lists", "listing"}
    assert all(not one.rejected for one in parsed)
    items = sum(len(one.items) for one in parsed)
    assert 35 <= items / 72 <= 50


def test_the_known_trends_are_in_it_under_their_keys() -> None:
    history = record(1, FIRST, 72)
    sounds = [tiktok.parse(payload, "discover").items for payload in payloads(history.discover)]
    posts = [reddit.parse(payload, "rising").items for payload in payloads(history.rising)]
    found = {key.key for items in (*sounds, *posts) for item in items for key in item.keys}
    assert {PHRASE, FLOOD, *(rise.key for rise in RISES)} <= found


def test_nothing_is_captured_from_tiktok_in_the_outage() -> None:
    hours = [datetime.fromisoformat(json.loads(line)["captured_at"]) for line in record(1, FIRST, 72).discover]
    missing = set(range(72)) - {int((at.replace(tzinfo=None) - FIRST).total_seconds() // 3600) for at in hours}
    assert missing == set(OUTAGE)


def test_counters_never_fall_and_posts_keep_their_ids() -> None:
    seen: dict[str, int] = {}
    for payload in payloads(record(1, FIRST, 72).rising):
        for item in reddit.parse(payload, "rising").items:
            assert (item.like_count or 0) >= seen.get(item.platform_item_id, 0)
            seen[item.platform_item_id] = item.like_count or 0
