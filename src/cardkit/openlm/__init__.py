"""OpenLM, the architecture of the DCLM models, in plain transformers.

Their own library, open_lm, is not on the package index and works with old releases only.
"""

from __future__ import annotations


def register() -> None:
    """Make transformers' Auto classes load what its config calls `openlm`; twice does no harm.

    Raises ImportError without the extra `run`.
    """
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

    from cardkit.openlm.config import OpenLMConfig
    from cardkit.openlm.model import OpenLMForCausalLM, OpenLMModel

    AutoConfig.register("openlm", OpenLMConfig, exist_ok=True)
    AutoModel.register(OpenLMConfig, OpenLMModel, exist_ok=True)
    AutoModelForCausalLM.register(OpenLMConfig, OpenLMForCausalLM, exist_ok=True)
