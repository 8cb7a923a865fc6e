"""What no example is let do: load a pickle, and run code of the model's repository unasked.

What transformers 5.23 does with a config's keys: it ignores `_attn_implementation_internal` and
`_experts_implementation_internal`, but takes `_attn_implementation` and its like from config.json,
where `owner/name` means to fetch a kernel and run it; `auto_map` is used if and only if
`trust_remote_code` is true. So the first are dropped here, and the second is left: without it the
error would not say that the model needs code of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cardkit.errors import CardkitError
from cardkit.runner.patches import around, everywhere

NAMES_CODE = (
    "_attn_implementation",
    "_attn_implementation_internal",
    "_attn_implementation_autoset",
    "attn_implementation",
    "_experts_implementation",
    "_experts_implementation_internal",
    "experts_implementation",
    "use_kernels",
    "kernel_config",
)
"""Keys of a config that choose what code computes; the example may choose, the files may not."""
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


class UnsafeWeightsError(CardkitError):
    """The weights are in a format that can carry code."""


class RemoteCodeError(CardkitError):
    """The model needs code of its own repository, and that was not allowed."""


@contextmanager
def refusing(*, remote_code: bool) -> Iterator[None]:
    """Refuse pickles, and code of the repository but where it is allowed."""
    import torch
    from transformers import PreTrainedConfig, dynamic_module_utils

    with ExitStack() as stack:
        stack.enter_context(around(torch, "load", _no_pickle))
        if not remote_code:
            imported = dynamic_module_utils.get_class_in_module
            stack.enter_context(everywhere("transformers", imported, _no_remote_code))
            stack.enter_context(around(PreTrainedConfig, "get_config_dict", _plain_config))
        yield


def pickles_only(folder: Path) -> bool:
    """Tell whether a folder's weights are all in formats that can carry code."""
    if any(folder.rglob("*.safetensors")):
        return False
    return any(file for pattern in PICKLES for file in folder.rglob(pattern))


def _no_pickle(_function: Any, *_args: Any, **_kwargs: Any) -> Any:
    raise UnsafeWeightsError(
        "a pickle is never loaded: it can carry code", todo="give the weights as safetensors"
    )


def _no_remote_code(class_name: str, *_args: Any, **_kwargs: Any) -> Any:
    raise RemoteCodeError(
        f"{class_name} is code of the model's repository, which was not allowed",
        todo="read the code, then give --allow-remote-code",
    )


def _plain_config(function: Any, *args: Any, **kwargs: Any) -> Any:
    config, others = function(*args, **kwargs)
    return without_code(config), others


def without_code(config: Any) -> Any:
    """Return a config without the keys that choose what code computes.

    >>> without_code({"text_config": {"_attn_implementation": "o/n"}, "auto_map": {}})
    {'text_config': {}, 'auto_map': {}}
    """
    if isinstance(config, dict):
        return {key: without_code(each) for key, each in config.items() if key not in NAMES_CODE}
    return [without_code(each) for each in config] if isinstance(config, list) else config
