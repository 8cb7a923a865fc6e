"""The hardware and the software that a card names for its training."""

from __future__ import annotations

import re

from cardkit.blocks import Bullet
from cardkit.card import Card
from cardkit.facts import Fact, fact
from cardkit.patterns import regex
from cardkit.prose.links import plain, whole_text
from cardkit.prose.sentences import prose_of
from cardkit.text import Line, join
from cardkit.training.training_places import NOT_HERE, Places
from cardkit.vocabulary import fold, words
from cardkit.vocabulary.prose import pattern, stems_of

_MACHINE = regex(
    r"GPU|TPU|NPU|CPU|[AHBV]\d{2,3}\b|RTX|Tesla|Ascend|昇腾|Titan|MI\d{3}|L40|T4\b|A6000|core|node",
    re.IGNORECASE,
)

_MACHINES = stems_of(
    ["gpu", "tpu", "npu", "a100", "h100", "v100", "h800", "a800", "h200", "b200", "rtx", "titan",
     "tesla", "t4", "p100", "ascend", "mi250", "mi300"]
)  # fmt: skip

_RAN_ON = regex(
    r"\b(?:on|using|with|of type|utilizing)\s+(?P<what>"
    r"(?:(?:a|an|the|single|one|two|four|eight|\d{1,6})\s*)?(?:[x×*]\s*)?"
    r"(?:(?:NVIDIA|Nvidia|Google|Huawei|AMD|Cloud|Tesla|GeForce)\s+)*"
    r"(?:[ABHV]\d{2,3}|TPU|T4|RTX|Titan|P100|GPUs?|MI\d{3}|Ascend)[\w-]*"
    r"(?:\s+(?:\d+\s?GB|v\d[\w-]*|GPUs?|TPUs?|pods?|RTX|Ti|\d{4}|SXM\d?|PCIe|nodes?)\b)*)"
)


def surroundings(card: Card, places: Places) -> tuple[Fact | None, Fact | None]:
    """Return the hardware and the framework that the card names for its training."""
    hardware: Fact | None = None
    framework: Fact | None = None
    for label in places.labels:
        found = words.find("training", label.name.text) if len(label.name) <= 40 else None
        if found not in ("hardware", "framework") or not label.value or len(label.value) > 200:
            continue
        kind = places.kind(label.placed.path)
        if kind in NOT_HERE and kind != "install":
            continue
        value = plain(label.value)
        if found == "hardware" and hardware is None and _MACHINE.search(value.text):
            hardware = fact(value.text, value, "label")
        elif found == "framework" and framework is None and places.is_training(label.placed.path):
            framework = fact(value.text, value, "label")
    if framework is None:
        framework = versions(card)
    if hardware is None:
        hardware = _ran_on(card, places)
    return hardware, framework


def _ran_on(card: Card, places: Places) -> Fact | None:
    """Return the hardware in a sentence about training: "trained on 256 A100 GPUs"."""
    for prose in prose_of(card.blocks):
        if places.excluded(prose.placed) or not _MACHINES.search(prose.lower):
            continue
        for sentence in prose.sentences:
            text = sentence.line.text
            match = _RAN_ON.search(text)
            if match is None or pattern("not_training").search(text):
                continue
            if pattern("choices").search(text[: match.start()]):
                continue
            if pattern("training_words").search(text[: match.start()][-150:]):
                part = sentence.line[match.start("what") : match.end("what")]
                return fact(part.text, part, "sentence")
    return None


def versions(card: Card) -> Fact | None:
    """Return the list under "Framework versions" as one text."""
    found: list[Line] = []
    for bullet, placed in card.of(Bullet):
        if placed.path and fold(placed.path[-1].line.text) in ("framework versions", "框架版本"):
            found.append(plain(whole_text(bullet)))
    if not found or len(found) > 8:
        return None
    line = join(found, ", ")
    return fact(line.text, line, "framework versions") if len(line) <= 200 else None
