"""Proxies, real ones: who takes over when one fails, that nobody goes out directly, and that nothing is got round by them."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from trend_assets.errors import AccessError, HostBusyError, HostFailedError, ProxyError, TrendError
from trend_assets.net.browser import PAGE_SECONDS, Browser
from trend_assets.net.destination import Internet
from trend_assets.net.http import HttpClient
from trend_assets.net.politeness import Politeness
from trend_assets.net.proxies import Proxies, ProxyFailure
from trend_assets.net.tab import Visit
from trend_assets_tests.net import pages
from trend_assets_tests.net.clock import Clock
from trend_assets_tests.net.pages import needs_chromium
from trend_assets_tests.net.proxy import proxying
from trend_assets_tests.net.site import Answer, Request, Site
from trend_assets_tests.net.test_http import BODY, dripping

PLACE, URL = "a.example/x", "http://a.example/x"
LOGIN = "bob:pass%20word"
PLATFORM = "reddit"


@pytest.fixture
def politeness(tmp_path: Path, clock: Clock) -> Iterator[Politeness]:
    with Politeness(tmp_path / "politeness.db", clock=clock) as politeness:
        yield politeness


def dead() -> str:
    """The address of a proxy that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def silent() -> Iterator[int]:
    """A port of this machine that answers nobody: its queue of connections is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as queue:
        for _ in range(3):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def in_turn(politeness: Politeness, *addresses: str) -> list[str]:
    """Return the addresses in an order in which the platform begins with the first of these."""
    listed = list(addresses)
    while (chosen := Proxies(politeness, PLATFORM, listed).current()) and chosen.address != addresses[0]:
        listed = [*listed[1:], listed[0]]
    return listed


def client_of(politeness: Politeness, clock: Clock, addresses: Sequence[str], platform: str = PLATFORM) -> HttpClient:
    proxies = Proxies(politeness, platform, addresses)
    return HttpClient(politeness, Internet(), proxies=proxies, sleep=clock.sleep, read_seconds=2)


def get(politeness: Politeness, clock: Clock, *addresses: str, url: str = URL) -> bytes:
    with client_of(politeness, clock, addresses) as client:
        return client.get(url, surface="s").body


@pytest.mark.parametrize(("scheme", "way"), [("http", "GET a.example"), ("socks5", "SOCKS a.example:80")])
def test_requests_go_through_the_proxy_which_finds_the_host(
    scheme: str, way: str, site: Site, politeness: Politeness, clock: Clock
) -> None:
    site.play(PLACE, "here")
    with proxying(site.port) as proxy:
        assert get(politeness, clock, proxy.url(scheme=scheme)) == b"here"
    assert set(proxy.asked) == {way}
    assert [request.host for request in site.requests] == ["a.example"] * 2
    assert not any(name.startswith("Proxy-") for request in site.requests for name in request.headers)


@pytest.mark.parametrize(("scheme", "way"), [("http", "CONNECT a.example:443"), ("socks5", "SOCKS a.example:443")])
def test_tls_goes_through_a_tunnel(scheme: str, way: str, site: Site, politeness: Politeness, clock: Clock) -> None:
    """The site behind it does not speak TLS: that is not the proxy's failure."""
    with proxying(site.port) as proxy, pytest.raises(HostFailedError, match=r"a\.example/robots\.txt gave no whole answer"):
        get(politeness, clock, proxy.url(scheme=scheme), url="https://a.example/x")
    assert set(proxy.asked) == {way}
    assert politeness.failed_proxies() == {}


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
@pytest.mark.parametrize("url", [URL, "https://a.example/x"])
def test_where_one_is_not_there_the_next_takes_over(
    scheme: str, url: str, site: Site, politeness: Politeness, clock: Clock
) -> None:
    site.play(PLACE, "here")
    with proxying(site.port) as proxy:
        listed = in_turn(politeness, dead().replace("http", scheme, 1), proxy.url())
        if url == URL:
            assert get(politeness, clock, *listed) == b"here"
        else:
            with pytest.raises(HostFailedError):
                get(politeness, clock, *listed, url=url)
    assert proxy.asked
    assert [pause.reason for pause in politeness.failed_proxies().values()] == ["cannot be connected to"]


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_where_one_is_silent_the_next_takes_over(
    scheme: str, site: Site, politeness: Politeness, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("http", "proxies"):
        monkeypatch.setattr(f"trend_assets.net.{module}.CONNECT_SECONDS", 0.3)
    site.play(PLACE, "here")
    with silent() as port, proxying(site.port) as proxy:
        assert get(politeness, clock, *in_turn(politeness, f"{scheme}://127.0.0.1:{port}", proxy.url())) == b"here"
    assert [pause.reason for pause in politeness.failed_proxies().values()] == ["cannot be connected to"]


def test_one_that_failed_is_left_alone_for_a_while_by_all(
    site: Site, politeness: Politeness, clock: Clock, tmp_path: Path
) -> None:
    site.play(PLACE, "here")
    with (
        proxying(site.port, LOGIN) as closed,
        proxying(site.port) as proxy,
        Politeness(tmp_path / "politeness.db", clock=clock) as other,
    ):
        listed = in_turn(politeness, closed.url(), proxy.url())
        for knows in (politeness, other, politeness):
            get(knows, clock, *listed)
        assert closed.refused == 1
        clock.now += politeness.limits.pause
        get(politeness, clock, *listed)
        assert closed.refused == 2


@pytest.mark.parametrize(("login", "through"), [(LOGIN, True), ("bob:wrong", False), ("", False)])
@pytest.mark.parametrize("url", [URL, "https://a.example/x"])
def test_one_that_wants_a_login_is_given_ours(
    login: str, through: bool, url: str, site: Site, politeness: Politeness, clock: Clock
) -> None:
    site.play(PLACE, "here")
    with proxying(site.port, "bob:pass word") as proxy:
        try:
            get(politeness, clock, proxy.url(login), url=url)
        except HostFailedError:
            assert url != URL
        except ProxyError as error:
            assert not through
            assert "proxy 1 does not let us in (HTTP 407). Check them, and TREND_PROXIES." in str(error)
            assert "bob" not in str(error) and str(proxy.port) not in str(error)
    assert bool(proxy.asked) == through
    assert bool(site.requests) == (through and url == URL)


def test_without_a_proxy_that_works_nobody_goes_out_and_no_host_is_blamed(
    site: Site, politeness: Politeness, clock: Clock
) -> None:
    """The address is the site's own: directly, it would be found."""
    for _ in range(7):
        with pytest.raises(ProxyError, match=r"^127\.0\.0\.1:\d+ is not asked .* No proxy is left until 2022-04-14 10:10:0"):
            get(politeness, clock, dead(), dead().replace("http", "socks5"), url=f"{site.url}/x")
    assert site.requests == []
    site.play("/x", "here")
    assert get(politeness, clock, url=f"{site.url}/x") == b"here"


def test_a_host_that_a_proxy_does_not_find_has_failed_not_the_proxy(site: Site, politeness: Politeness, clock: Clock) -> None:
    with proxying(site.port, status=502) as proxy:
        for url in (URL, "https://a.example/x"):
            with pytest.raises(HostFailedError, match=r"^a\.example is not asked for anything"):
                get(politeness, clock, proxy.url(), url=url)
    assert politeness.failed_proxies() == {}


@pytest.mark.parametrize(("scheme", "header"), [("http", {}), ("socks5", {"Proxy-Authenticate": "Basic realm=p"})])
def test_a_site_cannot_say_that_the_proxy_refuses_us(
    scheme: str, header: dict[str, str], site: Site, politeness: Politeness, clock: Clock
) -> None:
    """One host took all proxies from all platforms."""
    politeness.keep_robots("a.example", "")
    site.plays[PLACE] = lambda _: Answer(status=407, headers=header)
    with proxying(site.port) as proxy, pytest.raises(AccessError, match=r"^a\.example/x answered HTTP 407"):
        get(politeness, clock, proxy.url(scheme=scheme))
    assert politeness.failed_proxies() == {}


def test_a_proxy_that_refuses_a_site_does_not_say_for_a_day_that_it_has_no_rules(
    site: Site, politeness: Politeness, clock: Clock
) -> None:
    site.play("/robots.txt", "User-agent: *\nDisallow: /")
    with proxying(site.port, status=403) as refusing, pytest.raises(AccessError, match="HTTP 403"):
        get(politeness, clock, refusing.url())
    with proxying(site.port) as proxy, pytest.raises(AccessError, match=r"robots\.txt of a\.example forbids"):
        get(politeness, clock, proxy.url())


CERTIFICATE = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 "
    "-subj /CN=proxy -addext subjectAltName=IP:127.0.0.1"
)


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl, which makes a certificate")
@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_proxy_with_a_valid_certificate_is_told_what_is_asked(
    trusted: bool, site: Site, politeness: Politeness, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any was told the login, and all that was asked of http:// addresses."""
    subprocess.run(CERTIFICATE.split(), cwd=tmp_path, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    if trusted:
        monkeypatch.setattr("trend_assets.net.deadline.DEFAULT_CA_BUNDLE_PATH", tmp_path / "cert.pem")
    site.play(PLACE, "here")
    with proxying(site.port, tls=tls) as proxy:
        if trusted:
            assert get(politeness, clock, proxy.url(scheme="https")) == b"here"
        else:
            with pytest.raises(ProxyError, match="proxy 1 has no valid certificate"):
                get(politeness, clock, proxy.url(scheme="https"))
    assert bool(proxy.asked) == trusted


def test_a_host_is_asked_no_more_often_through_many_proxies(site: Site, politeness: Politeness, clock: Clock) -> None:
    site.play(PLACE, "here")
    site.play("/robots.txt")
    with proxying(site.port) as one, proxying(site.port) as two:
        for number in range(10):
            with client_of(politeness, clock, [one.url(), two.url()], f"platform {number}") as client:
                client.get(URL, surface=f"s{number}")
        assert one.asked and two.asked
    assert sum(clock.slept) == pytest.approx(10 + 1 - politeness.limits.burst)


def test_a_host_that_asks_for_less_is_not_asked_through_another_proxy(site: Site, politeness: Politeness, clock: Clock) -> None:
    site.play(PLACE, status=429, retry_after="3600")
    with proxying(site.port) as one, proxying(site.port) as two:
        for addresses in ([one.url(), two.url()], [two.url(), one.url()]):
            with pytest.raises(HostBusyError):
                get(politeness, clock, *addresses)
    assert site.paths() == ["/x"]


def test_a_platform_keeps_its_proxy_for_a_day_and_all_are_used(politeness: Politeness, clock: Clock) -> None:
    addresses = [f"http://proxy{number}.example:3128" for number in range(3)]

    def chosen(platform: str) -> int:
        proxy = Proxies(politeness, platform, addresses).current()
        assert proxy
        return proxy.number

    clock.now -= clock.now % 86_400
    day: list[int] = []
    for _ in range(4):
        hours = set()
        for _ in range(24):
            hours.add(chosen(PLATFORM))
            clock.now += 3_600
        assert len(hours) == 1
        day += hours
    assert sorted(day[:3]) == [1, 2, 3] and day[3] == day[0]
    assert {chosen(f"platform {number}") for number in range(20)} == {1, 2, 3}


def test_no_address_is_shown(politeness: Politeness) -> None:
    proxy = Proxies(politeness, PLATFORM, ["http://bob:secret@proxy.example:3128"]).current()
    assert proxy and "example" not in repr(proxy)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_an_answer_that_drips_ends_in_time_also_through_a_proxy(
    scheme: str, politeness: Politeness, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trend_assets.net.deadline.ANSWER_SECONDS", 0.6)
    politeness.keep_robots("a.example", "")
    with (
        dripping(*BODY, 100) as (url, _),
        proxying(int(url.rpartition(":")[2])) as proxy,
        pytest.raises(HostFailedError, match=r"^a\.example/x took too long"),
    ):
        get(politeness, clock, proxy.url(scheme=scheme))


# Chromium


PAGE = f"http://{pages.HOST}/explore"


def visits(
    politeness: Politeness, addresses: Sequence[str], times: int = 1, url: str = PAGE, page_seconds: float = PAGE_SECONDS
) -> list[Visit]:
    async def main() -> list[Visit]:
        proxies = Proxies(politeness, PLATFORM, addresses)
        async with Browser(politeness, Internet(), proxies=proxies, page_seconds=page_seconds) as browser:
            return [await browser.visit(url, surface="s") for _ in range(times)]

    return asyncio.run(main())


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
@pytest.mark.parametrize(("scheme", "login"), [("http", LOGIN), ("http", ""), ("socks5", "")])
def test_all_that_a_page_loads_goes_through_the_proxy(scheme: str, login: str, site: Site, politeness: Politeness) -> None:
    pages.play_feed(site)
    with proxying(site.port, "bob:pass word" if login else "") as proxy:
        (visit,) = visits(politeness, [proxy.url(login, scheme)])
    assert "item 0.0" in visit.html
    assert {"/explore", "/app.js"} <= set(site.paths(pages.HOST))


CALL = """<script>
const peer = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:%d"}]});
peer.onicegatheringstatechange = () => peer.iceGatheringState == "complete" && fetch("/done");
peer.createDataChannel("x");
peer.setLocalDescription();
</script>"""


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
def test_calls_of_a_page_do_not_go_round_the_proxy(site: Site, politeness: Politeness) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as stun, proxying(site.port) as proxy:
        stun.bind(("127.0.0.1", 0))
        stun.setblocking(False)
        site.play("/explore", CALL % stun.getsockname()[1])
        visits(politeness, [proxy.url()])
        assert "/done" in site.paths()
        with pytest.raises(BlockingIOError):
            stun.recv(1)


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
def test_a_chromium_whose_proxy_fails_is_replaced_by_one_with_the_next(site: Site, politeness: Politeness) -> None:
    pages.play_feed(site)
    politeness.keep_robots(pages.HOST, "")  # else a request without Chromium finds out
    with proxying(site.port, "bob:other") as closed, proxying(site.port) as proxy:
        listed = in_turn(politeness, dead(), closed.url("bob:wrong"), proxy.url())
        found = visits(politeness, listed, times=2)
    assert all("item 0.0" in visit.html for visit in found)
    assert [pause.reason for pause in politeness.failed_proxies().values()] == [
        "cannot be connected to (ERR_PROXY_CONNECTION_FAILED)", "does not let us in (HTTP 407)",
    ]  # fmt: skip


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
def test_a_chromium_ends_when_its_proxy_is_left_alone_for_anothers_sake(site: Site, politeness: Politeness) -> None:
    """It went on through a proxy that requests had found to be shut."""
    pages.play_feed(site)

    async def main(listed: list[str]) -> None:
        proxies = Proxies(politeness, PLATFORM, listed)
        async with Browser(politeness, Internet(), proxies=proxies) as browser:
            await browser.visit(PAGE, surface="s")
            used = proxies.current()
            assert used and not two.asked
            proxies.failed(used, ProxyFailure("does not let us in"))
            await browser.visit(PAGE, surface="s")

    with proxying(site.port) as one, proxying(site.port) as two:
        asyncio.run(main(in_turn(politeness, one.url(), two.url())))
    assert "GET www.feed.example" in two.asked


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
def test_without_a_proxy_that_works_no_page_is_opened(site: Site, politeness: Politeness) -> None:
    politeness.keep_robots(pages.HOST, "")
    with pytest.raises(
        ProxyError, match=r"^No proxy is left until .*: proxy 1 cannot be connected to .*Check them, and TREND_PR"
    ):
        visits(politeness, [dead()])
    assert site.paths() == []


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_a_page_or_a_tunnel_is_left_alone(scheme: str, site: Site, politeness: Politeness) -> None:
    politeness.keep_robots(pages.HOST, "")
    with (
        proxying(site.port, "bob:other") as closed,
        pytest.raises(ProxyError, match=r"proxy 1 does not let us in \(HTTP 407\)"),
    ):
        visits(politeness, [closed.url("bob:wrong")], url=f"{scheme}://{pages.HOST}/explore")


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
@pytest.mark.parametrize(
    ("status", "header", "error"),
    [(407, {}, AccessError), (401, {"WWW-Authenticate": "Basic realm=p"}, HostFailedError)],
)
def test_a_site_that_wants_a_login_is_not_taken_for_the_proxy(
    status: int, header: dict[str, str], error: type[TrendError], site: Site, politeness: Politeness
) -> None:
    site.plays["/explore"] = lambda _: Answer("no", status, header)
    with proxying(site.port) as proxy, pytest.raises(error, match=f"^{pages.HOST}/explore"):
        visits(politeness, [proxy.url()])
    assert politeness.failed_proxies() == {}


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
def test_a_host_in_a_frame_cannot_say_that_the_proxy_refuses_us(site: Site, politeness: Politeness) -> None:
    def slow(_: Request) -> Answer:
        time.sleep(0.5)  # the page is open when the frame has been answered
        return Answer()

    site.play(f"{pages.HOST}/explore", "<iframe src='http://ads.example/x'></iframe><script src='/slow.js'></script>here")
    site.play("ads.example/x", status=407)
    site.plays["/slow.js"] = slow
    with proxying(site.port) as proxy:
        (visit,) = visits(politeness, [proxy.url()])
    assert "here" in visit.html and site.paths("ads.example")
    assert politeness.failed_proxies() == {}


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_page_that_takes_too_long_is_asked_of_the_next_where_the_proxy_is_silent(
    scheme: str, site: Site, politeness: Politeness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trend_assets.net.proxies.CONNECT_SECONDS", 0.3)
    politeness.keep_robots(pages.HOST, "")
    pages.play_feed(site)
    with silent() as port, proxying(site.port) as proxy:
        listed = in_turn(politeness, f"{scheme}://127.0.0.1:{port}", proxy.url())
        (visit,) = visits(politeness, listed, page_seconds=4)
    assert "item 0.0" in visit.html
    assert [pause.reason for pause in politeness.failed_proxies().values()] == ["cannot be connected to"]


@needs_chromium
@pytest.mark.usefixtures("own_temporary_folder")
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_a_page_that_a_proxy_does_not_find_is_not_its_failure(scheme: str, site: Site, politeness: Politeness) -> None:
    politeness.keep_robots(pages.HOST, "")
    with proxying(site.port, status=502) as proxy, pytest.raises(HostFailedError, match=f"^{pages.HOST}/explore"):
        visits(politeness, [proxy.url(scheme=scheme)])
    assert politeness.failed_proxies() == {}
