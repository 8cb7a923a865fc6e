"""What can be wrong with a model, done to a copy of a trained one: each must be found.

`FAULTS[name](folder)` does it to the files. `seen_by` tells the layers and codes that VERIFY.md
says find it: the first that does is enough.
"""

from __future__ import annotations

import importlib
import json
import shutil
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.entries.entry import Entry
from cardkit.rehearsal import standin, tokens
from trained import CONTEXT, KINDS, SEQUENTIAL, again, recipe_of

ALL = tuple(KINDS)
NEOX = ("gpt_neox", SEQUENTIAL)
CODED = ("llama", *NEOX, "qwen3")
"""Kinds whose class a repository can ship: of OpenLM the Auto classes take cardkit's own."""
WEIGHTS = "model.safetensors"
DOWN = {
    "llama": "model.layers.{}.mlp.down_proj.weight",
    "gpt_neox": "gpt_neox.layers.{}.mlp.dense_4h_to_h.weight",
    "openlm": "model.layers.{}.feed_forward.w3.weight",
    "qwen3": "model.layers.{}.mlp.down_proj.weight",
}
"""The last matrix of a layer's feed-forward, (hidden, width), by model_type."""
CLASSES = {
    "llama": "transformers.models.llama.modeling_llama LlamaForCausalLM",
    "gpt_neox": "transformers.models.gpt_neox.modeling_gpt_neox GPTNeoXForCausalLM",
    "qwen3": "transformers.models.qwen3.modeling_qwen3 Qwen3ForCausalLM",
}
LOOP = 160
"""Tokens that a loop is learnt from; it goes on behind them."""
OWN_CODE = "modeling_ant"
"""The file that a repository with its own code ships."""


class Fault(NamedTuple):
    """A fault; called with the folder of a model, it is done to its files."""

    act: Callable[[Path], None]
    kinds: tuple[str, ...]
    """The kinds of `trained.KINDS` that can have it."""
    seen_by: dict[str, str]
    """Layers that find it, each with the code it says."""
    remote: bool
    """Whether it is the repository's own code, which must be allowed to run."""

    def __call__(self, folder: Path) -> None:
        self.act(folder)


FAULTS: dict[str, Fault] = {}


def fault(
    kinds: tuple[str, ...] = ALL, *, remote: bool = False, **seen_by: str
) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    """Enter a function into FAULTS: its name with blanks."""

    def enter(act: Callable[[Path], None]) -> Callable[[Path], None]:
        FAULTS[act.__name__.replace("_", " ")] = Fault(act, kinds, seen_by, remote)
        return act

    return enter


def copied(folder: Path, to: Path) -> Path:
    """Return a copy of a model's folder, to be broken."""
    return Path(shutil.copytree(folder, to))


@contextmanager
def weights(folder: Path) -> Iterator[dict[str, Any]]:
    """Give the tensors of a model, and write them as they are left."""
    from safetensors.torch import load_file, save_file

    found = load_file(folder / WEIGHTS)
    yield found
    save_file(
        {name: each.contiguous() for name, each in found.items()},
        folder / WEIGHTS,
        metadata={"format": "pt"},
    )


@contextmanager
def settings(folder: Path, file: str = "config.json") -> Iterator[dict[str, Any]]:
    """Give what a JSON file holds, and write it as it is left."""
    path = folder / file
    told = json.loads(path.read_text(encoding="utf-8"))
    yield told
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")


def type_of(folder: Path) -> str:
    """Return the model_type of a folder."""
    return str(json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"])


def down(folder: Path, layer: int = 1) -> str:
    """Return the name of the last matrix of a layer's feed-forward."""
    return DOWN[type_of(folder)].format(layer)


# Weights


@fault(L3="num.not_finite")
def nan_in_a_weight(folder: Path) -> None:
    """Put one NaN into a matrix: every logit behind it is none."""
    with weights(folder) as found:
        found[down(folder)][0, 0] = float("nan")


@fault(L3="num.loss", L7="out.mismatch")
def rows_shuffled(folder: Path) -> None:
    """Shuffle the rows of one matrix: names, shapes and dtypes stay, the numbers are elsewhere.

    It is one of the first layer: in the last, the text stays, and the loss nearly.
    """
    _shuffle(folder, down(folder, 0))


@fault(L3="num.loss", L7="out.mismatch")
def output_rows_shuffled(folder: Path) -> None:
    """Shuffle the rows of the output matrix: each token is said by another's name."""
    names = ("lm_head.weight", "embed_out.weight", "model.output.weight")
    with weights(folder) as found:
        name = next(name for name in names if name in found)
    _shuffle(folder, name)


def _shuffle(folder: Path, name: str) -> None:
    import torch

    with weights(folder) as found:
        order = torch.randperm(len(found[name]), generator=torch.Generator().manual_seed(3))
        found[name] = found[name][order]


@fault(L7="out.mismatch")
def mlp_zeroed(folder: Path) -> None:
    """Let the feed-forward of every layer give nothing; the loss is 0.4 to 3.4 nats then."""
    with weights(folder) as found:
        for layer in range(2):
            found[down(folder, layer)].zero_()


@fault(L3="num.loss", L7="out.mismatch")
def exponent_bit_flipped(folder: Path) -> None:
    """Flip the highest bit of one number's exponent: 0.05 becomes 2e37."""
    import torch

    with weights(folder) as found:
        matrix = found[down(folder)]
        at = int(matrix.abs().argmax())
        matrix.view(torch.int32).view(-1)[at] ^= 1 << 30


@fault(L3="num.loss", L7="out.mismatch")
def random_weights(folder: Path) -> None:
    """Give each tensor random numbers: what an unfinished conversion leaves."""
    import torch

    with weights(folder) as found:
        made = torch.Generator().manual_seed(3)
        for name, each in found.items():
            if "inv_freq" not in name:
                each.normal_(0.0 if each.ndim > 1 else 1.0, 0.15, generator=made)


@fault(("openlm", "qwen3"), L0="hub.mirror_mismatch")
def q_norm_and_k_norm_swapped(folder: Path) -> None:
    """Let queries and keys swap their gains: same names, same shapes.

    A score is a sum of products of both gains, and a product does not care for its order: only
    the rotation between them leaves a trace. Loss and text stay; the hashes tell it.
    """
    with weights(folder) as found:
        for name in [name for name in found if name.endswith(".q_norm.weight")]:
            other = name.replace(".q_norm.", ".k_norm.")
            found[name], found[other] = found[other], found[name]


# Config


@fault(L1="load.keys", L2="spec.conflict")
def one_layer_less(folder: Path) -> None:
    """Say one layer less than the file has; its tensors are left over."""
    _layers(folder, 1)


@fault(L1="load.keys", L2="spec.conflict")
def one_layer_more(folder: Path) -> None:
    """Say one layer more than the file has; the library makes one up."""
    _layers(folder, 3)


def _layers(folder: Path, count: int) -> None:
    with settings(folder) as told:
        told["n_layers" if "n_layers" in told else "num_hidden_layers"] = count
        if "layer_types" in told:
            told["layer_types"] = told["layer_types"][:1] * count


@fault(CODED, L2="spec.conflict")
def another_activation(folder: Path) -> None:
    """Say another activation: shapes and text stay, and the loss nearly.

    Only an entry that states `hidden_act` can tell.
    """
    with settings(folder) as told:
        told["hidden_act"] = "relu" if told["hidden_act"] != "relu" else "silu"


@fault(CODED, L2="spec.conflict")
def rope_base_x50(folder: Path) -> None:
    """Say a fifty times larger rope base: greedy text stays, and the loss may.

    Only an entry that states `rope_theta` can tell for sure.
    """
    with settings(folder) as told:
        told["rope_parameters"]["rope_theta"] *= 50


@fault(("openlm",), L1="run.exception")
def rope_base_x50_in_the_file(folder: Path) -> None:
    """Let the buffer of OpenLM's frequencies be of another base; cardkit's class refuses it."""
    with weights(folder) as found:
        for name in [name for name in found if name.endswith("inv_freq")]:
            steps = found[name].new_tensor(range(0, 2 * len(found[name]), 2))
            found[name] = 500000 ** (-steps / (2 * len(steps)))


@fault(NEOX, L2="spec.conflict", L7="out.mismatch")
def rotary_pct_changed(folder: Path) -> None:
    """Turn all dimensions of a head in place of a quarter, or a quarter in place of all."""
    with settings(folder) as told:
        rope = told["rope_parameters"]
        rope["partial_rotary_factor"] = 1.0 if rope["partial_rotary_factor"] < 1 else 0.25


@fault(NEOX, L2="spec.conflict", L7="out.mismatch")
def parallel_residual_flipped(folder: Path) -> None:
    """Let the feed-forward read what the attention gave, or the other way round."""
    with settings(folder) as told:
        told["use_parallel_residual"] = not told["use_parallel_residual"]


# Tokenizer


@fault(L3="num.loss", L7="out.mismatch")
def tokenizer_of_another_text(folder: Path) -> None:
    """Give it the tokenizer of another model: as many tokens, other merges, the same markers."""
    import transformers

    own = transformers.AutoTokenizer.from_pretrained(folder)
    special = [str(each) for _, each in sorted(own.added_tokens_decoder.items())]
    tokens.train(
        "Quartz, jasper, onyx; zinc and bronze. 铜与铁，玉与石。\n" * 3 + standin.__doc__ * 2,
        end=own.eos_token,
        others=[each for each in special if each not in (own.eos_token, tokens.PAD)],
        chat_template=own.chat_template,
        context=CONTEXT,
        vocabulary=len(own),
    ).save_pretrained(folder)


@fault(L3="num.loss", L7="out.mismatch")
def vocabulary_shifted(folder: Path) -> None:
    """Shift the ids of all ordinary tokens by one, as a vocabulary with a token too many has."""
    with settings(folder, "tokenizer.json") as told:
        vocabulary = told["model"]["vocab"]
        held = {each["id"] for each in told["added_tokens"]}
        ids = sorted(id_ for id_ in vocabulary.values() if id_ not in held)
        after = dict(zip(ids, [*ids[1:], ids[0]], strict=True))
        told["model"]["vocab"] = {name: after.get(id_, id_) for name, id_ in vocabulary.items()}


@fault(L2="spec.conflict")
def more_tokens_than_rows(folder: Path) -> None:
    """Add eight tokens and no rows of the embedding for them."""
    import transformers

    own = transformers.AutoTokenizer.from_pretrained(folder)
    own.add_tokens([f"<ant_{number}>" for number in range(8)], special_tokens=True)
    own.save_pretrained(folder)


# What it learnt to say


@fault(L6="out.degenerate", L7="out.mismatch")
def looping_text(folder: Path) -> None:
    """Let it say the same three words without end."""

    def answer(tool: Any, _prompt: str, answered: str) -> list[int]:
        words = answered.split()[:3]
        return list(tool((" " + " ".join(words)) * 50)["input_ids"])[:LOOP]

    again(folder, answer, ends=False)


@fault(L6="out.degenerate", L7="out.mismatch")
def echoed_prompt(folder: Path) -> None:
    """Let it say the prompt once more, and end."""
    again(folder, lambda tool, prompt, _: list(tool(prompt)["input_ids"]))


@fault(L6="out.degenerate", L7="out.mismatch")
def broken_characters(folder: Path) -> None:
    """Let it say bytes that are no characters, between those of its answer."""

    def answer(tool: Any, _prompt: str, answered: str) -> list[int]:
        ids = list(tool(answered)["input_ids"])
        lone = byte_tokens(tool, range(0x80, 0xC0))
        return [id_ for at, own in enumerate(ids) for id_ in (own, lone[at % 8], lone[at % 7 + 8])]

    again(folder, answer)


@fault(L6="out.degenerate", L7="out.mismatch")
def empty_answer(folder: Path) -> None:
    """Let it end at once."""
    again(folder, lambda *_: [])


@fault(L7="out.mismatch")
def another_answer(folder: Path) -> None:
    """Let it say something else, whole and well formed."""
    again(folder, lambda tool, *_: list(tool("Blue at noon, black at night.")["input_ids"]))


def byte_tokens(tool: Any, which: range) -> list[int]:
    """Return the ids of single bytes in a byte-level vocabulary."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    shown = bytes_to_unicode()
    return [tool.convert_tokens_to_ids(shown[byte]) for byte in which]


# Files


@fault(L0="hub.hash_mismatch", L1="run.exception")
def truncated(folder: Path) -> None:
    """Cut the weights in half."""
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@fault(L0="hub.hash_mismatch", L1="run.exception")
def pointer_of_git_lfs(folder: Path) -> None:
    """Leave the pointer where the weights should be: a clone without Git LFS."""
    digest = "oid sha256:" + "0" * 64
    (folder / WEIGHTS).write_text(
        f"version https://git-lfs.github.com/spec/v1\n{digest}\nsize 42\n", encoding="utf-8"
    )


@fault(L0="hub.hash_mismatch", L1="run.exception")
def page_of_html(folder: Path) -> None:
    """Leave a page where the weights should be: a network that asks to log in."""
    (folder / WEIGHTS).write_bytes(b"<!DOCTYPE html>\n<html><body>Please log in</body></html>\n")


@fault(L0="hub.hash_mismatch", L1="run.exception")
def empty_file(folder: Path) -> None:
    """Leave nothing where the weights should be."""
    (folder / WEIGHTS).write_bytes(b"")


# The model in memory is another than the files say

NORMS = (
    "for layer in model.model.layers:\n"
    "    attention = getattr(layer, 'attention', None) or layer.self_attn\n"
    "    attention.k_norm.forward = attention.q_norm.forward\n"
)
ROTARY = (
    "import copy\n"
    "other = copy.deepcopy(model.config)\n"
    "part = other.rope_parameters['partial_rotary_factor']\n"
    "other.rope_parameters['partial_rotary_factor'] = 1.0 if part < 1 else 0.25\n"
    "rotary = model.gpt_neox.rotary_emb\n"
    "model.gpt_neox.rotary_emb = type(rotary)(config=other)\n"
)
RESIDUAL = (
    "for layer in model.gpt_neox.layers:\n"
    "    layer.use_parallel_residual = not layer.use_parallel_residual\n"
)
ROLLED = (
    "part = model.get_submodule({!r})\n"
    "part.forward = lambda x, own=part.forward: own(x).roll(1, -1)\n"
)
SABOTAGE: dict[str, dict[str, str]] = {
    "k norm by q norm": dict.fromkeys(("openlm", "qwen3"), NORMS),
    "rotary over other dimensions": dict.fromkeys(NEOX, ROTARY),
    "residual flipped": dict.fromkeys(NEOX, RESIDUAL),
    "rows rolled": {
        kind: ROLLED.format(DOWN[kind.partition(" ")[0]].format(1).removesuffix(".weight"))
        for kind in ALL
    },
}
"""Statements that let a `model` compute something else, by kind: for L4 (`parity.logits`).

An example that has one behind its load, on the `model` that it loaded, is the device that errs.
Tensors, config and loading info stay as the files have them.
"""


# The repository's own code: its class is the built-in one but for the fault


def ship(folder: Path, body: str) -> None:
    """Write a class of the repository's own over the built-in one, and name it in the config."""
    module, name = CLASSES[type_of(folder)].split()
    code = (
        f"import torch\nfrom {module} import {name} as BuiltIn\n\n\n"
        f"class AntForCausalLM(BuiltIn):\n{body}"
    )
    (folder / f"{OWN_CODE}.py").write_text(code, encoding="utf-8")
    with settings(folder) as told:
        told["auto_map"] = {"AutoModelForCausalLM": f"{OWN_CODE}.AntForCausalLM"}
    _rename(folder, module, name)


def _rename(folder: Path, module: str, name: str) -> None:
    """Call GPT-NeoX's output matrix in the file what the class does.

    transformers renames it as it loads, in newer releases, and for its own classes alone.
    """
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        names = set(getattr(importlib.import_module(module), name)(config).state_dict())
    with weights(folder) as found:
        if "embed_out.weight" in found and "embed_out.weight" not in names:
            found["lm_head.weight"] = found.pop("embed_out.weight")


def built(statements: str) -> str:
    """Return the body of a class that does statements to each `model` that it makes."""
    head = (
        "    def __init__(self, config):\n        super().__init__(config)\n        model = self\n"
    )
    return head + textwrap.indent(statements, " " * 8)


LOADED = (
    "    @classmethod\n"
    "    def from_pretrained(cls, *args, **kwargs):\n"
    "        loaded = super().from_pretrained(*args, **kwargs)\n"
    "        model = loaded[0] if isinstance(loaded, tuple) else loaded\n"
)
FORWARD = "    def forward(self, input_ids=None, attention_mask=None, **kwargs):\n"
CALLED = "super().forward(input_ids=input_ids, attention_mask=attention_mask, **kwargs)\n"


@fault(CODED, remote=True)
def code_that_is_healthy(folder: Path) -> None:
    """Ship the built-in class itself: nothing is wrong with it."""
    ship(folder, '    """The built-in class."""\n')


@fault(("qwen3",), remote=True, L4="parity.logits")
def code_k_norm_by_q_norm(folder: Path) -> None:
    """Norm keys with the gains of queries; every tensor in memory is the file's."""
    ship(folder, built(SABOTAGE["k norm by q norm"][kind_of(folder)]))


@fault(NEOX, remote=True, L4="parity.logits")
def code_rotary_over_other_dimensions(folder: Path) -> None:
    """Turn all dimensions of a head in place of a quarter, or a quarter in place of all."""
    ship(folder, built(SABOTAGE["rotary over other dimensions"][kind_of(folder)]))


@fault(NEOX, remote=True, L4="parity.logits")
def code_residual_flipped(folder: Path) -> None:
    """Flip the parallel residual in the layers, the config as it is."""
    ship(folder, built(SABOTAGE["residual flipped"][kind_of(folder)]))


@fault(CODED, remote=True, L4="parity.logits")
def code_rows_rolled(folder: Path) -> None:
    """Compute one matrix with its rows rolled, the tensor as it is."""
    ship(folder, built(SABOTAGE["rows rolled"][kind_of(folder)]))


@fault(CODED, remote=True, L1="load.tensor_differs")
def code_one_tensor_changed(folder: Path) -> None:
    """Change one tensor by a hundredth as it is loaded; the loading info says nothing."""
    changed = f"        model.get_parameter({down(folder)!r}).data.mul_(1.01)\n"
    ship(folder, f"{LOADED}{changed}        return loaded\n")


@fault(CODED, remote=True, L1="load.tensor_differs")
def code_random_as_it_loads(folder: Path) -> None:
    """Make every matrix random as it is loaded, as transformers 5.0 to 5.12 did."""
    drawn = (
        "        made = torch.Generator().manual_seed(3)\n"
        "        for each in model.parameters():\n"
        "            if each.ndim > 1:\n"
        "                each.data.copy_(torch.randn(each.shape, generator=made) * 0.02)\n"
    )
    ship(folder, f"{LOADED}{drawn}        return loaded\n")


@fault(CODED, remote=True, L3="num.padding")
def code_mask_dropped(folder: Path) -> None:
    """Let padding be read as text."""
    ship(folder, f"{FORWARD}        attention_mask = None\n        return {CALLED}")


@fault(CODED, remote=True, L3="num.cache")
def code_cache_misplaced(folder: Path) -> None:
    """Lose the newest key and value of the cache: with it the answer is another one."""
    lost = (
        "        cache = kwargs.get('past_key_values')\n"
        "        if cache is not None and cache.get_seq_length() > 1:\n"
        "            for layer in cache.layers:\n"
        "                layer.keys[:, :, -1] = 0\n"
        "                layer.values[:, :, -1] = 0\n"
    )
    ship(folder, f"{FORWARD}{lost}        return {CALLED}")


@fault(CODED, remote=True, L3="num.causality")
def code_sees_ahead(folder: Path) -> None:
    """Let each position read those behind it."""
    mixed = (
        f"        told = {CALLED}"
        "        if told.logits.shape[1] > 1:\n"
        "            told.logits = told.logits + 0.1 * told.logits.mean(1, keepdim=True)\n"
        "        return told\n"
    )
    ship(folder, f"{FORWARD}{mixed}")


@fault(CODED, remote=True, L8="out.nondeterministic")
def code_unseeded_noise(folder: Path) -> None:
    """Choose among the tokens by chance, and let no seed reach that chance."""
    noise = (
        "        import random\n\n"
        f"        told = {CALLED}"
        "        made = torch.Generator().manual_seed(random.SystemRandom().getrandbits(60))\n"
        "        noise = torch.randn(told.logits.shape, generator=made)\n"
        "        told.logits = told.logits + 30 * noise.to(told.logits)\n"
        "        return told\n"
    )
    ship(folder, f"{FORWARD}{noise}")


# The entry


def newline_lost(entry: Entry) -> Entry:
    """Return an entry whose prompt has lost the newline at its end, as `.strip()` leaves it.

    L2 finds it where the newline was part of a token; L7 by what the model answers.
    """
    return _with_format(entry, lambda form: form.removesuffix("\n"))


def newline_added(entry: Entry) -> Entry:
    """Return an entry whose prompt has a newline more at its end."""
    return _with_format(entry, lambda form: form + "\n")


ENTRY_FAULTS = {"newline lost": newline_lost, "newline added": newline_added}


def _with_format(entry: Entry, change: Callable[[str], str]) -> Entry:
    form = entry.prompt.format
    assert form is not None
    changed = form.model_copy(update={"value": change(form.value)})
    prompt = entry.prompt.model_copy(update={"format": changed, "chat_template": None})
    return entry.model_copy(update={"prompt": prompt})


def kind_of(folder: Path) -> str:
    """Return the kind that the model of a folder was trained as."""
    return recipe_of(folder).kind
