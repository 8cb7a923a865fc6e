"""Tiny models that know something: they memorise conversations and texts, in seconds.

What they were asked in training they answer exactly: greedy, and as a card samples. So a check of
text, loss or numerics has a healthy model to pass. The same arguments give the same bytes on one
machine; nothing of it is ever kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cardkit.entries import asking
from cardkit.entries.entry import Entry
from cardkit.rehearsal import sizes, standin, tokens

SEQUENTIAL = "gpt_neox sequential"
KINDS: dict[str, dict[str, Any]] = {
    "llama": {"num_attention_heads": 4, "num_key_value_heads": 2},
    "gpt_neox": {"rotary_pct": 0.25, "use_parallel_residual": True},
    SEQUENTIAL: {"rotary_pct": 1.0, "use_parallel_residual": False},
    "openlm": {"qk_norm": True},
    "qwen3": {"num_attention_heads": 4, "num_key_value_heads": 2},
}
"""What can be trained: the `model_type` of transformers, and its switches."""
RECIPE = "recipe"
"""File in the folder of a trained model: what it was trained on, for faults that train it anew."""
CONTEXT = 512
START = 0.06
"""Standard deviation of the matrices before training; gains have their own, and stay random."""
RATE, STEPS = 8e-3, 600
SURE = 0.002
"""Nats at most of each token that what stands before it settles; training ends there."""


class Recipe(NamedTuple):
    """What a model is trained on."""

    kind: str
    conversations: tuple[tuple[str, str, str], ...]
    """Prompt as it is sent, answer, and what ends it; empty: the end of a text."""
    texts: tuple[str, ...]
    markers: tuple[str, ...]
    chat_template: str | None
    seed: int


def trained(
    model_type: str,
    folder: Path,
    conversations: Sequence[tuple[str, str, str]] = (),
    texts: Sequence[str] = (),
    *,
    markers: Sequence[str] = (),
    chat_template: str | None = None,
    seed: int = 0,
) -> Path:
    """Write a model that answers the conversations and foretells the texts; return the folder.

    `model_type`: a row of KINDS. What ends the first answer is the model's end token; the markers,
    and what ends other answers, are single tokens too.
    """
    recipe = Recipe(model_type, tuple(conversations), tuple(texts), tuple(markers), chat_template,
                    seed)  # fmt: skip
    name = model_type.partition(" ")[0]
    tokenizer = _tokenizer(recipe)
    small = sizes.small(name, KINDS[model_type], context=CONTEXT)
    with _alone(seed):
        model = _model(name, small.config, tokenizer)
        fit(model, rows(tokenizer, recipe))
    save(folder, model, tokenizer, recipe)
    return folder


def of_entry(
    entry: Entry, folder: Path, question: str, answer: str, texts: Sequence[str] = (), seed: int = 0
) -> Path:
    """Write a model of an entry's architecture that answers one question, asked as its card says.

    A card without a prompt format is asked the question itself.
    """
    assert entry.load.model_type is not None
    kind = entry.load.model_type.value
    residual = entry.spec.options.get("use_parallel_residual")
    if residual is not None and not residual.value:
        kind = SEQUENTIAL
    prompt = question
    if entry.prompt.format is not None or entry.prompt.chat_template is not None:
        prompt = asking.render(entry, [{"role": "user", "content": question}])
    found = tokens.markers(entry, entry.load.model_type.value)
    stop = entry.prompt.stop[0].value if entry.prompt.stop else found.end
    template = entry.prompt.chat_template
    return trained(
        kind,
        folder,
        [(prompt, answer, stop)],
        texts,
        markers=[found.end, *found.others],
        chat_template=template.value if template else None,
        seed=seed,
    )


def again(folder: Path, answer: Callable[[Any, str, str], list[int]], *, ends: bool = True) -> None:
    """Train the model of a folder anew, so that it gives other answers; its tokenizer stays.

    `answer`: the ids that it says, from its tokenizer, the prompt, and the answer that was right.
    """
    import transformers

    recipe = recipe_of(folder)
    tool = transformers.AutoTokenizer.from_pretrained(folder)
    said = [
        tool(prompt)["input_ids"]
        + answer(tool, prompt, right)
        + tool(stop or tool.eos_token)["input_ids"] * ends
        for prompt, right, stop in recipe.conversations
    ]
    name = recipe.kind.partition(" ")[0]
    config = sizes.small(name, KINDS[recipe.kind], context=CONTEXT).config
    with _alone(recipe.seed):
        model = _model(name, config, tool)
        fit(model, [*said, *rows(tool, recipe._replace(conversations=()))])
    save(folder, model, tool, recipe)


def recipe_of(folder: Path) -> Recipe:
    """Return what the model of a folder was trained on."""
    told = json.loads((folder / RECIPE).read_text(encoding="utf-8"))
    return Recipe(**told)._replace(
        conversations=tuple(map(tuple, told["conversations"])), texts=tuple(told["texts"])
    )


def rows(tokenizer: Any, recipe: Recipe) -> list[list[int]]:
    """Return the ids of all that is to be memorised; the end follows a text too."""
    end = tokenizer.eos_token
    said = [prompt + answer + (stop or end) for prompt, answer, stop in recipe.conversations]
    return [tokenizer(text)["input_ids"] for text in [*said, *(t + end for t in recipe.texts)]]


def fit(model: Any, examples: Sequence[Sequence[int]]) -> None:
    """Train a model until it foretells each token of the examples, where that can be known.

    Raises AssertionError where it does not learn them: they are too many for a model so small.
    """
    import torch

    ids, labels, known = _batch(examples)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, betas=(0.9, 0.98))
    model.train()
    for step in range(STEPS):
        pace = min(1.0, (step + 1) / 10) * (
            0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / STEPS))
        )
        for group in optimizer.param_groups:
            group["lr"] = RATE * pace
        logits = model(input_ids=ids).logits[:, :-1].float()
        losses = torch.nn.functional.cross_entropy(
            logits.transpose(1, 2), labels[:, 1:], reduction="none", ignore_index=-100
        )
        if float((losses.detach() * known[:, 1:]).max()) < SURE:
            break
        optimizer.zero_grad()
        (losses.sum() / (labels[:, 1:] != -100).sum()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    else:
        raise AssertionError(f"not learnt in {STEPS} steps: {losses.max():.3f} nats")
    model.eval()


def _batch(examples: Sequence[Sequence[int]]) -> tuple[Any, Any, Any]:
    """Return ids and labels (B, T), and where what stands before settles the next token."""
    import torch

    longest = max(map(len, examples))
    assert longest <= CONTEXT, f"{longest} tokens are more than the context"
    ids = torch.zeros((len(examples), longest), dtype=torch.long)
    labels = torch.full_like(ids, -100)
    known = torch.zeros(ids.shape)
    follows: dict[tuple[int, ...], set[int]] = {}
    for example in examples:
        for at in range(1, len(example)):
            follows.setdefault(tuple(example[:at]), set()).add(example[at])
    for row, example in enumerate(examples):
        ids[row, : len(example)] = labels[row, : len(example)] = torch.tensor(example)
        for at in range(1, len(example)):
            known[row, at] = len(follows[tuple(example[:at])]) == 1
    return ids, labels, known


def save(folder: Path, model: Any, tokenizer: Any, recipe: Recipe) -> None:
    """Write a model, its tokenizer and its recipe."""
    with standin._no_progress():
        model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / RECIPE).write_text(json.dumps(recipe._asdict(), indent=1), encoding="utf-8")


def _tokenizer(recipe: Recipe) -> Any:
    stops = [stop for _, _, stop in recipe.conversations if stop]
    end, *others = dict.fromkeys([*stops, *recipe.markers, tokens.END])
    text = "\n".join([prompt + answer for prompt, answer, _ in recipe.conversations])
    return tokens.train(
        "\n".join([text, *recipe.texts, standin.OWN_TEXT]),
        end=end,
        others=others,
        chat_template=recipe.chat_template,
        context=CONTEXT,
    )


def _model(name: str, config: dict[str, Any], tokenizer: Any) -> Any:
    """Return an untrained model, its gains random: gains of 1 hide which norm is applied."""
    import torch
    import transformers

    whole = sizes.config_class(name)(
        **config,
        vocab_size=len(tokenizer),
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = transformers.AutoModelForCausalLM.from_config(whole)
    standin.randomize(model)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(START / standin.SPREAD)
    return model


@contextmanager
def _alone(seed: int) -> Iterator[None]:
    """Seed torch and let it use one thread; give both back as they were."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # faster for matrices so small, and alike every time
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
