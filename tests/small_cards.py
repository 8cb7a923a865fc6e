"""Small cards, and how a data set of them is looked at."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

NAMES = [f"Ant {size}B" for size in range(1, 13)]


def card(name: str) -> str:
    """Return a card with something for each table but a few."""
    size = name.split()[1].removesuffix("B")
    return (
        f"---\nlicense: mit\nlanguage: en\n---\n# {name}\n\n{name} has {size}.2B parameters.\n\n"
        "## Evaluation\n\n| Model | MMLU | HellaSwag |\n|---|---|---|\n"
        f"| {name} | 4{size}.5 | 7{size} |\n"
        f"\n## Training\n\n- learning_rate: {size}e-05\n- optimizer: AdamW\n"
    )


CARDS = {name: card(name) for name in NAMES}
ID = {name: f"ants/{name.replace(' ', '-').lower()}" for name in NAMES}


def line(name: str) -> str:
    """Return a line with a card and its id."""
    return json.dumps({"model_id": ID[name], "card": CARDS[name]}) + "\n"


def table(folder: Path | str, name: str, *columns: str) -> list[Any]:
    """Return rows of a table, in the order of its files; of one column its values."""
    import pyarrow.parquet

    paths = sorted(Path(folder).glob(f"{name}/*.parquet"))
    rows = [row for path in paths for row in pyarrow.parquet.read_table(path).to_pylist()]
    if len(columns) == 1:
        return [row[columns[0]] for row in rows]
    return [tuple(row[column] for column in columns) for row in rows] if columns else rows


def digests(folder: Path | str) -> dict[str, str]:
    """Return what each file of a data set holds, hidden ones aside."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }
