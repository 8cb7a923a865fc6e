"""Which model a card is about, and whether a name in it means that model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from cardkit.facts import Fact
from cardkit.patterns import regex
from cardkit.vocabulary import load

MAX_NAME = 120
"""A longer text is no name."""

_TOKEN = regex(
    r"(?P<size>\d{1,3}b\d(?![a-z\d])"
    r"|a?\d{1,4}(?:\.\d{1,3})?(?:x\d{1,4}(?:\.\d{1,3})?)?[bm](?![a-z]))"
    r"|(?P<mark>\d{1,4}-?bits?(?![a-z])|(?:int|fp|bf|nvfp|mxfp)\d{1,2}(?![a-z\d])|\d{1,4}[a-z](?![a-z]))"
    r"|v?(?P<number>\d{1,8}(?:\.\d{1,4}){0,3})"
    r"|(?P<word>[^\W\d_]+)"
)
_PLUS = regex(r"(?<=[a-z\d])\+(?![\w+])")
"""What ids write out: "Ant R+" is "ant-r-plus"."""
_DIGITS_APART = regex(r"(?<=\d)_(?=\d{1,2}(?![\da-z]))")
TOKEN = regex(r"[A-Za-z][A-Za-z0-9_.+-]*[A-Za-z0-9](?:[ ]\d[A-Za-z0-9.]*)?")
"""What may be a name in a sentence."""
_POINT = regex(r"(?<=[-A-Za-z])(\d)_(\d{1,2}[bBmM])(?![A-Za-z\d])")
_OWNER = regex(r"^[\w.-]{1,96}/(?=[\w.-]+\s*(?:\(|$))")
_HUB_ID = regex(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_IN_MARKS = regex(r"[(\[（【]\s*([^()\[\]（）【】]{1,40}?)\s*[)\]）】]")
_FOREIGN = regex(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


NONE: frozenset[str] = frozenset()


class Signature(NamedTuple):
    """A name taken apart: two names with the same parts mean one model, in whatever order."""

    family: str
    """The words that are no qualifiers, one after the other."""
    sizes: frozenset[str]
    versions: frozenset[str]
    qualifiers: frozenset[str]
    order: tuple[str, ...]
    """All of them as printed."""
    is_slug: bool = False
    """Whether it is written in one piece, as ids are."""

    def same(self, other: Signature) -> bool:
        """Return whether two names differ in nothing but order and writing."""
        if self.family != other.family or self.qualifiers != other.qualifiers:
            return False
        return self.versions == other.versions and _agree(self.sizes, other.sizes)


class Identity(NamedTuple):
    """The model that a card is about, as far as the card says."""

    model_name: Fact | None = None
    model_id: Fact | None = None
    hub: Fact | None = None
    aliases: tuple[Fact, ...] = ()
    names: tuple[str, ...] = ()
    """All names and ids that mean it."""
    members: tuple[str, ...] = ()
    """Names of its own versions that the card says it releases."""
    is_family: bool = False
    """Whether the card is about all sizes and versions of a name."""
    related: frozenset[str] = frozenset()
    """Ids, in small letters, of the models it was made from and of versions that it tells of."""

    def with_members(self, names: Iterable[str]) -> Identity:
        """Return the same with more names of versions that the card tells of as its own."""
        return self._replace(members=(*self.members, *names))

    def is_another(self, loaded: str) -> bool:
        """Return whether an example that loads this id certainly shows another model.

        >>> ant = Identity(names=("Ant 2 13B",))
        >>> [ant.is_another(i) for i in ("me/ant-2-70b", "me/ant-2-13b", "me/bee", "./ant-70b")]
        [True, False, False, False]
        """
        if not _HUB_ID.fullmatch(loaded) or loaded.casefold() in self.related:
            return False
        if self.is_own(loaded) is not False:
            return False
        shown, sizes = signature(loaded), [read.sizes for read in readings(loaded)]
        kin = [n for n in map(signature, self.names) if n.family == shown.family and n.sizes]
        other_size = all(sizes) and any(kin) and all(n.sizes not in sizes for n in kin)
        return self.model_id is not None or other_size

    def is_own(self, text: str) -> bool | None:
        """Return whether a name means (one of) the card's own models; None if it cannot be told.

        >>> ant = Identity(names=("Ant 2 13B",))
        >>> ant.is_own("Ant-v2-13b"), ant.is_own("Ant-v2-dpo-13b"), ant.is_own("13B")
        (True, False, None)
        >>> Identity(names=("Ant 3",), is_family=True).is_own("Ant 3 8B Instruct")
        True
        """
        rest, marked = without_mark(text)
        if not rest:
            return marked or None
        row = signature(rest)
        if not row.family or len(text) > MAX_NAME:
            return True if marked else None
        own = [signature(name) for name in self.names]
        exact = [*own, *map(signature, self.members)]
        if any(row.same(name) for row in readings(rest) for name in exact):
            return True
        if self.is_family and any(_is_lettered(row, name) for name in own):
            return True
        related = [name for name in own if name.family == row.family]
        if related:
            return all(_fits(row, name, self.is_family or marked) for name in related)
        if marked:
            return True
        return False if own else None


def readings(name: str) -> tuple[Signature, ...]:
    """Return the ways to read a name: in "ant-1_8b" the line may be a point or a space."""
    point = _POINT.sub(r"\1.\2", name)
    return (signature(name), signature(point)) if point != name else (signature(name),)


@lru_cache(maxsize=4096)
def signature(name: str) -> Signature:
    """Return the parts of a model's name; an owner before it is left out.

    >>> signature("acme/Ant-1B-IT").same(signature("Ant-Instruct-1B"))
    True
    >>> signature("ant2_5-7b").same(signature("Ant2.5-7B"))
    True
    >>> signature("Ant R+").same(signature("ant-r-plus"))
    True
    >>> sorted(signature("Ant-v2-13b-dpo-4bit").qualifiers)
    ['4bit', 'dpo']
    """
    same, ignored = _qualifiers(), _words("ignored")
    text = name[: 2 * MAX_NAME]
    is_ascii = text.isascii()
    text = text if is_ascii else unicodedata.normalize("NFKC", text)
    text = text.casefold().strip(" `*_\"'")
    if "/" in text:
        text = _OWNER.sub("", text)
    if "+" in text:
        text = _PLUS.sub(" plus", text)
    if "_" in text:
        text = _DIGITS_APART.sub(".", text)
    family: list[str] = []
    sizes, versions, qualifiers, order = set(), set(), set(), []
    for match in _TOKEN.finditer(text):
        token, kind = match[0], match.lastgroup
        if kind == "size":
            sizes.add(token)
        elif kind == "mark":
            token = same.get(token, token.replace("-", "").removesuffix("s"))
            qualifiers.add(token)
        elif kind == "number":
            token = match["number"]
            if token.endswith(".0"):
                token = re.sub(r"(?:\.0)+$", "", token)
            while token in versions:  # "ant2-bee-2" is not "ant2-bee"
                token += "'"
            versions.add(token)
        elif token in same:
            token = same[token]
            qualifiers.add(token)
        elif token not in ignored:
            family.append(token)
        else:
            continue
        order.append(token)
    latin = family if is_ascii else [word for word in family if not _FOREIGN.search(word)]
    return Signature(
        "".join(latin or family),
        frozenset(sizes) if sizes else NONE,
        frozenset(versions) if versions else NONE,
        frozenset(qualifiers) if qualifiers else NONE,
        tuple(order),
        name.islower() and " " not in text and any(mark in text for mark in "-_"),
    )


def _agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two names' sizes are of one model; the part that is active may go unsaid.

    >>> _agree(frozenset({"30b", "a3b"}), frozenset({"30b"}))
    True
    >>> _agree(frozenset({"30b", "a3b"}), frozenset({"30b", "a6b"}))
    False
    """
    if one == other:
        return True
    whole = one & other
    return bool(whole) and whole in (one, other) and all(size[0] == "a" for size in one ^ other)


def _fits(row: Signature, own: Signature, widely: bool) -> bool:
    """Return whether a row of the same family is this name or, taken widely, a member of it."""
    if row.versions != own.versions or (
        row.sizes and own.sizes and not _agree(row.sizes, own.sizes)
    ):
        return False
    return row.qualifiers == own.qualifiers or (widely and row.qualifiers > own.qualifiers)


def _is_lettered(row: Signature, own: Signature) -> bool:
    """Return whether a row is a family's name with a letter behind it, for a size or an edition."""
    last = row.order[-1] if row.order else ""
    lettered = len(last) == 1 and last.isalpha() and row.family == own.family + last
    return lettered and bool(own.family) and row.versions == own.versions


def without_mark(text: str) -> tuple[str, bool]:
    """Return a name without "(ours)", and whether it was there.

    >>> without_mark("Ant 7B (ours)"), without_mark("This model")
    (('Ant 7B', True), ('', True))
    >>> without_mark("Ours with reranking")
    ('', True)
    """
    own = _words("own")
    text = (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip(" *`_")
    folded = text.casefold()
    if folded in own:
        return "", True
    for match in _IN_MARKS.finditer(text):
        if match[1].strip(" *`_").casefold() in own:
            return (text[: match.start()] + text[match.end() :]).strip(" *`_"), True
    for mark in ("-ours", " ours", "_ours"):
        if folded.endswith(mark):
            return text[: -len(mark)].strip(), True
    if folded.startswith(("ours ", "ours-", "ours_")):  # "Ours without a language model"
        return "", True
    return text, False


@lru_cache(maxsize=1)
def name_words() -> dict[str, list[str]]:
    """Return the words that stand in and around the names of models, by what they do there."""
    words = load("names.yaml")
    return {key: [str(w) for w in value] for key, value in words.items() if key != "qualifiers"}


@lru_cache(maxsize=16)
def _words(kind: str) -> frozenset[str]:
    return frozenset(name_words()[kind])


@lru_cache(maxsize=1)
def _qualifiers() -> dict[str, str]:
    """Return each qualifier with the spelling that stands for it."""
    return {str(word): str(same[0]) for same in load("names.yaml")["qualifiers"] for word in same}
