"""How the model was trained: settings, stage, hardware and framework of each setup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cardkit.blocks import Bullet, Code, Heading, Paragraph, Placed, Table
from cardkit.blocks.front_matter import get, scalars
from cardkit.card import Card
from cardkit.configs import Config, config_of, options, settings_of
from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact, Found, Problem, Unread, fact
from cardkit.identity import Identity
from cardkit.labels import Label, labels
from cardkit.links import plain, whole_text
from cardkit.patterns import regex
from cardkit.sentences import Sentence, Subject, is_about_self, sentences, subject
from cardkit.settings import (
    KINDS,
    STRONG,
    Setting,
    betas,
    in_sentence,
    name_of,
    prose_wanted,
    read_setting,
    readable,
)
from cardkit.spec_values import field_of, is_generic, said
from cardkit.text import Line, Span, join
from cardkit.vocabulary import fold, words
from cardkit.vocabulary.prose import pattern, phrases, stems_of
from cardkit.whose import OWN, SIBLING, STRANGER, leads_elsewhere, whose

Path = tuple[Heading, ...]

NOT_HERE = frozenset(
    {"usage", "prompt", "citation", "license", "install", "deployment", "faq", "toc", "news",
     "limitations", "acknowledgement", "contact", "examples_of_output", "ethics", "evaluation",
     "comparison", "download"}
)  # fmt: skip
"""Sections whose figures are not those of the training run."""

TRAINING = frozenset({"training", "hyperparameters"})
NEUTRAL = frozenset({None, "model_description", "model_details", "introduction", "architecture"})


class Mark(NamedTuple):
    """A setting, and where and of what it was said."""

    setting: Setting
    path: Path
    stage: str | None
    row: str | None = None
    """The member of a family that it is about, where a table tells them apart."""


Sure = bool | None
"""Whether a setting counts like a strong one; None: its table alone makes it certain."""


class Setup(NamedTuple):
    """What belongs to one training run."""

    stage: str | None
    path: Path
    marks: list[Mark]
    configs: list[Any]


def read(card: Card, so_far: Mapping[str, Found]) -> Found:
    """Read the training setups that the card tells apart."""
    identity: Identity = so_far["identity"].value
    reader = _Reader(card, identity)
    marks = reader.marks()
    if not marks and not reader.configs:
        return Found([], (), tuple(reader.unread))
    default = reader.default_stage()
    setups = _setups(marks, reader.configs, default)
    problems = [*_conflicts(setups), *_stage_conflicts(setups, reader)]
    around = _surroundings(card, reader)
    drafts = [_draft(setup, *around) for setup in setups]
    return Found(
        [draft for draft in drafts if draft is not None], tuple(problems), tuple(reader.unread)
    )


# ------------------------------------------------------------------------------ places


def kind_of_section(path: Path) -> str | None:
    """Return the kind of the innermost section that has one."""
    for heading in reversed(path):
        kind = words.section_of(plain(heading.line).text)
        if kind:
            return kind
    return None


def stage_in(text: str) -> str | None:
    """Return the one stage that a text names.

    >>> stage_in("used during DPO training"), stage_in("SFT and DPO"), stage_in("training")
    ('dpo', None, None)
    """
    named = [stage for stage in phrases("stages") if pattern("stages", stage).search(text[:2000])]
    return named[0] if len(named) == 1 else None


class _Reader:
    """One card, with what is asked of it many times."""

    def __init__(self, card: Card, identity: Identity) -> None:
        self.card = card
        self.identity = identity
        self.unread: list[Unread] = []
        self.configs: list[tuple[Path, str | None, Any]] = []
        self.labels = list(labels(card.blocks))
        self.stages: dict[int, str | None] = {}
        self.kinds: dict[int, str | None] = {}
        self.who: Subject = subject(identity.names)
        self.said_before: dict[int, str] = {}
        before = ""
        for i, placed in enumerate(card.blocks):
            self.said_before[id(placed)] = before
            block = placed.block
            if isinstance(block, Heading):
                before = ""
            elif isinstance(block, Paragraph) and not placed.commented:
                before = whole_text(block).text[-400:]

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
            if sure is None or self.is_training(mark.path) or len(strong.get(mark.path, ())) >= 2
        ]
        places = {mark.path for mark in kept if len(strong.get(mark.path, ())) >= 2}
        kept += self._told(places)
        kept += self._commanded(places)
        return sorted(kept, key=lambda mark: mark.setting.fact.where)

    def is_training(self, path: Path) -> bool:
        """Return whether a section is about how the own model was trained."""
        if not path:
            return False
        inner = path[-1].line.text
        kind = self.kind(path)
        if kind in TRAINING:
            return self._is_own(path)
        if kind in NOT_HERE or kind == "environment":
            return False
        return bool(pattern("training_words").search(inner)) and self._is_own(path)

    def _is_own(self, path: Path) -> bool:
        """Return whether no heading names another model."""
        return not any(
            whose(plain(heading.line).text, self.identity) in (SIBLING, STRANGER)
            and any(c.isdigit() for c in heading.line.text)
            for heading in path[1:]
        )

    def _stage(self, placed: Placed, text: str = "") -> str | None:
        """Return the stage that the words around a block name: nearest first."""
        stage = stage_in(text) if text else None
        if stage:
            return stage
        if id(placed) not in self.stages:
            self.stages[id(placed)] = self._stage_around(placed)
        return self.stages[id(placed)]

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

    def kind(self, path: Path) -> str | None:
        """Return the kind of the innermost section that has one."""
        if not path:
            return None
        if id(path[-1]) not in self.kinds:
            self.kinds[id(path[-1])] = kind_of_section(path)
        return self.kinds[id(path[-1])]

    def excluded(self, placed: Placed) -> bool:
        """Return whether a block stands where nothing is said of the training run."""
        return placed.commented or self.kind(placed.path) in NOT_HERE

    # -- labels

    def _labelled(self) -> Iterator[tuple[Mark, Sure]]:
        """Yield the settings under labels of bullets and paragraphs."""
        for label in self.labels:
            if isinstance(label.placed.block, Table) or not label.value:
                continue
            if self.excluded(label.placed):
                continue
            yield from self._of_label(label)

    def _of_label(self, label: Label) -> Iterator[tuple[Mark, Sure]]:
        text = plain(label.name).text.strip("\"'`")
        if _OPTION.match(label.name.text):
            return  # the description of a program's option
        name = name_of(text)
        if name is None:
            return
        official = name in KINDS
        if not official and not self.is_training(label.placed.path):
            return
        value = readable(label.value)
        if not official and (len(value) > 40 or words.find("training", text) is None):
            if not re.fullmatch(r"[\w.+-]+", value.text.strip()):
                return
        for setting in self._read(name, value, text, label.value):
            yield Mark(setting, label.placed.path, self._stage(label.placed)), "_" in text

    def _read(self, name: str, value: Line, label: str, raw: Line) -> list[Setting]:
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
            if len(table.rows) < 2 or self.excluded(placed) or len(table.rows[0]) < 2:
                continue
            across = {
                j: name
                for j, cell in enumerate(table.rows[max(0, table.heads - 1)])
                if cell is not None and (name := _label_name(cell))
            }
            down = {
                i: name
                for i, row in enumerate(table.rows)
                if row[0] is not None and i >= table.heads and (name := _label_name(row[0]))
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
        stage = self._stage(placed)
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
            if name in ("adam_betas", "betas"):
                found = list(betas(value))
            else:
                found = self._read(name, value, text, cell)
            for setting in found:
                yield Mark(setting, placed.path, stage), sure

    def _own_column(self, table: Table) -> int | None:
        """Return the column of the own model; None when it cannot be told."""
        width = len(table.rows[0])
        if table.heads == 0:
            return 1 if width == 2 else None
        heads = [plain(cell).text if cell else "" for cell in table.rows[table.heads - 1]]
        own = [j for j in range(1, width) if whose(heads[j], self.identity) == OWN]
        if len(own) == 1:
            return own[0]
        if own or any(
            whose(head, self.identity) in (SIBLING, STRANGER)
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
        stage = self._stage(placed)
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
                if name in ("betas", "adam_betas"):
                    found = list(betas(value))
                else:
                    found = self._read(name, value, plain(head).text, cell)
                key = str(number) if len(own) > 1 else None
                for setting in found:
                    yield Mark(setting, placed.path, stage, key), sure

    def _owner(self, row: tuple[Line | None, ...], columns: list[int]) -> str:
        """Return whose row it is, by the first of some cells that tells."""
        for j in columns[:3]:
            cell = row[j]
            if cell is not None and cell.text.strip() and len(cell) <= 120:
                return whose(plain(cell).text, self.identity)
        return "unknown"

    # -- configs and commands

    def _configured(self) -> Iterator[tuple[Mark, Sure]]:
        """Yield the settings of config blocks, and note the configs."""
        for code, placed in self.card.of(Code):
            if self.excluded(placed):
                continue
            config = config_of(code)
            if config is None:
                continue
            found = settings_of(config)
            stage = self._stage(placed)
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
            or self.is_training(placed.path)
            or self.kind(placed.path) == "finetune"
            or (keys == {"datasets"} and self.kind(placed.path) not in NOT_HERE)
        )

    def _commanded(self, places: set[Path]) -> Iterator[Mark]:
        """Yield the options of commands that a training section says were run."""
        if "--" not in self.card.raw:
            return
        for placed in self.card.blocks:
            block = placed.block
            if self.excluded(placed):
                continue
            if isinstance(block, Paragraph | Bullet):
                if placed.path in places or self.is_training(placed.path):
                    for line in block.lines:
                        if "--" in line.text and "`" in line.text:
                            for setting in options(line.split(_TICKS)[1] if line else line):
                                yield Mark(setting, placed.path, self._stage(placed))
            elif isinstance(block, Code) and self._was_run(placed):
                if self.is_training(placed.path) or placed.path in places:
                    line = join(block.lines, " ")
                    for setting in options(line):
                        yield Mark(setting, placed.path, self._stage(placed))

    def _was_run(self, placed: Placed) -> bool:
        """Return whether the words before a block say that it is what was run."""
        before = self.said_before[id(placed)][-200:]
        return bool(_WAS_RUN.search(before)) and not pattern("not_training").search(before)

    # -- sentences

    def _told(self, places: set[Path]) -> Iterator[Mark]:
        """Yield the settings in sentences about the own model's training."""
        for block in sentences(self.card.blocks, prose_wanted()):
            placed = block[0].placed if block else None
            if placed is None or self.excluded(placed):
                continue
            if leads_elsewhere(block[0].line, self.identity):
                continue
            here = placed.path in places or self.is_training(placed.path)
            if not here and not self._is_own(placed.path):
                continue
            paragraph = " ".join(sentence.line.text for sentence in block)[:3000]
            before: bool | None = None
            for sentence in block:
                about = is_about_self(sentence, self.who, before=before)
                if self._speaks(sentence, about, here=here, before=before):
                    stage = self._stage(placed, sentence.line.text) or stage_in(paragraph)
                    for setting in in_sentence(self._behind_label(sentence)):
                        yield Mark(setting, placed.path, stage)
                before = about

    def _behind_label(self, sentence: Sentence) -> Line:
        """Return a sentence without a label that is read as one already."""
        line = sentence.line
        match = _LABEL.match(line.text)
        return line[match.end() :] if match and name_of(match["name"]) else line

    def _speaks(
        self, sentence: Sentence, about: bool | None, *, here: bool, before: bool | None
    ) -> bool:
        """Return whether a sentence tells how the own model was trained."""
        text = sentence.line.text
        if not any(c.isdigit() for c in text) and not _OPTIMIZER.search(text):
            return False
        if pattern("not_training").search(text):
            return False
        trains = bool(pattern("training_words").search(text))
        if here:
            return about is not False or (trains and bool(_WE.search(text)))
        kind = self.kind(sentence.placed.path)
        if kind == "data":
            return trains and about is not False
        if kind not in NEUTRAL and kind != "finetune":
            return False
        if about:
            return trains
        starts = _STARTS.match(text) is not None and len(sentence.placed.path) <= 1
        return trains and (starts or bool(_WE.search(text)))

    # -- the card as a whole

    def default_stage(self) -> str | None:
        """Return the stage that the whole card gives its model: by its title, its tags, its data."""
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
        for block in sentences(self.card.blocks, _PRETRAINED, digits=True):
            before: bool | None = None
            for sentence in block:
                about = is_about_self(sentence, self.who, before=before)
                if about and pretrained.search(sentence.line.text):
                    if any(each.field == "training_tokens" for each in said(sentence.line)):
                        return True
                before = about
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


_OPTION = regex(r"[`\"'*\s]*--?\w")
_TICKS = regex(r"`+")
_LABEL = regex(r"(?P<name>[^:：]{2,60})[:：]\s*")
_PRETRAINED = stems_of(["pretrain", "pre-train", "预训练", "事前学習", "사전"])
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
_OPTIMIZER = regex(r"optimi[sz]er|优化器", re.IGNORECASE)
_WAS_RUN = regex(
    r"\b(?:was|were|been|we)\s+(?:\w+\s+)?(?:trained|used|run|fine-?tuned)|"
    r"(?:training|following) command (?:was|used)|command used",
    re.IGNORECASE,
)


def _label_name(cell: Line) -> str | None:
    """Return the setting that a cell of labels names."""
    text = plain(cell).text
    if fold(text) in ("betas", "beta", "adam betas"):
        return "betas"
    return name_of(text)


def _is_log(table: Table) -> bool:
    """Return whether a table is a training log: losses by epoch or step."""
    heads = {fold(cell.text) for cell in table.rows[0] if cell is not None}
    return any("loss" in head for head in heads) and bool(heads & {"epoch", "step", "epochs"})


# ------------------------------------------------------------------------------ setups


def _setups(
    marks: list[Mark], configs: list[tuple[Path, str | None, Any]], default: str | None
) -> list[Setup]:
    """Return the settings put together: one setup for each stage, section or row told apart."""
    setups: list[Setup] = []
    for mark in marks:
        found = _same_place(mark, setups)
        stage = mark.stage or default
        if found is None:
            found = next((s for s in setups if _belongs(mark, stage, s)), None)
        if found is None:
            found = Setup(stage, mark.path, [], [])
            setups.append(found)
        seen = {(m.setting.name, m.setting.fact.value, m.row) for m in found.marks}
        if (mark.setting.name, mark.setting.fact.value, mark.row) not in seen:
            found.marks.append(mark)
    setups = [part for setup in setups for part in _by_rows(setup)]
    for path, named, value in configs:
        stage = named or default
        home = next((s for s in setups if s.stage == stage and s.path == path), None)
        home = home or next((s for s in setups if s.stage == stage), None)
        if home is None:
            home = Setup(stage, path, [], [])
            setups.append(home)
        home.configs.append(value)
    return setups


def _same_place(mark: Mark, setups: list[Setup]) -> Setup | None:
    """Return the setup of a section for a setting of it that names no stage."""
    if mark.stage is not None or not mark.path:
        return None
    return next((s for s in setups if s.path == mark.path), None)


def _belongs(mark: Mark, stage: str | None, setup: Setup) -> bool:
    """Return whether a setting is of a setup: the same stage, and no second run of its own."""
    if stage != setup.stage:
        return False
    if mark.path == setup.path or not mark.path or not setup.path:
        return True
    other = {m.setting.name: m.setting.fact.value for m in setup.marks if m.path != mark.path}
    name = mark.setting.name
    own = [m for m in setup.marks if m.path == mark.path]
    siblings = (
        len(mark.path) == len(setup.path)
        and mark.path[:-1] == setup.path[:-1]
        and name in STRONG
        and name in other
        and other[name] != mark.setting.fact.value
    )
    return not siblings or bool(own)


def _by_rows(setup: Setup) -> Iterator[Setup]:
    """Yield a setup once for each kind of row that gives it other values."""
    rows: dict[tuple[tuple[str, Any], ...], list[Mark]] = {}
    for row in sorted({m.row for m in setup.marks if m.row is not None}):
        of_row = [m for m in setup.marks if m.row == row]
        key = tuple((m.setting.name, m.setting.fact.value) for m in of_row)
        rows.setdefault(key, of_row)
    if len(rows) < 2:
        kept = next(iter(rows.values()), [])
        marks = [m for m in setup.marks if m.row is None or m in kept]
        yield setup._replace(marks=marks)
        return
    for i, of_row in enumerate(rows.values()):
        marks = [m for m in setup.marks if m.row is None or m in of_row]
        yield setup._replace(marks=marks, configs=setup.configs if i == 0 else [])


def _draft(setup: Setup, hardware: Fact | None, framework: Fact | None) -> dict[str, Any] | None:
    """Return a setup as the record shows it."""
    draft: dict[str, Any] = {"stage": setup.stage, "hyperparameters": []}
    for mark in setup.marks:
        setting = mark.setting
        draft["hyperparameters"].append(
            {
                "name": setting.name,
                "value": setting.fact,
                "unit": setting.unit,
                "text": setting.text,
            }
        )
    draft["hardware"], draft["framework"] = hardware, framework
    draft["configs"] = setup.configs
    return draft if setup.marks or setup.configs else None


def _surroundings(card: Card, reader: _Reader) -> tuple[Fact | None, Fact | None]:
    """Return the hardware and the framework that the card names for its training."""
    hardware: Fact | None = None
    framework: Fact | None = None
    for label in reader.labels:
        found = words.find("training", label.name.text) if len(label.name) <= 40 else None
        if found not in ("hardware", "framework") or not label.value or len(label.value) > 200:
            continue
        kind = reader.kind(label.placed.path)
        if kind in NOT_HERE and kind != "install":
            continue
        value = plain(label.value)
        if found == "hardware" and hardware is None and _MACHINE.search(value.text):
            hardware = fact(value.text, value, "label")
        elif found == "framework" and framework is None and reader.is_training(label.placed.path):
            framework = fact(value.text, value, "label")
    if framework is None:
        framework = _versions(card)
    if hardware is None:
        hardware = _ran_on(card, reader)
    return hardware, framework


_MACHINE = regex(
    r"GPU|TPU|NPU|CPU|[AHBV]\d{2,3}\b|RTX|Tesla|Ascend|昇腾|Titan|MI\d{3}|L40|T4\b|A6000|core|node",
    re.IGNORECASE,
)
_MACHINES = stems_of(["gpu", "tpu", "npu", "a100", "h100", "v100", "h800", "a800", "h200", "b200",
                      "rtx", "titan", "tesla", "t4", "p100", "ascend", "mi250", "mi300"])  # fmt: skip
_RAN_ON = regex(
    r"\b(?:on|using|with|of type|utilizing)\s+(?P<what>(?:(?:a|an|the|single|one|two|four|eight|\d{1,6})\s*)?(?:[x×*]\s*)?"
    r"(?:(?:NVIDIA|Nvidia|Google|Huawei|AMD|Cloud|Tesla|GeForce)\s+)*"
    r"(?:[ABHV]\d{2,3}|TPU|T4|RTX|Titan|P100|GPUs?|MI\d{3}|Ascend)[\w-]*"
    r"(?:\s+(?:\d+\s?GB|v\d[\w-]*|GPUs?|TPUs?|pods?|RTX|Ti|\d{4}|SXM\d?|PCIe|nodes?)\b)*)"
)


def _ran_on(card: Card, reader: _Reader) -> Fact | None:
    """Return the hardware in a sentence about training: "trained on 256 A100 GPUs"."""
    for block in sentences(card.blocks, _MACHINES):
        if not block or reader.excluded(block[0].placed):
            continue
        for sentence in block:
            text = sentence.line.text
            match = _RAN_ON.search(text)
            if match and pattern("training_words").search(text[: match.start()][-150:]):
                if not pattern("not_training").search(text):
                    part = sentence.line[match.start("what") : match.end("what")]
                    return fact(part.text, part, "sentence")
    return None


def _versions(card: Card) -> Fact | None:
    """Return the list under "Framework versions" as one text."""
    found: list[Line] = []
    for bullet, placed in card.of(Bullet):
        if placed.path and fold(placed.path[-1].line.text) in ("framework versions", "框架版本"):
            found.append(plain(whole_text(bullet)))
    if not found or len(found) > 8:
        return None
    line = join(found, ", ")
    return fact(line.text, line, "framework versions") if len(line) <= 200 else None


# ------------------------------------------------------------------------------ problems


def _conflicts(setups: Iterable[Setup]) -> Iterator[Problem]:
    """Yield a problem for each setting with two values in one setup."""
    for setup in setups:
        values: dict[str, list[Mark]] = {}
        for mark in setup.marks:
            values.setdefault(mark.setting.name, []).append(mark)
        for name, marks in values.items():
            if len(marks) > 1:
                given = " and ".join(str(mark.setting.fact.value) for mark in marks)
                yield Problem(
                    "hyperparameter-conflict",
                    "warning",
                    f"{name} is given as {given}. Keep the value of this model, or say which run "
                    "each one belongs to.",
                    marks[1].setting.fact.where,
                )


def _stage_conflicts(setups: list[Setup], reader: _Reader) -> Iterator[Problem]:
    """Yield a problem where settings stand under a stage that the card does not give its model."""
    if not any(mark.stage for setup in setups for mark in setup.marks):
        return
    given = reader.given_stage()
    if given is None:
        return
    stage, _ = given
    for setup in setups:
        named = next((mark for mark in setup.marks if mark.stage), None)
        if named is not None and named.stage not in (None, stage, "pretrain"):
            yield Problem(
                "stage-conflict",
                "warning",
                f"The settings are those of {named.stage}, but the card says that the model went "
                f"through {stage}. Name the stage that they belong to.",
                named.setting.fact.where,
            )
