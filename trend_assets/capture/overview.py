"""What the surfaces delivered, at one look: a strip of hours per surface, as Markdown for the asset page of `coverage`."""

import unicodedata
from collections.abc import Mapping

from trend_assets.hours import HOUR, Span
from trend_assets.lake.lake import Lake
from trend_assets.lake.tables import COVERAGE

SHOWN_HOURS = 24
SIGNS = {"good": "█", "partial": "▒", "suspect": "?", "missing": "×", "not_due": "·"}
_NOTHING = " "
_REASONS = 5

_STRIPS = "SELECT surface, hour, status FROM coverage ORDER BY surface"
_COMPLETE = "SELECT surface, arg_max(completeness, hour) FROM coverage GROUP BY surface HAVING count(completeness) > 0"
_BAD = f"""
SELECT surface, hour, status, reason FROM coverage WHERE status NOT IN ('good', 'not_due')
ORDER BY hour DESC, surface LIMIT {_REASONS}
"""


def describe_coverage(lake: Lake, span: Span) -> Mapping[str, str]:
    """Return Markdown on the last hours of the span: each surface's status hour by hour, and why the latest were not good."""
    shown = Span(max(span.start, span.end - SHOWN_HOURS * HOUR), span.end)
    with lake.snapshot() as snapshot:
        snapshot.view(COVERAGE, shown.start, shown.end)
        statuses: dict[str, dict[object, str]] = {}
        for surface, hour, status in snapshot.rows(_STRIPS):
            statuses.setdefault(surface, {})[hour] = status
        complete = dict(snapshot.rows(_COMPLETE))
        bad = snapshot.rows(_BAD)
    width = max(map(len, statuses), default=0)
    strips = [
        f"{surface:<{width}} {''.join(SIGNS.get(hours.get(hour, ''), _NOTHING) for hour in shown)}{_seen(complete, surface)}"
        for surface, hours in statuses.items()
    ]
    signs = ", ".join(f"{sign} {status.replace('_', ' ')}" for status, sign in SIGNS.items())
    reasons = [f"- {hour:%Y-%m-%d %H:00} `{surface}` {status}: {plain(reason)}" for surface, hour, status, reason in bad]
    strip = "\n".join(["```", *(strips or ["no surface"]), "```"])
    about = f"Hours {shown} (UTC): {signs}; then how much of what the surface shows its last run saw, as estimated"
    return {"hour by hour": f"{about}\n\n{strip}\n\n" + "\n".join(reasons or ["Nothing is missing."])}


def _seen(complete: Mapping[str, float], surface: str) -> str:
    return f" {complete[surface]:4.0%}" if surface in complete else ""


def plain(text: str, most: int = 200) -> str:
    """Return captured text as it can stand in Markdown, also in a table: no markup, no line or column breaks, nothing unseen.

    Dagster may make a link of an address in it.
    """
    shown = "".join(c for c in " ".join(text.split()) if not unicodedata.category(c).startswith("C"))[:most]
    return "".join(c if c.isalnum() or c in " -,:;" else f"&#{ord(c)};" for c in shown)
