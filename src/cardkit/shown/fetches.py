"""What a fetch brought, for a person and for a program."""

from __future__ import annotations

import json

from cardkit.hubs.cache import gigabytes
from cardkit.hubs.fetching import Fetched
from cardkit.hubs.table import HUBS


def as_text(fetched: Fetched) -> str:
    """Return it in three lines; the last is the folder."""
    size = gigabytes(sum(file.size for file in fetched.files))
    what = f"commit {fetched.commit}" if fetched.commit else f"pinned by its hashes {fetched.pin}"
    return (
        f"{fetched.id}, {fetched.revision} of {HUBS[fetched.hub].TITLE}: {what}\n"
        f"{len(fetched.files)} files, {size}, each with the hash that {fetched.tree_from} tells; "
        f"{gigabytes(fetched.came)} came now\n"
        f"{fetched.folder}"
    )


def as_json(fetched: Fetched) -> str:
    """Return all of it, the files with their hashes."""
    files = [{**file._asdict(), "algorithm": file.algorithm} for file in fetched.files]
    told = {**fetched._asdict(), "folder": str(fetched.folder), "files": files}
    return json.dumps(told, ensure_ascii=False, indent=2)


FORMATS = {"text": as_text, "json": as_json}
