"""Payloads as surfaces deliver them, and careful reading of what nobody guarantees: it takes any value and never raises."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from trend_assets.capture.items import Parsed, as_count
from trend_assets.net.destination import place_of
from trend_assets.net.response import Response

JSON_GUARD = ")]}'"
"""What Google puts before JSON, so that no other page can run it."""
MAX_EXACT_INTEGER = 2**53
"""Largest whole number that survives JavaScript; ids beyond it were rounded on the way when they come as numbers."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one run of a surface brought, before it is parsed."""

    payloads: tuple[object, ...]
    """In the order of the surface."""
    incomplete: str = ""
    """Why something is missing, as a sentence; empty when all came."""
    is_page: bool = False
    """Whether it is what a page for people holds or loads."""


def page_delivery(answer: Response) -> Delivery:
    """Return an answer that is a page; one that does not end as pages do is not complete."""
    page = answer.text
    missing = f"{place_of(answer.url)} sent no whole page ({len(page)} characters): try again later"
    return Delivery((page,), "" if "</html" in page.lower() else missing, is_page=True)


def at(value: object, *path: str) -> object:
    """Return what stands at the end of `path` through nested objects, or None where it breaks off."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def rows(value: object) -> list[Any]:
    """Return the value when it is a list, else an empty list."""
    return value if isinstance(value, list) else []


def first_text(*values: object) -> str | None:
    """Return the first value that is text with something in it, stripped."""
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), None)


def exact_id(*values: object) -> str | None:
    """Return the first value that is an id for certain: text, or a whole number too small to have been rounded."""
    for value in values:
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_EXACT_INTEGER:
            return str(value)
    return None


def first_count(*values: object) -> object:
    """Return the first value that is a count; when none is, the first that is there at all (for quarantine), else None."""
    given = [value for value in values if value is not None and value != ""]
    return next((value for value in given if as_count(value) is not None), given[0] if given else None)


def mail_time(value: object) -> str | None:
    """Return a date of RFC 822 ("Thu, 25 Dec 2025 08:50:00 -0800") as ISO text, without a zone where its own is unknown.

    "-0000" is UTC: the zone in which it was written is what is not known (RFC 5322 §3.3).
    """
    if not isinstance(value, str):
        return None
    try:
        return parsedate_to_datetime(value[:100].replace(" -0000", " +0000")).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def unguarded(text: str) -> str:
    """Return a JSON text without Google's guard, of which there are two."""
    return text.removeprefix(JSON_GUARD).removeprefix(",") if text.startswith(JSON_GUARD) else text


def json_or_none(text: str) -> object:
    """Return what a JSON text holds, or None when it is broken."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def not_recognized(expected: str, payload: object) -> Parsed:
    """Return the answer to a payload of another shape: what was expected and what was found."""
    return Parsed(shape=None, problem=f"expected {expected}, found {found(payload)}")


def unknown_surface(platform: str, surface_type: str, known: Iterable[str]) -> Parsed:
    """Return the answer to a surface type that the platform does not have."""
    names = ", ".join(sorted(known))
    return Parsed(shape=None, problem=f"{platform} has no surface type {surface_type!r}; it has {names}")


def found(payload: object) -> str:
    """Return a few words about a payload that no shape fits; safe to store, whatever the payload holds."""
    if isinstance(payload, dict):
        keys = ", ".join(repr(key)[:40] for key in list(payload)[:8])
        return f"an object with {len(payload)} keys ({keys})" if payload else "an empty object"
    if isinstance(payload, list):
        return f"a list of {len(payload)} that starts with {type(payload[0]).__name__}" if payload else "an empty list"
    if isinstance(payload, str):
        return f"text of {len(payload)} characters that starts with {payload[:60]!r}" if payload.strip() else "an empty text"
    return "nothing (null)" if payload is None else f"a {type(payload).__name__}"
