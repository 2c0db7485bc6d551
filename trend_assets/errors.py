"""Every error of the project, permanent or transient.

TrendError
├── PermanentError            trying again cannot help; the message says what to do
│   ├── SettingsError         a setting or a configuration file is wrong
│   ├── ContractError         rows do not fit their table's contract
│   ├── UnknownNameError      a surface, platform, table or cluster that does not exist
│   ├── PayloadError          a payload or file is not what its surface delivers
│   └── HourError             an hour or a range of hours that cannot be worked on
└── TransientError            trying again later can help
    └── StaleReplaceError     others kept replacing the same hours; nothing was written
"""


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


class TransientError(TrendError):
    """Trying again later can help."""


class StaleReplaceError(TransientError):
    """Other writers kept replacing the same hours; nothing was written."""
