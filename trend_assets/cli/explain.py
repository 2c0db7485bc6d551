"""`trend-assets explain`: why a cluster is, or is not, a trend in an hour."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trend_assets.cli.printing import clean, echo_json, examples, number, table, when
from trend_assets.cli.stores import JsonOption, LakeOption, dirty_notice, open_stores, settings_of
from trend_assets.cli.trends import AtOption
from trend_assets.errors import PermanentError, UnknownNameError

if TYPE_CHECKING:
    from trend_assets.trends.explain import Cluster, Explanation
    from trend_assets.trends.threshold import Change

SIGHTINGS = 10
"""Sightings that are printed; --json has all."""
_INPUTS = (
    "artifact_count", "unique_authors", "authored_count", "max_author_artifacts", "total_views", "total_engagement",
    "growth_views", "growth_engagement", "growth_uses", "volume_24h", "activity", "velocity", "acceleration", "breadth",
    "concentration", "novelty", "hours_since_first", "cross_surface", "silent_hours", "previous_hour", "surfaces", "watchers",
)  # fmt: skip


_EXAMPLES = (
    "trend-assets explain tiktok:#viral --lake .demo",
    'trend-assets explain "nobody wants to work" --at 2022-04-14T10 --json',
)


def explain(
    cluster: Annotated[str, typer.Argument(help="Key (tiktok:#viral, phrase:…), name, cluster id or candidate id.")],
    at: AtOption = None,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Show what was seen of a cluster in an hour, what it scores, and what would change that.

    Works for every cluster in every hour, candidate or not; without --at, in the last hour that has anything on it. The
    score is computed again from the stored row and compared with the stored one. For each input it says which value alone
    would carry the score over the threshold (or below it), the relatively smallest change first.
    """
    from trend_assets.hours import parse_hour
    from trend_assets.trends import explain as explaining

    hour = parse_hour(at) if at else None
    work = open_stores(settings_of(lake))
    chosen = _only(cluster, explaining.find(work.lake, cluster))
    explanation = explaining.explain(work.lake, chosen, hour or chosen.last_hour)
    notice = dirty_notice(work, explanation.hour)
    if as_json:
        echo_json({**as_row(explanation), "out_of_date": notice is not None})
    else:
        for line in _lines(explanation):
            typer.echo(line)
        if notice:
            typer.echo(notice, err=True)
    if explanation.verified is False:
        raise PermanentError(_unequal(explanation, notice))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(explain)


def as_row(explanation: "Explanation") -> dict[str, Any]:
    """Return everything as one object."""
    row = asdict(explanation)
    bucket = row["bucket"]
    if bucket:
        bucket["activity_parts"] = list(bucket["activity_parts"])
    return {**row, "threshold": _threshold(), "verified": explanation.verified}


def _threshold() -> int:
    from trend_assets.trends.scoring import THRESHOLD

    return THRESHOLD


def _only(text: str, found: list["Cluster"]) -> "Cluster":
    """Return the one cluster.

    Raises:
        UnknownNameError: several have that name; the message lists them.
    """
    if len(found) == 1:
        return found[0]
    rows = [(c.cluster_key, c.cluster_key_type, c.cluster_id, c.display_name, when(c.last_hour)) for c in found]
    listed = "\n".join(table(("key", "key type", "cluster id", "name", "last hour"), rows))
    raise UnknownNameError(f"'{text}' names {len(found)} clusters; give the key or the cluster id of one:\n{listed}")


def _unequal(explanation: "Explanation", notice: str | None) -> str:
    stored = explanation.candidate["trend_score"] if explanation.candidate else None
    return f"The stored score {stored} is not what the stored bucket gives, {explanation.score}. " + (
        notice or "Compute the hour again with `trend-assets run --from HOUR`."
    )


def _lines(explanation: "Explanation") -> Iterator[str]:
    cluster, bucket = explanation.cluster, explanation.bucket
    yield f"{clean(cluster.display_name)}  ({cluster.cluster_key_type} {clean(cluster.cluster_key)})"
    yield f"hour {explanation.hour:%Y-%m-%dT%H:00} (UTC){', provisional' if bucket and bucket['provisional'] else ''}"
    yield from _status(explanation)
    yield from ("", *_sightings(explanation))
    if bucket is None:
        return
    yield from ("", "Inputs")
    yield from (f"  {name:<22}{_value(bucket[name])}" for name in _INPUTS)
    yield from ("", *_score(explanation))
    yield from ("", *_changes(explanation))


def _status(explanation: "Explanation") -> Iterator[str]:
    candidate = explanation.candidate
    if candidate:
        since = f"detected {when(candidate['detected_at'])}, peak score {candidate['peak_score']}"
        yield f"status {candidate['status']}, {since}, candidate {candidate['candidate_id']}"
    else:
        yield "status: no candidate in this hour"
    yield "What would change the status"
    yield from (f"  {sentence}" for sentence in explanation.outlook)


def _sightings(explanation: "Explanation") -> Iterator[str]:
    found = explanation.sightings
    if not found:
        yield "Not seen in this hour. The surfaces:"
        yield from (
            f"  {clean(row['surface'])}: {row['status']}" + (f", {clean(row['reason'])}" if row["reason"] else "")
            for row in explanation.coverage
        )
        return
    yield f"Seen {len(found)} times in the hour{f'; the first {SIGHTINGS}:' if len(found) > SIGHTINGS else ':'}"
    header = ("at", "surface", "type", "rank", "author", "views", "likes", "uses", "volume 24 h", "url or id")
    yield from (f"  {line}" for line in table(header, [_sighting(row) for row in found[:SIGHTINGS]]))


def _sighting(row: Any) -> tuple[object, ...]:
    counters = (row[name] for name in ("view_count", "like_count", "use_count", "volume_24h"))
    author = row["author_handle"] or row["author_id"]
    place = row["url"] or f"{row['platform']}:{row['platform_item_id']}"
    return f"{row['captured_at']:%H:%M:%S}", row["surface"], row["item_type"], row["rank"], author, *counters, place


def _score(explanation: "Explanation") -> Iterator[str]:
    score = "unknown" if explanation.score is None else f"{explanation.score:.4f}"
    above = "above" if explanation.score is not None and explanation.score > _threshold() else "not above"
    yield f"Score {score} of 100, {above} {_threshold()}, {explanation.path} path, formula {explanation.formula_version}"
    for part in explanation.components:
        points = "unknown, left out" if part.points is None else f"{part.points:8.4f} of {part.weight:.4f} points"
        yield f"  {part.name:<12}{points}"
    yield from (f"  filter {name}: {reason}" for name, reason in explanation.filters.items())
    if not explanation.filters:
        yield "  no filter applies"
    if explanation.candidate is None:
        yield "  computed now from the stored bucket; scores are stored for candidates only"
    elif explanation.verified:
        yield "  computed now from the stored bucket: exactly the stored score"


def _changes(explanation: "Explanation") -> Iterator[str]:
    aim = "no longer be promoted" if explanation.promoted else "be promoted"
    yield f"What alone would make it {aim} (score above {_threshold()} and no filter), the relatively smallest change first"
    yield from (f"  {_change(change)}" for change in explanation.changes)


def _change(change: "Change") -> str:
    now = _value(change.current)
    if change.needed is None:
        return f"{change.quantity}: {now}; no other value alone does it"
    size = "" if change.relative is None else f" ({change.relative:.1%} of it)"
    also = {name: value for name, value in list(change.columns.items())[1:]}
    with_it = "".join(f", with it {name} {_value(value)}" for name, value in also.items())
    return f"{change.quantity}: {now} -> {_value(change.needed)}{size}{with_it}, score {change.score}"


def _value(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, list):
        return ", ".join(clean(str(entry)) for entry in value) or "none"
    return when(value) if hasattr(value, "year") else number(value, 4)
