"""The surfaces of a platform are captured in one session, through its proxy if there are any."""

import json
import threading
import time
from pathlib import Path

from trend_assets.capture.live import Due, due_in
from trend_assets.hours import Span
from trend_assets.net.visitor import Patience
from trend_assets.sandbox.server import Running
from trend_assets_tests.capture.live import FRONT_PAGE, RISING, TRENDS, address, capture, network_to
from trend_assets_tests.net.proxy import proxying
from trend_assets_tests.net.site import Answer, Request, serving
from trend_assets_tests.net.test_proxies import dead
from trend_assets_tests.sandbox.conftest import AT, control

HOUR = Span.of(AT.replace(minute=0))


def test_a_session_keeps_its_connection_and_cookies(tmp_path: Path) -> None:
    """Each request had a client of its own: a connection, a TLS handshake and no cookies."""
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.play("/api/v1/trends/tags", json.dumps([]), set_cookie="visitor=7")
        site.play("/api/v1/trends/statuses", json.dumps([]))
        capture(network, due_in([TRENDS], HOUR, AT), AT)
        assert site.requests[-1].headers["Cookie"] == "visitor=7"
        assert len({request.client for request in site.requests if request.path != "/robots.txt"}) == 1
        before = len(site.requests)
        capture(network, due_in([TRENDS], HOUR, AT), AT)
        assert "Cookie" not in site.requests[before].headers, "another session"


def test_captures_go_through_the_proxy_that_works(box: Running, tmp_path: Path) -> None:
    """Chromium, closed off in the sandbox, would not find a proxy: the tests of `net` see to it."""
    with proxying(box.port, "bob:secret") as proxy:
        proxies = [dead(), proxy.url("bob:secret"), dead()]
        with network_to(address(box), tmp_path, proxies=proxies) as network:
            runs = capture(network, due_in([RISING, FRONT_PAGE], HOUR, AT), AT)
        assert [(run.status, run.error_message) for run in runs.values()] == [("success", "")] * 2
        assert len(proxy.asked) == len(control(box, "GET", "/requests")["requests"]) == 4


def test_a_capture_without_a_proxy_that_works_says_so(box: Running, tmp_path: Path) -> None:
    proxies = [dead().replace("//", "//bob:secret@")]
    with network_to(address(box), tmp_path, proxies=proxies) as network:
        run = capture(network, due_in([RISING], HOUR, AT), AT)[RISING.id]
    assert run.status == "failed"
    assert "No proxy is left until " in run.error_message
    assert run.error_message.endswith(" UTC: proxy 1 cannot be connected to. Check them, and TREND_PROXIES.")


def test_surfaces_wait_for_their_answers_at_the_same_time(tmp_path: Path) -> None:
    """Of 21 surfaces six were waited for at a time, on two processors; the others, and Chromium's pages, stood in line."""
    together = threading.Barrier(40)

    def answer(_: Request) -> Answer:
        together.wait(30)
        return Answer(json.dumps({"kind": "Listing", "data": {"children": []}}))

    names = [f"r/community{number}" for number in range(together.parties)]
    surfaces = [RISING.model_copy(update={"id": f"reddit:{name}", "surface_key": name}) for name in names]
    with serving() as site, network_to(site.url, tmp_path, patience=Patience(read=60)) as network:
        site.plays |= {f"/{name}/rising.json": answer for name in names}
        runs = capture(network, [Due(surface, AT, at=AT) for surface in surfaces], AT)
    assert {(run.status, run.error_message) for run in runs.values()} == {("success", "")}


def test_surfaces_of_a_host_that_start_together_ask_for_its_robots_txt_once(tmp_path: Path) -> None:
    """Three at once asked three times: each had a client, and each client a lock, of its own."""

    def slowly(_: Request) -> Answer:
        time.sleep(0.3)
        return Answer("User-agent: *\nAllow: /\n")

    surfaces = [
        RISING.model_copy(update={"id": f"reddit:{name}", "surface_key": f"r/{name}"}) for name in ("one", "two", "three")
    ]
    with serving() as site, network_to(site.url, tmp_path) as network:
        site.plays["/robots.txt"] = slowly
        for surface in surfaces:
            site.play(f"/{surface.surface_key}/rising.json", json.dumps({"kind": "Listing", "data": {"children": []}}))
        runs = capture(network, [Due(surface, AT, at=AT) for surface in surfaces], AT)
    assert {run.status for run in runs.values()} == {"success"}
    assert [request.path for request in site.requests].count("/robots.txt") == 1
