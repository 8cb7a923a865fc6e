"""Which model is meant: an entry of the registry, an id with its hub, or a hub's page."""

from __future__ import annotations

from typing import NamedTuple

from cardkit.entries import registry
from cardkit.entries.entry import Entry
from cardkit.errors import CardkitError, UnknownNameError, UsageError
from cardkit.hubs.table import HUBS, PREFIXES
from cardkit.patterns import regex
from cardkit.tables import pick
from cardkit.vocabulary import hosts

ID = regex(r"(?![.-])[\w.-]{1,96}(?:/(?![.-])[\w.-]{1,96})?")
"""As `validate_repo_id` of huggingface_hub has it."""
BRANCH = regex(r"[\w][\w./+~^@:#-]{0,250}")


class Address(NamedTuple):
    """A model at a hub."""

    hub: str
    id: str
    revision: str | None = None
    """None: the hub's main branch."""
    files: tuple[str, ...] = ()
    """Globs; none for all files."""


def is_uri(text: str) -> bool:
    """Return whether a text begins as the address of a model at a hub.

    >>> is_uri("hf:ant/ant-1b@main"), is_uri("cards/ant.md")
    (True, False)
    """
    return text.partition(":")[0] in PREFIXES and ":" in text


def read(text: str) -> Address:
    """Return what an address with its hub says.

    Raises UsageError.

    >>> read("hf:ant/ant-1b@v1.0")
    Address(hub='huggingface', id='ant/ant-1b', revision='v1.0', files=())
    """
    prefix, _, rest = text.partition(":")
    name, _, revision = rest.partition("@")
    return _checked(Address(pick(PREFIXES, prefix, "hub"), name, revision or None))


def find(
    name: str,
    *,
    hub: str | None = None,
    revision: str | None = None,
    files: tuple[str, ...] = (),
    registry_folder: str | None = None,
) -> Address:
    """Return the model that a name means: `hf:owner/name`, a page, an entry, or `owner/name`.

    An entry gives the revision and the files that its card states, where none are asked for.
    Raises UsageError, and UnknownNameError if there is no such entry.
    """
    if hub is not None:
        pick(HUBS, hub, "hub")
    if is_uri(name):
        found = read(name)
    elif name.startswith(("https://", "http://")):
        found = _page(name)
    else:
        found = _named(name, hub, registry_folder)
    if hub is not None and hub != found.hub:
        raise UsageError(
            f"{name} is at {HUBS[found.hub].TITLE}, not at {HUBS[hub].TITLE}",
            todo="leave --hub out, or give the id without its hub",
        )
    if revision is not None and found.revision not in (None, revision) and is_uri(name):
        raise UsageError(f"two revisions: {found.revision} and {revision}", todo="give one of them")
    return _checked(found._replace(revision=revision or found.revision, files=files or found.files))


def _named(name: str, hub: str | None, folder: str | None) -> Address:
    """Return an entry's id at a hub, or the id itself where no entry is called so."""
    bare, at, revision = name.partition("@")
    try:
        address = of_entry(registry.find(folder).find(bare), hub)
    except UnknownNameError:
        if "/" not in bare:
            raise
        address = Address(hub or "huggingface", bare)
    except CardkitError:
        if "/" not in bare or folder:
            raise
        address = Address(hub or "huggingface", bare)
    return address._replace(revision=revision) if at else address


def of_entry(entry: Entry, hub: str | None = None) -> Address:
    """Return where an entry's model is: at the hub that is asked for, or the first that it names.

    Raises UsageError if it names none.
    """
    ids = {each: getattr(entry.hubs, each) for each in HUBS}
    known = {each: valued.value for each, valued in ids.items() if valued is not None}
    if not known or (hub is not None and hub not in known):
        told = " and ".join(HUBS[each].TITLE for each in known) or "no hub"
        raise UsageError(
            f"the entry {entry.name} names {told}",
            todo="give the id itself: hf:owner/name, modelscope:owner/name or modelers:owner/name",
        )
    place = hub or next(iter(known))
    stated = {str(each): valued.value for each, valued in entry.hubs.revisions.items()}
    globs = entry.load.files.value if entry.load.files else []
    return Address(place, known[place], stated.get(place), tuple(globs))


def _page(url: str) -> Address:
    link = hosts.hub_link(url)
    if link is None or link.kind != "model" or link.hub not in HUBS:
        raise UsageError(
            f"no model's page at a hub that is known: {url}",
            todo="write it as hf:owner/name, modelscope:owner/name or modelers:owner/name",
        )
    rest = link.rest.split("/")
    revision = rest[1] if len(rest) == 2 and rest[0] == "tree" else None
    return Address(link.hub, link.id, revision)


def _checked(address: Address) -> Address:
    if not ID.fullmatch(address.id) or "--" in address.id or ".." in address.id:
        raise UsageError(
            f"no model id: {address.id!r}",
            todo="write it as owner/name, as in the address of its page",
        )
    revision = address.revision
    if revision is not None and (not BRANCH.fullmatch(revision) or ".." in revision):
        raise UsageError(
            f"no revision: {revision!r}", todo="give a branch, a tag or the hash of a commit"
        )
    return address
