"""What is wrong at the hub is said in L0, with its code, and nothing of it is run."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra `run`")

from faulty import FAULTS, WEIGHTS, copied, settings
from hub_server import HubServer, Repo
from taught import Judge, Lessons, Taught, decided, repo, seen, why, with_code

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:transformers")

LLAMA, BASE, NEOX = "tulu-2-13b", "dclm-7b", "dolly-v2-7b"
NOTHING_RAN = dict.fromkeys(["L1", "L2", "L3", "L4", "L5", "L6", "L7"], "blocked")


@pytest.fixture(name="llama")
def _llama(lessons: Lessons) -> Taught:
    return with_code(lessons(LLAMA))


@pytest.mark.parametrize("wrong", ["truncate", "lfs", "html", "empty", "longer"])
def test_wrong_bytes_fail(wrong: str, llama: Taught, judged: Judge) -> None:
    report = judged(llama, happens=lambda hub: hub.fail(WEIGHTS, f"always {wrong}"))
    assert seen(report, "L8") == ("failed", {"L0": "fail hub.hash_mismatch", **NOTHING_RAN})
    assert (report.answers, report.files, report.disk) == ((), None, None)


@pytest.mark.parametrize("name", [LLAMA, BASE, NEOX])
@pytest.mark.parametrize("file", ["config.json", WEIGHTS])
def test_one_flipped_bit_of_any_file_fails_at_each_hub(
    name: str, file: str, lessons: Lessons, judged: Judge
) -> None:
    model = lessons(name) if name != LLAMA else with_code(lessons(name))
    report = judged(model, happens=lambda hub: hub.fail(file, "always flip"))
    assert seen(report, "L8") == ("failed", {"L0": "fail hub.hash_mismatch", **NOTHING_RAN})


def test_what_a_layer_needs_is_said_where_l0_was_not_asked_for(
    llama: Taught, judged: Judge
) -> None:
    report = judged(llama, only=["L3"], happens=lambda hub: hub.fail(WEIGHTS, "always flip"))
    others = dict.fromkeys(["L0", "L1", "L2", "L4", "L5", "L6", "L7", "L8"], "skipped")
    assert seen(report) == (
        "failed", {**others, "L3": "blocked", "beside": "hub.hash_mismatch"}
    )  # fmt: skip


def test_a_mirror_with_other_bytes_fails_though_its_own_tree_agrees(
    lessons: Lessons, judged: Judge, tmp_path: Path
) -> None:
    # Loss and text of such a model are as before: nothing but the hashes tells.
    model = lessons(BASE)
    bad = copied(model.folder, tmp_path / "bad")
    FAULTS["q norm and k norm swapped"](bad)
    mirror = repo(model.folder)
    mirror.commits = dict.fromkeys(mirror.commits, next(iter(repo(bad).commits.values())))
    report = judged(model, mirror=mirror)
    assert seen(report, "L8") == ("failed", {"L0": "fail hub.mirror_mismatch", **NOTHING_RAN})
    report = judged(model._replace(folder=bad))
    assert seen(report, "L8") == ("passed", {}), why(report)


def test_a_mirror_that_is_behind_its_hub_blocks(llama: Taught, judged: Judge) -> None:
    behind = Repo({"README.md": b"# Tulu\n"})
    report = judged(llama, mirror=behind)
    assert seen(report, "L8") == ("blocked", {"L0": "blocked hub.not_found", **NOTHING_RAN})


def gated(hub: HubServer) -> None:
    for held in hub.repos.values():
        held.gated = True


BLOCKS: dict[str, tuple[Callable[[HubServer], None], str]] = {
    "gated": (gated, "hub.gated"),
    "absent": (lambda hub: hub.repos.clear(), "hub.not_found"),
    "busy": (lambda hub: hub.fail(WEIGHTS, "always 503"), "hub.network"),
    "a page that asks to log in": (lambda hub: hub.fail("api", "always html"), "hub.network"),
    "cut off": (lambda hub: hub.fail(WEIGHTS, "always cut 0"), "hub.network"),
    "gone": (lambda hub: hub.stop(), "hub.network"),
}


@pytest.mark.parametrize("what", BLOCKS)
def test_a_hub_that_gives_nothing_blocks(what: str, llama: Taught, judged: Judge) -> None:
    happens, code = BLOCKS[what]
    report = judged(llama, happens=happens)
    assert seen(report, "L8") == ("blocked", {"L0": f"blocked {code}", **NOTHING_RAN})


def test_a_revision_that_does_not_exist_blocks(llama: Taught, judged: Judge) -> None:
    report = judged(llama, revision="v9")
    assert seen(report, "L8") == ("blocked", {"L0": "blocked hub.not_found", **NOTHING_RAN})


def test_pickles_alone_fail_and_are_not_even_fetched(
    llama: Taught, judged: Judge, tmp_path: Path
) -> None:
    bad = copied(llama.folder, tmp_path / "bad")
    (bad / WEIGHTS).rename(bad / "pytorch_model.bin")
    report = judged(llama._replace(folder=bad))
    assert seen(report, "L8") == ("failed", {"L0": "fail load.unsafe_weights", **NOTHING_RAN})
    assert report.files is not None
    assert (report.files.pickles, report.files.weights) == (("pytorch_model.bin",), ())


@pytest.mark.parametrize("left", [("config.json", "tokenizer.json"), ("README.md",)])
def test_a_repository_without_weights_blocks(
    left: tuple[str, ...], llama: Taught, judged: Judge
) -> None:
    report = judged(llama, files=Repo(dict.fromkeys(left, b"{}\n")))
    assert seen(report, "L8") == ("blocked", {"L0": "blocked hub.not_found", **NOTHING_RAN})


def with_own_code(model: Taught, folder: Path, *, model_type: str | None = None) -> Taught:
    """Return a model whose repository ships a class, and an example that asks for it."""
    bad = copied(model.folder, folder / "own")
    FAULTS["code that is healthy"](bad)
    if model_type is not None:
        with settings(bad) as told:
            told["model_type"] = model_type
    return with_code(model._replace(folder=bad), ", trust_remote_code=True")


def test_code_of_a_repository_needs_leave(llama: Taught, judged: Judge, tmp_path: Path) -> None:
    report = judged(with_own_code(llama, tmp_path, model_type="ant"))
    assert seen(report, "L8") == (
        "blocked",
        {**NOTHING_RAN, "L1": "blocked load.remote_code_required"},
    ), why(report)


def test_where_the_library_has_the_class_itself_no_code_is_needed(
    llama: Taught, judged: Judge, tmp_path: Path
) -> None:
    report = judged(with_own_code(llama, tmp_path))
    assert seen(report, "L8") == ("passed", {}), why(report)
    assert report.files is not None
    assert report.files.config_keys == ("auto_map",)


def test_code_runs_at_a_pinned_commit_only(lessons: Lessons, judged: Judge, tmp_path: Path) -> None:
    model = lessons(NEOX)
    hubs = {"modelscope": model.tree["hubs"]["modelscope"]}
    own = with_own_code(model, tmp_path)
    tree = copy.deepcopy(own.tree) | {"hubs": hubs}
    code = tree["example"]["code"]["value"]
    tree["example"]["code"] = decided(code.replace("databricks/", "AI-ModelScope/"))
    report = judged(own._replace(tree=tree), allow_remote_code=True)
    assert seen(report, "L8") == (
        "blocked",
        {"L0": "blocked load.remote_code_required", **NOTHING_RAN},
    )
