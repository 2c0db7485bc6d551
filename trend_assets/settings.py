"""Every setting, its unit, its default and its valid values: the only reader of the environment.

A setting is the variable `TREND_<NAME>`; an empty variable counts as unset. Nothing is read at import: call `get_settings()`.
What a surface or a table is, stays out (`surfaces.yaml`, `lake/tables.py`).
"""

import difflib
import functools
import itertools
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

import platformdirs
from pydantic import Field, FilePath, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from trend_assets.errors import SettingsError

PREFIX = "TREND_"
DAGSTER_HOME = "DAGSTER_HOME"
"""Dagster's own variable: the one setting without our prefix."""
PACKAGED_SURFACES = Path(__file__).with_name("surfaces.yaml")

_POSTGRES_SCHEMES = ("postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2")
_POSTGRES = "postgresql+psycopg2://"
_SQLITE = "sqlite:///"
_PROXY_SCHEMES = ("http", "https", "socks5")


SECRETS: Mapping[str, tuple[str, ...]] = {
    "youtube": ("youtube_api_key",),
    "pinterest": ("pinterest_token",),
    "instagram": ("instagram_token",),
    "reddit": ("reddit_client_id", "reddit_client_secret"),
    "x": ("x_token",),
}
"""Platform → the settings that hold its access token or API key, or id and secret of an app."""
HIDDEN = frozenset({*itertools.chain.from_iterable(SECRETS.values()), "alerts", "proxies"})
"""Settings whose values are shown nowhere."""
ACCOUNTS = {"instagram": "instagram_user_id", "reddit": "reddit_username"}
"""Platform → the setting that names the account that its token belongs to, where it wants both."""


class Settings(BaseSettings):
    """The settings of one process. Use `load()`, which turns what is wrong into one `SettingsError`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", populate_by_name=True, validate_default=False
    )

    mode: Literal["live", "sandbox", "archive"] = Field(
        "live",
        description="Where captures come from: real platforms, the local simulation, or recorded files. Each mode has its "
        "own lake, ledger and Dagster home.",
    )
    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("trend_assets", appauthor=False)),
        description="Folder that holds one folder per mode; the default is the user's data folder.",
    )
    lake: str = Field(
        default_factory=lambda data: str(data["home"] / data["mode"] / "lake"),
        description="Folder of the Delta tables; default <home>/<mode>/lake.",
    )
    database_url: str = Field(
        default_factory=lambda data: f"{_SQLITE}{data['home'] / data['mode'] / 'ledger.db'}",
        description="SQLAlchemy address of the ledger, SQLite or PostgreSQL; default sqlite:///<home>/<mode>/ledger.db.",
        repr=False,
    )
    dagster_home: Path = Field(
        default_factory=lambda data: data["home"] / data["mode"] / "dagster",
        validation_alias=DAGSTER_HOME,
        description="Folder of Dagster's run history and logs; default <home>/<mode>/dagster.",
    )
    dagster_pg_url: str | None = Field(
        None,
        description="PostgreSQL address of Dagster's run history; default the ledger's when that is PostgreSQL, else SQLite "
        "under the Dagster home.",
        repr=False,
    )
    surfaces: FilePath = Field(PACKAGED_SURFACES, description="YAML file of the surfaces; default the packaged one.")
    detector: Literal["heuristic"] = Field("heuristic", description="The detector that decides what is a trend.")
    executor: Literal["in_process", "multiprocess"] = Field(
        "in_process", description="Run the steps of a run in one process, or each in a process of its own."
    )
    automation: bool = Field(
        False, description="Start with schedules and sensors switched on: captures run by themselves, and the hours after them."
    )
    sandbox_url: str = Field(
        "http://127.0.0.1:8765", description="Address of the sandbox server, where captures of the sandbox mode go."
    )
    first_hour: datetime = Field(
        datetime(2026, 1, 1, tzinfo=UTC),
        description="First hour of a lake without archives, as an ISO time: the partitions begin there.",
    )
    chromium: FilePath | None = Field(
        None, description="Chromium program for browser surfaces; default Playwright's own, else one found on PATH."
    )
    youtube_api_key: str | None = Field(
        None, description="Key of the YouTube Data API v3, for surfaces of YouTube; default none.", repr=False
    )
    pinterest_token: str | None = Field(
        None, description="Access token of Pinterest's API, for its surfaces; default none.", repr=False
    )
    reddit_client_id: str | None = Field(
        None,
        description="Id of an app at Reddit, with whose secret its API is asked; default none: its public pages.",
        repr=False,
    )
    reddit_client_secret: str | None = Field(None, description="Secret of that app; default none.", repr=False)
    reddit_username: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_-]{3,20}$",
        description="Name of the account that the app belongs to, by which Reddit wants to know its clients; default none.",
    )
    x_token: str | None = Field(
        None, description="Bearer token of X's API, which is then asked instead of its page; default none.", repr=False
    )
    instagram_token: str | None = Field(
        None,
        description="Access token of Instagram's Graph API, which then is asked for hashtags, not its pages; default none.",
        repr=False,
    )
    instagram_user_id: str | None = Field(
        None,
        pattern="^[0-9]+$",
        description="Number of the Instagram account that the access token belongs to; default none.",
    )
    alerts: str | None = Field(
        None,
        description="Where to say that a surface stops or begins again to deliver: addresses of Apprise, with spaces between "
        "them, like mailto://… or slack://…; default nowhere.",
        repr=False,
    )
    proxies: str | None = Field(
        None,
        description="Proxies that captures of real platforms go through: addresses with spaces between them, like "
        "http://user:password@host:3128, https://… or socks5://host:1080; default none, directly.",
        repr=False,
    )

    @field_validator("home", "dagster_home", "surfaces", "chromium")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """Make a path independent of the working directory: runs are started from other folders."""
        return None if path is None else path.expanduser().absolute()

    @field_validator("lake")
    @classmethod
    def _lake_address(cls, lake: str) -> str:
        if "://" in lake:
            raise ValueError("use a folder; object storage is not supported yet")
        return str(Path(lake).expanduser().absolute())

    @field_validator("database_url")
    @classmethod
    def _ledger_url(cls, url: str) -> str:
        if url.startswith("sqlite"):
            return _sqlite_url(url)
        return _postgres_url(url, "sqlite:////folder/ledger.db or postgresql://user:password@host:5432/database")

    @field_validator("dagster_pg_url")
    @classmethod
    def _dagster_url(cls, url: str | None) -> str | None:
        return None if url is None else _postgres_url(url, "postgresql://user:password@host:5432/database")

    @field_validator("proxies")
    @classmethod
    def _proxies(cls, proxies: str | None) -> str | None:
        addresses = (proxies or "").split()
        for number, address in enumerate(addresses, start=1):
            if problem := _no_proxy(address):
                raise ValueError(f"number {number} {problem}")
        return " ".join(map(_plain_proxy, addresses)) or None

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """Read the environment; `overrides` (by field name) win over it.

        Raises:
            SettingsError: all that is wrong, one sentence per variable, or some of a platform's secrets are missing.
        """
        unknown = overrides.keys() - cls.model_fields.keys()
        if unknown:
            raise SettingsError("\n".join(_unknown_name(name, cls) for name in sorted(unknown)))
        try:
            settings = cls(**overrides)  # type: ignore[arg-type]  # validated right here
        except ValidationError as error:
            raise SettingsError(_sentences(error, cls)) from None
        for names in SECRETS.values():
            if len({bool(getattr(settings, name)) for name in names}) > 1:
                raise SettingsError(f"{' and '.join(map(variable, names))} go together: set both or none.")
        return settings

    @classmethod
    def for_lake(cls, directory: Path | str, **overrides: object) -> Self:
        """Settings for data kept in one folder: lake, ledger and Dagster home are all below it.

        Everything else comes from the environment, and from `overrides`, which win. A PostgreSQL address in the environment is
        not used: it would mix two lakes' state.

        Raises:
            SettingsError: `directory` is an address, not a folder.
        """
        if "://" in str(directory):
            raise SettingsError(f"{str(directory)!r} is no folder; object storage is not supported yet.")
        root = Path(directory).expanduser().absolute()
        return cls.load(
            lake=str(root / "lake"),
            database_url=f"{_SQLITE}{root / 'ledger.db'}",
            dagster_home=root / "dagster",
            dagster_pg_url=None,
            **overrides,
        )

    @property
    def state(self) -> Path:
        """Folder beside the lake of what captures remember: politeness, stored logins."""
        return Path(self.lake).parent

    @property
    def tokens(self) -> dict[str, str]:
        """Access tokens and API keys by platform, of those that have one; an app's id and secret as `id:secret`."""
        values = {platform: [getattr(self, name) for name in names] for platform, names in SECRETS.items()}
        return {platform: ":".join(parts) for platform, parts in values.items() if all(parts)}

    @property
    def accounts(self) -> dict[str, str]:
        """Ids of the accounts that access tokens belong to, by platform, of those that have one."""
        return {platform: value for platform, name in ACCOUNTS.items() if (value := getattr(self, name))}

    @property
    def proxy_addresses(self) -> tuple[str, ...]:
        """The proxies, in their order."""
        return tuple((self.proxies or "").split())

    @property
    def dagster_storage_url(self) -> str | None:
        """PostgreSQL address of Dagster's run history, or None for SQLite under `dagster_home`."""
        if self.dagster_pg_url:
            return self.dagster_pg_url
        return self.database_url if self.database_url.startswith(_POSTGRES) else None

    def environment(self) -> dict[str, str]:
        """Variables that give another process these settings; an empty one stands for a default and hides what it inherits."""
        values = ((name, getattr(self, name), field.default) for name, field in type(self).model_fields.items())
        return {variable(name): "" if value == default else str(value) for name, value, default in values}


@functools.cache
def get_settings() -> Settings:
    """Return the settings of this process, read from the environment at the first call."""
    return Settings.load()


def use(settings: Settings) -> None:
    """Make `settings` those of this process and of the processes it starts."""
    os.environ.update(settings.environment())
    get_settings.cache_clear()


def variable(field: str) -> str:
    """Return the environment variable of a field."""
    alias = Settings.model_fields[field].validation_alias if field in Settings.model_fields else None
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


def _postgres_url(url: str, valid: str) -> str:
    """Name psycopg2 as the driver, whatever the scheme says.

    A bare `postgresql://` means another driver from SQLAlchemy 2.1 on, one that Dagster's storage cannot use
    (dagster-io/dagster#33958).
    """
    scheme, _, rest = url.partition("://")
    if scheme not in _POSTGRES_SCHEMES or not rest:
        raise ValueError(f"use {valid}")
    try:
        return make_url(_POSTGRES + rest).render_as_string(hide_password=False)
    except (ArgumentError, ValueError):
        raise ValueError(f"use {valid}") from None


def _no_proxy(address: str) -> str:
    """Return why this is no proxy that requests and Chromium both can use; nothing when it is one."""
    try:
        parts = urlsplit(address)
        whole = parts.hostname and parts.port and not (parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:
        whole = None
    if not whole or parts.scheme not in _PROXY_SCHEMES:
        return "is no proxy: write http://user:password@host:3128, https://… or socks5://host:1080"
    if parts.scheme == "socks5" and parts.username is not None:
        return "wants a login, which Chromium cannot give to socks5: use the same proxy by http, or one without"
    try:
        unquote(parts.netloc.rpartition("@")[0]).encode("latin-1")
    except UnicodeEncodeError:
        return "has a login that cannot be sent: only Latin-1 text can"
    return ""


def _plain_proxy(address: str) -> str:
    """Return it in the one form that requests and Chromium read alike: its scheme in small letters, a password after a user."""
    parts = urlsplit(address)
    login, at, host = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{login}{':' if at and ':' not in login else ''}{at}{host}"


def _sqlite_url(url: str) -> str:
    """Make the file of a SQLite address absolute; a database in memory would be lost with its process."""
    path = url.removeprefix(_SQLITE)
    if path in ("", url, ":memory:"):
        raise ValueError("name a file: sqlite:////folder/ledger.db")
    return f"{_SQLITE}{Path(path).expanduser().absolute()}"


def _sentences(error: ValidationError, model: type[Settings]) -> str:
    """Say what is wrong with each variable. Secrets are not repeated, nor addresses: they may hold a password."""
    lines = []
    for problem in error.errors(include_url=False):
        if problem["type"] == "default_factory_not_called":
            continue
        name = _field_name(problem["loc"], model)
        shown = "" if name.endswith("_url") or name in HIDDEN else f"={str(problem['input'])!r}"
        lines.append(f"{variable(name)}{shown} is not valid: {_advice(problem)}.")
    return "\n".join(lines)


def _field_name(location: tuple[int | str, ...], model: type[Settings]) -> str:
    """Return the field of a problem's location, which may be an alias."""
    place = str(location[0])
    return next((name for name in model.model_fields if variable(name) == place), place)


def _advice(problem: Mapping[str, Any]) -> str:
    """Say which values are valid."""
    context = problem.get("ctx", {})
    if problem["type"] == "literal_error":
        return f"use {context['expected']}"
    if problem["type"] == "path_not_file":
        return "there is no such file"
    return str(context.get("error", problem["msg"]))


def _unknown_name(name: str, model: type[Settings]) -> str:
    close = difflib.get_close_matches(name, model.model_fields, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(model.model_fields)}."
    return f"There is no setting {name!r}: {hint}"
