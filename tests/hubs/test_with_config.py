"""A card's spec beside the model's own files: differences are problems, nothing is filled in."""

from __future__ import annotations

import json
import struct

import pytest

from cardkit import cli, hubs
from cardkit.hubs import own_files, weights
from cardkit.hubs.config_conflicts import told
from cardkit.ingest import read_record
from hub_contents import MODEL
from hub_server import HTML, POINTER, Repo

CARD = """\
---
license: mit
---
# Ant

- **Parameters:** 1.2M
- **Layers:** 2
- **Hidden size:** 16
- **Attention heads:** 4
- **Key-value heads:** 2
- **Intermediate size:** 64
- **Vocabulary size:** 50257
- **Context length:** 4K
- **Tensor type:** BF16
"""
CONFIG = {
    "num_hidden_layers": 2,
    "hidden_size": 16,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 64,
    "vocab_size": 50257,
    "max_position_embeddings": 4096,
    "torch_dtype": "bfloat16",
}
OTHERS = {
    "num_hidden_layers": 3,
    "hidden_size": 32,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "intermediate_size": 65,
    "vocab_size": 50432,
    "context_length": 8192,
    "dtype": "float16",
}
NAMED = {"context_length": "max_position_embeddings", "dtype": "torch_dtype"}


def safetensors(tensors: dict[str, tuple[str, list[int]]], **changed: object) -> bytes:
    """Return weights of zeros; what is changed stands in the header of each tensor."""
    sizes = weights.FLOATS | {"BOOL": 1, "I64": 8, "U8": 1, "I32": 4}
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, (dtype, shape) in tensors.items():
        end = at + sizes[dtype] * _product(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]} | changed
        at = end
    raw = json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + bytes(at)


def _product(shape: list[int]) -> int:
    return shape[0] * _product(shape[1:]) if shape else 1


WEIGHTS = safetensors(
    {
        "a": ("F8_E4M3", [3000, 400]),
        "b": ("F32", [7]),
        "mask": ("BOOL", [999_999]),
        "at": ("I64", [99_999]),
    }
)
"""1,200,007 parameters."""


def model(card: str = CARD, config: object = CONFIG, **files: bytes | None) -> Repo:
    """Return a model; `index` and `weights` are further files, None for none."""
    held = {"README.md": card.encode(), weights.SINGLE: WEIGHTS}
    if config is not None:
        held["config.json"] = json.dumps(config).encode()
    names = {"weights": weights.SINGLE, "index": weights.INDEX}
    held |= {names.get(name, name.replace("__", ".")): raw or b"" for name, raw in files.items()}
    gone = [names[name] for name, raw in files.items() if raw is None]
    return Repo({path: raw for path, raw in held.items() if path not in gone})


@pytest.fixture(name="compared")
def _compared(hub):
    """Give what comes of a model: its own problems by the words that they point to; the notes."""

    def compared(repo: Repo, uri: str = f"hf:{MODEL}", **how):
        hub.repos[MODEL] = repo
        found = hubs.read_card(uri, with_config=True, **({"origin": hub.url} | how))
        record = read_record(found.raw, uri=found.pinned)
        text = found.raw.decode()
        own = [p for p in told(record, found.own)["problems"] if p["code"] == "config-conflict"]
        return {text[p["at"]["start"] : p["at"]["end"]]: p["message"] for p in own}, found.notes

    return compared


def test_the_card_of_these_tests_states_all_that_is_compared():
    assert set(read_record(CARD)["spec"]) == {*OTHERS, "num_parameters"}


@pytest.mark.parametrize("prefix", ["hf", "modelscope", "modelers"])
def test_a_card_that_says_what_its_files_say_has_no_conflict(compared, prefix):
    assert compared(model(), f"{prefix}:{MODEL}") == ({}, ())


@pytest.mark.parametrize("name", OTHERS)
def test_each_figure_that_differs_is_a_problem_where_the_card_states_it(compared, name):
    config = CONFIG | {NAMED.get(name, name): OTHERS[name]}
    record = read_record(CARD)
    ((words, message),) = compared(model(config=config))[0].items()
    assert words == record["evidence"][f"/spec/{name}"]["text"]
    assert message.startswith(
        f"For {name} the card says {record['spec'][name]}, config.json {OTHERS[name]}. "
    )


def test_a_vocabulary_may_be_the_tokenizers(compared):
    (message,) = compared(model(config=CONFIG | {"vocab_size": 50432}))[0].values()
    assert "the tokenizer's entries" in message


@pytest.mark.parametrize(
    ("count", "printed"),
    [(1_149_999, "1.2M"), (1_150_000, ""), (1_250_000, ""), (1_250_001, "1.2M")],
)
def test_parameters_are_held_to_the_digits_that_the_card_prints(compared, count, printed):
    repo = model(weights=safetensors({"a": ("F8_E5M2", [count])}))
    problems = compared(repo)[0]
    assert list(problems) == ([printed] if printed else [])
    assert all(f"the headers of its weights {count:,}" in each for each in problems.values())


def test_a_context_that_the_positions_are_scaled_to_is_no_conflict(compared):
    scaling = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024}
    assert compared(model(config=CONFIG | {"max_position_embeddings": 1024}))[0]
    config = CONFIG | {"max_position_embeddings": 1024, "rope_scaling": scaling}
    assert compared(model(config=config)) == ({}, ())


def test_shards_are_those_of_the_index_and_only_their_headers_are_read(compared, hub):
    index = {"weight_map": {"a": "x-1.safetensors", "b": "x-2.safetensors"}}
    big = safetensors({"a": ("F32", [1000, 1000])})
    repo = model(
        weights=None,
        index=json.dumps(index).encode(),
        **{"x-1__safetensors": big, "x-2__safetensors": safetensors({"b": ("F32", [5, 5])})},
    )
    (message,) = compared(repo)[0].values()
    assert "1,000,025" in message
    length = struct.unpack("<Q", big[:8])[0]
    asked = [request.headers["Range"] for request in hub.gets("x-1.safetensors")]
    assert asked == ["bytes=0-7", f"bytes=0-{7 + length}"]


def test_a_server_without_ranges_and_a_cut_connection_give_the_same(compared, hub):
    hub.fail(weights.SINGLE, "no ranges", "no ranges")
    assert compared(model()) == ({}, ())
    hub.fail(weights.SINGLE, "cut 3", "503", "", "cut 20")
    assert compared(model()) == ({}, ())


def test_all_is_read_at_the_revision_that_is_asked_for(compared):
    repo = model()
    old = repo.refs["main"]
    repo.commit(model(config=CONFIG | {"hidden_size": 17}).commits.popitem()[1])
    assert compared(repo, f"hf:{MODEL}@{old}")[0] == {}
    assert list(compared(repo)[0]) == ["16"]


def test_missing_files_are_noted_and_nothing_is_filled_in(compared, hub):
    problems, notes = compared(model(config=None, weights=None))
    assert problems == {}
    assert notes == (
        "it has no config.json: the spec's shape was not compared",
        "it has no model.safetensors: its parameters were not counted",
    )
    hub.repos[MODEL] = model("# Ant\n\nAnt is a small model.\n")
    found = hubs.read_card(f"hf:{MODEL}", with_config=True, origin=hub.url)
    record = read_record(found.raw)
    assert told(record, found.own) == record
    assert record["spec"] == {}


@pytest.mark.parametrize("raw", [b"{", b"[1]", b"", HTML, b"[" * 100_000, b"\xff\xfe"])
def test_a_config_that_is_none_is_noted(compared, raw):
    problems, notes = compared(model(config__json=raw, tokenizer_config__json=raw))
    assert problems == {}
    assert notes == tuple(
        f"{name} holds no JSON object: nothing was compared with it"
        for name in ("config.json", "tokenizer_config.json")
    )


@pytest.mark.parametrize(
    ("raw", "why"),
    {
        "empty": (b"", "does not begin"),
        "short": (b"abc", "does not begin"),
        "a page": (HTML, "does not begin"),
        "a pointer": (POINTER, "does not begin"),
        "a length past the end": (struct.pack("<Q", 9999) + b"{}", "does not begin"),
        "no JSON": (struct.pack("<Q", 3) + b"{{{", "is no JSON"),
        "deep": (struct.pack("<Q", 90_000) + b"[" * 90_000, "is no JSON"),
        "a list": (struct.pack("<Q", 2) + b"[]", "holds no object"),
        "no tensor": (struct.pack("<Q", 8) + b'{"a": 1}', "no shape and place"),
        "other bytes behind": (WEIGHTS + b"!", "are there"),
        "a negative shape": (safetensors({"a": ("F32", [2])}, shape=[-2]), "no shape"),
        "another shape": (safetensors({"a": ("F32", [2])}, shape=[3]), "8 bytes for 3 of F32"),
        "a place past the end": (
            safetensors({"a": ("F32", [2])}, data_offsets=[0, 99999]),
            "no shape and place",
        ),
        "packed": (safetensors({"a": ("I32", [2])}), "packed"),
    }.values(),
)  # fmt: skip
def test_weights_whose_header_cannot_be_trusted_are_not_counted(compared, raw, why):
    problems, (note,) = compared(model(weights=raw))
    assert problems == {}
    assert note.startswith(f"{weights.SINGLE}: ")
    assert why in note
    assert note.endswith("its parameters were not counted")


@pytest.mark.parametrize(
    ("index", "why"),
    [
        (b"{}", "no weight_map"),
        (b'{"weight_map": {"a": 1}}', "no weight_map"),
        (b'{"weight_map": {"a": "../up.safetensors"}}', "is not there"),
        (b'{"weight_map": {"c": "model.safetensors"}}', "it lacks 'c'"),
        (json.dumps({"weight_map": {f"{i}": f"{i}.x" for i in range(65)}}).encode(), "65 files"),
    ],
)
def test_an_index_that_does_not_fit_is_noted(compared, index, why):
    problems, (note,) = compared(model(index=index))
    assert problems == {}
    assert why in note


def test_limits_hold_before_anything_large_is_read(compared, hub, monkeypatch):
    monkeypatch.setattr(weights, "LONGEST_HEADER", 50)
    monkeypatch.setattr(own_files, "LARGEST", 100)
    _, notes = compared(model())
    assert [note.partition(",")[0] for note in notes] == [
        f"config.json has {len(json.dumps(CONFIG))} bytes",
        f"model.safetensors: its header has {struct.unpack('<Q', WEIGHTS[:8])[0]} bytes",
    ]
    assert hub.gets("config.json") == []
    assert len(hub.gets(weights.SINGLE)) == 1
    monkeypatch.setattr(weights, "LARGEST_INDEX", 50)
    _, notes = compared(model(index=b" " * 51))
    assert notes[-1].startswith(f"{weights.INDEX}: it has 51 bytes, the limit is 50")
    assert hub.gets(weights.INDEX) == []


def test_a_quantized_models_numbers_are_not_its_parameters(compared):
    config = CONFIG | {"quantization_config": {"bits": 4}, "torch_dtype": "float16"}
    problems, (note,) = compared(model(config=config, weights=safetensors({"a": ("F16", [9])})))
    assert problems == {}
    assert "quantized" in note


def test_bytes_other_than_the_tree_tells_are_refused(compared, hub):
    hub.fail("config.json", "always flip")
    with pytest.raises(hubs.HubError) as error:
        compared(model())
    assert error.value.code == "hub.hash_mismatch"


def test_headers_from_a_mirror_are_said_to_be_its_own(compared, mirror):
    mirror.repos[MODEL] = model()
    problems, (note,) = compared(model(), endpoint=mirror.url)
    assert problems == {}
    assert mirror.url.removeprefix("http://") in note


def test_a_header_is_read_only_where_it_is_asked_for(hub):
    hub.repos[MODEL] = model()
    assert hubs.read_card(f"hf:{MODEL}", origin=hub.url).own is None
    assert hub.gets("config.json") == hub.gets(weights.SINGLE) == []


def ingest(monkeypatch, capsys, hub, *words: str) -> tuple[object, str, str]:
    monkeypatch.setenv("CARDKIT_ORIGIN", hub.url)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["ingest", *words])
    printed = capsys.readouterr()
    return exit_.value.code, printed.out, printed.err


def test_the_command_prints_the_record_with_its_conflicts(hub, monkeypatch, capsys):
    card = f"{CARD}\nMore is told [here]().\n"
    hub.repos[MODEL] = model(card, CONFIG | {"hidden_size": 17}, weights=None)
    words = (f"hf:{MODEL}", "--with-config", "-f", "json")
    code, out, err = ingest(monkeypatch, capsys, hub, *words)
    record = json.loads(out)
    assert code == 0
    assert record["spec"]["hidden_size"] == 16
    assert [p["message"] for p in record["problems"] if p["code"] == "config-conflict"] == [
        "For hidden_size the card says 16, config.json 17. Correct the one that is wrong."
    ]
    codes = [problem["code"] for problem in record["problems"]]
    assert codes[-2:] == ["config-conflict", "link-malformed"]
    assert err == (
        f"cardkit: hf:{MODEL}: it has no model.safetensors: its parameters were not counted\n"
    )
    out = ingest(monkeypatch, capsys, hub, f"hf:{MODEL}", "-f", "json")[1]
    assert "config-conflict" not in out


def test_a_card_that_is_not_at_a_hub_is_wrong_use(hub, monkeypatch, capsys, tmp_path):
    card = tmp_path / "ant.md"
    card.write_text(CARD, "utf-8")
    for words in ([str(card)], [f"hf:{MODEL}", str(card)], ["-"]):
        code, out, err = ingest(monkeypatch, capsys, hub, *words, "--with-config")
        assert (code, out) == (2, "")
        assert err.endswith("or leave --with-config out\n")
    assert hub.requests == []
