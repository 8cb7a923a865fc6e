"""OpenLM as a transformers model.

Its state dict has open_lm's names. B is the batch, S the new positions, T these and the cached
ones, d the width, H the heads and D = d / H the size of one.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import DynamicCache, GenerationMixin, PreTrainedModel, initialization
from transformers.masking_utils import create_causal_mask
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.models.llama.modeling_llama import eager_attention_forward
from transformers.utils.generic import can_return_tuple, merge_with_config_defaults
from transformers.utils.output_capturing import capture_outputs

from cardkit.architectures.openlm import ffn_width
from cardkit.errors import CardkitError
from cardkit.openlm.config import OpenLMConfig

ROPE_BASE = 10000
HALF_PRECISION = 2**-7
"""How far a frequency of a half-precision checkpoint may be off, relative: bfloat16 has 8 bits."""


def frequencies(head_size: int, device: torch.device | None = None) -> Tensor:
    """Return RoPE's D / 2 inverse frequencies, in float32."""
    steps = torch.arange(0, head_size, 2, device=device, dtype=torch.float32)
    return 1.0 / ROPE_BASE ** (steps / head_size)


def rotate(x: Tensor, angles: Tensor) -> Tensor:
    """Turn queries or keys (B, H, S, D) by their angles (B, 1, S, D), in float32.

    Halves are turned against each other, as in GPT-NeoX.
    """
    first, second = x.float().chunk(2, dim=-1)
    turned = torch.cat((-second, first), dim=-1)
    return (x.float() * angles.cos() + turned * angles.sin()).to(x.dtype)


class RotaryFrequencies(nn.Module):
    """The buffer that open_lm's checkpoints hold; the angles are computed without it.

    So neither a half-precision copy of it nor a model loaded through the meta device turns wrongly.
    """

    inv_freq: Tensor

    def __init__(self, head_size: int) -> None:
        super().__init__()
        self.head_size = head_size
        self.register_buffer("inv_freq", frequencies(head_size))


class Attention(nn.Module):
    """Causal attention; queries and keys are normed over the whole width before heads are split."""

    is_causal = True
    num_key_value_groups = 1

    def __init__(self, config: OpenLMConfig, layer: int) -> None:
        super().__init__()
        self.config, self.layer_idx = config, layer
        self.head_size = config.dim // config.n_heads
        self.in_proj = nn.Linear(config.dim, 3 * config.dim, bias=False)
        self.out_proj = nn.Linear(config.dim, config.dim, bias=False)
        self.q_norm = norm(config) if config.apply_qk_norm else nn.Identity()
        self.k_norm = norm(config) if config.apply_qk_norm else nn.Identity()
        self.pos_embed = RotaryFrequencies(self.head_size)

    def forward(
        self, x: Tensor, mask: Any, angles: Tensor, cache: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor | None]:
        """Return what is read from the positions before, (B, S, d), and the weights, if asked."""
        q, k, v = self.in_proj(x).chunk(3, dim=-1)
        heads = (*x.shape[:-1], -1, self.head_size)
        q, k, v = (y.view(heads).transpose(1, 2) for y in (self.q_norm(q), self.k_norm(k), v))
        q, k = rotate(q, angles), rotate(k, angles)
        if cache is not None:
            k, v = cache.update(k, v, self.layer_idx)
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(
            self.config._attn_implementation,  # noqa: SLF001, transformers' own way
            eager_attention_forward,
        )
        read, weights = attend(self, q, k, v, mask, scaling=self.head_size**-0.5, **kwargs)
        return self.out_proj(read.reshape(x.shape)), weights


class FeedForward(nn.Module):
    """SwiGLU: gate and value in one matrix."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.w12 = nn.Linear(dim, 2 * ffn_width(dim), bias=False)
        self.w3 = nn.Linear(ffn_width(dim), dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, S, d)."""
        gate, value = self.w12(x).chunk(2, dim=-1)
        y: Tensor = self.w3(nn.functional.silu(gate) * value)
        return y


class Layer(GradientCheckpointingLayer):
    """Attention and feed-forward, each on normed input, one after the other."""

    def __init__(self, config: OpenLMConfig, layer: int) -> None:
        super().__init__()
        self.attention = Attention(config, layer)
        self.feed_forward = FeedForward(config.dim)
        self.attention_norm = norm(config)
        self.ffn_norm = norm(config)

    def forward(self, x: Tensor, mask: Any, angles: Tensor, cache: Any, **kwargs: Any) -> Tensor:
        """Return (B, S, d)."""
        x = x + self.attention(self.attention_norm(x), mask, angles, cache, **kwargs)[0]
        y: Tensor = x + self.feed_forward(self.ffn_norm(x))
        return y


def norm(config: OpenLMConfig) -> nn.LayerNorm:
    """Return a LayerNorm with a gain and no bias."""
    return nn.LayerNorm(config.dim, eps=config.norm_eps, bias=False)


class OpenLMPreTrainedModel(PreTrainedModel):
    """What both models below share with transformers' loading."""

    config_class = OpenLMConfig
    config: OpenLMConfig
    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _no_split_modules: ClassVar[list[str]] = ["Layer"]
    _skip_keys_device_placement: ClassVar[list[str]] = ["past_key_values", "cache"]
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    _supports_attention_backend = True
    _can_record_outputs: ClassVar[dict[str, Any]] = {
        "hidden_states": Layer,
        "attentions": Attention,
    }
    _keys_to_ignore_on_load_missing: ClassVar[list[str]] = [r"pos_embed\.inv_freq$"]

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, RotaryFrequencies):
            initialization.copy_(module.inv_freq, frequencies(module.head_size))
        else:
            super()._init_weights(module)

    @classmethod
    def from_pretrained(cls, *args: Any, **kwargs: Any) -> Any:
        """Load a model as transformers does.

        Raises CardkitError if the file holds other RoPE frequencies than OpenLM's, which turn
        every query and key another way.
        """
        loaded = super().from_pretrained(*args, **kwargs)
        model = loaded[0] if isinstance(loaded, tuple) else loaded
        for name, module in model.named_modules():
            if isinstance(module, RotaryFrequencies) and not module.inv_freq.is_meta:
                check_frequencies(name, module)
        return loaded


def check_frequencies(name: str, module: RotaryFrequencies) -> None:
    """Put what a half-precision file rounded back into float32; refuse what is something else."""
    right = frequencies(module.head_size).to(module.inv_freq.device)
    off = float((module.inv_freq.float() / right - 1).abs().max())
    if not off < HALF_PRECISION:
        raise CardkitError(
            f"{name}.inv_freq of the checkpoint is not what OpenLM's rotary embedding has",
            todo="check that the file is whole, and that the model was trained with base 10000",
        )
    if module.inv_freq.dtype != torch.float32 or off > 1e-6:  # float32 rounds at 6e-8
        module.inv_freq = right


class OpenLMModel(OpenLMPreTrainedModel):
    """OpenLM up to the last norm; it holds the output matrix, because its checkpoints do."""

    _tied_weights_keys: ClassVar[dict[str, str]] = {"output.weight": "tok_embeddings.weight"}

    def __init__(self, config: OpenLMConfig) -> None:
        super().__init__(config)
        self.tok_embeddings = nn.Embedding(config.vocab_size, config.dim)
        self.post_embed_norm = norm(config) if config.post_embed_norm else nn.Identity()
        self.layers = nn.ModuleList(Layer(config, layer) for layer in range(config.n_layers))
        self.norm = norm(config)
        self.output = nn.Linear(config.dim, config.vocab_size, bias=False)
        self.gradient_checkpointing = False
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """Return the embedding."""
        return self.tok_embeddings

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the embedding, as resizing it does."""
        self.tok_embeddings = value

    def get_output_embeddings(self) -> nn.Module:
        """Return the output matrix."""
        return self.output

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        """Replace the output matrix."""
        self.output = new_embeddings

    @merge_with_config_defaults
    @capture_outputs
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Any = None,
        inputs_embeds: Tensor | None = None,
        use_cache: bool | None = None,
        **kwargs: Any,
    ) -> BaseModelOutputWithPast:
        """Return the states (B, S, d) behind the last norm, and the cache."""
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give either input_ids or inputs_embeds")
        x = self.tok_embeddings(input_ids) if inputs_embeds is None else inputs_embeds
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        if position_ids is None:
            past = past_key_values.get_seq_length() if past_key_values is not None else 0
            position_ids = torch.arange(past, past + x.shape[1], device=x.device).unsqueeze(0)
        mask = create_causal_mask(
            config=self.config,
            inputs_embeds=x,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            position_ids=position_ids,
        )
        turns = frequencies(self.config.dim // self.config.n_heads, x.device)
        angles = (position_ids[..., None].float() * turns).repeat(1, 1, 2).unsqueeze(1)
        x = self.post_embed_norm(x)
        for layer in self.layers:
            x = layer(
                x,
                mask,
                angles=angles,
                cache=past_key_values,
                position_ids=position_ids,
                **kwargs,
            )
        return BaseModelOutputWithPast(
            last_hidden_state=self.norm(x), past_key_values=past_key_values
        )


class OpenLMForCausalLM(OpenLMPreTrainedModel, GenerationMixin):
    """OpenLM with its logits."""

    def __init__(self, config: OpenLMConfig) -> None:
        super().__init__(config)
        self.model = OpenLMModel(config)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        """Return the embedding."""
        return self.model.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the embedding, as resizing it does."""
        self.model.set_input_embeddings(value)

    def get_output_embeddings(self) -> nn.Module:
        """Return the output matrix."""
        return self.model.get_output_embeddings()

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        """Replace the output matrix."""
        self.model.set_output_embeddings(new_embeddings)

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Any = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """Return logits (B, S, vocabulary) in float32, of the last `logits_to_keep` positions."""
        states = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            **kwargs,
        )
        kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.model.output(states.last_hidden_state[:, kept]).float()
        loss = None
        if labels is not None:
            loss = self.loss_function(logits, labels, self.config.vocab_size, **kwargs)
        return CausalLMOutputWithPast(
            loss=loss,
            logits=logits,
            past_key_values=states.past_key_values,
            hidden_states=states.hidden_states,
            attentions=states.attentions,
        )
