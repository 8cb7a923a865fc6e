"""What becomes of an example as a whole: rewritten, refused, or made from the prompt."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cardkit import inputs, rewrites
from cardkit.entries import files
from cardkit.entries.entry import Entry
from cardkit.entries.registry import Registry
from cardkit.errors import CardkitError
from cardkit.plan import Plan, Script, Source
from cardkit.rewrites import RefusedError
from plans import PACKAGES, plan_of

ROOT = Path(__file__).parent.parent
ENTRIES = Registry(ROOT / "registry").entries()
BARE = """
schema_version: "1"
name: ant
hubs: {huggingface: {value: ant/ant-1b, card: 1-2}}
load: {loader: {value: AutoModelForCausalLM, card: 1-2}}
"""
ASKS = f"""{BARE}
prompt: {{format: {{value: "Q: {{prompt}}\\nA:", card: 1-2}}}}
generation: {{max_length: {{value: 90, card: 1-2}}, top_p: {{value: 0.9, card: 1-2}}}}
"""
DEVICE = re.compile(r"""["']((?:cuda|npu|cpu)(?::\d)?|auto|sequential)["']""")
CARD = "card"
PROMPT = "prompt"
WHAT = {
    "atom-7b-chat": (PROMPT, None),
    "bloomchat-176b": (CARD, None),
    "bt-opt-1.3b": (CARD, None),
    "dclm-1b-it": (CARD, None),
    "dclm-7b": (CARD, None),
    "deepseek-v2-chat": (CARD, None),
    "dolly-v2-7b": (CARD, None),
    "gpt-j-6b": (CARD, None),
    "guanaco-7b": ("", "card.prompt_missing"),
    "legal-bert-base": (CARD, None),
    "minicpm-2b-dpo": (PROMPT, "load.remote_code_required"),
    "minicpm3-4b": (PROMPT, "load.remote_code_required"),
    "mpt-7b": (CARD, None),
    "nemotron-4-340b-instruct": ("", "it cannot be told what it gives"),
    "olmo-7b": (PROMPT, "env.missing_package"),
    "polyglot-ko-1.3b": (CARD, None),
    "promptclue-base": (CARD, None),
    "redpajama-3b-chat": (PROMPT, None),
    "roberta-large-mnli": (CARD, None),
    "skywork-13b-chat": (CARD, None),
    "sup-simcse-roberta-large": (CARD, None),
    "tulu-2-13b": (PROMPT, None),
    "wizardcoder-15b": (PROMPT, None),
}
"""What runs, and the code for which the card's own example does not."""


def plan(name: str, device: str = "cpu") -> Plan:
    """Return the plan of an entry, its example as the card prints it beside it."""
    entry = ENTRIES[name]
    printed = None
    if entry.example.code and entry.example.code.card and entry.card:
        start, end = map(int, entry.example.code.card.split("-"))
        printed = inputs.read(str(ROOT / entry.card)).text[start:end]
    return plan_of(entry, device, printed)


def outcome(name: str) -> Script | str:
    """Return what runs for an entry, or why nothing does."""
    try:
        return rewrites.apply(plan(name), PACKAGES)
    except RefusedError as refused:
        return refused.code
    except CardkitError:  # no plan can be made of it
        return "it cannot be told what it gives"


def bare(source: str, text: str = BARE, **more: object) -> Plan:
    """Return the plan of an entry that knows next to nothing."""
    entry: Entry = files.parse(text, "ant")
    return plan_of(entry, source=Source(origin="card", code=source, printed=source), **more)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_is_rewritten_made_or_refused(name: str) -> None:
    found = outcome(name)
    if isinstance(found, Script):
        assert (found.origin, found.refused_code) == WHAT[name]
        assert found.foreign == (found.origin == CARD)
        compile(found.code, name, "exec")
    else:
        assert ("", found) == WHAT[name]


def test_a_foreign_example_is_given_up_for_one_from_the_prompt() -> None:
    script = rewrites.apply(plan("tulu-2-13b"), PACKAGES)
    assert script.code.split("\n")[0] == (
        '"""Made by cardkit from the documented prompt: no code of the card loads this model by '
        'its id: it loads HuggingFaceH4/tulu-2-dpo-70b."""'
    )
    assert "TEXT = '<|user|>\\nWhy is the sky blue?\\n<|assistant|>\\n'\n" in script.code
    assert (script.changes, script.foreign) == ((), False)


def test_the_chinese_example_keeps_its_device_on_an_npu() -> None:
    told = plan("dclm-7b", "npu:0")
    diff = rewrites.as_diff(told, rewrites.apply(told, PACKAGES))
    assert [line for line in diff.split("\n") if line[:1] in ("-", "+", "@")] == [
        "--- as printed",
        "+++ as it ran",
        "@@ -1,8 +1,8 @@",
        "-from open_lm.hf import *",
        "-from openmind import AutoTokenizer, AutoModelForCausalLM",
        "+from cardkit import openlm; openlm.register()",
        "+from transformers import AutoTokenizer, AutoModelForCausalLM",
        '-tokenizer = AutoTokenizer.from_pretrained("AI-Research/DCLM-7B")',
        "-model = AutoModelForCausalLM.from_pretrained(\"AI-Research/DCLM-7B\",device_map='npu:0')",
        "+tokenizer = AutoTokenizer.from_pretrained(MODEL)",
        "+model = AutoModelForCausalLM.from_pretrained(MODEL,device_map='npu:0')",
    ]


@pytest.mark.parametrize("device", ["cpu", "cuda", "cuda:1", "npu:0"])
@pytest.mark.parametrize("name", ["dclm-1b-it", "dclm-7b", "deepseek-v2-chat", "dolly-v2-7b"])
def test_no_other_device_is_left(name: str, device: str) -> None:
    code = rewrites.apply(plan(name, device), PACKAGES).code
    assert {each.removesuffix(":0") for each in DEVICE.findall(code)} == {device.removesuffix(":0")}


@pytest.mark.parametrize("name", [name for name, (what, _) in WHAT.items() if what == CARD])
@pytest.mark.parametrize("device", ["cpu", "npu:0"])
def test_a_rewritten_example_is_left_alone(name: str, device: str) -> None:
    told = plan(name, device)
    script = rewrites.apply(told, PACKAGES)
    source = Source(origin="card", code=script.code, printed=script.code)
    again = rewrites.apply(told.model_copy(update={"source": source}), PACKAGES)
    assert (again.code, again.changes) == (script.code, ())


def test_lost_indentation_is_a_change() -> None:
    told = plan("dclm-1b-it")
    [change] = [
        each for each in rewrites.apply(told, PACKAGES).changes if each.rule == "indentation"
    ]
    assert (change.line, change.code) == (12, "card.code_repaired")
    assert change.before.split("\n")[1] == "return PROMPT.format(instruction=instruction)"
    assert change.after.split("\n")[1] == "    return PROMPT.format(instruction=instruction)"


def test_prompts_and_lines_for_the_shell_are_changes() -> None:
    printed = (
        "%pip install ants\n"
        ">>> from transformers import AutoModel\n"
        ">>> for name in ['ant/ant-1b']:\n"
        "...     AutoModel.from_pretrained('ant/ant-1b')\n"
        "the ant"
    )
    said = [
        (each.rule, each.line, each.before.split("\n")[0], each.after.split("\n")[0])
        for each in rewrites.apply(bare(printed), PACKAGES).changes
    ]
    assert said == [
        ("shell_lines", 1, "%pip install ants", ""),
        (
            "prompts",
            1,
            ">>> from transformers import AutoModel",
            "from transformers import AutoModel",
        ),
        ("model_id", 2, "'ant/ant-1b'", "MODEL"),
        ("output", 3, "the ant", ""),
        ("model_id", 3, "'ant/ant-1b'", "MODEL"),
    ]


def test_a_notebook_line_between_others() -> None:
    printed = "import torch\n!pip install ants\nfrom transformers import AutoModel\n"
    source = f"{printed}AutoModel.from_pretrained('ant/ant-1b')"
    script = rewrites.apply(bare(source), PACKAGES)
    assert script.code == (
        "import torch\nfrom transformers import AutoModel\nAutoModel.from_pretrained(MODEL)\n"
    )
    assert [(each.rule, each.line, each.before) for each in script.changes] == [
        ("shell_lines", 2, "!pip install ants"),
        ("model_id", 3, "'ant/ant-1b'"),
    ]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("model = (", "card.code_unparsable"),
        ("from vllm import LLM\nLLM('ant/ant-1b')", "env.missing_package"),
        (
            "from transformers import AutoModel\nAutoModel.from_pretrained('bee/bee')",
            "card.other_model_id",
        ),
    ],
)
def test_what_cannot_run_is_made_from_the_prompt_or_refused(source: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        rewrites.apply(bare(source), PACKAGES)
    assert (refused.value.code, refused.value.exit_code) == (code, 3)
    made = rewrites.apply(bare(source, ASKS), PACKAGES)
    assert (made.origin, made.foreign, made.refused_code) == ("prompt", False, code)
    assert made.refused == refused.value.problem
    assert "TEXT = 'Q: Why is the sky blue?\\nA:'" in made.code


@pytest.mark.parametrize(
    ("installs", "todo"),
    [
        ("", "install the package that gives it; the card does not say which"),
        ("'ant-tools>=0.6'", "install what the card does: pip install 'ant-tools>=0.6'"),
    ],
)
def test_a_package_that_is_missing_is_installed_as_the_card_says(installs: str, todo: str) -> None:
    named = f"[{{value: {installs}, card: 1-2}}]" if installs else "[]"
    asks = f"{ASKS}example: {{installs: {named}}}\n"
    script = rewrites.apply(bare("import ant_tools\nant_tools.ask('ant/ant-1b')", asks), PACKAGES)
    assert (script.refused_code, script.todo) == ("env.missing_package", todo)


def test_an_example_that_is_not_there_and_no_prompt() -> None:
    entry = files.parse(BARE, "ant")
    with pytest.raises(RefusedError) as refused:
        rewrites.apply(plan_of(entry, source=Source(origin="prompt")), PACKAGES)
    assert refused.value.code == "card.prompt_missing"


def test_an_encoder_needs_no_prompt() -> None:
    entry = files.parse(BARE.replace("ForCausalLM", ""), "ant")
    told = plan_of(entry, source=Source(origin="none"), kind="embedding", loader="AutoModel")
    script = rewrites.apply(told, PACKAGES)
    assert "TEXT = 'Why is the sky blue?'\n" in script.code
    assert (script.foreign, script.refused) == (False, "")


def test_the_parsed_example_sends_what_the_example_sends() -> None:
    told = plan("dclm-1b-it", "cuda:0")
    script = rewrites.parsed(told, PACKAGES)
    assert (script.foreign, script.refused_code) == (False, "env.missing_package")
    assert "Landlock" in script.todo
    assert told.prompt
    lines = script.code.split("\n")
    assert f"TEXT = {told.prompt!r}" in lines
    assert (
        "GENERATION = {'max_length': 500, 'top_p': 0.95, 'do_sample': True, 'temperature': 0.3}"
        in lines
    )
    assert (
        'model = AutoModelForCausalLM.from_pretrained(MODEL, dtype="bfloat16", device_map="cuda:0")'
        in lines
    )


def test_a_parsed_example_with_words_of_its_own() -> None:
    source = (
        "from transformers import AutoModelForCausalLM, AutoTokenizer\n"
        "tokenizer = AutoTokenizer.from_pretrained('ant/ant-1b')\n"
        "model = AutoModelForCausalLM.from_pretrained('ant/ant-1b')\n"
        "inputs = tokenizer('Ants are', return_tensors='pt')\n"
        "model.generate(**inputs, max_new_tokens=7)\n"
    )
    script = rewrites.parsed(bare(source), PACKAGES)
    lines = script.code.split("\n")
    assert ("TEXT = 'Ants are'" in lines, "GENERATION = {'max_new_tokens': 7}" in lines) == (
        True,
        True,
    )


def test_what_a_parsed_example_sends_must_be_known() -> None:
    with pytest.raises(RefusedError) as refused:
        rewrites.parsed(bare("from transformers import AutoModel"), PACKAGES)
    assert refused.value.code == "card.prompt_missing"


def test_torch_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    assert rewrites.apply(plan("dolly-v2-7b"), PACKAGES).foreign
