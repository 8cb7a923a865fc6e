"""The config class of OpenLM; it saves the flat form."""

from __future__ import annotations

from typing import Any, ClassVar

from transformers import PreTrainedConfig

from cardkit.openlm.written import read_shape


class OpenLMConfig(PreTrainedConfig):
    """The config of an OpenLM model, read from either form of its config.json.

    Raises CardkitError for a config that cardkit cannot run as open_lm would.
    """

    model_type = "openlm"
    has_no_defaults_at_init = True
    keys_to_ignore_at_inference: ClassVar[list[str]] = ["past_key_values"]
    attribute_map: ClassVar[dict[str, str]] = {
        "hidden_size": "dim",
        "num_hidden_layers": "n_layers",
        "num_attention_heads": "n_heads",
        "num_key_value_heads": "n_heads",
        "max_position_embeddings": "seq_len",
        "tie_word_embeddings": "weight_tying",
    }

    def __init__(self, **config: Any) -> None:
        shape, others = read_shape(config)
        tokens = dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"))
        for name, value in {**shape, **tokens, "use_cache": True}.items():
            setattr(self, name, value)
        super().__init__(**others)
