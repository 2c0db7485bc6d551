"""The rules of the house, as functions of a module's name and source: each returns what breaks it, as sentences.

A capability is a folder of `trend_assets`. `MAY_IMPORT` is the flow of docs/architecture.md: what stands below stands earlier.
A new folder or top-level module takes its place here first.
"""

import ast
import re
from collections.abc import Iterator

PACKAGE = "trend_assets"

GROUND = {"errors", "settings", "hours"}
"""Top-level modules that stand on nothing but each other."""
STORES = {"lake", "ledger", "net", "llm"}
SPINE = GROUND | STORES | {"steps", "capture"}

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "hours": {"errors"},
    "partitions": GROUND,
    **{name: GROUND for name in sorted(STORES)},
    "sandbox": GROUND,
    "steps": GROUND | {"lake", "ledger"},
    "capture": GROUND | STORES | {"steps"},
    "leads": SPINE,
    "trends": SPINE,
    **{name: SPINE | {"trends"} for name in ("universal", "signals", "merch", "products")},
    "web": SPINE | {"trends", "universal", "signals", "merch", "products", "leads"},
}
"""Capability or module → what of ours it may import besides itself."""

ASSEMBLY = {
    "__init__",
    "__main__",
    "definitions",
    "resources",
    "cli",
    "instance_storage",
    "spine_asset",
    "launch",
    "run_launcher",
}
"""Top-level modules that put the parts together: they may import everything."""

SHELLS = {"assets", "checks", "automation"}
"""Modules of a capability that may import dagster, and with it what is made for Dagster."""
MADE_FOR_SHELLS = {"partitions", "resources", "spine_asset"}

CLOCKLESS = {"lake", "steps", "capture", "trends", "universal", "signals", "merch", "products", "leads"}
"""Capabilities whose rows are functions of what was captured: time is passed in."""
CLOCK_READERS = {"assets", "automation", "runs"}
CLOCKS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "pandas.Timestamp.now",
    "pandas.Timestamp.utcnow",
    "pandas.Timestamp.today",
}
SQL_CLOCK = re.compile(r"\b(now|get_current_timestamp|today)\(\)|\bcurrent_(timestamp|date|time)\b", re.IGNORECASE)

ENVIRONMENT_READER = "settings"
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv", "dagster.EnvVar", "dotenv.load_dotenv"}


def violations(module: str, source: str) -> list[str]:
    """Return what breaks a rule in `module` (its dotted name), one sentence each, in the order of the source."""
    tree = ast.parse(source)
    names = list(_names(tree, module))
    found = [*_imports(module, names), *_dagster(module, names), *_environment(module, names), *_clock(module, names, tree)]
    return [f"{module}:{line} {sentence}" for line, sentence in sorted(set(found))]


Name = tuple[int, str]
Finding = tuple[int, str]


def _imports(module: str, names: list[Name]) -> Iterator[Finding]:
    """The flow: nothing below imports what is above, and capabilities on one floor do not import each other."""
    place, leaf = _place(module)
    if place in ASSEMBLY:
        return
    if place not in MAY_IMPORT:
        yield 1, f"{place} has no place in MAY_IMPORT (trend_assets_tests/architecture.py)"
        return
    allowed = MAY_IMPORT[place] | {place} | (MADE_FOR_SHELLS if leaf in SHELLS else set())
    for line, name in names:
        target = _place(name)[0]
        if name.startswith(f"{PACKAGE}.") and target not in allowed:
            yield line, f"imports {PACKAGE}.{target}, which {place} does not stand on"


def _dagster(module: str, names: list[Name]) -> Iterator[Finding]:
    """Rules run without Dagster: inside a capability only the shells know it."""
    place, leaf = _place(module)
    if place in ASSEMBLY or place == "partitions" or leaf in SHELLS:
        return
    for line, name in names:
        if re.match(r"dagster(_\w+)?(\.|$)", name):
            yield line, f"imports dagster; only {', '.join(sorted(SHELLS))} of a capability do"


def _environment(module: str, names: list[Name]) -> Iterator[Finding]:
    if module == f"{PACKAGE}.{ENVIRONMENT_READER}":
        return
    for line, name in names:
        if name in ENVIRONMENT or any(name.startswith(f"{reader}.") for reader in ENVIRONMENT):
            yield line, f"reads the environment; only {ENVIRONMENT_READER}.py does"


def _clock(module: str, names: list[Name], tree: ast.Module) -> Iterator[Finding]:
    place, leaf = _place(module)
    if place not in CLOCKLESS or leaf in CLOCK_READERS:
        return
    for line, name in names:
        if name in CLOCKS:
            yield line, f"reads the clock ({name}); time is passed in"
    for line, text in _strings(tree):
        if match := SQL_CLOCK.search(text):
            yield line, f"reads the clock in SQL ({match[0]}); time is passed in"


def _place(module: str) -> tuple[str, str]:
    """Return the capability or top-level module of a dotted name, and its last part."""
    parts = module.split(".")
    return (parts[1] if len(parts) > 1 else "__init__"), parts[-1]


def _names(tree: ast.Module, module: str) -> Iterator[Name]:
    """Yield every import and every use of an imported name as a full dotted name, whatever it was called on import."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(node, module)
            for alias in node.names:
                known[alias.asname or alias.name] = f"{origin}.{alias.name}"
                yield node.lineno, f"{origin}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := _dotted(node, known)):
            yield node.lineno, name


def _origin(node: ast.ImportFrom, module: str) -> str:
    """Return the dotted name that `from … import` names, relative ones resolved (as from a module, not a package)."""
    if not node.level:
        return node.module or ""
    return ".".join([*module.split(".")[: -node.level], *([node.module] if node.module else [])])


def _dotted(node: ast.expr, known: dict[str, str]) -> str:
    """Return the full name of `a.b.c` if `a` was imported, else an empty string."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value, known)
        return f"{head}.{node.attr}" if head else ""
    return ""


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the string constants that are no docstrings, parts of f-strings included."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value
