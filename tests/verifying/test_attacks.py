"""Examples that attack: what they try does not happen, is named, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from attacked_cards import ASK, LOAD, NAME, attacking, living_in, registry_of, unseen
from attacked_ground import UNTOUCHED, Ground
from cardkit import sandbox
from cardkit.plan import Limits
from cardkit.rehearsal.hub import digest_of
from cardkit.report import Report
from cardkit.sandbox import ladder
from cardkit.sandbox.written import measure
from cardkit.verifying import Ways, Wishes, verify_all
from cardkit.verifying.children import Children
from sandbox_ground import command, has_inet6, users

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="needs Linux"),
    pytest.mark.skipif("landlock" not in sandbox.available(), reason="no sandbox here"),
]

Attacked = Callable[..., Report]
L1 = ("L0", "L1")


@pytest.fixture
def attacked(
    children: Children,
    at_home: Ground,
    stand_in: Path,  # noqa: ARG001 - it is built once
    tmp_path: Path,
) -> Iterator[Attacked]:
    """Verify an entry with an example; see afterwards that nothing of it is left."""
    before = {*living_in(at_home.folder)}

    def run(
        code: str, *layers: str, remote_code: bool = False, device: str = "cpu", **limits: Any
    ) -> Report:
        wishes = Wishes(
            device=device,
            layers=layers,
            limits=Limits(**limits),
            allow_remote_code=remote_code,
            rehearse=True,
        )
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        registry = registry_of(folder, code)
        (judged,) = verify_all(
            [NAME], wishes, Ways(), registry_folder=registry, again=True, children=children
        )
        return judged.report

    yield run
    assert {*living_in(at_home.folder)} <= before
    # The fork server's own folder stays until it ends.
    assert measure(at_home.folder / "tmp").files <= 2


def told(report: Report) -> list[tuple[str, str, str]]:
    """Return what a report finds fault with, its layers first."""
    found = [*(each for layer in report.layers for each in layer.findings), *report.findings]
    return [(each.severity, each.code, each.said) for each in found]


# What tries to get at something


def denied(at: dict[str, Any]) -> list[str]:
    """Return what a report is to name, in the order in which it is tried."""
    return [
        f"connect to 127.0.0.1:{at['port']}",
        *([f"connect to [::1]:{at['port6']}"] if has_inet6() else []),
        f"connect to 127.0.0.1:{at['udp']}",
        "connect to …/stream.sock",
        f"connect to @{at['abstract']}",
        "call ptrace",
        "call unshare",
        "call mount",
        *at.get("before", ()),
        "resolve weights.example.org",
        "open ~/diary.txt",
        "list ~",
        "open ~/.cache/huggingface/token",
        "open …/main.py",
        "open /etc/shadow",
        "open /proc/…/environ",
        "open /proc/…/maps",
        "open /proc/…/cmdline",
        "list /dev",
        "write …/new.txt",
        "write …/old.txt",
        "write …/weights",
        "write …/config",
        "write …/folder",
        "remove …/gone.txt",
        f"write /dev/shm/{at['abstract']}",
        "signal another process",
        "open ~/.netrc",
        "open ~/.git-credentials",
        "open ~/.ssh/id_ed25519",
        f"list …/{Path(at['tmp']).name}",
        "write …/model.yaml",
        f"write …/{at['blob']}",
        "write …/more.json",
        "write …/stdout",
        "write …/mine.py",
    ]


def see(report: Report, at: dict[str, Any], ground: Ground) -> None:
    """See that nothing happened that was tried, and that all of it is named."""
    assert report.isolation is not None
    assert list(report.isolation.denied) == denied(at)
    first = ", ".join(denied(at)[:5])
    more = len(denied(at)) - 5
    said = f"the run was not let do what it tried: {first} and {more} more"
    assert [row for row in told(report) if row[0] == "fail"] == [("fail", "run.forbidden", said)]
    assert (report.verdict, report.exit_code, report.isolation.left) == ("failed", 1, 0)
    assert at["said"] not in ground.servers.heard
    assert ground.outside(at["said"]) == UNTOUCHED
    assert ground.victim.poll() is None


def blob(stand_in: Path) -> str:
    """Return the name that a stand-in's config has in the cache."""
    return digest_of("config.json", (stand_in / "config.json").read_bytes())


def test_what_it_tries_does_not_happen_and_is_named(
    attacked: Attacked,
    at_home: Ground,
    stand_in: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    attacked(LOAD + ASK, "L0")  # there is a stand-in now
    at = {**at_home.at("forked", tmp_path), "blob": blob(stand_in)}
    # Python looks for modules where it is started too: in a project, or at home.
    monkeypatch.setattr(sys, "path", [at["project"], at["home"], *sys.path])
    report = attacked(attacking(at), *L1)
    see(report, at, at_home)
    # The example itself went on: it loaded and answered, and so does what measures apart from it.
    assert verdicts(report) == {"L0": "pass", "L1": "pass"}
    assert report.measured == (
        "apart from the example, by cardkit's own script of what it asks: code can change what "
        "measures it, and the example's line 5 uses exec"
    )


def test_what_an_openly_hostile_example_does_is_read_and_not_run(
    attacked: Attacked, at_home: Ground
) -> None:
    port = at_home.servers.port
    code = f"import socket\nsocket.create_connection(('127.0.0.1', {port})).send(b'open')\n"
    code += f"socket.socket().connect(('127.0.0.1', {port}))\n"
    report = attacked(LOAD + code + ASK, *L1)
    said = "the example downloads: socket.socket()"
    assert report.refused == said
    assert ("warning", "run.forbidden", said) in told(report)
    assert "open" not in at_home.servers.heard


# What takes too much, or does not end


class Greedy(NamedTuple):
    """What an example does, with small limits, and what becomes of it."""

    code: str
    limits: dict[str, Any]
    code_: str
    said: str
    exit_code: int


FORK = (
    "import os\nfor _ in range(40):\n    try:\n        os.fork()\n"
    "    except OSError:\n        pass\n"
)
WAIT = "import time\ntime.sleep(600)\n"
GREEDY = {
    "sleeps for ever": Greedy(WAIT, {"seconds": 3.0}, "run.timeout", "took more than 3 s", 3),
    "eats memory": Greedy(
        "held = []\nfor _ in range(1000):\n    held.append(bytearray(16 << 20))\n",
        {"memory": 700 << 20},
        "run.out_of_memory",
        "took more than 700 MiB of memory",
        3,
    ),
    "a bomb of processes": Greedy(
        FORK + WAIT, {"processes": 16}, "run.limit", "more than 16 processes", 1
    ),
    "a bomb of threads": Greedy(
        "import threading, time\nfor _ in range(6000):\n"
        "    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n" + WAIT,
        {},
        "run.limit",
        "more than 4096 threads",
        1,
    ),
    "fills the disk": Greedy(
        "for number in range(1000):\n    with open(f'{number}', 'wb') as out:\n"
        "        out.write(bytes(1 << 20))\n" + WAIT,
        {"disk": 8 << 20},
        "run.limit",
        "wrote over 8 MiB",
        1,
    ),
    "nests folders": Greedy(
        "import os\nfor _ in range(3000):\n    os.mkdir('a')\n    os.chdir('a')\n" + WAIT,
        {},
        "run.limit",
        "made folders inside each other, more than 100",
        1,
    ),
    "prints a gigabyte": Greedy(
        "for _ in range(1024):\n    print('x' * (1 << 20))\n",
        {"printed": 1 << 20},
        "run.limit",
        "printed over 1 MiB",
        1,
    ),
}


@pytest.mark.parametrize("name", GREEDY)
def test_past_a_limit_it_is_ended(name: str, attacked: Attacked) -> None:
    greedy = GREEDY[name]
    report = attacked(LOAD + greedy.code + ASK, *L1, **greedy.limits)
    assert report.isolation is not None
    stopped = (report.isolation.stopped, report.isolation.said)
    assert stopped == (greedy.code_, greedy.said)
    grave = "blocked" if greedy.exit_code == 3 else "fail"
    said = f"the run was ended after {report.isolation.seconds:,.0f} s, at the step 'example': "
    first = next(row for row in told(report) if row[1] == greedy.code_)
    assert first == (grave, greedy.code_, said + greedy.said)
    assert report.exit_code == greedy.exit_code
    assert verdicts(report) == {"L0": "pass", "L1": "blocked"}


# What ends, or does not


def test_a_daemon_is_found_and_ended(attacked: Attacked) -> None:
    daemon = (
        "import os\nif not os.fork():\n    os.setsid()\n" + "    " + WAIT.replace("\n", "\n    ")
    )
    report = attacked(LOAD + ASK + daemon.rstrip() + "\n", *L1)
    assert report.isolation is not None
    stays = "stay when the run has ended, in a session of its own"
    assert (report.isolation.left, report.isolation.denied) == (1, (stays,))
    assert (report.verdict, report.exit_code) == ("failed", 1)


def test_its_parent_lives(attacked: Attacked) -> None:
    code = (
        "import os, signal\nfor each in (os.getppid(), -1):\n    try:\n"
        "        os.kill(each, signal.SIGKILL)\n    except OSError:\n        pass\n"
    )
    report = attacked(LOAD + code + ASK, *L1)
    said = "the run was not let do what it tried: signal its parent"
    assert ("fail", "run.forbidden", said) in told(report)
    assert (report.verdict, report.exit_code) == ("failed", 1)


ENDS = {
    "before the load": ("import os\nos._exit(0)\n" + LOAD + ASK, "ended with code 0"),
    "after the load": (LOAD + "import os\nos._exit(0)\n" + ASK, "ended with code 0"),
    "after the answer": (LOAD + ASK + "import os\nos._exit(0)\n", "ended with code 0"),
    "with a code": (LOAD + "import os\nos._exit(7)\n" + ASK, "ended with code 7"),
    "by a signal": (LOAD + "import os\nos.abort()\n" + ASK, "was ended by SIGABRT"),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_process_that_ends_at_once_has_shown_nothing(name: str, attacked: Attacked) -> None:
    code, how = ENDS[name]
    report = attacked(code, *L1)
    (found,) = [row for row in told(report) if row[1] == "run.exception"]
    said = f"the process {how} without an exception, after "
    assert (found[0], found[2][: len(said)]) == ("fail", said)
    assert found[2].endswith("at the step 'example'")
    assert (report.verdict, verdicts(report)["L1"]) == ("failed", "unknown")


def test_a_script_may_end_itself_but_not_before_it_has_loaded(attacked: Attacked) -> None:
    report = attacked("import sys\nsys.exit()\n" + LOAD + ASK, *L1)
    said = "the example came to its end and loaded no model"
    assert ("blocked", "card.code_missing", said) in told(report)
    assert report.exit_code == 3
    report = attacked("import sys\nsys.exit(9)\n" + LOAD + ASK, *L1)
    assert report.exit_code == 1
    assert attacked(LOAD + ASK + "import sys\nsys.exit()\n", *L1).exit_code == 0


# What lies


def forged() -> str:
    """Return code that writes an outcome in which all is well."""
    load = {"called": "AutoModelForCausalLM", "model": "LlamaForCausalLM", "seconds": 0.1,
            "module": "transformers.models.llama.modeling_llama", "dtype": "float32",
            "devices": ["cpu"]}  # fmt: skip
    answer = {"prompts": ["a"], "input_ids": [[1]], "output_ids": [[2]], "texts": ["well"],
              "greedy": True, "new_tokens": 1, "ended": True}  # fmt: skip
    fields = {
        "reached": "end", "error": None, "loads": [load], "answers": [answer],
        "tensors": {"compared": 21, "second_load_differs": []},
        "repeats": {"in_process": True, "digest": "x"},
    }  # fmt: skip
    return (
        "import json, os\n"
        f"told = {fields!r}\n"
        "with open('outcome' + '.jsonl', 'a') as out:\n"
        "    out.write('\\n' + json.dumps(told) + '\\n')\n"
    )


def test_an_outcome_that_the_example_writes_is_not_believed(attacked: Attacked) -> None:
    forge = forged()
    dies = attacked(LOAD + forge + "os._exit(0)\n" + ASK, *L1)
    said = "the run was not let do what it tried: write its own outcome"
    assert ("fail", "run.forbidden", said) in told(dies)
    assert (dies.verdict, verdicts(dies)["L1"], dies.answers) == ("failed", "unknown", ())
    goes_on = attacked(LOAD + forge + ASK, *L1)
    assert ("fail", "run.forbidden", said) in told(goes_on)
    assert goes_on.verdict == "failed"
    assert "well" not in {text for each in goes_on.answers for text in each.texts}


GONE = "import os\nos.remove('outcome' + '.jsonl')\n"
EMPTIED = "import os\nos.truncate('outcome' + '.jsonl', 0)\n"


@pytest.mark.parametrize("code", [GONE, EMPTIED])
def test_an_outcome_that_the_example_takes_away_is_none(code: str, attacked: Attacked) -> None:
    report = attacked(LOAD + code + ASK, *L1)
    assert (report.verdict, verdicts(report)["L1"]) == ("failed", "unknown")


LIES = """\
import torch
import cardkit.runner.tensors as measures

measures.difference = lambda *each: None
torch.equal = lambda *each: True
with torch.no_grad():
    for each in model.parameters():
        each.add_(torch.randn_like(each))
"""


def test_what_lies_about_the_measures_is_measured_apart_from(
    attacked: Attacked,
) -> None:
    honest = attacked(LOAD + ASK)
    lying = attacked(LOAD + LIES + ASK)
    assert honest.measured == ""
    assert lying.measured.endswith("and the example's line 6 imports cardkit.runner.tensors")
    # What is judged is the model of the files, and never what the lying process says of it.
    assert verdicts(lying) == verdicts(honest)


def test_what_its_own_process_says_of_it_is_all_that_is_left_to_believe(
    attacked: Attacked,
) -> None:
    """Not closed: in its own process it finds what seals, and can say that it has answered."""
    code = (
        "import gc\n"
        "(pieces,) = [each for each in gc.get_objects() if type(each).__name__ == 'Pieces']\n"
        "pieces.write(tensors={'compared': 21, 'second_load_differs': []}, answers=[])\n"
        "pieces.reached('end')\n"
        "import os\nos._exit(0)\n"
    )
    report = attacked(LOAD + code + ASK, *L1)
    assert report.measured != ""
    assert verdicts(report) == {"L0": "pass", "L1": "pass"}  # both measured apart from it


# What loads code


EVIL = """\
class Evil:
    def __reduce__(self):
        import os

        return os.mkdir, ({path!r},)


"""


def test_a_pickle_is_not_loaded(attacked: Attacked, tmp_path: Path) -> None:
    path = tmp_path / "ran"
    code = EVIL.format(path="ran") + (
        "import torch\ntorch.save(Evil(), 'evil.bin')\ntorch.load('evil.bin', weights_only=False)\n"
    )
    report = attacked(LOAD + code + ASK, *L1)
    (found,) = [row for row in told(report) if row[0] == "fail"]
    assert found[:2] == ("fail", "load.unsafe_weights")
    assert found[2].startswith("the example was not let load pickles, which can carry code")
    assert report.exit_code == 1
    # Python's own pickle runs what it holds, where anything runs: in the box.
    code = EVIL.format(path=str(path)) + (
        "import pickle\ntry:\n    pickle.loads(pickle.dumps(Evil()))\nexcept OSError:\n    pass\n"
    )
    report = attacked(LOAD + code + ASK, *L1)
    assert ("fail", "run.forbidden", "the run was not let do what it tried: write …/ran") in told(
        report
    )
    assert not path.exists()


@pytest.fixture
def other_files(stand_in: Path, attacked: Attacked) -> Iterator[Path]:
    """Give the stand-in's folder, to be changed for a while."""
    attacked(LOAD + ASK, "L0")
    held = stand_in.with_name("held")
    shutil.copytree(stand_in, held)
    yield stand_in
    shutil.rmtree(stand_in)
    held.rename(stand_in)


def test_a_repository_of_pickles_is_not_loaded(
    other_files: Path, attacked: Attacked, tmp_path: Path
) -> None:
    import pickle

    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "ran"),)

    (other_files / "model.safetensors").unlink()
    (other_files / "pytorch_model.bin").write_bytes(pickle.dumps(Evil()))
    report = attacked(LOAD + ASK, *L1)
    said = "no weights as safetensors; pickles, which can carry code: pytorch_model.bin"
    assert ("fail", "load.unsafe_weights", said) in told(report)
    assert report.exit_code == 1
    assert not (tmp_path / "ran").exists()


CODE = """\
import os
import socket

from transformers import LlamaForCausalLM

for does in (
    lambda: os.mkdir({path!r}),
    lambda: socket.create_connection(("127.0.0.1", {port})).send(b"remote"),
):
    try:
        does()
    except OSError:
        pass


class Own(LlamaForCausalLM):
    pass
"""
TRUSTING = LOAD.replace('13b")\n', '13b", trust_remote_code=True)\n')


@pytest.fixture
def with_code(other_files: Path, at_home: Ground, tmp_path: Path) -> Path:
    """Give a path that code of the repository wants to make."""
    path = tmp_path / "ran"
    code = CODE.format(path=str(path), port=at_home.servers.port)
    (other_files / "modeling_own.py").write_text(code)
    config = json.loads((other_files / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "modeling_own.Own"}
    (other_files / "config.json").write_text(json.dumps(config))
    return path


def test_code_of_the_repository_is_not_run_unasked(with_code: Path, attacked: Attacked) -> None:
    report = attacked(TRUSTING + ASK, *L1)
    assert report.files is not None
    assert (report.files.code, report.files.config_keys) == (("modeling_own.py",), ("auto_map",))
    assert report.isolation is not None
    assert report.isolation.denied == ()
    assert not with_code.exists()
    # The library's own class loads these files: that is what was judged.
    assert report.verdict == "passed"
    dropped = "keys that name code were dropped from its configs: auto_map"
    assert ("note", "load.remote_code_required", dropped) in told(report)


def test_code_of_the_repository_is_held_where_it_runs_in_a_process_of_its_own(
    with_code: Path, attacked: Attacked, at_home: Ground, stand_in: Path, tmp_path: Path
) -> None:
    at = {**at_home.at("fresh", tmp_path), "blob": blob(stand_in), "before": ["write …/ran"]}
    code = attacking(at).replace(LOAD, TRUSTING)
    report = attacked(code, "L0", remote_code=True)
    assert report.isolation is not None
    assert report.isolation.rung == sandbox.best()
    if report.isolation.rung == "landlock":  # in bubblewrap other processes are not there
        see(report, at, at_home)
    assert not with_code.exists()
    said = "where code of the repository may run: it can change what measures it"
    assert report.measured == said


# Where there is no sandbox


@pytest.fixture
def _open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no rung but the weakest."""
    monkeypatch.setattr(sandbox, "available", lambda: ["process"])
    monkeypatch.setattr(ladder, "available", lambda: ["process"])


@pytest.mark.usefixtures("_open")
def test_without_a_sandbox_no_foreign_code_runs(attacked: Attacked, tmp_path: Path) -> None:
    path = tmp_path / "ran"
    report = attacked(LOAD + unseen(f"import os; os.mkdir({str(path)!r})") + ASK, "L0")
    assert not path.exists()
    assert report.isolation is not None
    assert report.isolation.rung == "process"
    said = "no sandbox can hold code of a card here: what it asks runs through cardkit's own"
    assert ("warning", "env.missing_package", said) in told(report)
    assert (report.refused, report.measured) == (said, "")
    assert "exec" not in (report.example or "")


@pytest.mark.usefixtures("_open")
def test_without_a_sandbox_no_code_of_a_repository_does(attacked: Attacked) -> None:
    report = attacked(TRUSTING + ASK, "L0", remote_code=True)
    said = "code of the repository runs in a sandbox only, and there is none on this machine"
    assert told(report) == [("blocked", "load.remote_code_required", said)]
    assert (report.exit_code, report.isolation) == (3, None)


# Another user


@pytest.mark.skipif("root" not in users(), reason="these tests already are no root's")
def test_so_it_is_for_a_plain_user(
    attacked: Attacked, at_home: Ground, stand_in: Path, tmp_path: Path
) -> None:
    at = at_home.at("user", tmp_path)
    for folder in (at_home.folder / "user").iterdir():
        os.chown(folder, 65534, 65534)
    shared = at_home.folder / "user-jobs"
    attacked(LOAD + ASK, "L0")
    shutil.copytree(stand_in, shared / "standin")
    examples = {"tries": (attacking(at), {})} | {
        name: (LOAD + GREEDY[name].code + ASK, GREEDY[name].limits)
        for name in ("a bomb of processes", "fills the disk")
    }
    jobs = []
    for number, (code, limits) in enumerate(examples.values()):
        registry = registry_of(shared / str(number), code)
        jobs.append({"registry": str(registry), "limits": limits})
    for path in (shared, *shared.rglob("*")):
        path.chmod(0o777)
    told_ = shared / "told.json"
    folder = at_home.folder / "tmp"
    told_.write_text(json.dumps({"folder": str(folder), "shared": str(shared), "jobs": jobs}))
    driver = str(Path(__file__).with_name("verifying_as.py"))
    done = subprocess.run(
        command("user", driver, str(told_)), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    reports = [Report.model_validate_json(line) for line in done.stdout.splitlines()]
    tries, *greedy = reports
    assert tries.isolation is not None
    assert tries.verdict == "failed"
    assert [row[1] for row in told(tries) if row[0] == "fail"] == ["run.forbidden"]
    assert "user" not in at_home.servers.heard
    assert at_home.outside("user") == UNTOUCHED
    stopped = [each.isolation.stopped for each in greedy if each.isolation]
    assert stopped == ["run.limit", "run.limit"]


def verdicts(report: Report) -> dict[str, str]:
    """Return the verdict of each layer that was asked for."""
    return {each.name: each.verdict for each in report.layers if each.because != "not asked for"}
