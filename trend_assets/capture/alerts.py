"""Alerts: somebody is told when a surface stops to deliver what is expected of it, and when it begins again.

Once per change: the ledger keeps what was said last of each surface. What could not be sent is sent the next time.
"""

from datetime import datetime

from trend_assets.capture.states import SurfaceState, surface_states
from trend_assets.errors import HostFailedError, SettingsError
from trend_assets.lake.lake import Lake
from trend_assets.ledger.ledger import Ledger

_MOST_CHARS = 300


def send_alerts(lake: Lake, ledger: Ledger, addresses: str, now: datetime) -> int:
    """Tell the addresses what has changed up to the last hour that was computed; return the number of changes told.

    Args:
        lake: Where coverage is read.
        ledger: Keeps what was said.
        addresses: of Apprise, with spaces between them.
        now: naive UTC.

    Raises:
        SettingsError: one of the addresses is none.
        HostFailedError: not every address could be reached.
    """
    from apprise import Apprise, NotifyFormat, NotifyType  # noqa: PLC0415 - slow to import

    channels = Apprise()
    for number, address in enumerate(addresses.split(), 1):
        if not channels.add(address):
            raise SettingsError(f"TREND_ALERTS: number {number} of the addresses is none that Apprise knows.")
    hour = ledger.last_hour()
    if hour is None:
        return 0
    ledger.raise_alerts((s.surface, s.good, s.hour, _message(s)) for s in surface_states(lake, hour))
    unsent = ledger.unsent_alerts()
    if not unsent:
        return 0
    worse, better = (sum(good is state for _, good, _ in unsent) for state in (False, True))
    sent = channels.notify(
        "\n".join(message for _, _, message in unsent),
        title=", ".join(f"{count} {what}" for count, what in ((worse, "degraded"), (better, "recovered")) if count),
        notify_type=NotifyType.WARNING if worse else NotifyType.SUCCESS,
        body_format=NotifyFormat.TEXT,
    )
    if not sent:
        raise HostFailedError(
            f"{len(unsent)} alerts did not reach every address of TREND_ALERTS: the next attempt repeats them."
        )
    ledger.alerts_sent([number for number, _, _ in unsent], now)
    return len(unsent)


def _message(state: SurfaceState) -> str:
    hour = f"{state.hour:%Y-%m-%d %H:00} UTC"
    if state.good:
        return f"{state.surface} is good again since {hour}."
    since = f"last good {state.last_good:%Y-%m-%d %H:00}" if state.last_good else "not good for a week"
    return f"{state.surface} is {state.status} since {hour}, {since}: {_harmless(state.reason)}"


def _harmless(reason: str) -> str:
    """Return a reason, which can quote a platform, on one line and mentioning nobody."""
    return " ".join(reason.split())[:_MOST_CHARS].replace("@", "(at)")
