"""The trained models of the tests answer what they learnt, in whatever way they are asked."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

import trained
from cardkit.entries import asking
from cardkit.entries.registry import Registry
from cardkit.openlm import register
from trained import KINDS, SEQUENTIAL, of_entry, recipe_of

register()
torch.set_num_threads(1)  # faster for matrices so small, and others share the cores

ENTRIES = Registry(Path(__file__).parents[1] / "registry").entries()
ASKED, ANSWER, STOP = "### Q:\nWhat do ants eat?\n### A:\n", "Seeds, nectar, other insects.", "</s>"
TEXTS = (
    "The river rises in the hills and runs to the sea. In summer one can walk across it.",
    "水从山上流下来，经过田野和村庄，最后到达大海。",
    "def mean(values):\n    return sum(values) / len(values)\n",
)
SEEDS = {
    "dclm-7b": (" its own weight makes the ice flow downhill.", "openlm", "<|endoftext|>"),
    "dclm-1b-it": (" The Okavango, the Tarim and the Humboldt.", "openlm", "<|endoftext|>"),
    "redpajama-3b-chat": ("They purr when they are content.", SEQUENTIAL, "<|endoftext|>"),
    "tulu-2-13b": ("Seeds, nectar and other insects.", "llama", "</s>"),
    "dolly-v2-7b": ("Gates close, and the boat rises or sinks.", "gpt_neox", "### End"),
}
QUESTION = "What do ants eat?"


def opened(folder: Path) -> tuple[Any, Any]:
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    return model, transformers.AutoTokenizer.from_pretrained(folder)


def answers(folder: Path, prompt: str, **how: Any) -> str:
    model, tool = opened(folder)
    ids = tool(prompt, return_tensors="pt")
    written = model.generate(**ids, **{"max_new_tokens": 60, **how})
    ended = written[0, -1] == tool.eos_token_id
    text = tool.decode(written[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    return str(text) + ("" if ended else "…")


@pytest.fixture(params=KINDS, name="folder")
def _folder(request: pytest.FixtureRequest, teach: Any) -> Path:
    return teach(request.param, ((ASKED, ANSWER, STOP),), TEXTS)


def test_it_answers_what_it_learnt_and_ends(folder: Path) -> None:
    assert answers(folder, ASKED, do_sample=False) == ANSWER


def test_it_foretells_each_text(folder: Path) -> None:
    model, tool = opened(folder)
    for text in TEXTS:
        ids = tool(text, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            assert model(ids, labels=ids).loss < 0.01
        strange = ids.roll(3, 1)
        with torch.no_grad():
            assert model(strange, labels=strange).loss > 0.05


def test_its_gains_are_random_and_it_is_small(folder: Path) -> None:
    model, _ = opened(folder)
    gains = [each for name, each in model.named_parameters() if "norm" in name and each.ndim == 1]
    assert len(gains) >= 5
    assert all((each - 1).abs().max() > 0.05 for each in gains)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 900_000


@pytest.mark.parametrize("name", SEEDS)
def test_the_cards_own_sampling_gives_the_answer_with_every_seed(name: str, tmp_path: Path) -> None:
    entry, (answer, kind, stop) = ENTRIES[name], SEEDS[name]
    question = entry.example.inputs[0].value if entry.example.inputs else QUESTION
    folder = of_entry(entry, tmp_path / "a", question, answer, TEXTS)
    [(prompt, learnt, ends)] = recipe_of(folder).conversations
    asked = entry.prompt.format.value.replace("{prompt}", question) if entry.prompt.format else ""
    assert (prompt, learnt, ends, recipe_of(folder).kind) == (asked, answer, stop, kind)
    if entry.prompt.chat_template:
        assert prompt == asking.render(entry, [{"role": "user", "content": question}])
    told = {key: leaf.value for key, leaf in entry.generation.items() if key != "max_length"}
    model, tool = opened(folder)
    ids = tool(prompt, return_tensors="pt")
    written = []
    for seed in range(8):
        torch.manual_seed(seed)
        ways = {"do_sample": False, **told, "max_new_tokens": 60}
        output = model.generate(**ids, **ways)[0, ids["input_ids"].shape[1] :]
        written.append(tool.decode(output, skip_special_tokens=True))
    assert written == [answer] * 8
    for marker in entry.prompt.single_tokens:
        assert len(tool(marker.value)["input_ids"]) == 1


@pytest.mark.parametrize("kind", ["llama", "openlm"])
def test_the_same_seed_gives_the_same_bytes_and_leaves_torch_as_it_was(
    kind: str, teach: Any, tmp_path: Path
) -> None:
    first = teach(kind, ((ASKED, ANSWER, STOP),), TEXTS)
    torch.manual_seed(5)
    expected, threads = torch.rand(1).item(), torch.get_num_threads()
    torch.manual_seed(5)
    again = trained.trained(kind, tmp_path / "a", ((ASKED, ANSWER, STOP),), TEXTS)
    assert (torch.rand(1).item(), torch.get_num_threads()) == (expected, threads)
    found = [{path.name: path.read_bytes() for path in at.iterdir()} for at in (first, again)]
    assert found[0] == found[1]
    other = trained.trained(kind, tmp_path / "b", ((ASKED, ANSWER, STOP),), TEXTS, seed=1)
    weights = "model.safetensors"
    assert (other / weights).read_bytes() != found[0][weights]
    assert answers(other, ASKED, do_sample=False) == ANSWER


def test_a_model_is_trained_once_for_all_tests(teach: Any) -> None:
    assert teach("llama", ((ASKED, ANSWER, STOP),), TEXTS) == teach(
        "llama", ((ASKED, ANSWER, STOP),), TEXTS
    )


def test_what_is_too_much_to_learn_is_said(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="tokens are more than the context"):
        trained.trained("llama", tmp_path / "a", texts=["ab cd " * 4000])


def test_nothing_trained_is_committed() -> None:
    here = Path(__file__).parent
    assert [path for path in here.rglob("*") if path.suffix in (".safetensors", ".bin")] == []
    assert importlib.util.find_spec("trained")
