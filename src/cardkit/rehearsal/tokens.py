"""The tokenizer of a stand-in: a small byte-level BPE that holds an entry's markers as tokens."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cardkit.entries.entry import Entry
from cardkit.prompts.pieces import ANSWER
from cardkit.snippets.template import SPECIAL, TEXT_END

END = "<|endoftext|>"
PAD = "<|pad|>"
VOCABULARY = 400
"""Tokens, markers among them: 256 bytes and the merges that the text gives."""
MOST_TEXT = 200_000
"""Characters that it is trained on: more cost time and change little."""
ROLES = ("mask_token", "cls_token", "sep_token")
"""Tokens beside end and padding that an architecture may give a part to."""


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
    own = _own_roles(model_type)
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


def _own_roles(model_type: str) -> dict[str, str]:
    """Return what the tokenizer class of an architecture calls its special tokens."""
    from transformers.models.auto import tokenization_auto

    name = tokenization_auto.TOKENIZER_MAPPING_NAMES.get(model_type)
    cls = tokenization_auto.tokenizer_class_from_name(name) if isinstance(name, str) else None
    if cls is None:
        return {}
    arguments = inspect.signature(cls.__init__).parameters.values()
    return {each.name: each.default for each in arguments if isinstance(each.default, str)}


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

    The end has the id 0 and the padding 1. Nothing is put around a text, and it comes back as it
    was.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    parts = dict(roles or {})
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
        extra_special_tokens=[each for each in special if each not in (end, PAD)],
        model_max_length=context,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        chat_template=chat_template,
        **parts,
    )
