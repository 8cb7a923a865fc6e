"""Takes out of a report what tells of this machine: its paths, its tokens, its secrets."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cardkit.doctor import tokens
from cardkit.patterns import regex
from cardkit.sandbox import packages

SECRET = regex(r"(?i)TOKEN|SECRET|PASSW|API_?KEY|ACCESS_?KEY|CREDENTIAL|COOKIE|AUTH")
"""Names of environment variables whose values are secrets."""
IN_ADDRESS = regex(r"(?<=://)[^/@\s]+@")
"""Who asks, and with which password, in the address of a hub or of a proxy."""
SHORTEST = 6
"""Characters of a secret; less is a word, such as `none`."""


def scrubbed(told: Any, places: Mapping[str, Path]) -> Any:
    """Return plain values in which each place of this machine has its name, and no secret is.

    >>> scrubbed({"at": "/tmp/x7/model/a.json"}, {"MODEL": Path("/tmp/x7/model")})
    {'at': 'MODEL/a.json'}
    """
    known = dict.fromkeys(map(str, packages.folders()), "PYTHON")
    known |= {sys.prefix: "PYTHON", sys.base_prefix: "PYTHON", tempfile.gettempdir(): "TMP"}
    known |= {str(Path.home()): "~"} | {str(path): name for name, path in places.items()}
    known |= {os.path.realpath(path): name for path, name in known.items()}
    # The longest first: a place may lie in another. /tmp and its like, and the root, tell nothing.
    ordered = sorted((path for path in known if path.count("/") > 1 or known[path] == "~"),
                     key=len, reverse=True)  # fmt: skip
    ordered = [path for path in ordered if path != "/"]
    secrets = {
        value for name, value in os.environ.items() if SECRET.search(name)
        if len(value.strip()) >= SHORTEST and not value.strip().isdecimal()
    }  # fmt: skip

    def clean(text: str) -> str:
        text = IN_ADDRESS.sub("…@", tokens.hide(text))
        for secret in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret.strip(), "…")
        for path in ordered:
            text = text.replace(path, known[path])
        return text

    def walk(part: Any) -> Any:
        if isinstance(part, str):
            return clean(part)
        if isinstance(part, dict):
            return {clean(key): walk(value) for key, value in part.items()}
        if isinstance(part, list | tuple):
            return [walk(each) for each in part]
        return part

    return walk(told)
