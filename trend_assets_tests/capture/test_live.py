"""Live capture against the sandbox: the surfaces deliver, and each misbehaviour ends as it should."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from trend_assets.capture import health, live
from trend_assets.capture.automation import cron_of
from trend_assets.capture.items import ItemType, Parsed
from trend_assets.capture.live import Due, Network, daily_budget, due_in, due_now, parse_all, slot_of
from trend_assets.capture.payload import Delivery
from trend_assets.capture.platforms import PLATFORMS, is_live, live_platform
from trend_assets.capture.runs import CaptureRun, commit, judge
from trend_assets.capture.surfaces import Surface
from trend_assets.errors import TransientError
from trend_assets.hours import HOUR, Span, to_utc
from trend_assets.net.visitor import Visitor
from trend_assets.sandbox.faults import FAULTS
from trend_assets.sandbox.server import Running
from trend_assets.sandbox.world import World
from trend_assets.steps import Work
from trend_assets.trends import spine
from trend_assets_tests.capture.live import (
    ACCOUNTS,
    APP,
    CHARTS,
    DISCOVER,
    FRONT_PAGE,
    GADGETS,
    GLOBAL_VOICES,
    HOT_SEARCH,
    KEYWORDS,
    MOST_VIEWED,
    PACKAGED,
    POPULAR,
    PRODUCTS,
    REELS,
    RISING,
    SEARCHES,
    SOUNDS,
    SURFACES,
    TAGGED,
    TAGS,
    TOKENS,
    TOPICS,
    TRENDING,
    TRENDS,
    UN_NEWS,
    address,
    capture,
    network_to,
    paced,
    present,
)
from trend_assets_tests.capture.platforms import test_instagram as ig
from trend_assets_tests.capture.platforms.tiktok_payloads import chart_item, router_page, sigi_page, web_video
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.net.site import Answer, Request, serving
from trend_assets_tests.sandbox.conftest import control, order
from trend_assets_tests.sandbox.surfaces import items_on
from trend_assets_tests.stores import dicts, open_stores

START = datetime(2026, 3, 1, 5, tzinfo=UTC).replace(tzinfo=None)
SPAN = Span.of(START)
EVEN = Span.of(START + HOUR)
"""An hour in which every surface that is enabled is due."""
MIDNIGHT = Span.of(START.replace(hour=0))
"""An hour in which also those are due that are captured once a day."""
TIKTOKS = ("tiktok:discover", "tiktok:trending_sounds", "tiktok:hashtag:marketing", "tiktok:hashtag:ai")
LATER = START + timedelta(days=30)


def minutes(*counts: int) -> list[datetime]:
    return [START + timedelta(minutes=count) for count in counts]


@pytest.mark.parametrize(
    ("cadence", "slot"),
    [
        (30, minutes(30)[0]), (45, minutes(30)[0]), (60, START), (90, START), (120, START - HOUR), (0, START),
        (1440, START.replace(hour=0)), (10_080, START.replace(hour=0)),
    ],
)  # fmt: skip
def test_a_moment_belongs_to_the_last_point_of_the_cadence(cadence: int, slot: datetime) -> None:
    assert slot_of(paced(cadence), START + timedelta(minutes=59, seconds=59)) == slot
    assert slot_of(paced(cadence), slot) == slot


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_no_clock_is_put_forward_or_back(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three change their clocks at different times, Lord Howe by half an hour."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        year = Span(datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001 - naive UTC
        slots = [due.slot for due in due_in([paced(120)], year, LATER.replace(year=2030))]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert len(slots) == 365 * 12
    assert {after - before for before, after in pairwise(slots)} == {2 * HOUR}
    assert {slot.hour % 2 for slot in slots} == {0}


def test_the_runs_of_a_span_are_those_whose_slots_lie_in_it() -> None:
    span = Span(START, START + 3 * HOUR)
    slots = {cadence: [due.slot for due in due_in([paced(cadence)], span, LATER)] for cadence in (30, 60, 120, 0)}
    assert slots == {
        30: minutes(0, 30, 60, 90, 120, 150),
        60: minutes(0, 60, 120),
        120: minutes(60),
        0: minutes(0, 60, 120),
    }


def test_they_come_in_the_order_of_their_times() -> None:
    dues = due_in([RISING, DISCOVER], Span(START, START + 2 * HOUR), LATER)
    assert [(due.slot, due.surface.id) for due in dues] == sorted((due.slot, due.surface.id) for due in dues)
    assert len(dues) == 6


def test_only_slots_that_have_come_are_due() -> None:
    dues = due_in([RISING], SPAN, START + timedelta(minutes=29, seconds=59))
    assert [due.slot for due in dues] == [START]
    assert due_in([RISING], SPAN, START - timedelta(seconds=1)) == []
    assert due_in([RISING], SPAN, START)[0].at == START


@pytest.mark.parametrize("cadence", [1, 7, 30, 45, 60, 120])
def test_a_simulated_run_has_one_time_whenever_it_is_made(cadence: int) -> None:
    """One whose time followed the clock moved when it was repeated: a run id with two times of capture."""
    early, late = (
        {due.slot: due.at for due in due_in([paced(cadence)], SPAN, START + timedelta(minutes=minutes))} for minutes in (3, 59)
    )
    assert early.items() <= late.items()
    assert all(at == slot for slot, at in late.items())


def test_a_machine_that_slept_makes_one_run_of_the_present_slot() -> None:
    dues = due_now([RISING, DISCOVER], START + timedelta(hours=7, minutes=40), {(RISING.id, START): 3})
    assert dues == [Due(RISING, START + timedelta(hours=7, minutes=30)), Due(DISCOVER, START + 7 * HOUR)]


def test_another_run_of_the_same_slot_is_another_attempt() -> None:
    (due,) = due_now([DISCOVER], START + timedelta(minutes=5), {(DISCOVER.id, START): 2})
    assert due.attempt == 2


def test_budgets_are_those_of_the_request_table() -> None:
    """Seed 004 §7, the column Requests/Day; then those that the seed does not have."""
    assert {surface.id: daily_budget(surface) for surface in PACKAGED.values()} == {
        "tiktok:discover": 120,
        "tiktok:trending_sounds": 72,
        "tiktok:hashtag:marketing": 36,
        "tiktok:hashtag:ai": 36,
        "tiktok:creative_center_hashtags:US/7": 12,
        "tiktok:creative_center_songs:US/7": 12,
        "instagram:explore_reels": 120,
        "instagram:hashtag:marketing": 36,
        "x:trending": 48,
        "reddit:rising": 48,
        "reddit:rising:shutupandtakemymoney": 24,
        "hackernews:front_page": 48,
        "mastodon:trends": 48,
        "wikipedia:most_viewed": 8,
        "bluesky:trending": 48,
        "google_trends:rss:US": 24,
        "rss:feed:global_voices": 8,
        "rss:feed:un_news": 16,
        "youtube:most_popular:US": 96,
        "pinterest:trends:US/growing": 1,
        "amazon:best_sellers": 48,
        "amazon:movers": 48,
        "amazon:deals": 48,
        "redbubble:popular_tags": 48,
        "weibo:hot_search": 24,
    }


@pytest.mark.parametrize("cadence", [1, 7, 45, 60, 90, 100, 300, 1440, 2880, 10_080])
def test_the_budget_of_a_day_and_its_slots_are_those_that_the_schedule_makes(cadence: int) -> None:
    surface = paced(cadence).model_copy(update={"requests_per_run": 3})
    day = Span(START.replace(hour=0), START.replace(hour=0) + 24 * HOUR)
    ticks = map(to_utc, schedule_execution_time_iterator(day.start.replace(tzinfo=UTC).timestamp(), cron_of(cadence), "UTC"))
    slots = [due.slot for due in due_in([surface], day, LATER)]
    assert slots == list(takewhile(lambda tick: tick in day, ticks))
    assert daily_budget(surface) == 3 * len(slots) > 0


def test_a_surface_that_is_captured_by_hand_has_no_budget() -> None:
    assert daily_budget(paced(0).model_copy(update={"requests_per_run": 3})) == 0


def videos(*names: int) -> dict[str, Any]:
    return {"statusCode": 0, "itemList": [web_video(id=str(10**18 + name), desc=f"video {name}") for name in names]}


def test_an_item_of_several_payloads_counts_once_in_its_first_place() -> None:
    parsed = parse_all(live_platform(DISCOVER), DISCOVER, Delivery((videos(3, 1), videos(1, 2))))
    assert [item.text_content for item in parsed.items] == ["video 3", "video 1", "video 2"]
    assert parsed.problem is None


def test_an_unreadable_payload_does_not_sink_the_others_and_is_not_hidden_by_them() -> None:
    refused = {"statusCode": 10101, "itemList": []}
    parsed = parse_all(live_platform(DISCOVER), DISCOVER, Delivery((videos(1), refused, {"other": 1}, {"other": 1})))
    assert len(parsed.items) == 1
    status, reasons = judge(parsed)
    assert status == "partial"
    assert re.fullmatch(r"TikTok answered with status 10101 and no entries; expected a TikTok [^;]* \('other'\)", reasons)


@pytest.mark.parametrize(("payloads", "problem"), [(({"other": 1},), "expected a TikTok"), ((), "nothing was delivered")])
def test_nothing_readable_is_a_problem_not_an_empty_list(payloads: tuple[object, ...], problem: str) -> None:
    parsed = parse_all(live_platform(DISCOVER), DISCOVER, Delivery(payloads))
    assert parsed.shape is None
    assert parsed.problem and problem in parsed.problem


@pytest.fixture
def network(box: Running, tmp_path: Path) -> Iterator[Network]:
    with network_to(address(box), tmp_path, page_seconds=4) as network:
        yield network


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return open_stores(tmp_path / "stores", LATER)


def captured_hours(network: Network, work: Work, span: Span, *surfaces: Any) -> dict[str, dict[str, Any]]:
    """Capture and commit the span; returns the last run row of each surface."""
    runs = capture(network, due_in(surfaces, span, LATER), LATER)
    commit(work.lake, runs.values(), LATER)
    return {row["surface"]: row for row in dicts(work.lake, "capture_runs")}


@needs_chromium
def test_all_surfaces_deliver_what_is_expected_of_them(network: Network) -> None:
    runs = capture(network, due_in(list(SURFACES.values()), EVEN, LATER), LATER)
    assert runs.keys() == SURFACES.keys()
    for run in runs.values():
        assert (run.status, run.error_message) == ("success", "")
        assert len(run.parsed.items) >= run.surface.min_items > 0
        assert run.hour == EVEN.start
    assert len(runs["tiktok:discover"].parsed.items) == 48, "three batches: scrolling brings more"


BEACONS = """<script>
fetch("/api/explore/item_list/?count=1");
fetch("/collect?u=https://www.tiktok.com/api/explore/item_list/");
fetch("/log/api/explore/item_list/");
fetch("http://log.example.localhost:{port}/api/explore/item_list/");
</script>"""


@needs_chromium
def test_only_tiktoks_own_lists_are_taken_for_lists(tmp_path: Path) -> None:
    """Pages tell others which addresses they load."""
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/explore", BEACONS.format(port=site.port))
        for place in ("/collect", "/log/api/explore/item_list/", "log.example/api/explore/item_list/"):
            site.play(place, json.dumps(videos(2)), access_control_allow_origin="*")
        site.play("www.tiktok.com/api/explore/item_list/", json.dumps(videos(1)))
        run = capture(network, due_in([DISCOVER], EVEN, LATER), LATER)[DISCOVER.id]
    assert len(site.paths()) == 5
    assert [item.text_content for item in run.parsed.items] == ["video 1"]


LIST = {"discover": "/api/explore/", "sounds": "/node/", "tags": "/api/challenge/"}
LATE = {"seconds": 12}
NO_LIST = r"loaded no list and holds none: try again later, or look at it in a browser"
LINKED = r"^TikTok's lists could not be read; what its page links to has no counts$"
GOOD = ("success", "", "good")

TIKTOK: dict[str, tuple[Any, ...]] = {
    "pages that do not come": (
        [
            ("rate_limited", "/explore", {"retry_after": 90}),
            ("server_error", "/music", {}),
            ("timeout", "/tag/marketing", LATE),
            ("refused", "/tag/ai", {}),
        ],
        ("failed", r"/explore asks for fewer requests \(HTTP 429\): come back at .* UTC, and lower the rate\.", "missing"),
        ("failed", r"/music failed \(HTTP 500\): try again later\.", "missing"),
        ("failed", r"/tag/marketing did not open within 4 s: check the network, or try again later\.", "missing"),
        ("failed", r"/tag/ai did not open \(ERR_EMPTY_RESPONSE\): check the network, or try again later\.", "missing"),
    ),
    "lists that do not come": (
        [
            ("rate_limited", LIST["discover"], {}),
            ("server_error", LIST["sounds"], {}),
            ("refused", LIST["tags"], {}),
        ],
        ("failed", r"^www.tiktok.com/api/explore/item_list/ asks for fewer requests \(HTTP 429\): try .* rate\.$", "missing"),
        ("failed", r"^www.tiktok.com/node/share/discover failed \(HTTP 500\): try again later\.$", "missing"),
        ("failed", r"^www.tiktok.com/api/challenge/item_list/ brought no whole answer: try again later\.$", "missing"),
        ("failed", r"^www.tiktok.com/api/challenge/item_list/ brought no whole answer: try again later\.$", "missing"),
    ),
    "pages without lists": (
        [
            ("login_wall", "/explore", {}),
            ("truncated", "/music", {}),
            ("timeout", LIST["tags"], LATE),
        ],
        ("failed", r"/explore led to www.tiktok.com/login, perhaps because it wants a login\. robots\.txt", "missing"),
        ("failed", NO_LIST, "missing"),
        ("failed", f"{NO_LIST}|brought no whole answer", "missing"),
        ("failed", f"{NO_LIST}|brought no whole answer", "missing"),
    ),
    "lists that are none": (
        [
            ("truncated", LIST["discover"], {}),
            ("changed_shape", LIST["sounds"], {}),
            ("login_wall", LIST["tags"], {}),
        ],
        ("failed", r"item_list/ sent no whole JSON \(\d+ characters\): try again later\.", "missing"),
        ("failed", r"changed its payloads; look at one with `trend-assets parse`", "missing"),
        ("failed", r"asks for a login on /tag/\w+: store one, as docs/operations.md says", "missing"),
        ("failed", r"asks for a login on /tag/\w+: store one, as docs/operations.md says", "missing"),
    ),
    "lists that are elsewhere": (
        [("moved", "/", {})],
        ("partial", LINKED, "partial"),
        ("partial", LINKED, "partial"),
        ("partial", LINKED, "partial"),
        ("partial", LINKED, "partial"),
    ),
    "lists with less": (
        [
            ("empty", LIST["discover"], {}),
            ("short", LIST["sounds"], {}),
            ("frozen", LIST["tags"], {}),
        ],
        ("success", "", "suspect"),
        GOOD,
        GOOD,
        GOOD,
    ),
}  # fmt: skip
"""What is wrong with the pages → run status, message and coverage of explore, sounds, #marketing and #ai."""


def assert_ends(row: dict[str, Any], judged: tuple[str, str], expected: tuple[str, str, str]) -> None:
    """Check a run row and the (status, reason) of its coverage."""
    status, message, coverage = expected
    assert (row["status"], judged[0]) == (status, coverage), row["error_message"]
    assert bool(row["error_message"]) == bool(message)
    assert re.search(message, row["error_message"])
    if status == "failed":
        assert row["item_count"] == 0
        assert judged[1] == f"the run failed: {row['error_message']}"
    if coverage == "suspect":
        assert judged[1] == "no items"


def coverage_of(work: Work, hour: datetime) -> dict[str, tuple[str, str]]:
    return {row["surface"]: (row["status"], row["reason"]) for row in dicts(work.lake, "coverage") if row["hour"] == hour}


@needs_chromium
@pytest.mark.parametrize("wrong", TIKTOK)
def test_each_misbehaviour_of_tiktok_ends_as_it_should_and_the_hour_goes_on(
    wrong: str, box: Running, network: Network, work: Work
) -> None:
    orders, *expected = TIKTOK[wrong]
    for fault, path, options in orders:
        order(box, fault, path=path, **options)
    rows = captured_hours(network, work, EVEN, *(SURFACES[name] for name in TIKTOKS), RISING)
    spine.run(work, EVEN)
    judged = coverage_of(work, EVEN.start)
    for surface, outcome in zip(TIKTOKS, expected, strict=True):
        assert_ends(rows[surface], judged[surface], outcome)
    assert_ends(rows[RISING.id], judged[RISING.id], GOOD)
    assert spine.dirty_hours(work) == {}
    assert {row["platform"] for row in dicts(work.lake, "evidence")} >= {"reddit"}


BROWSED = tuple(surface.model_copy(update={"cadence_minutes": 60}) for surface in (*CHARTS, REELS, TAGGED))
"""The other surfaces with a page that fetches its list, without a token."""
PAGE_OF = ("/creative/", "/business/", "/reels/", "/explore/")
LIST_OF = ("/CreativeOne/", "/creative_radar_api/", "/graphql/", "/api/v1/")
FETCHED: dict[str, tuple[Any, ...]] = {
    "pages that do not come": (
        list(zip(("rate_limited", "server_error", "timeout", "refused"), PAGE_OF, strict=True)),
        ("failed", r"^ads\.tiktok\.com/creative/\S+ asks for fewer requests \(HTTP 429\)", "missing"),
        ("failed", r"^ads\.tiktok\.com/business/\S+ failed \(HTTP 500\): try again later\.$", "missing"),
        ("failed", r"^www\.instagram\.com/reels/ did not open within 4 s", "missing"),
        ("failed", r"^www\.instagram\.com/explore/tags/marketing/ did not open \(ERR_EMPTY_RESPONSE\)", "missing"),
    ),
    "lists that do not come": (
        list(zip(("refused", "rate_limited", "server_error", "timeout"), LIST_OF, strict=True)),
        ("failed", r"GetHashtagList brought no whole answer: try again later\.$", "missing"),
        ("failed", r"^ads\.tiktok\.com/creative_radar_api/\S+ failed \(HTTP 429\): try again later\.$", "missing"),
        ("failed", r"^www\.instagram\.com/graphql/query failed \(HTTP 500\): try again later\.$", "missing"),
        ("failed", r"^www\.instagram\.com/api/v1/tags/web_info/ brought no whole answer: try again later\.$", "missing"),
    ),
    "pages without lists": (
        list(zip(("truncated", "login_wall", "login_wall", "truncated"), PAGE_OF, strict=True)),
        ("failed", NO_LIST, "missing"),
        (
            "failed",
            r"^ads\.tiktok\.com/business/\S+ led to ads\.tiktok\.com/login, perhaps because it wants a login",
            "missing",
        ),
        (
            "failed",
            r"^www\.instagram\.com/reels/ led to www\.instagram\.com/login, perhaps because it wants a login",
            "missing",
        ),
        ("failed", NO_LIST, "missing"),
    ),
    "lists that are none": (
        list(zip(("login_wall", "changed_shape", "truncated", "changed_shape"), LIST_OF, strict=True)),
        ("failed", r"^TikTok asks for a login on /creative/creativeCenter/trends/hashtag: store one, as docs/op", "missing"),
        ("failed", r"tiktok may have changed its payloads", "missing"),
        ("failed", r"^www\.instagram\.com/graphql/query sent no whole JSON \(\d+ characters\): try again later\.$", "missing"),
        ("failed", r"instagram may have changed its payloads", "missing"),
    ),
    "other lists that are none": (
        list(zip(("changed_shape", "truncated", "changed_shape", "login_wall"), LIST_OF, strict=True)),
        ("failed", r"tiktok may have changed its payloads", "missing"),
        ("failed", r"rank_list sent no whole JSON \(\d+ characters\): try again later\.$", "missing"),
        ("failed", r"instagram may have changed its payloads", "missing"),
        (
            "failed",
            r"^Instagram asks for a login on /explore/tags/marketing/: store one, .*, set TREND_INSTAGRAM_TOKEN, or",
            "missing",
        ),
    ),
    "lists that are elsewhere": (
        [("moved", place) for place in (*PAGE_OF, *LIST_OF)],
        ("partial", LINKED, "partial"),
        ("partial", LINKED, "partial"),
        ("failed", NO_LIST, "missing"),
        ("failed", NO_LIST, "missing"),
    ),
    "lists with less": (
        list(zip(("empty", "short", "frozen", "empty"), LIST_OF, strict=True)),
        ("success", "", "suspect"),
        GOOD,
        GOOD,
        ("success", "", "suspect"),
    ),
}
"""What is wrong with pages or lists → run status, message and coverage of Creative Center's charts, reels and #marketing."""


@needs_chromium
@pytest.mark.parametrize("wrong", FETCHED)
def test_each_misbehaviour_of_a_page_that_fetches_its_list_ends_as_it_should(
    wrong: str, box: Running, tmp_path: Path, work: Work
) -> None:
    orders, *expected = FETCHED[wrong]
    for fault, path in orders:
        for platform in ("tiktok", "instagram"):
            order(box, fault, platform=platform, path=path, **(LATE if fault == "timeout" else {}))
    with network_to(address(box), tmp_path, page_seconds=4, tokens={}) as network:
        rows = captured_hours(network, work, EVEN, *BROWSED)
    health.STEP.run(work, EVEN)
    judged = coverage_of(work, EVEN.start)
    for surface, outcome in zip(BROWSED, expected, strict=True):
        assert_ends(rows[surface.id], judged[surface.id], outcome)


@needs_chromium
def test_every_page_that_fetches_its_list_delivers_what_is_expected_of_it(box: Running, tmp_path: Path) -> None:
    with network_to(address(box), tmp_path, page_seconds=4, tokens={}) as network:
        runs = capture(network, due_in(BROWSED, EVEN, LATER), LATER)
    for surface in BROWSED:
        run = runs[surface.id]
        assert (run.status, run.error_message) == ("success", "")
        assert len(run.parsed.items) >= surface.min_items > 0
        assert all(item.platform == surface.platform and item.canonical_url for item in run.parsed.items)
    assert len(runs[REELS.id].parsed.items) == 24, "two batches: scrolling brings more"


@needs_chromium
@pytest.mark.parametrize("answer", [{"status": 401}, {"body": json.dumps({"require_login": True, "status": "fail"})}])
def test_an_answer_that_wants_a_login_says_so(answer: dict[str, Any], tmp_path: Path) -> None:
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/reels/", '<script>fetch("/api/v1/clips/home/")</script>')
        site.play("/api/v1/clips/home/", answer.get("body", "{}"), status=answer.get("status", 200))
        run = capture(network, due_in([REELS], EVEN, LATER), LATER)[REELS.id]
    said = "Instagram asks for a login on /reels/: store one, as docs/operations.md says, or leave the surface out."
    assert (run.status, run.error_message) == ("failed", said)


@needs_chromium
def test_what_a_page_holds_is_read_where_it_loads_nothing(tmp_path: Path) -> None:
    with serving() as site, network_to(site.url, tmp_path, tokens={}) as network:
        site.play("/explore/tags/marketing/", ig.SHAPES["page without a login"])
        site.play("/creative/creativeCenter/trends/hashtag", router_page(chart_item()))
        runs = capture(network, due_in((CHARTS[0], TAGGED), MIDNIGHT, LATER), LATER)
    assert [(run.status, len(run.parsed.items)) for run in runs.values()] == [("success", 1)] * 2


def grid(*codes: str) -> dict[str, Any]:
    return {"items": [{"media": ig.reel(code=code)} for code in codes], "paging_info": {}}


REELS_PAGE: dict[str, tuple[list[str], dict[str, tuple[int, Any]], tuple[str, list[str], str]]] = {
    "another answer wants a login": (
        [],
        {"/api/v1/clips/home/": (200, grid("a", "b")), "/api/graphql": (401, {})},
        ("success", ["a", "b"], ""),
    ),
    "another answer says so": (
        [],
        {"/api/v1/clips/home/": (200, grid("a")), "/graphql/query": (200, {"require_login": True, "status": "fail"})},
        ("success", ["a"], ""),
    ),
    "another answer fails": (
        [],
        {"/api/v1/clips/home/": (200, grid("a")), "/api/graphql": (403, {})},
        ("success", ["a"], ""),
    ),
    "another list fails": (
        [],
        {"/api/v1/clips/home/": (200, grid("a")), "/api/v1/clips/more/": (500, {})},
        ("partial", ["a"], r"^www\.instagram\.com/api/v1/clips/more/ failed \(HTTP 500\): try again later\.$"),
    ),
    "the first batch is in the page": (
        ["a", "b"],
        {"/graphql/query": (200, {"data": {ig.CLIPS: ig.edges({"media": ig.reel(code="b")}, {"media": ig.reel(code="c")})}})},
        ("success", ["a", "b", "c"], ""),
    ),
    "all is in the page, and an empty list is loaded": (
        ["a", "b", "c"],
        {"/graphql/query": (200, {"data": {ig.CLIPS: {"edges": []}}})},
        ("success", ["a", "b", "c"], ""),
    ),
    "all is in the page, and the rest wants a login": (["a"], {"/graphql/query": (401, {})}, ("success", ["a"], "")),
    "nothing comes but an empty list, and the rest wants a login": (
        [],
        {"/graphql/query": (200, {"data": {ig.CLIPS: {"edges": []}}}), "/api/graphql": (401, {})},
        ("failed", [], "^Instagram asks for a login on /reels/"),
    ),
}
"""What the page of the reels tab holds and loads → run status, items and message."""


@needs_chromium
@pytest.mark.parametrize("case", REELS_PAGE)
def test_of_a_page_of_reels_all_lists_count_and_nothing_else(case: str, tmp_path: Path) -> None:
    held, loaded, (status, codes, message) = REELS_PAGE[case]
    lists = [ig.deep({ig.CLIPS: ig.edges(*({"media": ig.reel(code=code)} for code in held))})] if held else []
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/reels/", ig.page(*lists) + f"<script>{json.dumps(list(loaded))}.forEach((place) => fetch(place))</script>")
        for place, (answered, body) in loaded.items():
            site.play(place, json.dumps(body), status=answered)
        run = capture(network, due_in([REELS], EVEN, LATER), LATER)[REELS.id]
    assert (run.status, [item.platform_item_id for item in run.parsed.items]) == (status, codes), run.error_message
    assert bool(message) == bool(run.error_message) and re.search(message, run.error_message)


@needs_chromium
@pytest.mark.parametrize(
    ("loaded", "status", "names"),
    [
        ((200, videos(2, 3)), "success", ["video 1", "video 2", "video 3"]),
        ((200, videos()), "success", ["video 1", "video 2"]),
        ((401, {}), "partial", ["video 1", "video 2"]),
    ],
)
def test_what_a_page_of_videos_holds_comes_before_what_it_loads(
    loaded: tuple[int, Any], status: str, names: list[str], tmp_path: Path
) -> None:
    tag = SURFACES["tiktok:hashtag:ai"]
    first = {video["id"]: video for video in videos(1, 2)["itemList"]}
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/tag/ai", sigi_page(first) + '<script>fetch("/api/challenge/item_list/")</script>')
        site.play("/api/challenge/item_list/", json.dumps(loaded[1]), status=loaded[0])
        run = capture(network, due_in([tag], EVEN, LATER), LATER)[tag.id]
    assert (run.status, [item.text_content for item in run.parsed.items]) == (status, names), run.error_message


ONE_REQUEST: dict[str, tuple[dict[str, Any], tuple[str, str, str]]] = {
    "rate_limited": ({"retry_after": 90}, ("failed", r"PLACE asks for fewer requests \(HTTP 429\): come back at", "missing")),
    "server_error": ({}, ("failed", r"PLACE failed \(HTTP 500\): try again later\.$", "missing")),
    "timeout": (LATE, ("failed", r"PLACE took too long: check the network, or try again later\.$", "missing")),
    "refused": ({}, ("failed", r"PLACE gave no whole answer \(ConnectionError\): check the network, or try", "missing")),
    "empty": ({}, ("success", "", "suspect")),
    "truncated": ({}, ("failed", r"PLACE sent no whole JSON", "missing")),
    "changed_shape": ({}, ("failed", r"changed its payloads; look at one with `trend-assets parse`", "missing")),
    "moved": ({}, ("failed", r"PLACE .*HTTP 404", "missing")),
    "login_wall": ({}, ("failed", r"PLACE .*/login: leave the surface out", "missing")),
    "frozen": ({}, GOOD),
    "short": ({}, GOOD),
}  # fmt: skip
"""What is wrong with the answer → run status, message and coverage of a surface that is one; PLACE is what was asked for."""
BEST_SELLERS, MOVERS, DEALS = PRODUCTS
PLACES = {
    RISING: r"www\.reddit\.com/r/marketing/rising\.json",
    GADGETS: r"www\.reddit\.com/r/shutupandtakemymoney/rising\.json",
    FRONT_PAGE: r"hn\.algolia\.com/api/v1/search",
    TRENDS: r"mastodon\.social/api/v1/trends/tags",
    TOPICS: r"public\.api\.bsky\.app/xrpc/app\.bsky\.unspecced\.getTrends",
    MOST_VIEWED: r"wikimedia\.org/api/rest_v1/metrics/pageviews/top/en\.wikipedia/all-access/2026/02/2[78]",
    HOT_SEARCH: r"weibo\.com/ajax/side/hotSearch",
    SEARCHES: r"trends\.google\.com/trending/rss",
    POPULAR: r"www\.googleapis\.com/youtube/v3/videos",
    KEYWORDS: r"api\.pinterest\.com/v5/trends/keywords/US/top/growing",
    TRENDING: r"api\.x\.com/2/trends/by/woeid/1",
    BEST_SELLERS: r"www\.amazon\.com/gp/bestsellers/",
    MOVERS: r"www\.amazon\.com/gp/movers-and-shakers/",
    DEALS: r"www\.amazon\.com/deals",
    GLOBAL_VOICES: r"globalvoices\.org/feed/",
    UN_NEWS: r"news\.un\.org/feed/subscribe/en/news/all/rss\.xml",
    TAGS: r"www\.redbubble\.com/explore/for-you/",
    TAGGED: r"graph\.facebook\.com/ig_hashtag_search",
}
"""Surface without a browser → the first thing it asks for."""
NO_FEED = ("failed", "^expected a whole Google Trends feed", "missing")
CUT_OFF = ("partial", r"PLACE sent no whole page \(\d+ characters\): try again later$", "partial")
NO_ITEMS = {"empty": ("failed", NO_LIST, "missing"), "changed_shape": ("failed", NO_LIST, "missing"), "truncated": CUT_OFF}
"""Of a page that holds the items itself: without them it looks like any other page."""
NO_HASHTAG = ("failed", r"^PLACE names no hashtag 'marketing': check the surface_key of instagram:hashtag:marketing", "missing")
BROKEN_FEED = {
    "truncated": ("partial", r"1 entries rejected: cut_off; the feed is broken \(.* in line \d+\)", "partial"),
    "changed_shape": ("success", "", "suspect"),
}
"""A feed is read as far as it goes, and may hold no articles."""
OWN = {
    GLOBAL_VOICES: BROKEN_FEED,
    UN_NEWS: BROKEN_FEED,
    TAGGED: {"empty": NO_HASHTAG, "changed_shape": NO_HASHTAG},
    SEARCHES: {"truncated": NO_FEED, "changed_shape": NO_FEED},
    **dict.fromkeys((*PRODUCTS, TAGS), NO_ITEMS),
}
"""Where a surface's outcome is another one."""


@pytest.mark.parametrize("fault", ONE_REQUEST)
def test_each_misbehaviour_of_platforms_without_a_browser_ends_as_it_should(
    fault: str, box: Running, network: Network, work: Work
) -> None:
    """Of all platforms at once: one surface each, of which a second run would wait for what the first was told."""
    options, usual = ONE_REQUEST[fault]
    surfaces = {surface.platform: surface for surface in PLACES}.values()
    for surface in surfaces:
        order(box, fault, platform=surface.platform, **options)
    rows = captured_hours(network, work, EVEN, *(one.model_copy(update={"cadence_minutes": 60}) for one in surfaces))
    health.STEP.run(work, EVEN)
    for surface in surfaces:
        status, message, coverage = OWN.get(surface, {}).get(fault, usual)
        expected = status, message.replace("PLACE", PLACES[surface]), coverage
        assert_ends(rows[surface.id], coverage_of(work, EVEN.start)[surface.id], expected)


@pytest.mark.parametrize("surface", PLACES, ids=lambda surface: surface.id)
def test_a_surface_without_a_browser_delivers_what_is_expected_of_it(surface: Surface, network: Network) -> None:
    run = capture(network, due_in([surface], MIDNIGHT, LATER), LATER)[surface.id]
    assert (run.status, run.error_message) == ("success", "")
    assert len(run.parsed.items) >= surface.min_items > 0
    assert all(item.platform == surface.platform and item.canonical_url for item in run.parsed.items)


@pytest.mark.parametrize(
    ("surface", "path", "kinds"),
    [
        (TRENDS, "/api/v1/trends/tags", {"post"}),
        (TRENDS, "/api/v1/trends/statuses", {"hashtag"}),
        (TOPICS, "/xrpc/app.bsky.unspecced.getTrends", {"topic"}),
        (TOPICS, "/xrpc/app.bsky.unspecced.getTrendingTopics", {"topic"}),
        (TAGGED, "/17840507805323929/top_media", {"reel", "post"}),
        (TAGGED, "/17840507805323929/recent_media", {"reel", "post"}),
    ],
)
@pytest.mark.parametrize("fault", ["server_error", "truncated", "moved", "changed_shape"])
def test_a_list_that_does_not_come_does_not_sink_the_other(
    fault: str, surface: Surface, path: str, kinds: set[str], box: Running, network: Network
) -> None:
    order(box, fault, platform=surface.platform, path=path)
    run = capture(network, due_in([surface], EVEN, LATER), LATER)[surface.id]
    assert run.status == "partial"
    assert {item.item_type for item in run.parsed.items} == kinds
    assert run.error_message.startswith("expected ") if fault == "changed_shape" else path in run.error_message


def test_until_the_list_of_yesterday_is_published_wikipedia_delivers_the_one_before(box: Running, network: Network) -> None:
    run = capture(network, due_in([MOST_VIEWED], MIDNIGHT, LATER), LATER)[MOST_VIEWED.id]
    assert (run.status, run.error_message) == ("success", "")
    asked = [(one["path"][-10:], one["status"]) for one in control(box, "GET", "/requests")["requests"]]
    assert asked == [("robots.txt", 200), ("2026/02/28", 404), ("2026/02/27", 200)]


def test_a_list_that_changes_once_a_day_does_not_look_frozen(network: Network, work: Work) -> None:
    days = Span(START, START + 72 * HOUR)
    commit(
        work.lake, [run for runs in live.capture(network, due_in([MOST_VIEWED], days, LATER), present) for run in runs], LATER
    )
    health.STEP.run(work, days)
    judged = [status for hour in days for status, _ in coverage_of(work, hour).values()]
    assert (judged.count("good"), set(judged)) == (12, {"good", "not_due"})


@pytest.mark.parametrize(
    ("surface", "key", "said"),
    [
        (RISING, "marketing", "'marketing' is no community; write the surface_key like r/marketing."),
        (MOST_VIEWED, "en.wikipedia/../x", "'en.wikipedia/../x' is no project; write the surface_key like en.wikipedia."),
        (TRENDS, "mastodon.social/@a", "'mastodon.social/@a' is no host; write the surface_key like mastodon.social."),
        (SEARCHES, "us", "'us' is no country; write the surface_key like US."),
        (POPULAR, "", "'' is no country; write the surface_key like US."),
        (KEYWORDS, "US", "'US' is no region and kind of trend; write the surface_key like US/growing."),
        (
            UN_NEWS,
            "news.un.org/feed",
            "'news.un.org/feed' is no address of a feed; write the surface_key like https://globalvoices.org/feed/.",
        ),
        (
            UN_NEWS,
            "https://ann:pass@word@news.un.org/feed?token=secret",
            "'https://news.un.org/feed' is no address of a feed; write the surface_key like https://globalvoices.org/feed/.",
        ),
        (
            TRENDING,
            "US",
            "'US' is no place; write the surface_key like 23424977 (WOEID of the United States), or leave it out.",
        ),
        (CHARTS[0], "US", "'US' is no country and period of 7, 30 or 120 days; write the surface_key like US/7."),
        (CHARTS[1], "us/7", "'us/7' is no country and period of 7, 30 or 120 days; write the surface_key like US/7."),
        (DEALS, "toys", "'toys' is no category of deals, which have none; leave the surface_key out."),
        (
            BEST_SELLERS,
            "../cart",
            "'../cart' is no category; write the surface_key like toys-and-games or electronics/172282, or leave it out.",
        ),
    ],
)
def test_a_key_that_is_none_is_refused_with_an_example(
    surface: Surface, key: str, said: str, box: Running, network: Network
) -> None:
    wrong = surface.model_copy(update={"surface_key": key})
    run = capture(network, due_in([wrong], MIDNIGHT, LATER), LATER)[surface.id]
    assert (run.status, run.error_message) == ("failed", f"{surface.id}: {said}")
    assert control(box, "GET", "/requests")["requests"] == []


def test_a_chart_has_all_its_pages_in_one_order(network: Network) -> None:
    items = capture(network, due_in([POPULAR], SPAN, LATER), LATER)[POPULAR.id].parsed.items
    assert [item.rank for item in items] == list(range(1, 121))


def test_a_page_that_does_not_come_leaves_the_pages_before_it(box: Running, network: Network) -> None:
    surface = POPULAR.model_copy(update={"requests_per_run": 1, "cadence_minutes": 1440})
    with network_to(address(box), network.state / "real", simulated=False) as real:
        run = capture(real, due_now([surface], LATER, {}), LATER)[POPULAR.id]
    assert (run.status, len(run.parsed.items)) == ("partial", 50)
    assert "has used up its budget of 1 request" in run.error_message


@pytest.mark.parametrize(
    ("surface", "said"),
    [
        (POPULAR, r" needs a key of the YouTube Data API v3: .* set TREND_YOUTUBE_API_KEY to it\.$"),
        (KEYWORDS, r" needs an access token of Pinterest's API: set TREND_PINTEREST_TOKEN\.$"),
    ],
)
def test_a_platform_that_wants_a_token_is_not_asked_without_one(
    surface: Surface, said: str, box: Running, tmp_path: Path
) -> None:
    with network_to(address(box), tmp_path, tokens={}) as network:
        run = capture(network, due_in([surface], MIDNIGHT, LATER), LATER)[surface.id]
    assert run.status == "failed" and re.search(f"^{surface.id}{said}", run.error_message)
    assert control(box, "GET", "/requests")["requests"] == []


def test_a_token_without_its_account_asks_for_nothing(box: Running, tmp_path: Path) -> None:
    with network_to(address(box), tmp_path, accounts={}) as network:
        run = capture(network, due_in([TAGGED], MIDNIGHT, LATER), LATER)[TAGGED.id]
    assert run.status == "failed" and run.error_message.endswith(" belongs to: set TREND_INSTAGRAM_USER_ID.")
    assert control(box, "GET", "/requests")["requests"] == []


def test_with_a_token_a_hashtag_is_asked_of_the_api_in_the_name_of_its_account(box: Running, network: Network) -> None:
    run = capture(network, due_in([TAGGED], MIDNIGHT, LATER), LATER)[TAGGED.id]
    assert run.parsed.shape == "graph_media"
    asked = [(one["host"], one["path"], one["query"]) for one in control(box, "GET", "/requests")["requests"]]
    assert [path.rpartition("/")[2] for _, path, _ in asked] == ["ig_hashtag_search", "top_media", "recent_media"]
    assert {host for host, _, _ in asked} == {"graph.facebook.com"}
    assert all(f"user_id={ACCOUNTS['instagram']}" in query for _, _, query in asked)


def test_a_token_that_does_not_let_us_in_is_blamed(tmp_path: Path) -> None:
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/ig_hashtag_search", json.dumps({"error": {"code": 190}}), status=400)
        run = capture(network, due_in([TAGGED], MIDNIGHT, LATER), LATER)[TAGGED.id]
    assert "ig_hashtag_search answered HTTP 400" in run.error_message
    assert "Perhaps TREND_INSTAGRAM_TOKEN has expired or lacks the feature Instagram Public Content Access" in run.error_message


@pytest.mark.parametrize("number", ["../me", "1?fields=a", 2**53 + 1, "", None])
def test_a_number_that_is_none_leads_nowhere(number: object, tmp_path: Path) -> None:
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/ig_hashtag_search", json.dumps({"data": [{"id": number}]}))
        run = capture(network, due_in([TAGGED], MIDNIGHT, LATER), LATER)[TAGGED.id]
    assert "names no hashtag 'marketing'" in run.error_message
    assert len(site.paths()) <= 2


@pytest.mark.parametrize("surface", [POPULAR, KEYWORDS, TAGGED, TRENDING], ids=lambda surface: surface.id)
def test_a_token_is_in_no_message_no_row_no_log_and_no_address(
    surface: Surface, box: Running, network: Network, work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    once = surface.model_copy(update={"cadence_minutes": 60})
    for fault in (None, *FAULTS):
        if fault:
            order(box, fault, platform=surface.platform, times=3, seconds=6)
        captured_hours(network, work, MIDNIGHT, once)
    log = control(box, "GET", "/requests")["requests"]
    assert len(log) > len(FAULTS)
    tables = [dicts(work.lake, table) for table in ("capture_runs", "captures", "quarantine")]
    assert caplog.text and TOKENS[surface.platform] not in f"{tables}{log}{network}{caplog.text}"


@pytest.mark.parametrize("fault", ONE_REQUEST)
def test_each_misbehaviour_of_reddits_api_ends_as_that_of_its_pages(
    fault: str, box: Running, tmp_path: Path, work: Work
) -> None:
    options, (status, message, coverage) = ONE_REQUEST[fault]
    order(box, fault, platform="reddit", path="/r/", **options)
    with network_to(address(box), tmp_path, page_seconds=4, tokens=APP) as network:
        row = captured_hours(network, work, EVEN, GADGETS)[GADGETS.id]
    health.STEP.run(work, EVEN)
    expected = status, message.replace("PLACE", r"oauth\.reddit\.com/r/shutupandtakemymoney/rising"), coverage
    assert_ends(row, coverage_of(work, EVEN.start)[GADGETS.id], expected)


NO_TOKEN = r"^www\.reddit\.com/api/v1/access_token "
NO_APP = r"Perhaps TREND_REDDIT_CLIENT_ID and TREND_REDDIT_CLIENT_SECRET are not those of an app"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("rate_limited", f"{NO_TOKEN}asks for fewer requests"), ("server_error", f"{NO_TOKEN}failed"),
        ("refused", f"{NO_TOKEN}gave no whole"), ("truncated", f"{NO_TOKEN}gave no access token"),
        ("moved", f"{NO_TOKEN}.*HTTP 404.*{NO_APP}"), ("login_wall", f"{NO_TOKEN}redirects a form.*{NO_APP}"),
    ],
)  # fmt: skip
def test_without_an_access_token_reddits_api_is_not_asked(fault: str, said: str, box: Running, tmp_path: Path) -> None:
    order(box, fault, platform="reddit", path="/api/")
    with network_to(address(box), tmp_path, tokens=APP) as network:
        run = capture(network, due_in([GADGETS], SPAN, LATER), LATER)[GADGETS.id]
    assert run.status == "failed" and re.search(said, run.error_message)
    assert {one["path"] for one in control(box, "GET", "/requests")["requests"]} == {"/api/v1/access_token"}


def test_two_communities_and_later_runs_share_one_access_token(box: Running, tmp_path: Path) -> None:
    for _ in range(2):  # as two processes would
        with network_to(address(box), tmp_path, tokens=APP) as network:
            runs = capture(network, due_in([RISING, GADGETS], SPAN, LATER), LATER)
        assert {run.status for run in runs.values()} == {"success"}
        assert all(len(run.parsed.items) >= 10 for run in runs.values())
    asked = [(one["host"], one["method"], one["path"]) for one in control(box, "GET", "/requests")["requests"]]
    assert asked.count(("www.reddit.com", "POST", "/api/v1/access_token")) == 1
    assert {host for host, method, _ in asked if method == "GET"} == {"oauth.reddit.com"}
    assert not [path for *_, path in asked if path == "/robots.txt"], "who was let in is no crawler"


@pytest.mark.parametrize(("accounts", "by"), [({}, ""), ({"reddit": "ann-lee"}, " (by /u/ann-lee)")])
def test_reddits_api_is_told_who_asks(accounts: dict[str, str], by: str, tmp_path: Path) -> None:
    with serving() as site, network_to(site.url, tmp_path, tokens=APP, accounts=accounts) as network:
        site.play("/api/v1/access_token", json.dumps({"access_token": "t", "expires_in": 86_400}))
        site.play("/r/shutupandtakemymoney/rising", LISTING)
        assert capture(network, due_in([GADGETS], SPAN, LATER), LATER)[GADGETS.id].status == "success"
    assert len(site.requests) == 2
    presented = re.compile(rf"python:trend_assets:v[0-9.]+{re.escape(by)}")
    assert all(presented.fullmatch(one.headers["User-Agent"]) for one in site.requests)


def test_where_reddits_robots_txt_forbids_everything_its_pages_are_not_asked(tmp_path: Path) -> None:
    """As it is reported to do for unknown clients since June 2024."""
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/robots.txt", "User-agent: *\nDisallow: /\n")
        run = capture(network, due_in([GADGETS], SPAN, LATER), LATER)[GADGETS.id]
    assert site.paths() == [] and run.status == "failed"
    assert re.search(
        r"^robots\.txt of www\.reddit\.com forbids /r/shutupandtakemymoney/rising\.json.* set TREND_REDDIT_CLIENT_ID and",
        run.error_message,
    )


LISTING = json.dumps({"kind": "Listing", "data": {"children": []}})


@pytest.mark.parametrize(
    ("good", "status", "outcome", "tokens"),
    [
        ({"t0", "t1"}, 401, ["success", "success"], ["t0", "t0"]),
        ({"t1"}, 401, ["success", "success"], ["t0", "t1", "t1"]),
        ({"t2"}, 401, ["failed", "success"], ["t0", "t1", "t1", "t2"]),
        ({"t1"}, 403, ["failed", "failed"], ["t0", "t0"]),
        ({"t1"}, 404, ["failed", "failed"], ["t0", "t0"]),
    ],
)
def test_an_access_token_is_asked_for_again_once_and_only_where_reddit_refuses_it(
    good: set[str], status: int, outcome: list[str], tokens: list[str], tmp_path: Path
) -> None:
    """A community that is private or gone is no fault of the token's."""
    number = count()

    def listing(request: Request) -> Answer:
        return Answer(LISTING) if request.headers["Authorization"].removeprefix("Bearer ") in good else Answer(status=status)

    def token(_: Request) -> Answer:
        return Answer(json.dumps({"access_token": f"t{next(number)}", "expires_in": 86_400}))

    with serving() as site:
        site.plays["/api/v1/access_token"] = token
        site.plays["oauth.reddit.com/r/shutupandtakemymoney/rising"] = listing
        runs = []
        for _ in outcome:  # as two processes would
            with network_to(site.url, tmp_path, tokens=APP) as network:
                runs.append(capture(network, due_in([GADGETS], SPAN, LATER), LATER)[GADGETS.id].status)
    assert runs == outcome
    asked = [one.headers["Authorization"] for one in site.requests if one.host == "oauth.reddit.com"]
    assert asked == [f"Bearer {token}" for token in tokens]
    assert next(number) == len(set(tokens))


def test_an_app_and_its_access_token_are_in_no_message_no_row_no_log_and_no_address(
    box: Running, tmp_path: Path, work: Work, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    secrets = set(APP["reddit"].split(":"))
    with network_to(address(box), tmp_path, tokens=APP) as network:
        for path in ("/r/", "/api/"):
            for fault in FAULTS:
                order(box, fault, platform="reddit", path=path, times=3, seconds=6)
                captured_hours(network, work, SPAN, GADGETS)
                kept = network.state / "logins" / "reddit.token"
                secrets |= {json.loads(kept.read_text())["token"]} if kept.exists() else set()
                if path == "/api/":
                    kept.unlink(missing_ok=True)
                control(box, "DELETE", "/faults")
        shown = f"{network}"
    log = control(box, "GET", "/requests")["requests"]
    tables = [dicts(work.lake, table) for table in ("capture_runs", "captures", "quarantine")]
    assert len(secrets) == 3 and len(log) > len(FAULTS)
    assert [secret for secret in secrets if secret in f"{tables}{log}{shown}{caplog.text}"] == []


def test_a_plan_without_version_2_of_xs_api_has_version_1(box: Running, network: Network) -> None:
    order(box, "moved", platform="x", path="/2/")  # any lasting refusal
    place = TRENDING.model_copy(update={"surface_key": "23424977"})
    run = capture(network, due_in([place], SPAN, LATER), LATER)[TRENDING.id]
    assert (run.status, run.error_message, run.parsed.shape) == ("success", "", "trends_place")
    asked = control(box, "GET", "/requests")["requests"]
    assert [(one["host"], one["path"], one["query"]) for one in asked] == [
        ("api.x.com", "/2/trends/by/woeid/23424977", "max_trends=50"),
        ("api.x.com", "/1.1/trends/place.json", "id=23424977"),
    ]


def test_a_token_that_xs_api_refuses_says_what_to_do(box: Running, network: Network) -> None:
    order(box, "moved", platform="x")
    run = capture(network, due_in([TRENDING], SPAN, LATER), LATER)[TRENDING.id]
    assert run.status == "failed" and run.error_message.endswith("Perhaps TREND_X_TOKEN is wrong, or its plan holds no trends.")


def test_only_xs_api_knows_places(box: Running, tmp_path: Path) -> None:
    place = TRENDING.model_copy(update={"surface_key": "23424977"})
    with network_to(address(box), tmp_path, tokens={}) as network:
        run = capture(network, due_in([place], SPAN, LATER), LATER)[TRENDING.id]
    assert run.error_message == "x:trending: only the API knows places: set TREND_X_TOKEN, or leave the surface_key out."
    assert control(box, "GET", "/requests")["requests"] == []


def log_in(folder: Path) -> None:
    """Store a login of X, as Playwright writes it."""
    cookie = {
        "name": "auth_token", "value": "a-login-that-nobody-sees", "domain": "x.com.localhost", "path": "/", "expires": -1,
        "httpOnly": True, "secure": False, "sameSite": "Lax",
    }  # fmt: skip
    (folder / "logins").mkdir()
    (folder / "logins" / "x.json").write_text(json.dumps({"cookies": [cookie], "origins": []}))


XS_LIST = r"^x\.com/i/api/graphql/[^/]+/GenericTimelineById "
XS_LOGIN = r"^X asks for a login on /explore/tabs/trending: store one, .*, set TREND_X_TOKEN, or leave the surface out\.$"
XS_PAGE: dict[str, tuple[str, tuple[str, str, str]]] = {
    "rate_limited": ("/explore", ("failed", r"/explore/tabs/trending asks for fewer requests \(HTTP 429\)", "missing")),
    "server_error": ("/i/api/", ("failed", rf"{XS_LIST}failed \(HTTP 500\): try again later\.$", "missing")),
    "timeout": ("/explore", ("failed", r"/explore/tabs/trending did not open within 4 s", "missing")),
    "refused": ("/i/api/", ("failed", rf"{XS_LIST}brought no whole answer: try again later\.$", "missing")),
    "empty": ("/i/api/", ("success", "", "suspect")),
    "truncated": ("/i/api/", ("failed", rf"{XS_LIST}sent no whole JSON \(\d+ characters\): try again later\.$", "missing")),
    "changed_shape": ("/i/api/", ("success", "", "suspect")),
    "moved": ("/", ("failed", NO_LIST, "missing")),
    "login_wall": ("/i/api/", ("failed", XS_LOGIN, "missing")),
    "frozen": ("/i/api/", GOOD),
    "short": ("/i/api/", GOOD),
}
"""What is wrong with X's explore page or its list → run status, message and coverage. A timeline of which only the entries have
another name is one without entries."""


@needs_chromium
@pytest.mark.parametrize("fault", XS_PAGE)
def test_each_misbehaviour_of_xs_page_ends_as_it_should(fault: str, box: Running, tmp_path: Path, work: Work) -> None:
    log_in(tmp_path)
    path, expected = XS_PAGE[fault]
    order(box, fault, platform="x", path=path, **(LATE if fault == "timeout" else {}))
    with network_to(address(box), tmp_path, page_seconds=4, tokens={}) as network:
        row = captured_hours(network, work, SPAN, TRENDING)[TRENDING.id]
    health.STEP.run(work, SPAN)
    assert_ends(row, coverage_of(work, START)[TRENDING.id], expected)
    assert "a-login-that-nobody-sees" not in f"{row}{control(box, 'GET', '/requests')}"


@needs_chromium
def test_xs_page_delivers_to_those_who_are_logged_in_and_says_what_it_wants_of_others(box: Running, tmp_path: Path) -> None:
    with network_to(address(box), tmp_path, page_seconds=4, tokens={}) as network:
        run = capture(network, due_in([TRENDING], SPAN, LATER), LATER)[TRENDING.id]
        assert run.status == "failed" and re.search(XS_LOGIN, run.error_message)
        log_in(tmp_path)
        run = capture(network, due_in([TRENDING], SPAN, LATER), LATER)[TRENDING.id]
    assert (run.status, run.error_message, run.parsed.shape) == ("success", "", "explore_timeline")
    assert len(run.parsed.items) >= TRENDING.min_items and any(item.volume_24h for item in run.parsed.items)


def test_a_category_of_amazons_is_asked_for_by_its_address(box: Running, network: Network) -> None:
    category = MOVERS.model_copy(update={"surface_key": "electronics/172282"})
    assert capture(network, due_in([category], MIDNIGHT, LATER), LATER)[category.id].status == "success"
    assert control(box, "GET", "/requests")["requests"][-1]["path"] == "/gp/movers-and-shakers/electronics/172282"


def test_every_surface_has_its_table_and_every_fault_is_in_both() -> None:
    tables = {*TIKTOKS, *(surface.id for surface in (*BROWSED, *PLACES))}
    assert tables == {name for name, one in PACKAGED.items() if is_live(one)}
    assert ONE_REQUEST.keys() == XS_PAGE.keys() == FAULTS.keys()
    assert {fault for orders, *_ in TIKTOK.values() for fault, _, _ in orders} == FAULTS.keys()
    assert {fault for orders, *_ in FETCHED.values() for fault, _ in orders} == FAULTS.keys()


def test_a_passing_failure_is_gone_with_the_next_attempt(box: Running, network: Network, work: Work) -> None:
    order(box, "server_error", platform="reddit", times=1)
    assert captured_hours(network, work, SPAN, RISING)[RISING.id]["status"] == "success"


def test_a_list_that_freezes_or_shrinks_is_noticed_in_its_hour(box: Running, network: Network, work: Work) -> None:
    """Three hours are as they should be; of the hour that freezes the first half hour is still new."""
    spans = [Span(START, START + 3 * HOUR), Span(START + 3 * HOUR, START + 5 * HOUR), Span.of(START + 5 * HOUR)]
    for span, fault in zip(spans, (None, "frozen", "short"), strict=True):
        control(box, "POST", "/reset")
        if fault:
            order(box, fault, platform="reddit")
        dues = due_in([RISING], span, LATER)
        commit(work.lake, [run for runs in live.capture(network, dues, present) for run in runs], LATER)
        spine.run(work, span)
    reasons = {hour: coverage_of(work, hour)[RISING.id] for span in spans for hour in span}
    assert [reason[0] for reason in reasons.values()] == ["good"] * 4 + ["suspect", "partial"]
    assert reasons[START + 4 * HOUR][1] == "the same content as before, for longer than usual"
    assert re.fullmatch(r"\d+ items, \d+ are usual", reasons[START + 5 * HOUR][1])


def test_a_run_ends_when_its_time_is_up(box: Running, tmp_path: Path) -> None:
    order(box, "timeout", platform="reddit", seconds=1)
    with network_to(address(box), tmp_path, run_seconds=0.2) as network:
        run = capture(network, due_in([RISING], SPAN, START), START)[RISING.id]
    assert run.status == "failed"
    assert "reddit:rising was not done within 0 s: try again later" in run.error_message


class Careless:
    """A platform that raises what nobody expects, with text that no store takes."""

    PLATFORM = "careless"
    ITEM_TYPES: dict[str, ItemType] = {}  # noqa: RUF012 - as the modules have it
    SURFACE_TYPES: dict[str, str] = {}  # noqa: RUF012
    LIVE = frozenset({"visit", "parse"})

    async def capture(self, surface: Surface, visitor: Visitor) -> Delivery:
        del visitor
        if surface.surface_type == "visit":
            raise RuntimeError("\ud800 boom\x00")
        return Delivery(({},))

    def parse(self, payload: object, surface_type: str) -> Parsed:
        raise RuntimeError(f"\ud800 boom\x00 in {surface_type} of {payload}")


@pytest.mark.parametrize("where", sorted(Careless.LIVE))
def test_what_nobody_expects_of_one_surface_does_not_sink_the_runs_of_the_others(
    where: str, network: Network, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that threw a lone surrogate made the commit of its whole batch fail: no run was recorded."""
    monkeypatch.setitem(PLATFORMS, Careless.PLATFORM, Careless())
    careless = Surface(id=f"careless:{where}", platform="careless", surface_type=where, cadence_minutes=60)
    rows = captured_hours(network, work, SPAN, RISING, careless)
    assert rows[RISING.id]["status"] == "success"
    assert rows[careless.id]["status"] == "failed"
    assert rows[careless.id]["error_message"].startswith(f"careless:{where}: unexpected RuntimeError: \ufffd boom\ufffd")


def test_a_capture_waits_for_another_one_of_its_surface_but_not_for_ever(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "ALONE_SECONDS", 0.1)
    with live.alone(network, [DISCOVER]):
        with live.alone(network, [RISING]):
            pass
        with (
            pytest.raises(TransientError, match=r"^tiktok:discover has been captured by another run for more than 0 s: look"),
            live.alone(network, [RISING, DISCOVER]),
        ):
            pass
        with live.alone(network, [RISING]):
            pass
    with live.alone(network, [RISING, DISCOVER]):
        pass


def test_silence_moves_no_lifecycle(box: Running, network: Network, work: Work) -> None:
    """Hours in which every capture failed are unknown: nobody peaked or went stale in them."""
    known, unknown = Span(START, START + 9 * HOUR), Span(START + 9 * HOUR, START + 12 * HOUR)
    world = World(1)
    commit(work.lake, [seen(world, due) for due in due_in([DISCOVER, SOUNDS, RISING], known, LATER)], LATER)
    for platform in ("tiktok", "reddit"):
        order(box, "refused", platform=platform)
    fails = [due for due in due_in([RISING, SOUNDS], unknown, LATER) if due.surface is RISING or due.slot == unknown.start]
    commit(work.lake, [run for runs in live.capture(network, fails, present) for run in runs], LATER)
    spine.run(work, Span(known.start, unknown.end))
    rows = dicts(work.lake, "trend_candidates")
    states = [
        {row["candidate_id"]: row["status"] for row in rows if row["hour"] == hour} for hour in (known.end - HOUR, *unknown)
    ]
    assert set(states[0].values()) & {"emerging", "active"}
    still = {name: status for name, status in states[0].items() if status not in ("stale", "expired")}
    assert states[1:] == [still] * 3
    assert {row["hour"] for row in dicts(work.lake, "candidate_transitions")} <= set(known)
    assert {status for hour in unknown for status, _ in coverage_of(work, hour).values()} == {"missing"}


def seen(world: World, due: Due) -> CaptureRun:
    """Return the run that a capture would make, without the way through the client."""
    assert due.at
    items = tuple(items_on(due.surface.id, world, due.at))
    return CaptureRun(due.surface, due.at, due.at, due.slot, "success", Parsed("sandbox", items))
