"""Reading the recordings beside the repository (fixture `shared_data`)."""

import gzip
import json
from pathlib import Path
from typing import Any


def read(path: Path) -> Any:
    """Return a recording: JSON as its value, JSON lines as a list, everything else as text."""
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line]
    return json.loads(text) if name.endswith(".json") else text
