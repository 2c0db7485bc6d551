"""How far a run of a surface has come with a list of pages, kept in a file: a run that stopped midway can be gone on with."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from trend_assets.errors import TransientError
from trend_assets.hours import floor_hour

GO_ON_WITHIN = timedelta(minutes=15)
"""How long after its start a run can be gone on with: its items count as seen at its start."""


@dataclass(slots=True)
class Progress:
    """The pages that a run has read."""

    slot: datetime
    attempt: int
    captured_at: datetime
    """The start of the run, naive UTC, also if it is gone on with later."""
    source: str = ""
    """What is read."""
    path: Path | None = None
    """Of the file; None keeps nothing."""
    pages: list[Any] = field(default_factory=list)
    cursor: str | None = None
    """Where the page after them begins, in the platform's words; None is the list's beginning, or its end was reached."""

    def go_on(self) -> None:
        """Become the run that stopped, if it was one of the same slot, source and hour, and not long ago; else forget that one.

        What is captured belongs to the hour in which its run started: pages of another hour are no part of it.
        """
        try:
            kept = json.loads(self.path.read_bytes()) if self.path else {}
            captured_at = datetime.fromisoformat(kept["captured_at"])
            same = kept["slot"] == self.slot.isoformat() and kept["source"] == self.source
            recent = timedelta(0) <= self.captured_at - captured_at <= GO_ON_WITHIN
            if same and recent and floor_hour(captured_at) == floor_hour(self.captured_at):
                self.attempt, self.captured_at = int(kept["attempt"]), captured_at
                self.pages, self.cursor = list(kept["pages"]), str(kept["cursor"])
                return
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            pass  # there is none, or it is another version's
        self.end()

    def add(self, page: Any, cursor: str) -> None:
        """Note a page that was read, and where the next one begins.

        Raises:
            TransientError: the file cannot be written. The page is not noted.
        """
        if self.path:
            kept = {
                "slot": self.slot.isoformat(),
                "attempt": self.attempt,
                "captured_at": self.captured_at.isoformat(),
                "source": self.source,
                "cursor": cursor,
                "pages": [*self.pages, page],
            }
            try:
                _replace(self.path, json.dumps(kept))
            except OSError as error:
                raise TransientError(f"{self.path} cannot be written ({error}): make room, or its folder writable.") from error
        self.pages.append(page)
        self.cursor = cursor

    def end(self) -> None:
        """Note that there is nothing to go on with. What cannot be removed is outlived: it is of an earlier hour soon."""
        self.cursor = None
        if self.path:
            with suppress(OSError):
                self.path.unlink()


def _replace(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        written.write_text(text, encoding="utf-8")
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
