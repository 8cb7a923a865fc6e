"""How the model was trained: settings, stage, hardware and framework of each setup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cardkit.blocks import Block, Bullet, Code, Paragraph, Placed, Table
from cardkit.card import Card
from cardkit.errors import UnreadableValueError
from cardkit.facts import Found, Unread
from cardkit.names.identity import Identity
from cardkit.patterns import regex
from cardkit.prose.labels import Label
from cardkit.prose.links import plain
from cardkit.prose.sentences import Prose, Sentence, Thread, prose_of
from cardkit.spec.spec_tables import is_generic
from cardkit.spec.spec_values import field_of
from cardkit.spec.whose import OWN, SIBLING, STRANGER, leads_elsewhere, whose
from cardkit.text import Line, join
from cardkit.training.configs import Config, config_of, options, settings_of
from cardkit.training.optimizers import betas
from cardkit.training.setting_values import read_setting, readable
from cardkit.training.settings import KINDS, STRONG, Setting, name_of, snake
from cardkit.training.settings_said import in_sentence, prose_wanted
from cardkit.training.setups import Mark, Setup, conflicts, draft, setups_of, stage_conflicts
from cardkit.training.surroundings import surroundings, versions
from cardkit.training.training_places import NOT_HERE, Path, Places, stage_in
from cardkit.vocabulary import fold, libraries, mentions, words
from cardkit.vocabulary.prose import pattern
from cardkit.yaml_tree import get, scalars

NEUTRAL = frozenset({None, "model_description", "model_details", "introduction", "architecture"})

OF_RESULTS = frozenset({"num_epochs", "training_steps", "train_lr"})
"""Settings in name that tell in a list of results when these were taken."""

Sure = bool | None
"""Whether a setting counts like a strong one; None: its table alone makes it certain."""


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read the training setups that the card tells apart."""
    identity: Identity = so_far["identity"].value
    places = Places(card, identity)
    reader = _Reader(card, places)
    marks = reader.marks()
    if not marks and not reader.configs:
        framework = versions(card)
        bare = draft(Setup(places.default_stage(), (), [], []), None, framework)
        return Found([bare] if bare else [], (), tuple(reader.unread))
    default = places.default_stage()
    setups = setups_of(marks, reader.configs, default)
    problems = [*conflicts(setups), *stage_conflicts(setups, places)]
    around = surroundings(card, places)
    drafts = [draft(setup, *around) for setup in setups]
    return Found(
        [each for each in drafts if each is not None], tuple(problems), tuple(reader.unread)
    )


class _Reader:
    """One card, with what is asked of it many times."""

    def __init__(self, card: Card, places: Places) -> None:
        self.card = card
        self.places = places
        self.unread: list[Unread] = []
        self.configs: list[tuple[Path, str | None, Any]] = []

    # -- what is told where

    def marks(self) -> list[Mark]:
        """Return all settings of the card, in its order."""
        listed = [*self._labelled(), *self._tabled(), *self._configured()]
        strong: dict[Path, set[str]] = {}
        for mark, sure in listed:
            if sure or mark.setting.name in STRONG:
                strong.setdefault(mark.path, set()).add(mark.setting.name)
        kept = [
            mark
            for mark, sure in listed
            if sure is None
            or self.places.is_training(mark.path)
            or len(strong.get(mark.path, ())) >= 2
        ]
        places = {mark.path for mark in kept if len(strong.get(mark.path, ())) >= 2}
        kept += self._told(places)
        kept += self._commanded(places)
        return sorted(kept, key=lambda mark: mark.setting.fact.where)

    # -- labels

    def _labelled(self) -> Iterator[tuple[Mark, Sure]]:
        """Yield the settings under labels of bullets and paragraphs."""
        for label in self.places.labels:
            if isinstance(label.placed.block, Table) or not label.value:
                continue
            if self.places.excluded(label.placed):
                continue
            yield from self._of_label(label)

    def _of_label(self, label: Label) -> Iterator[tuple[Mark, Sure]]:
        text = plain(label.name).text.strip("\"'`")
        if _OPTION.match(label.name.text):
            return  # the description of a program's option
        name = _label_name(text)
        if name is None or (name in OF_RESULTS and self._is_result(label)):
            return
        if self._of_its_own(text):
            name = snake(text) or name
        official = name in KINDS or name == "betas"
        if not official and not self.places.is_training(label.placed.path):
            return
        value = readable(label.value)
        if not any(c.isdigit() for c in value.text) and self._is_option(label):
            return  # what an option means, and no value of it
        known = official or (len(value) <= 40 and words.find("training", text))
        if not known and not re.fullmatch(r"[\w.+-]+", value.text.strip()):
            return
        for setting in self._read(name, value, text, label.value):
            yield Mark(setting, label.placed.path, self.places.stage(label.placed)), "_" in text

    def _is_option(self, label: Label) -> bool:
        """Return whether a label is printed as an option of a program: `--min_lr`."""
        block = label.placed.block
        lines = block.lines if isinstance(block, (Bullet, Paragraph)) else ()
        return any(f"--{label.name.text}" in line.text for line in lines)

    def _of_its_own(self, label: str) -> bool:
        """Return whether a label means something else in the library that the card names."""
        fields = (get(self.card.front, name) for name in ("library_name", "tags"))
        named = [fold(line.text) for field in fields for line in scalars(field)]
        own = libraries.own_labels()
        return any(fold(label) in own[library] for library in named if library in own)

    def _is_result(self, label: Label) -> bool:
        """Return whether a label stands in a list of results."""
        before = self.places.said_before[id(label.placed)]
        return mentions.find("announcements", before) is not None

    def _read(self, name: str, value: Line, label: str, raw: Line) -> list[Setting]:
        if name == "betas":
            return list(betas(value))
        try:
            return list(read_setting(name, value, label=label))
        except UnreadableValueError as error:
            if name in KINDS and any(c.isdigit() for c in value.text):
                self.unread.append(Unread(raw.text[:200], raw.span(), error.problem))
            return []

    # -- tables

    def _tabled(self) -> Iterator[tuple[Mark, Sure]]:
        """Yield the settings that tables give for the own model."""
        for table, placed in self.card.of(Table):
            if len(table.rows) < 2 or self.places.excluded(placed) or len(table.rows[0]) < 2:
                continue
            across = {
                j: name
                for j, cell in enumerate(table.rows[max(0, table.heads - 1)])
                if cell is not None and (name := _label_name(plain(cell).text))
            }
            down = {
                i: name
                for i, row in enumerate(table.rows)
                if row[0] is not None
                and i >= table.heads
                and (name := _label_name(plain(row[0]).text))
            }
            if len([n for n in down.values() if n in KINDS]) >= max(1, len(across)):
                yield from self._of_rows(table, placed, down)
            elif across:
                yield from self._of_columns(table, placed, across)

    def _of_rows(
        self, table: Table, placed: Placed, names: dict[int, str]
    ) -> Iterator[tuple[Mark, Sure]]:
        """Yield the settings of a table with one setting in each row."""
        column = self._own_column(table)
        strong = {name for name in names.values() if name in STRONG}
        if column is None or not strong:
            return
        stage = self.places.stage(placed)
        shape = len({name for row in table.rows if row[0] and (name := field_of(row[0].text))})
        sure = None if shape >= 3 else len(strong) >= 2
        for i, name in names.items():
            cell = table.rows[i][column]
            label = table.rows[i][0]
            if cell is None or label is None or (name not in KINDS and len(strong) < 2):
                continue
            if name not in KINDS and len(cell) > 30:
                continue
            text = plain(label).text
            value = readable(cell)
            for setting in self._read(name, value, text, cell):
                yield Mark(setting, placed.path, stage), sure

    def _own_column(self, table: Table) -> int | None:
        """Return the column of the own model; None when it cannot be told."""
        width = len(table.rows[0])
        if table.heads == 0:
            return 1 if width == 2 else None
        heads = [plain(cell).text if cell else "" for cell in table.rows[table.heads - 1]]
        own = [j for j in range(1, width) if whose(heads[j], self.places.identity) == OWN]
        if len(own) == 1:
            return own[0]
        if own or any(
            whose(head, self.places.identity) in (SIBLING, STRANGER)
            and any(c.isdigit() for c in head)
            and not is_generic(head)
            for head in heads[1:]
        ):
            return None
        generic = [j for j in range(1, width) if is_generic(heads[j])]
        if len(generic) == 1 and heads[generic[0]]:
            return generic[0]
        return 1 if width == 2 else None

    def _of_columns(
        self, table: Table, placed: Placed, names: dict[int, str]
    ) -> Iterator[tuple[Mark, Sure]]:
        """Yield the settings of a table with one setting in each column."""
        body = table.rows[max(1, table.heads) :]
        if not set(names.values()) & STRONG or _is_log(table):
            return
        rest = [j for j in range(len(table.rows[0])) if j not in names]
        rows = [(row, self._owner(row, rest)) for row in body]
        own = [row for row, owner in rows if owner == OWN]
        if not own and len(rows) == 1 and rows[0][1] not in (SIBLING, STRANGER):
            own = [rows[0][0]]
        stage = self.places.stage(placed)
        heads = table.rows[max(0, table.heads - 1)]
        shape = len({name for cell in heads if cell and (name := field_of(cell.text))})
        sure = None if shape >= 2 else len(names) >= 2
        if len(set(names.values()) & STRONG) < 2:
            names = {j: name for j, name in names.items() if name in STRONG}
        for number, row in enumerate(own):
            for j, name in names.items():
                cell, head = row[j], table.rows[max(0, table.heads - 1)][j]
                if cell is None or head is None or (name not in KINDS and "beta" not in name):
                    continue
                value = readable(cell)
                key = str(number) if len(own) > 1 else None
                for setting in self._read(name, value, plain(head).text, cell):
                    yield Mark(setting, placed.path, stage, key), sure

    def _owner(self, row: tuple[Line | None, ...], columns: list[int]) -> str:
        """Return whose row it is, by the first of some cells that tells."""
        for j in columns[:3]:
            cell = row[j]
            if cell is not None and cell.text.strip() and len(cell) <= 120:
                return whose(plain(cell).text, self.places.identity)
        return "unknown"

    # -- configs and commands

    def _configured(self) -> Iterator[tuple[Mark, Sure]]:
        """Yield the settings of config blocks, and note the configs."""
        for code, placed in self.card.of(Code):
            if self.places.excluded(placed):
                continue
            config = config_of(code)
            if config is None:
                continue
            found = settings_of(config)
            stage = self.places.stage(placed)
            if self._is_config(config, found, placed):
                self.configs.append((placed.path, stage, config.value))
            for setting in found:
                yield Mark(setting, placed.path, stage), True

    def _is_config(self, config: Config, found: list[Setting], placed: Placed) -> bool:
        """Return whether a block sets up training: by its section, its settings, or its engine."""
        keys = {key.text for key, _ in config.root.pairs}
        return bool(
            len(found) >= 2
            or "zero_optimization" in keys
            or self.places.is_training(placed.path)
            or self.places.kind(placed.path) == "finetune"
            or (keys == {"datasets"} and self.places.kind(placed.path) not in NOT_HERE)
        )

    def _commanded(self, places: set[Path]) -> Iterator[Mark]:
        """Yield the options of commands that a training section says were run."""
        if "--" not in self.card.raw:
            return
        for placed in self.card.blocks:
            block = placed.block
            if self.places.excluded(placed):
                continue
            if placed.path not in places and not self.places.is_training(placed.path):
                continue
            for line in self._commands(block, placed):
                for setting in options(line):
                    yield Mark(setting, placed.path, self.places.stage(placed))

    def _commands(self, block: Block, placed: Placed) -> Iterator[Line]:
        """Yield the commands of a block: code within a sentence, or a block said to be run."""
        if isinstance(block, (Paragraph, Bullet)):
            for line in block.lines:
                if "--" in line.text:
                    yield from line.split(_TICKS)[1::2]
        elif isinstance(block, Code) and self._was_run(placed):
            yield join(block.lines, " ")

    def _was_run(self, placed: Placed) -> bool:
        """Return whether the words before a block say that it is what was run."""
        before = self.places.said_before[id(placed)][-200:]
        return bool(_WAS_RUN.search(before)) and not pattern("not_training").search(before)

    # -- sentences

    def _told(self, places: set[Path]) -> Iterator[Mark]:
        """Yield the settings in sentences about the own model's training."""
        wanted = prose_wanted()
        for prose in prose_of(self.card.blocks):
            placed = prose.placed
            lower = prose.lower
            if not (prose.digits or "optimi" in lower or not lower.isascii()):
                continue
            if self.places.excluded(placed) or not wanted.search(lower):
                continue
            here = placed.path in places or self.places.is_training(placed.path)
            if not here and not self._may_speak(prose):
                continue
            block = prose.sentences
            telling = [sentence for sentence in block if _may_tell(sentence.line.text)]
            if not telling or leads_elsewhere(block[0].line, self.places.identity):
                continue
            thread = Thread(block, self.places.who)
            for sentence in telling:
                if self._speaks(sentence, thread, here=here):
                    stage = self.places.stage(placed, sentence.line.text) or stage_in(
                        " ".join(sentence.line.text for sentence in block)[:3000]
                    )
                    for setting in in_sentence(self._behind_label(sentence)):
                        yield Mark(setting, placed.path, stage)

    def _may_speak(self, prose: Prose) -> bool:
        """Return whether a block of no training section can tell how the own model was trained."""
        kind = self.places.kind(prose.placed.path)
        if kind not in NEUTRAL and kind not in ("data", "finetune"):
            return False
        trains = pattern("training_words").search(prose.line.text)
        return bool(trains) and self.places.is_own(prose.placed.path)

    def _behind_label(self, sentence: Sentence) -> Line:
        """Return a sentence without a label that is read as one already."""
        line = sentence.line
        match = _LABEL.match(line.text)
        return line[match.end() :] if match and name_of(match["name"]) else line

    def _speaks(self, sentence: Sentence, thread: Thread, *, here: bool) -> bool:
        """Return whether a sentence that may tell of a training tells of the own model's."""
        text = sentence.line.text
        trains = bool(pattern("training_words").search(text))
        if not (here or trains) or pattern("not_training").search(text):
            return False
        about = thread.of(sentence.number)
        if here:
            return about is not False or (trains and bool(_WE.search(text)))
        kind = self.places.kind(sentence.placed.path)
        if kind == "data":
            return about is not False
        if about:
            return True
        starts = _STARTS.match(text) is not None and len(sentence.placed.path) <= 1
        return starts or bool(_WE.search(text))


def _may_tell(text: str) -> bool:
    """Return whether a sentence holds what a setting needs: a number, or a name of its own."""
    return _DIGIT.search(text) is not None or (
        _OPTIMIZER.search(text) is not None or any(c.isdigit() for c in text)
    )


_OPTION = regex(r"[`\"'*\s]*--?\w")
_TICKS = regex(r"`+")
_LABEL = regex(r"(?P<name>[^:：]{2,60})[:：]\s*")

_WE = regex(
    r"\b(?:we|our model|was|were|has been|is)\s+(?:\w+ly\s+|then\s+|further\s+)?"
    r"(?:used?|trained|fine-?tuned|pre-?trained|optimi[sz]ed|set|conducted|performed)\b"
    r"|训练了|我们|采用|使用",
    re.IGNORECASE,
)
_STARTS = regex(
    r"(?:supervised\s+)?(?:fine-?tuned?|pre-?trained|trained|pre-?training|training|"
    r"[\w-]+ (?:trained|fine-?tuned))\b",
    re.IGNORECASE,
)
_DIGIT = regex(r"\d")
_OPTIMIZER = regex(r"optimi[sz]er|优化器", re.IGNORECASE)
_WAS_RUN = regex(
    r"\b(?:was|were|been|we)\s+(?:\w+\s+)?(?:trained|used|run|fine-?tuned)|"
    r"(?:training|following) command (?:was|used)|command used",
    re.IGNORECASE,
)


def _label_name(text: str) -> str | None:
    """Return the setting that a label names."""
    if fold(text) in ("betas", "beta", "adam betas"):
        return "betas"
    return name_of(text)


def _is_log(table: Table) -> bool:
    """Return whether a table is a training log: losses by epoch or step."""
    heads = {fold(cell.text) for cell in table.rows[0] if cell is not None}
    return any("loss" in head for head in heads) and bool(heads & {"epoch", "step", "epochs"})
