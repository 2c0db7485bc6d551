"""The table of failures in docs/operations.md: it quotes the messages that there are, and leaves none out."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import trend_assets
from trend_assets import errors as trend_errors

PACKAGE = Path(trend_assets.__file__).parent
OPERATIONS = PACKAGE.parent / "docs" / "operations.md"
CAPTURING = [
    *sorted((PACKAGE / "net").glob("*.py")),
    *sorted((PACKAGE / "capture" / "platforms").glob("*.py")),
    *(PACKAGE / "capture" / name for name in ("assets.py", "health.py", "live.py", "payload.py", "runs.py", "visits.py")),
]
"""The files whose messages can end up in the row of a run, in its coverage, or in the failure of its asset."""
OURS = vars(trend_errors).keys() - {"UnknownNameError"}
"""The errors that a capture can end with: others become one of ours, or are unexpected."""


def quoted() -> list[str]:
    """Return what the table quotes, `…` standing for anything."""
    section = OPERATIONS.read_text(encoding="utf-8").partition("## What the failures mean")[2].partition("\n## ")[0]
    cells = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    return [fragment for cell in cells for fragment in re.findall("`([^`]+)`", cell)]


def says(message: str, fragment: str) -> bool:
    """Whether a fragment is of a message; figures differ as well."""
    pieces = (re.escape(piece.strip()) for piece in re.split(r"…|\d+", fragment))
    return re.search(".*?".join(pieces), message, re.DOTALL) is not None


def text_of(node: ast.AST) -> str | None:
    """Return a text of the source, `…` standing for its values; None where there is none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) or "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def nodes(files: Iterable[Path]) -> Iterator[ast.AST]:
    return (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def errors(files: Iterable[Path]) -> list[str]:
    """Return the messages of the errors that the files make."""
    calls = (node for node in nodes(files) if isinstance(node, ast.Call) and node.args)
    made = [(call.func.id, text_of(call.args[0])) for call in calls if isinstance(call.func, ast.Name)]
    return [text for name, text in made if text and name in OURS]


@pytest.mark.parametrize("fragment", quoted())
def test_what_the_table_of_failures_quotes_is_said(fragment: str) -> None:
    assert any(says(text, fragment) for node in nodes(CAPTURING) if (text := text_of(node)))


@pytest.mark.parametrize("message", errors(CAPTURING))
def test_what_a_capture_can_fail_with_is_in_the_table_of_failures(message: str) -> None:
    assert any(says(message, fragment) for fragment in quoted())
