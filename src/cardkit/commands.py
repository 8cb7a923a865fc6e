"""What commands do once their arguments are known."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

from cardkit.errors import CardkitError

if TYPE_CHECKING:
    from cardkit.readings import Given


def ingest(
    cards: Sequence[str],
    format: str | None = None,  # noqa: A002 - the option's name
    model_id: str | None = None,
    output: str | None = None,
) -> int:
    """Read cards into records; return the exit code."""
    from cardkit import inputs, readings
    from cardkit.shown import outputs
    from cardkit.shown.progress import Progress

    far = [card for card in cards if ":" in card and not os.path.lexists(card) and _is_far(card)]
    uris, errors = inputs.find(card for card in cards if card not in far)
    given: dict[str, readings.Given] = {}
    for card in dict.fromkeys(far):
        try:
            uri, own = _from_hub(card)
            given[uri] = own
        except CardkitError as error:
            errors.append(error)
    uris += given
    readings.check_model_id(model_id, uris)
    ways = outputs.Ways(format, output, tuple(uris))
    code = say_all(errors)
    with outputs.opened(ways) as put, Progress(sys.stderr, len(uris)) as progress:
        for reading in readings.readings(uris, model_id=model_id, given=given):
            progress.step(reading.uri, bad=reading.record is None)
            if sys.stdout.isatty() or reading.error:
                progress.clear()
            if reading.error:
                code = max(code, say_all([reading.error]))
            elif reading.record is not None:
                put(reading.uri, reading.record, reading.text)
    return code


def _is_far(card: str) -> bool:
    from cardkit.hubs import address

    return address.is_uri(card)


def _from_hub(card: str) -> tuple[str, Given]:
    """Return a hub's card under an address that says its commit, where the hub has one."""
    from cardkit import hubs
    from cardkit.readings import Given

    found = hubs.read_card(card)
    for note in found.notes:
        say(f"cardkit: {card}: {note}", sys.stderr)
    return found.pinned, Given(found.raw, found.id)


def run_plain(words: Sequence[str]) -> int | None:
    """Run a command line without options, `ingest CARD ...`; return None for any other.

    Such a line needs no parser, and importing one takes longer than reading a card.
    """
    if words[:1] != ["ingest"] or len(words) < 2 or any(word.startswith("-") for word in words):
        return None
    if os.name == "nt":  # there the shell leaves wildcards to the parser
        return None
    try:
        code = ingest(words[1:])
        sys.stdout.flush()
    except CardkitError as error:
        return say_all([error])
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def write_any_text() -> None:
    """Let both streams take every character; a lone surrogate is written as JSON writes it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def say_all(errors: Iterable[CardkitError]) -> int:
    """Print errors; return the exit code that the worst of them asks for."""
    from cardkit.shown.terminal import visible

    code = 0
    for error in errors:
        say(f"cardkit: {visible(str(error))}", sys.stderr)
        code = max(code, error.exit_code)
    return code


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a text at once; nothing for an empty one."""
    if text:
        print(text, file=stream, flush=True)
