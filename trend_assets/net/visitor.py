"""All that a platform does its I/O through: one surface's visits and requests, under its name and its daily budget."""

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from trend_assets.net.access_tokens import AccessTokens
from trend_assets.net.browser import SETTLE_SECONDS, Browser
from trend_assets.net.http import BACKOFF_SECONDS, READ_SECONDS, HttpClient
from trend_assets.net.progress import Progress
from trend_assets.net.response import Response
from trend_assets.net.tab import Visit


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a visitor waits, in seconds."""

    read: float = READ_SECONDS
    """Longest silence of a server that is asked without a browser."""
    backoff: float = BACKOFF_SECONDS
    """Upper bound of the first wait between attempts."""
    settle: float = SETTLE_SECONDS
    """Longest wait for what a page loads by itself, after opening it and after each scroll."""


@dataclass(frozen=True)
class Visitor:
    """What one run of one surface reads with."""

    browser: Browser
    client: HttpClient
    """Both are sessions that the surfaces of a platform share."""
    access_tokens: AccessTokens
    surface: str
    """Id of the surface: budgets are kept by it."""
    progress: Progress
    """Of lists that have pages."""
    daily_budget: int = 0
    """Requests on one UTC day; 0 = no limit."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of every request."""
    token: str = field(default="", repr=False)
    """Access token, API key, or an app's `id:secret` of the platform; for headers only: addresses are in logs and messages."""
    account: str = ""
    """Id or name of the account that the token belongs to, for platforms that want both."""
    patience: Patience = Patience()

    @property
    def at(self) -> datetime:
        """The time of the run, naive UTC, for addresses that name one."""
        return self.progress.captured_at

    async def visit(self, url: str, *, wanted: re.Pattern[str] | None = None, scrolls: int = 0) -> Visit:
        """Open a page in Chromium; arguments and errors as `Browser.visit`."""
        return await self.browser.visit(
            url,
            surface=self.surface,
            daily_budget=self.daily_budget,
            wanted=wanted,
            scrolls=scrolls,
            settle_seconds=self.patience.settle,
            headers=self.headers,
        )

    async def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        granted: bool = False,
    ) -> Response:
        """Request an address without a browser; `granted` and errors as `HttpClient.get`."""
        return await asyncio.to_thread(
            self.client.get,
            url,
            surface=self.surface,
            daily_budget=self.daily_budget,
            params=params,
            headers={**self.headers, **(headers or {})},
            granted=granted,
        )

    async def access_token(self, url: str, headers: Mapping[str, str], refused: str = "") -> str:
        """Return the access token that an API gives for the app's `id:secret`; it is kept until it expires, or is refused.

        Errors as `AccessTokens.get`.
        """
        basic = base64.b64encode(self.token.encode()).decode()
        return await asyncio.to_thread(
            self.access_tokens.get,
            self.client,
            url,
            {**self.headers, **headers, "Authorization": f"Basic {basic}"},
            self.client.clock(),
            refused,
        )
