"""Why an example ended: each message that is known becomes its code, and the others stay errors."""

from __future__ import annotations

import pytest

from cardkit.checks.errors import classify, ended
from cardkit.vocabulary.codes import code
from cardkit.vocabulary.exceptions import known, meaning
from outcomes import error, files, outcome, plan

DEVICES = (
    "Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, "
    "lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: npu"
)
MAPPED = (
    "When passing device_map as a string, the value needs to be a device name (e.g. cpu, cuda:0) "
    "or 'auto', 'balanced', 'balanced_low_0', 'sequential' but found npu:0."
)
OFFLINE = (
    "We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in "
    "the cached files.\nCheck your internet connection"
)
UNKNOWN = (
    "The checkpoint you are trying to load has model type `ant` but Transformers does not "
    "recognize this architecture. This could be because of an issue with the checkpoint."
)
REMOVED = (
    "'The task summarization has been removed from transformers. Use the `text-generation` "
    "pipeline with a chat model instead.'"
)
GIVEN = [
    # devices
    ("RuntimeError", DEVICES, "env.device_absent"),
    ("ValueError", MAPPED, "env.device_absent"),
    ("AssertionError", "Torch not compiled with CUDA enabled", "env.device_absent"),
    ("RuntimeError", "Found no NVIDIA driver on your system.", "env.device_absent"),
    ("RuntimeError", "No CUDA GPUs are available", "env.device_absent"),
    ("AttributeError", "'Tensor' object has no attribute 'npu'", "env.device_absent"),
    ("AttributeError", "module 'torch' has no attribute 'npu'", "env.device_absent"),
    ("AttributeError", "module 'torch._C' has no attribute '_cuda_setDevice'", "env.device_absent"),
    ("ModuleNotFoundError", "No module named 'torch_npu'", "env.device_absent"),
    (
        "RuntimeError",
        "Cannot access accelerator device when none is available.",
        "env.device_absent",
    ),
    (
        "RuntimeError",
        "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False.",
        "env.device_absent",
    ),
    ("torch.AcceleratorError", "CUDA error: invalid device ordinal", "env.device_absent"),
    ("RuntimeError", "No GPU found. A GPU is needed for quantization.", "env.device_absent"),
    ("ImportError", "Using fbgemm fp8 quantization requires a GPU or XPU", "env.device_absent"),
    (
        "ImportError",
        "libhccl.so: cannot open shared object file: No such file or directory",
        "env.device_absent",
    ),
    ("RuntimeError", "CUDA error: no kernel image is available", "env.version_conflict"),
    ("ImportError", "libcusparse.so.12: undefined symbol: __nvJitLink", "env.version_conflict"),
    # memory
    ("OutOfMemoryError", "CUDA out of memory. Tried to allocate 2 GiB.", "run.out_of_memory"),
    ("torch.OutOfMemoryError", "CUDA out of memory.", "run.out_of_memory"),
    ("RuntimeError", "NPU out of memory. Tried to allocate 3.00 GiB", "run.out_of_memory"),
    ("RuntimeError", "CUDA error: out of memory", "run.out_of_memory"),
    (
        "RuntimeError",
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 4000000000000000 bytes. Error code 12 (Cannot allocate memory)",
        "run.out_of_memory",
    ),
    ("MemoryError", "", "run.out_of_memory"),
    ("OSError", "[Errno 12] Cannot allocate memory", "run.out_of_memory"),
    # packages
    ("ModuleNotFoundError", "No module named 'einops'", "env.missing_package"),
    ("ModuleNotFoundError", "No module named 'torch'", "env.missing_package"),
    (
        "ImportError",
        "This modeling file requires the following packages that were not found in your "
        "environment: einops, triton. Run `pip install einops triton`",
        "env.missing_package",
    ),
    (
        "ImportError",
        "Using `bitsandbytes` 8-bit quantization requires bitsandbytes: `pip install -U "
        "bitsandbytes>=0.46.1`",
        "env.missing_package",
    ),
    (
        "ImportError",
        "Loading an AWQ quantized model requires gptqmodel. Please install it with `pip install "
        "gptqmodel`",
        "env.missing_package",
    ),
    (
        "ImportError",
        "\nT5Tokenizer requires the SentencePiece library but it was not found in your "
        "environment. Check out the instructions",
        "env.missing_package",
    ),
    (
        "ImportError",
        "FlashAttention2 has been toggled on, but it cannot be used due to the following error: "
        "the package for FlashAttention2 doesn't seem to be installed.",
        "env.missing_package",
    ),
    # what was removed
    ("ModuleNotFoundError", "No module named 'transformers.deepspeed'", "env.removed_api"),
    ("ModuleNotFoundError", "No module named 'torch._six'", "env.removed_api"),
    (
        "ImportError",
        "cannot import name 'AutoModelWithLMHead' from 'transformers' (site-packages/__init__.py)",
        "env.removed_api",
    ),
    (
        "AttributeError",
        "module transformers has no attribute AutoModelWithLMHead",
        "env.removed_api",
    ),
    ("AttributeError", "module 'torch' has no attribute 'nothere'", "env.removed_api"),
    ("AttributeError", "TokenizersBackend has no attribute encode_plus", "env.removed_api"),
    (
        "AttributeError",
        "TokenizersBackend has no attribute additional_special_tokens",
        "env.removed_api",
    ),
    ("KeyError", REMOVED, "env.removed_api"),
    ("KeyError", '"Unknown task conversational, available tasks are [...]"', "env.removed_api"),
    (
        "TypeError",
        "LlamaForCausalLM.__init__() got an unexpected keyword argument 'load_in_8bit'",
        "env.removed_api",
    ),
    (
        "TypeError",
        "LlamaForCausalLM.__init__() got an unexpected keyword argument 'use_auth_token'",
        "env.removed_api",
    ),
    (
        "AttributeError",
        "'AntForCausalLM' object has no attribute 'generate'",
        "env.removed_api",
    ),
    (
        "AttributeError",
        "'AntForCausalLM' object has no attribute 'all_tied_weights_keys'",
        "env.removed_api",
    ),
    (
        "AttributeError",
        "'DynamicCache' object has no attribute 'seen_tokens'",
        "env.removed_api",
    ),
    ("AttributeError", "'tuple' object has no attribute 'get_seq_length'", "env.removed_api"),
    ("TypeError", "'DynamicCache' object is not subscriptable", "env.removed_api"),
    # versions
    (
        "ImportError",
        "tokenizers>=0.22.0,<=0.23.0 is required for a normal functioning of this module, but "
        "found tokenizers==0.21.4.",
        "env.version_conflict",
    ),
    (
        "ValueError",
        "The checkpoint you are trying to load has model type `ant` but Transformers does not "
        "recognize this architecture.",
        "env.version_conflict",
    ),
    ("ValueError", "numpy.dtype size changed, may indicate binary", "env.version_conflict"),
    # weights and code
    ("UnpicklingError", "Weights only load failed. This file can still", "load.unsafe_weights"),
    ("UnsafeWeightsError", "a pickle is never loaded", "load.unsafe_weights"),
    (
        "ValueError",
        "Due to a serious vulnerability issue in `torch.load`, even with `weights_only=True`",
        "load.unsafe_weights",
    ),
    (
        "OSError",
        "Error no file named model.safetensors, or pytorch_model.bin, found in directory MODEL.",
        "load.unsafe_weights",
    ),
    (
        "ValueError",
        "The repository MODEL contains custom code which must be executed to correctly load the "
        "model.",
        "load.remote_code_required",
    ),
    ("RemoteCodeError", "AntModel is code of the repository", "load.remote_code_required"),
    (
        "OSError",
        "MODEL does not appear to have a file named modeling_ant.py. Checkout",
        "load.remote_code_required",
    ),
    (
        "RuntimeError",
        "You set `ignore_mismatched_sizes` to `False`, thus raising an error.",
        "load.keys",
    ),
    ("RuntimeError", "Error(s) in loading state_dict for Ant:\n\tMissing key(s)", "load.keys"),
    # hubs
    ("OSError", OFFLINE, "hub.network"),
    (
        "LocalEntryNotFoundError",
        "Cannot find an appropriate cached snapshot folder for the specified revision on the local "
        "disk and outgoing traffic has been disabled.",
        "hub.network",
    ),
    ("OfflineModeIsEnabled", "Cannot reach https://x: offline mode is enabled.", "hub.network"),
    (
        "OSError",
        "You are trying to access a gated repo.\nMake sure to have access to it",
        "hub.gated",
    ),
    ("GatedRepoError", "403 Client Error.", "hub.gated"),
    ("RepositoryNotFoundError", "404 Client Error.", "hub.not_found"),
    (
        "OSError",
        "ant is not a local folder and is not a valid model identifier listed on",
        "hub.not_found",
    ),
    # the sandbox
    ("PermissionError", "[Errno 1] Operation not permitted", "run.forbidden"),
    ("PermissionError", "[Errno 13] Permission denied: '/etc/shadow'", "run.forbidden"),
    ("OSError", "[Errno 30] Read-only file system: 'MODEL/x'", "run.forbidden"),
    ("gaierror", "[Errno -3] Temporary failure in name resolution", "run.forbidden"),
    ("OSError", "[Errno 101] Network is unreachable", "run.forbidden"),
    ("URLError", "<urlopen error [Errno 1] Operation not permitted>", "run.forbidden"),
    ("OSError", "[Errno 28] No space left on device", "run.limit"),
    ("OSError", "[Errno 27] File too large", "run.limit"),
    ("BlockingIOError", "[Errno 11] Resource temporarily unavailable", "run.limit"),
    ("RuntimeError", "can't start new thread", "run.limit"),
    ("OSError", "[Errno 24] Too many open files", "run.limit"),
    # the example itself
    (
        "SafetensorError",
        "Error while deserializing header: incomplete metadata, file not fully covered",
        "run.exception",
    ),
    (
        "RuntimeError",
        "Expected all tensors to be on the same device, but found at least two devices, npu:0 and "
        "cpu!",
        "run.exception",
    ),
    (
        "ValueError",
        "Couldn't instantiate the backend tokenizer from one of: \n(1) a `tokenizers` library",
        "run.exception",
    ),
    (
        "ValueError",
        "Cannot use chat template functions because tokenizer.chat_template is not set",
        "run.exception",
    ),
]
LIKE_THEM = [
    ("ValueError", "Expected one of cpu or gpu"),
    ("KeyError", "'shape'"),
    ("KeyError", "'Unknown task nonsense, available tasks are [...]'"),
    ("AttributeError", "'NoneType' object has no attribute 'generate'"),
    ("AttributeError", "'LlamaModel' object has no attribute 'generate'"),
    ("AttributeError", "'dict' object has no attribute 'max_len'"),
    ("TypeError", "f() got an unexpected keyword argument 'load_in_8bit'"),
    ("TypeError", "LlamaForCausalLM.__init__() got an unexpected keyword argument 'nonsense'"),
    ("ImportError", "cannot import name 'ant' from '__main__' (unknown location)"),
    (
        "ImportError",
        "cannot import name 'x' from partially initialized module 'ant' (most likely due to a "
        "circular import)",
    ),
    ("FileNotFoundError", "[Errno 2] No such file or directory: 'ant.txt'"),
    ("RuntimeError", "the memory of ants"),
    ("ValueError", "ants need a home"),
    ("IndexError", "index out of range in self"),
    ("ConnectionRefusedError", "[Errno 111] Connection refused"),
    ("ValueError", "The following `model_kwargs` are not used by the model: ['token_type_ids']"),
]


@pytest.mark.parametrize(("name", "message", "expected"), GIVEN)
def test_a_known_message_becomes_its_code(name: str, message: str, expected: str) -> None:
    found = classify(error(name, message), plan())
    assert (found.code, found.severity) == (expected, code(expected).severity)
    assert meaning(name.rpartition(".")[2], message) is not None


@pytest.mark.parametrize(("name", "message"), LIKE_THEM)
def test_a_message_like_it_stays_an_error_of_the_example(name: str, message: str) -> None:
    found = classify(error(name, message), plan())
    assert (found.code, found.severity, found.said) == (
        "run.exception",
        "fail",
        f"the example raised {name}: {message}",
    )


def test_each_row_has_a_message_that_it_is_for_a_code_and_a_source() -> None:
    used = set()
    for name, message, _ in [*GIVEN, ("AttributeError", "", "")]:
        for at, row in enumerate(known()):
            behind = row.behind is None or name == "AttributeError"
            bare = name.rpartition(".")[2]
            if behind and row.type.fullmatch(bare) and row.message.search(message):
                used.add(at)
    ours = [at for at, row in enumerate(known()) if row.type.pattern != ".*"]
    assert [known()[at].cause for at in ours if at not in used] == []
    assert all(code(row.code) and row.source for row in known())


def test_the_cause_comes_with_the_error_and_its_line() -> None:
    found = classify(error("RuntimeError", DEVICES, line=7), plan(device="npu:0"))
    assert (found.said, found.todo) == (
        "it is to run on npu:0, and this torch knows no device named npu (RuntimeError: "
        f"{DEVICES}, line 7 of the example)",
        "`cardkit doctor` tells what the device needs",
    )


def test_names_of_the_message_stand_in_cause_and_next_step() -> None:
    found = classify(error("ModuleNotFoundError", "No module named 'einops'", line=2), plan())
    assert (found.said, found.todo) == (
        "the package einops is not installed (ModuleNotFoundError: No module named 'einops', line "
        "2 of the example)",
        "install it: pip install einops, if that is its name there; a file of the example's own "
        "cannot be installed",
    )


def test_an_error_is_looked_at_before_those_that_it_came_from() -> None:
    chain = f"RuntimeError: {DEVICES}"
    found = classify(error("OSError", OFFLINE, "LocalEntryNotFoundError: x", chain), plan())
    deeper = classify(error("AntError", "it does not work", chain), plan(device="npu:0"))
    assert (found.code, deeper.code) == ("hub.network", "env.device_absent")
    assert deeper.said == (
        "it is to run on npu:0, and this torch knows no device named npu (AntError: it does not "
        "work)"
    )


def test_a_chat_template_that_gives_a_dictionary_is_known_by_the_error_behind() -> None:
    found = classify(error("AttributeError", "", "KeyError: 'shape'", line=9), plan())
    assert (found.code, found.said, found.todo) == (
        "env.removed_api",
        "since transformers 5, apply_chat_template gives a dictionary and no tensor "
        "(AttributeError, line 9 of the example)",
        'take ["input_ids"] of what apply_chat_template gives',
    )


@pytest.mark.parametrize(
    ("keys", "allowed", "code"),
    [
        (("auto_map",), False, "load.remote_code_required"),
        (("auto_map",), True, "env.version_conflict"),
        (("_attn_implementation",), False, "env.version_conflict"),
    ],
)
def test_an_unknown_architecture_whose_own_code_was_dropped_is_that_code(
    keys: tuple[str, ...], allowed: bool, code: str
) -> None:
    raised = error("ValueError", UNKNOWN)
    run = outcome(files=files(config_keys=keys), error=raised)
    assert ended(plan(allow_remote_code=allowed), run, raised).code == code


def test_another_error_is_not_that_codes() -> None:
    raised = error("ImportError", "a.so: undefined symbol: b")
    run = outcome(files=files(config_keys=("auto_map",)), error=raised)
    assert ended(plan(), run, raised) == classify(raised, plan())


def test_a_long_message_is_cut() -> None:
    found = classify(error("AntError", "word " * 100), plan())
    assert found.said == f"the example raised AntError: {('word ' * 100)[:300].rstrip()}…"
