"""`cardkit verify`: what it prints and keeps, how it ends, and how it goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from cardkit import cli, verifying
from cardkit.entries.registry import find
from cardkit.outcome import Files
from cardkit.plan import Plan
from cardkit.report import Report
from cardkit.verifying.children import Children

OURS = find()
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command beside a copy of the registry; return exit code and both streams."""
    shutil.copytree(OURS.folder, tmp_path / "registry", ignore=shutil.ignore_patterns("reports"))
    shutil.copytree(OURS.root / "cards", tmp_path / "cards")
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["verify", *words])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return command


@pytest.fixture
def quick(run: Run, children: Children, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same, with child processes that have torch already."""
    monkeypatch.setattr(verifying, "Children", lambda: nullcontext(children))
    return run


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let no model run: each is called passed, and its name is noted."""
    names: list[str] = []

    def passed(plan: Plan, *_: object) -> Report:
        names.append(plan.entry.name)
        key = verifying.kept.key(plan)
        files = Files(hub=plan.hub, id=plan.id, revision="main")
        name = plan.entry.name
        return Report(model=name, verdict="passed", device=plan.device, files=files, key=key)

    monkeypatch.setattr(verifying, "verification", passed)
    return names


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give either NAMEs or --all"),
        (("dclm-7b", "--all"), "give either NAMEs or --all"),
        (("dclm-7c",), "no model 'dclm-7c'"),
        (("dclm-7b", "--device", "gpu"), "no device 'gpu'"),
        (("dclm-7b", "--layers", "L77"), "no layer 'l77'"),
        (("dclm-7b", "--max-memory", "much"), "much"),
        (("dclm-7b", "--seed", "-1"), "no seed -1"),
        (("tulu-2-13b", "--hub", "modelers"), "tulu-2-13b names Hugging Face"),
    ],
)
def test_wrong_use_ends_with_2(run: Run, words: tuple[str, ...], said: str) -> None:
    code, _, err = run(*words)
    assert (code, said in err) == (2, True), err


def test_a_rehearsal_that_passes_ends_with_0_and_is_kept(quick: Run) -> None:
    code, out, err = quick("tulu-2-13b", "--rehearse", "--layers", "L0,L1", "--format", "json")
    told = json.loads(out)
    path = Path("registry/tulu-2-13b/reports/cpu.rehearsal.json")
    assert (code, told["verdict"]) == (0, "passed")
    assert json.loads(path.read_text()) == told
    assert err.endswith(f"report: {path}\n")


def test_a_page_of_it_is_markdown(quick: Run) -> None:
    code, out, _ = quick("tulu-2-13b", "--rehearse", "--layers", "L0,L1", "--format", "markdown")
    assert (code, out.split("\n")[0]) == (
        0,
        "# tulu-2-13b on cpu (rehearsal): passed (without L2, L3, L4, L5, L6, L7, L8, L9)",
    )


def test_a_device_that_is_not_there_blocks_before_anything_is_fetched(quick: Run) -> None:
    code, out, _ = quick("dclm-7b", "--device", "npu:0", "--endpoint", "http://127.0.0.1:9")
    assert code == 3
    assert out.startswith("dclm-7b on npu:0: blocked\nblocked [env.device_absent] npu:0: ")
    assert "install CANN" in out
    assert not Path("home").exists() or not list(Path("home").rglob("models--*"))


def test_a_hub_that_is_not_reached_blocks(quick: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from cardkit.hubs import web

    monkeypatch.setattr(web, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("CARDKIT_ORIGIN", "http://127.0.0.1:9")
    code, out, _ = quick("tulu-2-13b")
    assert (code, "blocked [hub.network]" in out) == (3, True)


def test_nothing_fetched_and_offline_blocks(quick: Run) -> None:
    code, out, _ = quick("tulu-2-13b", "--offline")
    assert (code, "the cache may be used only" in out) == (3, True)


def test_what_failed_or_was_blocked_is_said_first(quick: Run) -> None:
    _, out, _ = quick("dclm-7b", "--offline")
    first = "dclm-7b on cpu: blocked\nblocked [hub.network] L0: models--AI-Research--DCLM-7B: "
    assert out.startswith(first)
    code, out, _ = quick("redpajama-3b-chat", "--rehearse", "--max-memory", "10MB")
    assert code == 3
    for said in ("blocked [run.out_of_memory] no stand-in was built", "→ give more memory with"):
        assert said in out


def test_several_go_on_after_one_that_is_blocked(quick: Run) -> None:
    names = ("olmo-7b", "tulu-2-13b")
    code, out, _ = quick(*names, "--rehearse", "--layers", "L0,L1")
    assert code == 3
    assert out.strip().split("\n")[-2:] == [
        "olmo-7b on cpu (rehearsal): blocked",
        "tulu-2-13b on cpu (rehearsal): passed (without L2, L3, L4, L5, L6, L7, L8, L9)",
    ]


def test_what_was_judged_is_not_judged_again(run: Run, judged: list[str]) -> None:
    names = ("dclm-7b", "tulu-2-13b")
    assert run(*names)[0] == 0
    code, out, _ = run(*names, "redpajama-3b-chat")
    assert (code, out.count("(judged before; --again judges it anew)")) == (0, 2)
    assert judged == ["dclm-7b", "tulu-2-13b", "redpajama-3b-chat"]
    run(*names, "--again")
    assert judged[3:] == ["dclm-7b", "tulu-2-13b"]


def test_one_that_is_named_alone_is_judged_each_time(run: Run, judged: list[str]) -> None:
    run("dclm-7b")
    run("dclm-7b")
    assert judged == ["dclm-7b", "dclm-7b"]


def test_it_goes_on_where_it_was_stopped(
    run: Run, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = verifying.verification

    def stopped(plan: Plan, *more: object) -> Report:
        if plan.entry.name == "dclm-7b":
            raise KeyboardInterrupt
        return passed(plan, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(verifying, "verification", stopped)
    code, _, err = run("--all", "--device", "cpu")
    before = list(judged)
    assert (code, "it goes on from there" in err) == (130, True)
    assert before == ["atom-7b-chat", "bloomchat-176b", "bt-opt-1.3b", "dclm-1b-it"]
    monkeypatch.setattr(verifying, "verification", passed)
    code, out, _ = run("--all", "--device", "cpu")
    assert code == 3  # nemotron's kind cannot be told
    assert judged[len(before)] == "dclm-7b"
    assert len(judged) == len(set(judged)) == len(OURS.names()) - 1
    assert out.count("(judged before") == len(before)


@pytest.mark.usefixtures("quick")
def test_from_python_it_is_one_line(tmp_path: Path) -> None:
    from cardkit import Report as Typed
    from cardkit import verify

    report = verify("tulu-2-13b", rehearse=True, layers=["L0", "L1"])
    assert isinstance(report, Typed)
    kept = tmp_path / "registry/tulu-2-13b/reports/cpu.rehearsal.json"
    assert verifying.read_report(kept.read_text()) == report
    assert (report.verdict, report.exit_code) == ("passed", 0)
