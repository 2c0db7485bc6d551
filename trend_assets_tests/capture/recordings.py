"""Reading the recordings beside the repository (fixture `shared_data`)."""

import gzip
import json
from pathlib import Path
from typing import Any


def read(path: Path) -> Any:
    """Return a recording: JSON as its value, JSON lines as a list, everything else as text."""
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as file:
        text = file.read()
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line]
    return json.loads(text) if name.endswith(".json") else text
