"""Whether the hubs answer. Nothing but their front door is asked, and no token is sent."""

from __future__ import annotations

import os
import queue
import re
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from cardkit.doctor.lines import Line
from cardkit.hubs import huggingface, modelers, modelscope

SECONDS = 5.0
"""For all hubs together: they are asked at once."""
BLOCKED = {401, 403, 407, 511}
"""What a proxy or a network that asks to log in says; a hub's front door is open."""


class Door(NamedTuple):
    """Where a hub stands, and the variable that moves it to a mirror."""

    variable: str
    own: str


DOORS = {
    "Hugging Face": Door(huggingface.ENDPOINT, huggingface.ORIGIN),
    "ModelScope": Door(modelscope.ENDPOINT, modelscope.ORIGIN),
    "Modelers": Door(modelers.ENDPOINT, modelers.ORIGIN),
}


def hubs() -> Iterator[Line]:
    """Say which hubs answer."""
    answers: queue.SimpleQueue[tuple[str, Line]] = queue.SimpleQueue()
    for name, door in DOORS.items():
        # A daemon: a look-up of a name has no time limit, and must not hold up the end.
        threading.Thread(target=_knock, args=(name, door, answers), daemon=True).start()
    until, said = time.monotonic() + SECONDS, dict[str, Line]()
    while len(said) < len(DOORS):
        try:
            name, line = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        said[name] = line
    for name, door in DOORS.items():
        yield said.get(name) or _closed(name, door, f"no answer in {SECONDS:g} s")


def address(written: str) -> str:
    """Return the address of an endpoint, without a name and password in it.

    >>> address("ant:secret@hub.example/hf/")
    'https://hub.example/hf'
    """
    scheme, _, rest = written.rpartition("://")
    where = re.split("[?#]", rest.rpartition("@")[2])[0].rstrip("/")
    return f"{scheme or 'https'}://{where}"


def _knock(name: str, door: Door, answers: queue.SimpleQueue[tuple[str, Line]]) -> None:
    try:
        line = _ask(name, door)
    except (OSError, HTTPException, ValueError) as error:  # ValueError: no address at all
        reason = error.reason if isinstance(error, URLError) else error
        line = _closed(name, door, str(reason) or type(reason).__name__)
    answers.put((name, line))


def _ask(name: str, door: Door) -> Line:
    where = _where(door)
    if urlsplit(where).scheme not in ("http", "https"):
        raise ValueError("no address of a hub")
    asked = Request(f"{where}/", headers={"User-Agent": "cardkit"})  # noqa: S310 - checked above
    begun = time.monotonic()
    try:
        with build_opener(_Stay).open(asked, timeout=SECONDS) as answer:
            status, onward = answer.status, ""
    except HTTPError as error:
        with error:
            status, onward = error.code, error.headers.get("Location") or ""
    took = time.monotonic() - begun
    if status >= 500 and status not in BLOCKED:
        return _closed(name, door, f"it answers {status}")
    if status in BLOCKED:
        return _closed(name, door, f"it answers {status}: a proxy or a login may stand before it")
    elsewhere = urlsplit(onward).hostname or ""
    if elsewhere and _domain(elsewhere) != _domain(urlsplit(where).hostname or ""):
        return _closed(name, door, f"it sends on to {elsewhere}: a login may stand before it")
    return Line("hub", "ok", f"{name}: {where} answers in {took:.1f} s")


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: where a hub stands is what is asked."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Return None, so that the redirect is the answer."""


def _domain(host: str) -> str:
    """Return the end of a host's name: `www.` and such do not make it another.

    >>> _domain("www.modelscope.cn")
    'modelscope.cn'
    """
    return host if re.fullmatch(r"[\d.:]+", host) else ".".join(host.split(".")[-2:])


def _where(door: Door) -> str:
    return address(os.environ.get(door.variable) or door.own)


def _closed(name: str, door: Door, because: str) -> Line:
    todo = "check the network and its proxy (HTTPS_PROXY)"
    if os.environ.get(door.variable):
        todo = f"check {door.variable}, the network and its proxy (HTTPS_PROXY)"
    elif name == "Hugging Face":
        todo += f", or set {door.variable} to a mirror"
    return Line("hub", "note", f"{name}: {_where(door)} is not reached: {because}", todo)
