"""Removals: which sightings go, by which names an author is known."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.removal import remove
from trend_assets.errors import UnknownNameError
from trend_assets_tests.stores import LATER, commit_world, dicts, open_stores
from trend_assets_tests.worlds import START, blank_item

KEY = ("phrase", "phrase:a_topic", "a topic", "A Topic")


def sighting(name: str, author_id: str | None, handle: str | None, position: int = 0) -> dict[str, Any]:
    item = blank_item(name, "video") | {"author_id": author_id, "author_handle": handle, "keys": [KEY]}
    return item | {"position": position, "rank": position}


def capture(at: datetime, *items: dict[str, Any], platform: str = "tiktok") -> dict[str, Any]:
    return {
        "surface": f"{platform}:feed", "platform": platform, "slot": at, "attempt": 0, "captured_at": at, "status": "success",
        "cadence_minutes": 60, "min_items": 0, "items": [item | {"position": n} for n, item in enumerate(items)],
    }  # fmt: skip


WORLD = [
    capture(START, sighting("by id", "7", None), sighting("by both", "7", "@ann"), sighting("by handle", None, "@ann")),
    capture(START + timedelta(hours=1), sighting("renamed", "7", "@anna"), sighting("by new handle", None, "@anna")),
    capture(START + timedelta(hours=2), sighting("by handle", None, None), sighting("somebody's", "8", "@bob")),
    capture(START + timedelta(hours=3), sighting("elsewhere", "7", "@ann"), platform="x"),
]
ANNS = ("by both", "by handle", "by id", "by new handle", "renamed")


@pytest.mark.parametrize("name", ["7", "@ann", "@anna"])
def test_an_author_goes_by_every_name_that_occurs_with_the_given_one(name: str, tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(work, WORLD)
    removed = remove(work.lake, "author", "tiktok", name, "asked for", LATER)
    assert removed.authors == ("7", "@ann", "@anna")
    assert removed.items == ANNS
    assert removed.written == len(removed.authors) + len(ANNS)
    assert {row["platform"] for row in dicts(work.lake, "tombstones")} == {"tiktok"}


def test_who_took_over_a_handle_is_somebody_else(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(
        work, [*WORLD, capture(START + timedelta(hours=4), sighting("by heir", "9", "@ann"), sighting("heir's", "9", "@h"))]
    )
    assert "heir's" not in remove(work.lake, "author", "tiktok", "7", "asked for", LATER).items


def test_removing_twice_writes_once(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(work, WORLD)
    assert remove(work.lake, "item", "tiktok", "renamed", "asked for", LATER).written == 1
    assert remove(work.lake, "item", "tiktok", "renamed", "asked for", LATER).written == 0
    assert remove(work.lake, "author", "tiktok", "@anna", "asked for", LATER).written == 3 + len(ANNS) - 1
    assert len(dicts(work.lake, "tombstones")) == 3 + len(ANNS)


def test_what_was_never_captured_can_be_removed_in_advance(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    assert remove(work.lake, "author", "tiktok", "@new", "asked for", LATER).authors == ("@new",)
    assert remove(work.lake, "run", "ignored", "a run", "broken", LATER).runs == ("a run",)
    found = {(row["kind"], row["platform"], row["value"]) for row in dicts(work.lake, "tombstones")}
    assert found == {("author", "tiktok", "@new"), ("run", "", "a run")}


def test_another_kind_is_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="item, author, run"):
        remove(open_stores(tmp_path).lake, "video", "tiktok", "7", "asked for", LATER)
