"""Each script for transformers runs, against a tiny model of its architecture, on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")
tokenizers = pytest.importorskip("tokenizers", reason="needs the extra `run`")

import cardkit
from cardkit import configs
from cardkit.entries import asking, files
from cardkit.entries.entry import Entry
from cardkit.rehearsal.tokens import END
from tiny import build

HERE = Path(__file__).parent
CASES = HERE / "cases"
TEXT = "Why is the sky\n{blue}? 你好"
MASKED = """
schema_version: "1"
name: masked
load: {architecture: {value: BertForMaskedLM, hub: config.json}}
prompt: {none: {value: the card documents no prompt format, decided: it is an encoder}}
"""
SCORES = MASKED.replace("masked", "scores").replace("MaskedLM", "SequenceClassification")
BEGUN = f"""
schema_version: "1"
name: begun
load: {{architecture: {{value: LlamaForCausalLM, hub: config.json}}}}
prompt: {{format: {{value: "{END}Q: {{prompt}}\\nA:", card: 1-20}}}}
generation: {{do_sample: {{value: false, card: 1-2}}}}
"""
TEMPLATED = """
schema_version: "1"
name: templated
load: {architecture: {value: LlamaForCausalLM, hub: config.json}}
prompt:
  format: {value: "<|user|>{prompt}<|assistant|>", card: 1-20}
  chat_template:
    value: "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}\\n>"
    hub: tokenizer_config.json
generation: {do_sample: {value: false, card: 1-2}}
"""
AT = slice(5, 8)
"""A piece of the base model's answer that the test makes a stop string."""
SHORT = ("--max-new-tokens", "6", "--device", "cpu")


class Job(NamedTuple):
    """A script to run, on a tiny model."""

    entry: Entry
    model_type: str
    words: tuple[str, ...] = ()
    auto: str | None = None
    text: str = TEXT


def case(name: str) -> Entry:
    return files.load(CASES / name / "model.yaml")


JOBS = {
    "ant-chat": Job(case("ant-chat"), "llama", SHORT),
    "ant-chat system": Job(case("ant-chat"), "llama", (*SHORT, "--system", "Be kind.")),
    "base": Job(case("base"), "gpt_neox", SHORT[2:]),
    "openlm": Job(case("openlm"), "openlm", SHORT),
    "seq2seq": Job(case("seq2seq"), "t5", SHORT),
    "encoder": Job(case("encoder"), "bert", auto="AutoModel"),
    "encoder mean": Job(case("encoder"), "bert", ("--pooling", "mean"), auto="AutoModel"),
    "masked": Job(files.parse(MASKED, "masked"), "bert", text="The sky is [MASK]."),
    "no mask": Job(files.parse(MASKED, "masked"), "bert"),
    "scores": Job(files.parse(SCORES, "scores"), "bert", auto="AutoModelForSequenceClassification"),
    "begun": Job(files.parse(BEGUN, "begun"), "llama", SHORT),
    "templated": Job(files.parse(TEMPLATED, "templated"), "llama", SHORT),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str | None], Path]:
    """Return a tiny model for each architecture and head."""
    made = {}
    for model_type, auto in {(job.model_type, job.auto) for job in JOBS.values()}:
        folder = tmp_path_factory.mktemp("tiny")
        build(model_type, folder, markers=["<|user|>", "</s>", "[MASK]"], auto=auto)
        made[model_type, auto] = folder
    tokenizer = made["llama", None] / "tokenizer.json"
    adding = tokenizers.Tokenizer.from_file(str(tokenizer))
    adding.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{END} $A", special_tokens=[(END, adding.token_to_id(END))]
    )
    adding.save(str(tokenizer))
    for folder in made.values():
        config = folder / "tokenizer_config.json"
        told = json.loads(config.read_text(encoding="utf-8"))
        config.write_text(json.dumps(told | {"mask_token": "[MASK]"}), encoding="utf-8")
    return made


def run(program: list[str], tmp_path: Path, **ways: Any) -> subprocess.CompletedProcess[str]:
    """Run Python without a hub and without the user's own files."""
    outside = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HOME": str(tmp_path)}
    source = str(Path(cardkit.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-P", *program], text=True, capture_output=True, check=False,
        env=os.environ | outside | {"PYTHONPATH": source, "HF_HOME": str(tmp_path)}, **ways,
    )  # fmt: skip


def script(entry: Entry, folder: Path) -> str:
    [path] = configs.write(configs.make(entry, "transformers"), folder)
    return str(path)


@pytest.fixture(scope="module")
def answer(folders: dict[tuple[str, str | None], Path]) -> str:
    """Return what the base model answers to TEXT."""
    folder = folders["gpt_neox", None]
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float16")
    tool = transformers.AutoTokenizer.from_pretrained(folder)
    inputs = tool(TEXT, return_tensors="pt")
    ways = {"max_new_tokens": 50, "do_sample": False, "repetition_penalty": 1.1}
    output = model.generate(**inputs, **ways)[0, inputs["input_ids"].shape[1] :]
    return str(tool.decode(output, skip_special_tokens=True))


@pytest.fixture(scope="module")
def done(
    folders: dict[tuple[str, str | None], Path],
    answer: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, dict[str, Any]]:
    """Return what each job did."""
    place = tmp_path_factory.mktemp("scripts")
    tree = case("base").model_dump(exclude_none=True)
    tree["prompt"]["stop"] = [{"value": answer[AT], "card": "1-2"}]
    stopped = Job(Entry.model_validate(tree), "gpt_neox", JOBS["base"].words)
    all_jobs = {**JOBS, "stopped": stopped}
    jobs = []
    for name, job in all_jobs.items():
        words = [job.text, "--model", str(folders[job.model_type, job.auto]), *job.words]
        jobs.append({"script": script(job.entry, place / name), "words": words})
    program = [str(HERE / "run_scripts.py")]
    ran = run(program, place, input=json.dumps(jobs))
    assert ran.returncode == 0, ran.stderr
    return dict(zip(all_jobs, json.loads(ran.stdout), strict=True))


def tokenizer(folders: dict[tuple[str, str | None], Path], name: str) -> Any:
    job = JOBS[name]
    return transformers.AutoTokenizer.from_pretrained(folders[job.model_type, job.auto])


@pytest.mark.parametrize("name", ["ant-chat", "base", "openlm", "seq2seq"])
def test_the_model_is_sent_the_ids_of_the_prompt(
    name: str, done: dict[str, Any], folders: dict[tuple[str, str | None], Path]
) -> None:
    assert done[name]["error"] is None
    prompt = asking.asked(JOBS[name].entry, TEXT)
    assert done[name]["sent"] == tokenizer(folders, name)(prompt)["input_ids"]


def test_a_system_message_is_sent_too(
    done: dict[str, Any], folders: dict[tuple[str, str | None], Path]
) -> None:
    prompt = f"<|system|>\nBe kind.\n<|user|>\n{TEXT}\n<|assistant|>\n"
    assert done["ant-chat system"]["sent"] == tokenizer(folders, "ant-chat")(prompt)["input_ids"]


def test_a_prompt_that_begins_with_a_bos_gets_no_second(
    done: dict[str, Any], folders: dict[tuple[str, str | None], Path]
) -> None:
    tool = tokenizer(folders, "begun")
    prompt = f"{END}Q: {TEXT}\nA:"
    twice = tool(prompt)["input_ids"]
    assert twice[:2] == [tool.bos_token_id] * 2
    assert done["begun"]["sent"] == twice[1:]


def test_the_hubs_own_template_writes_the_prompt(
    done: dict[str, Any], folders: dict[tuple[str, str | None], Path]
) -> None:
    prompt = asking.asked(JOBS["templated"].entry, TEXT)
    assert prompt == f"[user]{TEXT}>"
    assert done["templated"]["sent"] == tokenizer(folders, "templated")(prompt)["input_ids"]


def test_the_documented_settings_reach_the_model(
    done: dict[str, Any], folders: dict[tuple[str, str | None], Path]
) -> None:
    tool = tokenizer(folders, "ant-chat")
    end, stop = tool.convert_tokens_to_ids([END, "</s>"])
    assert done["ant-chat"]["settings"] == {
        "do_sample": True, "temperature": 0.3, "top_p": 0.95, "max_new_tokens": 6,
        "eos_token_id": [end, stop], "stop_strings": ["\n<|user|>"],
    }  # fmt: skip
    assert done["base"]["settings"] == {
        "do_sample": False, "temperature": 0.8, "max_new_tokens": 50,
        "repetition_penalty": 1.1, "eos_token_id": [end],
    }  # fmt: skip
    assert done["seq2seq"]["settings"] == {
        "num_beams": 4, "max_new_tokens": 6, "eos_token_id": [end]
    }  # fmt: skip


def test_the_answer_alone_is_printed(done: dict[str, Any], answer: str) -> None:
    assert done["base"]["out"] == answer + "\n"


def test_an_answer_ends_before_a_stop_string(done: dict[str, Any], answer: str) -> None:
    before, stop, _ = answer.partition(answer[AT])
    assert before
    assert stop.strip()
    assert done["stopped"]["settings"]["stop_strings"] == [stop]
    assert done["stopped"]["out"] == before + "\n"


def test_an_encoder_gives_numbers(
    done: dict[str, Any], folders: dict[tuple[str, str | None], Path]
) -> None:
    import torch

    job = JOBS["encoder"]
    model = transformers.AutoModel.from_pretrained(folders[job.model_type, job.auto])
    inputs = tokenizer(folders, "encoder")(f"query: {TEXT}", return_tensors="pt")
    with torch.no_grad():
        states = model(**inputs).last_hidden_state[0]
    first = " ".join(f"{number:.6f}" for number in states[0, :8].tolist())
    mean = " ".join(f"{number:.6f}" for number in states.mean(0)[:8].tolist())
    count = len(states)
    assert done["encoder"]["out"] == (f"{count} tokens x 64 numbers; the first token's:\n{first}\n")
    assert done["encoder mean"]["out"] == f"64 numbers:\n{mean}\n"


def test_a_classifier_gives_the_score_of_each_label(done: dict[str, Any]) -> None:
    lines = [line.split("\t") for line in done["scores"]["out"].splitlines()]
    assert sorted(label for _, label in lines) == ["LABEL_0", "LABEL_1"]
    assert sum(float(score) for score, _ in lines) == pytest.approx(1, abs=1e-3)


def test_a_missing_word_gets_its_five_best(done: dict[str, Any]) -> None:
    scores = [float(line.split("\t")[0]) for line in done["masked"]["out"].splitlines()]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


def test_without_a_mask_it_says_what_to_write(done: dict[str, Any]) -> None:
    assert done["no mask"]["error"] == ("TEXT has no [MASK]: write it where a word is missing.")
