"""Where a card speaks of its model's training, and which stage it gives a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache

from cardkit.blocks import Bullet, Heading, Paragraph, Placed, Table
from cardkit.card import Card
from cardkit.names.identity import Identity
from cardkit.patterns import rarest, regex
from cardkit.prose.labels import labels
from cardkit.prose.links import plain, whole_text
from cardkit.prose.sections import kind_of_section
from cardkit.prose.sentences import Subject, Thread, prose_of, subject
from cardkit.spec.spec_sentences import said
from cardkit.spec.whose import OWN, SIBLING, STRANGER, whose
from cardkit.text import Span
from cardkit.vocabulary import fold
from cardkit.vocabulary.prose import any_of, pattern, phrases, stems_of
from cardkit.vocabulary.wording import only
from cardkit.yaml_tree import get, scalars

Path = tuple[Heading, ...]

NOT_HERE = frozenset(
    {"usage", "prompt", "citation", "license", "install", "deployment", "faq", "toc", "news",
     "limitations", "acknowledgement", "contact", "examples_of_output", "ethics", "evaluation",
     "comparison", "download"}
)  # fmt: skip
"""Sections whose figures are not those of the training run."""

TRAINING = frozenset({"training", "hyperparameters"})

_PRETRAINED = stems_of(["pretrain", "pre-train", "预训练", "事前学習", "사전"])

COLONS = (":", "：", ": ", "： ")
_SOURCE = regex(
    rf"(?:{any_of(phrases('sources', 'told_in'))})\s+(?:the\s+)?(?P<name>[^.:：]{{2,60}}?)\s?"
    rf"(?:{any_of(phrases('sources', 'cards'))})[^.:：]{{0,30}}[:：]\s*$",
    re.IGNORECASE,
)
"""What leads over to a quotation: "As told in the Bee model card:"."""


def stage_in(text: str) -> str | None:
    """Return the one stage that a text names.

    >>> stage_in("used during DPO training"), stage_in("SFT and DPO"), stage_in("training")
    ('dpo', None, None)
    """
    text = text[:2000]
    lower = text.lower()
    named = [
        stage
        for stage, needed in _stages()
        if any(word in lower for word in needed) and pattern("stages", stage).search(text)
    ]
    return named[0] if len(named) == 1 else None


@lru_cache(maxsize=1)
def _stages() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the stages, each with words without which no text names it."""
    return tuple((stage, rarest(phrases("stages", stage))) for stage in phrases("stages"))


class Places:
    """The places of one card, with what is asked of them many times."""

    def __init__(self, card: Card, identity: Identity) -> None:
        self.card = card
        self.identity = identity
        self.labels = labels(card.blocks)
        self.who: Subject = subject(identity.names)
        self._stages: dict[int, str | None] = {}
        self._training: dict[int, bool] = {}

    @cached_property
    def said_before(self) -> dict[int, str]:
        """The words of the paragraph before each block, by the block's id."""
        found: dict[int, str] = {}
        before = ""
        for placed in self.card.blocks:
            found[id(placed)] = before
            block = placed.block
            if isinstance(block, Heading):
                before = ""
            elif isinstance(block, Paragraph) and not placed.commented:
                before = whole_text(block).text[-400:]
        return found

    def kind(self, path: Path) -> str | None:
        """Return the kind of the innermost section that has one."""
        return kind_of_section(path)

    def excluded(self, placed: Placed) -> bool:
        """Return whether a block stands where nothing is said of the training run."""
        if placed.commented or kind_of_section(placed.path) in NOT_HERE:
            return True
        return id(placed) in self._borrowed

    @cached_property
    def _borrowed(self) -> frozenset[int]:
        """The blocks, by their ids, that are quoted from another model's card."""
        found = set()
        borrowed = False
        for placed in self.card.blocks:
            block = placed.block
            if borrowed and (placed.quoted or isinstance(block, Paragraph)):
                found.add(id(placed))
            if placed.quoted:
                continue
            borrowed = False  # where the marks of a quotation are lost, one paragraph is sure
            if isinstance(block, (Paragraph, Bullet)) and block.lines[-1].text.endswith(COLONS):
                source = _SOURCE.search(plain(whole_text(block)).text[-200:])
                name = source["name"] if source else ""
                named = not only("before_repository").fullmatch(name)
                borrowed = named and whose(name, self.identity) in (SIBLING, STRANGER)
        return frozenset(found)

    def is_training(self, path: Path) -> bool:
        """Return whether a section is about how the own model was trained."""
        if not path:
            return False
        inner = id(path[-1])
        if inner not in self._training:
            self._training[inner] = self._is_training(path)
        return self._training[inner]

    def _is_training(self, path: Path) -> bool:
        kind = self.kind(path)
        if kind in TRAINING:
            return self.is_own(path)
        if kind in NOT_HERE or kind == "environment":
            return False
        return bool(pattern("training_words").search(path[-1].line.text)) and self.is_own(path)

    def is_own(self, path: Path) -> bool:
        """Return whether no heading names another model."""
        return not any(
            any(c.isdigit() for c in heading.line.text)
            and whose(plain(heading.line).text, self.identity) in (SIBLING, STRANGER)
            for heading in path[1:]
        )

    def stage(self, placed: Placed, text: str = "") -> str | None:
        """Return the stage that the words around a block name: nearest first."""
        stage = stage_in(text) if text else None
        if stage:
            return stage
        if id(placed) not in self._stages:
            self._stages[id(placed)] = self._stage_around(placed)
        return self._stages[id(placed)]

    def _stage_around(self, placed: Placed) -> str | None:
        """Return the stage that the words before a block or its headings name."""
        before = self.said_before.get(id(placed), "")[-250:]
        stage = stage_in(before) if before else None
        if stage:
            return stage
        for heading in reversed(placed.path[1:] or placed.path[:0]):
            stage = stage_in(heading.line.text)
            if stage:
                return stage
        return None

    def default_stage(self) -> str | None:
        """Return the stage that the whole card gives its model: by title, tags or its tokens."""
        for text in self._titles():
            stage = stage_in(text)
            if stage:
                return stage
        return "pretrain" if self._was_pretrained() else None

    def _titles(self) -> Iterator[str]:
        for heading, placed in self.card.of(Heading):
            if not placed.path:
                yield heading.line.text
            break
        if self.identity.model_name is not None:
            yield str(self.identity.model_name.value).replace("-", " ")
        for tag in scalars(get(self.card.front, "tags")):
            if fold(tag.text) in ("sft", "dpo", "rlhf", "ppo"):
                yield tag.text

    def _was_pretrained(self) -> bool:
        """Return whether a sentence says that the own model was pretrained on so many tokens."""
        pretrained = pattern("stages", "pretrain")
        for prose in prose_of(self.card.blocks):
            if not prose.digits or not _PRETRAINED.search(prose.lower):
                continue
            thread = Thread(prose.sentences, self.who)
            for sentence in prose.sentences:
                if (
                    pretrained.search(sentence.line.text)
                    and any(each.field == "training_tokens" for each in said(sentence.line))
                    and thread.of(sentence.number)
                ):
                    return True
        return False

    def given_stage(self) -> tuple[str, Span] | None:
        """Return the stage that a table gives the own model in its row, and where."""
        for table, _ in self.card.of(Table):
            for row in table.rows[table.heads :]:
                first = row[0]
                if first is None or len(first) > 200:
                    continue
                cells = [cell for cell in row[1:] if cell is not None and len(cell) <= 24]
                found = [(stage_in(cell.text), cell) for cell in cells]
                named = [(stage, cell) for stage, cell in found if stage]
                if named and whose(plain(first).text, self.identity) == OWN:
                    stage, cell = named[0]
                    if stage:
                        return stage, cell.span()
        return None
