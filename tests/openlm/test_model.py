"""cardkit's OpenLM computes what its description says, and loads as transformers' models do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy", reason="needs the extra `run`")
torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")
safetensors = pytest.importorskip("safetensors.torch", reason="needs the extra `run`")

from cardkit.errors import CardkitError
from cardkit.openlm import register
from cardkit.openlm.model import rotate

register()
torch.set_num_threads(1)  # faster for matrices so small, and others share the cores

SHAPE = {"dim": 96, "n_layers": 3, "n_heads": 4, "vocab_size": 300, "seq_len": 64}
TOLERANCE = 1e-4
"""Measured: float32 against the reference in float64 differs by 1.8e-5 in logits up to 4.1."""
MUTATIONS = (
    "mean kept",
    "norm per head",
    "rope interleaved",
    "q_norm for k_norm",
    "no residual",
    "gate and value swapped",
    "base 1000",
    "not causal",
    "scale of the width",
    "no last norm",
)


def config(**others: Any) -> Any:
    return transformers.AutoConfig.for_model("openlm", **{**SHAPE, **others})


def build(**others: Any) -> Any:
    """Return a model with random weights and gains, so that no two matrices can be exchanged."""
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config(**others)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name:
                parameter.normal_(1, 0.3)
            else:
                parameter.normal_(0, 0.08)
    return model


def reference(model: Any, ids: Any, mutation: str = "") -> Any:
    """Return logits in float64 numpy, from the description and no line of the model's code."""
    shape = model.config
    weights = {name: value.double().numpy() for name, value in model.state_dict().items()}
    dim, heads = shape.dim, shape.n_heads
    size = dim // heads
    length = len(ids)

    def layer_norm(x: Any, gain: Any) -> Any:
        mean = 0 if mutation == "mean kept" else x.mean(-1, keepdims=True)
        centred = x - mean
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * gain

    def qk_norm(x: Any, gain: Any) -> Any:
        if mutation == "norm per head":
            parts = np.split(x, heads, -1), np.split(gain, heads)
            return np.concatenate([layer_norm(*part) for part in zip(*parts, strict=True)], -1)
        return layer_norm(x, gain)

    def rope(x: Any) -> Any:
        half = size // 2
        turned = np.empty_like(x)
        for position in range(length):
            for pair in range(half):
                base = 1000 if mutation == "base 1000" else 10000
                angle = position * base ** (-2 * pair / size)
                both = (pair, pair + half)
                if mutation == "rope interleaved":
                    both = (2 * pair, 2 * pair + 1)
                a, b = (x[:, position, at] for at in both)
                turned[:, position, both[0]] = a * np.cos(angle) - b * np.sin(angle)
                turned[:, position, both[1]] = b * np.cos(angle) + a * np.sin(angle)
        return turned

    def split(x: Any) -> Any:
        return x.reshape(length, heads, size).transpose(1, 0, 2)

    x = weights["model.tok_embeddings.weight"][ids]
    if shape.post_embed_norm:
        x = layer_norm(x, weights["model.post_embed_norm.weight"])
    for layer in range(shape.n_layers):
        own = {
            name.removeprefix(f"model.layers.{layer}."): value
            for name, value in weights.items()
            if name.startswith(f"model.layers.{layer}.")
        }
        h = layer_norm(x, own["attention_norm.weight"])
        q, k, v = np.split(h @ own["attention.in_proj.weight"].T, 3, -1)
        if shape.apply_qk_norm:
            other = "q" if mutation == "q_norm for k_norm" else "k"
            q = qk_norm(q, own["attention.q_norm.weight"])
            k = qk_norm(k, own[f"attention.{other}_norm.weight"])
        q, k, v = rope(split(q)), rope(split(k)), split(v)
        scores = q @ k.transpose(0, 2, 1)
        scores /= np.sqrt(dim if mutation == "scale of the width" else size)
        if mutation != "not causal":
            scores += np.triu(np.full((length, length), -np.inf), 1)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        read = (shares @ v).transpose(1, 0, 2).reshape(length, dim)
        x = (0 if mutation == "no residual" else x) + read @ own["attention.out_proj.weight"].T
        h = layer_norm(x, own["ffn_norm.weight"])
        gate, value = np.split(h @ own["feed_forward.w12.weight"].T, 2, -1)
        if mutation == "gate and value swapped":
            gate, value = value, gate
        x = x + (gate / (1 + np.exp(-gate)) * value) @ own["feed_forward.w3.weight"].T
    if mutation != "no last norm":
        x = layer_norm(x, weights["model.norm.weight"])
    return x @ weights["model.output.weight"].T


def some_ids(*shape: int) -> Any:
    return torch.randint(300, shape, generator=torch.Generator().manual_seed(1))


def logits(model: Any, ids: Any, **kwargs: Any) -> Any:
    with torch.no_grad():
        return model(ids, **kwargs).logits


@pytest.fixture(scope="module")
def model() -> Any:
    return build(qk_norm=True)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize(
    "others",
    [
        {},
        {"qk_norm": True},
        {"qk_norm": True, "post_embed_norm": True, "weight_tying": True},
        {"qk_norm": True, "dim": 128, "n_heads": 2, "norm_eps": 1e-5, "ffn_type": "swiglu_torch"},
    ],
    ids=["plain", "qk-norm", "tied, normed embeddings", "wider"],
)
def test_logits_are_those_of_the_description(others: dict[str, Any], attention: str) -> None:
    model = build(**others)
    model.set_attn_implementation(attention)
    ids = some_ids(290)  # more than bfloat16 can count
    found = logits(model, ids[None])[0]
    expected = reference(model, ids.numpy())
    assert found.dtype == torch.float32
    assert np.abs(expected).max() > 1
    assert np.abs(found.numpy() - expected).max() < TOLERANCE


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_wrong_formula_would_be_seen(model: Any, mutation: str) -> None:
    ids = some_ids(33)
    wrong = reference(model, ids.numpy(), mutation)
    assert (
        np.abs(logits(model, ids[None])[0].numpy() - wrong).max() > 10_000 * TOLERANCE
    )  # measured: 1.4 and more


def test_its_tensors_have_open_lms_names(model: Any) -> None:
    layers = [
        f"model.layers.{layer}.{name}"
        for layer in range(3)
        for name in (
            "attention.in_proj.weight",
            "attention.out_proj.weight",
            "attention.q_norm.weight",
            "attention.k_norm.weight",
            "attention.pos_embed.inv_freq",
            "feed_forward.w12.weight",
            "feed_forward.w3.weight",
            "attention_norm.weight",
            "ffn_norm.weight",
        )
    ]
    ends = ["model.tok_embeddings.weight", "model.norm.weight", "model.output.weight"]
    assert sorted(model.state_dict()) == sorted([*ends, *layers])


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        ({"dim": 2048, "n_layers": 24, "n_heads": 16, "qk_norm": True}, 1_439_893_504),
        ({"dim": 4096, "n_layers": 32, "n_heads": 32, "qk_norm": True}, 6_889_672_704),
        ({"dim": 4096, "n_layers": 32, "n_heads": 32, "qk_norm": False}, 6_889_410_560),
    ],
    ids=["DCLM-1B", "DCLM-7B", "DCLM-7B without qk-norm"],
)
def test_the_sizes_of_dclm_have_their_parameters(shape: dict[str, Any], count: int) -> None:
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config(**shape, vocab_size=50432))
    assert sum(parameter.numel() for parameter in model.parameters()) == count


def test_greedy_with_cache_is_greedy_without(model: Any) -> None:
    ids = some_ids(2, 7)
    runs = [
        model.generate(ids, max_new_tokens=20, do_sample=False, use_cache=use_cache)
        for use_cache in (True, False)
    ]
    assert runs[0].shape == (2, 27)
    assert runs[0].tolist() == runs[1].tolist()


def test_pieces_through_a_cache_give_the_logits_of_the_whole(model: Any) -> None:
    ids = some_ids(2, 12)
    cache = transformers.DynamicCache(config=model.config)
    pieces = [
        logits(model, ids[:, start:end], past_key_values=cache, use_cache=True)
        for start, end in ((0, 5), (5, 6), (6, 12))
    ]
    assert cache.get_seq_length() == 12
    assert (torch.cat(pieces, 1) - logits(model, ids)).abs().max() < TOLERANCE


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_a_padded_batch_gives_the_logits_of_each_alone(model: Any, attention: str) -> None:
    model.set_attn_implementation(attention)
    long, short = some_ids(11), some_ids(6)
    batch = torch.stack([long, torch.cat([torch.zeros(5, dtype=torch.long), short])])
    mask = torch.ones(2, 11, dtype=torch.long)
    mask[1, :5] = 0
    found = logits(model, batch, attention_mask=mask)
    places = (mask.cumsum(-1) - 1).clamp(min=0)
    placed = logits(model, batch, attention_mask=mask, position_ids=places)
    model.set_attn_implementation("sdpa")
    for each in (found, placed):
        assert (each[0] - logits(model, long[None])[0]).abs().max() < TOLERANCE
        assert (each[1, 5:] - logits(model, short[None])[0]).abs().max() < TOLERANCE


def test_a_padded_batch_writes_what_each_alone_writes(model: Any) -> None:
    long, short = some_ids(11), some_ids(6)
    batch = torch.stack([long, torch.cat([torch.zeros(5, dtype=torch.long), short])])
    mask = torch.ones(2, 11, dtype=torch.long)
    mask[1, :5] = 0
    greedy = {"max_new_tokens": 12, "do_sample": False}
    together = model.generate(batch, attention_mask=mask, **greedy)[:, 11:].tolist()
    alone = [model.generate(ids[None], **greedy)[0, len(ids) :].tolist() for ids in (long, short)]
    assert together == alone


def test_embeddings_may_stand_for_ids(model: Any) -> None:
    ids = some_ids(1, 5)
    embedded = model.get_input_embeddings()(ids)
    with torch.no_grad():
        found = model(inputs_embeds=embedded, logits_to_keep=2).logits
    assert (found - logits(model, ids)[:, -2:]).abs().max() < TOLERANCE
    with pytest.raises(ValueError, match="give either input_ids or inputs_embeds"):
        model(ids, inputs_embeds=embedded)


def test_shows_its_states_and_attention(model: Any) -> None:
    model.set_attn_implementation("eager")
    with torch.no_grad():
        shown = model(some_ids(1, 5), output_hidden_states=True, output_attentions=True)
    model.set_attn_implementation("sdpa")
    assert [tuple(state.shape) for state in shown.hidden_states] == [(1, 5, 96)] * 4
    assert [tuple(weights.shape) for weights in shown.attentions] == [(1, 4, 5, 5)] * 3


def test_it_can_be_trained() -> None:
    model = build(qk_norm=True).train()
    ids = some_ids(2, 9)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(12):
        loss = model(ids, labels=ids).loss
        loss.backward()
        assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_resized_embeddings_run() -> None:
    model = build()
    model.resize_token_embeddings(305, mean_resizing=False)
    assert (logits(model, some_ids(1, 3)).shape, model.config.vocab_size) == ((1, 3, 305), 305)


@pytest.mark.parametrize("name", ["AutoModelForCausalLM", "AutoModel"])
@pytest.mark.parametrize("device_map", [None, "cpu", "auto"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_saves_and_loads_clean(
    model: Any, tmp_path: Path, name: str, device_map: str | None, dtype: str
) -> None:
    model.save_pretrained(tmp_path)
    loaded, report = getattr(transformers, name).from_pretrained(
        tmp_path, dtype=getattr(torch, dtype), device_map=device_map, output_loading_info=True
    )
    assert not any(report.values())
    assert {parameter.dtype for parameter in loaded.parameters()} == {getattr(torch, dtype)}
    own = {name.removeprefix("model."): value for name, value in loaded.state_dict().items()}
    for key, value in model.state_dict().items():
        cast = value if "inv_freq" in key else value.to(getattr(torch, dtype))
        assert torch.equal(own[key.removeprefix("model.")], cast), key


@pytest.mark.parametrize("others", [{"weight_tying": True}, {"post_embed_norm": True}, {}])
def test_its_variants_save_and_load_clean(others: dict[str, Any], tmp_path: Path) -> None:
    model = build(**others)
    model.save_pretrained(tmp_path)
    loaded, report = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not any(report.values())
    assert torch.equal(logits(loaded, some_ids(1, 9)), logits(model, some_ids(1, 9)))
    ends = (loaded.get_input_embeddings().weight, loaded.get_output_embeddings().weight)
    assert (ends[0] is ends[1]) == bool(others.get("weight_tying"))
    assert loaded.config.to_diff_dict() == model.config.to_diff_dict()


def change_tensors(folder: Path, change: Any) -> None:
    tensors = safetensors.load_file(folder / "model.safetensors")
    safetensors.save_file(change(tensors), folder / "model.safetensors", {"format": "pt"})


def test_a_checkpoint_without_the_buffer_loads_clean(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    change_tensors(
        tmp_path, lambda tensors: {k: v for k, v in tensors.items() if "inv_freq" not in k}
    )
    for kwargs in ({}, {"device_map": "cpu"}, {"dtype": torch.bfloat16}):
        loaded, report = transformers.AutoModelForCausalLM.from_pretrained(
            tmp_path, output_loading_info=True, **kwargs
        )
        assert not any(report.values())
        for layer, right in zip(loaded.model.layers, model.model.layers, strict=True):
            found = layer.attention.pos_embed.inv_freq
            assert torch.equal(found, right.attention.pos_embed.inv_freq)


def test_a_half_precision_checkpoint_turns_as_a_whole_one(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    change_tensors(tmp_path, lambda tensors: {k: v.bfloat16() for k, v in tensors.items()})
    loaded = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    buffers = dict(loaded.named_buffers())
    assert len(buffers) == 3
    for name, right in model.named_buffers():
        assert torch.equal(buffers[name], right)
    ids = some_ids(40)
    found = logits(loaded, ids[None])[0].numpy()
    assert np.abs(found - reference(loaded, ids.numpy())).max() < TOLERANCE


def test_other_frequencies_in_the_file_are_refused(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    name = "model.layers.1.attention.pos_embed.inv_freq"
    change_tensors(tmp_path, lambda tensors: {**tensors, name: tensors[name] ** 0.9})
    with pytest.raises(CardkitError) as error:
        transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    assert str(error.value) == (
        f"{name} of the checkpoint is not what OpenLM's rotary embedding has\n"
        "  → check that the file is whole, and that the model was trained with base 10000"
    )


def test_a_missing_matrix_is_reported(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    name = "model.layers.2.feed_forward.w3.weight"
    change_tensors(tmp_path, lambda tensors: {k: v for k, v in tensors.items() if k != name})
    _, report = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert report["missing_keys"] == {name}


def test_loads_from_the_nested_form(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    sizes = {**SHAPE, "qk_norm": True, "positional_embedding_type": "rotary"}
    nested = {
        "architectures": ["OpenLMforCausalLM"],
        "model_type": "openlm",
        "params": None,
        "params_args_dict": sizes,
        "torch_dtype": "float32",
        "transformers_version": "4.40.2",
    }
    (tmp_path / "config.json").write_text(json.dumps(nested))
    loaded, report = transformers.AutoModelForCausalLM.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not any(report.values())
    assert torch.equal(logits(loaded, some_ids(1, 9)), logits(model, some_ids(1, 9)))


def test_head_rotary_is_refused_when_it_is_loaded(model: Any, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    file = tmp_path / "config.json"
    file.write_text(file.read_text().replace('"rotary"', '"head_rotary"'))
    with pytest.raises(CardkitError, match="'head_rotary', which turns queries and keys along"):
        transformers.AutoModelForCausalLM.from_pretrained(tmp_path)


@pytest.mark.parametrize("cast", ["bfloat16", "half"])
def test_half_precision_stays_near_and_turns_in_float32(cast: str) -> None:
    model = build(qk_norm=True)
    halved = getattr(build(qk_norm=True), cast)()
    ids = some_ids(1, 60)
    found = logits(halved, ids)
    assert found.dtype == torch.float32
    assert torch.isfinite(found).all()
    assert (found - logits(model, ids)).abs().max() < 0.3  # measured: 0.09 in bfloat16


def test_angles_stay_exact_in_half_precision_over_long_ways() -> None:
    ids, places = some_ids(1, 20), 97 * torch.arange(20)[None]
    whole = logits(build(qk_norm=True), ids, position_ids=places)
    halved = logits(build(qk_norm=True).bfloat16(), ids, position_ids=places)
    # measured: 0.07; with frequencies or angles in bfloat16 it is 1.6 and more
    assert (whole - halved).abs().max() < 0.3


def test_queries_turn_in_float32_whatever_their_type() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, 50, 16, generator=generator).bfloat16()
    angles = 2000 * torch.rand(2, 1, 50, 16, generator=generator)
    assert torch.equal(rotate(x, angles), rotate(x.float(), angles).bfloat16())


def test_a_cache_comes_back_unless_it_is_declined(model: Any) -> None:
    ids = some_ids(2, 7)
    with torch.no_grad():
        assert model(ids).past_key_values.get_seq_length() == 7
        assert model(ids, use_cache=False).past_key_values is None


def test_writes_past_a_context_that_its_config_does_not_state() -> None:
    model = build(seq_len=None)
    tokens = model.generate(some_ids(1, 3), max_new_tokens=5, min_new_tokens=5, do_sample=False)
    assert (tokens.shape, model.config.max_position_embeddings) == ((1, 8), None)


def test_registering_twice_does_no_harm() -> None:
    register()
    register()
    assert type(config()).__name__ == "OpenLMConfig"
