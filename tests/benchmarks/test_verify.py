"""What a verification costs over a plain script that loads the same model and generates.

The model has random weights, and lies on the disk as a fetch leaves it. What is compared runs in
turn, each in processes of its own with all of their starts counted. The tables show medians, and
how far the rounds lie apart; what is held against a bound is the best round of each way, for what
else runs on the machine only adds to it.
"""

# ruff: noqa: T201 - its tables are what it is for

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytestmark = pytest.mark.benchmark

from cardkit.entries.registry import Registry
from cardkit.hubs.cached import cached
from cardkit.outcome import Outcome
from cardkit.plan import Plan, Script
from cardkit.verifying import Wishes, environment, planning, running
from cardkit.verifying.children import Children
from cardkit.verifying.model_folder import Laid, lay_out

ROOT = Path(__file__).parents[2]
SEEDS = ["dclm-1b-it", "dclm-7b", "redpajama-3b-chat", "tulu-2-13b", "dolly-v2-7b"]
ROUNDS = 5
BLOCKS = 8
"""Blocks of the model: 8 are 673 MB of float32, of which each of both embeddings has 131."""
KEPT = ("PATH", "PYTHONPATH", "OMP_NUM_THREADS")
"""What of the environment each way has."""
MEASURED = ("L1", "L2", "L3", "L8")
"""Layers that measure, parity's two aside."""
CODE = """\
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("ant/large")
model = AutoModelForCausalLM.from_pretrained("ant/large")
inputs = tokenizer("Name three colours of the sky.", return_tensors="pt")
output = model.generate(**inputs, min_new_tokens=64, max_new_tokens=64, do_sample=False)
print(tokenizer.decode(output[0]))
"""
PREPARE = """
import sys
from pathlib import Path
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from cardkit import hubs
from cardkit.entries import files, writing
from cardkit.rehearsal import hub, standin, tokens

place, blocks, code = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
tokenizer = tokens.train(standin.OWN_TEXT, context=2048)
config = LlamaConfig(vocab_size=32000, hidden_size=1024, intermediate_size=2816,
                     num_hidden_layers=blocks, num_attention_heads=16,
                     bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
                     pad_token_id=tokenizer.pad_token_id)
torch.manual_seed(0)
LlamaForCausalLM(config).save_pretrained(place / "made")
tokenizer.save_pretrained(place / "made")
with hub.serve(place / "made", "ant/large", "huggingface") as origin:
    hubs.fetch("hf:ant/large", origin=origin, cache_folder=place / "cache")
decided = lambda value: {"value": value, "decided": "a benchmark"}
tree = {
    "schema_version": "1",
    "name": "ant-large",
    "hubs": {"huggingface": decided("ant/large")},
    "about": {"pipeline_tag": decided("text-generation")},
    "load": {"model_type": decided("llama"), "architecture": decided("LlamaForCausalLM")},
    "example": {"code": decided(code), "inputs": [decided("Name three colours of the sky.")]},
}
writing.put(place / "registry" / "ant-large" / files.FILE, writing.as_yaml(tree))
"""
PEAK = """
with open("/proc/self/status") as status:
    [peak] = [line.split()[1] for line in status if line.startswith("VmHWM")]
print("peak", peak)
"""
"""The most that a process held, as the runner reads it: until the example ended."""


class Taken(NamedTuple):
    """What a way took."""

    seconds: float
    processor: float
    """Seconds of all its processes."""
    memory: int
    """Bytes that its largest process held until the example ended."""
    outcome: Any = None
    """Of the watched run; of a command its reports."""


class Ground(NamedTuple):
    """The model, and what is run on it."""

    place: Path
    laid: Laid
    files: Path
    plan: Plan
    script: Script


class Fresh(Children):
    """Children that are processes of their own, in the strongest rung that is here."""

    def _shares(self, plan: Plan) -> bool:
        del plan
        return False


def python(*arguments: str, folder: Path, codes: Sequence[int] = (0,)) -> str:
    """Run Python as a user does, with a home of its own; return what it printed."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**kept, "HOME": str(folder), "HF_HUB_OFFLINE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in codes, done.stderr[-2000:] + done.stdout[-2000:]
    return done.stdout


@pytest.fixture(name="ground", scope="module")
def _ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    pytest.importorskip("transformers", reason="needs the extra `run`")
    from cardkit import rewrites

    place = tmp_path_factory.mktemp("large")
    python("-c", PREPARE, str(place), str(BLOCKS), CODE, folder=place)
    registry = Registry(place / "registry")
    plan = planning.make(registry, registry.find("ant-large"), Wishes())
    fetched = cached("hf:ant/large", cache_folder=place / "cache")
    laid = lay_out(fetched, place / "model", allow_code=False)
    script = rewrites.apply(plan, environment.packages())
    yield Ground(place, laid, fetched.folder.parents[1], plan, script)
    shutil.rmtree(place)


def taken(way: Callable[[], tuple[int, Any]]) -> Taken:
    """Run a way, which returns its memory and what came out, and count what it takes."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    memory, outcome = way()
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(seconds, used, memory, outcome)


def plain(ground: Ground) -> tuple[int, Any]:
    """Run the script by itself."""
    path = ground.place / "script.py"
    path.write_text(f"MODEL = {str(ground.laid.folder)!r}\n{ground.script.code}{PEAK}")
    last = python(str(path), folder=ground.place).splitlines()[-1]
    return int(last.removeprefix("peak ")) * 1024, None


def watched(ground: Ground, kind: type[Children], *layers: str) -> tuple[int, Outcome]:
    """Run the script as a verification does, with the measures of some layers."""
    plan = ground.plan.model_copy(update={"layers": layers})
    work = ground.place / "work"
    with kind() as children:
        outcome = running.run(children, plan, ground.script, ground.laid.folder, ground.files, work)
    shutil.rmtree(work)
    assert (outcome.reached, outcome.error, len(outcome.loads)) == ("end", None, 1)
    assert outcome.speed is not None
    assert outcome.speed.peak_memory is not None
    return outcome.speed.peak_memory, outcome


def command(ground: Ground, *options: str) -> tuple[int, Any]:
    """Run `cardkit verify`; a model of random weights may fail."""
    told = python(
        "-m", "cardkit", "verify", "ant-large", "--offline", "--format", "json",
        "--cache", str(ground.place / "cache"), "--registry", str(ground.place / "registry"),
        *options,
        folder=ground.place,
        codes=(0, 1),
    )  # fmt: skip
    report = json.loads(told)
    return report["speed"]["peak_memory"], report


Ways = dict[str, Callable[[], tuple[int, Any]]]
Rounds = list[dict[str, Taken]]


def in_turn(ways: Ways, rounds: int = ROUNDS) -> Rounds:
    """Run each way once a round, each round beginning with another."""
    names = list(ways)
    orders = [names[at % len(names) :] + names[: at % len(names)] for at in range(rounds)]
    return [{name: taken(ways[name]) for name in order} for order in orders]


def best(rounds: Rounds, name: str) -> float:
    """Return the seconds of a way's best round."""
    return min(each[name].seconds for each in rounds)


def ratios(rounds: Rounds, name: str, to: str, field: str = "seconds") -> list[float]:
    """Return what a way took of another's, round by round, the least first."""
    return sorted(getattr(each[name], field) / getattr(each[to], field) for each in rounds)


def show(rounds: Rounds, to: str, title: str) -> None:
    """Print what each way took."""
    print(f"\n{title}; medians of {len(rounds)} rounds, load {os.getloadavg()[0]:.1f}")
    for name in rounds[0]:
        seconds, processor, memory = (
            statistics.median(getattr(each[name], field) for each in rounds)
            for field in ("seconds", "processor", "memory")
        )
        of = ratios(rounds, name, to)
        used = ratios(rounds, name, to, "processor")
        print(
            f"  {name:34} {seconds:6.2f} s  x {statistics.median(of):.3f} "
            f"({of[0]:.3f} to {of[-1]:.3f}), best {best(rounds, name):6.2f} s "
            f"x {best(rounds, name) / best(rounds, to):.3f}; processor {processor:6.2f} s "
            f"x {statistics.median(used):.3f} ({used[0]:.3f} to {used[-1]:.3f}); "
            f"{memory / 1e6:5.0f} MB"
        )


def test_a_watched_run_takes_what_the_script_takes(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ways: Ways = {
        "script": lambda: plain(ground),
        "watched, a process of its own": lambda: watched(ground, Fresh),
        "watched, fork server and its start": lambda: watched(ground, Children),
    }
    rounds = in_turn(ways)
    size = ground.laid.files.size
    with capsys.disabled():
        show(rounds, "script", f"Watched without a check, {size / 1e6:.0f} MB of weights")
    assert size > 500e6
    for name in list(ways)[1:]:
        assert best(rounds, name) / best(rounds, "script") <= 1.05, name
        assert statistics.median(ratios(rounds, name, "script", "memory")) <= 1.1, name


def test_each_layer_tells_what_it_takes_and_none_but_parity_takes_memory(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ways: Ways = {
        "script": lambda: plain(ground),
        "watched": lambda: watched(ground, Children, *MEASURED),
        "watched, a process of its own": lambda: watched(ground, Fresh, *MEASURED),
        "watched, with parity": lambda: watched(ground, Children, *MEASURED, "L4", "L5"),
    }
    rounds = in_turn(ways, 3)
    script = statistics.median(each["script"].memory for each in rounds)
    most = {}
    with capsys.disabled():
        show(rounds, "script", "With the measures")
        for name in list(ways)[1:]:
            speeds = [each[name].outcome.speed for each in rounds]
            print(f"  {name}:")
            for step in speeds[0].seconds:
                seconds = statistics.median(speed.seconds[step] for speed in speeds)
                peak = most[name] = statistics.median(speed.peaks[step] for speed in speeds)
                print(f"    {step:20} {seconds:6.2f} s  {peak / 1e6:5.0f} MB x {peak / script:.3f}")
    for name in list(ways)[1:3]:
        assert most[name] / script <= 1.1, name


def test_the_whole_command_takes_the_script_and_the_checks(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ways: Ways = {
        "script": lambda: plain(ground),
        "verify --layers L6": lambda: command(ground, "--layers", "L6"),
        "verify": lambda: command(ground),
    }
    rounds = in_turn(ways, 3)
    with capsys.disabled():
        show(rounds, "script", "The command, its files in the cache")
        for each in rounds:
            report, whole = each["verify"].outcome, each["verify"].seconds
            speed = report["speed"]
            run = speed["seconds"]
            checks = sum(took for step, took in run.items() if step not in ("import", "example"))
            print(
                f"  {whole:.1f} s: example {run['example']:.1f}, measures {checks:.1f}, all else "
                f"{whole - checks - run['example']:.1f}; memory until the example's end "
                f"{speed['peak_memory'] / 1e6:.0f} MB, without parity {before(speed) / 1e6:.0f}, "
                f"with it {speed['peak_memory_checks'] / 1e6:.0f}"
            )
    verdicts = {layer["name"]: layer["verdict"] for layer in rounds[0]["verify"].outcome["layers"]}
    healthy = dict.fromkeys(["L0", "L1", "L2", "L4", "L5", "L8"], "pass")
    assert {name: verdicts[name] for name in healthy} == healthy
    script = statistics.median(each["script"].memory for each in rounds)
    speeds = [each["verify"].outcome["speed"] for each in rounds]
    assert statistics.median(map(before, speeds)) / script <= 1.1


def before(speed: dict[str, Any]) -> int:
    """Return the most memory before parity's reference is loaded."""
    steps = takewhile(lambda step: step != "load the reference", speed["peaks"])
    return max(speed["peaks"][step] for step in steps)


def test_all_seeds_rehearse_in_less_than_half_of_five_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("transformers", reason="needs the extra `run`")
    shutil.copytree(ROOT / "cards", tmp_path / "cards")
    for name in SEEDS:
        shutil.copytree(
            ROOT / "registry" / name,
            tmp_path / "registry" / name,
            ignore=shutil.ignore_patterns("reports"),
        )

    def verify(*names: str) -> list[str]:
        told = python(
            "-m", "cardkit", "verify", *names, "--rehearse", "--again", "--format", "json",
            "--registry", str(tmp_path / "registry"), folder=tmp_path,
        )  # fmt: skip
        reports = json.loads(told)
        several = reports if isinstance(reports, list) else [reports]
        return sorted(f"{each['model']} {each['verdict']}" for each in several)

    ways: Ways = {
        "five commands": lambda: (0, sorted(one for name in SEEDS for one in verify(name))),
        "--all": lambda: (0, verify("--all")),
    }
    rounds = in_turn(ways, 3)
    with capsys.disabled():
        show(rounds, "five commands", "Rehearsals of the five seeds")
    passed = sorted(f"{name} passed" for name in SEEDS)
    assert all(each[name].outcome == passed for each in rounds for name in ways)
    assert best(rounds, "--all") / best(rounds, "five commands") < 0.5
