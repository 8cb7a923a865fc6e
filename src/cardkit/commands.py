"""What commands do once their arguments are known."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from cardkit.errors import CardkitError, UsageError

if TYPE_CHECKING:
    from cardkit.hubs import HubCard
    from cardkit.hubs.own_files import OwnFiles


def ingest(
    cards: Sequence[str],
    format: str | None = None,  # noqa: A002 - the option's name
    model_id: str | None = None,
    output: str | None = None,
    *,
    with_config: bool = False,
) -> int:
    """Read cards into records; return the exit code."""
    from cardkit import inputs, readings
    from cardkit.shown import outputs
    from cardkit.shown.progress import Progress

    far = [card for card in cards if ":" in card and not os.path.lexists(card) and _is_far(card)]
    if with_config:
        _refuse_near(card for card in cards if card not in far)
    uris, errors = inputs.find(card for card in cards if card not in far)
    given: dict[str, readings.Given] = {}
    own: dict[str, OwnFiles] = {}
    for card in dict.fromkeys(far):
        try:
            found = _from_hub(card, with_config=with_config)
            given[found.pinned] = readings.Given(found.raw, found.id)
            if found.own is not None:
                own[found.pinned] = found.own
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
                record = reading.record
                if reading.uri in own:
                    record = _told(record, own[reading.uri])
                put(reading.uri, record, reading.text)
    return code


def _is_far(card: str) -> bool:
    from cardkit.hubs import address

    return address.is_uri(card)


def _refuse_near(cards: Iterable[str]) -> None:
    """Refuse --with-config for what is no card at a hub. Raises UsageError."""
    for card in cards:
        raise UsageError(
            "--with-config reads the files beside a card at a hub; this is none",
            where=card,
            todo="give it as hf:owner/name, modelscope:owner/name or modelers:owner/name, "
            "or leave --with-config out",
        )


def _told(record: dict[str, Any], own: OwnFiles) -> dict[str, Any]:
    from cardkit.hubs import config_conflicts

    return config_conflicts.told(record, own)


def _from_hub(card: str, *, with_config: bool) -> HubCard:
    """Return a hub's card, whose notes are said."""
    from cardkit import hubs

    found = hubs.read_card(card, with_config=with_config)
    for note in found.notes:
        say(f"cardkit: {card}: {note}", sys.stderr)
    return found


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
