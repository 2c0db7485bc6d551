"""Every error of the project, permanent or transient.

TrendError
├── PermanentError            trying again cannot help; the message says what to do
│   ├── SettingsError         a setting or a configuration file is wrong
│   ├── ContractError         rows do not fit their table's contract
│   ├── UnknownNameError      a surface, platform, table or cluster that does not exist
│   ├── PayloadError          a payload or file is not what its surface delivers
│   ├── HourError             an hour or a range of hours that cannot be worked on
│   ├── AccessError           a site does not give this address to us: robots.txt, login wall, gone
│   │   └── UnauthorizedError it wants a login, or an access token that is valid (HTTP 401)
│   └── BudgetError           the day's requests of a surface are used up
└── TransientError            trying again later can help
    ├── StaleReplaceError     others kept writing the same hours or table; nothing was written
    └── HostError             a host does not answer now; `retry_at` says when to come back, if known
        ├── HostBusyError     it asks for fewer requests (HTTP 429), or our own queue for it is too long
        ├── HostFailedError   it failed (HTTP 5xx), timed out, was not reached, or is left alone for a while
        └── ProxyError        it was not asked: no proxy lets us through
"""

from datetime import datetime


class TrendError(Exception):
    """Base of every error the project raises on purpose."""


class PermanentError(TrendError):
    """Trying again cannot help."""


class SettingsError(PermanentError):
    """A setting or a configuration file is wrong."""


class ContractError(PermanentError):
    """Rows do not fit their table's contract; the message lists every violation."""


class UnknownNameError(PermanentError):
    """A surface, platform, table or cluster that does not exist; the message lists what does."""


class PayloadError(PermanentError):
    """A payload or file is not what its surface delivers."""


class HourError(PermanentError):
    """An hour or a range of hours that cannot be worked on."""


class AccessError(PermanentError):
    """A site does not give this address to us: robots.txt forbids it, it wants a login, or there is no such page."""


class UnauthorizedError(AccessError):
    """A site wants a login, or an access token that is valid (HTTP 401)."""


class BudgetError(PermanentError):
    """The requests that a surface may make on one UTC day are used up."""


class TransientError(TrendError):
    """Trying again later can help."""


class StaleReplaceError(TransientError):
    """Other writers kept writing the same hours or table; nothing was written."""


class HostError(TransientError):
    """A host does not answer now."""

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        """Say what happened.

        Args:
            message: one sentence.
            retry_at: naive UTC time from which on it makes sense to come back; None if nobody knows.
        """
        super().__init__(message)
        self.retry_at = retry_at


class HostBusyError(HostError):
    """A host asks for fewer requests (HTTP 429), or our own queue for it is too long."""


class HostFailedError(HostError):
    """A host failed (HTTP 5xx), timed out, was not reached, or is left alone after many failures."""


class ProxyError(HostError):
    """A host was not asked, because no proxy lets us through."""
