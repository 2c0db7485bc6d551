"""Surfaces: what is captured, how often, and what is expected of it. Read from YAML, validated, nothing captured here."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from trend_assets.errors import SettingsError, UnknownNameError

HOUR_MINUTES, DAY_MINUTES = 60, 24 * 60
_NAME = re.compile(r"[^A-Za-z0-9_]+")


class Surface(BaseModel):
    """One scrape target (seed 004 §3), identified by platform, type and key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+:\S+$", description="for example tiktok:hashtag:ai")]
    platform: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    surface_type: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    surface_key: str = ""
    enabled: bool = True
    cadence_minutes: Annotated[int, Field(ge=0, le=10_080, description="minutes between runs, 0 = irregular")]
    requests_per_run: Annotated[int, Field(ge=0, description="most requests of one run")] = 0
    min_items: Annotated[int, Field(ge=0, description="fewer items make a run partial")] = 0
    priority: str = ""
    archive: Path | None = None
    """File of recorded history that the surface replays; a surface without one is live."""
    archive_format: str | None = None
    """Name of the format in archives.yaml; needed with `archive`."""
    first_hour: datetime | None = None
    """First hour of the archive, naive UTC: the partitions begin there."""

    @model_validator(mode="after")
    def _archive_has_a_format(self) -> "Surface":
        if (self.archive is None) != (self.archive_format is None):
            raise ValueError("archive and archive_format go together")
        return self

    @cached_property
    def asset_name(self) -> str:
        """Name of its Dagster asset: the id in Dagster's alphabet, with a digest of it where letters had to go."""
        name = _NAME.sub("_", self.id).strip("_")
        digest = hashlib.sha1(self.id.encode(), usedforsecurity=False).hexdigest()[:8]
        return name if self.id.isascii() else f"{name}_{digest}"


def step_minutes(cadence_minutes: int) -> int:
    """Return the minutes between the runs of a cadence, at most a day.

    The clock has no other steps than those that divide the hour or the day: a cadence between two of them gets the shorter
    one. Schedules, slots and budgets count in it.
    """
    if cadence_minutes < HOUR_MINUTES:
        return max(step for step in range(1, cadence_minutes + 1) if HOUR_MINUTES % step == 0)
    hours, day_hours = cadence_minutes // HOUR_MINUTES, DAY_MINUTES // HOUR_MINUTES
    return HOUR_MINUTES * max(step for step in range(1, min(hours, day_hours) + 1) if day_hours % step == 0)


def load_surfaces(*paths: Path) -> tuple[Surface, ...]:
    """Return the surfaces of the YAML files, in their order; a later file replaces rows of the same id.

    Raises:
        SettingsError: a file is not readable or a row is not a surface; the message names file, row and field.
    """
    rows: dict[str, Surface] = {}
    for path in paths:
        for surface in _read(path):
            rows[surface.id] = surface
    _check_names(rows.values())
    return tuple(rows.values())


def save_surfaces(path: Path, surfaces: Iterable[Surface]) -> None:
    """Write surfaces as a file that `load_surfaces` reads, whole or not at all.

    Raises:
        SettingsError: two of them would have the same asset name.
    """
    surfaces = list(surfaces)
    _check_names(surfaces)
    rows = [surface.model_dump(mode="json", exclude_defaults=True) for surface in surfaces]
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{uuid4().hex}")
    written.write_text(yaml.safe_dump({"surfaces": rows}, allow_unicode=True, sort_keys=False), encoding="utf-8")
    written.replace(path)


def surface_named(surfaces: Iterable[Surface], surface_id: str) -> Surface:
    """Return the surface with this id.

    Raises:
        UnknownNameError: there is none; the message lists those that exist.
    """
    known = {surface.id: surface for surface in surfaces}
    if surface_id not in known:
        raise UnknownNameError(f"There is no surface '{surface_id}'. Known: {', '.join(sorted(known)) or 'none'}.")
    return known[surface_id]


def _check_names(surfaces: Iterable[Surface]) -> None:
    names: dict[str, str] = {}
    for surface in surfaces:
        other = names.setdefault(surface.asset_name, surface.id)
        if other != surface.id:
            raise SettingsError(f"The surfaces {other} and {surface.id} would have the same asset name {surface.asset_name}.")


def _read(path: Path) -> list[Surface]:
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"The surfaces file {path} cannot be read: {error}") from error
    rows = document.get("surfaces") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise SettingsError(f"The surfaces file {path} needs a list under the key 'surfaces'.")
    surfaces = []
    for index, row in enumerate(rows):
        try:
            surfaces.append(Surface.model_validate(row))
        except ValidationError as error:
            name = row.get("id", f"number {index + 1}") if isinstance(row, dict) else f"number {index + 1}"
            problems = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in error.errors())
            raise SettingsError(f"{path}, surface {name}: {problems}") from error
    return surfaces
