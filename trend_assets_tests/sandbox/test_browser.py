"""The sandbox's pages in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, sync_playwright

from trend_assets.capture.platforms import tiktok
from trend_assets.net.chromium import find_chromium
from trend_assets.sandbox.server import Running
from trend_assets.sandbox.world import World
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.sandbox.conftest import AT, control, order

pytestmark = needs_chromium

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        program = find_chromium(None, Path(playwright.chromium.executable_path))
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_scrolling_the_explore_page_fetches_three_batches_and_no_more(box: Running, page: Page) -> None:
    batches: list[Response] = []
    page.on("response", lambda response: batches.append(response) if "/api/explore/item_list/" in response.url else None)
    page.goto(f"{box.site('tiktok')}/explore")
    cards = page.locator("[data-e2e=explore-item]")
    for count in (16, 32, 48):
        cards.nth(count - 1).wait_for(state="attached")
        assert cards.count() == count
        page.mouse.wheel(0, 100_000)
    page.mouse.wheel(0, 100_000)
    page.wait_for_timeout(200)
    assert len(batches) == 3
    items = [item for batch in batches for item in tiktok.parse(batch.json(), "discover").items]
    assert [item.platform_item_id for item in items] == [str(post.id) for post in World(1).explore(AT)[:48]]


@pytest.mark.parametrize(
    ("path", "surface_type", "fewest"), [("/music", "trending_sounds", 24), ("/tag/猫のいる暮らし", "hashtag", 20)]
)
def test_the_other_pages_fetch_their_items_at_load(path: str, surface_type: str, fewest: int, box: Running, page: Page) -> None:
    with page.expect_response(lambda response: "item_list" in response.url or "discover" in response.url) as fetched:
        page.goto(box.site("tiktok") + path)
    assert len(tiktok.parse(fetched.value.json(), surface_type).items) >= fewest
    page.locator("#items a").nth(fewest - 1).wait_for(state="attached")


def test_what_users_wrote_is_never_run(box: Running, page: Page) -> None:
    times = (AT.replace(day=day, hour=hour) for day in range(1, 28) for hour in range(24))
    at = next(at for at in times if any("<script>" in post.text for post in World(1).explore(at)[:16]))
    control(box, "POST", "/time", json={"at": f"{at.isoformat()}Z"})
    page.goto(f"{box.site('tiktok')}/explore")
    page.locator("[data-e2e=explore-item]").nth(15).wait_for(state="attached")
    assert "<script>" in (page.locator("#items").text_content() or "")
    assert page.title() == "Explore | TikTok"
    assert page.locator("#items script, #items img").count() == 0


def test_a_log_in_wall_leads_the_browser_to_a_page_without_items(box: Running, page: Page) -> None:
    order(box, "login_wall", path="/explore")
    page.goto(f"{box.site('tiktok')}/explore")
    assert "/login?" in page.url
    assert page.locator("[data-e2e=explore-item]").count() == 0


def test_a_page_whose_payload_is_spoiled_stays_empty(box: Running, page: Page) -> None:
    order(box, "truncated", path="/api/")
    page.goto(f"{box.site('tiktok')}/explore")
    page.locator("#items[data-failed]").wait_for(state="attached")
    assert page.locator("[data-e2e=explore-item]").count() == 0


def test_a_page_takes_the_time_of_its_requests(box: Running, browser: Browser) -> None:
    context = browser.new_context(extra_http_headers={"Sandbox-Time": "2026-02-01T00:00:00Z"})
    page = context.new_page()
    with page.expect_response(lambda response: "item_list" in response.url) as fetched:
        page.goto(f"{box.site('tiktok')}/explore")
    world = World(1).explore(AT.replace(month=2, hour=0, minute=0))
    assert [item["id"] for item in fetched.value.json()["itemList"]] == [str(post.id) for post in world[:16]]
    context.close()
    assert {one["sandbox_time"] for one in control(box, "GET", "/requests")["requests"]} == {"2026-02-01T00:00:00Z"}
