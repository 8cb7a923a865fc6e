"""open_lm: cardkit's OpenLM.

It is not on the package index and works with old releases of transformers only. Seen on: the DCLM
models.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cardkit.rewrites.code import Code, Edit
from cardkit.rewrites.importing import used
from cardkit.rewrites.refused import RefusedError
from cardkit.rewrites.target import Target

BECAUSE = (
    "open_lm is not on the package index and runs with old transformers only; cardkit has OpenLM"
)
REGISTER = "from cardkit import openlm; openlm.register()"
CLASSES = {
    "OpenLMConfig": "from cardkit.openlm.config import OpenLMConfig{alias}",
    "OpenLMModel": "from cardkit.openlm.model import OpenLMModel{alias}",
    "OpenLMforCausalLM": "from cardkit.openlm.model import OpenLMForCausalLM as {name}",
}


def rewrite(code: Code, target: Target) -> Iterator[Edit]:  # noqa: ARG001
    """Import OpenLM from cardkit.

    Raises RefusedError for parts of open_lm that cardkit has not.
    """
    names = used(code)
    said = set(code.text.split("\n"))
    register = [] if REGISTER in said else [REGISTER]
    for node in code.all(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            if any(alias.name.partition(".")[0] == "open_lm" for alias in node.names):
                yield code.replaced(node, REGISTER, BECAUSE, "env.missing_package")
                register = []
            continue
        if not isinstance(node, ast.ImportFrom):
            continue
        if (node.module or "").partition(".")[0] != "open_lm":
            continue
        lines, register = register, []
        for alias in node.names:
            name = alias.asname or alias.name
            if alias.name == "*":
                lines += [
                    line.format(name=each, alias="")
                    for each, line in CLASSES.items()
                    if each in names
                ]
            elif alias.name in CLASSES:
                shown = f" as {alias.asname}" if alias.asname else ""
                lines.append(CLASSES[alias.name].format(name=name, alias=shown))
            elif name in names:
                raise RefusedError(
                    "env.missing_package",
                    f"open_lm is not installed, and cardkit's OpenLM has no {alias.name}",
                )
        lines = [line for line in dict.fromkeys(lines) if line not in said]
        said |= {*lines}
        if not lines:
            yield code.dropped(node, BECAUSE, "env.missing_package")
            continue
        indent = "\n" + " " * node.col_offset
        yield code.replaced(node, indent.join(lines), BECAUSE, "env.missing_package")
