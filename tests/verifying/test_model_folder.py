"""What the example loads from holds no code, unless code is allowed."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from cardkit.hubs.fetching import Fetched
from cardkit.hubs.tree import RemoteFile
from cardkit.verifying.model_folder import lay_out


def safetensors(shape: tuple[int, ...]) -> bytes:
    size = 4
    for each in shape:
        size *= each
    head = json.dumps({"w": {"dtype": "F32", "shape": shape, "data_offsets": [0, size]}}).encode()
    return struct.pack("<Q", len(head)) + head + b"\0" * size


def fetched(folder: Path, files: dict[str, bytes], others: tuple[str, ...] = ()) -> Fetched:
    snapshot = folder / "snapshots" / "c"
    for path, raw in files.items():
        (snapshot / path).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / path).write_bytes(raw)
    remote = tuple(
        RemoteFile(path, len(raw), hashlib.sha256(raw).hexdigest()) for path, raw in files.items()
    )
    return Fetched("huggingface", "ant/ant", "main", "c", "c", snapshot, remote,
                   "hub", "hub", 9, ("a note",), others)  # fmt: skip


CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "auto_map": {"AutoModelForCausalLM": "modeling_ant.Ant"},
    "_attn_implementation_internal": "evil/kernels:run",
    "text_config": {"attn_implementation": "evil/kernels", "hidden_size": 8},
}
FILES = {
    "config.json": json.dumps(CONFIG).encode(),
    "tokenizer_config.json": b'{"auto_map": {"AutoTokenizer": ["tok.T", null]}, "pad_token": "x"}',
    "generation_config.json": b'{"do_sample": true}',
    "modeling_ant.py": b"import os",
    "sub/model.safetensors": safetensors((2, 3)),
    "model.safetensors": safetensors((4, 5)),
}


def test_code_and_keys_that_name_code_are_left_out(tmp_path: Path) -> None:
    laid = lay_out(fetched(tmp_path, FILES), tmp_path / "model", allow_code=False)
    lies = {
        path.relative_to(laid.folder).as_posix(): path.read_bytes()
        for path in laid.folder.rglob("*")
        if path.is_file()
    }
    assert "modeling_ant.py" not in lies
    assert json.loads(lies.pop("config.json")) == {
        "model_type": "llama",
        "text_config": {"hidden_size": 8},
    }
    assert json.loads(lies.pop("tokenizer_config.json")) == {"pad_token": "x"}
    names = ("generation_config.json", "sub/model.safetensors", "model.safetensors")
    assert lies == {name: FILES[name] for name in names}


def test_they_stay_where_code_is_allowed(tmp_path: Path) -> None:
    laid = lay_out(fetched(tmp_path, FILES), tmp_path / "model", allow_code=True)
    assert {path: (laid.folder / path).read_bytes() for path in FILES} == FILES


def test_what_was_fetched_is_told(tmp_path: Path) -> None:
    others = ("pytorch_model.bin", "README.md", "tok.py")
    found = lay_out(fetched(tmp_path, FILES, others), tmp_path / "model", allow_code=False).files
    assert found.num_parameters == 20
    assert (found.weights, found.pickles, found.code, found.notes) == (
        ("sub/model.safetensors", "model.safetensors"),
        ("pytorch_model.bin",),
        ("modeling_ant.py", "tok.py"),
        ("a note",),
    )
    assert found.config_keys == ("_attn_implementation_internal", "attn_implementation", "auto_map")
    assert (found.count, found.came, found.commit) == (6, 9, "c")


def test_an_attention_of_the_library_is_no_code(tmp_path: Path) -> None:
    files = {"config.json": b'{"_attn_implementation": "sdpa", "attn_implementation": null}'}
    laid = lay_out(fetched(tmp_path, files), tmp_path / "model", allow_code=False)
    assert (laid.folder / "config.json").is_symlink()
    assert laid.files.config_keys == ()
