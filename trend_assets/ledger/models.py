"""Tables of the ledger. The schema is created by the migrations; a test keeps both equal."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of the ledger's tables."""


class HourRow(Base):
    """One hour that the spine has computed, or is computing.

    The hour is dirty while `settled_revision < revision`: each reason to compute it again raises `revision`, and a
    finished run settles the revision that it claimed before it read anything.
    """

    __tablename__ = "hours"

    hour: Mapped[datetime] = mapped_column(DateTime, primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    settled_revision: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    inputs: Mapped[str] = mapped_column(String(64), default="")
    """Digest of the inputs that the last settled run saw."""
    code_version: Mapped[str] = mapped_column(String(64), default="")
    """Version of the spine's code that the last settled run used."""

    __table_args__ = (Index("ix_hours_dirty", "settled_revision", "revision"),)


class HourClaim(Base):
    """The revision of an hour that a run has promised to settle; it is gone when that revision is settled."""

    __tablename__ = "hour_claims"

    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    hour: Mapped[datetime] = mapped_column(DateTime, primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    inherited: Mapped[bool] = mapped_column(Boolean, default=False)
    """Another run had a claim already: it may have died between changing rows and marking the hours that read them."""


class MarkedTombstone(Base):
    """A tombstone of the lake whose hours have been marked dirty."""

    __tablename__ = "marked_tombstones"

    tombstone: Mapped[str] = mapped_column(String(64), primary_key=True)


class AuditEntry(Base):
    """Something that a person did: what, to what, why."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(DateTime)
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")


class SurfaceAlert(Base):
    """A surface that was noticed to stop or to begin again to deliver what is expected of it."""

    __tablename__ = "surface_alerts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    surface: Mapped[str] = mapped_column(Text)
    good: Mapped[bool] = mapped_column(Boolean)
    hour: Mapped[datetime] = mapped_column(DateTime)
    """The hour of which that was said."""
    message: Mapped[str] = mapped_column(Text)
    noticed_at: Mapped[datetime] = mapped_column(DateTime)

    __table_args__ = (Index("ix_surface_alerts_surface", "surface", "id"),)


class ToldAlert(Base):
    """An alert that an address was told."""

    __tablename__ = "told_alerts"

    alert_id: Mapped[int] = mapped_column(Integer, ForeignKey("surface_alerts.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A digest: addresses hold passwords."""
    told_at: Mapped[datetime] = mapped_column(DateTime)
