"""The scoreboard: detectors on recordings whose outcome is known, every number with its interval (docs/scoreboard.md)."""

from collections.abc import Callable, Mapping
from functools import partial

from trend_assets.trends.scoreboard import bursts, forecast, growth, nab
from trend_assets.trends.scoreboard.figures import Figure, Task

TASKS: Mapping[str, Callable[..., Task]] = {
    nab.NAME: nab.measure,
    growth.NAME: growth.measure,
    **{history.task: partial(forecast.measure, history) for history in forecast.HISTORIES},
    bursts.NAME: bursts.measure,
}
"""What measures each task, given the folder of the recordings and the detectors."""

__all__ = ["TASKS", "Figure", "Task"]
