"""The registry of platforms."""

import pytest

from trend_assets.capture.items import CUMULATIVE, GAUGE, TRAILING_24H
from trend_assets.capture.platforms import PLATFORMS, platform
from trend_assets.errors import UnknownNameError


def test_a_platform_is_found_by_its_name() -> None:
    assert {name: platform(name).PLATFORM for name in PLATFORMS} == {name: name for name in PLATFORMS}


def test_an_unknown_platform_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"'myspace'; there are .*reddit, .*tiktok, .*x"):
        platform("myspace")


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_every_platform_declares_its_items_and_surfaces(name: str) -> None:
    module = PLATFORMS[name]
    assert module.SURFACE_TYPES and all(module.SURFACE_TYPES.values())
    for item_name, item_type in module.ITEM_TYPES.items():
        assert item_type.name == item_name
        assert set(item_type.counters) <= {*CUMULATIVE, *TRAILING_24H, *GAUGE}
        assert item_type.signed <= set(item_type.counters)


@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_an_unknown_surface_type_is_a_problem_that_lists_the_valid_ones(name: str) -> None:
    parsed = PLATFORMS[name].parse({}, "nowhere")
    assert parsed.shape is None and parsed.problem is not None
    assert "'nowhere'" in parsed.problem
    assert all(surface_type in parsed.problem for surface_type in PLATFORMS[name].SURFACE_TYPES)


@pytest.mark.parametrize(
    "payload", [None, True, 5, 1.5, "", " ", '""', "<html></html>", {}, {"data": None}, [None], [[]], ["a"]]
)
@pytest.mark.parametrize("name", sorted(PLATFORMS))
def test_what_no_surface_delivers_is_a_problem_and_no_empty_list(name: str, payload: object) -> None:
    for surface_type in PLATFORMS[name].SURFACE_TYPES:
        parsed = PLATFORMS[name].parse(payload, surface_type)
        assert parsed.shape is None and not parsed.items and not parsed.rejected
        assert parsed.problem is not None and "expected" in parsed.problem and "found" in parsed.problem


def test_a_problem_can_be_stored_whatever_the_payload_holds() -> None:
    for payload in ({"\ud800\x00": 1}, "\ud800\x00 page", ["\ud800"]):
        problem = platform("reddit").parse(payload, "hot").problem
        assert problem is not None and "\x00" not in problem
        problem.encode()
