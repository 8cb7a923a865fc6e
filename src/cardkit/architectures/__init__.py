"""Architectures by their `model_type`: the classes that run them, and their parameters.

A formula is a function whose arguments are the names of config.json. What has no default there is
a size and must be given; what has one is a switch, and its default is that of the config class of
transformers, so what config.json leaves out is what loading it gives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any, NamedTuple

from cardkit.architectures.bert import bert, roberta
from cardkit.architectures.gpt import bloom, gpt2, gpt_bigcode, gpt_neox, gptj, mpt, opt
from cardkit.architectures.latent import deepseek_v2, minicpm3
from cardkit.architectures.llama import llama, minicpm, mistral, nemotron, olmo, qwen2
from cardkit.architectures.openlm import openlm
from cardkit.architectures.t5 import t5
from cardkit.architectures.unfit import UnfitError
from cardkit.tables import pick
from cardkit.vocabulary import load

FORMULAS: dict[str, Callable[..., int]] = {
    "bert": bert,
    "bloom": bloom,
    "deepseek_v2": deepseek_v2,
    "gpt2": gpt2,
    "gpt_bigcode": gpt_bigcode,
    "gpt_neox": gpt_neox,
    "gptj": gptj,
    "llama": llama,
    "minicpm": minicpm,
    "minicpm3": minicpm3,
    "mistral": mistral,
    "mpt": mpt,
    "nemotron": nemotron,
    "olmo": olmo,
    "openlm": openlm,
    "opt": opt,
    "qwen2": qwen2,
    "roberta": roberta,
    "t5": t5,
}
NAMES = {
    "n_embd": "hidden_size",  # gpt2, gptj, gpt_bigcode
    "n_embed": "hidden_size",  # bloom
    "d_model": "hidden_size",  # mpt, t5
    "dim": "hidden_size",  # openlm
    "hidden_dim": "hidden_size",
    "n_layer": "num_hidden_layers",  # gpt2, bloom
    "n_layers": "num_hidden_layers",  # mpt, openlm
    "num_layers": "num_hidden_layers",  # t5
    "n_head": "num_attention_heads",
    "n_heads": "num_attention_heads",
    "num_heads": "num_attention_heads",
    "n_positions": "max_position_embeddings",  # gpt2, gpt_bigcode
    "n_inner": "intermediate_size",  # gpt2, gptj
    "ffn_dim": "intermediate_size",  # opt
    "d_ff": "intermediate_size",  # t5
    "d_kv": "head_dim",  # t5
    "apply_qk_norm": "qk_norm",  # openlm
    "weight_tying": "tie_word_embeddings",
    "architectures": "architecture",
}
"""Names that a config.json of some architecture has for what most call otherwise."""


class Architecture(NamedTuple):
    """What runs models of one `model_type`."""

    model_type: str
    library: str
    """What its classes come from: `transformers`, `cardkit`, another package, or `remote code`."""
    classes: Mapping[str, str]
    """Its class for each Auto class of transformers, as `AutoModelForCausalLM`."""
    counted: tuple[str, ...]
    """The classes whose parameters the formula counts; none if there is no formula."""


class Count(NamedTuple):
    """The parameters of a model by its architecture's formula, or why there is no number."""

    parameters: int | None
    because: str
    """What the number rests on, or what is missing."""
    taken: Mapping[str, object] = {}
    """Switches that were not given, as the config class has them."""


def architecture(model_type: str) -> Architecture:
    """Return an architecture by the `model_type` of config.json.

    Raises UnknownNameError, with the nearest names.

    >>> architecture("llama").classes["AutoModelForCausalLM"]
    'LlamaForCausalLM'
    >>> architecture("minicpm").library
    'remote code'
    """
    row = dict(pick(load("architectures.yaml"), model_type, "architecture"))
    library, counted = row.pop("library", "transformers"), row.pop("counted", "")
    return Architecture(model_type, library, row, tuple(counted.split(", ")) if counted else ())


def num_parameters(model_type: str, dims: Mapping[str, Any]) -> Count:
    """Return the parameters of a model from its dimensions, by the names of config.json.

    None is no value, except of `q_lora_rank`, whose None says that there is none. Dimensions that
    the formula does not need are passed over. Raises UnknownNameError for an unknown architecture.

    >>> dims = {"vocab_size": 50280, "hidden_size": 4096, "intermediate_size": 16384}
    >>> num_parameters("gpt_neox", dims | {"num_hidden_layers": 32}).parameters
    6856056832
    >>> num_parameters("gpt_neox", dims).because
    'num_hidden_layers is missing'
    """
    known = architecture(model_type)
    if model_type not in FORMULAS:
        return Count(None, f"there is no formula for {model_type}")
    formula = FORMULAS[model_type]
    given: dict[str, Any] = {}
    for name, value in dims.items():
        ours = NAMES.get(name, name)
        if ours == "architecture" and isinstance(value, list | tuple):
            value = value[0] if len(value) == 1 else None
        if value is None and name != "q_lora_rank":
            continue
        if given.setdefault(ours, value) != value:
            return Count(None, f"{ours} is given as {given[ours]} and {value}")
    named = given.get("architecture")
    if named is not None and named not in known.counted:
        return Count(None, f"there is no formula for {named}")
    arguments = signature(formula).parameters
    sizes = [name for name, each in arguments.items() if each.default is Parameter.empty]
    missing = [name for name in sizes if name not in given]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        return Count(None, f"{', '.join(missing)} {verb} missing")
    taken = {name: arguments[name].default for name in arguments if name not in given}
    try:
        count = formula(**{name: given[name] for name in arguments if name in given})
    except UnfitError as error:
        return Count(None, str(error))
    except TypeError:
        words = [f"{name} is {value!r}" for name, value in given.items() if isinstance(value, str)]
        return Count(None, f"a dimension is no number: {', '.join(words) or given}")
    return Count(count, f"the formula of {named or known.counted[0]}", taken)
