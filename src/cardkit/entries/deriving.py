"""What follows from an entry's own values: its chat template, the files and versions it needs."""

from __future__ import annotations

from typing import Any

from cardkit.entries.building import Leaf, Tree
from cardkit.prompts.chat_template import chat_template

FILES = {
    "transformers": ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"],
}
"""What from_pretrained reads, by library: weights as safetensors only, configs, tokenizers."""
VERSIONS = {"transformers": {"transformers": ">=5.13.1", "torch": ">=2.10"}}
"""Floors of safe loading: CVE-2026-4372, CVE-2025-32434, CVE-2026-24747."""
PLAIN = "{prompt}"
"""The format of a base model: the text itself."""


def derive(tree: Tree) -> Tree:
    """Return an entry's sections with what follows from them; what is there already stays."""
    load, prompt = dict(tree.get("load", {})), dict(tree.get("prompt", {}))
    library = _value(load, "library")
    if library in FILES:
        load.setdefault("files", {"value": FILES[library], "derived": "load.library"})
        floors = {
            package: {"value": floor, "derived": "cardkit's floors for safe loading"}
            for package, floor in VERSIONS[library].items()
        }
        load["versions"] = floors | load.get("versions", {})
    if "format" not in prompt:
        if not prompt.keys() & {"none", "chat_template"}:
            reason = "the card documents no prompt format"
            prompt["none"] = {"value": reason, "derived": "the record's prompt"}
    elif prompt["format"]["value"] != PLAIN and "decided" not in prompt.get("chat_template", {}):
        # A format that the card documents goes before the template of the hub's files.
        forms = [name for name in ("format", "with_system", "turns", "system") if name in prompt]
        template = chat_template(
            prompt["format"]["value"],
            with_system=_value(prompt, "with_system"),
            turns=_value(prompt, "turns"),
            system=_value(prompt, "system"),
        )
        names = ", ".join(f"prompt.{name}" for name in forms)
        prompt["chat_template"] = {"value": template, "derived": names}
    return {**tree, "load": load, "prompt": prompt}


def _value(section: dict[str, Leaf], name: str) -> Any:
    return section[name]["value"] if name in section else None
