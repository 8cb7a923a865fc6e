"""The tokenizer of a stand-in: small, with the markers of an entry's prompt as tokens.

It is a byte-level BPE, or of the architecture's own class where that takes no bytes: BERT, T5.
"""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cardkit.entries.entry import Entry
from cardkit.patterns import regex
from cardkit.prompts.pieces import ANSWER
from cardkit.snippets.template import SPECIAL, TEXT_END

END = "<|endoftext|>"
PAD = "<|pad|>"
UNKNOWN = "<unk>"
VOCABULARY = 400
"""Tokens, markers among them: 256 bytes and the merges that the text gives."""
PRINTABLE = tuple(map(chr, range(33, 127)))
CHARACTERS = 60
"""Characters beside those, where pieces are no bytes."""
NAMED = regex(r"\b([A-Z]\w*Tokenizer(?:Fast)?)\.from_pretrained\b")
MOST_TEXT = 200_000
"""Characters that it is trained on: more cost time and change little."""
ROLES = ("unk_token", "mask_token", "cls_token", "sep_token")
"""Tokens beside end and padding that an architecture may give a part to, or its tokenizer."""


class Markers(NamedTuple):
    """The special tokens of a stand-in."""

    end: str
    """Ends an answer."""
    others: tuple[str, ...]
    """Those that the prompt is made of, in the order of the entry."""
    roles: dict[str, str]
    """`mask_token` and the like, where the architecture has them."""


def markers(entry: Entry, model_type: str) -> Markers:
    """Return the special tokens of an entry's prompt.

    They are those that the entry calls single tokens, and what has the shape of a marker in its
    prompt and among its stop strings. A card does not tell which of the latter are tokens.
    """
    own = _own_roles(own_class(entry, model_type))
    found = tuple(dict.fromkeys(_in_prompt(entry)))
    stops = [stop.value for stop in entry.prompt.stop if stop.value in found]
    turns = entry.prompt.turns.value.split(ANSWER) if entry.prompt.turns else []
    behind = [SPECIAL.match(piece) for piece in turns[1:]]
    stops += [match[0] for match in behind if match and TEXT_END.fullmatch(match[0])]
    end = next(iter(stops), own.get("eos_token", END))
    roles = {role: own[role] for role in ROLES if role in own}
    return Markers(end, tuple(marker for marker in found if marker != end), roles)


def _in_prompt(entry: Entry) -> Iterator[str]:
    prompt = entry.prompt
    yield from (marker.value for marker in prompt.single_tokens)
    for form in (prompt.format, prompt.with_system, prompt.turns):
        if form is not None:
            yield from SPECIAL.findall(form.value)
    yield from (stop.value for stop in prompt.stop if SPECIAL.fullmatch(stop.value))


def own_class(entry: Entry, model_type: str) -> Any:
    """Return the class that an entry's tokenizer is read with, or None.

    It is the one that the example names, as BertTokenizer of a GPT-2; else that of transformers
    for the architecture. Some need a package that is not here: then there is none.
    """
    from transformers.models.auto import tokenization_auto

    code = entry.example.code.value if entry.example.code else ""
    known = tokenization_auto.TOKENIZER_MAPPING_NAMES.get(model_type)
    for name in (*NAMED.findall(code), known):
        try:
            cls = tokenization_auto.tokenizer_class_from_name(name) if name else None
        except ImportError:
            return None
        if getattr(cls, "model", None):
            return cls
    return None


def _own_roles(cls: Any) -> dict[str, str]:
    """Return what a tokenizer class calls its special tokens."""
    if cls is None:
        return {}
    arguments = inspect.signature(cls.__init__).parameters.values()
    return {each.name: each.default for each in arguments if isinstance(each.default, str)}


def has_pieces(cls: Any) -> bool:
    """Tell whether a tokenizer class takes no bytes: WordPiece, or SentencePiece's unigrams."""
    return getattr(getattr(cls, "model", None), "__name__", "") in ("Unigram", "WordPiece")


def of_class(
    cls: Any,
    text: str,
    *,
    end: str,
    others: Sequence[str] = (),
    chat_template: str | None = None,
    context: int,
) -> Any:
    """Return a tokenizer of an architecture's own class, its pieces from a text.

    An example may name the class, and it takes no other kind of vocabulary. Its special tokens
    and what it puts around a text are its own. The pieces are the commonest characters and words:
    the trainers of the library give others each time.
    """
    bare = cls()
    backend = bare.backend_tokenizer
    begun = json.loads(backend.to_str())["model"]["vocab"]
    words = Counter[str]()
    for line in text[:MOST_TEXT].splitlines():
        plain = backend.normalizer.normalize_str(line) if backend.normalizer else line
        words.update(word for word, _ in backend.pre_tokenizer.pre_tokenize_str(plain))
    characters = Counter(PRINTABLE)
    for word, count in words.items():
        characters.update(dict.fromkeys(word, count))
    common = [*PRINTABLE, *_commonest(characters, set(PRINTABLE))[:CHARACTERS]]
    if cls.model.__name__ == "Unigram":
        kept = _commonest(words, {piece for piece, _ in begun} | set(common))
        rows = [(piece, -10.0) for piece in common] + [(word, -5.0) for word in kept]
        known = {piece: score for piece, score in begun}  # noqa: C416 - pairs are lists
        known |= {piece: score for piece, score in rows if piece not in known}
        made = cls(vocab=list(known.items())[:VOCABULARY])
    else:
        pieces = [*begun, *common, *(f"##{each}" for each in common), *_commonest(words, set())]
        pieces = list(dict.fromkeys(pieces))[:VOCABULARY]
        made = cls(vocab={piece: row for row, piece in enumerate(pieces)})
    made.add_tokens(list(others), special_tokens=True)
    if bare.eos_token is not None and end != bare.eos_token:
        made.add_special_tokens({"eos_token": end})
    made.model_max_length = context
    made.chat_template = chat_template
    return made


def _commonest(counts: Counter[str], but: set[str]) -> list[str]:
    """Return what is counted, the commonest first, and alike every time."""
    return sorted(counts.keys() - but, key=lambda each: (-counts[each], each))


def train(
    text: str,
    *,
    end: str = END,
    others: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    chat_template: str | None = None,
    context: int,
    vocabulary: int = VOCABULARY,
) -> Any:
    """Return a byte-level BPE trained on a text; each marker is one token wherever it stands.

    The end has the id 0 and the padding 1. Nothing is put around a text, it comes back as it was,
    and nothing in it is unknown; the token for that is there because classes that an example may
    name add it where it is not.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    parts = {"unk_token": UNKNOWN, **(roles or {})}
    special = list(dict.fromkeys([end, PAD, *others, *parts.values()]))
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=max(vocabulary, 300 + len(special)),
        min_frequency=1,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator([text[:MOST_TEXT]], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=end,
        eos_token=end,
        pad_token=PAD,
        extra_special_tokens=[each for each in special if each not in {end, PAD, *parts.values()}],
        model_max_length=context,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        chat_template=chat_template,
        **parts,
    )
