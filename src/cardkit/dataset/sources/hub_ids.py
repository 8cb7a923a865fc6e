"""Models at hubs, by their ids: only their cards are fetched."""

from __future__ import annotations

import base64
import json
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import islice

from cardkit.dataset.rows import Card, failure
from cardkit.dataset.shelf import writing
from cardkit.dataset.sources.source import Found, Source, opened
from cardkit.errors import CardkitError
from cardkit.hubs import address, read_card
from cardkit.hubs.faults import HubError

PREFIX = "ids:"
AT_ONCE = 8
"""Cards that are fetched at the same time."""
FOR_GOOD = ("hub.not_found", "hub.gated")
"""What a hub says of a model, not of the way to it: it becomes a row; all else ends the build."""


def is_id(written: str) -> bool:
    """Return whether a source is a single model at a hub.

    >>> is_id("hf:ant/ant-1b"), is_id("hf://datasets/ant/cards/pool.parquet")
    (True, False)
    """
    return address.is_uri(written) and "://" not in written and not os.path.lexists(written)


def is_one(path: str) -> bool:
    """Return whether it is `ids:FILE`, or an id."""
    return path.startswith(PREFIX) or is_id(path)


def size(source: Source) -> int:
    """Return the number of ids; a card has some thousand bytes."""
    return 4096 * len(_ids(source))


def digest(source: Source) -> str | None:  # noqa: ARG001 - a Kind's
    """Return None: the hubs must be asked what they have now."""
    return None


def cards(source: Source) -> Iterator[Found]:
    """Yield the cards as the hubs have them; a model that has none is refused with the reason.

    What is fetched is kept, a line each, so that a build that was stopped does not ask again.
    Raises HubError where a hub is not reached: then nothing is known of the model.
    """
    ids = _ids(source)
    there = _kept(source.kept)
    wanted = iter([uri for uri in ids if uri not in there])
    with ThreadPoolExecutor(AT_ONCE) as threads, ExitStack() as stack:
        fetched = deque(threads.submit(_fetch, source, uri) for uri in islice(wanted, AT_ONCE))
        stack.callback(lambda: threads.shutdown(wait=False, cancel_futures=True))
        for done, uri in enumerate(ids, 1):
            if uri not in there:
                card = fetched.popleft().result()
                fetched.extend(threads.submit(_fetch, source, uri) for uri in islice(wanted, 1))
                _keep(source.kept, uri, card)
            else:
                card = _again(str(source.kept), there[uri])
            yield Found(card, done / len(ids))


def _fetch(source: Source, uri: str) -> Card:
    try:
        found = read_card(uri)
    except HubError as error:
        if error.code not in FOR_GOOD:
            raise
        return _missing(source, uri, error)
    except CardkitError as error:
        return _missing(source, uri, error)
    model_id = found.id if address.ID.fullmatch(found.id) else None
    return Card(f"{source.name}#{uri}", source.name, found.raw, model_id, found.pinned)


def _kept(path: str | None) -> dict[str, int]:
    """Return where in the file each card stands that was fetched before; a cut line holds none."""
    there: dict[str, int] = {}
    if path is None or not os.path.exists(path):
        return there
    with open(path, "rb") as lines:
        at = 0
        for line in lines:
            with suppress(ValueError):
                uri, _ = json.loads(line)
                there[uri] = at
            at += len(line)
    return there


def _again(path: str, at: int) -> Card:
    """Return a card that was fetched before."""
    with open(path, "rb") as lines:
        lines.seek(at)
        _, fields = json.loads(lines.readline())
    fields["raw"] = base64.b64decode(fields["raw"])
    fields["refused"] = tuple(fields["refused"]) if fields["refused"] else None
    return Card(**fields, reports=())


def _keep(path: str | None, uri: str, card: Card) -> None:
    if path is None:
        return
    fields = card._asdict()
    del fields["reports"]
    fields["raw"] = base64.b64encode(card.raw).decode()
    with writing(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "ab") as lines:
            lines.write(f"\n{json.dumps([uri, fields])}".encode())  # behind a line that was cut


def _missing(source: Source, uri: str, error: CardkitError) -> Card:
    code, message = failure("", error)[2], failure("", error)[4]
    return Card(f"{source.name}#{uri}", source.name, b"", given_id=uri, refused=(code, message))


def _ids(source: Source) -> list[str]:
    """Return the ids, one a line; `#` begins a remark. Raises UsageError for one that is none."""
    if source.path.startswith(PREFIX):
        with opened(source.path.removeprefix(PREFIX)) as file:
            text = file.read().decode("utf-8", "replace")
    else:
        text = source.path
    written = (line.partition("#")[0].strip() for line in text.splitlines())
    ids = [each if address.is_uri(each) else f"hf:{each}" for each in written if each]
    for each in ids:
        address.read(each)
    return list(dict.fromkeys(ids))
