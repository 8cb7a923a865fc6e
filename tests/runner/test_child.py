"""The child runs an example once, and writes down what it loaded, asked and answered."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `run`")
transformers = pytest.importorskip("transformers", reason="needs the extra `run`")

from cardkit.outcome import Answer, Error, Outcome, Repeats
from cardkit.plan import Untried
from cardkit.runner.outcomes import read_outcome
from example_runs import ASKED, GENERATE, HEAD, job

Ran = Callable[..., Outcome]


def test_a_healthy_example(ran: Ran, folder: Path) -> None:
    found = ran(GENERATE + "print('done')\n")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(ASKED, return_tensors="pt")["input_ids"]
    expected = model.generate(ids, max_new_tokens=4, do_sample=False)[0, ids.shape[1] :]
    answer, load = found.answers[0], found.loads[0]
    assert answer == Answer(
        prompts=(ASKED,),
        input_ids=(tuple(ids[0].tolist()),),
        output_ids=(tuple(expected.tolist()),),
        texts=(tokenizer.decode(expected, skip_special_tokens=True),),
        arguments={"max_new_tokens": 4, "do_sample": False},
        greedy=True,
        seconds=answer.seconds,
        new_tokens=4,
    )
    assert load == load.model_copy(
        update={
            "called": "AutoModelForCausalLM",
            "model": "LlamaForCausalLM",
            "module": "transformers.models.llama.modeling_llama",
            "dtype": "float32",
            "devices": ("cpu",),
        }
    )
    assert (load.missing, load.unexpected, load.mismatched, load.errors) == ((), (), (), ())
    assert load.seconds > 0
    assert answer.seconds > 0
    assert (found.printed, found.reached, found.error) == ("done\n", "end", None)
    assert (len(found.loads), len(found.answers)) == (1, 1)


def test_the_environment_is_told(ran: Ran) -> None:
    found = ran("").environment
    assert found is not None
    assert (found.versions["torch"], found.simulated) == (torch.__version__, False)
    assert found.device_memory == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_speed_is_told(ran: Ran) -> None:
    speed = ran(GENERATE, layers="L1").speed
    assert speed is not None
    assert speed.latency_p50 is not None
    assert speed.latency_p95 is not None
    assert 0 < speed.latency_p50 <= speed.latency_p95
    assert speed.peak_memory is not None
    assert speed.peak_memory_checks is not None
    assert 100 << 20 < speed.peak_memory <= speed.peak_memory_checks
    assert speed.tokens_per_second is not None
    assert speed.tokens_per_second < 1 / speed.latency_p50 * 10


@pytest.mark.parametrize(("layers", "loads"), [("L1 L2 L3 L8", 1), ("L1 L2 L3 L4 L5 L8", 2)])
def test_the_model_is_loaded_once_and_once_more_for_parity(
    layers: str, loads: int, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, calls = transformers.PreTrainedModel._load_pretrained_model, []

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return own(*args, **kwargs)

    monkeypatch.setattr(
        transformers.PreTrainedModel, "_load_pretrained_model", staticmethod(counted)
    )
    found = ran(GENERATE, layers=layers)
    assert (len(calls), len(found.loads)) == (loads, 1)
    named = {"L1": "tensors", "L2": "shape", "L3": "numerics", "L4": "parity"}
    named |= {"L5": "divergence", "L8": "repeats"}
    for layer, name in named.items():
        measured = getattr(found, name)
        assert not isinstance(measured, Untried), name
        assert (measured is not None) is (layer in layers), name


@pytest.mark.parametrize(
    ("call", "capped", "tokens"),
    [
        ("model.generate(**inputs, max_new_tokens=900)", 900, 6),
        ("model.generate(**inputs, max_length=50)", 40, 6),
        ("model.generate(**inputs)", 20, 6),
        ("model.generate(**inputs, max_new_tokens=5)", None, 5),
        ("model.generate(**inputs, max_length=13)", None, 3),
        ("model.generate(**inputs, generation_config=GenerationConfig(max_new_tokens=7))", 7, 6),
        ("model.generate(**inputs, max_new_tokens=30, num_beams=2)", 30, 6),
        ("model.generate(inputs['input_ids'], GenerationConfig(max_new_tokens=9))", 9, 6),
        ("pipeline('text-generation', model, tokenizer=tokenizer)('Name', max_new_tokens=8)", 8, 6),
        ("Thread(target=model.generate, kwargs={**inputs, 'max_new_tokens': 9}).start()", 9, 6),
    ],
)
def test_what_an_answer_may_take_is_capped(
    call: str, capped: int | None, tokens: int, ran: Ran
) -> None:
    head = "from threading import Thread\nfrom transformers import GenerationConfig, pipeline\n"
    code = f"{head}{HEAD}model.generation_config.eos_token_id = None\n{call}\n"
    found = ran(code, limits={"new_tokens": 6})
    assert found.error is None
    assert [(each.capped, each.new_tokens, each.ended) for each in found.answers] == [
        (capped, tokens, False)
    ]


def test_an_answer_ends_with_its_stop_token_or_at_its_limit(ran: Ran) -> None:
    code = GENERATE + (
        "one = model.generate(**inputs, max_new_tokens=4, do_sample=False)\n"
        "stop = int(one[0, -2])\n"
        "model.generate(**inputs, max_new_tokens=9, do_sample=False, eos_token_id=stop)\n"
    )
    _, four, three = ran(code).answers
    at = four.output_ids[0].index(four.output_ids[0][-2]) + 1
    assert (four.ended, three.ended) == (False, True)
    assert three.output_ids == (four.output_ids[0][:at],)


def test_rows_of_a_batch_are_without_padding(ran: Ran) -> None:
    code = HEAD + (
        "inputs = tokenizer(['Name', 'Name three colours'], padding=True, return_tensors='pt')\n"
        "model.generate(**inputs, max_new_tokens=2, do_sample=True)\n"
    )
    (answer,) = ran(code).answers
    assert answer.prompts == ("Name", "Name three colours")
    assert not answer.greedy
    assert [len(row) for row in answer.output_ids] == [2, 2]


def test_a_large_batch_is_kept_in_part_and_counted_whole(ran: Ran) -> None:
    code = HEAD + (
        "model.generate(inputs['input_ids'].repeat(80, 1), max_new_tokens=2, do_sample=True)\n"
    )
    found = ran(code, layers="L8")
    (answer,) = found.answers
    assert (len(answer.input_ids), len(answer.output_ids), answer.new_tokens) == (64, 64, 160)
    assert isinstance(found.repeats, Repeats)
    assert found.repeats.in_process


def test_answers_without_end_leave_room_for_what_is_measured(ran: Ran) -> None:
    code = HEAD + "for _ in range(99): model.generate(**inputs, max_new_tokens=1)\n"
    found = ran(code, layers="L1")
    assert (len(found.answers), found.reached) == (64, "end")
    assert not isinstance(found.tensors, Untried)


def test_a_pipeline_is_watched(ran: Ran) -> None:
    code = (
        "from transformers import pipeline\n"
        "ask = pipeline('text-generation', model=MODEL)\n"
        "print(ask('Name', max_new_tokens=3, do_sample=False)[0]['generated_text'])\n"
    )
    found = ran(code, layers="L1")
    (answer,), (load,) = found.answers, found.loads
    assert (load.called, load.model) == ("AutoModelForCausalLM", "LlamaForCausalLM")
    assert (answer.prompts, answer.new_tokens, answer.greedy) == (("Name",), 3, True)
    assert found.printed == f"Name{answer.texts[0]}\n"


def test_a_forward_pass_of_an_encoder_is_an_answer_without_ids(ran: Ran, built: Any) -> None:
    code = (
        "from transformers import AutoModel, AutoTokenizer\n"
        "tokenizer = AutoTokenizer.from_pretrained(MODEL)\n"
        "model = AutoModel.from_pretrained(MODEL, add_pooling_layer=False)\n"
        "model(**tokenizer('Name', return_tensors='pt'))\n"
    )
    found = ran(code, built("bert"), kind="embedding", layers="L1 L2 L3 L8")
    (answer,) = found.answers
    assert (answer.prompts, answer.output_ids) == (("Name",), ())
    assert isinstance(found.repeats, Repeats)
    assert found.repeats.in_process
    again = ran(code, built("bert"), kind="embedding", only_example=True)
    assert isinstance(again.repeats, Repeats)
    assert again.repeats.digest == found.repeats.digest


def test_the_examples_error_is_told_with_its_line(ran: Ran) -> None:
    code = (
        "def load():\n"
        "    try:\n"
        "        open(MODEL + '/nothing.json')\n"
        "    except OSError as error:\n"
        "        raise ValueError(f'no file in {MODEL}') from error\n"
        "print('before')\n"
        "load()\n"
    )
    found = ran(code)
    assert found.error == Error(
        type="ValueError",
        message="no file in MODEL",
        chain=("FileNotFoundError: [Errno 2] No such file or directory: 'MODEL/nothing.json'",),
        line=5,
        traceback=(
            '  File "<example>", line 7, in <module>\n    load()\n'
            '  File "<example>", line 5, in load\n'
            "    raise ValueError(f'no file in {MODEL}') from error\n"
            "ValueError: no file in MODEL"
        ),
    )
    assert (found.printed, found.reached) == ("before\n", "end")


def test_an_error_within_a_library_tells_the_scripts_line_and_no_path(
    ran: Ran, folder: Path
) -> None:
    error = ran(HEAD + "model(torch)\n\n").error
    assert error is not None
    assert (error.type, error.line) == ("NameError", 6)
    error = ran(HEAD + "\nmodel(input_ids='text')\n").error
    assert error is not None
    assert error.line == 7
    assert 'File "transformers/' in error.traceback
    assert str(Path(transformers.__file__).parents[1]) not in error.traceback
    assert str(folder) not in error.model_dump_json()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import sys\nsys.exit()", None),
        ("raise SystemExit(0)", None),
        ("import sys\nsys.exit(3)", ("SystemExit", "3", 2)),
        ("x = 1\nif x\n", ("SyntaxError", "expected ':' (<example>, line 2)", 2)),
        ("raise KeyboardInterrupt", ("KeyboardInterrupt", "", 1)),
        ("class E(Exception):\n def __str__(self): 1/0\nraise E",
         ("E", "(its message raised ZeroDivisionError)", 3)),
    ],
)  # fmt: skip
def test_an_end_is_an_error_or_none(code: str, expected: Any, ran: Ran) -> None:
    error = ran(code).error
    assert (error and (error.type, error.message, error.line)) == expected


def test_what_was_loaded_before_an_error_is_measured(ran: Ran) -> None:
    found = ran(HEAD + "raise ValueError", layers="L1 L8")
    assert found.error is not None
    assert not isinstance(found.tensors, Untried)
    assert found.answers == ()


def test_an_example_that_loads_nothing_leaves_nothing_to_measure(ran: Ran) -> None:
    found = ran("print('hi')", layers="L1 L4")
    nothing = Untried(untried="the example loaded no model")
    assert (found.tensors, found.parity, found.shape) == (nothing, nothing, None)


def test_a_measurement_that_raises_is_untried_with_its_words(ran: Ran) -> None:
    broken = (
        "def no(**kwargs):\n    raise RuntimeError('DefaultCPUAllocator: can\\'t allocate 9')\n"
    )
    found = ran(GENERATE + broken + "model.forward = no\n", layers="L2 L3 L8")
    said = "out of memory: RuntimeError: DefaultCPUAllocator: can't allocate 9"
    assert (found.numerics, found.reached) == (
        Untried(untried="the model's forward pass takes no input_ids"),
        "end",
    )
    assert found.repeats == Untried(untried=said)
    assert not isinstance(found.shape, Untried)


def test_the_same_seed_gives_the_same_digest_and_another_another(ran: Ran) -> None:
    code = HEAD + "model.generate(**inputs, max_new_tokens=8, do_sample=True, top_k=0)\n"
    first = ran(code, layers="L8").repeats
    others = [ran(code, only_example=True, seed=seed).repeats for seed in (0, 1)]
    assert isinstance(first, Repeats)
    assert all(isinstance(each, Repeats) for each in others)
    assert (first.in_process, first.differs_at) == (True, None)
    assert [each.digest == first.digest for each in others] == [True, False]


def test_an_answer_that_is_another_the_second_time_is_found(ran: Ran) -> None:
    code = HEAD + (
        "calls = []\n"
        "def rising(ids, scores):\n"
        "    calls.append(1)\n"
        "    scores[:, 40 + (len(calls) > 6)] = 1e9\n"
        "    return scores\n"
        "model.generate(**inputs, max_new_tokens=4, do_sample=False, logits_processor=[rising])\n"
    )
    found = ran(code, layers="L8").repeats
    assert isinstance(found, Repeats)
    assert (found.in_process, found.differs_at) == (False, 2)


def test_a_process_prints_what_the_example_prints_and_keeps_what_was_seen_before_a_crash(
    folder: Path, tmp_path: Path
) -> None:
    code = GENERATE + "print('last words', flush=True)\nimport os\nos._exit(7)\n"
    told = tmp_path / "job.json"
    told.write_text(job(code, folder, tmp_path, layers="L1").model_dump_json())
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-m", "cardkit.runner", str(told)],
        env={**os.environ, "PYTHONPATH": source, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "last words\n"), done.stderr
    found = read_outcome(tmp_path)
    assert (found.reached, found.printed, found.tensors) == ("example", "last words\n", None)
    assert (len(found.loads), found.answers[0].new_tokens) == (1, 4)
