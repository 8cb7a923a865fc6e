"""A stand-in has its model's architecture, switches and prompt; no answer ends as it begins."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.configs.kinds import kind_of
from cardkit.entries import files, tokens
from cardkit.entries.registry import Registry
from cardkit.errors import CardkitError
from cardkit.rehearsal import standin
from cardkit.rehearsal.faults import CannotRehearseError
from cardkit.rehearsal.standin import Standin

torch.set_num_threads(1)  # faster for matrices so small, and others share the cores

ENTRIES = Registry(Path(__file__).parents[2] / "registry").entries()
CANNOT = {
    "minicpm-2b-dpo": "transformers has no architecture 'minicpm': "
    "its code lies in the model's own repository",
    "nemotron-4-340b-instruct": "nemotron-4-340b-instruct is documented for nemo: "
    "a stand-in is a model of transformers",
    "olmo-7b": "olmo-7b is documented for hf_olmo: a stand-in is a model of transformers",
    "skywork-13b-chat": "transformers has no architecture 'skywork': "
    "its code lies in the model's own repository",
}
"""Entries that cannot be rehearsed, and why; all others can."""
SWITCHES = {
    "dclm-1b-it": {"qk_norm": True},
    "dclm-7b": {"qk_norm": True},
    "dolly-v2-7b": {"rotary_pct": 0.25, "use_parallel_residual": True},
    "legal-bert-base": {"type_vocab_size": 2},
    "polyglot-ko-1.3b": {"rotary_pct": 0.5},
    "promptclue-base": {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    "redpajama-3b-chat": {"rotary_pct": 1.0, "use_parallel_residual": False},
    "roberta-large-mnli": {"num_labels": 3, "type_vocab_size": 1},
    "sup-simcse-roberta-large": {"type_vocab_size": 1},
    "wizardcoder-15b": {"multi_query": True},
}
"""Options of the entries' spec that are no sizes."""
WRITERS = [name for name in ENTRIES if name not in CANNOT
           and kind_of(ENTRIES[name]) in ("causal", "seq2seq")]  # fmt: skip
SHAPE = """
schema_version: "1"
name: ant
load:
  model_type: {value: MODEL_TYPE, decided: a test}
  architecture: {value: ARCHITECTURE, decided: a test}
"""

pytestmark = pytest.mark.filterwarnings(
    "ignore:`torch.jit.script` is deprecated:DeprecationWarning"  # by gpt_bigcode of 5.13
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Standin]:
    root = tmp_path_factory.mktemp("standins")
    return {
        name: standin.build(entry, root / name)
        for name, entry in ENTRIES.items()
        if name not in CANNOT
    }


def ant(model_type: str, architecture: str, more: str = "") -> Any:
    text = SHAPE.replace("MODEL_TYPE", model_type).replace("ARCHITECTURE", architecture)
    return files.parse(text + more, "ant")


def spec(**sizes: Any) -> str:
    rows = [f"  {name}: {{value: {value}, decided: a test}}\n" for name, value in sizes.items()]
    return "spec:\n" + "".join(rows)


def shape(config: Any, *names: str) -> tuple[Any, ...]:
    return tuple(config[name] for name in names)


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_rehearsed_says_why(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotRehearseError) as error:
        standin.build(ENTRIES[name], tmp_path / "none")
    assert (error.value.problem, error.value.exit_code) == (CANNOT[name], 3)
    assert error.value.todo
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", sorted(ENTRIES.keys() - CANNOT.keys()))
def test_a_stand_in_is_its_models_architecture_and_loads_whole(
    built: dict[str, Standin], name: str
) -> None:
    entry, stands = ENTRIES[name], built[name]
    assert entry.load.model_type
    assert stands.model_type == entry.load.model_type.value == stands.config["model_type"]
    named = standin._class_name(entry)
    cls = standin._class(named, stands.model_type)
    model, told = cls.from_pretrained(stands.folder, output_loading_info=True)
    assert not any(told.values())
    assert type(model).__name__ == named == stands.config["architectures"][0]
    assert model.config.num_hidden_layers == 2
    assert model.config.hidden_size == 64
    assert sum(path.stat().st_size for path in stands.folder.iterdir()) < 1_200_000
    for label, parameter in model.named_parameters():
        values = parameter.float()
        assert values.numel() < 8 or values.std() > 0.1, label
        assert len(values.unique()) > 1, label
    assert stands.config == json.loads((stands.folder / "config.json").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(ENTRIES.keys() - CANNOT.keys()))
def test_every_switch_that_the_entry_states_is_kept(built: dict[str, Standin], name: str) -> None:
    stands = built[name]
    options = ENTRIES[name].spec.options
    sizes = stands.chosen.keys()
    assert {key: leaf.value for key, leaf in options.items() if key not in sizes} == SWITCHES.get(
        name, {}
    )
    told = json.loads((stands.folder / "config.json").read_text("utf-8"))
    told["num_labels"] = len(told.get("id2label", ()))
    told["qk_norm"] = told.get("apply_qk_norm")
    told["rotary_pct"] = told.get("rope_parameters", {}).get("partial_rotary_factor")
    found = {key: told[key] for key in SWITCHES.get(name, {})}
    assert found == SWITCHES.get(name, {})
    assert {key: stands.taken[key] for key in found} == found


@pytest.mark.parametrize("name", WRITERS)
def test_the_prompt_reaches_a_stand_in_as_the_entry_has_it(
    built: dict[str, Standin], name: str
) -> None:
    entry, folder = ENTRIES[name], built[name].folder
    assert [f for f in tokens.faults(entry, str(folder)) if f.severity == "error"] == []
    tool = transformers.AutoTokenizer.from_pretrained(folder)
    template = entry.prompt.chat_template
    assert tool.chat_template == (template.value if template else None)
    form = entry.prompt.format.value if entry.prompt.format else "{prompt}"
    assert tool.decode(tool(form, add_special_tokens=False)["input_ids"]) == form
    for marker in [*entry.prompt.single_tokens]:
        assert len(tool(marker.value)["input_ids"]) == 1
    stops = [leaf.value for leaf in entry.prompt.stop if leaf.value in tool.get_added_vocab()]
    assert tool.eos_token in (stops or [tool.eos_token])


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("legal-bert-base", "BertTokenizer"),
        ("roberta-large-mnli", "RobertaTokenizer"),
        ("tulu-2-13b", "LlamaTokenizer"),
        ("gpt-j-6b", "GPT2Tokenizer"),
        ("promptclue-base", "T5Tokenizer"),
    ],
)
def test_an_example_may_name_the_class_of_its_tokenizer(
    built: dict[str, Standin], name: str, cls: str
) -> None:
    stands = built[name]
    tool = getattr(transformers, cls).from_pretrained(stands.folder)
    ids = tool("Name three colours.")["input_ids"]
    assert (type(tool).__name__, len(tool)) == (cls, stands.config["vocab_size"])
    assert len(set(ids)) > 5


@pytest.mark.parametrize(
    ("model_type", "architecture", "cls"),
    [
        ("gpt2", "GPT2LMHeadModel", "BertTokenizer"),
        ("bart", "BartForConditionalGeneration", "BertTokenizerFast"),
        ("gpt2", "GPT2LMHeadModel", "T5Tokenizer"),
        ("llama", "LlamaForCausalLM", "XLMRobertaTokenizer"),
        ("opt", "OPTForCausalLM", "RobertaTokenizer"),
    ],
)
def test_an_example_may_name_the_tokenizer_of_another_architecture(
    model_type: str, architecture: str, cls: str, tmp_path: Path
) -> None:
    code = f"""
example:
  code:
    value: |-
      from transformers import {cls}
      tool = {cls}.from_pretrained("o/ant")
    decided: a test
"""
    stands = standin.build(ant(model_type, architecture, code), tmp_path / "a", text="ants")
    named = getattr(transformers, cls).from_pretrained(stands.folder)
    assert type(named).__name__ == cls.removesuffix("Fast")
    for tool in (named, transformers.AutoTokenizer.from_pretrained(stands.folder)):
        ids = tool("Name three ants.")["input_ids"]
        assert len(tool) == stands.config["vocab_size"] > max(ids)
        assert len(set(ids)) > 5


@pytest.mark.parametrize("name", WRITERS)
def test_no_answer_ends_as_it_begins_and_none_is_endless(
    built: dict[str, Standin], name: str
) -> None:
    entry, folder = ENTRIES[name], built[name].folder
    cls = standin._class(standin._class_name(entry), built[name].model_type)
    model = cls.from_pretrained(folder, dtype=torch.float32)
    tool = transformers.AutoTokenizer.from_pretrained(folder)
    for prompt in standin._prompts(entry, tool):
        ids = torch.tensor([prompt])
        torch.manual_seed(1)
        written = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True,
                                 top_k=0, max_new_tokens=12, num_return_sequences=8)  # fmt: skip
        answers = written[:, 1 if model.config.is_encoder_decoder else len(prompt) :]
        assert not (answers[:, 0] == tool.eos_token_id).any()
        assert answers.shape[1] == 12, "each of the eight had ended"
    context = built[name].chosen.keys() & {"max_position_embeddings", "n_positions", "seq_len"}
    for size in context:
        assert built[name].chosen[size] >= len(prompt) + 256


def test_a_masked_models_stand_in_has_the_pooler_of_its_pre_training(tmp_path: Path) -> None:
    bare = """
schema_version: "1"
name: ant
about: {pipeline_tag: {value: fill-mask, decided: a test}}
load: {model_type: {value: bert, decided: a test}}
"""
    stands = standin.build(files.parse(bare, "ant"), tmp_path / "a", text="ants")
    assert stands.config["architectures"] == ["BertForPreTraining"]
    for auto in ("AutoModel", "AutoModelForMaskedLM"):
        cls = getattr(transformers, auto)
        assert not cls.from_pretrained(stands.folder, output_loading_info=True)[1]["missing_keys"]


def test_the_context_takes_the_examples_prompt_and_answer(built: dict[str, Standin]) -> None:
    # dclm-1b-it asks for 500 tokens; the others for no more than a run may take, 256
    found = {name: built[name].chosen["seq_len"] for name in ("dclm-1b-it", "dclm-7b")}
    assert found == {"dclm-1b-it": 640, "dclm-7b": 320}


def test_weights_are_saved_in_the_number_format_that_the_entry_says(
    built: dict[str, Standin],
) -> None:
    names = ("dclm-1b-it", "dclm-7b", "minicpm3-4b")
    found = {name: built[name].config["dtype"] for name in names}
    assert found == {"dclm-1b-it": "bfloat16", "dclm-7b": "float32", "minicpm3-4b": "bfloat16"}


def test_heads_and_widths_keep_their_ratios(tmp_path: Path) -> None:
    qwen = spec(hidden_size=3584, num_attention_heads=28, num_key_value_heads=4,
                intermediate_size=18944, num_hidden_layers=28)  # fmt: skip
    many = ant("qwen2", "Qwen2ForCausalLM", qwen)
    config = standin.build(many, tmp_path / "a", text="ants").config
    names = ("hidden_size", "num_attention_heads", "num_key_value_heads", "intermediate_size")
    assert shape(config, *names) == (112, 14, 2, 592)
    one = spec(num_attention_heads=71, num_key_value_heads=1, hidden_size=4544)
    config = standin.build(
        ant("llama", "LlamaForCausalLM", one), tmp_path / "b", text="ants"
    ).config
    assert shape(config, *names[:3]) == (64, 4, 1)


def test_tied_embeddings_the_activation_and_the_rope_base_stay(tmp_path: Path) -> None:
    stated = """
spec:
  options:
    tie_word_embeddings: {value: true, decided: a test}
    hidden_act: {value: gelu, decided: a test}
    rope_theta: {value: 500000.0, decided: a test}
    head_dim: {value: 256, decided: a test}
"""
    stands = standin.build(ant("llama", "LlamaForCausalLM", stated), tmp_path / "a", text="ants")
    assert shape(stands.config, "tie_word_embeddings", "hidden_act", "head_dim") == (
        True, "gelu", 32)  # fmt: skip
    assert stands.config["rope_parameters"]["rope_theta"] == 500000.0
    kept = {"tie_word_embeddings": True, "hidden_act": "gelu", "rope_theta": 500000.0}
    assert {name: stands.taken[name] for name in kept} == kept
    assert stands.chosen["head_dim"] == 32


CONTRADICTIONS = {
    "GPTNeoXForCausalLM is a class of gpt_neox, and not of llama": ("GPTNeoXForCausalLM", ""),
    "neither transformers nor cardkit has a class AntForCausalLM": ("AntForCausalLM", ""),
    "30 heads do not share 4 key heads": (
        "LlamaForCausalLM",
        spec(num_attention_heads=30, num_key_value_heads=4, hidden_size=3000),
    ),
}


@pytest.mark.parametrize("said", CONTRADICTIONS)
def test_an_entry_that_contradicts_itself_is_told(said: str, tmp_path: Path) -> None:
    architecture, more = CONTRADICTIONS[said]
    with pytest.raises(CardkitError) as error:
        standin.build(ant("llama", architecture, more), tmp_path / "a", text="ants")
    assert (error.value.problem, error.value.exit_code) == (said, 3)
    assert not (tmp_path / "a").exists()


def test_a_size_that_is_not_known_as_one_makes_no_large_stand_in(tmp_path: Path) -> None:
    large = """
spec: {options: {relative_attention_num_buckets: {value: 10000000, decided: a test}}}
"""
    many = ant("t5", "T5ForConditionalGeneration", large)
    with pytest.raises(CannotRehearseError, match=r"would have 80,[0-9,]{7} parameters"):
        standin.build(many, tmp_path / "a", text="ants")
    broken = ant("llama", "LlamaForCausalLM", """
spec: {options: {hidden_act: {value: no such thing, decided: a test}}}
""")  # fmt: skip
    with pytest.raises(CannotRehearseError, match="transformers runs no small llama: "):
        standin.build(broken, tmp_path / "a", text="ants")
    assert not (tmp_path / "a").exists()


def test_the_tokenizer_learns_the_card_and_without_it_cardkits_own_text(tmp_path: Path) -> None:
    dclm = ENTRIES["dclm-7b"]
    found = {}
    for name, entry, text in [
        ("card", dclm, None),
        ("changed", dclm.model_copy(update={"card_sha256": "0" * 64}), None),
        ("none", dclm.model_copy(update={"card": "cards/none.md"}), None),
        ("given", dclm, "zebra zebra zebra " * 9),
    ]:
        stands = standin.build(entry, tmp_path / name, text=text)
        tool = transformers.AutoTokenizer.from_pretrained(stands.folder)
        known = [word for word in ("模型", " noon", " zebra") if len(tool.tokenize(word)) == 1]
        found[name] = (stands.chosen["tokenizer"].rpartition(" on ")[2], known)
    assert found == {
        "card": ("the card", ["模型"]),
        "changed": ("cardkit's own text", [" noon"]),
        "none": ("cardkit's own text", [" noon"]),
        "given": ("the text given", [" zebra"]),
    }


def test_the_hubs_own_settings_lie_in_generation_config(tmp_path: Path) -> None:
    told = """
generation:
  temperature: {value: 0.6, hub: generation_config.json}
  top_k: {value: 7, card: 1-2}
  eos_token_id: {value: 128009, hub: generation_config.json}
"""
    entry = ant("llama", "LlamaForCausalLM", told)
    stands = standin.build(entry, tmp_path / "a", text="ants")
    written = json.loads((stands.folder / "generation_config.json").read_text("utf-8"))
    assert shape(written, "temperature", "eos_token_id", "bos_token_id", "pad_token_id") == (
        0.6, 0, 0, 1)  # fmt: skip
    assert "top_k" not in written
    assert stands.taken["generation_config.json"] == {"temperature": 0.6}


@pytest.mark.parametrize("name", ["dclm-7b", "redpajama-3b-chat", "promptclue-base"])
def test_the_same_seed_gives_the_same_bytes_and_leaves_torchs_alone(
    built: dict[str, Standin], name: str, tmp_path: Path
) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1).item()
    torch.manual_seed(5)
    again, other = (
        standin.build(ENTRIES[name], tmp_path / str(seed), seed=seed) for seed in (0, 1)
    )
    assert torch.rand(1).item() == expected
    first = {path.name: path.read_bytes() for path in built[name].folder.iterdir()}
    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == first
    assert (other.folder / "model.safetensors").read_bytes() != first["model.safetensors"]


def test_an_output_matrix_of_its_own_is_one_where_the_class_ties_it_unasked(
    built: dict[str, Standin],
) -> None:
    # T5 1.1: the config class of transformers says tied; the files, and so the model, do not.
    model = transformers.T5ForConditionalGeneration.from_pretrained(built["promptclue-base"].folder)
    assert not torch.equal(model.lm_head.weight, model.shared.weight)
    assert torch.equal(model.encoder.embed_tokens.weight, model.shared.weight)


def test_building_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    transformers.utils.logging.enable_progress_bar()
    standin.build(ENTRIES["tulu-2-13b"], tmp_path / "a")
    assert capfd.readouterr() == ("", "")
    assert transformers.utils.logging.is_progress_bar_enabled()


def test_without_torch_or_transformers_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(CannotRehearseError) as error:
        standin.build(ENTRIES["tulu-2-13b"], tmp_path / "a")
    assert str(error.value) == (
        "transformers is not installed\n  → pip install 'cardkit[run]', torch first"
    )
