"""The heuristic score: the worked table of DESIGN §9, and every boundary around it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trend_assets.lake.engine import connect
from trend_assets.trends.scoring import score_sql

BUCKET: dict[str, Any] = {
    "total_views": 0, "total_engagement": 0, "velocity": 0.0, "unique_authors": 0, "authored_count": 0,
    "max_author_artifacts": 0, "artifact_count": 0, "activity": 0.0, "growth_views": 0.0, "growth_engagement": 0.0,
    "hours_since_first": 0,
}  # fmt: skip
TYPES = {
    name: "DOUBLE" if name == "velocity" else "DECIMAL(24,4)" if name.startswith(("activity", "growth")) else "BIGINT"
    for name in BUCKET
}


def scored(**values: Any) -> dict[str, Any]:
    """Score one bucket."""
    bucket = {**BUCKET, **values}
    columns = ", ".join(f"CAST(${name} AS {TYPES[name]}) AS {name}" for name in bucket)
    with connect() as connection:
        result = connection.execute(score_sql(f"(SELECT {columns})"), bucket)
        names = [column[0] for column in result.description or ()]
        return dict(zip(names, result.fetchall()[0], strict=True))


def posts(count: int, authors: int, most: int | None = None) -> dict[str, int]:
    """Columns of `count` new posts by known authors; `most` by the most active one."""
    most = count - authors + 1 if most is None else most
    return {"artifact_count": count, "unique_authors": authors, "authored_count": count, "max_author_artifacts": most}


WORKED = [
    ({**posts(4, 4), "total_views": 600_000, "total_engagement": 20_000, "activity": 4}, "counters", 54.0, []),
    (
        {**posts(10, 8), "total_views": 1_200_000, "total_engagement": 70_000, "activity": 10, "velocity": 6,
         "hours_since_first": 1},
        "counters", 80.6310, [],
    ),
    ({**posts(12, 12), "activity": 12, "velocity": 9, "hours_since_first": 2}, "sampling", 88.1619, []),
    (
        {"total_views": 2_500_000, "total_engagement": 40_000, "growth_views": 2_500_000, "hours_since_first": 5},
        "counters", 54.8810, [],
    ),
    ({"activity": 1094, "velocity": 1094, "hours_since_first": 1}, "sampling", 99.8299, []),
    (
        {**posts(3, 3), "total_views": 50_000, "total_engagement": 2_000, "activity": 3, "velocity": -7,
         "hours_since_first": 30},
        "counters", 37.6536, [],
    ),
    (
        {**posts(8, 1), "total_views": 200_000, "total_engagement": 9_000, "activity": 8, "velocity": 5,
         "hours_since_first": 3},
        "counters", 39.7179, ["single_author", "bot_pattern"],
    ),
    (
        {**posts(5, 5), "total_views": 100_000, "total_engagement": 5_000, "activity": 5, "velocity": 0.5,
         "hours_since_first": 160},
        "counters", 24.8274, ["old_trend"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("bucket", "path", "score", "filters"), WORKED)
def test_the_worked_table(bucket: dict[str, Any], path: str, score: float, filters: list[str]) -> None:
    row = scored(**bucket)
    assert (row["path"], row["trend_score"], row["filters"]) == (path, score, filters)
    assert row["promoted"] == (score > 50 and not filters)


def test_50_is_not_promoted_and_a_hair_more_is() -> None:
    # 0.4 of the views are 7 points, velocity 1.2 is 3, breadth 20, novelty 20.
    exactly = {**posts(3, 3), "total_views": 400_000, "total_engagement": 0, "activity": 3, "velocity": 1.2}
    assert scored(**exactly)["trend_score"] == 50.0
    assert not scored(**exactly)["promoted"]
    assert scored(**{**exactly, "total_views": 400_006})["trend_score"] == 50.0001
    assert scored(**{**exactly, "total_views": 400_006})["promoted"]


@pytest.mark.parametrize(
    ("values", "path"), [({"total_views": 1}, "counters"), ({"total_engagement": 1}, "counters"), ({}, "sampling")]
)
def test_one_view_or_one_like_chooses_the_counter_path(values: dict[str, Any], path: str) -> None:
    assert scored(**values)["path"] == path


@pytest.mark.parametrize(
    ("values", "component", "points"),
    [
        ({"total_views": 10**6, "total_engagement": 10**5}, "engagement", 35),
        ({"total_views": 10**9, "total_engagement": 10**8}, "engagement", 35),
        ({"total_views": 500_000}, "engagement", 8.75),
        ({"total_views": 1, "velocity": 10}, "velocity", 25),
        ({"total_views": 1, "velocity": 11}, "velocity", 25),
        ({"total_views": 1, "velocity": -3}, "velocity", 0),
        ({"velocity": 5}, "velocity", 20),
        (posts(4, 2), "breadth", 15),
        ({"total_views": 1, **posts(4, 2)}, "breadth", 10),
        ({"hours_since_first": 168}, "novelty", 0),
        ({"hours_since_first": 200}, "novelty", 0),
        ({"hours_since_first": None}, "novelty", 0),
        ({"hours_since_first": 84}, "novelty", 10),
        ({"activity": 50}, "volume", 10),
        ({"activity": 51}, "volume", 10),
        ({"activity": 25}, "volume", 5),
    ],
)
def test_each_component_is_full_at_its_scale_and_never_beyond(values: dict[str, Any], component: str, points: float) -> None:
    assert scored(**values)[f"{component}_score"] == pytest.approx(points, abs=1e-9)


@pytest.mark.parametrize("path", [{"total_views": 1}, {}])
def test_an_unknown_component_is_left_out_and_the_others_fill_its_place(path: dict[str, Any]) -> None:
    row = scored(**path, activity=50, velocity=10)
    assert row["breadth_score"] is None
    unknown = scored(**{**path, "activity": 50, "velocity": None})
    assert unknown["velocity_score"] is None
    assert unknown["filters"] == []
    full = scored(activity=50, velocity=10)
    assert full["trend_score"] == 100


@pytest.mark.parametrize(
    ("values", "name", "applies"),
    [
        (posts(6, 1), "single_author", True),
        (posts(5, 1), "single_author", False),
        (posts(10, 2), "single_author", False),
        (posts(11, 2), "single_author", True),
        (posts(10, 2, most=8), "bot_pattern", False),
        (posts(10, 2, most=9), "bot_pattern", True),
        ({"artifact_count": 9, "activity": 9}, "single_author", False),
        ({"hours_since_first": 152, "velocity": 0.9}, "old_trend", True),
        ({"hours_since_first": 151, "velocity": 0.9}, "old_trend", False),
        ({"hours_since_first": 152, "velocity": 1}, "old_trend", False),
        ({"hours_since_first": 152, "velocity": None}, "old_trend", False),
        ({"activity": 2.9999}, "too_small", True),
        ({"activity": 3}, "too_small", False),
        ({"growth_views": 9_999}, "too_small", True),
        ({"growth_views": 9_000, "growth_engagement": 1_000}, "too_small", False),
        ({"growth_views": 10_000, **posts(1, 1), "activity": 1}, "too_small", True),
    ],
)
def test_each_filter_applies_up_to_its_boundary(values: dict[str, Any], name: str, applies: bool) -> None:
    defaults = {"activity": values.get("artifact_count", 0)}
    assert (name in scored(**{**defaults, **values})["filters"]) == applies


def test_more_velocity_never_lowers_the_score() -> None:
    scores = [
        scored(total_views=1000, activity=5, velocity=velocity, **posts(5, 5))["trend_score"] for velocity in range(-5, 15)
    ]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


counts = st.integers(0, 10**15)


@given(
    st.fixed_dictionaries(
        {
            "total_views": counts,
            "total_engagement": counts,
            "velocity": st.none() | st.floats(-1e12, 1e12).map(lambda value: round(value, 4)),
            "activity": st.integers(0, 10**12),
            "growth_views": counts,
            "growth_engagement": counts,
            "hours_since_first": st.none() | st.integers(0, 168),
        }
    ),
    st.integers(0, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(min(n, 1), n))),
)
def test_scores_are_always_0_to_100(values: dict[str, Any], authored: tuple[int, int]) -> None:
    row = scored(**values, **posts(*authored))
    assert 0 <= row["trend_score"] <= 100
    assert row["promoted"] == (row["trend_score"] > 50 and not row["filters"])
