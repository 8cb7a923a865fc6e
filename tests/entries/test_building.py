"""What a card says becomes an entry, each value with the characters that say it."""

from __future__ import annotations

import json

import pytest

from cardkit.entries import building
from cardkit.entries.origins import leaves
from cardkit.ingest import read_record


def written(place, name):
    """Return an entry's values of the card with the words at their characters."""
    entry = place.load(name)
    card = (place.root / entry.card).read_text("utf-8")
    return {
        path: (leaf.value, card[slice(*leaf.span)])
        for path, leaf in leaves(entry)
        if leaf.span and path not in ("example.code", "example.number")
    }


def test_every_value_of_the_card_points_to_its_words(place):
    assert written(place, "ant-1b-chat") == {
        "hubs.huggingface": ("ant-lab/ant-1b-chat", "ant-lab/ant-1b-chat"),
        "names.title": ("Ant 1B Chat", "Ant 1B Chat"),
        "about.summary": (
            "Ant 1B Chat is a model of 1.2B parameters with a context of 2048 tokens.",
            "Ant 1B Chat is a model of 1.2B parameters with a context of 2048 tokens.",
        ),
        "about.license": ("mit", "mit"),
        "about.languages.0": ("en", "en"),
        "load.library": ("transformers", "transformers"),
        "load.loader": ("AutoModelForCausalLM", "AutoModelForCausalLM"),
        "load.dtype": ("float16", "float16"),
        "load.device_map": ("auto", "auto"),
        "hubs.revisions.huggingface": ("v1.1", "v1.1"),
        "prompt.format": (
            "<|user|>\n{prompt}\n<|assistant|>",
            "<|user|>\n{prompt}\n<|assistant|>",
        ),
        "generation.max_new_tokens": (40, "40"),
        "generation.temperature": (0.5, "0.5"),
        "generation.do_sample": (True, "True"),
        "example.inputs.0": ("How do ants find home?", "How do ants find home?"),
        "spec.context_length": (2048, "2048"),
        "spec.num_parameters": (1200000000, "1.2B"),
    }


def test_what_the_card_does_not_say_is_absent_and_said_so(place):
    entry = place.load("bee-3b")
    assert (entry.prompt.none.value, entry.example.none.value, entry.load.library) == (
        "the card documents no prompt format",
        "the card shows no code",
        None,
    )
    assert entry.prompt.chat_template is None


LOADS = """# Ant 1B

```python
from transformers import pipeline

pipe = pipeline("text-generation", model="{model}")
print(pipe("How do ants find home?", top_k=5))
```
"""


def tree(card: str, *own_ids: str) -> building.Tree:
    record = json.loads(json.dumps(read_record(card)))
    return building.of_card(record, card, own_ids)


def test_another_models_example_is_not_this_ones():
    found = tree(LOADS.format(model="bee-lab/bee-7b"), "ant-lab/ant-1b")
    assert found["generation"] == {}
    assert found["example"]["none"]["value"] == (
        "no code of the card loads this model by its id: it loads bee-lab/bee-7b"
    )


@pytest.mark.parametrize("own", ["bee-lab/bee-7b", "Bee-Lab/Bee-7B"])
def test_an_id_that_a_person_knows_makes_the_example_this_models(own):
    found = tree(LOADS.format(model="bee-lab/bee-7b"), own)
    assert found["generation"]["top_k"]["value"] == 5


def test_two_revisions_are_none():
    card = LOADS.format(model="ant-lab/ant-1b").replace(
        'model="ant-lab/ant-1b")', 'model="ant-lab/ant-1b", revision="a")\nload(revision="b")'
    )
    assert tree(card, "ant-lab/ant-1b")["hubs"]["revisions"] == {}


OTHERS = """
```python
from vllm import LLM

model = LLM(model="ant-lab/ant-1b")
```
"""


@pytest.mark.parametrize("card", ["{others}{loads}", "{loads}{others}"])
def test_an_example_that_transformers_runs_goes_before_those_of_other_libraries(card):
    text = card.format(others=OTHERS, loads=LOADS.format(model="ant-lab/ant-1b"))
    found = tree(text, "ant-lab/ant-1b")
    assert found["load"]["library"]["value"] == "transformers"


def test_an_example_of_another_library_is_taken_where_there_is_no_other():
    assert tree(OTHERS, "ant-lab/ant-1b")["load"]["library"]["value"] == "vllm"
