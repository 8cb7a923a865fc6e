"""Rewritten and written scripts run with today's libraries, against tiny stand-ins on the CPU."""

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

import cardkit
from cardkit import rewrites
from cardkit.entries import files
from cardkit.entries.registry import Registry
from cardkit.plan import Plan, Source
from plans import PACKAGES, plan_of
from tiny import MODELS, SEQUENTIAL, build

ENTRIES = Registry(Path(__file__).parent.parent / "registry").entries()
SEEDS = ("dclm-1b-it", "dclm-7b", "dolly-v2-7b", "redpajama-3b-chat", "tulu-2-13b")
OTHERS = ("atom-7b-chat", "deepseek-v2-chat", "minicpm3-4b", "roberta-large-mnli", "bt-opt-1.3b")
CHAT = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
SEQ2SEQ = """
schema_version: "1"
name: ant
hubs: {huggingface: {value: ant/ant-1b, card: 1-2}}
load: {loader: {value: AutoModelForSeq2SeqLM, card: 1-2}}
prompt: {format: {value: "short: {prompt}", card: 1-2}}
"""
CAUSAL = SEQ2SEQ.replace("Seq2SeqLM", "CausalLM")
IMPORT = "from transformers import"
CODE = {
    "summarization": (
        "seq2seq",
        f"{IMPORT} pipeline\n"
        'short = pipeline("summarization", model="ant/ant-1b", device=0, max_length=9)\n'
        'print([list(each) for each in short(["Ants are many.", "Bees too."], num_beams=2)])',
    ),
    "a class": (
        "seq2seq",
        f"{IMPORT} AutoModelWithLMHead, AutoTokenizer, SummarizationPipeline\n"
        "short = SummarizationPipeline(\n"
        '    model=AutoModelWithLMHead.from_pretrained("ant/ant-1b"),\n'
        '    tokenizer=AutoTokenizer.from_pretrained("ant/ant-1b"), device=0)\n'
        'print([list(each) for each in short(["Ants."], max_length=9)])',
    ),
    "translation": (
        "seq2seq",
        f"{IMPORT} AutoModelForSeq2SeqLM, AutoTokenizer, pipeline\n"
        'tokens = AutoTokenizer.from_pretrained("ant/ant-1b")\n'
        'model = AutoModelForSeq2SeqLM.from_pretrained("ant/ant-1b").cuda()\n'
        'turn = pipeline("translation_en_to_fr", model=model, tokenizer=tokens)\n'
        'print([list(each) for each in turn("Ants.")])',
    ),
    "conversation": (
        "causal",
        f"{IMPORT} Conversation, pipeline\n"
        'chat = pipeline("conversational", model="ant/ant-1b")\n'
        'talk = chat(Conversation("Why?"))\n',
    ),
    "conversation by its name": (
        "causal",
        f"{IMPORT} Conversation, pipeline\n"
        'chat = pipeline("conversational", model="ant/ant-1b", device="cuda:0")\n'
        'talk = Conversation("Why?")\n'
        "talk = chat(talk)\n"
        'talk.add_user_input("How?")\n'
        "chat(talk)\n"
        "print(type(talk.generated_responses[-1]).__name__)",
    ),
    "old calls": (
        "causal",
        "import torch\n"
        f"{IMPORT} AutoModelWithLMHead, AutoTokenizer\n"
        'device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")\n'
        'tok = AutoTokenizer.from_pretrained("ant/ant-1b", use_auth_token=True)\n'
        'lm = AutoModelWithLMHead.from_pretrained("ant/ant-1b", torch_dtype=torch.float16,\n'
        '    load_in_8bit=False, revision="v1", resume_download=True).half().to(device)\n'
        'a = tok.encode_plus("Why?", return_tensors="pt").to(device)\n'
        'b = tok.batch_encode_plus(["Why?"], return_tensors="pt").to(device)\n'
        'ids = tok.apply_chat_template([{"role": "user", "content": "Why?"}],\n'
        '    return_tensors="pt").to(device)\n'
        "print(a.input_ids.tolist() == b.input_ids.tolist())\n"
        "print(tok.additional_special_tokens_ids[0])\n"
        "lm.generate(ids, max_new_tokens=2)",
    ),
    "a task of the hub": (
        "causal",
        f"{IMPORT} pipeline\n"
        'pipe = pipeline(model="ant/ant-1b", trust_remote_code=True, device_map="auto")\n'
        'print(type(pipe("Why is the sky blue?", max_new_tokens=2)[0]["generated_text"]).__name__)',
    ),
    "modelscope": (
        "causal",
        "from modelscope import AutoModelForCausalLM, AutoTokenizer, snapshot_download\n"
        'folder = snapshot_download("ant/ant-1b", revision="v1")\n'
        "tok = AutoTokenizer.from_pretrained(folder)\n"
        'lm = AutoModelForCausalLM.from_pretrained(folder, device_map="auto").eval()\n'
        'print(tok.decode(lm.generate(**tok("Why?", return_tensors="pt"), max_new_tokens=2)[0])'
        '.startswith("Why?"))',
    ),
}
PRINTED = {
    "summarization": "[['summary_text'], ['summary_text']]\n",
    "a class": "[['summary_text']]\n",
    "translation": "[['translation_text']]\n",
    "conversation by its name": "str\n",
    "old calls": "True\n2\n",
    "a task of the hub": "str\n",
    "modelscope": "True\n",
}
REFUSED = ("conversation",)


class Job(NamedTuple):
    """A script to run, with its stand-in."""

    plan: Plan
    stand_in: str
    parsed: bool = False


def jobs() -> dict[str, Job]:
    """Return the examples, by name."""
    found = {}
    for name in SEEDS + OTHERS:
        entry = ENTRIES[name]
        assert entry.load.model_type
        kind = entry.load.model_type.value
        residual = entry.spec.options.get("use_parallel_residual")
        kind = SEQUENTIAL if residual and not residual.value else kind
        assert kind in MODELS
        found[name] = Job(plan_of(entry), name)
        if name in SEEDS:
            found[f"{name} parsed"] = Job(plan_of(entry), name, parsed=True)
    for name, (kind, source) in CODE.items():
        entry = files.parse(SEQ2SEQ if kind == "seq2seq" else CAUSAL, "ant")
        told = plan_of(entry, source=Source(origin="card", code=source, printed=source))
        found[name] = Job(told, kind)
    made = plan_of(files.parse(SEQ2SEQ, "ant"))
    found["made for seq2seq"] = Job(made, "seq2seq")
    for kind in ("embedding", "masked", "classification"):
        told = {
            "kind": kind,
            "loader": LOADERS[kind],
            "prompt": None,
            "asked": "The sky is [MASK].",
        }
        found[f"made for {kind}"] = Job(made.model_copy(update=told), kind)
    return found


LOADERS = {
    "embedding": "AutoModel",
    "masked": "AutoModelForMaskedLM",
    "classification": "AutoModelForSequenceClassification",
}


def stand_in(name: str, folder: Path) -> None:
    """Write the tiny model of an entry, or of a kind."""
    if name in LOADERS:
        build("bert", folder, markers=["[MASK]"], auto=LOADERS[name])
        config = folder / "tokenizer_config.json"
        told = json.loads(config.read_text("utf-8")) | {"mask_token": "[MASK]"}
        config.write_text(json.dumps(told), "utf-8")
    elif name in ("causal", "seq2seq"):
        kind = {"causal": "llama", "seq2seq": "t5"}[name]
        build(kind, folder, markers=["<|user|>"], chat_template=CHAT)
    else:
        entry = ENTRIES[name]
        assert entry.load.model_type
        kind = entry.load.model_type.value
        residual = entry.spec.options.get("use_parallel_residual")
        kind = SEQUENTIAL if residual and not residual.value else kind
        auto = "AutoModelForSequenceClassification" if kind == "roberta" else None
        marks = [each.value for each in entry.prompt.single_tokens]
        build(kind, folder, markers=marks, chat_template=CHAT, auto=auto)


JOBS = jobs()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Run what is not refused, and return what each printed and sent."""
    root = tmp_path_factory.mktemp("rewritten")
    asked = {}
    for name, job in JOBS.items():
        if name in REFUSED:
            continue
        if not (root / job.stand_in).exists():
            stand_in(job.stand_in, root / job.stand_in)
        make = rewrites.parsed if job.parsed else rewrites.apply
        code = make(job.plan, PACKAGES).code
        asked[name] = {"code": code, "folder": str(root / job.stand_in)}
    outside = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HOME": str(root)}
    source = str(Path(cardkit.__file__).parents[1])
    child = subprocess.run(
        [sys.executable, "-P", str(Path(__file__).parent / "run_rewritten.py")],
        input=json.dumps(list(asked.values())), text=True, capture_output=True, check=False,
        env=os.environ | outside | {"PYTHONPATH": source, "HF_HOME": str(root)},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr
    found = zip(asked, json.loads(child.stdout), strict=True)
    return {name: told | {"folder": asked[name]["folder"]} for name, told in found}


@pytest.mark.parametrize("name", [name for name in JOBS if name not in REFUSED])
def test_it_runs(name: str, done: dict[str, Any]) -> None:
    assert done[name]["error"] is None
    assert done[name]["out"] == PRINTED.get(name, done[name]["out"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_made_from_the_prompt(name: str) -> None:
    assert rewrites.apply(JOBS[name].plan, PACKAGES).refused_code == "env.removed_api"


@pytest.mark.parametrize("name", [*SEEDS, *(f"{name} parsed" for name in SEEDS)])
def test_the_ids_of_the_documented_prompt_reach_the_model(name: str, done: dict[str, Any]) -> None:
    prompt = JOBS[name].plan.prompt
    tokenizer = transformers.AutoTokenizer.from_pretrained(done[name]["folder"])
    assert done[name]["sent"] == tokenizer(prompt)["input_ids"]
