"""The floors of the house: a file imports from below, and a heavy package only in its home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"

# From the ground up. The rows of one number are the steps of its stair; a new file gets a place
# in the lowest row that is above all it imports. `x.*` are the files of a folder, `x` its
# __init__.
FLOORS = [
    (0, "errors kept patterns"),
    (0, "ruins tables text workers"),
    (0, "blocks facts"),
    (1, "vocabulary vocabulary.*"),
    (1, "limits page page.* place problems record"),
    (1, "inputs records schema values values.* yaml_tree"),
    (1, "yaml_mends"),
    (2, "blocks.*"),
    (2, "card scan"),
    (2, "grids grids.* prose prose.* snippets snippets.*"),
    (2, "architectures architectures.* memory"),
    (2, "names names.* noise noise.* rendered"),
    (2, "spec spec.* stated"),
    (2, "training training.*"),
    (3, "fields fields.*"),
    (4, "fixes ingest"),
    (4, "lint readings"),
    (5, "prompts prompts.*"),
    (6, "entries entries.*"),
    (6, "openlm openlm.*"),
    (7, "configs configs.*"),
    (7, "hubs hubs.*"),
    (7, "plan"),
    (7, "outcome"),
    (7, "report"),
    (8, "rewrites rewrites.*"),
    (8, "sandbox sandbox.*"),
    (8, "checks checks.*"),
    (8, "runner runner.*"),
    (8, "rehearsal rehearsal.*"),
    (8, "shown shown.*"),
    (8, "fix_files"),
    (8, "doctor doctor.*"),
    (8, "dataset dataset.*"),
    (8, "exports exports.*"),
    (8, "verifying verifying.*"),
    (9, "commands"),
    (9, "cli cli.* __init__"),
    (9, "__main__"),
]
APART = ("blocks", "fields", "noise", "rewrites.rules")
"""Folders whose files do not import each other."""
HOMES = {
    "bs4": "blocks.html_table",
    "charset_normalizer": "inputs",
    "fsspec": "dataset.far",
    "duckdb": "dataset.query",
    "filelock": "dataset.build hubs.cache",
    "httpx2": "hubs.hub hubs.huggingface hubs.modelers hubs.modelscope hubs.download hubs.web",
    "huggingface_hub": (
        "doctor.room doctor.tokens hubs.asking hubs.cache hubs.cached hubs.fetching "
        "hubs.huggingface"
    ),
    "jinja2": "prompts.rendering",
    "langcodes": "vocabulary.languages fixes",
    "license_expression": "vocabulary.licences",
    "markdown_it": "scan",
    "matplotlib": "dataset.plots",
    "pyarrow": (
        "dataset.columns "
        "dataset.publishing "
        "dataset.rows_as_json "
        "dataset.sources.jsonl "
        "dataset.sources.parquet "
        "dataset.sources.tar "
    ),
    "pydantic": (
        "record records entries.origins entries.entry entries.files plan outcome runner.* "
    ),
    "ray": "dataset.on_ray",
    "rich": "",
    "ruamel": "entries.writing",
    "torch": (
        "openlm.model rehearsal.standin runner.divergence runner.forced runner.parity runner.* "
    ),
    "transformers": (
        "entries.tokens "
        "openlm "
        "openlm.config "
        "openlm.model "
        "rehearsal.sizes "
        "rehearsal.standin "
        "rehearsal.tokens "
        "runner.* "
    ),
    "typer": (
        "cli "
        "cli.cards "
        "cli.doctor "
        "cli.hubs "
        "cli.models "
        "cli.verify "
        "cli.leaving "
        "cli.dataset "
        "cli.exports "
    ),
    "yaml": (
        "vocabulary "
        "yaml_tree "
        "shown.outputs "
        "entries.yaml_values "
        "configs.lists "
        "checks.limits "
        "exports.eval_results "
        "exports.model_index "
    ),
}
AT_THE_TOP = {"pydantic", "typer", "yaml"}
"""What may be imported when its home is; the others wait inside a function."""
BEHIND_A_FUNCTION = {"openlm.config", "openlm.model"}
"""Files that need the extra `run`; others import them in functions only."""


@cache
def files() -> dict[str, Path]:
    """Return the files of the package by their names."""
    paths = (SOURCE / "cardkit").rglob("*.py")
    names = {path: ".".join(path.relative_to(SOURCE).with_suffix("").parts[1:]) for path in paths}
    return {name.removesuffix(".__init__"): path for path, name in names.items()}


def imported(name: str) -> Iterator[tuple[str, bool]]:
    """Yield what a file imports, and whether at its top."""
    tree = ast.parse(files()[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.col_offset == 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name} imports by dots; write the whole name"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                known = inside.removeprefix("cardkit.") in files()
                yield inside if known else str(node.module), node.col_offset == 0


def floor(name: str) -> int:
    """Return the row that a file stands in."""
    folder = name.partition(".")[0]
    for row, (_, rooms) in enumerate(FLOORS):
        if name in rooms.split() or ("." in name and f"{folder}.*" in rooms.split()):
            return row
    raise AssertionError(f"give {name} a place in FLOORS")


def above(name: str) -> str:
    """Return the folder of a file."""
    return name.rpartition(".")[0]


@pytest.mark.parametrize("name", files())
def test_a_file_imports_from_below(name: str) -> None:
    for target, _ in imported(name):
        if not target.startswith("cardkit."):
            continue
        room = target.removeprefix("cardkit.")
        if room.partition(".")[0] != name.partition(".")[0]:
            assert floor(room) < floor(name), f"{name} reaches up or sideways to {room}"
        elif room.startswith(APART):
            assert room == above(name) or above(room) == name, (
                f"{name} imports {room} of its own folder: move what they share one floor down"
            )


@pytest.mark.parametrize("name", files())
def test_a_package_is_imported_in_its_home(name: str) -> None:
    for target, at_the_top in imported(name):
        package = target.partition(".")[0]
        if package in HOMES:
            assert {name, f"{above(name)}.*"} & {*HOMES[package].split()}, (
                f"{name} imports {package}, which lives elsewhere"
            )
            assert not at_the_top or package in AT_THE_TOP or name in BEHIND_A_FUNCTION, (
                f"{name} imports {package} at its top: import it in the function that needs it"
            )


@pytest.mark.parametrize("name", files())
def test_what_needs_the_extra_run_waits_inside_a_function(name: str) -> None:
    tops = {target.removeprefix("cardkit.") for target, at_the_top in imported(name) if at_the_top}
    assert name in BEHIND_A_FUNCTION or not tops & BEHIND_A_FUNCTION


def test_each_place_is_taken() -> None:
    rooms = [room for _, row in FLOORS for room in row.split()]
    gone = [room for room in rooms if room.removesuffix(".*") not in files()]
    assert (gone, len(rooms)) == ([], len(set(rooms)))
