"""Access tokens that an API gives an app for its id and secret (OAuth 2.0, RFC 6749 §4.4), kept until they expire."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from trend_assets.errors import PayloadError, TransientError
from trend_assets.net.destination import place_of
from trend_assets.net.http import HttpClient
from trend_assets.net.response import Response

SPARE_SECONDS = 600.0
"""A token that ends so soon is not used any more: a run may still wait for its turn."""
LONGEST_SECONDS = 31_536_000.0
"""Longest life of a token that is believed, a year."""
LOCK_SECONDS = 120.0
"""How long another process is waited for, which asks for the same token."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """The token of one platform, for all processes: a file that only its owner can read."""

    path: Path

    def get(self, client: HttpClient, url: str, headers: Mapping[str, str], now: float, refused: str = "") -> str:
        """Return the kept token, or ask for one and keep it.

        Args:
            client: asks.
            url: address that gives tokens.
            headers: with the app's credentials; a token that was given to others is not used.
            now: seconds since 1970.
            refused: the token that the API did not take: it is not used again.

        Raises:
            AccessError: the credentials are refused.
            HostBusyError, HostFailedError, SettingsError: as `HttpClient.post`.
            PayloadError: the answer holds no token. It is not shown: it could hold one all the same.
            TransientError: another process does not finish asking.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        app = hashlib.sha256("\n".join((url, headers["Authorization"])).encode()).hexdigest()
        try:
            with FileLock(f"{self.path}.lock", timeout=LOCK_SECONDS):
                kept = self._kept()
                if kept.get("app") == app and kept["token"] != refused and kept["expires_at"] - SPARE_SECONDS > now:
                    return str(kept["token"])
                answer = client.post(url, {"grant_type": "client_credentials"}, surface="access token", headers=headers)
                token, seconds = _given(answer)
                self._keep({"app": app, "token": token, "expires_at": now + seconds})
                return token
        except Timeout as error:
            raise TransientError(
                f"Another process has asked {place_of(url)} for a token for more than {LOCK_SECONDS:.0f} s: look at it."
            ) from error

    def _kept(self) -> dict[str, Any]:
        """Return what is kept; nothing when the file is missing, or was not written to its end."""
        try:
            kept = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) and kept.keys() == {"app", "token", "expires_at"} else {}

    def _keep(self, kept: Mapping[str, Any]) -> None:
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(kept, out)


def _given(answer: Response) -> tuple[str, float]:
    """Return the token of an answer, and for how many seconds it is good."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    token, seconds = (body.get("access_token"), body.get("expires_in")) if isinstance(body, dict) else (None, None)
    if not (isinstance(token, str) and _TOKEN.fullmatch(token)):
        raise PayloadError(
            f"{place_of(answer.url)} gave no access token ({len(answer.body)} bytes): try again later; if it stays so, check "
            "the app's id and secret."
        )
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_SECONDS:
        return token, 0.0
    return token, float(seconds)
