"""What a platform's module declares, and how it reads a request."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from trend_assets.sandbox.world import World


def moved(path: str) -> str:
    """Return the other address of a payload: `/api2/…` for `/api/…`."""
    first, _, rest = path.lstrip("/").partition("/")
    return f"/{first}2/{rest}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page or a payload."""

    world: World
    at: datetime
    """The simulated time, naive UTC."""
    path: Mapping[str, str]
    """Variable parts of the path."""
    query: Mapping[str, str]
    """Of the address, and the fields of a form that is posted."""
    moved: bool = False
    """Whether payloads are at other addresses now."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the request; names in any case."""

    def address(self, path: str) -> str:
        """Return where a page gets a payload now."""
        return moved(path) if self.moved else path

    def count(self, name: str, default: int, most: int) -> int:
        """Return a number of the query, 0 to `most`; the default when it is none."""
        text = self.query.get(name, "")
        return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else default  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Form:
    """How payloads are written."""

    media_type: str
    write: Callable[[Any], str]


JSON = Form("application/json", partial(json.dumps, ensure_ascii=False))


def page_of(start: str, end: str) -> Form:
    """Return the form of a page that holds its items itself, as pieces of markup between a start and an end."""
    return Form("text/html", lambda items: "".join((start, *items, end)))


def elements(value: Any) -> str:
    """Return an object as XML: elements of its names, a list as one of them for each entry."""
    if not isinstance(value, dict):
        return escape(str(value))
    return "".join(
        f"<{name}>{elements(part)}</{name}>"
        for name, entry in value.items()
        for part in (entry if isinstance(entry, list) else [entry])
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """A page without items (text), or what is written in a form: an object, or a list of items, be they pieces of markup."""

    body: str | dict[str, Any] | list[Any]
    status: int = 200
    form: Form = JSON


@dataclass(frozen=True, slots=True)
class Site:
    """One platform's site."""

    name: str
    host: str
    """Its real host; the sandbox serves it as `<host>.localhost`."""
    pages: Mapping[str, Callable[[Asked], Answer]]
    """Path (with {variables}) to what answers it."""
    other_hosts: tuple[str, ...] = ()
    """Real hosts that have its pages as well."""
    lists: frozenset[str] = frozenset()
    """Keys under which its payloads hold lists of items; words by which items are found that are markup.

    A payload that is a list is one by itself.
    """
    ended: Mapping[str, Any] = field(default_factory=dict)
    """Keys and values with which its payloads say that there is no more."""
    robots: str = "User-agent: *\nDisallow: /login\nDisallow: /search\nAllow: /\n"
    """What crawlers may read: all that the pages are, but not these."""
