"""What lies in the cache already: found without any network, and held to its hashes again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cardkit.hubs import address, cache, part
from cardkit.hubs.faults import HubError
from cardkit.hubs.fetching import Fetched, Unwatched, Watch
from cardkit.hubs.table import HUBS
from cardkit.hubs.tree import COMMIT, DIGEST, RemoteFile

HERE = "the cache"


def cached(
    name: str,
    *,
    revision: str | None = None,
    hub: str | None = None,
    cache_folder: str | Path | None = None,
    files: Sequence[str] = (),
    registry_folder: str | None = None,
    watch: Watch | None = None,
) -> Fetched:
    """Return a model's files as they lie here, as `fetch` does; nothing is asked of any hub.

    The hashes are those under which the files were kept. Raises UsageError, and HubError
    `hub.network` for what is not here and `hub.hash_mismatch` for what changed since.
    """
    from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

    asked = address.find(
        name, hub=hub, revision=revision, files=tuple(files), registry_folder=registry_folder
    )
    watch = watch or Unwatched()
    root = Path(cache_folder).expanduser() if cache_folder else HUBS[asked.hub].cache()
    here = cache.place(root.absolute(), asked.id)
    wanted = asked.revision or HUBS[asked.hub].REVISION
    pin = _pin(here, wanted)
    folder = here.snapshot(pin)
    if not folder.is_dir():
        raise _missing(asked.id, f"it has no files of {wanted}")
    found = [_file(folder, path) for path in sorted(folder.rglob("*")) if path.is_symlink()]
    kept = list(
        filter_repo_objects(
            found, allow_patterns=list(asked.files) or None, key=lambda file: file.path
        )
    )
    if not kept:
        raise _missing(asked.id, f"it has no such files of {wanted}")
    watch.begin(len(kept), sum(file.size for file in kept), 0)
    for file in kept:
        if not part.is_good(folder / file.path, file, watch.step):
            raise HubError(
                "hub.hash_mismatch",
                f"{file.path} is not the file that was fetched",
                where=asked.id,
                todo="fetch again, with the network",
            )
    commit = pin if COMMIT.fullmatch(pin) and len(pin) == 40 else None
    others = tuple(file.path for file in found if file not in kept)
    notes = ("no hub was asked: its files are those that were fetched before",)
    return Fetched(
        asked.hub, asked.id, wanted, commit, pin, folder, tuple(kept),
        HERE, HERE, 0, notes, others,
    )  # fmt: skip


def _pin(here: cache.Place, revision: str) -> str:
    """Return the commit of a revision, as it was when it was fetched last."""
    if COMMIT.fullmatch(revision):
        return revision
    ref = here.folder / "refs" / revision
    if not ref.is_file():
        raise _missing(here.folder.name, f"it does not know {revision}")
    return ref.read_text(encoding="utf-8").strip()


def _file(folder: Path, path: Path) -> RemoteFile:
    """Return a file as its link tells it: the blob that it leads to is named by its hash."""
    blob = path.resolve()
    name = path.relative_to(folder).as_posix()
    if not DIGEST.fullmatch(blob.name) or not blob.is_file():
        raise _missing(name, "the file is not there, or not kept under its hash")
    return RemoteFile(name, blob.stat().st_size, blob.name)


def _missing(what: str, why: str) -> HubError:
    return HubError(
        "hub.network",
        f"the cache may be used only, and {why}",
        where=what,
        todo="fetch it once with the network: cardkit fetch",
    )
