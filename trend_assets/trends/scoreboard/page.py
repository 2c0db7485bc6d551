"""The page that publishes the scoreboard, and its picture. Tasks in, text out."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from trend_assets.trends.pictures import Range, ranges
from trend_assets.trends.scoreboard import bursts, growth, nab
from trend_assets.trends.scoreboard.figures import CONFIDENCE, RESAMPLES, Figure, Task

PICTURE = "images/scoreboard.svg"
"""Beside the page."""
SHOWN = (nab.NAME, nab.PROFILES[0].name)
"""The measure that the picture shows, by task and name."""

_HEAD = f"""# Scoreboard

What the detectors find in recordings whose outcome is known. Written by `make scoreboard`; the detector is
[trends/detector.py](../trend_assets/trends/detector.py), what it is compared with
[trends/rivals.py](../trend_assets/trends/rivals.py). All of them read the same series.
In brackets: the interval that holds {CONFIDENCE:.0%} of {RESAMPLES:,} bootstrap resamples.

![Points on NAB by detector]({PICTURE})
"""

_NOTES = {
    nab.NAME: f"""\
Points of the benchmark's own score: 0 is no alarm at all, 100 perfect. The profiles differ in what a false alarm and a
miss cost. An alarm is the first bucket of a burst: its score reaches the threshold, and none of the half day before
did. In the last column every such bucket is an alarm, as the benchmark has it. The threshold for a file is chosen on
the other four: the best on average with its neighbours that up to {nab.NEARBY} times as many or as few buckets reach.
Intervals are over weeks.

The baseline was built in sight of these files: other forms were tried on them, and one constant was chosen on them, the
least over-dispersion of counts, among 0.03, 0.1 and 0.3. Chosen anew for each file, on the other four, it brings 85.3 points
(standard), 56.6 (low FP) and 90.2 (low FN). The other constants follow from their meaning, and from simulated series, of
whose ordinary hours less than 1 in 1,000 scores 50. What others publish for the whole benchmark cannot be compared.""",
    growth.NAME: f"""\
The detectors read how much the shown counts grow in an hour; a score is the highest since first sight. AUC is the
chance that what grows has the higher score, precision@{growth.MOST} its share among the {growth.MOST} highest scores.
Counts are shown in steps, and may have moved by a step less: only the baseline takes that into account. The last column
counts its alarms on a list that hardly ever moves, after the list's first day: none would be right.""",
    "weibo": """\
What is told an hour after first sight, in the later half of the recording; nothing is trained. The detectors read the
heat that Weibo shows. Neither they nor a feature alone are made for this: it is what a probability model must be better
than.""",
    "hackernews": "The same; the detectors read the points that came in the hour.",
    bursts.NAME: """\
The lifecycle of seed 004 (emerging, active, peaked), moved by each detector. The heuristic has what the file has:
activity, but no authors and no first sight. The first `peaked` counts; many bursts had a lower peak the day before.""",
}


def write(tasks: Sequence[Task], out: Path) -> Path:
    """Write the page and its picture, which goes beside it; returns where that is."""
    image = out.parent / PICTURE
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_text(picture(tasks), encoding="utf-8")
    out.write_text(page(tasks), encoding="utf-8")
    return image


def page(tasks: Iterable[Task]) -> str:
    """Return the page as Markdown."""
    return "\n".join([_HEAD, *map(_section, tasks)])


def picture(tasks: Iterable[Task]) -> str:
    """Return the picture as SVG: the detectors' points on `SHOWN`, with their intervals."""
    shown = [figure for task in tasks for figure in task.figures if (figure.task, figure.measure) == SHOWN]
    return ranges([Range(figure.detector, figure.value or 0, figure.low or 0, figure.high or 0) for figure in shown])


def _section(task: Task) -> str:
    measures, names = (
        list(dict.fromkeys(values)) for values in zip(*((f.measure, f.detector) for f in task.figures), strict=True)
    )
    by_place = {(figure.detector, figure.measure): figure for figure in task.figures}
    rows = [[name, *(_cell(by_place.get((name, measure))) for measure in measures)] for name in names]
    lines = [_row(["", *measures]), _row(["---"] * (len(measures) + 1)), *map(_row, rows)]
    return "\n".join([f"## {task.title}\n", f"{task.data}.\n", f"{_NOTES[task.name]}\n", *lines, ""])


def _cell(figure: Figure | None) -> str:
    return "" if figure is None else str(figure)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
