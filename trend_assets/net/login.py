"""A stored login: cookies and local storage of a browser, in a file as Playwright writes it. Whoever has it is logged in."""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from playwright.async_api import BrowserContext, StorageState
from playwright.async_api import Error as PlaywrightError

from trend_assets.errors import SettingsError


@dataclass(slots=True)
class Login:
    """The login at `path`."""

    path: Path
    state: dict[str, Any]
    """As it was read."""
    given: StorageState = field(default_factory=StorageState)
    """As a context has taken it: cookies are complete there, while a file may leave out much of them."""

    @classmethod
    def read(cls, path: Path) -> "Login":
        """Read the file.

        Raises:
            SettingsError: it cannot be read, or holds something else.
        """
        try:
            state = _read(path)
        except (OSError, ValueError, RecursionError) as error:
            raise _unreadable(path, error) from error
        if not isinstance(state, dict):
            raise _unreadable(path, f"it holds a {type(state).__name__}")
        return cls(path, state)

    async def give(self, context: BrowserContext) -> None:
        """Log the context in.

        Raises:
            SettingsError: the file holds no login.
        """
        try:
            await context.set_storage_state(cast(StorageState, self.state))
            self.given = await context.storage_state()
        except PlaywrightError as error:
            raise _unreadable(self.path, error) from error

    async def keep(self, context: BrowserContext) -> None:
        """Write back what the site has renewed of it, whole or not at all, for its owner only.

        A context that has lost a cookie of the login is not written: the site has logged us out, which can pass. Nor is a file
        replaced that is not the one that was read: somebody has stored another login meanwhile.

        Raises:
            OSError, ValueError: the file cannot be written, or has become unreadable.
            PlaywrightError: the context is gone.
        """
        state = await context.storage_state()
        if not _cookies(self.given, time.time()) <= _cookies(state, 0.0):
            return
        written = self.path.with_name(f"{self.path.name}.{uuid4().hex}")
        try:
            with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(state, file, indent=2)
            if _read(self.path) == self.state:
                written.replace(self.path)
        finally:
            written.unlink(missing_ok=True)


def _cookies(state: StorageState, now: float) -> set[tuple[str, ...]]:
    """Return which cookies of a context are good at a time (seconds since 1970); those without an end always are."""
    return {
        (cookie["name"], cookie["domain"], cookie["path"]) for cookie in state["cookies"] if not 0 <= cookie["expires"] <= now
    }


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _unreadable(path: Path, error: object) -> SettingsError:
    return SettingsError(f"The login state {path} cannot be read: {error}")
