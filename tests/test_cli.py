"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

import cardkit
from cardkit import cli, ingest, readings
from cardkit.shown import outputs
from cardkit.shown.progress import Progress

ROOT = Path(__file__).parent.parent
CARD = "---\nlicense: mit\nlanguage: en\n---\n# Ant 1B\n\nAnt 1B has 1.2B parameters.\n"
OTHER = CARD.replace("Ant", "Bee")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder with cards; return its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    Path("ant.md").write_text(CARD)
    Path("bee.md").write_text(OTHER)

    def command(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            cli.main(arguments)
        printed = capsys.readouterr()
        return int(exit_.value.code or 0), printed.out, printed.err

    return command


def record_of(text: str, uri: str) -> object:
    return json.loads(json.dumps(ingest.read_record(text, uri=uri)))


def python(
    *arguments: str, stdin: bytes = b"", **settings: str
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **settings}
    return subprocess.run(
        [sys.executable, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env=environment,
        timeout=60,
    )


# ------------------------------------------------------------------------------------ ingest


def test_one_card_is_one_object(run: Run) -> None:
    code, out, err = run("ingest", "ant.md", "--format", "json")
    assert (code, json.loads(out), err) == (0, record_of(CARD, "ant.md"), "")


def test_many_cards_are_one_record_a_line(run: Run) -> None:
    code, out, err = run("ingest", ".", "-f", "jsonl")
    assert (code, err) == (0, "")
    assert [json.loads(line) for line in out.splitlines()] == [
        record_of(CARD, "./ant.md"),
        record_of(OTHER, "./bee.md"),
    ]


def test_yaml_is_one_document_for_each_card(run: Run) -> None:
    code, out, _ = run("ingest", "ant.md", "bee.md", "--format", "yaml")
    assert code == 0
    assert list(yaml.safe_load_all(out)) == [record_of(CARD, "ant.md"), record_of(OTHER, "bee.md")]


def test_many_cards_are_not_one_object(run: Run) -> None:
    assert run("ingest", "ant.md", "bee.md", "--format", "json") == (
        2,
        "",
        "cardkit: 2 cards do not go into one JSON object\n"
        "  → use --format jsonl, one record a line, or --output FOLDER\n",
    )


def test_a_person_gets_a_summary(run: Run) -> None:
    code, out, err = run("ingest", "ant.md")
    assert (code, err) == (0, "")
    assert out == outputs.as_text(ingest.read_record(CARD, uri="ant.md"), CARD) + "\n"


def test_standard_input_is_a_card_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CARD.encode())))
    code, out, _ = run("ingest", "-", "--format", "json")
    assert (code, json.loads(out)) == (0, record_of(CARD, "-"))


def test_a_card_in_another_encoding_is_read_and_says_so(run: Run) -> None:
    chinese = "---\nlicense: mit\n---\n# 蚂蚁 1B\n\n本模型在中文数据集上训练，参数量为 12 亿。\n"
    Path("zh.md").write_bytes(chinese.encode("gb18030"))
    code, out, _ = run("ingest", "zh.md", "--format", "json")
    record = json.loads(out)
    assert (code, record["source"]["encoding"]) == (0, "gb18030")
    assert record["source"]["bytes"] == len(chinese.encode("gb18030"))
    assert [p["code"] for p in record["problems"] if "encod" in p["code"]] == ["encoding-guessed"]
    for at in record["evidence"].values():
        assert chinese[at["start"] : at["end"]] == at["text"]


def test_a_bad_card_is_one_error_and_the_others_are_still_read(run: Run) -> None:
    Path("b_empty.md").write_text("")
    Path("b_weights.md").write_bytes(b"GGUF\3\0\0\0")
    code, out, err = run("ingest", ".", "-f", "jsonl")
    assert code == 1
    uris = [json.loads(line)["source"]["uri"] for line in out.splitlines()]
    assert uris == ["./ant.md", "./bee.md"]
    todo = "  → give the card itself, mostly the README.md of the model's repository\n"
    assert err == (
        f"cardkit: ./b_empty.md: it is empty\n{todo}"
        f"cardkit: ./b_weights.md: it is GGUF weights, not text\n{todo}"
    )


def test_a_page_without_a_card_is_no_record(run: Run) -> None:
    Path("page.txt").write_text("File size: 3 Bytes\na81c7ac\n1\n2\n3\n")
    code, out, err = run("ingest", "page.txt")
    assert (code, out) == (1, "")
    assert re.fullmatch(r"cardkit: page\.txt: .*\n  → .*\n", err)


def test_what_is_not_there_is_wrong_use_and_the_others_are_still_read(run: Run) -> None:
    code, out, err = run("ingest", "gone.md", "ant.md", "-f", "jsonl")
    assert (code, len(out.splitlines())) == (2, 1)
    assert err == (
        "cardkit: gone.md: there is no such file or folder\n"
        "  → check the path; `-` reads standard input\n"
    )


def test_a_model_id_tells_what_the_card_cannot(run: Run) -> None:
    _, out, _ = run("ingest", "ant.md", "--format", "json", "--model-id", "hill/ant-1b")
    assert json.loads(out)["model"]["model_id"] == "hill/ant-1b"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ant.md", "--model-id", "ant"], "no model id: 'ant'"),
        (["ant.md", "--model-id", "a/b/c"], "no model id: 'a/b/c'"),
        (["ant.md", "bee.md", "--model-id", "hill/ant-1b"], "one model id for 2 cards"),
    ],
)
def test_a_model_id_is_for_one_card_and_has_its_form(
    run: Run, arguments: list[str], said: str
) -> None:
    code, out, err = run("ingest", *arguments)
    assert (code, out, err.splitlines()[0]) == (2, "", f"cardkit: {said}")


# ---------------------------------------------------------------------------------- --output


def written() -> list[str]:
    """Return the files that are there beside the cards."""
    files = (str(path) for path in Path().rglob("*") if path.is_file())
    return sorted(file for file in files if file not in ("ant.md", "bee.md"))


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (["ant.md", "-o", "ant.json"], ["ant.json"]),
        (["ant.md", "-o", "new/ant.yaml"], ["new/ant.yaml"]),
        (["ant.md", "bee.md", "-o", "all.jsonl"], ["all.jsonl"]),
        (["ant.md", "-o", "records/"], ["records/ant.json"]),
        (["ant.md", "bee.md", "-o", "records"], ["records/ant.json", "records/bee.json"]),
        (["ant.md", "bee.md", "-o", "r", "-f", "text"], ["r/ant.txt", "r/bee.txt"]),
    ],
)
def test_records_are_written_where_they_were_asked_for(
    run: Run, arguments: list[str], files: list[str]
) -> None:
    assert run("ingest", *arguments) == (0, "", "")
    assert written() == files


def test_a_file_holds_what_would_be_printed(run: Run) -> None:
    _, printed, _ = run("ingest", ".", "-f", "jsonl")
    run("ingest", ".", "-o", "all.jsonl")
    assert Path("all.jsonl").read_text() == printed


def test_cards_of_one_name_get_files_of_two_names(run: Run) -> None:
    for owner in ("hill", "wood"):
        Path(owner).mkdir()
        Path(owner, "README.md").write_text(CARD)
    run("ingest", "hill", "wood", "-o", "records")
    assert [Path(f).name for f in written() if f.endswith("json")] == [
        "hill__README.json",
        "wood__README.json",
    ]


@pytest.mark.parametrize(
    ("arguments", "card"),
    [
        (["ant.md", "-o", "ant.md"], "ant.md"),
        (["ant.md", "-o", "./bee.md"], "./bee.md"),
        (["notes.txt", "-f", "text", "-o", "."], "./notes.txt"),
    ],
)
def test_a_card_is_never_written_over(run: Run, arguments: list[str], card: str) -> None:
    Path("notes.txt").write_text(CARD)
    code, out, err = run("ingest", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"cardkit: {card}: it is a card and is not written over\n")
    assert Path("ant.md").read_text() + Path("notes.txt").read_text() == CARD * 2


def test_a_bad_card_empties_no_file(run: Run) -> None:
    Path("all.jsonl").write_text("{}")
    Path("empty.md").write_text("")
    assert run("ingest", "empty.md", "-o", "all.jsonl")[0] == 1
    assert Path("all.jsonl").read_text() == "{}"


def test_a_place_that_cannot_be_written_to_is_named(run: Run) -> None:
    code, _, err = run("ingest", "ant.md", "-o", "bee.md/ant.json")
    assert (code, err.splitlines()[0]) == (
        2,
        "cardkit: bee.md/ant.json: it cannot be written: file exists",
    )


# -------------------------------------------------------------------------------------- lint


def test_lint_says_what_is_wrong_and_the_exit_code_says_whether_it_is_an_error(run: Run) -> None:
    Path("bad.md").write_text("---\nlicense: unheard-of-2\n---\n# Ant 1B\n")
    code, out, err = run("lint", "bad.md", "--ignore", "example-missing")
    assert (code, err) == (1, "")
    assert out == (
        "bad.md:2:10: error: `unheard-of-2` is no licence id of the Hub. [license-unknown]\n"
        "  2 | license: unheard-of-2\n"
        "    |          ^^^^^^^^^^^^\n"
        "  → Use an id of the Hub's list, or `other` with `license_name` and `license_link`.\n"
        "1 error in 1 card\n"
    )
    assert run("lint", "ant.md", "--ignore", "example-missing") == (
        0,
        "no problems in 1 card\n",
        "",
    )


def test_lint_for_programs_prints_nothing_else(run: Run) -> None:
    Path("bad.md").write_text("")
    code, out, _ = run("lint", ".", "--format", "json", "--ignore", "example-missing")
    assert code == 1
    assert [(f["uri"], f["code"], f["message"]) for f in json.loads(out)] == [
        ("./bad.md", "no-card", "it is empty")
    ]
    code, out, _ = run("lint", "bad.md", "--format", "github")
    assert (code, out.split("::")[1]) == (
        1,
        "error file=bad.md,line=1,endLine=1,col=1,endColumn=1,title=no-card",
    )


def test_fix_mends_the_file_and_shows_the_diff(run: Run) -> None:
    Path("ant.md").write_text(CARD.replace("license: mit", "licence: MIT"))
    diff = (
        "--- ant.md\n+++ ant.md (mended)\n@@ -1,5 +1,5 @@\n ---\n-licence: MIT\n+license: mit\n"
        " language: en\n ---\n # Ant 1B\n"
    )
    options = ("ant.md", "--ignore", "example-missing")
    code, out, _ = run("lint", "--diff", *options)
    assert (code, out.startswith(diff), Path("ant.md").read_text() != CARD) == (0, True, True)
    assert run("lint", "--fix", *options) == (0, f"{diff}no problems in 1 card\n", "")
    assert Path("ant.md").read_text() == CARD
    assert run("lint", "--fix", *options) == (0, "no problems in 1 card\n", "")


def test_a_diff_does_not_come_between_findings_for_programs(run: Run) -> None:
    Path("ant.md").write_text(CARD.replace("license: mit", "licence: MIT"))
    _, out, err = run("lint", "--fix", "ant.md", "--format", "json")
    assert isinstance(json.loads(out), list)
    assert "+license: mit" in err.splitlines()


def test_a_rule_that_is_none_is_wrong_use(run: Run) -> None:
    code, out, err = run("lint", "ant.md", "--ignore", "tabel-ambiguous")
    assert (code, out) == (2, "")
    assert err == (
        "cardkit: no problem code 'tabel-ambiguous'\n  → did you mean table-ambiguous?\n"
    )


# ------------------------------------------------------------------- explain, schema, version


def test_explain_tells_one_code_or_all(run: Run) -> None:
    assert run("explain", "no-card")[1].startswith("no-card (error)\n")
    assert len(run("explain")[1].splitlines()) == len(cli_codes())
    assert run("explain", "nocard")[0] == 2


def cli_codes() -> list[str]:
    from cardkit.problems import meanings

    return list(meanings())


def test_schema_is_printed_as_json(run: Run) -> None:
    code, out, _ = run("schema")
    assert (code, json.loads(out)["$schema"][:24]) == (0, "https://json-schema.org/")


def test_the_version_is_that_of_the_package(run: Run) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run("--version") == (0, f"cardkit {project['version']}\n", "")


def test_all_names_of_the_package_are_there() -> None:
    assert [name for name in cardkit.__all__ if not hasattr(cardkit, name)] == []
    with pytest.raises(AttributeError, match="no attribute 'reed_card'"):
        _ = cardkit.reed_card


# ---------------------------------------------------------------------- as a program is called

HEAVY = [
    *("torch", "transformers", "huggingface_hub", "bs4", "pyarrow", "rich", "pydantic", "yaml"),
    *("jinja2", "langcodes"),
]


@pytest.mark.parametrize(
    ("code", "not_loaded"),
    [
        ("import cardkit", [*HEAVY, "typer"]),
        ("from cardkit.cli import app; app(['--help'], standalone_mode=False)", HEAVY),
    ],
)
def test_what_is_slow_to_import_waits_until_it_is_needed(code: str, not_loaded: list[str]) -> None:
    done = python("-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)")
    assert done.returncode == 0, done.stderr
    assert sorted(set(not_loaded) & set(done.stderr.decode().split())) == []


def test_reading_a_card_loads_no_package_that_it_does_not_use(tmp_path: Path) -> None:
    (tmp_path / "ant.md").write_text(CARD)
    code = "from cardkit.readings import readings; print(*readings([sys.argv[1]]))"
    done = python(
        "-c",
        f"import sys; {code}; print(*sys.modules, file=sys.stderr)",
        str(tmp_path / "ant.md"),
    )
    unused = {"torch", "transformers", "huggingface_hub", "bs4", "pyarrow", "rich", "jinja2"}
    assert sorted(unused & set(done.stderr.decode().split())) == []


def test_python_m_cardkit_is_the_same_program_and_reads_standard_input() -> None:
    done = python("-m", "cardkit", "ingest", "-", "-f", "json", stdin=CARD.encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == record_of(CARD, "-")


def test_a_closed_pipe_is_no_fault(tmp_path: Path) -> None:
    for i in range(300):
        (tmp_path / f"{i}.md").write_text(CARD * 20)
    with subprocess.Popen(
        [sys.executable, "-m", "cardkit", "ingest", str(tmp_path), "-f", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline().startswith(b"{")
        child.stdout.close()
        assert child.stderr.read() == b""


def test_ctrl_c_is_quiet_and_has_its_exit_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(readings, "read_record", interrupted)
    assert run("ingest", "ant.md") == (130, "", "")


# --------------------------------------------------------------------- colours and progress


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_a_terminal_gets_colours_unless_it_wants_none(
    run: Run, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    run("ingest", "ant.md")
    assert ("\x1b[" in terminal.getvalue()) is coloured


def test_progress_is_for_a_terminal_and_more_than_one_card() -> None:
    seen = []
    for stream, total in ((io.StringIO(), 9), (Terminal(), 1), (Terminal(), 9)):
        with Progress(stream, total) as progress:
            progress.step("ant.md")
        seen.append(stream.getvalue())
    assert seen[:2] == ["", ""]
    assert re.fullmatch(r"\r\x1b\[K1/9 cards, [\d,]+/s  ant\.md\r\x1b\[K", seen[2])


@pytest.mark.benchmark
def test_reading_one_card_takes_at_most_three_times_as_long_as_the_imports() -> None:
    def least(*arguments: str) -> float:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            python(*arguments, stdin=CARD.encode())
            times.append(time.perf_counter() - began)
        return min(times)

    assert least("-m", "cardkit", "ingest", "-") < 3 * least("-c", "import pydantic, typer")
