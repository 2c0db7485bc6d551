"""Pages in a real Chromium, from a real server: what is captured, what it costs, what a broken page or Chromium does."""

import asyncio
import json
import math
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from trend_assets.capture.markup import embedded_states
from trend_assets.errors import AccessError, BudgetError, HostBusyError, HostFailedError, PayloadError, SettingsError
from trend_assets.net.browser import Browser
from trend_assets.net.chromium import find_chromium
from trend_assets.net.destination import Sandbox
from trend_assets.net.host_state import Limits
from trend_assets.net.http import USER_AGENT
from trend_assets.net.http_errors import utc_time
from trend_assets.net.politeness import Politeness
from trend_assets.net.tab import Visit
from trend_assets_tests.net import pages
from trend_assets_tests.net.clock import START
from trend_assets_tests.net.processes import descendants
from trend_assets_tests.net.site import Answer, Request, Site, serving

pytestmark = [pages.needs_chromium, pytest.mark.usefixtures("own_temporary_folder")]

SURFACE = "feed:explore"
ITEMS = re.compile(r"^https://www\.feed\.example/api/items\?")


Use = Callable[[Browser], Awaitable[object]]


@dataclass(frozen=True)
class Shared:
    """What the tests of this file have in common: starting a Chromium for each takes most of their time."""

    runner: asyncio.Runner
    site: Site
    politeness: Politeness
    browser: Browser


@pytest.fixture(scope="module")
def shared(own_temporary_folder: Path) -> Iterator[Shared]:
    limits = Limits(rate=math.inf)
    with (
        serving() as site,
        Politeness(own_temporary_folder / "politeness.db", limits) as politeness,
        asyncio.Runner() as runner,
    ):
        browser = Browser(politeness, site.sandbox)
        yield Shared(runner, site, politeness, browser)
        runner.run(browser.__aexit__())


@pytest.fixture
def site(shared: Shared) -> Site:
    shared.site.plays.clear()
    shared.site.requests.clear()
    return shared.site


@pytest.fixture
def politeness(shared: Shared) -> Politeness:
    with shared.politeness._transaction():
        for table in ("hosts", "spending", "robots"):
            shared.politeness._database.execute(f"DELETE FROM {table}")
    return shared.politeness


@pytest.fixture
def browse(shared: Shared, site: Site, politeness: Politeness) -> Callable[..., Any]:
    """Run an async function with the shared browser, or with one of its own if that is to differ."""

    def run(use: Use, destination: Sandbox | None = None, **arguments: Any) -> object:
        async def main() -> object:
            if not (destination or arguments):
                return await use(shared.browser)
            async with Browser(politeness, destination or site.sandbox, **arguments) as browser:
                return await use(browser)

        return shared.runner.run(main())

    return run


def visiting(url: str = pages.URL, **arguments: Any) -> Use:
    def use(browser: Browser) -> Awaitable[Visit]:
        return browser.visit(url, surface=SURFACE, **arguments)

    return use


# What is captured


def test_what_a_page_loads_embeds_and_shows_is_captured(
    site: Site, browse: Callable[..., Visit], politeness: Politeness
) -> None:
    pages.play_feed(site)
    visit = browse(visiting(wanted=ITEMS))
    assert (visit.url, visit.status, visit.unread, visit.stopped) == (pages.URL, 200, (), "")
    assert [(seen.url, seen.status) for seen in visit.responses] == [
        (f"https://{pages.HOST}/api/items?batch=0&key=secret", 200)
    ]
    assert json.loads(visit.responses[0].text) == ["item 0.0", "item 0.1", "item 0.2"]
    assert [json.loads(embedded_states(page)["STATE"]) for page in (visit.served, visit.html)] == [pages.STATE] * 2
    assert "<title>Explore</title>" in visit.served
    assert "<title>Scripted</title>" in visit.html
    assert "item 0.2" in visit.html
    assert politeness.used(SURFACE) == 2, "the document and what it loaded of what was wanted"


def test_scrolling_brings_more(site: Site, browse: Callable[..., Visit], politeness: Politeness) -> None:
    pages.play_feed(site)
    visit = browse(visiting(wanted=ITEMS, scrolls=3))
    assert [seen.url.partition("batch=")[2][0] for seen in visit.responses] == ["0", "1", "2", "3"]
    assert politeness.used(SURFACE) == 5


def test_scrolling_ends_when_nothing_comes(site: Site, browse: Callable[..., Visit]) -> None:
    pages.play_feed(site)
    visit = browse(visiting(wanted=ITEMS, scrolls=500, settle_seconds=1))
    assert len(visit.responses) == pages.LAST_BATCH + 1
    assert visit.stopped == ""


def test_scrolling_ends_with_the_budget_and_keeps_what_came(site: Site, browse: Callable[..., Visit]) -> None:
    pages.play_feed(site)
    visit = browse(visiting(wanted=ITEMS, scrolls=5, daily_budget=4))
    assert len(visit.responses) == 3
    assert visit.stopped.startswith(f"{SURFACE} has used up its budget of 4 requests")
    with pytest.raises(BudgetError):
        browse(visiting(daily_budget=4))


@pytest.mark.parametrize("scrolls", [0, 2])
def test_a_page_that_asks_without_end_gets_no_more_than_the_budget(
    scrolls: int, site: Site, browse: Callable[..., Visit], politeness: Politeness
) -> None:
    """A page that fetches in a loop spent a hundred requests of a budget of four."""
    site.plays[f"{pages.HOST}/api/items"] = pages.items
    ask = "async function ask() { for (;;) await fetch('/api/items?batch=0&').catch(() => 0); }"
    site.play("/explore", f"<script>{ask} for (let at = 0; at < 20; at++) ask();</script>")
    visit = browse(visiting(wanted=ITEMS, scrolls=scrolls, daily_budget=4, settle_seconds=3))
    assert site.paths() == ["/explore", *["/api/items?batch=0&"] * 3]
    assert (len(visit.responses), visit.unread) == (3, ())
    assert visit.stopped.startswith(f"{SURFACE} has used up its budget of 4 requests")
    assert politeness.used(SURFACE) == 4


def test_what_is_wanted_is_followed_where_it_is_redirected_to(
    site: Site, browse: Callable[..., Visit], politeness: Politeness
) -> None:
    """Lists are put behind log-in pages, whose address need not hold the list's."""
    pages.play_feed(site)
    site.play(f"{pages.HOST}/api/items", status=302, location="/login?next=%2Fapi%2Fitems")
    site.play(f"{pages.HOST}/login", "Log in")
    visit = browse(visiting(wanted=ITEMS))
    assert [(seen.url, seen.text) for seen in visit.responses] == [
        (f"https://{pages.HOST}/login?next=%2Fapi%2Fitems", "Log in")
    ]
    assert politeness.used(SURFACE) == 3, "the redirect is a request"


def test_what_is_wanted_and_redirected_where_it_cannot_be_read_is_unread(site: Site, browse: Callable[..., Visit]) -> None:
    """Chromium does not always tell of the redirect before it tells of the failure."""
    pages.play_feed(site)
    site.play(f"{pages.HOST}/api/items", status=302, location=f"http://id.example.localhost:{site.port}/login")
    site.play("id.example/login", "Log in")
    visit = browse(visiting(wanted=ITEMS, settle_seconds=3))
    [unread] = visit.unread
    assert visit.responses == ()
    assert unread.startswith(("https://id.example/login", f"https://{pages.HOST}/api/items"))


def test_scrolling_ends_when_the_host_asks_for_less(site: Site, browse: Callable[..., Visit], politeness: Politeness) -> None:
    pages.play_feed(site)

    def one_then_busy(request: Request) -> Answer:
        return pages.items(request) if "batch=0" in request.path else Answer("[]", 429, {"Retry-After": "600"})

    site.plays[f"{pages.HOST}/api/items"] = one_then_busy
    visit = browse(visiting(wanted=ITEMS, scrolls=5))
    assert [seen.status for seen in visit.responses] == [200, 429]
    assert "www.feed.example/api/items asks for fewer requests (HTTP 429)" in visit.stopped
    with pytest.raises(HostBusyError, match=r"www.feed.example is not asked before"):
        politeness.admit(pages.HOST, "other")


def test_a_body_that_is_cut_off_is_unread_not_empty(site: Site, browse: Callable[..., Visit]) -> None:
    pages.play_feed(site)
    site.play(f"{pages.HOST}/api/items", '["a", "b"]', cut=4)
    visit = browse(visiting(wanted=ITEMS, settle_seconds=1))
    assert visit.responses == ()
    assert visit.unread == (f"https://{pages.HOST}/api/items?batch=0&key=secret",)


def test_a_huge_body_is_unread(site: Site, browse: Callable[..., Visit]) -> None:
    pages.play_feed(site)
    site.play(f"{pages.HOST}/api/items", b"[" + b" " * 33 * 1024 * 1024 + b"]")
    visit = browse(visiting(wanted=ITEMS))
    assert visit.responses == ()
    assert len(visit.unread) == 1


def test_pictures_fonts_and_styles_are_not_loaded(site: Site, browse: Callable[..., Visit]) -> None:
    pages.play_feed(site)
    browse(visiting(wanted=ITEMS))
    assert Counter(site.paths()) == {"/explore": 1, "/app.js": 1, "/api/items?batch=0&key=secret": 1}


def test_what_has_not_come_in_time_is_unread_not_missing(site: Site, browse: Callable[..., Visit]) -> None:
    """A slow answer that nobody mentions looks like a list without items."""
    pages.play_feed(site)
    hold = threading.Event()
    first = site.plays[f"{pages.HOST}/api/items"]
    site.plays[f"{pages.HOST}/api/items"] = lambda request: (hold.wait(20), first(request))[1]
    try:
        visit = browse(visiting(wanted=ITEMS, settle_seconds=0.2))
    finally:
        hold.set()
    assert (visit.responses, visit.unread) == ((), (f"https://{pages.HOST}/api/items?batch=0&key=secret",))


OPENS = """<a id="link" href="/linked" target="_blank">x</a>
<script>open("/opened"); open("/alone", "_blank", "noopener"); link.click()</script>"""


def test_pages_open_no_further_ones(site: Site, browse: Callable[..., int]) -> None:
    """A popup that opened a popup stayed open for ever; what popups load was asked of nobody."""
    site.play("/explore", OPENS)
    site.play("/opened", "<script>open('/again')</script>")

    async def use(browser: Browser) -> int:
        await browser.visit(pages.URL, surface=SURFACE, settle_seconds=1)
        assert browser._current
        return len(browser._current.context.pages)

    assert browse(use) == 0
    assert site.paths() == ["/explore"]


def test_we_say_who_we_are_and_when_the_sandbox_is(site: Site, browse: Callable[..., Visit]) -> None:
    pages.play_feed(site)
    browse(visiting(wanted=ITEMS), destination=Sandbox(site.url, utc_time(START)))
    for request in site.requests:
        assert request.headers["User-Agent"].endswith(USER_AGENT)
        assert request.headers["Sandbox-Time"] == "2022-04-14T10:00:00Z", request.path


def test_visits_at_once_in_one_browser_carry_headers_of_their_own(site: Site, browse: Callable[..., list[Visit]]) -> None:
    """The server answers neither document before it was asked for both."""
    together = threading.Barrier(2, timeout=30)
    times = {f"h{hour}.example": f"2022-04-14T{hour}:00:00Z" for hour in (11, 12)}
    for host in times:
        pages.play_feed(site, host)
        feed = site.plays[f"{host}/explore"](Request(host, "/explore", {}))
        site.plays[f"{host}/explore"] = lambda _, feed=feed: (together.wait(), feed)[1]  # type: ignore[misc]

    async def use(browser: Browser) -> list[Visit]:
        wanted = re.compile("/api/items")
        return await asyncio.gather(
            *(
                browser.visit(
                    f"https://{host}/explore", surface=SURFACE, wanted=wanted, scrolls=1, headers={"Sandbox-Time": time}
                )
                for host, time in times.items()
            )
        )

    visits = browse(use, destination=Sandbox(site.url, utc_time(START)))
    assert [len(visit.responses) for visit in visits] == [2, 2]
    asked = {(one.host, urlsplit(one.path).path, one.headers["Sandbox-Time"]) for one in site.requests}
    assert asked - {(host, "/robots.txt", "2022-04-14T10:00:00Z") for host in times} == {
        (host, path, time) for host, time in times.items() for path in ("/explore", "/app.js", "/api/items")
    }


def test_a_stored_login_is_used(site: Site, browse: Callable[..., Visit], tmp_path: Path) -> None:
    pages.play_feed(site)
    cookie = {
        "name": "session", "value": "ann", "domain": f"{pages.HOST}.localhost", "path": "/", "expires": -1,
        "httpOnly": True, "secure": False, "sameSite": "Lax",
    }  # fmt: skip
    state = tmp_path / "login.json"
    state.write_text(json.dumps({"cookies": [cookie], "origins": []}))
    browse(visiting(), storage_state=state)
    assert next(request for request in site.requests if request.path == "/explore").headers["Cookie"] == "session=ann"


def stored_login(folder: Path, **cookies: float) -> Path:
    """Write a login of cookies, each with its end (seconds since 1970; -1 is none)."""
    state = folder / "login.json"
    usual = {"domain": f"{pages.HOST}.localhost", "path": "/", "httpOnly": True, "secure": False, "sameSite": "Lax"}
    listed = [{"name": name, "value": "old", "expires": end, **usual} for name, end in cookies.items()]
    state.write_text(json.dumps({"cookies": listed, "origins": []}))
    state.chmod(0o644)
    return state


RENEWED = "session=new; Path=/; HttpOnly; Max-Age=1000"


def test_what_a_site_renews_of_a_login_is_kept_for_its_owner_only(
    site: Site, browse: Callable[..., Visit], tmp_path: Path
) -> None:
    """Logins ended when their first cookies did, however often they were used."""
    state = stored_login(tmp_path, session=time.time() + 100, other=-1, over=time.time() - 100)
    site.play("/explore", "<script>localStorage.theme = 'dark'</script>", set_cookie=RENEWED)
    browse(visiting(), storage_state=state)
    kept = json.loads(state.read_text())
    cookies = {cookie["name"]: (cookie["value"], cookie["expires"] > time.time() + 900) for cookie in kept["cookies"]}
    assert cookies == {"session": ("new", True), "other": ("old", False)}
    assert kept["origins"][0]["localStorage"] == [{"name": "theme", "value": "dark"}]
    assert state.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("login")] == ["login.json"]
    browse(visiting(), storage_state=state)
    assert set(site.requests[-1].headers["Cookie"].split("; ")) == {"session=new", "other=old"}


@pytest.mark.parametrize(
    "cookies",
    [[{"url": f"http://{pages.HOST}.localhost/"}], [{"domain": f"{pages.HOST}.localhost", "path": "/", "expires": None}], None],
)
def test_a_login_that_leaves_out_what_chromium_knows_is_renewed(
    cookies: list[dict[str, str]] | None, site: Site, browse: Callable[..., Visit], tmp_path: Path
) -> None:
    """Chromium took them, and its end failed."""
    state = tmp_path / "login.json"
    state.write_text(json.dumps({"cookies": cookies and [{"name": "session", "value": "old", **part} for part in cookies]}))
    site.play("/explore", set_cookie=RENEWED)
    browse(visiting(), storage_state=state)
    assert [cookie["value"] for cookie in json.loads(state.read_text())["cookies"]] == ["new"]


def test_a_login_that_the_site_has_ended_is_left_as_it_was(site: Site, browse: Callable[..., Visit], tmp_path: Path) -> None:
    state = stored_login(tmp_path, session=time.time() + 100, other=-1)
    before = state.read_text()
    site.play("/explore", set_cookie="session=; Path=/; Max-Age=0")
    browse(visiting(), storage_state=state)
    assert state.read_text() == before


def test_a_login_that_was_stored_meanwhile_is_not_replaced(site: Site, browse: Callable[..., Visit], tmp_path: Path) -> None:
    state = stored_login(tmp_path, session=-1)

    def store_another(_: Request) -> Answer:
        state.write_text("another")
        return Answer(headers={"Set-Cookie": RENEWED})

    site.plays["/explore"] = store_another
    browse(visiting(), storage_state=state)
    assert state.read_text() == "another"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("login")] == ["login.json"]


@pytest.mark.parametrize("content", [None, "[]", "null", "{", '{"cookies": 5}'])
def test_a_login_state_that_cannot_be_read_is_named(content: str | None, browse: Callable[..., Visit], tmp_path: Path) -> None:
    state = tmp_path / "login.json"
    if content:
        state.write_text(content)
    with pytest.raises(SettingsError, match=r"login.json"):
        browse(visiting(), storage_state=state)


# Tabs and Chromiums


def test_six_visits_run_at_once_in_tabs(site: Site, browse: Callable[..., list[Visit]]) -> None:
    """The server answers nobody before all six have asked."""
    together = threading.Barrier(6, timeout=30)
    for index in range(6):
        pages.play_feed(site, f"h{index}.example")
        first = site.plays[f"h{index}.example/explore"]

        def wait(request: Request, first: Callable[[Request], Answer] = first) -> Answer:
            together.wait()
            return first(request)

        site.plays[f"h{index}.example/explore"] = wait

    async def use(browser: Browser) -> list[Visit]:
        wanted = re.compile("/api/items")
        return await asyncio.gather(
            *(
                browser.visit(f"https://h{index}.example/explore", surface=SURFACE, wanted=wanted, scrolls=1)
                for index in range(6)
            )
        )

    visits = browse(use, tabs=6)
    assert [len(visit.responses) for visit in visits] == [2] * 6
    assert [visit.url for visit in visits] == [f"https://h{index}.example/explore" for index in range(6)]


def test_tabs_are_bounded(site: Site, browse: Callable[..., object]) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def counting(_: Request) -> Answer:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.1)
        with lock:
            running -= 1
        return Answer("here")

    site.plays["/x"] = counting

    async def use(browser: Browser) -> None:
        visits = (browser.visit("https://a.example/x", surface=SURFACE, settle_seconds=0.1) for _ in range(6))
        await asyncio.gather(*visits)

    browse(use, tabs=2)
    assert most == 2


def test_a_fresh_chromium_takes_over_after_some_pages(site: Site, browse: Callable[..., None]) -> None:
    site.play("/x", "here")
    seen: list[int] = []

    async def use(browser: Browser) -> None:
        for _ in range(3):
            await browser.visit("https://a.example/x", surface=SURFACE, settle_seconds=0.1)
            seen.append(id(browser._current))
            assert len(browser._started) <= 1, "the old one is gone"

    browse(use, pages=2)
    assert [seen.index(one) for one in seen] == [0, 0, 2]


@pytest.mark.parametrize("program", ["chrom", "node"])
def test_a_visit_survives_the_end_of_its_chromium(program: str, site: Site, browse: Callable[..., Visit]) -> None:
    """Chromium was killed by the kernel in the middle of a capture; so can its driver be."""
    pages.play_feed(site)
    first = site.plays[f"{pages.HOST}/explore"]

    def kill_once(request: Request) -> Answer:
        if site.paths().count("/explore") == 1:
            victim = next(process for process in descendants(os.getpid()) if program in process.name)
            os.kill(victim.pid, signal.SIGKILL)
        return first(request)

    site.plays[f"{pages.HOST}/explore"] = kill_once
    visit = browse(visiting(wanted=ITEMS))
    assert len(visit.responses) == 1
    assert site.paths().count("/explore") == 2


def test_a_visit_survives_the_crash_of_its_page(site: Site, browse: Callable[..., Visit]) -> None:
    """The kernel ends what takes most memory: often the process of one page."""
    pages.play_feed(site)
    first = site.plays[f"{pages.HOST}/api/items"]

    def crash_once(request: Request) -> Answer:
        if site.paths().count("/explore") == 1:
            for process in descendants(os.getpid()):
                if "--type=renderer" in process.command:
                    os.kill(process.pid, signal.SIGKILL)
        return first(request)

    site.plays[f"{pages.HOST}/api/items"] = crash_once
    visit = browse(visiting(wanted=ITEMS))
    assert len(visit.responses) == 1
    assert site.paths().count("/explore") == 2


@pytest.mark.parametrize("words", ["crash", "Target page, context or browser has been closed"])
def test_no_page_can_claim_that_chromium_is_gone(words: str, site: Site, browse: Callable[..., None]) -> None:
    """What a script throws is in Playwright's message; the visit was repeated in a fresh Chromium."""
    thrown = f"const error = new Error('{words}'); error.name = 'TargetClosedError'; throw error;"
    site.play("/explore", f"<script>document.elementFromPoint = () => {{ {thrown} }}</script>")

    async def use(browser: Browser) -> None:
        with pytest.raises(HostFailedError, match=rf"www.feed.example/explore could not be read \(Page.evaluate: .*{words}"):
            await browser.visit(pages.URL, surface=SURFACE, scrolls=1, settle_seconds=0.1)
        assert browser._current
        assert not browser._current.retired

    browse(use)
    assert site.paths().count("/explore") == 1


def test_a_chromium_that_is_killed_while_it_starts_is_started_again(
    site: Site, browse: Callable[..., Visit], tmp_path: Path
) -> None:
    pages.play_feed(site)
    program = tmp_path / "chromium"
    program.write_text(
        f'#!/bin/sh\necho x >> "{tmp_path}/starts"\n[ "$(wc -l < "{tmp_path}/starts")" = 1 ] && kill -9 $$\n'
        f'exec "{find_chromium(None, pages.playwrights_own())}" "$@"\n'
    )
    program.chmod(0o755)
    assert len(browse(visiting(wanted=ITEMS), chromium=program).responses) == 1
    assert (tmp_path / "starts").read_text() == "x\nx\n"


def chromium_of_this_process() -> list[int]:
    return [process.pid for process in descendants(os.getpid()) if "chrom" in process.name]


def test_a_chromium_that_died_while_it_had_nothing_to_do_leaves_no_driver(site: Site, browse: Callable[..., None]) -> None:
    site.play("/x", "here")

    async def use(browser: Browser) -> None:
        before = {process.pid for process in descendants(os.getpid())}
        for _ in range(2):
            await browser.visit("https://a.example/x", surface=SURFACE, settle_seconds=0.1)
            assert browser._current
            assert len(browser._started) == 1
            gone = asyncio.Event()
            browser._current.browser.on("disconnected", lambda _: gone.set())  # noqa: B023 - awaited right below
            os.kill(next(pid for pid in chromium_of_this_process() if pid not in before), signal.SIGKILL)
            await gone.wait()

    browse(use, tabs=1)


def test_a_chromium_that_does_not_answer_is_replaced(site: Site, browse: Callable[..., None]) -> None:
    site.play("/x", "here")

    async def use(browser: Browser) -> None:
        before = set(chromium_of_this_process())
        await browser.visit("https://a.example/x", surface=SURFACE, settle_seconds=0.1)
        for pid in set(chromium_of_this_process()) - before:
            os.kill(pid, signal.SIGSTOP)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("trend_assets.net.chromium.CLOSE_SECONDS", 0.5)
            patch.setattr("trend_assets.net.browser.TAB_SECONDS", 2)
            await browser.visit("https://a.example/x", surface=SURFACE, settle_seconds=0.1)
        assert len(browser._started) == 1

    browse(use, tabs=1)


def test_where_no_chromium_opens_a_tab_it_is_said(browse: Callable[..., Visit], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trend_assets.net.browser.TAB_SECONDS", 0)
    with pytest.raises(HostFailedError, match=r"Chromium opened no tab for www.feed.example/explore within 0 s"):
        browse(visiting(), tabs=1)


def test_a_page_that_always_ends_chromium_is_given_up(site: Site, browse: Callable[..., Visit]) -> None:
    def kill(_: Request) -> Answer:
        victim = next(process for process in descendants(os.getpid()) if "chrom" in process.name)
        os.kill(victim.pid, signal.SIGKILL)
        return Answer("here")

    site.plays["/explore"] = kill
    with pytest.raises(HostFailedError, match=r"www.feed.example/explore ended Chromium 2 times"):
        browse(visiting())
    assert site.paths().count("/explore") == 2


def test_a_page_that_never_rests_is_given_up(site: Site, browse: Callable[..., Visit]) -> None:
    site.play("/explore", "<script>addEventListener('DOMContentLoaded', () => setTimeout(() => { for (;;); }, 50))</script>")
    with pytest.raises(HostFailedError, match="keeps Chromium busy for more than 1 s"):
        browse(visiting(settle_seconds=0.3), page_seconds=1)


# Refusals


@pytest.mark.parametrize(("status", "error"), [(429, HostBusyError), (503, HostFailedError), (403, AccessError)])
def test_a_documents_status_means_the_same_as_for_requests(
    status: int, error: type[Exception], site: Site, browse: Callable[..., Visit]
) -> None:
    site.play("/explore", "sorry", status=status, retry_after="30")
    with pytest.raises(error, match=f"www.feed.example/explore .*HTTP {status}") as caught:
        browse(visiting())
    assert (getattr(caught.value, "retry_at", None) is not None) == (status in (429, 503))


def test_robots_txt_holds_for_the_browser(site: Site, browse: Callable[..., Visit]) -> None:
    pages.play_feed(site)
    site.play(f"{pages.HOST}/robots.txt", "User-agent: *\nDisallow: /explore")
    with pytest.raises(AccessError, match=r"robots.txt of www.feed.example forbids /explore"):
        browse(visiting())
    assert site.paths() == []


HOSTS = pytest.mark.parametrize("host", [pages.HOST, "b.example"])


def play_private(site: Site, host: str) -> str:
    """Play a page that is forbidden; return its address for Chromium."""
    site.play(f"{host}/private", "secret")
    site.play(f"{host}/robots.txt", "User-agent: *\nDisallow: /private")
    return f"http://{host}.localhost:{site.port}/private"


@HOSTS
def test_what_a_redirect_led_to_must_allow_it(host: str, site: Site, browse: Callable[..., Visit]) -> None:
    site.play("/explore", status=302, location=play_private(site, host))
    led = rf"^www.feed.example/explore led to {host}/private, perhaps .* robots.txt of {host} forbids /private: leave"
    with pytest.raises(AccessError, match=led):
        browse(visiting())


def test_a_redirect_on_the_way_must_be_allowed_too(site: Site, browse: Callable[..., Visit]) -> None:
    play_private(site, pages.HOST)
    site.play("/explore", status=302, location="/private")
    site.play("/private", status=302, location="/open")
    site.play("/open", "here")
    site.play(f"{pages.HOST}/private", status=302, location="/open")
    with pytest.raises(AccessError, match=r"robots.txt of www.feed.example forbids /private"):
        browse(visiting())


@HOSTS
def test_what_a_script_led_to_must_allow_it(host: str, site: Site, browse: Callable[..., Visit]) -> None:
    there = play_private(site, host)
    site.play("/explore", f"<script>addEventListener('load', () => setTimeout(() => {{ location = '{there}' }}))</script>")
    with pytest.raises(AccessError, match=rf"robots.txt of {host} forbids /private"):
        browse(visiting(wanted=ITEMS, settle_seconds=2))


def test_a_redirect_of_a_page_is_a_request(site: Site, browse: Callable[..., Visit], politeness: Politeness) -> None:
    site.play("/explore", status=302, location="/new#part")
    site.play("/new", "here")
    assert browse(visiting()).url == f"https://{pages.HOST}/new#part"
    assert politeness.used(SURFACE) == 2
    with pytest.raises(BudgetError):
        browse(visiting(daily_budget=3))


def test_an_address_that_a_script_only_shows_is_no_request(
    site: Site, browse: Callable[..., Visit], politeness: Politeness
) -> None:
    """Pages rewrite their address as one scrolls."""
    play_private(site, pages.HOST)
    site.play("/explore", "<script>history.pushState(null, '', '/private'); location.hash = 'part'</script>")
    assert browse(visiting()).url == f"https://{pages.HOST}/private#part"
    assert politeness.used(SURFACE) == 1


def test_a_page_that_leaves_the_web_is_none(site: Site, browse: Callable[..., Visit]) -> None:
    site.play("/explore", "<script>addEventListener('load', () => setTimeout(() => { location = 'about:blank' }))</script>")
    with pytest.raises(AccessError, match=r"'about:blank' is no web address"):
        browse(visiting(settle_seconds=1, wanted=ITEMS))


def test_a_server_that_is_not_there_has_failed(browse: Callable[..., Visit], politeness: Politeness) -> None:
    politeness.keep_robots(pages.HOST, "")
    with pytest.raises(HostFailedError, match=r"www.feed.example/explore did not open \(ERR_\w+\)"):
        browse(visiting(f"{pages.URL}?key=secret"), destination=Sandbox("http://127.0.0.1:9"))


def test_a_silent_server_has_failed(site: Site, browse: Callable[..., Visit]) -> None:
    hold = threading.Event()

    def silent(_: Request) -> Answer:
        hold.wait(20)
        return Answer()

    site.plays["/closed-car-crash"] = silent  # words with which Playwright says that Chromium is gone
    try:
        with pytest.raises(HostFailedError, match=r"www.feed.example/closed-car-crash did not open within 1 s"):
            browse(visiting(f"https://{pages.HOST}/closed-car-crash"), page_seconds=1)
    finally:
        hold.set()


def test_a_download_is_no_page(site: Site, browse: Callable[..., Visit]) -> None:
    site.play("/explore", b"PK", content_type="application/zip", content_disposition="attachment")
    with pytest.raises(PayloadError, match="is a download"):
        browse(visiting())


# The sandbox


ESCAPES = """<!doctype html><title>x</title>
<link rel="preconnect" href="{out}"><link rel="prefetch" href="{out}/prefetch"><link rel="dns-prefetch" href="{out}">
<iframe src="{out}/frame"></iframe><script src="{out}/script.js"></script>
<script>
fetch("{out}/fetch", {{mode: "no-cors"}}).catch(() => 0);
fetch("{out}/fetch".replace("127.0.0.1", "other.localhost"), {{mode: "no-cors"}}).catch(() => 0);
fetch("/away", {{mode: "no-cors"}}).catch(() => 0);
navigator.sendBeacon("{out}/beacon");
new WebSocket("{out}/socket".replace("http", "ws"));
new EventSource("{out}/events");
const frame = document.createElement("iframe"); frame.src = "/away"; document.documentElement.append(frame);
open("{out}/popup");
</script>"""


def test_a_sandboxed_page_reaches_nothing_else(site: Site, browse: Callable[..., Visit]) -> None:
    """Another server stands for the rest of the world: it notices everything that gets out."""
    with serving() as outside:
        reached: list[object] = []
        outside._server.verify_request = lambda *_: bool(reached.append(1)) or True  # type: ignore[func-returns-value, method-assign]
        site.play("/explore", ESCAPES.format(out=outside.url))
        site.play("/away", status=302, location=f"{outside.url}/redirected")
        visit = browse(visiting(settle_seconds=2))
        assert visit.status == 200
        assert "/away" in site.paths()
        assert reached == []


def test_a_sandbox_is_on_this_machine() -> None:
    for url in ("http://10.0.0.1:80", "http://example.com:80", "https://127.0.0.1:80", "http://127.0.0.1", "nonsense"):
        with pytest.raises(SettingsError, match="is no sandbox"):
            Sandbox(url)


# Which Chromium


def test_the_setting_comes_first_then_playwrights_own_then_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, on_path = tmp_path / "own", tmp_path / "bin" / "google-chrome"
    on_path.parent.mkdir()
    for program in (own, on_path):
        program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_chromium(Path("/opt/mine"), own) == Path("/opt/mine")
    assert find_chromium(None, own) == own
    assert find_chromium(None, tmp_path / "not there") == on_path
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SettingsError, match="apt install chromium"):
        find_chromium(None)


def test_a_chromium_that_does_not_start_is_named(browse: Callable[..., Visit], site: Site) -> None:
    pages.play_feed(site)
    with pytest.raises(SettingsError, match=r"/bin/false does not start"):
        browse(visiting(), chromium=Path("/bin/false"))
