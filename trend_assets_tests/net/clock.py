"""A clock that moves only when told to, or when somebody sleeps."""

from datetime import UTC, datetime

START = datetime(2022, 4, 14, 10, tzinfo=UTC).timestamp()


class Clock:
    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
