"""The sandbox's server, asked by a real client."""

import json
from datetime import timedelta
from typing import Any
from urllib.robotparser import RobotFileParser

import pytest
import requests

from trend_assets.sandbox.faults import FAULTS
from trend_assets.sandbox.platforms import PLATFORMS
from trend_assets.sandbox.server import Running, running
from trend_assets.sandbox.world import World
from trend_assets_tests.sandbox.conftest import AT, TIMEOUT_SECONDS, Get, control, order

EXPLORE, DISCOVER, RISING = "/api/explore/item_list/?count=16", "/node/share/discover", "/r/marketing/rising.json"
FRONT_PAGE, TRENDS = "/api/v1/search?tags=front_page", "/api/v1/trends/statuses"
TOPICS = "/xrpc/app.bsky.unspecced.getTrendingTopics"
BEST_SELLERS = "/gp/bestsellers/"
HOT_SEARCH = "/ajax/side/hotSearch"
MOST_VIEWED = "/api/rest_v1/metrics/pageviews/top/en.wikipedia/all-access/2026/02/28"
CHART, FEED = "/youtube/v3/videos?chart=mostPopular", "/trending/rss?geo=US"
KEYWORDS = "/v5/trends/keywords/US/top/growing"
XS_LIST, XS_TRENDS = "/i/api/graphql/uGSr7alSjR9v6QJAIaqSKQ/GenericTimelineById", "/2/trends/by/woeid/1"
REELS, TAGGED, SEARCH = "/graphql/query", "/api/v1/tags/web_info/?tag_name=ai", "/ig_hashtag_search?q=ai&user_id=1"
CHARTS = (
    "/creative/creativeCenter/trends/hashtag?region=US&period=7",
    "/CreativeOne/KnowledgeAPI/GetHashtagList",
    "/business/creativecenter/inspiration/popular/music/pc/en",
    "/creative_radar_api/v1/popular_trend/sound/rank_list",
)
HEADERS = {
    "youtube": {"X-Goog-Api-Key": "k"},
    "pinterest": {"Authorization": "Bearer any"},
    "instagram": {"Authorization": "Bearer any"},
    "x": {"Authorization": "Bearer any", "Cookie": "auth_token=any"},
}
"""What platforms want besides."""
PAGES = {
    "tiktok": ("/explore", "/music", "/tag/ai", EXPLORE, DISCOVER, *CHARTS),
    "reddit": (RISING,),
    "hackernews": (FRONT_PAGE,),
    "mastodon": (TRENDS, "/api/v1/trends/tags"),
    "bluesky": (TOPICS, "/xrpc/app.bsky.unspecced.getTrends"),
    "wikipedia": (MOST_VIEWED,),
    "weibo": (HOT_SEARCH,),
    "google_trends": (FEED,),
    "youtube": (CHART,),
    "pinterest": (KEYWORDS,),
    "amazon": (BEST_SELLERS, "/gp/bestsellers/toys-and-games", "/gp/movers-and-shakers/", "/deals"),
    "redbubble": ("/explore/for-you/",),
    "x": ("/explore/tabs/trending", "/i/flow/login", XS_LIST, XS_TRENDS, "/1.1/trends/place.json?id=1"),
    "rss": ("/feed/", "/feed/subscribe/en/news/all/rss.xml"),
    "instagram": ("/reels/", REELS, "/api/graphql", "/explore/tags/ai/", TAGGED, SEARCH),
}
LISTS = [
    ("tiktok", EXPLORE, "itemList"),
    ("reddit", RISING, "children"),
    ("hackernews", FRONT_PAGE, "hits"),
    ("wikipedia", MOST_VIEWED, "articles"),
    ("weibo", HOT_SEARCH, "realtime"),
    ("tiktok", CHARTS[1], "items"),
    ("tiktok", CHARTS[3], "sound_list"),
    ("instagram", TAGGED, "sections"),
]
"""Platform, a payload of it, the key of its list."""
LATER = (AT + timedelta(hours=5)).isoformat() + "Z"


def ids(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200
    return [item["id"] for item in answer.json()["itemList"]]


@pytest.mark.parametrize(("platform", "path"), [(name, path) for name, paths in PAGES.items() for path in paths])
def test_a_site_answers_under_its_own_host_name(platform: str, path: str, get: Get) -> None:
    answer = get(platform, path, HEADERS.get(platform))
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] in ("text/html", "application/json", "text/xml", "application/rss+xml")


def test_pinterest_lets_nobody_in_without_a_token(get: Get) -> None:
    answer = get("pinterest", KEYWORDS)
    assert (answer.status_code, answer.json()["message"]) == (401, "Authentication failed.")


@pytest.mark.parametrize("path", [SEARCH, "/17840507805323929/top_media?user_id=1"])
def test_instagrams_api_lets_nobody_in_without_a_token(path: str, get: Get) -> None:
    answer = get("instagram", path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 190)


@pytest.mark.parametrize(("host", "path"), [("ads.tiktok.com", CHARTS[0]), ("graph.facebook.com", "/reels/")])
def test_a_site_answers_under_its_other_host_names(host: str, path: str, box: Running) -> None:
    address, names = f"http://127.0.0.1:{box.port}{path}", {"Host": f"{host}.localhost:{box.port}"}
    assert requests.get(address, headers=names, timeout=TIMEOUT_SECONDS).status_code == 200
    assert [one["host"] for one in control(box, "GET", "/requests")["requests"]] == [host]


def test_lists_can_be_fetched_with_post(box: Running) -> None:
    names = {"Host": f"ads.tiktok.com.localhost:{box.port}"}
    answer = requests.post(f"http://127.0.0.1:{box.port}{CHARTS[1]}", headers=names, timeout=TIMEOUT_SECONDS)
    assert answer.json()["BaseResp"]["StatusCode"] == 0


def test_other_host_names_have_no_pages(box: Running) -> None:
    for host in ("127.0.0.1", "www.example.com.localhost", "www.reddit.com.localhost"):
        answer = requests.get(
            f"http://127.0.0.1:{box.port}/explore", headers={"Host": host}, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
        assert answer.status_code == 404, host


def test_the_time_is_the_requests_own_else_the_one_that_was_set_else_the_clocks(box: Running, get: Get) -> None:
    started = ids(get("tiktok", EXPLORE))
    later = ids(get("tiktok", EXPLORE, {"Sandbox-Time": LATER}))
    assert started == [str(post.id) for post in World(1).explore(AT)[:16]] != later
    control(box, "POST", "/time", json={"at": LATER})
    assert ids(get("tiktok", EXPLORE)) == later
    assert ids(get("tiktok", EXPLORE, {"Sandbox-Time": f"{AT.isoformat()}+00:00"})) == started
    control(box, "POST", "/time", json={"at": None})
    assert not set(ids(get("tiktok", EXPLORE))) & {*started, *later}
    assert control(box, "GET")["at"] is None


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_is_none_is_refused(text: str, get: Get) -> None:
    answer = get("tiktok", EXPLORE, {"Sandbox-Time": text})
    assert answer.status_code == 400
    assert text in answer.text and "2026-03-01T05:07:00Z" in answer.text


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_robots_allow_what_is_captured_and_disallow_something_else_whatever_is_ordered(
    platform: str, box: Running, get: Get
) -> None:
    order(box, "server_error", platform)
    answer = get(platform, "/robots.txt")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/plain")
    robots = RobotFileParser()
    robots.parse(answer.text.splitlines())
    assert all(robots.can_fetch("any", path) for path in PAGES[platform])
    assert not robots.can_fetch("any", "/search?q=a")


def test_rate_limited_is_429_as_often_as_ordered(box: Running, get: Get) -> None:
    order(box, "rate_limited", times=2, retry_after=7)
    answers = [get("tiktok", EXPLORE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert control(box, "GET")["faults"] == []
    order(box, "rate_limited")
    assert "Retry-After" not in get("tiktok", EXPLORE).headers


def test_server_error_is_500(box: Running, get: Get) -> None:
    order(box, "server_error")
    assert get("tiktok", "/explore").status_code == get("tiktok", EXPLORE).status_code == 500


def test_timeout_answers_late(box: Running, get: Get) -> None:
    order(box, "timeout", seconds=20, times=1)
    with pytest.raises(requests.ReadTimeout):
        get("tiktok", EXPLORE, timeout=0.2)
    order(box, "timeout", seconds=0.01)
    assert len(ids(get("tiktok", EXPLORE))) == 16


def test_refused_closes_the_connection_without_an_answer(box: Running, get: Get) -> None:
    order(box, "refused", times=1)
    with pytest.raises(requests.ConnectionError, match="closed connection without response"):
        get("tiktok", EXPLORE)
    assert len(ids(get("tiktok", EXPLORE))) == 16


@pytest.mark.parametrize(
    ("platform", "path", "empty"),
    [
        ("tiktok", EXPLORE, {"itemList": [], "hasMore": False}),
        ("reddit", RISING, {"children": [], "after": None, "dist": 0}),
        ("hackernews", FRONT_PAGE, {"hits": [], "nbHits": 0}),
        ("bluesky", TOPICS, {"topics": [], "suggested": []}),
    ],
)
def test_empty_is_200_without_items(platform: str, path: str, empty: dict[str, Any], box: Running, get: Get) -> None:
    order(box, "empty", platform)
    answer = get(platform, path).json()
    holder = answer.get("data", answer)
    assert {name: holder[name] for name in empty} == empty


def test_a_payload_that_is_a_list_is_spoiled_as_one(box: Running, get: Get) -> None:
    whole = get("mastodon", TRENDS).json()
    spoiled = {}
    for fault in ("empty", "short", "changed_shape"):
        order(box, fault, "mastodon", times=1)
        spoiled[fault] = get("mastodon", TRENDS).json()
    assert (len(whole), spoiled["empty"], len(spoiled["short"])) == (20, [], 14)
    assert all(status in whole for status in spoiled["short"])
    assert spoiled["changed_shape"] == {"edges": [{"node": status} for status in whole]}


@pytest.mark.parametrize(("platform", "path", "name"), LISTS)
def test_empty_keeps_the_names(platform: str, path: str, name: str, box: Running, get: Get) -> None:
    order(box, "empty", platform)
    assert f'"{name}": []' in get(platform, path).text


def test_a_feed_obeys_as_other_payloads_do(box: Running, get: Get) -> None:
    before = get("google_trends", FEED).text
    found = {}
    for fault in ("empty", "changed_shape", "short"):
        order(box, fault, "google_trends")
        found[fault] = get("google_trends", FEED).text
        control(box, "DELETE", "/faults", params={"platform": "google_trends"})
    assert (found["empty"].count("<item>"), found["changed_shape"].count("<item>")) == (0, 0)
    assert found["changed_shape"].count("<node>") == before.count("<item>") > found["short"].count("<item>") > 0
    assert all(text.endswith("</channel></rss>") for text in found.values())


def test_youtube_wants_a_key_and_a_chart(get: Get) -> None:
    assert get("youtube", CHART).status_code == 403
    assert get("youtube", CHART.partition("?")[0], HEADERS["youtube"]).status_code == 400
    assert len(get("youtube", CHART, HEADERS["youtube"]).json()["items"]) == 5


def test_x_wants_a_login_for_its_page_and_a_token_for_its_api(get: Get) -> None:
    assert [get("x", path).status_code for path in (XS_LIST, XS_TRENDS, "/1.1/trends/place.json")] == [401, 401, 401]
    assert "/i/flow/login" in get("x", "/explore/tabs/trending").text
    assert "/i/flow/login" not in get("x", "/explore/tabs/trending", {"Cookie": "auth_token=a"}).text.partition("<script>")[0]


def test_reddit_gives_a_token_for_an_apps_credentials_and_lets_in_who_has_one(box: Running, get: Get) -> None:
    def ask(grant: str, headers: dict[str, str]) -> requests.Response:
        host = {"Host": f"www.reddit.com.localhost:{box.port}", **headers}
        address = f"http://127.0.0.1:{box.port}/api/v1/access_token"
        return requests.post(address, data={"grant_type": grant}, headers=host, timeout=TIMEOUT_SECONDS)

    basic = {"Authorization": "Basic eDp5"}
    assert ask("client_credentials", {}).status_code == 401
    assert ask("password", basic).json() == {"error": "unsupported_grant_type"}
    token = ask("client_credentials", basic).json()["access_token"]
    host = {"Host": f"oauth.reddit.com.localhost:{box.port}"}
    assert get("reddit", "/r/marketing/rising", host).status_code == 403
    assert get("reddit", "/r/marketing/rising", {**host, "Authorization": f"Bearer {token}"}).json()["kind"] == "Listing"


def test_an_empty_list_of_cards_has_its_shape_still(box: Running, get: Get) -> None:
    order(box, "empty")
    assert [section["exploreList"] for section in get("tiktok", DISCOVER).json()["body"]] == [[], [], []]


@pytest.mark.parametrize("path", [EXPLORE, "/explore"])
def test_truncated_ends_in_the_middle(path: str, box: Running, get: Get) -> None:
    whole = get("tiktok", path).content
    order(box, "truncated")
    answer = get("tiktok", path)
    assert answer.status_code == 200
    assert answer.content == whole[: len(whole) // 2]
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content.decode(errors="replace"))


@pytest.mark.parametrize(("platform", "path", "name"), LISTS)
def test_changed_shape_has_other_names(platform: str, path: str, name: str, box: Running, get: Get) -> None:
    before = get(platform, path)
    order(box, "changed_shape", platform)
    answer = get(platform, path)
    assert answer.status_code == 200 and answer.json() != before.json()
    assert f'"{name}"' in before.text and f'"{name}"' not in answer.text


@pytest.mark.parametrize(
    ("platform", "path", "name"), [*LISTS, ("mastodon", TRENDS, "content"), ("google_trends", FEED, "item")]
)
def test_moved_payloads_are_found_at_their_new_address_only(
    platform: str, path: str, name: str, box: Running, get: Get
) -> None:
    before = get(platform, path)
    order(box, "moved", platform)
    assert get(platform, path).status_code == 404
    first, rest = path.removeprefix("/").split("/", 1)
    answer = get(platform, f"/{first}2/{rest}")
    assert answer.content == before.content and name in answer.text


def test_a_page_that_holds_its_items_misbehaves_as_a_payload_does(box: Running, get: Get) -> None:
    def cards(fault: str | None) -> int:
        if fault:
            order(box, fault, "amazon", times=1)
        answer = get("amazon", BEST_SELLERS)
        assert answer.headers["content-type"].split(";")[0] == "text/html"
        return answer.text.count('id="gridItemRoot"')

    assert [cards(fault) for fault in (None, "empty", "short", "changed_shape")] == [30, 0, 21, 0]
    order(box, "changed_shape", "amazon", times=1)
    assert get("amazon", BEST_SELLERS).text.count('id="gridItemRootV2"') == 30
    order(box, "truncated", "amazon", times=1)
    assert not get("amazon", BEST_SELLERS).text.endswith("</html>\n")


def test_a_page_that_holds_its_items_can_move(box: Running, get: Get) -> None:
    before = get("amazon", BEST_SELLERS).text
    order(box, "moved", "amazon")
    assert get("amazon", BEST_SELLERS).status_code == 404
    assert get("amazon", "/gp2/bestsellers/").text == before


def test_a_page_knows_where_its_payload_moved_to(box: Running, get: Get) -> None:
    order(box, "moved")
    assert 'data-source="/api2/explore/item_list/?count=16"' in get("tiktok", "/explore").text


@pytest.mark.parametrize(("platform", "path"), [("tiktok", "/explore"), ("tiktok", EXPLORE), ("reddit", RISING)])
def test_login_wall_redirects_to_a_page_without_items(platform: str, path: str, box: Running, get: Get) -> None:
    order(box, "login_wall", platform)
    answer = get(platform, path)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (302, "/login")
    page = get(platform, answer.headers["location"])
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "Log in" in page.text


@pytest.mark.parametrize("at", [None, "2026-02-27T00:00:00Z"])
def test_frozen_is_the_same_list_with_the_same_counters_at_any_time(at: str | None, box: Running, get: Get) -> None:
    then = get("tiktok", EXPLORE, {"Sandbox-Time": at} if at else None).json()
    order(box, "frozen", at=at)
    answers = [get("tiktok", EXPLORE).json(), get("tiktok", EXPLORE, {"Sandbox-Time": LATER}).json()]
    assert answers == [then, then]
    control(box, "DELETE", "/faults", params={"platform": "tiktok"})
    assert get("tiktok", EXPLORE, {"Sandbox-Time": LATER}).json() != then


def test_short_misses_three_of_ten_items(box: Running, get: Get) -> None:
    whole = get("reddit", RISING + "?limit=20").json()["data"]["children"]
    order(box, "short", "reddit")
    children = get("reddit", RISING + "?limit=20").json()["data"]["children"]
    assert (len(whole), len(children)) == (20, 14)
    assert all(child in whole for child in children)


def test_a_fault_is_for_one_platform_and_the_paths_it_names(box: Running, get: Get) -> None:
    order(box, "server_error", path="/api/")
    assert get("tiktok", EXPLORE).status_code == 500
    assert get("tiktok", "/explore").status_code == get("tiktok", DISCOVER).status_code == 200
    assert get("reddit", RISING).status_code == 200


def test_the_earliest_order_that_fits_counts_and_the_next_takes_over(box: Running, get: Get) -> None:
    order(box, "server_error", times=1)
    order(box, "rate_limited", times=1)
    assert [get("tiktok", EXPLORE).status_code for _ in range(3)] == [500, 429, 200]


def test_latency_is_before_every_answer(box: Running, get: Get) -> None:
    control(box, "POST", "/latency", json={"seconds": 20})
    with pytest.raises(requests.ReadTimeout):
        get("reddit", RISING, timeout=0.2)
    assert get("reddit", "/robots.txt").status_code == 200
    control(box, "POST", "/latency", json={"seconds": 0})
    assert get("reddit", RISING).status_code == 200


WRONG: dict[str, tuple[str, object, list[str]]] = {
    "an unknown fault": ("/faults", {"platform": "tiktok", "fault": "explode"}, list(FAULTS)),
    "an unknown platform": ("/faults", {"platform": "myspace", "fault": "short"}, sorted(PLATFORMS)),
    "an unknown field": ("/faults", {"platform": "tiktok", "fault": "short", "often": 1}, ["'often'", "times", "retry_after"]),
    "no times": ("/faults", {"platform": "tiktok", "fault": "short", "times": 0}, ["times"]),
    "no time": ("/time", {"at": "soon"}, ["at"]),
    "a negative latency": ("/latency", {"seconds": -1}, ["seconds"]),
    "no object": ("/faults", 5, ["the request"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_order_is_refused_with_what_is_valid(name: str, box: Running) -> None:
    path, body, said = WRONG[name]
    answer = requests.post(box.control + path, json=body, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert all(word in error for word in said)
    assert control(box, "GET")["faults"] == []


def test_orders_of_an_unknown_platform_cannot_be_taken_back(box: Running) -> None:
    order(box, "short")
    answer = requests.delete(f"{box.control}/faults", params={"platform": "tikok"}, timeout=TIMEOUT_SECONDS)
    assert answer.status_code == 422
    assert answer.json() == {"errors": [f"There is no platform 'tikok'; there are {', '.join(sorted(PLATFORMS))}."]}
    assert len(control(box, "GET")["faults"]) == 1


@pytest.mark.parametrize("host", ["www.tiktok.com.localhost", "evil.example.localhost"])
def test_a_page_cannot_reach_the_control(host: str, box: Running) -> None:
    """Pages that a browser opens in the sandbox have names below .localhost, and may be hostile."""
    order(box, "short")
    url = f"http://127.0.0.1:{box.port}/_sandbox/reset"
    assert requests.post(url, headers={"Host": f"{host}:{box.port}"}, timeout=TIMEOUT_SECONDS).status_code == 404
    assert len(control(box, "GET")["faults"]) == 1
    answer = requests.post(url, headers={"Host": f"localhost:{box.port}"}, timeout=TIMEOUT_SECONDS)
    assert answer.json()["faults"] == []


def test_every_fault_has_a_sentence_and_is_named_by_the_control(box: Running) -> None:
    assert control(box, "GET")["known_faults"] == dict(FAULTS)
    assert all(FAULTS.values()) and len(FAULTS) == 11


def test_requests_are_remembered_with_their_status_and_fault(box: Running, get: Get) -> None:
    order(box, "server_error", "reddit", times=1)
    get("reddit", RISING + "?limit=5")
    get("tiktok", "/robots.txt")
    get("tiktok", "/nowhere")
    log = control(box, "GET", "/requests")
    assert log["counts"] == {"www.reddit.com": 1, "www.tiktok.com": 2}
    assert [(one["host"], one["path"], one["query"], one["status"], one["fault"]) for one in log["requests"]] == [
        ("www.reddit.com", RISING, "limit=5", 500, "server_error"),
        ("www.tiktok.com", "/robots.txt", "", 200, None),
        ("www.tiktok.com", "/nowhere", "", 404, None),
    ]
    assert log["requests"][0]["sandbox_time"] == f"{AT.isoformat()}Z"
    control(box, "DELETE", "/requests")
    assert control(box, "GET", "/requests") == {"counts": {}, "requests": []}


def test_reset_goes_back_to_the_start(box: Running, get: Get) -> None:
    before = control(box, "GET")
    order(box, "short")
    control(box, "POST", "/time", json={"at": LATER})
    control(box, "POST", "/latency", json={"seconds": 0.01})
    get("tiktok", EXPLORE)
    assert control(box, "POST", "/reset") == before
    assert control(box, "GET", "/requests")["counts"] == {}


def test_the_truth_is_exported_as_json_lines(box: Running) -> None:
    query = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T23:00:00Z"}
    answer = requests.get(box.control + "/truth", params=query, timeout=TIMEOUT_SECONDS)
    lines = [json.loads(line) for line in answer.content.decode().splitlines()]
    assert {one["kind"] for one in lines} == {"trend", "evergreen", "spam", "bots"}
    fields = ("cluster_key_type", "cluster_key", "kind", "onset", "peak", "end", "surfaces")
    assert all(tuple(one) == fields for one in lines)
    for wrong in ({}, {"from": query["to"], "to": query["from"]}, {"from": "then", "to": "now"}):
        refused = requests.get(box.control + "/truth", params=wrong, timeout=TIMEOUT_SECONDS)
        assert refused.status_code == 422 and refused.json()["errors"]


def test_two_sandboxes_run_side_by_side_and_a_taken_port_is_an_error(box: Running) -> None:
    with running(2, at=AT) as other:
        assert other.port != box.port
        assert control(other, "GET")["seed"] == 2
    with pytest.raises(OSError), running(port=box.port):
        pass


def test_a_block_that_ends_ends_the_server_also_while_it_answers() -> None:
    with running(1, at=AT, latency=600) as box, pytest.raises(requests.ReadTimeout):
        requests.get(f"http://127.0.0.1:{box.port}{RISING}", headers={"Host": "www.reddit.com.localhost"}, timeout=0.2)
    with pytest.raises(requests.ConnectionError):
        requests.get(box.control, timeout=TIMEOUT_SECONDS)
