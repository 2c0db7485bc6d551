"""Puts the commands together, and turns our errors into one sentence and an exit code."""

import importlib.util
import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from trend_assets.cli import doctor, evaluate, explain, health, live, parse, remove, replay, run, sandbox, sql, surfaces, trends
from trend_assets.cli.printing import clean
from trend_assets.errors import PermanentError, TrendError

WRONG = 2
"""Exit code for wrong input: trying again cannot help."""
TRY_AGAIN = 3
"""Exit code for what may pass by itself."""

_DEMO = "trend_assets.cli.demo"
_ABOUT = """Find what is starting to trend, and the evidence for it.

`live` captures the platforms by itself, `demo` an imitation of them, `replay` loads recorded history. `trends` shows what is
trending, `explain` says why, `health` whether the surfaces deliver, `sql` answers everything else. Times are UTC.
Exit codes: 0 done, 1 something is wrong (doctor, health), 2 wrong input, 3 try again later.
"""


class Commands(TyperGroup):
    """The group of all commands. Unexpected errors keep their traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error of ours becomes a message on stderr and an exit code."""
        try:
            return super().invoke(ctx)
        except TrendError as error:
            typer.echo(clean(str(error), keep_lines=True), err=True)
            raise typer.Exit(WRONG if isinstance(error, PermanentError) else TRY_AGAIN) from error
        except BrokenPipeError:
            # Whoever read our output (`| head`) has enough; what is still buffered goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None


app = typer.Typer(
    cls=Commands, help=_ABOUT, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)
for module in (surfaces, parse, replay, run, trends, explain, health, remove, sql, evaluate, sandbox, live, doctor):
    module.register(app)


def _demo(context: typer.Context) -> None:
    """Capture two simulated days of the platforms, compute them, and show how it goes on, on Dagster's pages."""
    command = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    command.command()(importlib.import_module(_DEMO).demo)
    typer.main.get_command(command)(context.args, prog_name=context.command_path, standalone_mode=False)


if importlib.util.find_spec(_DEMO):
    # Its options are its own module's, which is imported only when it is asked for.
    app.command("demo", add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
        _demo
    )
