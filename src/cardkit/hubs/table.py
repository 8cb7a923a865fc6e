"""The hubs there are; to add one: a file that fulfils `hub.Hub`, and a row here."""

from __future__ import annotations

from cardkit.hubs import huggingface, modelers, modelscope
from cardkit.hubs.hub import Hub

HUBS: dict[str, Hub] = {
    "huggingface": huggingface,
    "modelscope": modelscope,
    "modelers": modelers,
}
"""In the order in which an entry's hubs are tried."""
PREFIXES = {"hf": "huggingface", **{name: name for name in HUBS}}
"""What stands before the colon of `hf:owner/name`."""
