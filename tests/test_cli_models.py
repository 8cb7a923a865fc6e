"""The commands of the registry: what they print, and with which exit code they end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cardkit import cli

ANT = """\
---
license: mit
language: en
---
# Ant 1B

Ant 1B has 1.2B parameters.

## Prompt format

```
<|user|>
{prompt}
<|assistant|>
```
"""
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command beside two cards; return its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CARDKIT_REGISTRY", raising=False)
    Path("cards").mkdir()
    Path("cards/ant.md").write_text(ANT, "utf-8")
    Path("cards/bee.md").write_text("# Bee\n\nBee has 2.8B parameters.\n", "utf-8")

    def command(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            cli.main(arguments)
        printed = capsys.readouterr()
        return int(exit_.value.code or 0), printed.out, printed.err

    return command


@pytest.fixture
def registry(run: Run) -> Run:
    """Return the same with a registry of both."""
    run("add", "cards/ant.md", "--name", "ant-1b")
    run("add", "cards/bee.md", "--name", "bee-3b")
    return run


def test_add_makes_an_entry_and_its_record(run):
    code, out, err = run("add", "cards/ant.md", "--name", "ant-1b")
    path = Path.cwd() / "registry" / "ant-1b" / "model.yaml"
    assert (code, out, err) == (0, f"made {path}\n", "")
    run("ingest", "cards/ant.md", "--format", "json", "--output", "ant.json")
    assert path.with_name("record.json").read_text() == Path("ant.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("cards/ant.md", "--name", "ant-1b"),
            "ant-1b is in the registry\n  → remake it: cardkit build ant-1b",
        ),
        (
            ("cards/ant.md", "--name", "Ant 1B"),
            "'Ant 1B' is no name of an entry\n"
            "  → write small letters, digits, - . _: perhaps ant-1b-2",
        ),
        (
            ("cards/no.md", "--name", "no"),
            "{cwd}/cards/no.md: it cannot be read: no such file or directory\n"
            "  → check that it is a file that you may read",
        ),
        (
            ("/dev/null", "--name", "no"),
            "/dev/null lies outside {cwd}\n"
            "  → copy it to {cwd}/cards first, so that both move together",
        ),
    ],
)
def test_add_says_what_it_cannot_add(registry, arguments, says):
    code, out, err = registry("add", *arguments)
    says = says.replace("{cwd}", str(Path.cwd()))
    assert (code > 0, out, err) == (True, "", f"cardkit: {says}\n")


def test_build_changes_nothing_that_is_up_to_date(registry):
    assert registry("build") == (0, "2 entries, 0 changed\n", "")


def test_build_reads_a_changed_card_and_keeps_what_was_decided(registry):
    path = Path("registry/ant-1b/model.yaml")
    decided = "  license: {value: apache-2.0, decided: they wrote to us, over: mit}\n"
    text = path.read_text("utf-8")
    old = next(line for line in text.splitlines(keepends=True) if "license:" in line)
    path.write_text(text.replace(old, decided), "utf-8")
    Path("cards/ant.md").write_text(ANT.replace("mit", "bsd-3-clause").replace("1.2", "1.3"))
    code, out, err = registry("build", "Ant 1B")
    assert (code, out) == (0, f"changed {path.resolve()}\n1 entries, 1 changed\n")
    assert err == (
        "ant-1b: about.license: the card says 'bsd-3-clause', and said 'mit' when 'apache-2.0' was "
        "decided\n"
    )
    assert decided in path.read_text("utf-8")
    assert "num_parameters: {value: 1300000000" in path.read_text("utf-8")


def test_build_goes_on_after_an_entry_that_fails(registry):
    Path("registry/ant-1b/model.yaml").write_text("colour: red\n")
    code, out, err = registry("build")
    assert (code, out) == (1, "1 entries, 0 changed\n")
    assert err.startswith(f"cardkit: {Path('registry/ant-1b/model.yaml').resolve()}:1: ")


def test_models_are_listed_by_what_is_asked_for(registry):
    code, out, _ = registry("models", "--sort", "size", "--reverse")
    assert (code, out) == (
        0,
        "name    size  context  licence  languages  prompt  verified\n"
        "bee-3b  2.8B        -  -        -          -       -\n"
        "ant-1b  1.2B        -  mit      en         chat    -\n",
    )


def test_unknown_values_stand_at_the_end_whichever_way(registry):
    for way in ((), ("--reverse",)):
        out = registry("models", "--sort", "licence", *way)[1]
        assert [line.split()[0] for line in out.splitlines()] == ["name", "ant-1b", "bee-3b"]


def test_models_are_data_too(registry):
    rows = json.loads(registry("models", "--format", "json")[1])
    assert rows[0] == {
        "name": "ant-1b", "size": 1_200_000_000, "licence": "mit", "context": None,
        "languages": ["en"], "prompt": "chat", "verified": [],
    }  # fmt: skip
    table = list(csv.DictReader(io.StringIO(registry("models", "--format", "csv")[1])))
    assert [row["size"] for row in table] == ["1200000000", "2800000000"]


def test_a_report_that_passed_is_listed_and_a_rehearsal_is_not(registry):
    folder = Path("registry/ant-1b/reports")
    folder.mkdir()
    for name, report in {
        "a": {"verdict": "passed", "device": "cpu"},
        "b": {"verdict": "passed", "device": "npu:0", "rehearsal": True},
        "c": {"verdict": "failed", "device": "cuda:0"},
    }.items():
        (folder / f"{name}.json").write_text(json.dumps(report))
    rows = json.loads(registry("models", "--format", "json")[1])
    assert rows[0]["verified"] == ["cpu"]


def test_show_tells_where_each_value_comes_from(registry):
    code, out, _ = registry("show", "ant_1b")
    assert code == 0
    assert "  license                 mit   card line 2\n" in out
    assert "  num_parameters          1,200,000,000   card line 7 '1.2B'\n" in out
    assert "  none                    the card documents no prompt format" not in out


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_show_prints_the_entry_itself(registry, form):
    from cardkit.entries.files import parse

    out = registry("show", "ant-1b", "--format", form)[1]
    assert parse(out, "printed") == parse(Path("registry/ant-1b/model.yaml").read_text(), "kept")


def test_check_says_what_is_wrong_and_ends_with_1(registry):
    assert registry("check") == (0, "0 errors, 0 warnings in 2 entries\n", "")
    Path("cards/ant.md").write_text(ANT.replace("1.2", "1.3"))
    code, out, _ = registry("check")
    assert (code, out) == (
        1,
        "ant-1b: error: cards/ant.md is not what it was [card-changed]\n"
        "  → look at `cardkit diff`, then: cardkit build ant-1b\n"
        "ant-1b: error: record.json is not what its card reads into [record-stale]\n"
        "  → look at `cardkit diff`, then: cardkit build ant-1b\n"
        "2 errors, 0 warnings in 2 entries\n",
    )
    found = json.loads(registry("check", "--format", "json")[1])
    assert [fault["code"] for fault in found] == ["card-changed", "record-stale"]
    assert registry("check", "bee-3b")[0] == 0


def test_diff_says_what_changed_and_ends_with_1(registry):
    Path("new.md").write_text(ANT.replace("1.2", "1.3"))
    code, out, _ = registry("diff", "cards/ant.md", "new.md")
    assert (code, out) == (
        1,
        "model.summary\n  - Ant 1B has 1.2B parameters.\n  + Ant 1B has 1.3B parameters.\n"
        "spec.num_parameters\n  - 1200000000\n  + 1300000000\n2 fields differ\n",
    )
    assert registry("diff", "ant-1b", "cards/ant.md") == (0, "no field differs\n", "")
    found = json.loads(registry("diff", "cards/ant.md", "new.md", "--format", "json")[1])
    assert found[1] == {"field": "spec.num_parameters", "old": 1_200_000_000, "new": 1_300_000_000}


def test_prompt_prints_exactly_what_is_sent(registry):
    assert registry("prompt", "ant-1b", "Hi") == (0, "<|user|>\nHi\n<|assistant|>", "")
    code, out, _ = registry("prompt", "ant-1b", "Hi ", "--visible")
    assert (code, out) == (0, "<|user|>⏎\nHi␣⏎\n<|assistant|>\n")


def test_prompt_says_what_no_card_documents(registry):
    code, out, err = registry("prompt", "ant-1b", "Hi", "--system", "Be kind.")
    assert (code, out) == (1, "")
    assert "No form with a system message is documented for this model" in err
    assert registry("prompt", "ant-1b")[0] == 2


def test_an_unknown_name_is_answered_with_the_nearest(registry):
    code, _, err = registry("show", "ant-1")
    assert (code, err) == (2, "cardkit: no model 'ant-1'\n  → did you mean ant-1b or Ant 1B?\n")


def test_memory_says_what_weights_need_and_whether_a_device_holds_them(registry):
    code, out, _ = registry("memory", "bee-3b", "--on", "8GB")
    assert (code, out) == (
        0,
        "bee-3b: 2,800,000,000 parameters, the card's rounded figure\n"
        "dtype     weights             on 8GB, 8.0 GB (7.5 GiB)\n"
        "float32   11.2 GB (10.4 GiB)  no, 3.2 GB (3.0 GiB) too little\n"
        "bfloat16  5.6 GB (5.2 GiB)    yes, 2.4 GB (2.2 GiB) left\n"
        "int8      2.8 GB (2.6 GiB)    yes, 5.2 GB (4.8 GiB) left\n"
        "int4      1.4 GB (1.3 GiB)    yes, 6.6 GB (6.1 GiB) left\n"
        "Activations and the cache of keys and values come on top.\n",
    )


def test_memory_ends_with_1_when_nothing_fits(registry):
    assert registry("memory", "bee-3b", "--dtype", "fp32", "--on", "8GB")[0] == 1


def test_the_registry_that_comes_with_cardkit_is_not_built_in_place(run, monkeypatch):
    from cardkit.entries import registry

    ours = registry.HERE / "shipped" / "registry"
    monkeypatch.setattr(registry, "shipped", lambda: registry.Registry(ours))
    code, out, err = run("build")
    assert (code, out) == (2, "")
    assert err.startswith("cardkit: there is no registry here, and the one that comes with cardkit")


def test_an_id_that_the_card_does_not_tell_is_given(run):
    from cardkit.entries.files import load

    run("add", "cards/bee.md", "--name", "bee", "--model-id", "bee-lab/bee-3b")
    found = load("registry/bee/model.yaml").hubs.huggingface
    assert (found.value, found.decided) == ("bee-lab/bee-3b", "given by who made this entry")
    code, _, err = run("add", "cards/bee.md", "--name", "other", "--model-id", "bee/lab/x")
    assert (code, "write owner/name" in err) == (1, True)
