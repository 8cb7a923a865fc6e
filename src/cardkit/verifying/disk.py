"""What a verification keeps on the disk, and what it frees."""

from __future__ import annotations

from pathlib import Path

from cardkit.hubs.fetching import Fetched
from cardkit.report import Disk


def lying(folder: Path) -> frozenset[str]:
    """Return the names of the blobs that lie in a model's folder of the cache."""
    return frozenset(path.name for path in folder.glob("blobs/*") if "." not in path.name)


def free(fetched: Fetched, before: frozenset[str], *, keep: bool) -> Disk:
    """Remove what came for this run only, unless it is to be kept, and say what lies there."""
    folder = fetched.folder.parents[1]
    freed = 0
    if not keep:
        for name in lying(folder) - before:
            blob = folder / "blobs" / name
            freed += blob.stat().st_size
            blob.unlink()
        for link in sorted(fetched.folder.rglob("*"), reverse=True):
            if link.is_symlink() and not link.exists():
                link.unlink()
            elif link.is_dir() and not any(link.iterdir()):
                link.rmdir()
    kept = sum(path.stat().st_size for path in folder.glob("blobs/*") if path.is_file())
    return Disk(folder=str(fetched.folder), kept=kept, freed=freed)
