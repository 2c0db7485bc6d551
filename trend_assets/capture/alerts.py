"""Alerts: somebody is told when a surface stops to deliver what is expected of it, and when it begins again.

Once per change and address: the ledger keeps what was noticed of each surface, and who was told. What an address could not be
told is repeated for a day.
"""

import hashlib
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from trend_assets.capture.states import SurfaceState, surface_states
from trend_assets.errors import HostFailedError, SettingsError
from trend_assets.lake.lake import Lake
from trend_assets.ledger.ledger import Ledger

if TYPE_CHECKING:
    from apprise import NotifyBase

KEPT_HOURS = 24
"""How long an alert is worth telling."""
MAX_REASON_CHARS = 200

_HARMLESS = str.maketrans({"@": "(at)", "[": "(", "]": ")", "<": "(", ">": ")"})


def send_alerts(lake: Lake, ledger: Ledger, surfaces: Collection[str], addresses: str, now: datetime) -> int:
    """Tell each address what has changed up to the last hour that was computed; return the number of changes noticed.

    Args:
        lake: Where coverage is read.
        ledger: Keeps what was noticed and told.
        surfaces: The ids of the surfaces that are captured.
        addresses: of Apprise, with spaces between them.
        now: naive UTC.

    Raises:
        SettingsError: one of the addresses is none.
        HostFailedError: an address could not be reached. The others were told.
    """
    channels = [_channel(number, address) for number, address in enumerate(addresses.split(), 1)]
    hour = ledger.last_hour()
    if hour is None:
        return 0
    states = surface_states(lake, hour, surfaces, final=True)
    noticed = ledger.notice_alerts(((state.surface, state.good, state.hour, _message(state)) for state in states), now)
    failed = []
    for number, (address, channel) in enumerate(channels, 1):
        alerts = ledger.untold_alerts(address, now - timedelta(hours=KEPT_HOURS))
        if alerts and not _tell(channel, alerts):
            failed.append(number)
        else:
            ledger.alerts_told(address, [alert for alert, _, _ in alerts], now)
    if failed:
        numbers = ", ".join(f"number {number}" for number in failed)
        raise HostFailedError(
            f"TREND_ALERTS: {numbers} of the addresses could not be told: it is repeated for {KEPT_HOURS} hours."
        )
    return noticed


def _channel(number: int, address: str) -> tuple[str, "NotifyBase"]:
    """Return a digest of the address, which can hold a password, and what sends to it."""
    from apprise import Apprise, OverflowMode  # noqa: PLC0415 - slow to import

    channel = Apprise.instantiate(address, suppress_exceptions=True)
    if channel is None:
        raise SettingsError(f"TREND_ALERTS: number {number} of the addresses is none that Apprise knows.")
    channel.overflow_mode = OverflowMode.SPLIT  # services refuse what is too long for them
    return hashlib.sha256(address.encode()).hexdigest(), channel


def _tell(channel: "NotifyBase", alerts: list[tuple[int, bool, str]]) -> bool:
    from apprise import NotifyFormat, NotifyType  # noqa: PLC0415

    worse, better = (sum(good is state for _, good, _ in alerts) for state in (False, True))
    return bool(
        channel.notify(
            "\n".join(message for _, _, message in alerts),
            title=", ".join(f"{count} {what}" for count, what in ((worse, "degraded"), (better, "recovered")) if count),
            notify_type=NotifyType.WARNING if worse else NotifyType.SUCCESS,
            body_format=NotifyFormat.TEXT,
        )
    )


def _message(state: SurfaceState) -> str:
    hour = f"{state.hour:%Y-%m-%d %H:00} UTC"
    if state.good:
        return f"{state.surface} is good again at {hour}."
    before = f"last good {state.last_good:%Y-%m-%d %H:00}" if state.last_good else "not seen good in the week before"
    return f"{state.surface} is {state.status} at {hour}, {before}: {_harmless(state.reason)}"


def _harmless(reason: str) -> str:
    """Return a reason, which can quote a platform, on one line, with nothing unseen, mentioning nobody and linking nowhere."""
    shown = "".join(c for c in " ".join(reason.split()) if not unicodedata.category(c).startswith("C"))[:MAX_REASON_CHARS]
    return shown.replace("://", " ").translate(_HARMLESS)
