"""Dagster's pages as a child process: started in a group of its own, and ended with everything that it started.

Between the command and Dagster stands a guard, which is this module as a program: it ends Dagster when the command has ended,
also if that was killed. Only this machine can reach it. What it says goes to a log file; what is shown on the pages stays out.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer
from filelock import FileLock, Timeout

from trend_assets.errors import PermanentError, SettingsError

if TYPE_CHECKING:
    from trend_assets.settings import Settings

HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 120
REQUEST_TIMEOUT_SECONDS = 10
POLL_SECONDS = 0.3
STOP_SECONDS = ((signal.SIGINT, 8), (signal.SIGTERM, 4), (signal.SIGKILL, 5))
"""How long each signal is given; the first is what Ctrl-C sends to `dagster dev` in a terminal."""
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks the command to end: Ctrl-C, a supervisor, a closed terminal."""
_TAIL_LINES = 15

_LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries {
    loadStatus locationOrLoadError { __typename ... on PythonError { message } } } } } }"""


def show(settings: "Settings", port: int, guide: str) -> None:
    """Start Dagster with these settings, print the guide, and wait for Ctrl-C.

    Raises:
        PermanentError: it could not be started, or ended by itself.
    """
    from trend_assets.instance_storage import prepare_dagster_home
    from trend_assets.settings import use

    use(settings)
    prepare_dagster_home(settings.dagster_home)
    log = Path(settings.dagster_home) / "dagster-dev.log"
    typer.echo("Starting Dagster …")
    try:
        with dagster_dev(port, log) as child:
            typer.echo(guide)
            _wait(child)
            raise PermanentError(f"Dagster ended with code {child.returncode}. The end of {log}:\n{tail(log)}")
    except KeyboardInterrupt:
        typer.echo("Stopped.")


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait()
    except KeyboardInterrupt:
        typer.echo("Stopping …")
        raise


@contextmanager
def interruptible() -> Iterator[None]:
    """Make SIGTERM and a closed terminal end the command like Ctrl-C does, so that nothing it started is left.

    Ctrl-C is set as well: a process in the background begins with it ignored, and so would Dagster below it.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Keep other `demo` and `live` commands off the folder: two daemons would capture everything twice.

    Raises:
        SettingsError: there is one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "running.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise SettingsError(
            f"Another `trend-assets demo` or `trend-assets live` is at work in {folder}: stop it, or name another folder."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def dagster_dev(port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start `dagster dev` with this process's settings, guarded, and wait until it answers; end it, whatever happens.

    Raises:
        PermanentError: it ended, or did not answer in time; the message has the end of its log.
    """
    command = [sys.executable, "-m", "dagster", "dev", "-m", "trend_assets.definitions", "-h", HOST, "-p", str(port)]
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", __name__, *command, "--log-level", "warning"],
            stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_loaded(child, port, log)
        yield child
    finally:
        with _uninterrupted():
            child.communicate()  # closes its stdin, which ends it


def guard(command: Sequence[str]) -> int:
    """Run the command in a group of its own until it ends or our stdin is closed, as it is when who holds it dies.

    Returns its code. Nothing of the group is left.
    """
    with interruptible():
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our own command
        try:
            while child.poll() is None and not select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
                pass
        finally:
            with _uninterrupted():
                stop_group(child)
    return child.returncode


def refuse_taken(port: int) -> None:
    """Check that the port is free.

    Raises:
        SettingsError: another program listens on it.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise SettingsError(
                f"Port {port} cannot be used ({error.strerror}): another program listens on it. "
                f"Name a free one with --port, for example --port {port + 1 if port < 65_535 else 3000}."  # noqa: PLR2004
            ) from error


def stop_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and every process of its group, first politely; returns when none is left."""
    for number, seconds in STOP_SECONDS:
        if not _signal(child, number):
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            child.poll()  # collects it, or its group would never be empty
            if not _signal(child, 0):
                return
            time.sleep(POLL_SECONDS)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Take no second Ctrl-C while processes are being ended: it would leave them behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def tail(log: Path) -> str:
    """Return the last lines of the log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:])


def _signal(child: subprocess.Popen[bytes], number: int) -> bool:
    """Signal the group; returns whether there is any process left."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return False
    return True


def _wait_until_loaded(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise PermanentError(f"Dagster ended with code {child.returncode}. The end of {log}:\n{tail(log)}")
        if _is_loaded(port):
            return
        time.sleep(POLL_SECONDS)
    raise PermanentError(f"Dagster did not answer within {START_TIMEOUT_SECONDS} s. The end of {log}:\n{tail(log)}")


def _is_loaded(port: int) -> bool:
    """Return whether the pages answer and the definitions are loaded.

    Raises:
        PermanentError: the definitions cannot be loaded.
    """
    try:
        entries = _locations(port)
    except (OSError, HTTPException, ValueError, KeyError):
        return False
    problems = [entry["message"] for entry in entries if entry and entry["__typename"] == "PythonError"]
    if problems:
        raise PermanentError(f"Dagster cannot load the definitions: {' '.join(problems)}")
    return bool(entries) and all(entries)


def _locations(port: int) -> list[dict[str, str] | None]:
    connection = HTTPConnection(HOST, port, timeout=REQUEST_TIMEOUT_SECONDS)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/graphql", json.dumps({"query": _LOCATIONS}), headers)
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    entries = answer["data"]["workspaceOrError"]["locationEntries"]
    return [entry["locationOrLoadError"] if entry["loadStatus"] == "LOADED" else None for entry in entries]


if __name__ == "__main__":  # the guard
    sys.exit(guard(sys.argv[1:]))
