"""Config blocks of a card: YAML or JSON that set up a training run, and command lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from cardkit.blocks import Code
from cardkit.blocks.front_matter import Node, empty
from cardkit.blocks.front_matter import read as read_yaml
from cardkit.errors import UnreadableValueError
from cardkit.facts import Fact
from cardkit.patterns import regex
from cardkit.text import Line
from cardkit.training.optimizers import betas
from cardkit.training.setting_values import read_setting
from cardkit.training.settings import KINDS, Setting
from cardkit.vocabulary import fold, words

MAX_LINES = 2000
MAX_VALUES = 500

LANGUAGES = frozenset({"", "yaml", "yml", "json", "jsonc", "text", "txt", "plaintext", "config"})

_FIRST = regex(r"\s*(?:[{\[]|-\s|[\"']?[A-Za-z_][\w .-]{0,60}[\"']?\s*:(?:\s|$))")
_NO_CONFIG = regex(
    r"[\"']?\b(?:role|content|instruction|conversations?|messages|question|answer|input_ids|"
    r"bibtex|prompt|completion|chosen|rejected)\b[\"']?\s*:",
    re.IGNORECASE,
)
_OPTION = regex(
    r"(?<!\S)--?(?P<name>[A-Za-z][\w-]{1,50})(?:=|[ \t]+)(?P<value>[^\s\"'\\-][^\s\\]*)"
)
_COMMAND = regex(r"(?:^|\s)(?:python3?|deepspeed|torchrun|accelerate|bash|sh|srun|axolotl)\s")

DEEPSPEED = frozenset({"zero_optimization", "train_micro_batch_size_per_gpu", "fp16", "bf16"})
ELSEWHERE = frozenset(
    {"generation", "generation_config", "sampling", "inference", "evaluation", "decoder_conf",
     "encoder_conf", "model_conf", "tokenizer", "datasets", "dataset", "data", "frontend_conf",
     "specaug_conf", "decode", "serving", "logging", "wandb"}
)  # fmt: skip
"""Keys whose maps set up something else than the run."""

VAGUE = frozenset(
    {"r", "alpha", "rank", "length", "steps", "step", "epoch", "decay", "schedule", "context",
     "batch", "tokens", "updates", "compute", "devices", "device", "eps"}
)  # fmt: skip
"""Words that mean a setting under a label, but anything in a config."""


class Config(NamedTuple):
    """A block of YAML or JSON."""

    value: Any
    """Parsed: maps, lists, strings, numbers, flags and None."""
    root: Node


def config_of(code: Code) -> Config | None:
    """Return a code block as a config, or None when it is none."""
    if code.language not in LANGUAGES or not 0 < len(code.lines) <= MAX_LINES:
        return None
    filled = [line for line in code.lines if line.text.strip()]
    if not filled or not _FIRST.match(filled[0].text) or filled[0].text.lstrip()[:1] == "@":
        return None
    if any(_NO_CONFIG.search(line.text) for line in filled[:40]):
        return None
    if not code.language and not _is_yaml_like([line.text for line in filled]):
        return None
    root, problems = read_yaml(code.lines)
    if root is None or any(p.code != "frontmatter-repaired" for p in problems):
        return None
    return Config(value_of(root), root) if root.kind == "map" and root.pairs else None


_YAML_LINE = regex(
    r"\s*(?:#|[{}\[\]],?|-\s|-?\s*[\"']?[\w./@<>-]+(?: [\w./-]+){0,3}[\"']?\s*:(?:\s|$)"
    r"|[\"'\w.-]+,?\s*$)"
)


def _is_yaml_like(texts: list[str]) -> bool:
    """Return whether all lines of a block without a language are keys, entries or brackets."""
    return all(_YAML_LINE.match(text) for text in texts)


def value_of(node: Node) -> Any:
    r"""Return a tree as plain values, scalars typed as YAML 1.2 does.

    >>> from cardkit.text import lines_of
    >>> value_of(read_yaml(lines_of("lr: 1e-5\nbf16: true"))[0])
    {'lr': 1e-05, 'bf16': True}
    """
    if node.kind == "map":
        return {key.text: value_of(value) for key, value in node.pairs}
    if node.kind == "list":
        return [value_of(entry) for entry in node.entries]
    return _typed(node.line)


def _typed(line: Line) -> Any:
    text = line.text.strip()
    if empty(line):
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?\d{1,18}", text):
        return int(text)
    if re.fullmatch(r"[-+]?(?:\d{1,18}\.?\d{0,18}|\.\d{1,18})(?:[eE][-+]?\d{1,3})?", text):
        value = float(text)
        return value if abs(value) < 1e300 else text
    return line.text


# ------------------------------------------------------------------------------ settings


def settings_of(config: Config) -> list[Setting]:
    """Return the settings of a run that a config gives under known names."""
    keys = {key.text for key, _ in config.root.pairs}
    if "zero_optimization" in keys or len(keys & DEEPSPEED) >= 2:
        return list(_of_deepspeed(config.root))
    found = []
    for setting in _of_map(config.root, 0):
        found.append(setting)
        if len(found) >= MAX_VALUES:
            break
    return found


def _of_deepspeed(root: Node) -> Iterator[Setting]:
    """Yield the optimizer's name: the rest of a DeepSpeed block sets up the engine."""
    for key, value in root.pairs:
        if key.text == "optimizer" and value.kind == "map":
            yield from _named("optimizer", value)


def _of_map(node: Node, depth: int) -> Iterator[Setting]:
    for key, value in node.pairs:
        label = key.text
        name = words.find("training", label)
        if value.kind == "map":
            if name in ("optimizer", "lr_scheduler_type"):
                yield from _named(name, value)
            elif name == "mixed_precision_training" and fold(label) in ("fp16", "bf16"):
                yield from _of_flag(key, value)
            if fold(label).replace(" ", "_") not in ELSEWHERE and depth < 4:
                yield from _of_map(value, depth + 1)
        elif fold(label) == "betas" and value.kind == "list":
            yield from _betas(value)
        elif value.kind == "scalar" and not empty(value.line):
            yield from _read(name, value.line, label)


def _read(name: str | None, value: Line, label: str) -> Iterator[Setting]:
    """Yield what a value says under a known name that is not vague in a config."""
    if name not in KINDS or name == "distributed_type" or fold(label) in VAGUE:
        return
    try:
        yield from read_setting(name, value, label=label)
    except UnreadableValueError:
        return


def _named(name: str, node: Node) -> Iterator[Setting]:
    """Yield the name of an optimizer or schedule given as a map, and what stands beside it."""
    for key, value in node.pairs:
        named = fold(key.text) in ("type", "name", "class name", "target")
        text = value.line.text if named and value.kind == "scalar" else ""
        if text and fold(text) != "auto" and not empty(value.line):
            yield Setting(name, Fact(text, text, value.line.span(), "config"), None, text)


def _of_flag(key: Line, node: Node) -> Iterator[Setting]:
    """Yield the number format of `fp16: {enabled: true}`."""
    for inner, value in node.pairs:
        if inner.text == "enabled" and value.kind == "scalar" and fold(value.line.text) == "true":
            yield from _read("mixed_precision_training", value.line, key.text)


def _betas(node: Node) -> Iterator[Setting]:
    if len(node.entries) == 2:
        for which, entry in enumerate(node.entries, 1):
            yield from betas(entry.line, which)


def options(line: Line) -> Iterator[Setting]:
    """Yield the settings that a command line gives as options.

    >>> from cardkit.text import lines_of
    >>> [(s.name, s.text) for s in options(lines_of("python train.py --num_train_epochs 2")[0])]
    [('num_epochs', '--num_train_epochs 2')]
    """
    if not _COMMAND.search(line.text[:2000]):
        return
    for match in _OPTION.finditer(line.text):
        label = match["name"].replace("-", "_")
        name = words.find("training", label)
        if name not in KINDS or fold(label) in VAGUE or ("_" not in label and label != "lr"):
            continue
        value = line[match.start("value") : match.end("value")]
        whole = line[match.start() : match.end()]
        for setting in _read(name, value, label):
            yield setting._replace(
                fact=setting.fact._replace(written=whole.text, where=whole.span()),
                text=whole.text,
            )
