"""What a card says of an entry: the values that a record holds, each with its characters."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cardkit.patterns import regex

Leaf = dict[str, Any]
Tree = dict[str, Any]

SHORT = 60
"""Characters up to which a value's own words are kept beside it."""
HUBS = ("huggingface", "modelscope", "modelers")
REVISIONS = ("revision", "model_revision")
ARGUMENT = regex(
    r"""["']?\b(?P<name>[a-z]\w*)["']?\s*[=:]\s*(?:["'](?P<text>[^"'\n]*)["']|(?P<plain>[\w.+-]+))"""
)
"""A keyword or a key of a dict with its literal."""
RUNNABLE = ("transformers", "openmind", "modelscope", "open_lm")
"""Libraries whose examples run with transformers, as they are or rewritten."""
DTYPES = ("float32", "float16", "bfloat16", "float64", "float8_e4m3fn", "int8", "int4")


def of_card(record: Mapping[str, Any], raw: str, own_ids: Iterable[str] = ()) -> Tree:
    """Return what a card says of its entry, as plain sections and leaves.

    `own_ids` are further ids of the model, that a person knows of: an example that loads one of
    them is this model's.
    """
    card = _Card(record, raw)
    model, spec = record.get("model") or {}, record.get("spec") or {}
    ids = {fold_id(each) for each in (model.get("model_id"), *model.get("aliases", ()), *own_ids)}
    number = _documented(record.get("examples") or [], ids)
    tree: Tree = {
        "hubs": _hubs(card, model),
        "names": {
            "title": card.leaf("/model/model_name"),
            "aliases": card.leaves("/model/aliases"),
        },
        "about": {
            "summary": card.leaf("/model/summary"),
            "license": card.leaf("/model/license/id"),
            "languages": card.leaves("/model/language"),
            "pipeline_tag": card.leaf("/model/pipeline_tag"),
            "base_models": [
                card.leaf(f"/model/base_model/{i}/id")
                for i in range(len(model.get("base_model") or ()))
            ],
        },
        "load": {},
        "prompt": {
            "format": card.leaf("/prompt/format"),
            "system": card.leaf("/prompt/system"),
            "stop": _in(card, "/prompt/stop", (0, len(raw))),
        },
        "generation": {},
        "example": {"none": _no_example(record.get("examples") or [])},
        "spec": {name: card.leaf(f"/spec/{name}") for name in spec},
    }
    if number is not None:
        tree |= _of_example(card, number)
        tree["hubs"]["revisions"] = tree.pop("revisions")
    elif spec.get("dtype") in DTYPES:
        tree["load"]["dtype"] = card.leaf("/spec/dtype")
    return tree


def fold_id(written: str | None) -> str:
    """Return an id as ids are compared."""
    return (written or "").casefold()


class _Card:
    """A record beside the characters that it was read from."""

    def __init__(self, record: Mapping[str, Any], raw: str) -> None:
        self.record, self.raw = record, raw

    def value(self, pointer: str) -> Any:
        """Return the value that a JSON pointer leads to; None where there is none."""
        found: Any = self.record
        for key in pointer.split("/")[1:]:
            if isinstance(found, Sequence) and not isinstance(found, str):
                found = found[int(key)] if int(key) < len(found) else None
            else:
                found = (found or {}).get(key)
        return found

    def leaf(self, pointer: str, span: tuple[int, int] | None = None) -> Leaf | None:
        """Return a value of the record with its characters, or those of what holds it."""
        value = self.value(pointer)
        return None if value is None else self.stated(value, pointer, span)

    def leaves(self, pointer: str) -> list[Leaf | None]:
        """Return the values of a list, each with its characters."""
        return [self.leaf(f"{pointer}/{i}") for i in range(len(self.value(pointer) or ()))]

    def stated(self, value: Any, pointer: str, span: tuple[int, int] | None = None) -> Leaf:
        """Return a value with its characters."""
        start, end = span or self.span(pointer)
        text = self.raw[start:end]
        leaf = {"value": value, "card": f"{start}-{end}"}
        return leaf | {"text": text} if len(text) <= SHORT and text != str(value) else leaf

    def span(self, pointer: str) -> tuple[int, int]:
        """Return the characters of a value, or of the nearest thing that holds it."""
        evidence = self.record["evidence"]
        at = pointer if not pointer.startswith("/prompt/") else "/prompt/format"
        while at and at not in evidence:
            at = at.rpartition("/")[0]
        if not at:
            raise ValueError(f"the record has no evidence for {pointer}")
        return evidence[at]["start"], evidence[at]["end"]


def _hubs(card: _Card, model: Mapping[str, Any]) -> Tree:
    hub = model.get("hub")
    return {hub: card.leaf("/model/model_id")} if hub in HUBS and model.get("model_id") else {}


def _documented(examples: Sequence[Mapping[str, Any]], ids: set[str]) -> int | None:
    """Return the first example that loads this model and that readers of the page can see.

    One that compiles goes before one that does not, and one that transformers runs before others.
    """
    own = [
        i
        for i, example in enumerate(examples)
        if fold_id(example.get("model_id")) in ids - {""}
        and example.get("library")
        and not example.get("commented_out")
    ]
    return min(
        own,
        key=lambda i: (not examples[i].get("code"), examples[i]["library"] not in RUNNABLE),
        default=None,
    )


def _no_example(examples: Sequence[Mapping[str, Any]]) -> Leaf | None:
    if not examples:
        reason = "the card shows no code"
    else:
        loaded = dict.fromkeys(each["model_id"] for each in examples if each.get("model_id"))
        reason = "no code of the card loads this model by its id" + (
            f": it loads {', '.join(loaded)}" if loaded else ""
        )
    return {"value": reason, "derived": "the record's examples"}


def _of_example(card: _Card, number: int) -> Tree:
    """Return what the documented example says of loading and generating."""
    at = f"/examples/{number}"
    example = card.value(at)
    code, span = example.get("code"), card.span(f"{at}/code")
    load = {
        "library": card.leaf(f"{at}/library", _once(card.raw, span, example["library"])),
        "loader": card.leaf(f"{at}/entry_point"),
        "trust_remote_code": card.leaf(f"{at}/trust_remote_code"),
    }
    if example.get("dtype") in DTYPES:
        load["dtype"] = card.leaf(f"{at}/dtype")
    load["device_map"] = _keyword(card, at, code, ("device_map",))
    if load.get("dtype") is None and card.value("/spec/dtype") in DTYPES:
        load["dtype"] = card.leaf("/spec/dtype")
    hub, revision = example.get("hub"), _keyword(card, at, code, REVISIONS)
    return {
        "revisions": {hub: revision} if hub in HUBS and revision else {},
        "load": load,
        "generation": {
            name: card.stated(value, at, _argument(card.raw, span, name, value))
            for name, value in example.get("generation", {}).items()
            if isinstance(value, bool | int | float | str)
        },
        "example": {
            "number": card.stated(number, at),
            "code": card.leaf(f"{at}/code"),
            "installs": _in(card, f"{at}/installs", (0, len(card.raw))),
            "inputs": _in(card, f"{at}/inputs", span),
            "expected_output": card.leaf(f"{at}/expected_output"),
        },
    }


def _keyword(card: _Card, at: str, code: str | None, keywords: Sequence[str]) -> Leaf | None:
    """Return the text that calls of an example give to a keyword; None if they give two."""
    stated = {(key, value) for key, value in _texts(code) if key in keywords}
    if len({value for _, value in stated}) != 1:
        return None
    key, value = min(stated)
    return card.stated(value, at, _argument(card.raw, card.span(f"{at}/code"), key, value))


def _in(card: _Card, pointer: str, span: tuple[int, int]) -> list[Leaf | None]:
    """Return texts that a part of the card holds, with their own characters where known."""
    return [
        card.leaf(f"{pointer}/{i}", _once(card.raw, span, text))
        for i, text in enumerate(card.value(pointer) or ())
    ]


def _once(raw: str, span: tuple[int, int], text: str) -> tuple[int, int] | None:
    """Return the characters of a text that stands once in a part of the card."""
    if not text.isprintable():  # a card spells what cannot be seen
        text = text.encode("unicode_escape").decode("ascii")
    start = raw.find(text, *span)
    return (start, start + len(text)) if raw.count(text, *span) == 1 else None


def _texts(code: str | None) -> Iterator[tuple[str, str]]:
    """Yield the keywords of the code's calls that are given a text, with it."""
    try:
        tree = ast.parse(code or "")
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg=str(name), value=ast.Constant(value=str(text))):
                yield name, text


def _argument(raw: str, span: tuple[int, int], name: str, value: object) -> tuple[int, int] | None:
    """Return the characters of an argument's value, where the code gives it first.

    >>> _argument("f(x, top_p=0.8)", (0, 15), "top_p", 0.8)
    (11, 14)
    """
    for match in ARGUMENT.finditer(raw, *span):
        if match["name"] == name and _is(match["text"] or match["plain"], value):
            return match.span("text" if match["text"] is not None else "plain")
    return None


def _is(written: str, value: object) -> bool:
    """Return whether a literal of Python means a value."""
    try:
        return written == value or bool(ast.literal_eval(written) == value)
    except (ValueError, SyntaxError):
        return False
