import re
import subprocess
from pathlib import Path

import pytest

from trend_assets_tests.architecture import ASSEMBLY, MAY_IMPORT, PACKAGE, violations

ROOT = Path(__file__).parent.parent


def dotted_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def test_every_module_keeps_the_rules_of_the_house() -> None:
    modules = sorted((ROOT / PACKAGE).rglob("*.py"))
    assert modules
    found = [sentence for path in modules for sentence in violations(dotted_name(path), path.read_text())]
    assert found == []


def test_the_flow_has_no_circle() -> None:
    """Whatever a place stands on is declared before it, so reading the table downwards is reading the flow."""
    order = list(MAY_IMPORT)
    upwards = [
        (place, below) for place, allowed in MAY_IMPORT.items() for below in allowed if order.index(below) >= order.index(place)
    ]
    assert upwards == []
    assert not ASSEMBLY & set(order)


KEPT = {
    "the flow": ("trends.buckets", "from trend_assets.capture.keys import Key\nfrom trend_assets.errors import HourError"),
    "itself": ("trends.buckets", "from trend_assets.trends import scoring"),
    "a sibling by a relative import": ("trends.buckets", "from . import scoring"),
    "dagster in a shell": ("trends.assets", "import dagster as dg\nfrom trend_assets.resources import Lake"),
    "partitions in a shell": ("capture.automation", "from trend_assets.partitions import HOURS"),
    "everything in the assembly": ("definitions", "import dagster\nfrom trend_assets import web, trends, sandbox"),
    "leads on capture": ("leads.crm", "from trend_assets.capture import items"),
    "time that is passed in": ("trends.buckets", "from datetime import datetime\ndef f(now: datetime): return now.isoformat()"),
    "a duration": ("net.politeness", "import time\ntime.monotonic()"),
    "a clock below the pure parts": ("net.http", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    "a clock in a shell": ("trends.assets", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
    "the environment in the settings": ("settings", "import os\nos.environ.get('A')"),
    "prose about clocks": ("trends.buckets", '"""Never uses current_timestamp."""'),
    "an instant by name": ("trends.buckets", "columns = 'known, currently_known, today'"),
}

BROKEN = {
    "an import of what is above": ("capture.items", "from trend_assets.trends import buckets", "does not stand on"),
    "an import from the package": ("capture.items", "from trend_assets import trends", "does not stand on"),
    "a plain import": ("capture.items", "import trend_assets.trends.buckets", "does not stand on"),
    "a relative import of what is above": ("capture.items", "from ..trends import buckets", "does not stand on"),
    "an import inside a function": ("lake.lake", "def f():\n    from trend_assets.capture import items", "does not stand on"),
    "an import for types only": ("lake.lake", "if TYPE_CHECKING:\n    import trend_assets.cli", "does not stand on"),
    "one store on another": ("lake.lake", "from trend_assets.ledger import ledger", "does not stand on"),
    "neighbours on one floor": ("merch.scoring", "from trend_assets.products import scanner", "does not stand on"),
    "leads on trends": ("leads.scoring", "from trend_assets.trends import scoring", "does not stand on"),
    "the ground on a store": ("settings", "from trend_assets.lake import tables", "does not stand on"),
    "partitions on a store": ("partitions", "from trend_assets.lake import lake", "does not stand on"),
    "a rule on what is made for Dagster": ("trends.buckets", "from trend_assets.resources import Lake", "does not stand on"),
    "a folder without a place": ("gossip.rumours", "", "has no place"),
    "dagster in a rule": ("trends.buckets", "import dagster as dg", "imports dagster"),
    "a part of dagster in a rule": ("trends.buckets", "from dagster import asset", "imports dagster"),
    "a library of dagster's in a rule": ("lake.lake", "import dagster_postgres.utils", "imports dagster"),
    "the environment": ("lake.lake", "import os\nos.environ['A']", "reads the environment"),
    "the environment by another name": ("cli", "from os import environ as e", "reads the environment"),
    "getenv": ("net.http", "import os as system\nsystem.getenv('A')", "reads the environment"),
    "the environment through Dagster": ("resources", "import dagster as dg\ndg.EnvVar('A')", "reads the environment"),
    "a clock": ("trends.buckets", "from datetime import datetime\ndatetime.now()", "reads the clock"),
    "a clock by another name": ("capture.items", "import datetime as dt\ndt.datetime.now(dt.UTC)", "reads the clock"),
    "a clock as a default": ("lake.lake", "import time\nfield(default_factory=time.time)", "reads the clock"),
    "a clock deep in a capability": ("capture.platforms.x", "from time import time", "reads the clock"),
    "the database's clock": ("trends.buckets", "sql = f'select {a} where hour < now()'", "reads the clock in SQL"),
    "the database's date": ("lake.lake", "sql = 'select CURRENT_DATE'", "reads the clock in SQL"),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_checker_allows(name: str) -> None:
    module, source = KEPT[name]
    assert violations(f"{PACKAGE}.{module}", source) == []


@pytest.mark.parametrize("name", BROKEN)
def test_the_checker_finds(name: str) -> None:
    module, source, said = BROKEN[name]
    found = violations(f"{PACKAGE}.{module}", source)
    assert len(found) == 1
    assert said in found[0]


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file() and not path.is_symlink()]


FOREIGN = re.compile(
    r"(?<![\w./:-])/(?:home|Users)/\w+/|"
    + re.escape(str(ROOT))
    + r"/|https?://[^\s\"']*(?:/simple/|/packages/[0-9a-f]{2}/|/-/[\w.-]+\.tgz)"
)
"""Paths of one machine, and addresses of package indexes: another machine has others."""


@pytest.mark.parametrize(
    "line",
    [
        "/home" + "/ann/x",
        f"'{ROOT}" + "/x'",
        "https://index.example" + "/simple/numpy",
        "http://i.example" + "/packages/0a/numpy.whl",
    ],
)
def test_a_machines_own_path_or_index_is_recognised(line: str) -> None:
    assert FOREIGN.search(line)


@pytest.mark.parametrize("line", ["https://site.example/home/ann/x", "/var/lib/trend_assets", "~/.local/share"])
def test_other_paths_are_not(line: str) -> None:
    assert not FOREIGN.search(line)


def test_no_tracked_file_names_this_machine_or_its_package_index() -> None:
    found = []
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert found == []
