"""What an example reads of a model's outputs is known, and what hangs on tensors of no file."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.outcome import Idle, Outcome, Tensors
from cardkit.rehearsal import sizes
from cardkit.runner.idle import others
from cardkit.runner.reads import Reads

Ran = Callable[..., Outcome]
Built = Callable[[str], Path]
POOLER = ("pooler.dense.weight", "pooler.dense.bias")
FIRST, BOTH = {"last_hidden_state"}, {"last_hidden_state", "pooler_output"}
READINGS: dict[str, tuple[Callable[[Any, Any], Any], set[str] | None]] = {
    "nothing": (lambda *_: None, set()),
    "its names": (lambda _, output: [*output, len(output), "pooler_output" in output], set()),
    "an attribute": (lambda _, output: output.last_hidden_state, FIRST),
    "a key": (lambda _, output: output["pooler_output"], {"pooler_output"}),
    "a field that is not there": (lambda _, output: output.hidden_states, set()),
    "a place": (lambda _, output: output[0], FIRST),
    "a place from the end": (lambda _, output: output[-1], {"pooler_output"}),
    "places": (lambda _, output: output[:2], BOTH),
    "a tuple": (lambda _, output: output.to_tuple(), BOTH),
    "values": (lambda _, output: [*output.values()], BOTH),
    "all as a dict": (lambda _, output: dict(output), BOTH),
    "all as arguments": (lambda _, output: dict(**output), BOTH),
    "its variables": (lambda _, output: vars(output), BOTH),
    "words": (lambda _, output: str(output), BOTH),
    "a copy": (lambda _, output: copy.copy(output).pooler_output, BOTH),
    "a pickle": (lambda _, output: pickle.loads(pickle.dumps(output)), BOTH),  # noqa: S301
    "a tree": (lambda _, output: torch.utils._pytree.tree_map(torch.relu, output), BOTH),
    "the part by itself": (lambda model, output: model.pooler(output[0]), None),
    "a bare tuple": (lambda model, _: model(torch.tensor([[2]]), return_dict=False), None),
}
ENCODE = """
import torch
from transformers import AutoModel, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(MODEL)
model = AutoModel.from_pretrained(MODEL)
output = model(**tokenizer("Name three colours of the sky.", return_tensors="pt"))
"""


@pytest.fixture(scope="module")
def encoder() -> Any:
    config = sizes.config_class("bert")(**sizes.small("bert", {}).config, vocab_size=40)
    return transformers.BertModel(config).eval()


@pytest.mark.parametrize("reading", READINGS)
def test_what_is_read_is_known(reading: str, encoder: Any) -> None:
    read, expected = READINGS[reading]
    reads = Reads()
    with torch.no_grad(), reads.watching():
        reads.look_at(encoder, POOLER)
        read(encoder, encoder(torch.tensor([[1, 2, 3]])))
    assert reads.of(encoder) == expected


def test_what_was_not_watched_may_be_read() -> None:
    assert Reads().of(object()) is None


def test_an_output_is_of_its_own_class_and_holds_what_it_held(encoder: Any) -> None:
    ids = torch.tensor([[1, 2, 3]])
    reads = Reads()
    with torch.no_grad(), reads.watching():
        plain = encoder(ids)
        reads.look_at(encoder, POOLER)
        output = encoder(ids)
    assert isinstance(output, type(plain))
    assert (type(output).__name__, [*output]) == (type(plain).__name__, [*plain])
    assert torch.equal(output.pooler_output, plain.pooler_output)
    assert torch.equal(output[0], plain[0])
    with torch.no_grad():
        assert type(encoder(ids)) is type(plain)


def test_a_pass_that_fails_is_no_end_of_watching(encoder: Any) -> None:
    reads = Reads()
    with torch.no_grad(), reads.watching():
        reads.look_at(encoder, POOLER)
        with pytest.raises(IndexError):
            encoder(torch.tensor([[99]]))
    assert reads.of(encoder) is None


@pytest.mark.parametrize("read", ["", "print(output.last_hidden_state)\n", "output[0].mean()\n"])
def test_a_pooler_of_no_file_is_idle_where_it_is_not_read(
    read: str, ran: Ran, built: Built
) -> None:
    found = ran(ENCODE + read, built("bert"), layers="L1", kind="embedding").tensors
    assert isinstance(found, Tensors)
    names = ("pooler.dense.weight", "pooler.dense.bias")
    assert found.not_in_files == names
    assert found.idle == Idle(names=names, values=64 * 64 + 64, fields=("pooler_output",))


@pytest.mark.parametrize(
    "read",
    [
        "output.pooler_output\n",
        "output[1]\n",
        "print(output)\n",
        "model.pooler(output.last_hidden_state)\n",
        "model(torch.tensor([[3, 4]]), return_dict=False)\n",
    ],
)
def test_a_pooler_of_no_file_that_is_read_is_not_idle(read: str, ran: Ran, built: Built) -> None:
    found = ran(ENCODE + read, built("bert"), layers="L1", kind="embedding").tensors
    assert isinstance(found, Tensors)
    assert (len(found.not_in_files), found.idle) == (2, None)


def test_a_head_of_no_file_is_what_a_model_is_for(ran: Ran, built: Built) -> None:
    code = "from transformers import AutoModelForSequenceClassification as Auto\n"
    code += "model = Auto.from_pretrained(MODEL)\n"
    found = ran(code, built("roberta"), layers="L1", kind="classification")
    assert isinstance(found.tensors, Tensors)
    assert found.tensors.idle is None
    assert {name.split(".")[0] for name in found.tensors.not_in_files} == {"classifier"}


def test_tensors_that_were_given_other_values_get_their_own_again(encoder: Any) -> None:
    weight = encoder.pooler.dense.weight
    own = weight.detach().clone()
    with others([weight]):
        assert not torch.equal(weight, own)
    assert torch.equal(weight, own)
