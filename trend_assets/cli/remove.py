"""`trend-assets remove`: forget an item, an author or a run, before and after."""

from typing import TYPE_CHECKING, Annotated

import typer

from trend_assets.cli.printing import clean, examples, when
from trend_assets.cli.stores import LakeOption, open_stores, settings_of

if TYPE_CHECKING:
    from trend_assets.steps import Work

_GOES = """
SELECT count(*), count(DISTINCT platform_item_id), count(DISTINCT hour), min(hour), max(hour) FROM captures
WHERE run_id = $run OR (platform = $platform AND platform_item_id IN (SELECT unnest($items)))
"""


_EXAMPLES = (
    'trend-assets remove --item tiktok:7081234567890 --reason "asked for by the author"',
    "trend-assets remove --author reddit:t2_abc --yes",
)


def remove(
    item: Annotated[str | None, typer.Option("--item", metavar="PLATFORM:ID", help="An item by its platform and id.")] = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="PLATFORM:ID", help="An author by id or handle, with all items.")
    ] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="RUN_ID", help="A capture run by its id.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    lake: LakeOption = None,
) -> None:
    """Treat an item, an author or a capture run as never captured, in past and future captures.

    Shows what would go and asks. The hours concerned are then out of date: `trend-assets run --dirty` computes them again.
    """
    kind, platform, value = _named(item, author, run)
    work = open_stores(settings_of(lake))
    typer.echo(_preview(work, kind, platform, value))
    if not yes and not typer.confirm("Remove it?"):
        typer.echo("Nothing was removed.")
        raise typer.Exit(1)
    _remove(work, kind, platform, value, reason)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(remove)


def _named(item: str | None, author: str | None, run: str | None) -> tuple[str, str, str]:
    """Return kind, platform and value of the one option that is given."""
    given = [(kind, text) for kind, text in (("item", item), ("author", author), ("run", run)) if text]
    if len(given) != 1:
        raise typer.BadParameter("Give exactly one of --item, --author, --run.")
    kind, text = given[0]
    if kind == "run":
        return kind, "", text
    platform, colon, value = text.partition(":")
    if not colon or not platform or not value:
        raise typer.BadParameter(f"--{kind} {text!r} is not PLATFORM:ID, for example tiktok:7081234567890.")
    return kind, platform, value


def _preview(work: "Work", kind: str, platform: str, value: str) -> str:
    from trend_assets.capture.removal import Author, author_of
    from trend_assets.lake.tables import CAPTURES

    with work.lake.snapshot() as snapshot:
        author = author_of(snapshot, platform, value) if kind == "author" else Author((), (), (value,))
        snapshot.view(CAPTURES, None, None)
        chosen = {"platform": platform, "items": list(author.items), "run": value if kind == "run" else ""}
        count, distinct, hours, first, last = snapshot.connection.execute(_GOES, chosen).fetchall()[0]
    name = clean(f"{kind} {platform}:{value}" if platform else f"{kind} {value}")
    if not count:
        return f"{name} has no captured item; what is captured of it later would not count either."
    others = sorted({*author.names, *author.handles} - {value})
    also = f" Also known as {clean(', '.join(others))}." if others else ""
    return f"{name}: {count} sightings of {distinct} items in {hours} hours, {when(first)} to {when(last)}.{also}"


def _remove(work: "Work", kind: str, platform: str, value: str, reason: str) -> None:
    from trend_assets.capture import removal
    from trend_assets.trends.spine import dirty_hours

    removed = removal.remove(work.lake, kind, platform, value, reason, work.as_of)
    if not removed.written:
        typer.echo("It was removed before; nothing changed.")
        return
    work.ledger.audit(work.as_of, f"remove {kind}", f"{platform}:{value}" if platform else value, reason)
    dirty = dirty_hours(work)
    typer.echo(f"Removed: {removed.written} tombstones, {len(removed.items)} items, {len(removed.authors)} names of an author.")
    if dirty:
        typer.echo(f"{len(dirty)} hours are out of date now: run `trend-assets run --dirty`.")
