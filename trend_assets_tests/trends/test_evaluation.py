"""What an evaluation says of small cases whose answers are known."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from trend_assets.errors import PayloadError
from trend_assets.hours import HOUR, Span
from trend_assets.sandbox.world import World
from trend_assets.trends.evaluation import Detection, Phenomenon, evaluate, read_truth

START = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)
DAY = Span(START, START + 24 * HOUR)


def line(name: str, kind: str = "trend", onset: float = 2, peak: float = 5, end: float = 10) -> str:
    times = {"onset": onset, "peak": peak, "end": end} if kind == "trend" else {}
    stamps = {key: f"{(START + hours * HOUR).isoformat()}Z" for key, hours in times.items()}
    return json.dumps({"cluster_key_type": "hashtag", "cluster_key": f"tiktok:#{name}", "kind": kind, "surfaces": [], **stamps})


def truth(*lines: str) -> list[Phenomenon]:
    return read_truth(lines)


def detected(name: str, hours: float) -> Detection:
    return Detection(("hashtag", f"tiktok:#{name}"), START + timedelta(hours=hours))


def compared(known: list[Phenomenon], found: list[Detection], hours: dict[str, int] | None = None) -> dict[str, Any]:
    return evaluate(known, found, {("hashtag", f"tiktok:#{name}"): count for name, count in (hours or {}).items()}, DAY)


def test_a_case_by_hand() -> None:
    known = truth(
        line("a"), line("b", onset=4, peak=8, end=20), line("c", onset=6, peak=8), line("d"),
        line("ever", "evergreen"), line("spam", "spam"), line("bots", "bots"),
    )  # fmt: skip
    found = [
        detected("a", 4),
        detected("b", 5),
        detected("c", 11),
        detected("ever", 3),
        detected("ever", 9),
        detected("who", 7),
    ]
    hours = {"a": 10, "b": 16, "c": 14, "ever": 24, "spam": 3, "bots": 5, "who": 8, "nobody": 120}
    result = compared(known, found, hours)
    assert {name: value for name, value in result.items() if name != "kinds"} == {
        "from": DAY.start, "to": DAY.end, "grace_hours": 2,
        "episodes": 6, "true_episodes": 3, "precision": 0.5,
        "trends": 4, "found_trends": 3, "recall": 0.75,
        "hours_to_detect": {"lower_quartile": 1.5, "median": 2, "upper_quartile": 3.5},
        "cluster_hours": 200, "false_per_1000_cluster_hours": 15,
    }  # fmt: skip
    assert {kind: tuple(one.values()) for kind, one in result["kinds"].items()} == {
        "trend": (3, 0, 40, 0),
        "evergreen": (2, 2, 24, 83.3333),
        "spam": (0, 0, 3, 0),
        "bots": (0, 0, 5, 0),
        "unknown": (1, 1, 128, 7.8125),
    }


def test_the_sandboxs_truth_is_read() -> None:
    lines = [json.dumps(one) for one in World(1).truth(DAY.start, DAY.end)]
    known = read_truth(lines)
    assert len(known) == len(lines)
    assert {one.kind for one in known} == {"trend", "evergreen", "spam", "bots"}


def test_nothing_is_invented_where_there_is_nothing() -> None:
    result = compared([], [])
    assert result["precision"] is result["recall"] is result["false_per_1000_cluster_hours"] is None
    assert set(result["hours_to_detect"].values()) == {None}
    assert all(one["false_per_1000_cluster_hours"] is None for one in result["kinds"].values())


@pytest.mark.parametrize(("hours", "is_true"), [(1.99, False), (2, True), (12, True), (12.01, False)])
def test_an_episode_is_a_trend_from_its_onset_to_the_end_of_the_grace(hours: float, is_true: bool) -> None:
    result = compared(truth(line("a")), [detected("a", hours)], {"a": 10})
    assert (result["true_episodes"], result["found_trends"]) == (is_true, is_true)
    assert result["kinds"]["trend"]["false_episodes"] == (not is_true)


def test_a_key_of_another_type_is_another_cluster() -> None:
    other = Detection(("phrase", "tiktok:#a"), START + 4 * HOUR)
    assert compared(truth(line("a")), [other])["true_episodes"] == 0


def test_recall_is_over_trends_that_began_and_peaked_in_the_span() -> None:
    known = truth(
        line("before", onset=-1), line("late", onset=20, peak=25, end=30), line("whole"), line("at_end", peak=24, end=30)
    )
    result = compared(known, [detected("before", 3), detected("late", 23)])
    assert (result["trends"], result["found_trends"]) == (2, 0)
    assert (result["true_episodes"], result["precision"]) == (2, 1)


@pytest.mark.parametrize(("hours", "counts"), [(0, 0), (1, 1), (24, 1), (25, 0)])
def test_episodes_are_those_detected_in_the_spans_hours(hours: int, counts: int) -> None:
    assert compared([], [detected("x", hours)])["episodes"] == counts


def test_the_first_of_several_episodes_counts_for_the_time_and_all_for_precision() -> None:
    result = compared(truth(line("a")), [detected("a", 9), detected("a", 3)])
    assert (result["episodes"], result["precision"]) == (2, 1)
    assert result["hours_to_detect"] == {"lower_quartile": 1, "median": 1, "upper_quartile": 1}


def test_a_topic_that_trends_twice_is_two_trends() -> None:
    known = truth(line("a"), line("a", onset=14, peak=16, end=20))
    result = compared(known, [detected("a", 4), detected("a", 15), detected("a", 13)])
    assert (result["trends"], result["found_trends"], result["true_episodes"]) == (2, 2, 2)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "Invalid JSON"),
        ("[]", "the line"),
        ("{}", "cluster_key_type"),
        (line("a").replace("hashtag", "mood"), "cluster_key_type"),
        (line("a").replace('"trend"', '"fad"'), "'trend', 'evergreen', 'spam' or 'bots'"),
        (line("a", onset=6), "onset <= peak <= end"),
        (line("a").replace("onset", "began"), "onset <= peak <= end"),
        (line("a").replace("Z", ""), "onset"),
    ],
)
def test_a_line_that_is_no_truth_is_refused_with_its_number(bad: str, said: str) -> None:
    with pytest.raises(PayloadError, match=r"(?s)1 lines are no truth:\nline 3: ") as error:
        read_truth([line("a"), "", bad])
    assert said in str(error.value)


def test_many_bad_lines_are_named_up_to_ten() -> None:
    with pytest.raises(PayloadError, match="25 lines are no truth") as error:
        read_truth(["x"] * 25)
    assert len(str(error.value).splitlines()) == 11
