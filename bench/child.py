"""Measures a function in a fresh process: wall time, CPU time, peak memory. Nothing of the caller's is in the figures."""

import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, all threads and child processes."""
    peak_gib: float
    """Largest resident memory of the process."""
    result: float = 0
    """What the function returned."""


def cost(function: str, *arguments: object) -> Cost:
    """Call `module:function` with the arguments (as text) in a new process; it returns a number or None."""
    command = [sys.executable, "-m", "bench.child", function, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _main(function: str, *arguments: str) -> None:
    module, _, name = function.partition(":")
    called = getattr(import_module(module), name)
    before = _cpu()
    started = time.perf_counter()
    result = called(*arguments)
    wall = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps(asdict(Cost(wall, _cpu() - before, peak, result or 0))))


def _cpu() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    _main(*sys.argv[1:])
