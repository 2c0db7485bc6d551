"""`trend-assets sandbox`: the platforms, imitated on this machine."""

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from trend_assets.cli.dev_server import INTERRUPTS, refuse_taken
from trend_assets.cli.printing import echo_json, examples
from trend_assets.cli.stores import FromOption, ToOption, span_of
from trend_assets.errors import HourError

if TYPE_CHECKING:
    from trend_assets.sandbox.server import Running

PORT = 8765
SEED = 1

_EXAMPLES = (
    "trend-assets sandbox",
    "trend-assets sandbox --seed 7 --at 2026-03-01T05:07:00Z --latency 1",
    "trend-assets sandbox --truth --from 2026-03-01 --to 2026-03-02 > truth.jsonl",
)


def sandbox(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port, on this machine only.")] = PORT,
    seed: Annotated[int, typer.Option("--seed", help="Number of the simulated world.")] = SEED,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Simulated time (ISO, UTC) that stands still; else the clock's.")
    ] = None,
    latency: Annotated[float, typer.Option("--latency", min=0, max=3600, help="Seconds before every answer.")] = 0,
    truth: Annotated[
        bool, typer.Option("--truth", help="Print what is true from --from to --to as JSON lines, and start nothing.")
    ] = False,
    first: FromOption = None,
    last: ToOption = None,
) -> None:
    """Imitate the platforms on this machine, from a simulated world whose trends are known, until Ctrl-C.

    The world is a function of its seed and the time. Requests may carry a time of their own in the header Sandbox-Time.
    """
    if truth:
        _print_truth(seed, first, last)
        return
    if first or last:
        raise HourError("--from and --to belong to --truth.")
    from trend_assets.sandbox.server import running
    from trend_assets.sandbox.state import moment

    refuse_taken(port)
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in INTERRUPTS}
    try:
        with running(seed, at=moment(at) if at else None, latency=latency, port=port) as box:
            typer.echo(_guide(box, seed, at))
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    typer.echo("Stopped.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples(*_EXAMPLES))(sandbox)


def _print_truth(seed: int, first: str | None, last: str | None) -> None:
    from trend_assets.hours import parse_hour, parse_last_hour
    from trend_assets.sandbox.world import World

    if not (first and last):
        raise HourError("--truth needs --from and --to, for example --from 2026-03-01 --to 2026-03-02.")
    span = span_of(parse_hour(first), parse_last_hour(last))
    for one in World(seed).truth(span.start, span.end):
        echo_json(one)


def _guide(box: "Running", seed: int, at: str | None) -> str:
    tiktok = box.site("tiktok")
    reddit = box.site("reddit")
    hackernews = box.site("hackernews")
    mastodon = box.site("mastodon")
    bluesky = box.site("bluesky")
    wikipedia = box.site("wikipedia")
    weibo = box.site("weibo")
    google_trends = box.site("google_trends")
    rss = box.site("rss")
    x = box.site("x")
    return f"""The world of seed {seed} at {at or "the clock's time"}. Open
  TikTok, explore        {tiktok}/explore
  TikTok, sounds         {tiktok}/music
  TikTok, a hashtag      {tiktok}/tag/marketing
  Reddit, rising posts   {reddit}/r/marketing/rising.json
  Hacker News            {hackernews}/api/v1/search?tags=front_page
  Mastodon, hashtags     {mastodon}/api/v1/trends/tags
  Bluesky, topics        {bluesky}/xrpc/app.bsky.unspecced.getTrends
  Wikipedia, a day       {wikipedia}/api/rest_v1/metrics/pageviews/top/en.wikipedia/all-access/2025/01/01
  Weibo, hot search      {weibo}/ajax/side/hotSearch
  Google Trends, feed    {google_trends}/trending/rss?geo=US
  News, a feed           {rss}/feed/
  X, explore             {x}/explore/tabs/trending
  what is set            {box.control}

Make it misbehave (the names are in `known_faults` of what is set), and stop that
  curl -d '{{"platform": "tiktok", "fault": "rate_limited", "retry_after": 5, "times": 3}}' {box.control}/faults
  curl -X DELETE {box.control}/faults

Another time
  curl -d '{{"at": "2026-03-01T05:07:00Z"}}' {box.control}/time

Ctrl-C stops it."""
