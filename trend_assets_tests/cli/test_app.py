import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from trend_assets.cli import app as assembled
from trend_assets.cli import trends
from trend_assets.errors import TransientError
from trend_assets_tests.cli.command import run

COMMANDS = (
    "surfaces",
    "parse",
    "replay",
    "run",
    "trends",
    "explain",
    "remove",
    "sql",
    "eval",
    "scoreboard",
    "sandbox",
    "doctor",
)
SLOW = ("dagster", "pandas", "deltalake", "duckdb", "sqlalchemy", "pydantic", "requests")


def test_help_does_not_wait_for_slow_imports() -> None:
    code = f"import sys, trend_assets.cli\nprint([name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command() -> None:
    shown = run("--help").stdout
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    examples = result.stdout.split("Examples:\n", 1)[1].splitlines()
    assert all(line.startswith(f"    trend-assets {command}") for line in examples if line)


def test_wrong_usage_is_exit_code_2() -> None:
    assert run("trends", "--limit", "0").exit_code == 2
    assert run("nonsense").exit_code == 2


def test_what_may_pass_by_itself_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_lake: object) -> None:
        raise TransientError("Others are writing.")

    monkeypatch.setattr(trends, "settings_of", busy)
    result = run("trends")
    assert (result.exit_code, result.stderr) == (3, "Others are writing.\n")


def test_an_unexpected_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_lake: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(trends, "settings_of", broken)
    with pytest.raises(ZeroDivisionError):
        run("trends")


@pytest.mark.parametrize(
    "command", [("trends",), ("explain", "x"), ("sql", "select 1"), ("run", "--dirty"), ("remove", "--run", "x")]
)
def test_a_missing_lake_is_one_sentence_and_is_not_created(
    command: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("none")
    result = run(*command, "--lake", folder)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"There is no lake at {folder / 'lake'}.")
    assert list(folder.iterdir()) == []


def test_the_program_is_installed_under_its_name() -> None:
    (program,) = entry_points(group="console_scripts", name="trend-assets")
    assert program.load() is assembled
