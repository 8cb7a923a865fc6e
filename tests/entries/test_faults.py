"""`check` finds what is wrong with a registry; each of its codes has a case that it must catch."""

from __future__ import annotations

import pytest

from cardkit.entries.faults import CHECKS, faults


def codes(place, names=None) -> list[tuple[str, str]]:
    return [(fault.entry, fault.code) for fault in faults(place, names)]


def edit(place, name: str, old: str, new: str) -> None:
    path = place.path(name)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_a_registry_as_it_was_made_has_no_fault(place):
    assert codes(place) == []


def test_a_decision_is_no_fault(place):
    edit(place, "bee-3b", "spec:\n", "load: {dtype: {value: float16, decided: npu}}\nspec:\n")
    from cardkit.entries import making

    making.save(place, making.make(place, "bee-3b"))
    assert codes(place) == []


WRONG = {
    "entry-unreadable": ("bee-3b", "spec:\n", "spex:\n"),
    "card-unreadable": ("bee-3b", "card: cards/bee-3b.md", "card: cards/gone.md"),
    "card-changed": ("bee-3b", "card_sha256: ", "card_sha256: 0"),
    "entry-stale": ("bee-3b", "value: apache-2.0", "value: mit"),
    "card-contradicts": (
        "bee-3b", "license: {value: apache-2.0, card: 13-23}",
        "license: {value: mit, decided: they wrote to us}",
    ),
    "name-shared": (
        "bee-3b", "names:\n", "names:\n  aliases: [{value: ANT_1B chat, decided: a joke}]\n",
    ),
    "prompt-differs": (
        "ant-1b-chat", "{{- '\\n<|assistant|>' }}", "{{- '\\n<|assistant|>\\n' }}",
    ),
    "parameters-differ": (
        "bee-3b", "spec:\n",
        "load: {model_type: {value: gpt_neox, decided: d}}\nspec:\n"
        "  num_hidden_layers: {value: 2, decided: d}\n  hidden_size: {value: 64, decided: d}\n"
        "  num_attention_heads: {value: 4, decided: d}\n  vocab_size: {value: 300, decided: d}\n"
        "  intermediate_size: {value: 256, decided: d}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", WRONG)
def test_each_fault_is_found(place, code):
    name, old, new = WRONG[code]
    edit(place, name, old, new)
    assert code in [found for _, found in codes(place)]


def test_a_card_that_changed_is_named_and_nothing_else_of_it(place):
    card = place.root / "cards" / "bee-3b.md"
    card.write_text(card.read_text("utf-8").replace("2.8B", "2.9B"), "utf-8")
    assert codes(place) == [("bee-3b", "card-changed"), ("bee-3b", "record-stale")]


def test_only_the_entries_that_are_asked_for_are_checked(place):
    edit(place, "bee-3b", "spec:\n", "spex:\n")
    assert codes(place, ["ant-1b-chat"]) == []


def test_every_check_has_a_case():
    assert set(CHECKS) <= set(WRONG)


def test_a_template_of_the_hub_that_is_none_is_found(place):
    broken = "prompt:\n  chat_template: {value: '{% for %}', hub: tokenizer_config.json}\n"
    edit(place, "bee-3b", "prompt:\n", broken)
    assert "prompt-differs" in [code for _, code in codes(place)]
