"""Requests against a real server: what is retried, what is refused, what it costs, and what a caller is told."""

import gzip
import itertools
import json
import math
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest

from trend_assets.errors import AccessError, BudgetError, HostBusyError, HostError, HostFailedError, PayloadError, SettingsError
from trend_assets.net.destination import Internet, Sandbox, host_of
from trend_assets.net.host_state import Limits
from trend_assets.net.http import ATTEMPTS, ROBOTS_BYTES, USER_AGENT, HttpClient
from trend_assets.net.http_errors import utc_time
from trend_assets.net.politeness import Politeness
from trend_assets_tests.net.clock import START, Clock
from trend_assets_tests.net.site import Answer, Request, Site

NOW = utc_time(START)
RISING = "https://www.reddit.com/r/x/rising.json"
RISING_PATH = "www.reddit.com/r/x/rising.json"


@pytest.fixture
def politeness(tmp_path: Path, clock: Clock) -> Iterator[Politeness]:
    with Politeness(tmp_path / "politeness.db", clock=clock) as politeness:
        yield politeness


@pytest.fixture
def client(site: Site, politeness: Politeness, clock: Clock) -> Iterator[HttpClient]:
    with HttpClient(politeness, site.sandbox, sleep=clock.sleep, read_seconds=0.5, max_bytes=100_000) as client:
        yield client


def get(client: HttpClient, url: str = RISING, daily_budget: int = 0) -> bytes:
    return client.get(url, surface="reddit:rising:x", daily_budget=daily_budget).body


def times(*answers: Answer) -> "Iterator[Answer]":
    """Answers in order; the last one for ever."""
    yield from answers
    while True:
        yield answers[-1]


def play_in_order(site: Site, place: str, *answers: Answer) -> None:
    order = times(*answers)
    site.plays[place] = lambda _: next(order)


# Destination


def test_the_sandbox_is_asked_in_place_of_the_host_that_is_named(site: Site, politeness: Politeness, clock: Clock) -> None:
    site.play(RISING_PATH, '{"kind": "Listing"}')
    sandbox = Sandbox(site.url, at=NOW)
    with HttpClient(politeness, sandbox, sleep=clock.sleep) as client:
        answer = client.get(RISING, surface="s", params={"limit": 5, "after": "ä b"}, headers={"Accept": "application/json"})
    assert answer.json() == {"kind": "Listing"}
    assert answer.url == f"{RISING}?limit=5&after=%C3%A4+b"
    robots, request = site.requests
    assert robots.path == "/robots.txt"
    assert request.path == "/r/x/rising.json?limit=5&after=%C3%A4+b"
    assert request.headers["Host"] == f"www.reddit.com.localhost:{site.port}"
    assert request.headers["Sandbox-Time"] == "2022-04-14T10:00:00Z"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"] == USER_AGENT


def test_a_callers_header_wins_over_the_destinations(site: Site, politeness: Politeness, clock: Clock) -> None:
    site.play(RISING_PATH, "{}")
    with HttpClient(politeness, Sandbox(site.url, at=NOW), sleep=clock.sleep) as client:
        client.get(RISING, surface="s", headers={"sandbox-time": "2022-04-14T11:00:00Z"})
    sent = [value for name, value in site.requests[-1].headers.items() if name.lower() == "sandbox-time"]
    assert sent == ["2022-04-14T11:00:00Z"]


def test_without_a_sandbox_addresses_are_left_alone(site: Site, politeness: Politeness, clock: Clock) -> None:
    site.play("/x", "here")
    with HttpClient(politeness, Internet(), sleep=clock.sleep) as client:
        assert get(client, f"{site.url}/x") == b"here"
    assert site.requests[-1].host == f"127.0.0.1:{site.port}"
    assert "Sandbox-Time" not in site.requests[-1].headers


def test_nothing_is_taken_from_the_environment(
    site: Site, client: HttpClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    site.play(RISING_PATH, "{}")
    assert get(client) == b"{}"
    assert "Authorization" not in site.requests[-1].headers


def test_a_host_gets_its_own_cookies_back_and_no_others(site: Site, client: HttpClient) -> None:
    for host in ("a", "b"):
        site.play(f"{host}.example/", "x", set_cookie=f"who={host}")
    site.play("c.example/", "x", set_cookie="who=c; Domain=example")
    for host in ("a", "b", "c", "a", "b", "c"):
        get(client, f"https://{host}.example/")
    sent = [(request.host, request.headers.get("Cookie")) for request in site.requests if request.path == "/"]
    assert sent == [
        ("a.example", None), ("b.example", None), ("c.example", None),
        ("a.example", "who=a"), ("b.example", "who=b"), ("c.example", None),
    ]  # fmt: skip


def test_a_connection_is_used_again(site: Site, client: HttpClient) -> None:
    """Each request had a connection of its own, and a TLS handshake on the real web."""
    site.play(RISING_PATH, "{}")
    for _ in range(4):
        get(client)
    assert len({request.client for request in site.requests}) == 1


def test_threads_share_a_client(site: Site, politeness: Politeness) -> None:
    number = itertools.count()
    site.plays["/"] = lambda request: Answer(request.path, headers={"Set-Cookie": f"c{next(number) % 40}=x"})
    politeness.limits = Limits(rate=math.inf)
    addresses = [f"https://a.example/?{page}" for page in range(200)]
    with HttpClient(politeness, site.sandbox) as client, ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(partial(get, client), addresses))
    assert bodies == [f"/?{page}".encode() for page in range(200)]


# Retries


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
def test_a_failure_that_can_pass_is_tried_again(status: int, site: Site, client: HttpClient) -> None:
    play_in_order(site, RISING_PATH, Answer(status=status), Answer(status=status), Answer("{}"))
    assert get(client) == b"{}"
    assert len(site.paths()) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 501])
def test_a_lasting_refusal_is_not(status: int, site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, status=status)
    with pytest.raises(AccessError, match=f"www.reddit.com/r/x/rising.json answered HTTP {status}: "):
        get(client)
    assert len(site.paths()) == 1


def test_attempts_are_bounded(site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, status=503)
    with pytest.raises(HostFailedError, match=r"www.reddit.com/r/x/rising.json failed \(HTTP 503\): try again later"):
        get(client)
    assert len(site.paths()) == ATTEMPTS


def test_waits_between_attempts_are_drawn_from_a_bound_that_doubles(site: Site, politeness: Politeness, clock: Clock) -> None:
    site.play(RISING_PATH, status=500)
    with HttpClient(politeness, site.sandbox, sleep=clock.sleep, backoff_seconds=8) as client, pytest.raises(HostFailedError):
        get(client)
    _robots, _first, wait, _second, longer, _third = clock.slept
    assert 0 <= wait <= 8
    assert 0 <= longer <= 16


def test_a_body_that_is_cut_off_is_a_failed_attempt(site: Site, client: HttpClient) -> None:
    play_in_order(site, RISING_PATH, Answer('{"a": 1}', cut=3), Answer('{"a": 1}'))
    assert get(client) == b'{"a": 1}'


def test_a_silent_server_is_a_failed_attempt(site: Site, client: HttpClient) -> None:
    hold = threading.Event()

    def silent(_: Request) -> Answer:
        hold.wait(10)
        return Answer()

    site.plays[RISING_PATH] = silent
    try:
        with pytest.raises(HostFailedError, match=r"www.reddit.com/r/x/rising.json took too long"):
            get(client)
    finally:
        hold.set()
    assert len(site.paths()) == ATTEMPTS


HEADER = (b"HTTP/1.1 200 OK\r\nX: ", b"\r\nContent-Length: 2\r\n\r\n{}")
CHUNKS = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"\r\n{    \r\n1\r\n}\r\n0\r\n\r\n")
BODY = (b"HTTP/1.1 200 OK\r\n\r\n{", b"}")


@pytest.mark.parametrize(("before", "after"), [HEADER, CHUNKS, BODY], ids=["header", "chunk size", "body"])
def test_a_server_that_drips_is_given_up(
    before: bytes, after: bytes, politeness: Politeness, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then is no silence: a header that dripped for 12 s was waited for."""
    monkeypatch.setattr("trend_assets.net.deadline.ANSWER_SECONDS", 0.6)
    politeness.keep_robots("www.reddit.com", "")
    with (
        dripping(before, after, 200) as (url, dripped),
        HttpClient(politeness, Sandbox(url), sleep=clock.sleep, read_seconds=0.5) as client,
        pytest.raises(HostFailedError, match=r"www.reddit.com/r/x/rising.json took too long: check the network"),
    ):
        get(client)
    assert len(dripped) == ATTEMPTS
    assert max(dripped) < 200, "it was hung up on"


def test_a_server_that_drips_for_a_moment_is_waited_for(politeness: Politeness, clock: Clock) -> None:
    politeness.keep_robots("www.reddit.com", "")
    with (
        dripping(*CHUNKS, 20) as (url, _),
        HttpClient(politeness, Sandbox(url), sleep=clock.sleep, read_seconds=0.5) as client,
    ):
        assert get(client) == b"{    }"


@contextmanager
def dripping(before: bytes, after: bytes, drips: int) -> Iterator[tuple[str, list[int]]]:
    """A server whose answers drip between two parts, 20 times a second; yields its address and how often each dripped."""
    dripped: list[int] = []

    class Drips(StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            dripped.append(0)
            at = len(dripped) - 1
            with suppress(OSError):
                self.wfile.write(before)
                for _ in range(drips):
                    self.wfile.write(b"x")
                    dripped[at] += 1
                    time.sleep(0.05)
                self.wfile.write(after)

    with ThreadingTCPServer(("127.0.0.1", 0), Drips) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", dripped
        finally:
            server.shutdown()
            thread.join()


def test_a_server_that_is_not_there_is_a_failed_attempt(politeness: Politeness, clock: Clock) -> None:
    politeness.keep_robots("www.reddit.com", "")
    with (
        HttpClient(politeness, Sandbox("http://127.0.0.1:9"), sleep=clock.sleep) as client,
        pytest.raises(HostFailedError) as caught,
    ):
        get(client)
    assert "www.reddit.com/r/x/rising.json gave no whole answer (ConnectionError)" in str(caught.value)


def test_a_message_never_shows_the_query_or_a_password(site: Site, client: HttpClient) -> None:
    site.play("/x", status=500)
    with pytest.raises(HostError) as caught:
        get(client, "https://ann:secret@a.example/x?key=secret")
    assert "a.example/x" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_host_that_keeps_failing_is_left_alone(site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, status=500)
    with pytest.raises(HostFailedError, match=r"failed \(HTTP 500\)"):
        get(client)
    with pytest.raises(HostFailedError, match=r"www.reddit.com is left alone until .* after 5 failures in a row"):
        get(client)
    assert len(site.paths()) == 5


def test_a_refusal_shows_that_the_host_is_there(site: Site, client: HttpClient) -> None:
    play_in_order(site, RISING_PATH, *[Answer(status=500)] * 3, Answer(status=404), *[Answer(status=500)] * 2, Answer("{}"))
    for error in (HostFailedError, AccessError):
        with pytest.raises(error):
            get(client)
    assert get(client) == b"{}"


# Retry-After


def test_a_host_that_says_when_is_waited_for(site: Site, client: HttpClient, clock: Clock) -> None:
    play_in_order(site, RISING_PATH, Answer(status=429, headers={"Retry-After": "7"}), Answer("{}"))
    assert get(client) == b"{}"
    assert 7 <= round(clock.now - START, 3) < 12


@pytest.mark.parametrize("skew", [timedelta(), timedelta(days=-30)])
def test_it_can_be_a_date_also_of_a_clock_that_is_wrong(skew: timedelta, site: Site, client: HttpClient, clock: Clock) -> None:
    date = NOW + skew
    headers = {"Retry-After": format_datetime(date + timedelta(seconds=7)), "Date": format_datetime(date)}
    play_in_order(site, RISING_PATH, Answer(status=503, headers=headers), Answer("{}"))
    assert get(client) == b"{}"
    assert 7 <= round(clock.now - START, 3) < 12


def test_a_host_that_wants_us_much_later_is_not_waited_for(site: Site, client: HttpClient, clock: Clock) -> None:
    site.play(RISING_PATH, status=429, retry_after="600")
    with pytest.raises(HostBusyError, match="come back at 2022-04-14 10:10:00 UTC") as caught:
        get(client)
    assert caught.value.retry_at == NOW + timedelta(minutes=10)
    assert sum(clock.slept) == 0
    assert len(site.paths()) == 1


def test_its_wish_holds_for_every_surface_until_then(site: Site, client: HttpClient, clock: Clock) -> None:
    play_in_order(site, RISING_PATH, Answer(status=429, headers={"Retry-After": "600"}), Answer("{}"))
    with pytest.raises(HostBusyError):
        get(client)
    with pytest.raises(HostBusyError, match="not asked before 2022-04-14 10:10:00 UTC") as caught:
        client.get(RISING, surface="reddit:other")
    assert caught.value.retry_at == NOW + timedelta(minutes=10)
    assert len(site.paths()) == 1
    clock.now += 600
    assert get(client) == b"{}"


@pytest.mark.parametrize("text", ["soon", "-5", "", "9" * 400, "Thu, 99 Foo 2022"])
def test_a_wish_that_makes_no_sense_breaks_nothing(text: str, site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, status=429, retry_after=text)
    with pytest.raises(HostBusyError) as caught:
        get(client)
    assert caught.value.retry_at is None or caught.value.retry_at <= NOW + timedelta(days=1)


# Bodies


@pytest.mark.parametrize("body", ['{"a": [1, 2', "<html>", "", "[" * 50_000, b"\xff\xfe\x00"])
def test_a_body_that_is_no_json_says_so(body: str | bytes, site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, body)
    answer = client.get(RISING, surface="s")
    with pytest.raises(
        PayloadError, match=r"www.reddit.com/r/x/rising.json sent no whole JSON .*: try again later; if it stays"
    ):
        answer.json()


@pytest.mark.parametrize("packed", [False, True])
def test_a_huge_body_is_not_read_to_its_end(packed: bool, site: Site, client: HttpClient) -> None:
    huge = b"0" * 50_000_000
    if packed:
        site.play(RISING_PATH, gzip.compress(huge, 1), content_encoding="gzip")
    else:
        site.play(RISING_PATH, huge)
    with pytest.raises(PayloadError, match="sent more than 100000 bytes"):
        get(client)
    assert len(site.paths()) == 1


def test_a_packed_body_is_unpacked(site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, gzip.compress(json.dumps(["é"] * 5000).encode()), content_encoding="gzip")
    assert client.get(RISING, surface="s").json() == ["é"] * 5000


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("iso-8859-1", "é"),
        ('"utf-8"', "\ufffd"),
        ("no-such-thing", "\ufffd"),
        ("idna", "\ufffd"),
        ("punycode", "\ufffd"),
        ("undefined", "\ufffd"),
        ("windows-1259", "\ufffd"),
        ("iso-8859-12", "\ufffd"),
        ("koi8-x", "\ufffd"),
        ("\x00", "\ufffd"),
        ("windows-1251", "й"),
    ],
)
def test_text_is_read_as_the_header_says_and_never_fails(charset: str, text: str, site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, b"\xe9", content_type=f"text/plain; charset={charset}")
    assert client.get(RISING, surface="s").text == text


# Redirects


def test_a_redirect_is_followed_and_counts(site: Site, client: HttpClient, politeness: Politeness) -> None:
    site.play("a.example/old", status=301, location="/new?x=1#part")
    site.play("a.example/new", "here")
    answer = client.get("https://a.example/old", surface="s")
    assert (answer.url, answer.body) == ("https://a.example/new?x=1", b"here")
    assert politeness.used("s") == 2


def test_a_redirect_to_a_host_that_forbids_it_is_not_followed(site: Site, client: HttpClient) -> None:
    site.play("a.example/x", status=302, location="https://b.example/private/x")
    site.play("b.example/robots.txt", "User-agent: *\nDisallow: /private/")
    site.play("b.example/private/x", "secret")
    with pytest.raises(AccessError, match=r"robots.txt of b.example forbids /private/x"):
        get(client, "https://a.example/x")
    assert site.paths("b.example") == []


def test_a_refusal_behind_a_redirect_says_how_we_came_there(site: Site, client: HttpClient) -> None:
    """Else "robots.txt forbids /login" is a riddle to who never asked for it."""
    site.play(RISING_PATH, status=302, location="/login?next=secret")
    site.play("www.reddit.com/robots.txt", "User-agent: *\nDisallow: /login")
    with pytest.raises(AccessError) as caught:
        get(client)
    assert str(caught.value) == (
        "www.reddit.com/r/x/rising.json led to www.reddit.com/login, perhaps because it wants a login. "
        "robots.txt of www.reddit.com forbids /login: leave the surface out."
    )


def test_a_callers_headers_do_not_go_to_another_host(site: Site, client: HttpClient) -> None:
    site.play("a.example/x", status=302, location="https://b.example/y")
    site.play("b.example/y", "here")
    client.get("https://a.example/x", surface="s", headers={"Authorization": "Bearer secret"})
    sent = {request.host: request.headers.get("Authorization") for request in site.requests if request.path != "/robots.txt"}
    assert sent == {"a.example": "Bearer secret", "b.example": None}


def test_a_callers_headers_are_not_sent_in_the_open(site: Site, client: HttpClient) -> None:
    site.play("a.example/x", status=302, location="http://a.example/y")
    site.play("a.example/y", "here")
    client.get("https://a.example/x", surface="s", headers={"Authorization": "Bearer secret"})
    assert "Authorization" not in site.requests[-1].headers


@pytest.mark.parametrize(
    "header",
    [("X", "secret\r\nHost: b"), ("X\n", "secret"), ("X", "secret 日本"), ("X", " secret"), ("", "secret"), ("Xé", "secret")],
)
def test_a_header_that_cannot_be_sent_is_named_but_not_shown(header: tuple[str, str], site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, "{}")
    with pytest.raises(SettingsError, match=r"The header .* cannot be sent") as caught:
        client.get(RISING, surface="s", headers=dict([header]))
    assert "secret" not in str(caught.value)
    assert site.requests == []


@pytest.mark.parametrize("address", ["nonsense", "ftp://ann:secret@a.example/x", "//a.example", "http://[::1", "https://"])
def test_what_is_no_address_is_refused_without_its_secrets(address: str, client: HttpClient) -> None:
    with pytest.raises(AccessError, match="is no web address") as caught:
        client.get(f"{address}?key=secret", surface="s", params={"token": "secret"})
    assert "secret" not in str(caught.value)


def test_a_last_dot_makes_no_other_host() -> None:
    assert host_of("https://WWW.a.example./x") == host_of("https://www.a.example:443/x") == "www.a.example"


def test_a_circle_of_redirects_ends(site: Site, client: HttpClient) -> None:
    site.play("a.example/x", status=302, location="/x")
    with pytest.raises(AccessError, match=r"a.example/x redirects more than 10 times"):
        get(client, "https://a.example/x")


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:alert(1)", "http://[::1", "https://a:b/", "https://a..b/"]
)
def test_a_redirect_to_no_web_address_is_refused(location: str, site: Site, client: HttpClient) -> None:
    site.play("a.example/x", status=302, location=location)
    with pytest.raises(AccessError, match="is no web address"):
        get(client, "https://a.example/x")


# robots.txt


def test_robots_txt_is_fetched_once_a_day_for_all_clients(site: Site, tmp_path: Path, clock: Clock) -> None:
    site.play("a.example/robots.txt", "User-agent: *\nAllow: /")
    site.play("/x", "here")
    for _ in range(3):
        with Politeness(tmp_path / "p.db", clock=clock) as politeness, HttpClient(politeness, site.sandbox) as client:
            get(client, "https://a.example/x")
        clock.now += 10
    assert [request.path for request in site.requests].count("/robots.txt") == 1
    clock.now += 86_400
    with Politeness(tmp_path / "p.db", clock=clock) as politeness, HttpClient(politeness, site.sandbox) as client:
        get(client, "https://a.example/x")
    assert [request.path for request in site.requests].count("/robots.txt") == 2


def test_rules_for_us_win_over_rules_for_all(site: Site, client: HttpClient) -> None:
    site.play("a.example/robots.txt", "User-agent: *\nDisallow: /\n\nUser-agent: trend_assets\nDisallow: /*.pdf$\nAllow: /")
    site.play("/x", "here")
    assert get(client, "https://a.example/x") == b"here"
    with pytest.raises(AccessError, match=r"forbids /b.pdf"):
        get(client, "https://a.example/b.pdf")


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_txt_everything_is_allowed(status: int, site: Site, client: HttpClient) -> None:
    site.play("a.example/robots.txt", status=status)
    site.play("/x", "here")
    assert get(client, "https://a.example/x") == b"here"


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_huge_robots_txt_the_beginning_counts(packed: bool, site: Site, client: HttpClient) -> None:
    """RFC 9309 §2.5. One of more than 32 MB counted as none."""
    rules = b"User-agent: *\nDisallow: /private\n#".ljust(ROBOTS_BYTES - 20) + b"\nDisallow: /late\n#".ljust(40_000_000)
    if packed:
        site.play("a.example/robots.txt", gzip.compress(rules, 1), content_encoding="gzip")
    else:
        site.play("a.example/robots.txt", rules)
    site.play("/x", "here")
    assert get(client, "https://a.example/x") == b"here"
    for path in ("/private", "/late"):
        with pytest.raises(AccessError, match=f"robots.txt of a.example forbids {path}"):
            get(client, f"https://a.example{path}")
    assert len(client._politeness.robots("a.example").body) == ROBOTS_BYTES  # type: ignore[union-attr]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_while_robots_txt_cannot_be_read_nothing_else_is_asked(status: int, site: Site, client: HttpClient) -> None:
    site.play("a.example/robots.txt", status=status)
    site.play("/x", "here")
    with pytest.raises(HostError, match=r"a.example is not asked for anything while its robots.txt cannot be read"):
        get(client, "https://a.example/x")
    assert site.paths() == []


def test_an_old_copy_counts_while_robots_txt_cannot_be_read(
    site: Site, client: HttpClient, politeness: Politeness, clock: Clock
) -> None:
    politeness.keep_robots("a.example", "User-agent: *\nDisallow: /private")
    clock.now += 2 * 86_400
    site.play("a.example/robots.txt", status=500)
    site.play("/x", "here")
    assert get(client, "https://a.example/x") == b"here"
    with pytest.raises(AccessError):
        get(client, "https://a.example/private")


def test_crawl_delay_is_honoured(site: Site, client: HttpClient, clock: Clock) -> None:
    site.play("a.example/robots.txt", "User-agent: *\nCrawl-delay: 10")
    site.play("/x", "here")
    for _ in range(3):
        get(client, "https://a.example/x")
    assert clock.now - START >= 20


def test_a_robots_txt_that_does_not_come_holds_up_no_other_host(site: Site, politeness: Politeness, clock: Clock) -> None:
    """The tabs of a browser ask through one client."""
    asked, hold = threading.Event(), threading.Event()

    def slow(_: Request) -> Answer:
        asked.set()
        hold.wait(20)
        return Answer(status=404)

    site.plays["a.example/robots.txt"] = slow
    site.play("/x", "here")
    with HttpClient(politeness, site.sandbox, sleep=clock.sleep, read_seconds=30) as client:
        other = threading.Thread(target=lambda: get(client, "https://a.example/x"))
        other.start()
        try:
            assert asked.wait(20)
            assert get(client, "https://b.example/x") == b"here"
            assert site.paths("a.example") == [], "it still waits"
        finally:
            hold.set()
            other.join()


def test_what_an_api_has_granted_is_not_asked_of_robots_txt_but_where_it_leads_is(site: Site, client: HttpClient) -> None:
    """Reddit's robots.txt forbids everything, but it gives tokens to apps."""
    site.play("a.example/robots.txt", "User-agent: *\nDisallow: /")
    site.play("/x", "here")
    site.play("/moved", status=302, location="/x")
    headers = {"Authorization": "Bearer t"}
    url = "https://a.example"
    assert client.get(f"{url}/x", surface="a", headers=headers, granted=True, params={"limit": 1}).body == b"here"
    assert site.requests[0].path == "/x?limit=1" and len(site.requests) == 1
    with pytest.raises(AccessError, match=r"robots.txt of a.example forbids /x"):
        client.get(f"{url}/moved", surface="a", headers=headers, granted=True)
    with pytest.raises(AccessError, match=r"robots.txt of a.example forbids /x"):
        client.get(f"{url}/x", surface="a", headers=headers)


def test_a_text_is_read_by_its_header_else_by_its_xml_declaration(site: Site, client: HttpClient) -> None:
    declared = "<?xml version='1.0' encoding='windows-1251'?><a>Привет</a>"
    for body, kind, text in (
        (declared.encode("cp1251"), "application/xml", declared),
        (declared.encode(), "application/xml; charset=UTF-8", declared),
        ("<?xml version='1.0' encoding='punycode'?>é".encode(), "text/xml", "<?xml version='1.0' encoding='punycode'?>é"),
        ("<?xml version='1.0' encoding='iso-8859-zz'?>é".encode(), "text/xml", "<?xml version='1.0' encoding='iso-8859-zz'?>é"),
    ):
        site.play("/x", body, content_type=kind)
        assert client.get("https://a.example/x", surface="a").text == text


# Forms


def post(client: HttpClient, url: str = "https://a.example/token") -> bytes:
    return client.post(url, {"a": "b c"}, surface="a token", headers={"Authorization": "Basic x"}).body


def test_a_form_is_posted_and_what_can_pass_is_repeated(site: Site, client: HttpClient) -> None:
    play_in_order(site, "/token", Answer(status=503), Answer("given"))
    assert post(client) == b"given"
    assert [(one.path, one.form) for one in site.requests] == [("/token", "a=b+c")] * 2, "and robots.txt is not asked"


def test_a_form_follows_no_redirect(site: Site, client: HttpClient) -> None:
    site.play("/token", status=302, location="https://b.example/")
    with pytest.raises(AccessError, match=r"^a.example/token redirects a form that is posted: look at it"):
        post(client)
    assert len(site.requests) == 1


# Budget


def test_every_attempt_counts_against_the_budget(site: Site, client: HttpClient) -> None:
    site.play(RISING_PATH, status=500)
    with pytest.raises(BudgetError, match=r"reddit:rising:x has used up its budget of 2 requests for 2022-04-14"):
        get(client, daily_budget=2)
    assert len(site.paths()) == 2
