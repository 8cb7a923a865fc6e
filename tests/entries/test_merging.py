"""Building again never touches a decision, and says when the card now contradicts it."""

from __future__ import annotations

import pytest

from cardkit.entries.merging import merge


def card(value: object, at: str = "1-5") -> dict[str, object]:
    return {"value": value, "card": at}


def decided(value: object, **more: object) -> dict[str, object]:
    return {"value": value, "decided": "a reason", **more}


def merged(old: object, fresh: object) -> tuple[object, list[str]]:
    tree, found = merge({"load": {"dtype": old}}, {"load": {"dtype": fresh}})
    return tree.get("load", {}).get("dtype"), [str(each) for each in found]


def test_what_the_card_said_is_replaced_by_what_it_says():
    assert merged(card("float16"), card("bfloat16", "7-9")) == (card("bfloat16", "7-9"), [])


def test_what_the_card_no_longer_says_goes():
    assert merged(card("float16"), None) == (None, [])


def test_a_decision_stays_where_the_card_says_nothing():
    assert merged(decided("float16"), None) == (decided("float16"), [])


@pytest.mark.parametrize("over", [{}, {"over": "float32"}])
def test_a_decision_that_the_card_now_contradicts_stays_and_is_said(over):
    kept, said = merged(decided("float16", **over), card("bfloat16"))
    assert kept == decided("float16", **over)
    then = ", and said 'float32' when" if over else " where"
    assert said == [f"load.dtype: the card says 'bfloat16'{then} 'float16' was decided"]


def test_a_decision_that_knows_what_the_card_says_is_no_contradiction():
    old = decided("float16", over="bfloat16")
    assert merged(old, card("bfloat16")) == (old, [])


def test_a_decision_that_the_card_came_to_share_is_no_contradiction():
    old = decided("float16", over="bfloat16")
    assert merged(old, card("float16")) == (old, [])


def test_a_card_that_no_longer_says_what_was_decided_over_is_said():
    old = decided("float16", over="bfloat16")
    assert merged(old, None) == (
        old,
        ["load.dtype: the card does not say 'bfloat16' any more, over which 'float16' was decided"],
    )


def test_what_the_hub_says_stays():
    old = {"value": "float16", "hub": "config.json"}
    assert merged(old, None) == (old, [])


def test_a_list_keeps_what_was_decided_and_takes_what_the_card_says():
    old = {"names": {"aliases": [decided("ant"), card("bee"), decided("cat")]}}
    fresh = {"names": {"aliases": [card("cat"), card("dog")]}}
    assert merge(old, fresh)[0] == {
        "names": {"aliases": [decided("ant"), decided("cat"), card("dog")]}
    }


def test_a_section_that_only_was_decided_stays():
    old = {"spec": {"options": {"qk_norm": decided(True)}}}
    assert merge(old, {"spec": {"hidden_size": card(64)}})[0] == {
        "spec": {"hidden_size": card(64), **old["spec"]}
    }


def test_the_card_goes_before_the_hubs_files_when_it_comes_to_speak():
    old = {"value": 64, "hub": "config.json"}
    assert merged(old, card(4096)) == (card(4096), [])


def test_a_value_of_a_list_that_was_decided_over_does_not_come_back():
    old = {"about": {"languages": [decided("fr", over="en")]}}
    fresh = {"about": {"languages": [card("en"), card("de")]}}
    assert merge(old, fresh)[0] == {"about": {"languages": [decided("fr", over="en"), card("de")]}}
