"""What a card leaves out is taken from the model's own files; what both say is compared."""

from __future__ import annotations

import json

import pytest

from cardkit.entries import making
from cardkit.entries.hub_files import of_files
from cardkit.errors import CardkitError

CONFIG = {
    "architectures": ["GPTNeoXForCausalLM"],
    "model_type": "gpt_neox",
    "torch_dtype": "float16",
    "num_hidden_layers": 32,
    "hidden_size": 2560,
    "num_attention_heads": 32,
    "intermediate_size": 10240,
    "max_position_embeddings": 4096,
    "rotary_pct": 1.0,
    "use_parallel_residual": False,
}


@pytest.fixture
def own_files(tmp_path):
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "generation_config.json").write_text('{"temperature": 0.9, "top_k": 10}')
    return folder


def values(section) -> dict[str, tuple]:
    return {
        name: (leaf.value, leaf.origin)
        for name, leaf in ((name, getattr(section, name)) for name in type(section).model_fields)
        if hasattr(leaf, "origin")
    }


def test_a_card_goes_before_the_files_and_the_files_fill_what_it_leaves_out(place, own_files):
    made = making.make(place, "ant-1b-chat", None, str(own_files))
    assert values(made.entry.spec) == {
        "context_length": (2048, "card"),
        "num_parameters": (1_200_000_000, "card"),
        "num_hidden_layers": (32, "hub"),
        "hidden_size": (2560, "hub"),
        "num_attention_heads": (32, "hub"),
        "intermediate_size": (10240, "hub"),
    }
    assert made.entry.load.model_type.value == "gpt_neox"
    assert made.entry.spec.options["rotary_pct"].hub == "config.json"
    assert {name: leaf.value for name, leaf in made.entry.generation.items()} == {
        "max_new_tokens": 40, "temperature": 0.5, "do_sample": True, "top_k": 10,
    }  # fmt: skip
    assert made.differences == ["spec.context_length: the card says 2048, config.json 4096"]


def test_what_came_from_the_files_stays_when_the_card_is_read_again(place, own_files):
    making.save(place, making.make(place, "ant-1b-chat", None, str(own_files)))
    again = making.make(place, "ant-1b-chat")
    assert not making.save(place, again)


def test_a_documented_prompt_goes_before_the_files_template(place, own_files):
    (own_files / "tokenizer_config.json").write_text('{"chat_template": "{{ guessed }}"}')
    ant = making.make(place, "ant-1b-chat", None, str(own_files)).entry
    bee = making.make(place, "bee-3b", None, str(own_files)).entry
    assert "guessed" not in ant.prompt.chat_template.value
    assert bee.prompt.chat_template.hub == "tokenizer_config.json"


def test_openlms_nested_config_is_read(tmp_path):
    nested = {"params_args_dict": {"dim": 2048, "n_layers": 24, "n_heads": 16, "qk_norm": True}}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "openlm", **nested}))
    spec = of_files(tmp_path)["spec"]
    assert [spec[name]["value"] for name in ("hidden_size", "num_hidden_layers")] == [2048, 24]
    assert spec["options"]["qk_norm"]["value"] is True


@pytest.mark.parametrize(
    ("written", "says"), [(None, "cannot be read"), ("<html>", "is not JSON"), ("[]", "no object")]
)
def test_files_that_are_none_are_refused(tmp_path, written, says):
    if written is not None:
        (tmp_path / "config.json").write_text(written)
    with pytest.raises(CardkitError, match=says):
        of_files(tmp_path)


@pytest.mark.parametrize("config", ['{"architectures": []}', '{"rope_theta": NaN}'])
def test_what_a_config_leaves_empty_is_left_out(tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    found = of_files(tmp_path)
    assert (found["load"]["architecture"], found["spec"]["options"].get("rope_theta")) == (
        None,
        None,
    )


def test_files_that_changed_are_read_again(place, own_files):
    making.save(place, making.make(place, "ant-1b-chat", None, str(own_files)))
    (own_files / "config.json").write_text(json.dumps(CONFIG | {"hidden_size": 4096}))
    again = making.make(place, "ant-1b-chat", None, str(own_files))
    assert again.entry.spec.hidden_size.value == 4096
