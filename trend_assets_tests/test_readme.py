"""What the README says exists."""

import re
from pathlib import Path

import pytest
import typer

from trend_assets.cli import app
from trend_assets.settings import Settings, variable

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = [README, *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> set[str]:
    group = typer.main.get_command(app)
    return set(group.commands)  # type: ignore[attr-defined]  # a group, since there are several


def test_every_command_that_the_documents_name_is_registered() -> None:
    named = {name for path in DOCS for name in re.findall(r"trend-assets ([a-z][a-z-]*)", path.read_text())}
    assert {"demo", "trends", "explain", "sql", "replay", "run"} <= named
    assert named <= commands()


def test_the_readme_shows_every_command() -> None:
    assert commands() <= set(re.findall(r"trend-assets ([a-z][a-z-]*)", README.read_text()))


def test_every_option_that_the_readme_uses_exists() -> None:
    group = typer.main.get_command(app)
    known = {option for command in group.commands.values() for one in command.params for option in one.opts}  # type: ignore[attr-defined]
    known |= {"--folder", "--port", "--hours", "--no-ui", "--help"}  # the demo's own (see cli/app.py), and everybody's
    used = {
        option
        for line in README.read_text().splitlines()
        if "trend-assets" in line
        for option in re.findall(r" (--[a-z-]+)", line)
    }
    assert used <= known


def test_every_make_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", README.read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_settings_table_of_the_readme_is_complete() -> None:
    table = set(re.findall(r"^\| `([A-Z_]+)`", README.read_text(), re.MULTILINE))
    assert table == {variable(name) for name in Settings.model_fields}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_file_that_a_document_links_to_exists(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_source_file_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|yaml))`", README.read_text()))
    assert named
    assert [name for name in sorted(named) if not (ROOT / "trend_assets" / name).exists() and not (ROOT / name).exists()] == []
