"""What coverage says of runs that are short, frozen, strange or new, by hand-made runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from trend_assets.capture import health
from trend_assets.capture.items import Item, Parsed, Rejected
from trend_assets.capture.keys import Key
from trend_assets.capture.overview import describe_coverage
from trend_assets.capture.profile import MAX_KEYS, profile
from trend_assets.capture.runs import CaptureRun, commit
from trend_assets.capture.surfaces import Surface
from trend_assets.hours import HOUR, Span, floor_hour
from trend_assets.lake.tables import CAPTURE_RUNS
from trend_assets_tests.stores import LATER, dicts, open_stores, without_columns
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
    health.STEP.run(work, Span(START, floor_hour(times[-1]) + HOUR))
    return [row for row in dicts(work.lake, "coverage") if row["run_count"]]


def last(folder: Path, hours: Sequence[Items], cadence: int = 60) -> tuple[str, str]:
    row = judged(folder, hours, cadence)[-1]
    return row["status"], row["reason"]


@pytest.mark.parametrize(
    ("counts", "status"),
    [
        ([20, 20, 20, 20, 20, 16], "good"),
        ([20, 20, 20, 20, 20, 15], "partial"),
        ([20, 20, 20, 20, 15], "good"),
        ([10, 20, 12, 22, 18, 9, 20, 8], "good"),
        ([20, 21, 20, 22, 20, 21, 20, 8], "partial"),
        ([4, 4, 4, 4, 4, 1], "good"),
        ([20] * 10 + [14] * 10, "partial"),
        ([20] * 10 + [14] * 11, "good"),
        ([20, 20, 20, 20, 20, 3] + [20, 20, 3] * 12, "partial"),
    ],
    ids=[
        "a fifth less", "more than that", "with four earlier runs", "always changing", "hardly ever", "too few to tell",
        "still", "for longer than it was otherwise", "every third time",
    ],
)  # fmt: skip
def test_a_list_is_short_beside_the_usual_one(tmp_path: Path, counts: list[int], status: str) -> None:
    found, reason = last(tmp_path, [fresh(hour, count) for hour, count in enumerate(counts)])
    assert (found, reason) == (status, f"{counts[-1]} items, 20 are usual" if status == "partial" else "")


def test_a_type_that_is_missing_is_missed_though_others_are_there(tmp_path: Path) -> None:
    def mixed(hour: int, sounds: int) -> Items:
        return [replace(one, item_type="sound" if at < sounds else "video") for at, one in enumerate(fresh(hour, 40 + sounds))]

    hours = [mixed(hour, 8) for hour in range(6)]
    assert last(tmp_path, [*hours, mixed(6, 0)]) == ("partial", "0 of type sound, 8 are usual")
    (tmp_path / "more").mkdir()
    assert last(tmp_path / "more", [*hours, mixed(6, 20)]) == ("good", "")


@pytest.mark.parametrize(
    ("contents", "status"),
    [
        ("abcdd", "suspect"),
        ("abcc", "good"),
        ("a" * 36, "good"),
        ("a" * 37, "suspect"),
        ("aaa" + "b" * 36, "good"),
        ("aaaabbbbccccdddddd", "good"),
        ("aaaabbbbccccddddddd", "suspect"),
        ("abcda", "good"),
        ("a" * 5 + "b" * 24 + "c" * 24 + "d" * 24, "good"),
    ],
    ids=[
        "lively", "hardly known", "a day and a half", "longer", "changed since", "slow", "slow, and longer", "an old one again",
        "once a day",
    ],
)  # fmt: skip
def test_a_content_that_stays_longer_than_others_is_frozen(tmp_path: Path, contents: str, status: str) -> None:
    rows = judged(tmp_path, [fresh(ord(content)) for content in contents])
    assert rows[-1]["status"] == status
    assert {row["status"] for row in rows[:-1]} == {"good"}


def test_what_is_learned_of_a_surface_is_forgotten_after_a_week(tmp_path: Path) -> None:
    """Seven runs once a day say how it usually is; two, every third day, do not."""
    day = 24 * 60
    assert last(tmp_path, [fresh(at, 20) for at in range(9)] + [fresh(9, 10)], day)[0] == "partial"
    (tmp_path / "later").mkdir()
    assert last(tmp_path / "later", [fresh(at, 20) for at in range(9)] + [fresh(9, 10)], 3 * day)[0] == "good"


def test_fields_that_went_away_are_named(tmp_path: Path) -> None:
    hours = [fresh(hour) for hour in range(5)]
    blind = [*fresh(5, 15, views=None), *fresh(5, 20)[15:]]
    assert last(tmp_path, [*hours, blind]) == ("partial", "only 5 of 20 of type video have view_count")
    (tmp_path / "anonymous").mkdir()
    anonymous = fresh(5, author=None)
    assert last(tmp_path / "anonymous", [*hours, anonymous]) == ("partial", "only 0 of 20 of type video have author")


def test_a_field_that_few_have_is_missed_when_none_has_it(tmp_path: Path) -> None:
    def few(hour: int, having: int) -> Items:
        return [replace(one, volume_24h=7) if at < having else one for at, one in enumerate(fresh(hour, 50))]

    hours = [few(hour, having) for hour, having in enumerate((6, 5, 7, 6, 6, 5))]
    assert last(tmp_path, [*hours, few(6, 1)])[0] == "good"
    (tmp_path / "none").mkdir()
    assert last(tmp_path / "none", [*hours, few(6, 0)]) == ("partial", "only 0 of 50 of type video have volume_24h")


def test_fields_that_authors_choose_may_become_rare(tmp_path: Path) -> None:
    """When a sound trends, few posts have hashtags; when none has any, the platform has moved them."""
    hours = [fresh(hour, hashtags=("#a",)) for hour in range(5)]
    rare = [*fresh(5, 11, hashtags=("#a",)), *fresh(5)[11:]]
    assert last(tmp_path, [*hours, rare]) == ("good", "")
    (tmp_path / "none").mkdir()
    assert last(tmp_path / "none", [*hours, fresh(5)]) == ("partial", "only 0 of 20 of type video have hashtags")


def test_new_keys_are_told_and_do_no_harm(tmp_path: Path) -> None:
    old = {"id": 1, "data": {"text": 3}}
    new = {"id": 1, "data": {"text": 3, "<b>badge": 4}}
    hours = [*([fresh(hour, raw=old) for hour in range(5)]), fresh(5, raw=new), fresh(6, raw=new)]
    rows = judged(tmp_path, hours)
    assert [(row["status"], row["reason"]) for row in rows[4:]] == [
        ("good", ""),
        ("good", "new in the payload: data.<b>badge"),
        ("good", ""),
    ]


def test_entries_of_which_most_is_new_are_strange_until_that_is_usual(tmp_path: Path) -> None:
    old, new = {"id": 1, "stats": 2, "text": 3}, {"id": 1, "statistics": 2, "caption": 3}
    rows = judged(tmp_path, [fresh(hour, raw=old if hour < 6 else new) for hour in range(20)])
    strange = ("partial", "of 3 keys of its entries 1 are usual")
    assert [(row["status"], row["reason"]) for row in rows[5:]] == [("good", ""), *[strange] * 6, *[("good", "")] * 8]


def test_a_list_of_two_kinds_is_not_strange_when_one_prevails(tmp_path: Path) -> None:
    def mixed(hour: int, tags: int) -> Items:
        posts = [replace(one, raw={"id": 1, "content": 2}) for one in fresh(hour, 22)]
        named = [replace(one, item_type="hashtag", raw={"name": 1, "history": 2}) for one in fresh(hour, 22 + tags)[22:]]
        return [*posts, *named]

    assert last(tmp_path, [mixed(hour, 20) for hour in range(6)] + [mixed(6, 23)]) == ("good", "")


def test_runs_of_an_earlier_version_say_nothing_of_what_they_did_not_note(tmp_path: Path) -> None:
    """Neither that all keys are new, nor that everything was seen."""
    hours = [fresh(hour, raw={"id": 1}) for hour in range(7)]
    judged(tmp_path, hours[:6])
    work = open_stores(tmp_path)
    without_columns(work.lake, CAPTURE_RUNS, "item_digests", "profile")
    row = judged(tmp_path, hours)[-1]
    assert (row["status"], row["reason"], row["completeness"]) == ("good", "", None)


def test_one_good_run_makes_the_hour_and_the_others_are_told(tmp_path: Path) -> None:
    quarters = [fresh(quarter) for quarter in range(24)] + [(), fresh(25, 12), fresh(26), fresh(27)]
    rows = judged(tmp_path, quarters, 15)
    assert (rows[-1]["status"], rows[-1]["reason"]) == ("good", "good runs: 2 of 4; 12 items, 20 are usual")


def test_why_nothing_is_left_of_a_run_is_said(tmp_path: Path) -> None:
    rejected = tuple(Rejected("no_id", "entry 1 has no id", {}) for _ in range(3))
    message = "3 entries rejected: no_id"
    run = CaptureRun(SURFACE, START, START, START, "partial", Parsed("x", (), rejected), error_message=message)
    work = open_stores(tmp_path)
    commit(work.lake, [run], LATER)
    health.STEP.run(work, Span.of(START))
    [row] = dicts(work.lake, "coverage")
    assert (row["status"], row["reason"]) == ("suspect", message)


@pytest.mark.parametrize(
    ("raw", "keys"),
    [
        ({str(key): key for key in range(1_000_000)}, MAX_KEYS),
        ({"data": {str(key): key for key in range(1_000)}}, MAX_KEYS),
        ({"\ud800" * 1_000: 1}, 1),
        ([1], 0),
        ("text", 0),
    ],
    ids=["many", "many inside", "no text", "a list", "a word"],
)
def test_no_entry_has_more_keys_than_are_looked_at(raw: object, keys: int) -> None:
    [found] = profile([item(1, raw=raw)])["profile"]
    assert len(found["keys"]) == keys
    assert all(len(key.encode()) < 1_000 for key in found["keys"])


def test_completeness_is_chapmans_estimate(tmp_path: Path) -> None:
    """Of 10 and 12 items 5 are the same: 11·13/6 - 1 = 22.83 are there, and 12 of them were seen."""
    first, second = [item(name) for name in range(10)], [item(name) for name in range(5, 17)]
    rows = judged(tmp_path, [first, second, second])
    assert [row["completeness"] for row in rows] == [None, 0.5255, 1.0]


def test_the_page_shows_hours_completeness_and_reasons(tmp_path: Path) -> None:
    hours = [fresh(hour, count) for hour, count in enumerate([20, 20, 20, 20, 20, 12])]
    judged(tmp_path, hours)
    shown = describe_coverage(open_stores(tmp_path).lake, Span(START, START + 6 * HOUR))["hour by hour"]
    assert "tiktok:feed █████▒  60%" in shown
    assert "- 2026-01-05 05:00 `tiktok:feed` partial: 12 items, 20 are usual" in shown


def test_an_hour_is_judged_by_earlier_runs_only(tmp_path: Path) -> None:
    """What comes later changes nothing, and each hour alone is judged as in a long run."""
    hours = [fresh(hour, count) for hour, count in enumerate([20, 20, 20, 20, 20, 12, 20])]
    (tmp_path / "whole").mkdir()
    whole = judged(tmp_path / "whole", hours)
    for until in range(1, len(hours)):
        folder = tmp_path / str(until)
        folder.mkdir()
        work = open_stores(folder)
        judged_alone = judged(folder, hours[:until])[-1]
        health.STEP.run(work, Span.of(START + (until - 1) * HOUR))
        assert dicts(work.lake, "coverage")[-1] == judged_alone == whole[until - 1]
