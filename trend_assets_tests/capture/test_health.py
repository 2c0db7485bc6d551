"""What coverage says of runs that are short, frozen, strange or new, by hand-made runs."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture import health
from trend_assets.capture.items import Item, Parsed
from trend_assets.capture.keys import Key
from trend_assets.capture.overview import describe_coverage
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.hours import HOUR, Span
from trend_assets_tests.stores import LATER, dicts, open_stores
from trend_assets_tests.worlds import START

SURFACE = Surface(id="tiktok:feed", platform="tiktok", surface_type="feed", cadence_minutes=60)
Items = Sequence[Item]


def item(
    name: object, views: int | None = 1, author: str | None = "ann", raw: object = None, hashtags: tuple[str, ...] = ()
) -> Item:
    keys = (Key("phrase", f"phrase:{name}", str(name), str(name)),)
    return Item("tiktok", str(name), "video", True, keys, view_count=views, author_id=author, raw=raw, hashtags=hashtags)


def fresh(hour: int, count: int = 20, **fields: Any) -> Items:
    """Items whose views are others in each hour."""
    return [item(index, **{"views": 1000 * hour + index, **fields}) for index in range(count)]


def judged(folder: Path, hours: Sequence[Items], cadence: int = 60) -> list[dict[str, Any]]:
    """Return the coverage of a surface that delivered these items, a run in each hour."""
    surface = SURFACE.model_copy(update={"cadence_minutes": cadence})
    times = [START + index * timedelta(minutes=cadence) for index in range(len(hours))]
    runs = [
        CaptureRun(surface, at, at, at, "success", Parsed("x", tuple(items))) for at, items in zip(times, hours, strict=True)
    ]
    work = open_stores(folder)
    commit(work.lake, runs, LATER)
    health.STEP.run(work, Span(START, times[-1] + HOUR))
    return [row for row in dicts(work.lake, "coverage") if row["run_count"]]


def last(folder: Path, hours: Sequence[Items], cadence: int = 60) -> tuple[str, str]:
    row = judged(folder, hours, cadence)[-1]
    return row["status"], row["reason"]


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ([20, 20, 20, 16], "good"),
        ([20, 20, 20, 15], "partial"),
        ([20, 20, 15], "good"),
        ([10, 20, 12, 22, 18, 9, 20, 8], "good"),
        ([20, 21, 20, 22, 20, 21, 20, 8], "partial"),
        ([4, 4, 4, 1], "good"),
    ],
    ids=["a fifth less", "more than that", "with two earlier runs", "always changing", "hardly ever", "too few to tell"],
)
def test_a_list_is_short_beside_the_usual_one(tmp_path: Path, counts: list[int], status: str) -> None:
    found, reason = last(tmp_path, [fresh(hour, count) for hour, count in enumerate(counts)])
    assert (found, bool(reason)) == (status, status == "partial")


def test_a_short_list_says_what_is_usual(tmp_path: Path) -> None:
    assert last(tmp_path, [fresh(hour, count) for hour, count in enumerate([20, 20, 20, 12])])[1] == "12 items, 20 are usual"


@pytest.mark.parametrize(
    ("contents", "status"),
    [
        ("abcdee", "suspect"),
        ("abcdd", "good"),
        ("aaaaaa", "good"),
        ("aaaaaaa", "suspect"),
        ("aaaabbbbcccccc", "good"),
        ("aaaabbbbccccccc", "suspect"),
        ("abcda", "good"),
    ],
    ids=["lively", "hardly known", "five repeats", "six", "slow", "slow, and longer", "an old one again"],
)
def test_a_content_that_stays_longer_than_others_is_frozen(tmp_path: Path, contents: str, status: str) -> None:
    assert last(tmp_path, [fresh(ord(content)) for content in contents])[0] == status


def test_what_is_learned_of_a_surface_is_forgotten_after_a_week(tmp_path: Path) -> None:
    """Seven runs once a day say how it usually is, and no longer."""
    day = 24 * 60
    assert last(tmp_path, [fresh(at, 20) for at in range(9)] + [fresh(9, 10)], day)[0] == "partial"
    (tmp_path / "later").mkdir()
    assert last(tmp_path / "later", [fresh(at, 20) for at in range(3)] + [fresh(9, 10)], 3 * day)[0] == "good"


def test_fields_that_went_away_are_named(tmp_path: Path) -> None:
    hours = [fresh(hour) for hour in range(4)]
    blind = [*fresh(4, 15, views=None), *fresh(4, 20)[15:]]
    assert last(tmp_path, [*hours, blind]) == ("partial", "only 5 of 20 items have view_count")
    (tmp_path / "anonymous").mkdir()
    anonymous = fresh(4, author=None)
    assert last(tmp_path / "anonymous", [*hours, anonymous]) == ("partial", "only 0 of 20 items have author")


def test_fields_that_authors_choose_may_become_rare(tmp_path: Path) -> None:
    """When a sound trends, few posts have hashtags; when none has any, the platform has moved them."""
    hours = [fresh(hour, hashtags=("#a",)) for hour in range(4)]
    rare = [*fresh(4, 11, hashtags=("#a",)), *fresh(4)[11:]]
    assert last(tmp_path, [*hours, rare]) == ("good", "")
    (tmp_path / "none").mkdir()
    assert last(tmp_path / "none", [*hours, fresh(4)]) == ("partial", "only 0 of 20 items have hashtags")


def test_new_keys_are_told_and_do_no_harm(tmp_path: Path) -> None:
    old, new = {"id": 1, "stats": 2, "text": 3}, {"id": 1, "stats": 2, "text": 3, "<b>badge": 4}
    hours = [*([fresh(hour, raw=old) for hour in range(3)]), fresh(3, raw=new), fresh(4, raw=new)]
    rows = judged(tmp_path, hours)
    assert [(row["status"], row["reason"]) for row in rows[2:]] == [
        ("good", ""),
        ("good", "new in the payload: <b>badge"),
        ("good", ""),
    ]


def test_entries_of_which_half_is_new_are_strange(tmp_path: Path) -> None:
    hours = [*([fresh(hour, raw={"id": 1, "stats": 2}) for hour in range(3)]), fresh(3, raw={"id": 1, "statistics": 2})]
    assert last(tmp_path, hours) == ("partial", "most keys of its payload are new: statistics")


def test_completeness_is_chapmans_estimate(tmp_path: Path) -> None:
    """Of 10 and 12 items 5 are the same: 11·13/6 - 1 = 22.83 are there, and 12 of them were seen."""
    first, second = [item(name) for name in range(10)], [item(name) for name in range(5, 17)]
    rows = judged(tmp_path, [first, second, second])
    assert [row["completeness"] for row in rows] == [None, 0.5255, 1.0]


def test_the_page_shows_hours_completeness_and_reasons(tmp_path: Path) -> None:
    hours = [fresh(hour, count) for hour, count in enumerate([20, 20, 20, 12])]
    judged(tmp_path, hours)
    shown = describe_coverage(open_stores(tmp_path).lake, Span(START, START + 4 * HOUR))["hour by hour"]
    assert "tiktok:feed ███▒  60%" in shown
    assert "- 2026-01-05 03:00 `tiktok:feed` partial: 12 items, 20 are usual" in shown


def test_an_hour_is_judged_by_earlier_runs_only(tmp_path: Path) -> None:
    """What comes later changes nothing, and each hour alone is judged as in a long run."""
    hours = [fresh(hour, count) for hour, count in enumerate([20, 20, 20, 12, 20, 20])]
    (tmp_path / "whole").mkdir()
    whole = judged(tmp_path / "whole", hours)
    for until in range(1, len(hours)):
        folder = tmp_path / str(until)
        folder.mkdir()
        work = open_stores(folder)
        judged_alone = judged(folder, hours[:until])[-1]
        health.STEP.run(work, Span.of(START + (until - 1) * HOUR))
        assert dicts(work.lake, "coverage")[-1] == judged_alone == whole[until - 1]
