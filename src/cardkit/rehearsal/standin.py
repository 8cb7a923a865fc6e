"""The stand-in: a small model of an entry's architecture, with random weights.

It goes the whole way that the model would go, and proves nothing of what the model knows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cardkit import inputs
from cardkit.configs.kinds import KINDS, kind_of
from cardkit.configs.lists import listed
from cardkit.entries import registry
from cardkit.entries.entry import Entry
from cardkit.entries.hub_files import GENERATION
from cardkit.errors import CardkitError
from cardkit.plan import Limits
from cardkit.prompts import rendering
from cardkit.prompts.pieces import SYSTEM
from cardkit.prompts.tokens import ASKED
from cardkit.rehearsal import sizes, tokens
from cardkit.rehearsal.faults import CannotRehearseError

DTYPES = ("float32", "float16", "bfloat16")
SIZES = ("num_hidden_layers", "hidden_size", "num_attention_heads", "num_key_value_heads",
         "intermediate_size")  # fmt: skip
LARGEST = 20_000_000
"""Parameters: beyond them a size was kept that should have become small."""
LONGEST = 4096
"""Tokens of context: an example may ask for any number of new ones."""
SPREAD, GAIN_SPREAD = 0.15, 0.3
"""Standard deviations of matrices, and of biases and gains around their own mean."""
OWN_TEXT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n### Instruction:\nName three colours of the sky.\n\n### Response:\nBlue at "
    "noon, red in the evening, and black at night.\n\n### End\n"
    "你好，世界。模型卡写明了怎样调用它。\ndef add(a, b):\n    return a + b\n"
)
"""What the tokenizer is trained on where there is no card."""


class Standin(NamedTuple):
    """A stand-in, and what it has of the model."""

    folder: Path
    model_type: str
    config: dict[str, Any]
    """Its config.json."""
    taken: dict[str, Any]
    """What the entry says and the stand-in has: the architecture, every switch, the prompt."""
    chosen: dict[str, Any]
    """What was made small, and what nobody states."""


def build(entry: Entry, folder: Path, *, seed: int = 0, text: str | None = None) -> Standin:
    """Write a stand-in of an entry's model into a folder.

    `text`: what its tokenizer is trained on, else the card. The same seed gives the same bytes.
    Raises CannotRehearseError, which says why there can be none.
    """
    _need_torch()
    model_type = _model_type(entry)
    spec = {name: leaf.value for name in SIZES if (leaf := getattr(entry.spec, name)) is not None}
    switches = {name: leaf.value for name, leaf in entry.spec.options.items()}
    template = entry.prompt.chat_template
    found, source = (text, "the text given") if text is not None else _text(entry)
    special = tokens.markers(entry, model_type)
    cls = tokens.own_class(entry, model_type)
    tokenizer, how = _tokenizer(cls, special, found, template.value if template else None)
    ends = tuple(filter(None, [tokenizer.eos_token]))
    prompts = _prompts(entry, tokenizer)
    context = _context(entry, tokenizer, prompts)
    tokenizer.model_max_length = context
    small = sizes.small(model_type, spec | switches, context=context)
    stated = [leaf.value for leaf in entry.prompt.single_tokens]
    dtype, named = _dtype(entry), _class_name(entry)
    write(folder, model_type, small.config, tokenizer, named, dtype=dtype, seed=seed,
          prompts=prompts)  # fmt: skip
    settings = _settings(entry, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    taken = {
        "model_type": model_type,
        "architecture": named,
        **{name: value for name, value in switches.items() if name not in small.sizes},
        **({"single_tokens": stated} if stated else {}),
        **({"chat_template": template.value} if template else {}),
        **({GENERATION: settings} if settings else {}),
    }
    chosen = {
        **small.sizes,
        "vocab_size": len(tokenizer),
        "tokens": [each for each in ends + special.others if each not in stated],
        "dtype": dtype,
        "weights": f"random, seed {seed}",
        "tokenizer": f"{how} trained on {source}",
    }
    return Standin(folder, model_type, config, taken, chosen)


def write(
    folder: Path,
    model_type: str,
    config: Mapping[str, Any],
    tokenizer: Any,
    class_name: str,
    *,
    dtype: str = "float32",
    seed: int = 0,
    prompts: tuple[tuple[int, ...], ...] = (),
) -> None:
    """Write a model with random weights and its tokenizer; torch's own seed stays as it was.

    `class_name`: a class of the architecture, or an Auto class. Behind the `prompts`, token ids,
    an answer does not begin with the end.
    """
    import torch

    ids = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    cls, config_cls = _class(class_name, model_type), sizes.config_class(model_type)
    try:
        whole = config_cls(**config, vocab_size=len(tokenizer), **ids)
        if whole.is_encoder_decoder:
            whole.decoder_start_token_id = tokenizer.pad_token_id
        _check_size(cls, whole)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = _new(cls, whole).eval()
            if config.get("tie_word_embeddings") is False:
                _untie(model)
            randomize(model)
            for prompt in prompts:
                _hush(model, prompt)
    except CannotRehearseError:
        raise
    except Exception as error:  # whatever a config class or a model of the library raises
        raise CannotRehearseError(
            f"transformers runs no small {model_type}: {str(error).strip() or repr(error)}",
            todo="hold spec of the entry against the model's config.json",
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    with _no_progress():
        model.to(getattr(torch, dtype)).save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _check_size(cls: Any, config: Any) -> None:
    """Raise CannotRehearseError where a model would not be small; nothing is allocated."""
    import torch

    with torch.device("meta"):
        count = sum(each.numel() for each in _new(cls, config).parameters())
    if count > LARGEST:
        raise CannotRehearseError(
            f"its stand-in would have {count:,} parameters: a size among the options of its spec "
            "is not known as one",
            todo="add the size to cardkit/rehearsal/sizes.py",
        )


@contextmanager
def _no_progress() -> Iterator[None]:
    """Let transformers show no progress bar."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _untie(model: Any) -> None:
    """Give a model its own output matrix where its class ties it whatever the config says: T5."""
    import torch

    output = model.get_output_embeddings()
    if output is not None and output.weight is model.get_input_embeddings().weight:
        output.weight = torch.nn.Parameter(output.weight.detach().clone())
        model.config.tie_word_embeddings = False


def randomize(model: Any) -> None:
    """Give each matrix, bias and gain random values: gains of 1 hide which norm is applied."""
    import torch

    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, SPREAD)
            else:
                parameter.normal_(parameter.mean().item(), GAIN_SPREAD)


def _hush(model: Any, prompt: tuple[int, ...]) -> None:
    """Turn the end's row of the output matrix away from what the model sees behind a prompt.

    The row keeps its length. What follows a prompt is seen through random tokens: the end is
    unlikely there, not impossible.
    """
    import torch

    output = model.get_output_embeddings() if model.can_generate() else None
    if output is None or model.config.eos_token_id is None:
        return
    seen: list[Any] = []
    hook = output.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    ordinary = torch.randint(model.config.pad_token_id + 1, model.config.vocab_size, (1, 64))
    ids = torch.cat([torch.tensor([prompt], dtype=torch.long), ordinary], dim=1)
    with torch.no_grad():
        if model.config.is_encoder_decoder:
            start = torch.full((1, 1), model.config.decoder_start_token_id)
            model(input_ids=ids, decoder_input_ids=torch.cat([start, ordinary], dim=1))
            states = seen[-1][0]
        else:
            model(input_ids=ids)
            states = seen[-1][0, len(prompt) - 1 :]
        hook.remove()
        away = -torch.nn.functional.normalize(states, dim=-1).mean(0)
        row = output.weight[model.config.eos_token_id]
        row.copy_(away / away.norm() * row.norm())


def _tokenizer(
    cls: Any, special: tokens.Markers, text: str, chat_template: str | None
) -> tuple[Any, str]:
    """Return a tokenizer, and what it is."""
    because = ""
    if tokens.has_pieces(cls):
        try:
            made = tokens.of_class(
                cls,
                text,
                end=special.end,
                others=special.others,
                chat_template=chat_template,
                context=sizes.CONTEXT,
            )
        except Exception as error:  # noqa: BLE001 - of the library: not each class takes pieces
            because = f" ({cls.__name__} takes no new pieces: {error})"
        else:
            return made, f"a {cls.__name__}"
    made = tokens.train(
        text,
        end=special.end,
        others=special.others,
        roles=special.roles,
        chat_template=chat_template,
        context=sizes.CONTEXT,
    )
    return made, f"a byte-level BPE{because}"


def _need_torch() -> None:
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise CannotRehearseError(
            f"{error.name} is not installed",
            todo="pip install 'cardkit[run]', torch first",
            code="env.missing_package",
        ) from error


def _model_type(entry: Entry) -> str:
    """Return the `model_type` that is built. Raises CannotRehearseError."""
    load, todo = entry.load, "decide load.model_type in its model.yaml, if transformers loads it"
    library = load.library.value if load.library else None
    if library is not None and library not in listed("transformers", "libraries"):
        raise CannotRehearseError(
            f"{entry.name} is documented for {library}: a stand-in is a model of transformers",
            todo=f"run it with {library}, or decide load.library in its model.yaml",
            code="env.missing_package",
        )
    if load.model_type is None:
        said = f"nothing tells the architecture of {entry.name}"
        raise CannotRehearseError(said, todo=todo, code="card.code_missing")
    if not sizes.is_known(load.model_type.value):
        remote = load.trust_remote_code is not None and load.trust_remote_code.value
        raise CannotRehearseError(
            f"transformers has no architecture {load.model_type.value!r}"
            + (": its code lies in the model's own repository" if remote else ""),
            todo="verify it without --rehearse, with --allow-remote-code" if remote else todo,
            code="load.remote_code_required" if remote else "card.code_missing",
        )
    return load.model_type.value


def _class_name(entry: Entry) -> str:
    """Return the class that its config.json names, or the Auto class of its kind.

    A checkpoint that foretells masked words is one of pre-training: BERT's has a pooler too, which
    the class for words has not.
    """
    if entry.load.architecture is not None:
        return entry.load.architecture.value
    kind = kind_of(entry)
    return "AutoModelForPreTraining" if kind == "masked" else KINDS[kind].loader


def _class(name: str, model_type: str) -> Any:
    """Return a class of an architecture, or an Auto class. Raises CannotRehearseError."""
    import transformers

    found = getattr(transformers, name, None)
    if found is None:
        from cardkit.openlm import model as openlm

        found = getattr(openlm, name, None)
    if found is None:
        raise CannotRehearseError(
            f"neither transformers nor cardkit has a class {name}",
            todo="decide load.architecture in its model.yaml, if transformers loads it",
        )
    own = getattr(found, "config_class", None)
    if own is not None and own.model_type != sizes.config_class(model_type).model_type:
        raise CannotRehearseError(
            f"{name} is a class of {own.model_type}, and not of {model_type}",
            todo="correct load.architecture or load.model_type in its model.yaml",
        )
    return found


def _new(cls: Any, config: Any) -> Any:
    """Return a new model of a class; an Auto class has another way to make one."""
    return cls.from_config(config) if hasattr(cls, "_model_mapping") else cls(config)


def _dtype(entry: Entry) -> str:
    """Return the number format that the entry says, where weights can be saved in it."""
    said = [leaf.value for leaf in (entry.spec.dtype, entry.load.dtype) if leaf is not None]
    return next((dtype for dtype in said if dtype in DTYPES), DTYPES[0])


def _text(entry: Entry) -> tuple[str, str]:
    """Return the card's text where it lies here unchanged, else cardkit's own; and whose it is."""
    try:
        path = registry.find().root / str(entry.card)
        if entry.card is not None and path.is_file():
            read = inputs.read(str(path))
            if entry.card_sha256 in (None, hashlib.sha256(read.raw).hexdigest()):
                return read.text, "the card"
    except CardkitError:  # no registry, or a card that cannot be read: there is another text
        pass
    return OWN_TEXT, "cardkit's own text"


def _prompts(entry: Entry, tokenizer: Any) -> tuple[tuple[int, ...], ...]:
    """Return the ids of what the example asks, bare and in the prompt format."""
    texts = [leaf.value for leaf in entry.example.inputs] or [ASKED]
    form = entry.prompt.format
    if form is not None:
        system = entry.prompt.system.value if entry.prompt.system else ""
        around = system if SYSTEM in form.value else None
        texts += [rendering.fill(form.value, text, around) for text in texts]
    return tuple(tuple(tokenizer(text)["input_ids"]) for text in texts)


def _context(entry: Entry, tokenizer: Any, prompts: tuple[tuple[int, ...], ...]) -> int:
    """Return the tokens of context: what the example needs, in steps of 64."""
    longest = max(len(prompt) for prompt in prompts)
    output = entry.example.expected_output
    documented = len(tokenizer(output.value)["input_ids"]) if output else 0
    asked = [leaf.value for name in ("max_new_tokens", "max_length")
             if (leaf := entry.generation.get(name)) is not None]  # fmt: skip
    new = max([Limits().new_tokens, documented, *(each for each in asked if type(each) is int)])
    return min(LONGEST, max(sizes.CONTEXT, -(-(longest + new) // 64) * 64))


def _settings(entry: Entry, folder: Path) -> dict[str, Any]:
    """Write the settings that the hub's own generation_config.json has, and return them."""
    settings = {name: leaf.value for name, leaf in entry.generation.items()
                if leaf.hub == GENERATION and not name.endswith("_token_id")}  # fmt: skip
    path = folder / GENERATION
    if settings and path.is_file():
        written = json.loads(path.read_text(encoding="utf-8")) | settings
        path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return settings
