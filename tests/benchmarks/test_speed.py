"""How fast cards are read, beside what others need for less, and how time grows with size.

`pytest -m benchmark -s tests/benchmarks` prints the tables. Each figure is the least of several
runs in one process, so that the ratios hold on a busy machine too.
"""

# ruff: noqa: T201 - its tables are what it is for

from __future__ import annotations

import contextlib
import gzip
import json
import logging
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cardkit.errors import CardkitError
from cardkit.ingest import as_json, read_record

pytestmark = pytest.mark.benchmark

SHARED = Path(__file__).parents[3] / "shared" / "cards"
SHAPES: dict[str, tuple[int, Callable[[int], str]]] = runpy.run_path(
    str(Path(__file__).parents[1] / "hostile.py")
)["SHAPES"]
ROUNDS = 3
FLOOR = 0.03
"""Seconds below which a shape's time is noise, and its growth says nothing."""
MOST = 3.0
"""What twice the input may cost, times; 2 is linear, 4 is quadratic, and the rest is noise."""


def real_cards() -> list[bytes]:
    cards = [path.read_bytes() for path in sorted((SHARED / "real").glob("*.md"))]
    return cards or pytest.skip("no shared cards beside the project")


def pool() -> list[bytes]:
    path = SHARED / "pool.jsonl.gz"
    if not path.exists():
        pytest.skip("no shared cards beside the project")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        cards = [json.loads(line)["card"] for line in lines]
    return [card.encode("utf-8", "surrogatepass") for card in cards[::4]]  # each fourth: minutes


def ingest(raw: bytes) -> object:
    return as_json(read_record(raw))


def markdown_it() -> Callable[[bytes], object]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    return lambda raw: parser.parse(raw.decode("utf-8", "replace"))


def model_card() -> Callable[[bytes], object]:
    from huggingface_hub import ModelCard

    def read(raw: bytes) -> object:
        try:
            return ModelCard(raw.decode("utf-8", "replace"), ignore_metadata_errors=True)
        except Exception as error:  # noqa: BLE001 - a library that fails on a card is not ours
            return error

    return read


def least(read: Callable[[bytes], object], cards: Sequence[bytes]) -> float:
    """Return the seconds that all cards take, the least of several runs."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for card in cards:
            read(card)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.xfail(strict=True, reason="not yet: about a third of its speed")
@pytest.mark.parametrize(("cards", "at_least"), [(real_cards, 2.0), (pool, 1.2)])
def test_a_whole_ingest_is_faster_than_parsing_markdown(
    cards: Callable[[], list[bytes]], at_least: float, capsys: pytest.CaptureFixture[str]
) -> None:
    raws = cards()
    logging.disable()  # ModelCard tells of each card without front matter
    readers: dict[str, Callable[[bytes], object]] = {
        "cardkit: read_record + as_json": ingest,
        "markdown-it-py: full parse": markdown_it(),
        "huggingface_hub.ModelCard": model_card(),
        "decoding alone": lambda raw: raw.decode("utf-8", "replace"),
    }
    for read in readers.values():
        for raw in raws[:50]:
            read(raw)  # caches and imports
    seconds = {name: least(read, raws) for name, read in readers.items()}
    logging.disable(logging.NOTSET)
    own = next(iter(seconds.values()))
    with capsys.disabled():
        print(f"\n{cards.__name__}: {len(raws):,} cards, {sum(map(len, raws)):,} bytes")
        print(f"{'':34}{'cards/s':>10}{'cardkit is':>14}")
        for name, spent in seconds.items():
            print(f"{name:34}{len(raws) / spent:10,.0f}{spent / own:11.2f} ×")
    assert seconds["markdown-it-py: full parse"] / own >= at_least


def once(card: str) -> float:
    """Return the seconds that a card takes."""
    began = time.process_time()
    with contextlib.suppress(CardkitError):  # a refusal is an answer
        as_json(read_record(card))
    return time.process_time() - began


def test_twice_the_input_takes_about_twice_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    slow = []
    with capsys.disabled():
        print(f"\n{'shape':32}{'n':>9}{'n/4':>8}{'n/2':>8}{'n':>8}{'×2':>6}{'×2':>6}")
        for name, (size, shape) in SHAPES.items():
            cards = [shape(max(1, size // part)) for part in (4, 2, 1)]
            a, b, c = (min(once(card) for _ in range(ROUNDS)) for card in cards)
            print(f"{name:32}{size:9,}{a:8.3f}{b:8.3f}{c:8.3f}{b / a:6.1f}{c / b:6.1f}", flush=True)
            if b > FLOOR and c / b > MOST:
                slow.append(name)
    assert slow == []


def test_memory_stays_flat_over_many_cards(capsys: pytest.CaptureFixture[str]) -> None:
    if not (SHARED / "pool.jsonl.gz").exists():
        pytest.skip("no shared cards beside the project")
    program = (
        "import gzip, json, resource, sys\n"
        "from cardkit.ingest import as_json, read_record\n"
        "for n, line in enumerate(gzip.open(sys.argv[1], 'rt', encoding='utf-8')):\n"
        "    as_json(read_record(json.loads(line)['card']))\n"
        "    if n in (1000, 2000, 3000):\n"
        "        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(SHARED / "pool.jsonl.gz")],
        capture_output=True,
        check=True,
        env=os.environ,
    )
    peaks = [int(line) for line in told.stdout.split()]
    with capsys.disabled():
        print(f"\npeak memory after 1,000, 2,000 and 3,000 cards: {peaks} MB")
    assert peaks[-1] < 1.5 * peaks[0] + 20
