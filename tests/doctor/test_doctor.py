"""What is said of a machine, and what a probe that fails does to the others."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from cardkit import cli, doctor
from cardkit.doctor import room, rungs, tokens, versions
from cardkit.doctor.lines import Line
from cardkit.entries.deriving import VERSIONS
from cardkit.sandbox import landlock, seccomp
from cardkit.sandbox import probes as sandbox_probes

Install = Callable[..., Path]
Run = Callable[..., tuple[int, str, str]]
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command; return its exit code and what it printed."""

    def command(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            cli.main(arguments)
        printed = capsys.readouterr()
        return int(exit_.value.code or 0), printed.out, printed.err

    return command


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Give doctor a table of our own, empty at first."""
    table: dict[str, object] = {}
    monkeypatch.setattr(doctor, "PROBES", table)
    return table


# -------------------------------------------------------------------------------- the command


def test_a_line_has_its_next_step_below_it(run: Run, probes: dict[str, object]) -> None:
    probes["disk"] = lambda: [Line("disk", "ok", "80 GB free")]
    probes["npu"] = lambda: [Line("npu", "note", "torch_npu is not installed", "install it")]
    assert run("doctor") == (
        0,
        "ok       disk            80 GB free\n"
        "note     npu             torch_npu is not installed\n"
        "                         → install it\n"
        "0 problems, 1 note, 1 ok\n",
        "",
    )


def test_json_is_one_array(run: Run, probes: dict[str, object]) -> None:
    probes["torch"] = lambda: [Line("torch", "problem", "2.4 is too old", "take a newer one")]
    code, out, err = run("doctor", "--format", "json")
    assert (code, json.loads(out), err) == (
        1,
        [
            {
                "name": "torch",
                "state": "problem",
                "said": "2.4 is too old",
                "todo": "take a newer one",
            }
        ],
        "",
    )


def test_an_unknown_format_is_wrong_use(run: Run) -> None:
    assert run("doctor", "--format", "xml")[0] == 2


def test_a_probe_that_fails_is_a_line_and_the_others_still_speak(
    run: Run, probes: dict[str, object]
) -> None:
    def broken() -> Iterator[Line]:
        yield Line("first", "ok", "well")
        raise ZeroDivisionError("division by zero")

    probes["broken"] = broken
    probes["disk"] = lambda: [Line("disk", "ok", "80 GB free")]
    code, out, _ = run("doctor", "-f", "json")
    assert code == 1
    assert [tuple(line.values()) for line in json.loads(out)] == [
        ("first", "ok", "well", ""),
        (
            "broken",
            "problem",
            "cardkit could not look: ZeroDivisionError: division by zero",
            "report it, with this line",
        ),
        ("disk", "ok", "80 GB free", ""),
    ]


def test_offline_no_hub_is_asked(run: Run, probes: dict[str, object]) -> None:
    probes["hubs"] = lambda: pytest.fail("a hub was asked")
    code, out, _ = run("doctor", "--offline", "--format", "json")
    assert (code, json.loads(out)) == (
        0,
        [{"name": "hubs", "state": "note", "said": "not asked", "todo": "leave out --offline"}],
    )


def test_online_the_hubs_are_asked(run: Run, probes: dict[str, object]) -> None:
    probes["hubs"] = lambda: [Line("hub", "ok", "it answers")]
    code, out, _ = run("doctor", "--format", "json")
    assert (code, [line["said"] for line in json.loads(out)]) == (0, ["it answers"])


def test_a_token_that_a_library_prints_is_hidden(
    run: Run, probes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_planted")
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "ms-planted")
    probes["torch"] = lambda: [Line("torch", "problem", "bad hf_planted", "not ms-planted")]
    probes["broken"] = lambda: [][int("hf_planted")]
    code, out, err = run("doctor")
    assert (code, "planted" in out + err) == (1, False)
    assert "problem  torch           bad …\n                         → not …\n" in out


def test_what_a_line_holds_does_nothing_to_the_terminal() -> None:
    line = Line("torch", "problem", "red \x1b[31m", "\x07")
    assert doctor.as_text(line, 80) == (
        "problem  torch           red ␛[31m\n                         → ␇"
    )


def test_the_whole_table_speaks(run: Run) -> None:
    code, out, err = run("doctor", "--offline", "--format", "json")
    lines = json.loads(out)
    names = {line["name"] for line in lines}
    assert names >= {"python", "cardkit", *versions.PACKAGES, "cpu", "memory", "token", "disk"}
    assert names >= {"process", "landlock"}
    assert [line for line in lines if line["said"].startswith("cardkit could not look")] == []
    assert all(line["todo"] for line in lines if line["state"] == "problem")
    assert (code, err) == (int(any(line["state"] == "problem" for line in lines)), "")


# ---------------------------------------------------------------------------------- versions


def package(name: str) -> Line:
    (line,) = (line for line in versions.packages() if line.name == name)
    return line


def test_the_floors_are_those_of_safe_loading() -> None:
    for name, floor in VERSIONS["transformers"].items():
        assert versions.floor(name) == SpecifierSet(floor)


def test_the_floor_of_python_is_the_project_s() -> None:
    wanted = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["requires-python"]
    assert wanted == ">=" + ".".join(map(str, versions.PYTHON))


@pytest.mark.parametrize("version", ["2.10", "2.13.0+cpu", "2.14.0.dev20261120", "2.10.0a0+nv"])
def test_a_torch_of_the_floor_and_above_is_well(install: Install, version: str) -> None:
    install("torch", version)
    # A version of NVIDIA's own containers is before 2.10, as its letters say.
    assert package("torch").state == ("problem" if "a0" in version else "ok")


def test_a_transformers_below_the_floor_is_a_problem(install: Install) -> None:
    install("transformers", "4.57.1")
    assert package("transformers") == Line(
        "transformers",
        "problem",
        "4.57.1 is not >=5.13.1, the floor of safe loading",
        "pip install --upgrade 'transformers>=5.13.1'",
    )


def test_a_floor_of_another_kind_is_not_called_safe_loading(install: Install) -> None:
    install("cardkit", "0.1.0", requires=["accelerate>=1.0; extra == 'run'"])
    install("accelerate", "0.34")
    assert package("accelerate") == Line(
        "accelerate",
        "problem",
        "0.34 is not >=1.0, the floor of what cardkit calls",
        "pip install --upgrade 'accelerate>=1.0'",
    )


def test_what_a_package_wants_of_the_others_is_held_against_them(install: Install) -> None:
    install("safetensors", "0.1")
    install(
        "transformers",
        "5.13.1",
        requires=[
            "safetensors>=0.4.3",
            "ant-tokens==3",
            "huggingface_hub>=0.1",
            "ants; extra == 'dev'",
            "bees; python_version < '3'",
        ],
    )
    assert package("transformers") == Line(
        "transformers",
        "problem",
        "5.13.1; it needs safetensors >=0.4.3, and 0.1 is installed; "
        "it needs ant-tokens, which is not installed",
        "pip install --upgrade transformers, or bring the others to the versions it takes",
    )


def test_a_package_without_a_version_is_a_problem(install: Install) -> None:
    install("accelerate", "")
    line = package("accelerate")
    assert (line.state, line.todo) == ("problem", "pip install --force-reinstall accelerate")


def test_without_the_extra_run_torch_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Version:
        raise versions.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(versions, "installed", missing)
    lines = list(versions.packages())
    assert [(line.name, line.state, line.said) for line in lines] == [
        (name, "note", "not installed") for name in versions.PACKAGES
    ]
    assert [line.todo for line in lines[:3]] == [versions.TORCH_FIRST, versions.RUN, versions.RUN]
    assert list(versions.torch_npu()) == []


@pytest.mark.parametrize(
    ("npu", "line"),
    [
        ("2.13.0", Line("torch_npu", "ok", "2.13.0")),
        ("2.13.0.post2", Line("torch_npu", "ok", "2.13.0.post2")),
        (
            "2.8.0.post2",
            Line(
                "torch_npu",
                "problem",
                "2.8.0.post2 is made for torch 2.8.0, and torch is 2.13.0+cpu",
                "install torch and torch_npu in one and the same version; the table in the README "
                "of torch_npu (Ascend/pytorch) says which CANN it needs",
            ),
        ),
    ],
)
def test_torch_npu_is_of_torch_s_own_version(install: Install, npu: str, line: Line) -> None:
    install("torch", "2.13.0+cpu")
    install("torch_npu", npu)
    assert list(versions.torch_npu()) == [line]


def test_a_base_that_is_not_whole_is_a_problem(install: Install) -> None:
    install("cardkit", "0.1.0", "__version__ = '0.1.0'", requires=["ant-yaml>=6"])
    assert list(versions.cardkit()) == [
        Line(
            "cardkit",
            "problem",
            "0.1.0; it needs ant-yaml, which is not installed",
            "pip install --upgrade cardkit",
        )
    ]


# ----------------------------------------------------------------------------------- sandbox


@pytest.fixture
def bwrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a bwrap of our own on the path."""

    def write(script: str) -> Path:
        path = tmp_path / "bwrap"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return path

    return write


def rung(name: str) -> Line:
    (line,) = (line for line in rungs.rungs() if line.name == name)
    return line


linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@linux
def test_a_bubblewrap_that_runs_is_a_rung(bwrap: Callable[[str], Path]) -> None:
    path = bwrap('[ "$*" = "--ro-bind / / --unshare-all --die-with-parent true" ]')
    assert rung("bubblewrap") == Line("bubblewrap", "ok", str(path))


@linux
@pytest.mark.parametrize(
    "said",
    [
        "bwrap: setting up uid map: Permission denied",
        "bwrap: No permissions to create new namespace, likely because the kernel does not allow",
    ],
)
def test_closed_user_namespaces_are_the_cause(bwrap: Callable[[str], Path], said: str) -> None:
    bwrap(f"echo '{said}' >&2; exit 1")
    assert rung("bubblewrap") == Line("bubblewrap", "note", said, rungs.CLOSED)


@linux
def test_a_bubblewrap_that_hangs_is_not_waited_for(
    bwrap: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_probes, "SECONDS", 0.3)
    path = bwrap("exec sleep 20")
    said = f"{path} hangs: no answer in 0.3 s"
    assert rung("bubblewrap") == Line("bubblewrap", "note", said, rungs.CLOSED)


@linux
def test_no_bubblewrap_is_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert rung("bubblewrap").said == "not installed"


@linux
@pytest.mark.parametrize(
    ("name", "answer", "state", "said"),
    [
        ("landlock", (4, 0), "ok", "version 4 of the kernel's interface"),
        ("landlock", (-1, 95), "note", "the kernel has it switched off"),
        ("landlock", (-1, 38), "note", "not here: Function not implemented"),
        ("seccomp", (-1, 14), "ok", "the kernel takes filters"),
        ("seccomp", (-1, 22), "note", "not here: Invalid argument"),
    ],
)
def test_the_kernel_s_answer_is_the_rung(
    monkeypatch: pytest.MonkeyPatch, name: str, answer: tuple[int, int], state: str, said: str
) -> None:
    monkeypatch.setattr(landlock, "call", lambda *_: answer)
    monkeypatch.setattr(seccomp, "call", lambda *_: answer)
    line = rung(name)
    assert (line.state, line.said, bool(line.todo)) == (state, said, state == "note")


def test_other_systems_have_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs.sys, "platform", "darwin")
    assert [(line.name, line.state) for line in rungs.rungs()] == [
        ("process", "ok"),
        ("landlock", "note"),
    ]


# ------------------------------------------------------------------------ tokens, memory, disk


def test_tokens_are_found_where_the_libraries_look_and_never_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in tokens.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("MODELSCOPE_HOME", str(tmp_path))
    assert [line.said for line in tokens.tokens()] == ["Hugging Face: none", "ModelScope: none"]
    there = [
        Line("token", "ok", "Hugging Face: there is one"),
        Line("token", "ok", "ModelScope: there is one"),
    ]
    (tmp_path / "token").write_text("hf_planted")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "cookies").write_bytes(b"no pickle that anyone should load")
    assert list(tokens.tokens()) == there
    assert tokens.hide("it is hf_planted") == "it is …"
    (tmp_path / "token").unlink()
    monkeypatch.setenv("HF_TOKEN", "hf_planted")
    assert list(tokens.tokens()) == there


def test_a_cache_with_little_room_is_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "not" / "made" / "yet"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    asked = []

    def usage(path: Path) -> object:
        asked.append(path)
        return shutil._ntuple_diskusage(100, 98, 2_000_000_000)

    monkeypatch.setattr(room.shutil, "disk_usage", usage)
    (line,) = room.disk()
    assert (asked, line.state, line.said) == ([tmp_path], "note", f"2 GB free for {folder}")


def test_a_cache_that_is_a_file_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    (line,) = room.disk()
    assert line.state == "note"
    assert line.said.endswith(f"but {tmp_path / 'hub'} cannot be written to")


@pytest.mark.parametrize(
    ("free_kib", "limit", "state", "said"),
    [
        (30_000_000, "max", "ok", "30.7 GB free of 64 GB"),
        (1_000_000, "max", "note", "1 GB free of 64 GB"),
        (
            30_000_000,
            "8000000000",
            "note",
            "30.7 GB free of 64 GB; a limit of 8 GB holds here",
        ),
        (30_000_000, "9223372036854771712", "ok", "30.7 GB free of 64 GB"),
    ],
)
def test_memory_is_what_is_free_and_what_a_container_may_take(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    free_kib: int,
    limit: str,
    state: str,
    said: str,
) -> None:
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable:  {free_kib} kB\n")
    (tmp_path / "max").write_text(f"{limit}\n")
    monkeypatch.setattr(room, "_total", lambda: 64_000_000_000)
    monkeypatch.setattr(room, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(room, "LIMITS", (tmp_path / "no", tmp_path / "max"))
    (line,) = room.memory()
    assert (line.state, line.said) == (state, said)
