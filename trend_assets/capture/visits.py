"""What a visit of a page brought, as a platform's `capture()` wants it: the JSON of its answers; whether it wants a login."""

import json
import re
from urllib.parse import urlsplit

from trend_assets.net.destination import place_of
from trend_assets.net.tab import Visit

_FIRST_ERROR, _UNAUTHORIZED = 400, 401


def wants_login(visit: Visit, login: re.Pattern[str], *, has_list: bool) -> bool:
    """Return whether the page led to a log-in page, whose path begins like the pattern.

    Where the visit brought no list, so does anything that was wanted of it, and an answer with which that is refused for want
    of a login (HTTP 401): pages ask for much that only those get who are logged in.
    """
    wanted = () if has_list else (*(response.url for response in visit.responses), *visit.unread)
    refused = not has_list and any(response.status == _UNAUTHORIZED for response in visit.responses)
    return refused or any(login.match(urlsplit(url).path) for url in (visit.url, *wanted))


def json_answers(visit: Visit) -> tuple[list[object], str]:
    """Return what the wanted responses hold, and what is missing of them, as sentences; of several failures the first."""
    problems = [visit.stopped] if visit.stopped else []
    problems += [f"{place_of(url)} brought no whole answer: try again later." for url in visit.unread]
    answers: list[object] = []
    for response in visit.responses:
        place = place_of(response.url)
        if response.status >= _FIRST_ERROR:
            problems += [] if problems else [f"{place} failed (HTTP {response.status}): try again later."]
            continue
        try:
            answers.append(json.loads(response.text))
        except (ValueError, RecursionError):
            problems.append(f"{place} sent no whole JSON ({len(response.text)} characters): try again later.")
    return answers, " ".join(dict.fromkeys(problems))
