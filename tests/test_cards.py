"""The cards of this project read into exactly the entries of its registry, in every shape.

To make records and entries anew: cardkit build
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from cardkit.entries import faults
from cardkit.entries.registry import Registry
from cardkit.ingest import read_record
from cardkit.noise import clean
from cardkit.text import lines_of

ROOT = Path(__file__).parents[1]
OURS = Registry(ROOT / "registry")
SEEDS = ROOT.parent / "shared" / "cards" / "seeds"
# The models whose cards are kept in the shape they were captured in, beside their clean form.
CAPTURED = {
    "dclm-1b-it": "blob.txt",
    "dclm-7b": "gitcode.txt",
    "dolly-v2-7b": "repost.txt",
    "redpajama-3b-chat": "mirror.txt",
    "tulu-2-13b": "blob.txt",
}
FORMS = {
    "dclm-1b-it": "blob-page",
    "dclm-7b": "rendered-page",
    "dolly-v2-7b": "repost",
    "redpajama-3b-chat": "collapsed",
    "tulu-2-13b": "blob-page",
}


def record_of(name: str, place: str) -> dict:
    path = f"cards/{name}.{place}"
    raw = (ROOT / path).read_bytes()
    return json.loads(json.dumps(read_record(raw, uri=path)))


def test_the_registry_has_no_fault():
    assert list(faults.faults(OURS)) == []


def test_every_card_has_a_registry_entry_and_every_entry_a_card():
    of_entries = {entry.card for entry in OURS.entries().values()}
    assert {f"cards/{name}.{captured}" for name, captured in CAPTURED.items()} <= of_entries
    clean_forms = {f"cards/{name}.md" for name in CAPTURED}
    cards = {f"cards/{path.name}" for path in (ROOT / "cards").iterdir()}
    assert cards == of_entries | clean_forms


@pytest.mark.parametrize("name", CAPTURED)
def test_each_card_is_known_for_what_it_is(name):
    assert record_of(name, CAPTURED[name])["source"]["form"] == FORMS[name]
    assert record_of(name, "md")["source"]["form"] == "markdown"


# What a shape loses for good, so that its record lacks it: a rendered page shows no front matter
# and no target of a link; a page says what the card itself does not.
LOST = {
    "dolly-v2-7b": {"/model/tags", "/model/links", "/model/datasets", "/variants/0/model_id",
                    "/variants/1/model_id"},
    "dclm-7b": {"/model/aliases"},
}  # fmt: skip


def leaves(value: object, pointer: str = "") -> dict[str, object]:
    """Return every value of a record by its JSON pointer, code as its syntax tree."""
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)  # type: ignore[assignment]
    else:
        if pointer.endswith("/code"):
            value = ast.dump(ast.parse(str(value)))  # blank lines and comments aside
        return {pointer: value}
    found: dict[str, object] = {pointer: "empty"} if not value else {}
    for key, part in parts:
        found |= leaves(part, f"{pointer}/{key}")
    return found


@pytest.mark.parametrize("name", CAPTURED)
def test_a_captured_card_says_what_the_clean_one_says(name):
    parts = ("model", "spec", "variants", "training", "evaluations", "prompt", "examples")
    clean_card, captured = (
        leaves({part: record.get(part) for part in parts})
        for record in (record_of(name, "md"), record_of(name, CAPTURED[name]))
    )
    differ = {
        pointer: (clean_card.get(pointer), captured.get(pointer))
        for pointer in clean_card.keys() | captured.keys()
        if clean_card.get(pointer) != captured.get(pointer)
        and not any(pointer.startswith(lost) for lost in LOST.get(name, ()))
    }
    assert differ == {}


@pytest.mark.parametrize("name", CAPTURED)
@pytest.mark.parametrize("shape", ["md", "captured"])
def test_every_piece_of_evidence_is_the_text_at_its_place(name, shape):
    place = "md" if shape == "md" else CAPTURED[name]
    raw = (ROOT / f"cards/{name}.{place}").read_bytes().decode()
    wrong = {
        pointer: at
        for pointer, at in record_of(name, place)["evidence"].items()
        if raw[at["start"] : at["end"]] != at["text"] or not at["text"].strip()
    }
    assert wrong == {}


@pytest.mark.parametrize("name", CAPTURED)
def test_a_clean_card_needs_no_repair(name):
    lines = lines_of((ROOT / f"cards/{name}.md").read_bytes().decode())
    kinds = [undone.kind for undone in clean(lines).repairs]
    assert kinds == (["html-comment"] if name == "tulu-2-13b" else []), "a comment is set aside"


# Changes that no rule about one card survives: other numbers, columns, names, hosts, rows.


def scores(record: dict) -> list[tuple]:
    return [
        (e.get("model"), e["is_self"], e["benchmark_text"], e["value"])
        for e in record["evaluations"]
    ]


def with_other_digits(raw: str) -> tuple[str, list[float]]:
    """Return a card whose every score ends in another digit, and these scores."""
    before = read_record(raw)
    count = len(before["evaluations"])
    places = [before["evidence"][f"/evaluations/{i}/value"] for i in range(count)]
    changed, expected = raw, []
    for at in sorted(places, key=lambda at: -at["start"]):
        other = re.sub(r"\d$", lambda m: str((int(m[0]) + 3) % 10), at["text"])
        changed = changed[: at["start"]] + other + changed[at["end"] :]
        expected.append(float(other))
    return changed, expected[::-1]


@pytest.mark.parametrize("name", CAPTURED)
@pytest.mark.parametrize("shape", ["md", "captured"])
def test_other_scores_are_read_as_they_are_printed(name, shape):
    path = ROOT / f"cards/{name}.{'md' if shape == 'md' else CAPTURED[name]}"
    changed, expected = with_other_digits(path.read_bytes().decode())
    assert [e["value"] for e in read_record(changed)["evaluations"]] == expected


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the shared cards are not beside the project")
@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=lambda path: path.stem)
def test_other_scores_of_captured_pages_are_read_as_they_are_printed(path):
    changed, expected = with_other_digits(path.read_bytes().decode())
    assert [e["value"] for e in read_record(changed)["evaluations"]] == expected
    assert len(expected) > 8


def test_another_name_of_the_model_changes_whose_scores_are_whose():
    raw = (ROOT / "cards/redpajama-3b-chat.mirror.txt").read_text("utf-8")
    other = raw.replace("ikala/redpajama-3b-chat", "ant-lab/honeycomb-3b-chat")
    other = other.replace("# Redpajama-3B SFT model", "# Honeycomb-3B SFT model")
    before, after = scores(read_record(raw)), scores(read_record(other))
    renamed = [(m.replace("ikala/redpajama", "ant-lab/honeycomb"), *rest) for m, *rest in before]
    assert after == [tuple(row) for row in renamed]
    assert read_record(other)["model"]["model_id"] == "ant-lab/honeycomb-3b-chat"


def test_another_mirror_hides_no_link():
    raw = (ROOT / "cards/tulu-2-13b.blob.txt").read_text("utf-8")
    [host] = set(re.findall(r"https://([\w.-]+)/datasets/allenai/tulu", raw))
    other = read_record(raw.replace(host, "hub.copies.example"))
    before = read_record(raw)
    assert other["model"] == before["model"]
    assert scores(other) == scores(before)


def test_columns_in_another_order_hold_the_same_scores():
    raw = (ROOT / "cards/dclm-1b-it.blob.txt").read_text("utf-8")
    row = r"(?m)^\| (Task|:-+:|DCLM-1B\S*?)\s?\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$"
    swapped = re.sub(row, r"| \1 | \4 | \2 | \3 |", raw)
    assert swapped != raw
    before, after = (sorted(scores(read_record(card)), key=str) for card in (raw, swapped))
    assert after == before


def test_one_more_row_is_three_more_scores():
    raw = (ROOT / "cards/dclm-7b.gitcode.txt").read_text("utf-8")
    falcon, amber = "Falcon7B1T✅44.127.425.1\n", "Amber7B1.2T✅39.827.922.3\n"
    longer = raw.replace(falcon, falcon + amber)
    new = [row for row in scores(read_record(longer)) if row not in scores(read_record(raw))]
    assert new == [
        ("Amber", False, "CORE", 39.8),
        ("Amber", False, "MMLU", 27.9),
        ("Amber", False, "EXTENDED", 22.3),
    ]
