"""Whether there are tokens, where the hubs' own libraries look for them; never which."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cardkit.doctor.lines import Line

VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MODELSCOPE_API_TOKEN")
NOT_NEEDED = "only gated and private models need one: "


def tokens() -> Iterator[Line]:
    """Say for which hubs there is a token."""
    if _huggingface():
        yield Line("token", "ok", "Hugging Face: there is one")
    else:
        yield Line("token", "note", "Hugging Face: none", f"{NOT_NEEDED}hf auth login")
    jar = Path(os.environ.get("MODELSCOPE_HOME") or Path.home() / ".modelscope")
    if os.environ.get("MODELSCOPE_API_TOKEN") or (jar / "credentials" / "cookies").is_file():
        yield Line("token", "ok", "ModelScope: there is one")
    else:
        todo = f"{NOT_NEEDED}modelscope login, or MODELSCOPE_API_TOKEN"
        yield Line("token", "note", "ModelScope: none", todo)


def hide(text: str) -> str:
    """Return a text without the tokens of this environment: a library may have printed one.

    >>> os.environ["MODELSCOPE_API_TOKEN"] = "ms-1234567890"
    >>> hide("no such token: ms-1234567890")
    'no such token: …'
    >>> del os.environ["MODELSCOPE_API_TOKEN"]
    """
    known = {os.environ.get(name, "").strip() for name in VARIABLES} | {_huggingface() or ""}
    for token in sorted(known, key=len, reverse=True):
        if len(token) >= 6:  # less is a word, such as "none", and no token
            text = text.replace(token, "…")
    return text


def _huggingface() -> str | None:
    try:
        from huggingface_hub import get_token
    except ImportError:  # said by the line of its version
        return os.environ.get("HF_TOKEN")
    return get_token()
