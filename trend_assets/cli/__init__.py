"""The command `trend-assets`: one module per family of commands, assembled here.

What is slow to import (Dagster, the lake, the ledger) is imported inside the commands, so that `--help` answers at once.
"""

from trend_assets.cli.app import app

__all__ = ["app"]
