"""Asks one address for answers: again where that may help, and with a token only its own hub.

Redirects are followed here, one by one, so that a token never goes along to another host.
"""

from __future__ import annotations

import random
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urljoin, urlsplit

from cardkit.hubs.faults import KEPT, HubError, TryAgainError
from cardkit.patterns import regex

if TYPE_CHECKING:
    import httpx2

    from cardkit.hubs.hub import Hub

Answer = TypeVar("Answer")

TRIES = 6
"""Tries one after the other that bring nothing, before it is given up: about a minute."""
FIRST_WAIT = 1.0
"""Seconds before the second try; then twice as long each time, and never all at the same moment."""
LONGEST_WAIT = 600.0
"""Seconds that a server may ask to wait."""
HOPS = 8
HERE = ("127.0.0.1", "localhost")
"""Names of this machine."""
CONNECT, READ = 10.0, 60.0
"""Seconds until a host answers, and between two pieces of what it sends."""
LARGEST = 64 << 20
"""Bytes of an answer that is no file: the tree of the largest repositories has a tenth."""
LONGEST_REFUSAL = 1 << 16
"""Bytes of an error's page that are read."""
BUSY = (408, 425, 429, 500, 502, 503, 504)
RESET = regex(r"\bt=(\d+)")  # `ratelimit: "api";r=0;t=55`, the Hub's own way to say when


class Web:
    """One address of a hub, and how it is asked."""

    def __init__(
        self,
        hub: Hub,
        base: str,
        what: str,
        *,
        trusted: bool,
        tries: int = TRIES,
        connect: float = CONNECT,
        stop: threading.Event | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        import httpx2

        self.hub = hub
        self.base, login = _apart(base.rstrip("/"))
        """Without a password: httpx2 logs each address that it asks."""
        self.what = what
        """The model that is asked for, for messages."""
        self.tries = tries
        self.stop = stop or threading.Event()
        self.say = say
        token = hub.token() if trusted else None
        self._credentials = hub.credentials(token) if token else login
        timeout = httpx2.Timeout(READ, connect=connect)
        # no proxy stands between this machine and itself, whatever HTTP_PROXY says
        straight = dict.fromkeys(f"all://{host}" for host in HERE)
        self._client = httpx2.Client(timeout=timeout, follow_redirects=False, mounts=straight)
        self.came = 0
        """Bytes of files that came."""
        self._counting = threading.Lock()

    @property
    def host(self) -> str:
        """The host, and its port if it has one."""
        return urlsplit(self.base).netloc

    def json(self, path: str) -> Any:
        """Return an answer's JSON. Raises HubError."""
        return self.patiently(lambda: self._page(self.base + path))[0]

    def pages(self, path: str) -> Iterator[Any]:
        """Yield the JSON of an answer and of the ones that it links to as next."""
        url: str | None = self.base + path
        seen: set[str] = set()
        while url and url not in seen:
            seen.add(url)
            here = url
            page, after = self.patiently(lambda here=here: self._page(here))  # type: ignore[misc]
            yield page
            url = urljoin(url, after) if after else None

    def dicts(self, rows: Any) -> list[dict[str, Any]]:
        """Return a list of objects as such. Raises HubError if it is none."""
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._no_hub("an answer of another shape")
        return rows

    def patiently(self, act: Callable[[], Answer]) -> Answer:
        """Return what an act gives, tried again while that may help."""
        for failures in range(1, self.tries + 1):
            try:
                return act()
            except TryAgainError as error:
                self.wait(failures, error)
        raise AssertionError("wait raises")

    def wait(
        self, failures: int, error: TryAgainError, say: Callable[[str], None] | None = None
    ) -> None:
        """Wait before the next try, and say so. Raises HubError where there is none."""
        if failures >= self.tries:
            raise HubError(
                "hub.network",
                f"{self.host}: {error}",
                where=self.what,
                todo=f"check the network, or give a mirror with --endpoint or {self.hub.ENDPOINT}; "
                f"{KEPT}",
            ) from error
        seconds = FIRST_WAIT * 2 ** (failures - 1) * random.uniform(0.75, 1.25)  # noqa: S311
        if error.after is not None:
            if error.after > LONGEST_WAIT:
                raise HubError(
                    "hub.network",
                    f"{self.host}: {error}, and asks to come back in {error.after:.0f} seconds",
                    where=self.what,
                    todo=f"try then; {KEPT}",
                ) from error
            seconds = max(error.after, seconds if error.after <= 0 else 0)
        (say or self.say)(f"{self.host}: {error}; again in {seconds:.0f} s")
        if self.stop.wait(seconds):
            raise StoppedError

    @contextmanager
    def stream(self, url: str, start: int = 0, end: int | None = None) -> Iterator[httpx2.Response]:
        """Give an answer whose body is not read yet: 200, 206, or 416 for bytes past its end.

        Not all servers know ranges: 200 brings the whole.
        Raises TryAgainError and HubError.
        """
        import httpx2

        try:
            part = f"bytes={start}-{'' if end is None else end - 1}"
            response = self._asked(url, {"Range": part} if start or end is not None else {})
            try:
                if response.status_code not in (200, 206, 416):
                    raise self._refused(response)
                yield response
            finally:
                response.close()
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise self._no_hub("an address that is none") from error
        except httpx2.TransportError as error:
            raise TryAgainError(_said(error)) from error

    def count(self, size: int) -> None:
        """Count bytes of files; several threads do."""
        with self._counting:
            self.came += size

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _page(self, url: str) -> tuple[Any, str | None]:
        import json

        with self.stream(url) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LARGEST:
                    raise self._no_hub("an answer without end")
            try:
                return json.loads(body), response.links.get("next", {}).get("url")
            except ValueError:
                page = body.lstrip()[:1] == b"<"
                raise self._no_hub("a page of HTML" if page else "no JSON") from None

    def _asked(self, url: str, headers: dict[str, str]) -> httpx2.Response:
        """Return an answer, its redirects followed."""
        for _ in range(HOPS):
            # Bytes as they are: a hash is that of the file, not of how it travelled.
            sent = {**headers, "Accept-Encoding": "identity", **self._credentials_for(url)}
            sent["User-Agent"] = "cardkit"
            try:
                response = self._client.send(
                    self._client.build_request("GET", url, headers=sent), stream=True
                )
            finally:
                self._client.cookies.clear()  # what one host sets, no other is told
            if not response.has_redirect_location:
                return response
            response.close()
            after = urljoin(url, response.headers["Location"])
            if urlsplit(url).scheme == "https" and urlsplit(after).scheme != "https":
                raise self._no_hub("a redirect out of https")
            url = after
        raise self._no_hub("redirects without end")

    def _credentials_for(self, url: str) -> dict[str, str]:
        return self._credentials if origin_of(url) == origin_of(self.base) else {}

    def _refused(self, response: httpx2.Response) -> Exception:
        """Return what an answer that gives nothing means."""
        if response.status_code in BUSY:
            return TryAgainError(f"it answers {response.status_code}", _after(response))
        body = b""
        for piece in response.iter_bytes():
            body += piece
            if len(body) > LONGEST_REFUSAL:
                break
        return self.hub.fault(response, body, self.what) or HubError(
            "hub.network",
            f"{self.host} answers {response.status_code}",
            where=self.what,
            todo="look whether the address is a hub's, and try again later",
        )

    def _no_hub(self, why: str) -> HubError:
        return HubError(
            "hub.network",
            f"{self.host} is no {self.hub.TITLE} hub: it gives {why}",
            where=self.what,
            todo=f"check --endpoint and {self.hub.ENDPOINT}; a network that asks to log in "
            "answers so too",
        )


class StoppedError(Exception):
    """The fetch was stopped; what came so far is kept."""


def is_here(url: str) -> bool:
    """Tell whether an address is of this machine.

    >>> is_here("http://127.0.0.1:8000"), is_here("https://hf.co")
    (True, False)
    """
    return urlsplit(url).hostname in HERE


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Return the scheme, host and port of an address.

    >>> origin_of("https://Hub.example/a") == origin_of("https://hub.example:443")
    True
    """
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _apart(base: str) -> tuple[str, dict[str, str]]:
    """Return an address without who asks and with which password, and the header that says it.

    >>> _apart("https://ant:secret@hub.example/a")
    ('https://hub.example/a', {'Authorization': 'Basic YW50OnNlY3JldA=='})
    """
    parts = urlsplit(base)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return base, {}
    name, _, password = login.partition(":")
    pair = f"{unquote(name)}:{unquote(password)}".encode()
    header = {"Authorization": f"Basic {b64encode(pair).decode()}"}
    return parts._replace(netloc=host).geturl(), header


def _after(response: httpx2.Response) -> float | None:
    """Return the seconds that a busy server asks to wait."""
    told = response.headers.get("Retry-After", "")
    if told.isdecimal():
        return float(told)
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, TypeError):
        limited = response.status_code == 429
        reset = RESET.search(response.headers.get("RateLimit", "")) if limited else None
        return float(reset[1]) if reset else None


def _said(error: Exception) -> str:
    """Return what a failed connection is, in words that hold no address."""
    kind = type(error).__name__
    words = {
        "ConnectError": "it cannot be reached",
        "ConnectTimeout": "it does not answer",
        "ReadTimeout": "it sent nothing more",
        "ReadError": "the connection was cut",
        "RemoteProtocolError": "the connection was cut",
        "ProxyError": "the proxy refuses",
    }
    return words.get(kind, f"the connection failed ({kind})")
