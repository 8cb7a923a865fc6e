"""Mutated cards: nothing is raised, each record is valid, and each value stands in the card.

`pytest -m fuzz -s tests/fuzz` reads CARDKIT_FUZZ_INPUTS mutations (2,000 if it is not set) and
prints how many. Hypothesis keeps what failed in `.hypothesis`, and tries it first the next time.
The seeds are the cards of this project and, where they are, those shared beside it.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cardkit.errors import CardkitError
from cardkit.ingest import as_json, read_record
from cardkit.record import Record

pytestmark = pytest.mark.fuzz

INPUTS = int(os.environ.get("CARDKIT_FUZZ_INPUTS", "2000"))
ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "cards"
LONGEST = 30_000
"""Characters of a seed, so that an input takes milliseconds."""
SIGNS = (
    "|-#*_`~<>[](){}:：，。\\\"'&%$@!?=+/.,;\0\t\r\n\u2028\u200b\ufeff\udc80０７亿万% 0123456789"
)


def seeds() -> list[str]:
    paths = [
        *sorted((ROOT / "cards").iterdir()),
        *sorted((SHARED / "seeds").glob("*")),
        *sorted((SHARED / "real").glob("*.md")),
    ]
    cards = [path.read_bytes().decode("utf-8", "surrogateescape") for path in paths]
    if (SHARED / "pool.jsonl.gz").exists():
        with gzip.open(SHARED / "pool.jsonl.gz", "rt", encoding="utf-8") as lines:
            cards += [json.loads(line)["card"] for n, line in enumerate(lines) if n % 10 == 0]
    return [card[:LONGEST] for card in cards if card.strip()]


Mutation = Callable[[str, str, random.Random], str]


def place(text: str, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(text) + 1)
    return start, min(len(text), start + chance.choice((1, 3, 20, 200, 2000)))


def cut(card: str, _: str, chance: random.Random) -> str:
    start, end = place(card, chance)
    return card[:start] + card[end:]


def cut_off(card: str, _: str, chance: random.Random) -> str:
    return card[: chance.randrange(len(card) + 1)]


def duplicate(card: str, _: str, chance: random.Random) -> str:
    start, end = place(card, chance)
    return card[:end] + card[start:end] * chance.choice((1, 2, 30)) + card[end:]


def splice(card: str, other: str, chance: random.Random) -> str:
    return card[: chance.randrange(len(card) + 1)] + other[chance.randrange(len(other) + 1) :]


def insert(card: str, other: str, chance: random.Random) -> str:
    at, (start, end) = chance.randrange(len(card) + 1), place(other, chance)
    return card[:at] + other[start:end] + card[at:]


def signs(card: str, _: str, chance: random.Random) -> str:
    letters = list(card)
    for _unused in range(chance.choice((1, 5, 50))):
        at = chance.randrange(len(letters) + 1)
        letters[at : at + chance.randrange(2)] = chance.choice(SIGNS) * chance.choice((1, 1, 3, 40))
    return "".join(letters)


def bytes_(card: str, _: str, chance: random.Random) -> str:
    octets = bytearray(card.encode("utf-8", "surrogatepass"))
    for _unused in range(min(len(octets), chance.choice((1, 10, 100)))):
        octets[chance.randrange(len(octets))] = chance.randrange(256)
    return bytes(octets).decode("utf-8", "surrogateescape")


def shuffle(card: str, _: str, chance: random.Random) -> str:
    lines = card.split("\n")
    start, end = place(card[: len(lines)], chance)
    part = lines[start:end]
    chance.shuffle(part)
    return "\n".join([*lines[:start], *part, *lines[end:]])


def no_blank_lines(card: str, _: str, __: random.Random) -> str:
    return re.sub(r"\n\s*\n", "\n", card)


def no_indentation(card: str, _: str, __: random.Random) -> str:
    return re.sub(r"(?m)^[ \t]+", "", card)


def one_line(card: str, _: str, __: random.Random) -> str:
    return " ".join(card.split())


def gutter(card: str, _: str, chance: random.Random) -> str:
    lines = card.split("\n")
    numbers = [str(n) for n in range(1, len(lines) + 1)]
    if chance.random() < 0.5:
        return "\n".join([*numbers, *lines])
    return "\n".join(f"{n} {line}" for n, line in zip(numbers, lines, strict=True))


def no_bars(card: str, _: str, __: random.Random) -> str:
    return re.sub(r"(?m)^\|?[-:| ]+\|?$\n|[ ]*\|[ ]*", "", card)


def page(card: str, _: str, __: random.Random) -> str:
    bare = re.sub(r"(?m)^#+ |\*\*|^[-*] |`", "", card)
    return f"镜像/Ant\n模型介绍文件和版本分析\n下载使用量0\n\n{bare}"


def full_width(card: str, _: str, __: random.Random) -> str:
    return card.translate({ord(c): ord(c) + 0xFEE0 for c in ":,()|#%"})


def line_ends(card: str, _: str, chance: random.Random) -> str:
    return card.replace("\n", chance.choice(("\r\n", "\r", "\n\n", "\u2028", "\x0b")))


def html(card: str, _: str, __: random.Random) -> str:
    lines = "".join(f"<p>{line}</p>" for line in card.split("\n"))
    return f"<!DOCTYPE html><html><body>{lines}</body></html>"


MUTATIONS: list[Mutation] = [
    *(cut, cut_off, duplicate, splice, insert, signs, bytes_, shuffle) * 2,
    *(no_blank_lines, no_indentation, one_line, gutter, no_bars, page, full_width, line_ends, html),
]


def test_a_mutated_card_reads_into_a_valid_record_with_true_evidence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cards = seeds()
    count: Counter[str] = Counter()

    @settings(
        max_examples=INPUTS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a card does not shrink well
    )
    @given(
        st.integers(0, len(cards) - 1),
        st.integers(0, len(cards) - 1),
        st.lists(st.integers(0, len(MUTATIONS) - 1), min_size=1, max_size=4),
        st.integers(0, 2**32),
    )
    def holds(first: int, second: int, which: list[int], seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - it only has to be repeatable
        card = cards[first]
        for n in which:
            card = MUTATIONS[n](card, cards[second], chance)[: 2 * LONGEST]
            count[MUTATIONS[n].__name__] += 1
        count["inputs"] += 1
        try:
            record = read_record(card)
        except CardkitError:
            count["refused"] += 1
            return
        Record.model_validate(record)
        json.loads(as_json(record))
        for pointer, entry in record["evidence"].items():
            assert card[entry["start"] : entry["end"]] == entry["text"], pointer
            assert entry["text"].strip(), pointer
            count["values"] += 1

    holds()
    with capsys.disabled():
        told = f"{count['inputs']:,} inputs of {len(cards):,} cards, {count['refused']:,} refused"
        print(f"\n{told}, {count['values']:,} values with true evidence")  # noqa: T201
