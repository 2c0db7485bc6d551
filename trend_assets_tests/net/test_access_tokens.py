"""Access tokens: asked for once, kept until they expire, and shown nowhere."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from trend_assets.errors import AccessError, PayloadError, TransientError
from trend_assets.net import access_tokens
from trend_assets.net.access_tokens import SPARE_SECONDS, AccessTokens
from trend_assets.net.http import HttpClient
from trend_assets.net.politeness import Politeness
from trend_assets_tests.net.clock import Clock
from trend_assets_tests.net.site import Answer, Request, Site

URL = "https://a.example/token"
HOUR = 3_600


@pytest.fixture
def client(tmp_path: Path, site: Site, clock: Clock) -> Iterator[HttpClient]:
    with (
        Politeness(tmp_path / "politeness.db", clock=clock) as politeness,
        HttpClient(politeness, site.sandbox, sleep=clock.sleep, read_seconds=5) as client,
    ):
        yield client


@pytest.fixture
def tokens(tmp_path: Path, site: Site) -> AccessTokens:
    given = iter(range(100))
    site.plays["/token"] = lambda _: Answer(json.dumps({"access_token": f"secret-{next(given)}", "expires_in": HOUR}))
    return AccessTokens(tmp_path / "logins" / "reddit.token")


def get(tokens: AccessTokens, client: HttpClient, clock: Clock, credentials: str = "Basic x", refused: str = "") -> str:
    return tokens.get(client, URL, {"Authorization": credentials}, clock(), refused)


def test_a_token_is_kept_until_it_expires_also_for_other_processes(
    tokens: AccessTokens, client: HttpClient, clock: Clock, site: Site
) -> None:
    assert get(tokens, client, clock) == "secret-0"
    clock.now += HOUR - SPARE_SECONDS - 10
    assert get(AccessTokens(tokens.path), client, clock) == "secret-0"
    clock.now += 10
    assert get(tokens, client, clock) == "secret-1"
    assert [one.form for one in site.requests] == ["grant_type=client_credentials"] * 2


def test_a_token_of_another_app_is_not_used(tokens: AccessTokens, client: HttpClient, clock: Clock) -> None:
    assert [get(tokens, client, clock, f"Basic {app}") for app in "aab"] == ["secret-0", "secret-0", "secret-1"]


def test_a_token_that_was_refused_is_asked_for_again(tokens: AccessTokens, client: HttpClient, clock: Clock) -> None:
    given = [get(tokens, client, clock, refused=refused) for refused in ("", "secret-0", "secret-0", "secret-1")]
    assert given == ["secret-0", "secret-1", "secret-1", "secret-2"], "and another process may have done so already"


def test_only_its_owner_can_read_the_token_and_nobody_the_credentials(
    tokens: AccessTokens, client: HttpClient, clock: Clock
) -> None:
    get(tokens, client, clock, "Basic the-app-and-its-secret")
    assert tokens.path.stat().st_mode & 0o777 == 0o600
    assert "the-app-and-its-secret" not in tokens.path.read_text()


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"app": 1}'])
def test_a_file_that_was_not_written_to_its_end_is_none(
    kept: str, tokens: AccessTokens, client: HttpClient, clock: Clock
) -> None:
    tokens.path.parent.mkdir()
    tokens.path.write_text(kept)
    assert get(tokens, client, clock) == "secret-0"


@pytest.mark.parametrize("seconds", [None, "soon", 0, -5, True, 10**400, float("inf"), float("nan"), 366 * 86_400])
def test_a_token_that_does_not_say_how_long_it_is_good_is_used_once(
    seconds: object, tokens: AccessTokens, client: HttpClient, clock: Clock, site: Site
) -> None:
    site.play("/token", json.dumps({"access_token": "t", "expires_in": seconds}))
    assert [get(tokens, client, clock) for _ in range(2)] == ["t", "t"]
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    "body",
    [
        '{"access_token": "secret-9", "expires_in": 36',
        '{"access_token": "secret-9 \\n"}',
        '{"access_token": ["secret-9"]}',
        '["secret-9"]',
        '{"error": "unsupported_grant_type"}',
        "<html>secret-9</html>",
        "",
    ],
)
def test_an_answer_without_a_token_is_an_error_that_does_not_show_it(
    body: str, tokens: AccessTokens, client: HttpClient, clock: Clock, site: Site
) -> None:
    site.play("/token", body)
    with pytest.raises(PayloadError, match=r"^a.example/token gave no access token \(\d+ bytes\): try again later;") as failure:
        get(tokens, client, clock)
    assert "secret" not in str(failure.value).replace("id and secret", "")


def test_credentials_that_are_refused_are_an_error(tokens: AccessTokens, client: HttpClient, clock: Clock, site: Site) -> None:
    site.play("/token", status=401)
    with pytest.raises(AccessError, match="HTTP 401"):
        get(tokens, client, clock)


def test_two_who_want_a_token_at_once_ask_for_one(tokens: AccessTokens, client: HttpClient, clock: Clock, site: Site) -> None:
    asked, hold = threading.Event(), threading.Event()

    def slow(_: Request) -> Answer:
        asked.set()
        hold.wait(20)
        return Answer(json.dumps({"access_token": "t", "expires_in": HOUR}))

    site.plays["/token"] = slow
    found: list[str] = []
    both = [threading.Thread(target=lambda: found.append(get(tokens, client, clock))) for _ in range(2)]
    both[0].start()
    assert asked.wait(20)
    both[1].start()
    hold.set()
    for one in both:
        one.join()
    assert found == ["t", "t"] and len(site.requests) == 1


def test_another_process_is_not_waited_for_for_ever(
    tokens: AccessTokens, client: HttpClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_tokens, "LOCK_SECONDS", 0.05)
    tokens.path.parent.mkdir()
    with (
        FileLock(f"{tokens.path}.lock"),
        pytest.raises(TransientError, match=r"^Another process has asked a.example/token for a token for more than 0 s: look"),
    ):
        get(tokens, client, clock)
