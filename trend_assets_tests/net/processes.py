"""Processes of this machine, from /proc."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    name: str
    command: str


def running() -> list[Process]:
    """Every process, zombies left out."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            before, _, after = (folder / "stat").read_text().rpartition(")")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has just ended
            continue
        state, parent = after.split()[:2]
        if state != "Z":
            found.append(Process(int(folder.name), int(parent), before.partition("(")[2], command))
    return found


def descendants(pid: int) -> list[Process]:
    """Children, their children and so on, parents first."""
    processes = running()
    found: list[Process] = []
    parents = {pid}
    while children := [process for process in processes if process.parent in parents and process not in found]:
        found += children
        parents = {process.pid for process in children}
    return found
