"""What docs/scoreboard.md publishes, recomputed for the baseline alone. Skipped where there are no recordings."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from trend_assets.trends.rivals import DETECTORS
from trend_assets.trends.scoreboard import TASKS, Figure, Task
from trend_assets.trends.scoreboard.bursts import LIFECYCLES
from trend_assets.trends.scoreboard.page import write

PUBLISHED = Path(__file__).resolve().parents[3] / "docs" / "scoreboard.md"
OURS = "baseline"
LOWER_IS_BETTER = {"state changes per burst", "alarms on the frozen list"}
_NUMBER = r"-?[\d.]+"
CELL = re.compile(rf"(?P<value>{_NUMBER})(?: \((?P<low>{_NUMBER}) … (?P<high>{_NUMBER})\))?")

Published = dict[tuple[str, str], tuple[float, float, float]]
"""Value and interval (where there is none: the value) by detector and measure."""


def published(text: str, title: str) -> Published:
    """Return the numbers of a task's table."""
    section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")
    ]
    found = {}
    for name, *cells in rows:
        for measure, cell in zip(head[1:], cells, strict=True):
            if match := CELL.fullmatch(cell):
                value = float(match["value"])
                found[name, measure] = (value, float(match["low"] or value), float(match["high"] or value))
    return found


def is_worse(figure: Figure, numbers: Published) -> bool:
    """Return whether a number lies beyond its published interval, on the wrong side; figures are published rounded."""
    _, low, high = numbers[figure.detector, figure.measure]
    assert figure.value is not None
    return figure.value > high + 0.05 if figure.measure in LOWER_IS_BETTER else figure.value < low - 0.05


@pytest.mark.parametrize("name", TASKS)
def test_nothing_that_is_published_got_worse_by_more_than_its_interval(name: str, shared_data: Path) -> None:
    ours = {OURS: (LIFECYCLES if name == "bursts" else DETECTORS)[OURS]}
    task = TASKS[name](shared_data, ours)
    numbers = published(PUBLISHED.read_text(encoding="utf-8"), task.title)
    assert [str(figure) for figure in task.figures if figure.detector == OURS and is_worse(figure, numbers)] == []
    assert task.data in PUBLISHED.read_text(encoding="utf-8")
    assert (task.title, numbers) != ("", {})


def test_the_baseline_leads_on_labelled_volumes() -> None:
    numbers = published(PUBLISHED.read_text(encoding="utf-8"), "Volumes with labelled anomalies")
    for measure in ("standard", "low FP", "low FN"):
        best = max(numbers, key=lambda place: numbers[place][0] if place[1] == measure else -1e9)
        assert best == (OURS, measure)
    assert numbers[OURS, "standard"][0] >= 82


def test_worse_is_worse() -> None:
    numbers: Published = {(OURS, "AUC"): (0.8, 0.7, 0.9), (OURS, "state changes per burst"): (1.5, 1.4, 1.6)}
    assert [is_worse(Figure("", OURS, "AUC", value), numbers) for value in (0.6, 0.75, 0.99)] == [True, False, False]
    assert [is_worse(Figure("", OURS, "state changes per burst", value), numbers) for value in (1.2, 1.7)] == [False, True]


def test_the_page_is_read_as_it_is_written(tmp_path: Path) -> None:
    figures = (Figure("nab", OURS, "standard", 50.0, 25.0, 75.0), Figure("nab", "a < b", "low FP", None))
    image = write([Task("nab", "A title", "1 file", figures)], tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert published(text, "A title") == {(OURS, "standard"): (50.0, 25.0, 75.0)}
    assert f"]({image.relative_to(tmp_path)})" in text
    assert (PUBLISHED.parent / image.relative_to(tmp_path)).is_file()
    drawn = ET.fromstring(image.read_text(encoding="utf-8"))
    assert [element.text for element in drawn.iter() if element.text] == [OURS, "50.0", "0", "25", "50", "75", "100"]
