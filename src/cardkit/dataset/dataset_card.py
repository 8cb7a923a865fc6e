"""The card of the data set itself: a README.md as the Hub and `datasets` read it."""

from __future__ import annotations

from cardkit.dataset.manifest import Manifest
from cardkit.dataset.tables import TABLES

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)


def as_markdown(manifest: Manifest) -> str:
    """Return the card; its configs are the tables: `load_dataset(folder, "models")`."""
    rows = dict.fromkeys(TABLES, 0)
    for path, file in manifest.files.items():
        rows[path.partition("/")[0]] += file.rows
    cards = sum(part.cards for known in manifest.sources.values() for part in known.parts)
    said = [
        "---",
        "pretty_name: Normalized metadata of model cards",
        "tags: [model-cards, metadata, cardkit]",
        f"size_categories: [{size(cards)}]",
        "configs:",
    ]
    for name in (name for name in TABLES if rows[name]):  # `datasets` loads no empty one
        said += [f"- config_name: {name}", f"  data_files: {name}/*.parquet"]
        said += ["  default: true"] if name == "models" else []
    said += [
        "---",
        "",
        "# Normalized metadata of model cards",
        "",
        f"What {cards:,} model cards say of their models, read by cardkit {manifest.cardkit}: "
        f"{rows['models']:,} could be read. A value that a card does not state is missing, never a "
        "default; `evidence` has the characters that each value was read from, `problems` what is "
        "wrong with a card, `unread` what could not be read with certainty.",
        "",
        "| table | rows | what a row is |",
        "|---|---:|---|",
        *(f"| {name} | {rows[name]:,} | {table.text} |" for name, table in TABLES.items()),
        "",
        "The tables are joined by `card`. [DICTIONARY.md](DICTIONARY.md) explains every column; "
        "`croissant.json` is the same for programs.",
        "",
        "```sql",
        "SELECT license_id, count(*) FROM 'models/*.parquet' GROUP BY 1 ORDER BY 2 DESC;",
        "```",
        "",
        "The texts of summaries, prompts and examples are those of the cards, under the licences "
        "of their authors.",
        "",
        "## Sources",
        "",
        "| source | kind | cards |",
        "|---|---|---:|",
    ]
    for name, known in manifest.sources.items():
        shown = name.replace("|", "\\|")
        said.append(f"| {shown} | {known.kind} | {sum(part.cards for part in known.parts):,} |")
    return "\n".join(said) + "\n"


def size(cards: int) -> str:
    """Return the Hub's word for a number of rows.

    >>> size(28), size(3_974), size(2_000_000)
    ('n<1K', '1K<n<10K', '1M<n<10M')
    """
    words = ["n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B"]
    return words[sum(cards >= most for most in SIZES)]
