"""A prompt as a tokenizer takes it: the same ids from format and template, markers as one id.

A marker that a tokenizer holds as one token means something to the model only as that token.
Any object with the interface of transformers' tokenizers will do; transformers is not needed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from cardkit.errors import CardkitError
from cardkit.prompts.pieces import SLOT
from cardkit.prompts.rendering import fill
from cardkit.snippets.template import SPECIAL

ASKED = "What do ants eat?"


class Finding(NamedTuple):
    """What is to be known about a prompt's tokens."""

    code: str
    severity: str
    """`error`: the model is asked otherwise than documented. `note`: worth a look."""
    message: str


class Marker(NamedTuple):
    """A marker of a prompt, and its ids where it stands alone."""

    text: str
    ids: tuple[int, ...]
    held: bool
    """Whether the tokenizer holds it as one token beside its ordinary ones."""


class Comparison(NamedTuple):
    """A prompt's ids, made in two ways, with its markers and what was found."""

    format_ids: tuple[int, ...]
    template_ids: tuple[int, ...]
    markers: tuple[Marker, ...]
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)


def compare(
    tokenizer: Any,
    format: str,  # noqa: A002 - the record's word
    template: str | None,
    *,
    prompt: str = ASKED,
    system: str | None = None,
) -> Comparison:
    """Return the ids of a filled format and of its chat template, and what is wrong with them.

    Without a template the format's own are told.
    No special token is added to the format that does not stand in it. Raises CardkitError if
    the format or the template does not take the messages.
    """
    text = fill(format, prompt, system)
    ids = _ids(tokenizer, text)
    rendered = ids if template is None else _rendered(tokenizer, template, prompt, system)
    around = "".join(part for part in SLOT.split(format) if not SLOT.fullmatch(part))
    markers = _markers(tokenizer, around)
    findings = [
        *_difference(tokenizer, ids, rendered),
        *_unknown(tokenizer, text, ids),
        *_split(tokenizer, markers, around, ids),
        *_missed(tokenizer, around),
        *_swallowed(tokenizer, format),
        *_added(tokenizer, text, ids),
    ]
    return Comparison(ids, rendered, markers, tuple(findings))


def _ids(tokenizer: Any, text: str, *, added: bool = False) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=added)["input_ids"])


def _rendered(tokenizer: Any, template: str, prompt: str, system: str | None) -> tuple[int, ...]:
    """Return the ids that transformers makes of a template; since 5 it wraps them in a dict."""
    told = [] if system is None else [{"role": "system", "content": system}]
    try:
        made = tokenizer.apply_chat_template(
            [*told, {"role": "user", "content": prompt}],
            chat_template=template,
            add_generation_prompt=True,
            tokenize=True,
        )
    except Exception as error:  # Jinja's, which is not imported here, or the template's own
        raise CardkitError(
            f"the tokenizer cannot apply it: {error}",
            where="chat template",
            todo="render it alone to see the line; give a system message if it wants one",
        ) from error
    return tuple(made["input_ids"] if hasattr(made, "keys") else made)


def _markers(tokenizer: Any, around: str) -> tuple[Marker, ...]:
    """Return the markers of a prompt in its order: by their shape, and those held as tokens."""
    held = tokenizer.get_added_vocab()
    shaped = {match[0]: match.start() for match in reversed(list(SPECIAL.finditer(around)))}
    known = {token: around.index(token) for token in held if token.strip() and token in around}
    found = {**shaped, **known}
    return tuple(
        Marker(text, _ids(tokenizer, text), text in held)
        for text in sorted(found, key=lambda text: (found[text], -len(text)))
    )


def _difference(tokenizer: Any, ids: Sequence[int], rendered: Sequence[int]) -> list[Finding]:
    if ids == rendered:
        return []
    shorter = min(len(ids), len(rendered))
    at = next((i for i in range(shorter) if ids[i] != rendered[i]), shorter)
    one, other = (
        repr(tokenizer.decode(list(found[at : at + 3]))) if at < len(found) else "nothing"
        for found in (ids, rendered)
    )
    said = f"at token {at} the format has {one} and the template {other}"
    return [Finding("ids-differ", "error", said)]


def _unknown(tokenizer: Any, text: str, ids: Sequence[int]) -> list[Finding]:
    """Find tokens that stand for what is unknown; some tokenizers have the end's token for it."""
    unknown = getattr(tokenizer, "unk_token_id", None)
    if unknown is None:
        return []
    count = ids.count(unknown) - text.count(str(getattr(tokenizer, "unk_token", "") or "\0"))
    if count <= 0:
        return []
    said = f"the tokenizer does not know {count} of the prompt's tokens"
    return [Finding("token-unknown", "error", said)]


def _split(
    tokenizer: Any, markers: Sequence[Marker], around: str, ids: Sequence[int]
) -> list[Finding]:
    """Find markers that are several tokens: wrong where the tokenizer holds them as one."""
    held = tokenizer.get_added_vocab()
    found = []
    for marker in markers:
        if _covered(marker, markers, around):
            continue
        if not marker.held and len(marker.ids) > 1:
            said = f"{marker.text!r} is {len(marker.ids)} tokens: plain text to this tokenizer"
            found.append(Finding("marker-is-text", "note", said))
        elif marker.held and held[marker.text] not in ids:
            said = f"{marker.text!r} is one token, and is not one in the prompt"
            found.append(Finding("marker-split", "error", said))
    return found


def _covered(marker: Marker, markers: Sequence[Marker], around: str) -> bool:
    """Tell whether a marker stands only inside longer ones that are held as tokens."""
    for other in sorted(markers, key=lambda other: -len(other.text)):
        if other.held and other.text != marker.text and marker.text in other.text:
            around = around.replace(other.text, "\0")
    return marker.text not in around


def _missed(tokenizer: Any, around: str) -> list[Finding]:
    """Find tokens that the prompt has but for the blanks at their ends."""
    return [
        Finding(
            "marker-missed",
            "error",
            f"{token!r} is one token, and the prompt has only {token.strip()!r}",
        )
        for token in tokenizer.get_added_vocab()
        if token.strip() and token.strip() != token
        if token.strip() in around and token not in around
    ]


def _swallowed(tokenizer: Any, format: str) -> list[Finding]:  # noqa: A002
    """Find tokens that take the blanks beside them, so that these do not reach the model."""
    found = []
    for token in getattr(tokenizer, "added_tokens_decoder", {}).values():
        text = str(token)
        before, seen, after = format.partition(text)
        right = seen and getattr(token, "rstrip", False) and after[:1].isspace()
        left = seen and getattr(token, "lstrip", False) and before[-1:].isspace()
        if right or left:
            said = f"{text!r} takes the blanks {'behind' if right else 'before'} it with it"
            found.append(Finding("blanks-swallowed", "note", said))
    return found


def _added(tokenizer: Any, text: str, ids: Sequence[int]) -> list[Finding]:
    """Find what the tokenizer puts around a text by itself, where nobody tells it not to."""
    full = _ids(tokenizer, text, added=True)
    if full == ids:
        return []
    at = next((i for i in range(len(full)) if full[i : i + len(ids)] == ids), None)
    if at is None:
        return [Finding("specials-inside", "note", "special tokens are put into the prompt")]
    before, after = full[:at], full[at + len(ids) :]
    found = []
    if before and ids[: len(before)] == before:
        said = f"{_shown(tokenizer, before)} begins the prompt and is put before it once more"
        found.append(Finding("start-doubled", "error", f"{said}: tell the tokenizer not to"))
    elif before:
        said = f"{_shown(tokenizer, before)} is put before the prompt, which does not show it"
        found.append(Finding("start-added", "note", said))
    if after:
        said = f"{_shown(tokenizer, after)} is put behind the prompt, where the answer begins"
        found.append(Finding("end-added", "error", f"{said}: tell the tokenizer not to"))
    return found


def _shown(tokenizer: Any, ids: Sequence[int]) -> str:
    return repr("".join(tokenizer.convert_ids_to_tokens(list(ids))))
