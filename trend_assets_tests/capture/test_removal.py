"""Removals: which sightings go, by which names an author is known."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture.removal import remove
from trend_assets.capture.visible import visible_items
from trend_assets.errors import UnknownNameError
from trend_assets.hours import Span
from trend_assets.steps import Work
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
    assert set(removed.authors) == {"7", "@ann", "@anna"}
    assert removed.items == ANNS
    assert removed.written == len(removed.authors) + len(ANNS)
    assert {row["platform"] for row in dicts(work.lake, "tombstones")} == {"tiktok"}


def test_who_took_over_a_handle_is_somebody_else(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(
        work, [*WORLD, capture(START + timedelta(hours=4), sighting("by heir", "9", "@ann"), sighting("heir's", "9", "@h"))]
    )
    assert remove(work.lake, "author", "tiktok", "7", "asked for", LATER).items == ANNS
    assert {"by heir", "heir's"} <= seen(work)


def test_a_handle_that_is_named_is_removed_whoever_has_it(tmp_path: Path) -> None:
    work = open_stores(tmp_path)
    commit_world(work, [*WORLD, capture(START + timedelta(hours=4), sighting("by heir", "9", "@ann"))])
    assert set(remove(work.lake, "author", "tiktok", "@ann", "asked for", LATER).authors) == {"7", "9", "@ann", "@anna"}
    assert seen(work) == {"somebody's", "elsewhere"}


def test_what_comes_later_of_a_removed_author_is_not_seen_either(tmp_path: Path) -> None:
    """Other sightings of the item do not name the author, or name them by a handle that is new."""
    work = open_stores(tmp_path)
    commit_world(work, WORLD)
    remove(work.lake, "author", "tiktok", "7", "asked for", LATER)
    commit_world(
        work,
        [
            capture(START + timedelta(hours=5), sighting("later", "7", "@ann_again"), sighting("kept", "8", "@bob")),
            capture(START + timedelta(hours=6), sighting("later", None, None), sighting("by newest", None, "@ann_again")),
            capture(START + timedelta(hours=7), sighting("by newest", None, None)),
        ],
    )
    assert seen(work) == {"somebody's", "elsewhere", "kept"}
    before = len(dicts(work.lake, "tombstones"))
    commit_world(work, [capture(START + timedelta(hours=8), sighting("later", "7", "@ann_again"))])
    assert len(dicts(work.lake, "tombstones")) == before, "nothing new was shown"


def seen(work: Work) -> set[str]:
    """The items that count."""
    with work.lake.snapshot() as snapshot:
        visible_items(snapshot, Span(START, START + timedelta(hours=24)))
        return {name for (name,) in snapshot.rows("SELECT platform_item_id FROM visible_items")}


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
