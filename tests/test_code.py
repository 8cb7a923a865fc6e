"""What a code block does with a model is read without running it."""

from __future__ import annotations

from typing import Any

import pytest

from cardkit.snippets.code import Usage, read
from cardkit.snippets.snippet import parse, set_apart
from cardkit.vocabulary import calls

SAID = (
    "library", "entry_point", "model_id", "device", "dtype", "trust_remote_code", "inputs",
    "generation",
)  # fmt: skip


def said(code: str, language: str = "python") -> dict[str, Any]:
    """Return what a block says, without what it leaves unsaid."""
    usage = read(code, language)
    assert usage is not None
    return {name: value for name in SAID if (value := getattr(usage, name)) not in (None, (), {})}


def test_constants_are_followed_through_assignments() -> None:
    assert said(
        'from transformers import AutoModelForCausalLM, AutoTokenizer\nname = "ant/ant-1b"\n'
        "tokenizer = AutoTokenizer.from_pretrained(name)\n"
        'model = AutoModelForCausalLM.from_pretrained(name, device_map="auto", '
        "torch_dtype=torch.bfloat16, trust_remote_code=True)\n"
        'text = "Ants are"\ninputs = tokenizer(text, return_tensors="pt").to("cuda")\n'
        'settings = {"max_new_tokens": 20, "eos_token_id": tokenizer.eos_token_id}\n'
        "model.generate(**inputs, **settings)"
    ) == {
        "library": "transformers",
        "entry_point": "AutoModelForCausalLM",
        "model_id": "ant/ant-1b",
        "device": "auto",
        "dtype": "bfloat16",
        "trust_remote_code": True,
        "inputs": ("Ants are",),
        "generation": {"max_new_tokens": 20},
    }


def test_the_library_is_the_one_whose_name_loads_the_model() -> None:
    assert said(
        "from transformers import AutoTokenizer\nfrom openmind import AutoModelForCausalLM\n"
        'AutoModelForCausalLM.from_pretrained("ant/ant-1b")'
    ) == {"library": "openmind", "entry_point": "AutoModelForCausalLM", "model_id": "ant/ant-1b"}


def test_a_pipeline_may_be_told_how_to_generate_when_it_is_made() -> None:
    assert said(
        "from modelscope.pipelines import pipeline\n"
        'pipe = pipeline(Tasks.text_generation, model="ant/ant-1b", device="cuda:0", '
        "max_length=40)\n"
        'pipe("Hello")'
    ) == {
        "library": "modelscope",
        "entry_point": "pipeline",
        "model_id": "ant/ant-1b",
        "device": "cuda:0",
        "inputs": ("Hello",),
        "generation": {"max_length": 40},
    }


def test_sampling_settings_are_an_object_too() -> None:
    assert said(
        "from vllm import LLM, SamplingParams\nparams = SamplingParams(temperature=0.3, top_k=5)\n"
        'LLM(model="ant/ant-1b").generate(["Hello", "Bye"], params)'
    ) == {
        "library": "vllm",
        "entry_point": "LLM",
        "model_id": "ant/ant-1b",
        "inputs": ("Hello", "Bye"),
        "generation": {"temperature": 0.3, "top_k": 5},
    }


@pytest.mark.parametrize(
    "asks",
    [
        'ask("Why?")',
        'print(model.generate(tokenizer(f"### Q: {q}\\n### A:")))\n'.replace("{q}", "{'Why?'}"),
        'q = "Why?"\nmodel.generate(tokenizer("### Q: {}\\n### A:".format(q)))',
        'q = "Why?"\nmodel.generate(tokenizer("### Q: " + q + "\\n### A:"))',
        'q = "Why?"\nmodel.generate(tokenizer("### Q: %s\\n### A:" % q))',
        'q = "Why?"\nmodel.generate(tokenizer(TEMPLATE.replace("<q>", q)))',
        'model.chat(tokenizer, "Why?", history=[])',
        'tokenizer.apply_chat_template([{"role": "system", "content": "Be kind."}, '
        '{"role": "user", "content": "Why?"}])\nmodel.generate(ids)',
        'm = []\nm.append({"role": "user", "content": [{"type": "text", "text": "Why?"}]})\n'
        "model.chat(m)",
        'for q in ["Why?"]:\n    model.generate(tokenizer(q))',
    ],
)
def test_the_input_is_what_the_user_says(asks: str) -> None:
    head = (
        'TEMPLATE = "### Q: <q>\\n### A:"\n'
        'model = AutoModelForCausalLM.from_pretrained("ant/ant-1b")\n'
        'def ask(question):\n    prompt = TEMPLATE.replace("<q>", question)\n'
        "    return model.generate(tokenizer(prompt))\n"
    )
    assert said(head + asks)["inputs"] == ("Why?",)


def test_what_cannot_be_followed_is_left_out() -> None:
    assert said(
        "import os\n"
        'model = AutoModelForCausalLM.from_pretrained(os.environ["M"], device_map=where)\n'
        "model.generate(tokenizer(input()), max_new_tokens=n)"
    ) == {"entry_point": "AutoModelForCausalLM"}


def test_a_device_that_depends_is_none() -> None:
    usage = read(
        'device = "cuda" if torch.cuda.is_available() else "cpu"\n'
        'model = AutoModel.from_pretrained("ant/ant-1b").to(device)',
        "python",
    )
    assert usage is not None
    assert usage.device is None


@pytest.mark.parametrize(
    "code",
    [
        'from transformers import AutoTokenizer\nAutoTokenizer.from_pretrained("ant/ant-1b")',
        'from datasets import load_dataset\nload_dataset("ant/words")',
        'import requests\nrequests.post("http://localhost:8000", json={"prompt": "Hi"})',
        'from openai import OpenAI\nOpenAI().chat.completions.create(model="ant/ant-1b")',
    ],
)
def test_what_loads_no_model_runs_none(code: str) -> None:
    usage = read(code, "python")
    assert usage is not None
    assert not usage.runs


@pytest.mark.parametrize(
    ("command", "runs"),
    [
        ("vllm serve ant/ant-1b", ("vllm", "ant/ant-1b")),
        ("$ python -m sglang.launch_server --model-path ant/ant-1b", ("sglang", "ant/ant-1b")),
        ("ollama run ant:1b", ("ollama", "ant:1b")),
        ("./main -m ant-1b.gguf -n 20", ("llama.cpp", None)),
        ("python demo/chat.py --model_path <folder>", (None, None)),
        ("docker run vllm/vllm-openai --model ant/ant-1b", ("vllm", "ant/ant-1b")),
        ("python train.py --model ant/ant-1b", None),
        ("python convert_weight.py --model ant/ant-1b", None),
        ("lm_eval --model hf --tasks mmlu", None),
        ("pip install vllm", None),
        ("git clone https://example.org/ant", None),
    ],
)
def test_commands_that_run_a_model(
    command: str, runs: tuple[str | None, str | None] | None
) -> None:
    usage = read(command, "bash")
    assert usage is not None
    assert ((usage.library, usage.model_id) if usage.runs else None) == runs


def test_prompts_of_the_interpreter_go_and_what_it_printed_is_kept() -> None:
    snippet = set_apart(">>> pipe(\n...     'Hi',\n... )\n[{'text': 'Hi you'}]\n>>> done()")
    assert (snippet.code, snippet.output) == (
        "pipe(\n    'Hi',\n)\ndone()",
        "[{'text': 'Hi you'}]",
    )


def test_code_behind_a_prompt_may_go_on_without_one() -> None:
    assert set_apart(">>> generate(\n    text,\n    )\n>>> done()").code == (
        "generate(\n    text,\n    )\ndone()"
    )


def test_what_a_last_print_printed_is_no_code() -> None:
    snippet = set_apart('import ant\nprint(ant.ask("Hi"))\nHello, how are you?')
    assert (snippet.code, snippet.output, snippet.broken) == (
        'import ant\nprint(ant.ask("Hi"))',
        "Hello, how are you?",
        True,
    )


def test_lines_that_are_marked_as_answers_are_no_code() -> None:
    snippet = set_apart("import ant\nant.ask('Hi')\n=> 'Hello'\nant.ask('Bye')\n=> 'Bye'")
    assert (snippet.code, snippet.output, snippet.broken) == (
        "import ant\nant.ask('Hi')\nant.ask('Bye')",
        "'Hello'\n'Bye'",
        True,
    )


def test_a_broken_line_in_the_middle_is_no_output() -> None:
    assert set_apart("import ant\nant.ask(\n\nprint(1)\nx = ant.load()").tree is None


def test_lines_for_the_shell_are_installs() -> None:
    snippet = set_apart('!pip install -U "ant[all]>=1" bee\n%cd ant\nimport ant')
    assert (snippet.code, snippet.installs) == ("import ant", ("ant[all]>=1", "bee"))


def test_comments_behind_a_print_are_its_output() -> None:
    assert set_apart("print(ask())\n# Output:\n# Hello").output == "Hello"
    assert set_apart("print(ask())\n# x = ask()").output is None


def test_code_that_does_not_compile_still_says_what_its_sound_lines_say() -> None:
    usage = read(
        'from transformers import AutoModel\nmodel = AutoModel.from_pretrained("ant/ant-1b")\n'
        "    out = model.generate(x, top_k=5)\nprint(out",
        "python",
    )
    assert usage is not None
    assert (usage.code, usage.broken, usage.model_id, dict(usage.generation)) == (
        None,
        True,
        "ant/ant-1b",
        {"top_k": 5},
    )


def test_glued_lines_say_what_their_statements_say() -> None:
    assert said(
        "from transformers import pipeline # load it pipe = pipeline('fill-mask', 'ant/ant-1b')"
        " with no_grad(): out = pipe('Ants [MASK].', top_k=3)"
    ) == {
        "library": "transformers",
        "entry_point": "pipeline",
        "model_id": "ant/ant-1b",
        "inputs": ("Ants [MASK].",),
        "generation": {"top_k": 3},
    }


@pytest.mark.parametrize(
    "code",
    [
        "x = " + "(" * 5000,
        "x = " + "-" * 50_000 + "1",
        "x" + ".a" * 50_000,
        "x = " + " + ".join(["a"] * 50_000),
        "def f(x):\n    return f(f(f(x)))\nf(1)",
        'x = "aaaaaaaaaa"\n' + 'x = f"{x}{x}"\n' * 100,
        "x = ['a']\n" + "x = [x, x]\n" * 300 + "model.generate(x)",
        "from a import b " + "x " * 50_000,
    ],
)
def test_hostile_code_comes_to_an_end(code: str) -> None:
    assert isinstance(read("import ant\n" + code, "python"), Usage | None)


def test_what_is_too_long_is_not_parsed() -> None:
    assert parse("x = 1\n" * 100_000) is None


def test_each_name_of_the_data_file_is_used_for_one_thing() -> None:
    assert not set(calls.names("input_keys")) & set(calls.names("not_settings"))
    assert not set(calls.names("call_settings")) & set(calls.names("model_keys"))
