"""Which recorded histories are known, and what their columns mean: the models of `archives.yaml`.

A format says how a file is recognized, where the capture time stands and what a row becomes; `archive.py` reads files
by it. Adding a recorded history is an entry in the YAML file. Nothing here opens an archive.
"""

import re
from datetime import timedelta, timezone, tzinfo
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from trend_assets.errors import SettingsError, UnknownNameError

ARCHIVES_FILE = Path(__file__).with_name("archives.yaml")

Counter = Literal["view_count", "like_count", "comment_count", "share_count", "use_count", "volume_24h", "gauge"]
"""The counters of `items.py`; the name decides the kind (cumulative, trailing 24 h, gauge)."""
Text = Annotated[str, Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Choice(_Model):
    """Exactly one of the fields is given."""

    @model_validator(mode="after")
    def _one_field(self) -> Self:
        if sum(value is not None for _, value in self) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self


def _one_group(pattern: re.Pattern[str] | None) -> re.Pattern[str] | None:
    if pattern is not None and pattern.groups != 1:
        raise ValueError("the pattern needs exactly one group: the part that is taken")
    return pattern


class TimeSource(_Model):
    """Where a time stands. Without `format` it is ISO text with a zone or epoch seconds."""

    column: Text | tuple[Text, ...] | None = None
    """One column, or several that are joined with a space before `format` is applied."""
    from_file_name: re.Pattern[str] | None = None
    """The time is the group of this pattern in the file's name."""
    format: Text | None = None
    """`strptime` format of any other time."""
    zone: str | None = None
    """The zone of a format without `%z`: `UTC`, `+05:30` or an IANA name."""
    at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    """Hour and minute (quoted, `"20:00"`) for a history that records only the day."""

    @field_validator("from_file_name")
    @classmethod
    def _group(cls, value: re.Pattern[str] | None) -> re.Pattern[str] | None:
        return _one_group(value)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None:
            as_zone(value)
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.column is None) == (self.from_file_name is None):
            raise ValueError("give exactly one of column, from_file_name")
        if (self.format is not None and "%z" not in self.format) != (self.zone is not None):
            raise ValueError("a format without %z needs a zone, and only such a format has one")
        if self.format is None and (self.at or self.from_file_name or isinstance(self.column, tuple)):
            raise ValueError("at, from_file_name and several columns need a format")
        return self

    @property
    def place(self) -> str:
        """Say where the time is looked for."""
        if self.from_file_name is not None:
            return f"the file name (pattern {self.from_file_name.pattern})"
        return self.column if isinstance(self.column, str) else " ".join(self.column or ())


class Extract(_Model):
    """A column that is not in the file: the group of a pattern in another column or in the file's name."""

    column: Text | None = None
    pattern: re.Pattern[str] | None = None
    from_file_name: re.Pattern[str] | None = None

    @field_validator("pattern", "from_file_name")
    @classmethod
    def _group(cls, value: re.Pattern[str] | None) -> re.Pattern[str] | None:
        return _one_group(value)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.model_fields_set not in ({"column", "pattern"}, {"from_file_name"}):
            raise ValueError("give either column and pattern, or from_file_name")
        return self


class DropRule(_Model):
    """Rows that are advertising: rejected as `promoted`, without a place in the ranking."""

    column: Text
    equals: bool | int | str | None = None
    """Drop when the column has this value; without it, when the column is filled at all."""


class IdRule(_Choice):
    """How a row is identified."""

    column: Text | None = None
    template: Text | None = None
    topic: Text | None = None
    """`topic:` and the normalized text of this column."""
    sha1: Annotated[tuple[Text, ...], Field(min_length=2)] | None = None
    """SHA-1 (hex) of several columns, for histories that left the id out."""


class RankRule(_Choice):
    """A column, or the position (from 1) among the rows of the snapshot."""

    column: Text | None = None
    position: Literal[True] | None = None


class ItemMapping(_Model):
    """What a row becomes. Names follow `items.Item`; values are column names, templates have `{column}` in them."""

    type: Text
    is_post: bool
    id: IdRule
    text: Text
    escaped: bool = False
    """The text is recorded as escaped HTML (`&amp;`)."""
    keys: Annotated[tuple[Literal["entity", "hashtags", "phrases", "topic"], ...], Field(min_length=1)]
    """Key rules, primary first. `phrases` gives nothing beside hashtags (DESIGN §9)."""
    entity: tuple[Text, ...] = ()
    """Templates of the entity key; the first whose columns are all filled is used."""
    rank: RankRule | None = None
    counters: dict[Counter, Text] = {}
    signed: frozenset[Counter] = frozenset()
    """Counters that may be negative."""
    author_id: Text | None = None
    author_handle: Text | None = None
    url: Text | None = None
    """Template of the canonical URL."""
    created_at: TimeSource | None = None

    @model_validator(mode="after")
    def _entity_given(self) -> Self:
        if ("entity" in self.keys) != bool(self.entity):
            raise ValueError("the key rule entity and the templates in entity belong together")
        return self


class _Format(_Model):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    about: Text
    """What was recorded and what its times mean, for people."""
    platform: Text
    surface_type: Text
    cadence_minutes: Annotated[int, Field(ge=0)]
    """Minutes between two captures; 0 = irregular."""
    min_items: Annotated[int, Field(ge=0)]
    """A capture with fewer items is not a good one."""
    recognized_by: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Columns (in JSON also dotted paths) that a file of this format has; of several that fit, the first in the file counts."""


class PayloadsFormat(_Format):
    """JSON lines `{"captured_at": ISO time, "payload": the platform's own payload}`; one line is one snapshot."""

    kind: Literal["payloads"]

    @property
    def captured_at(self) -> TimeSource:
        """Where the capture time stands: always in `captured_at`."""
        return TimeSource(column="captured_at")


class TableFormat(_Format):
    """CSV or JSON rows with a mapping; consecutive rows of one time and surface are one snapshot."""

    kind: Literal["table"]
    captured_at: TimeSource
    rows: Literal["items", "payload"] = "items"
    """`payload`: the rows of one snapshot, as a list, go through the platform's own `parse`."""
    derive: dict[Text, Extract] = {}
    """Columns to be made from others before anything else is looked at."""
    split_by: Text | None = None
    """Column that names the surface: one file holds several."""
    items: Text | None = None
    """Dotted path of the list of entries in a row that holds a whole snapshot."""
    drop: DropRule | None = None
    item: ItemMapping | None = None

    @model_validator(mode="after")
    def _item_or_payload(self) -> Self:
        if (self.rows == "items") != (self.item is not None):
            raise ValueError("rows: items needs item, rows: payload has none")
        return self


ArchiveFormat = PayloadsFormat | TableFormat


class _File(_Model):
    formats: tuple[Annotated[ArchiveFormat, Field(discriminator="kind")], ...]


def as_zone(name: str) -> tzinfo:
    """Return the zone called `UTC`, `+05:30` or by its IANA name; ValueError when there is none."""
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError):
        raise ValueError(f"{name!r} is no time zone; give UTC, an offset like +05:30 or an IANA name") from None


@cache
def load_formats(path: Path = ARCHIVES_FILE) -> tuple[ArchiveFormat, ...]:
    """Return the formats of the file, in its order; SettingsError lists everything that is wrong with it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        formats = _File.model_validate(content).formats
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"cannot read the archive formats of {path}: {error}") from error
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(path, content, violation) for violation in error.errors())) from None
    names = [fmt.name for fmt in formats]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(f"{path}: the mapping name {', '.join(twice)} is given more than once")
    return formats


def formats_of(platform: str, surface_type: str, formats: tuple[ArchiveFormat, ...] | None = None) -> list[ArchiveFormat]:
    """Return the known formats of one kind of surface."""
    known = load_formats() if formats is None else formats
    return [fmt for fmt in known if (fmt.platform, fmt.surface_type) == (platform, surface_type)]


def format_named(name: str, formats: tuple[ArchiveFormat, ...] | None = None) -> ArchiveFormat:
    """Return the format of this name, or raise an error that lists the names there are."""
    known = {fmt.name: fmt for fmt in (load_formats() if formats is None else formats)}
    if name not in known:
        raise UnknownNameError(f"there is no archive format {name!r}; there are {', '.join(sorted(known))}")
    return known[name]


def _sentence(path: Path, content: Any, violation: ErrorDetails) -> str:
    where = list(violation["loc"])
    mapping = ""
    if len(where) > 1 and where[0] == "formats" and isinstance(where[1], int):
        entry = content["formats"][where[1]]
        mapping = f" mapping {entry.get('name', where[1] + 1) if isinstance(entry, dict) else where[1] + 1}:"
        # After the position stands the kind, by which the two models are told apart.
        where = where[3:]
    field = ".".join(str(part) for part in where)
    return f"{path}:{mapping} {field + ': ' if field else ''}{violation['msg']}"
