"""A report for a person, for a page, and for a program."""

from __future__ import annotations

import json

from cardkit.outcome import Answer, Environment, Files, Isolation, Speed
from cardkit.plan import Change
from cardkit.report import Disk, Figure, Finding, Layer, Report
from cardkit.shown import reports

REPORT = Report(
    model="ant-1b",
    verdict="failed",
    rehearsal=True,
    device="npu:0",
    simulated=True,
    dtype="bfloat16",
    layers=(
        Layer(name="L0", title="fetch", verdict="pass", because="2 files",
              figures=(Figure(name="files", value=2),
                       Figure(name="size", value=1234567.0, unit="bytes"))),
        Layer(name="L4", title="device parity", verdict="fail", because="logits of 9 positions",
              findings=(Finding(code="parity.logits", severity="fail", said="mean KL | is 3 nats",
                                todo="try --dtype float32"),),
              figures=(Figure(name="mean KL", value=3.0, unit="nats", limit=0.01),)),
        Layer(name="L9", title="benchmark", verdict="skipped", because="not asked for"),
    ),
    findings=(Finding(code="run.forbidden", severity="note", said="it tried a socket",
                      todo="read it"),),
    origin="card",
    printed_example='m = load("ant/ant-1b")\nprint(m)\x1b[31m',
    example="m = load(MODEL)\nprint(m)",
    changes=(Change(rule="model_id", line=1, before='"ant/ant-1b"', after="MODEL",
                    because="the files are fetched before the run"),),
    answers=(Answer(texts=("six legs",), new_tokens=3),),
    files=Files(hub="modelers", id="ant/ant-1b", revision="main", commit="c" * 40),
    isolation=Isolation(rung="landlock", denied=("socket",)),
    environment=Environment(python="3.11.7", versions={"torch": "2.13.0"}, device_name="Ascend"),
    speed=Speed(load_seconds=1.25, tokens_per_second=20.0, latency_p50=0.01, latency_p95=0.02,
                peak_memory=2_000_000_000, peak_memory_checks=3_000_000_000),
    disk=Disk(folder="~/cache", kept=10, freed=2_000),
    cardkit="0.1.0",
    command="cardkit verify ant-1b --device npu:0 --rehearse",
)  # fmt: skip


def test_a_person_reads_the_verdict_first_and_then_what_was_run_changed_and_judged() -> None:
    assert (
        reports.as_text(REPORT, 80)
        == """\
ant-1b on npu:0 (simulated) (rehearsal): failed (L4 device parity)
A rehearsal, no verification: a stand-in of the same architecture with random
weights ran in the model's place. It proves nothing about loss, content or
benchmarks.
The device is simulated by a test kit: this says nothing about hardware.
fail [parity.logits] L4: mean KL | is 3 nats
  → try --dtype float32
note [run.forbidden] it tried a socket

model      ant/ant-1b, main of Modelers: commit
           cccccccccccccccccccccccccccccccccccccccc
device     npu:0 (Ascend), bfloat16
versions   cardkit 0.1.0, Python 3.11.7, torch 2.13.0
isolation  landlock; denied: socket
speed      loaded in 1.2 s, 20.0 tokens/s, 10.0 ms a token (p95 20.0 ms), 2.0 GB
           of memory at most (3.0 GB with the checks)
disk       10 bytes kept in ~/cache, 2.0 kB freed
example    the card's own
command    cardkit verify ant-1b --device npu:0 --rehearse

The example as the card prints it
    m = load("ant/ant-1b")
    print(m)␛[31m

The example as it ran
    - m = load("ant/ant-1b")
    + m = load(MODEL)
    - print(m)␛[31m
    + print(m)

What was changed
line 1   model_id: the files are fetched before the run

Layers
L0 fetch              pass     2 files
      files 2, size 1.235e+06 bytes
L4 device parity      fail     logits of 9 positions
      mean KL 3 nats (limit 0.01)
      fail [parity.logits] mean KL | is 3 nats
        → try --dtype float32
L9 benchmark          skipped  not asked for

The answer (3 tokens)
    six legs"""
    )


def test_a_page_shows_the_same_in_tables() -> None:
    lines = reports.as_markdown(REPORT).split("\n")
    assert lines[0] == "# ant-1b on npu:0 (simulated) (rehearsal): failed (L4 device parity)"
    assert [line for line in lines if line.startswith(("| L4", "| 1 |", "- "))] == [
        "| L4 device parity | fail | logits of 9 positions | mean KL 3 nats (limit 0.01) |",
        "- **fail** `parity.logits` mean KL | is 3 nats → try --dtype float32",
        "- **note** `run.forbidden` it tried a socket → read it",
        '- m = load("ant/ant-1b")',
        "- print(m)␛[31m",
        '| 1 | model_id | `"ant/ant-1b"` | `MODEL` | the files are fetched before the run |',
    ]


def test_a_program_gets_an_object_for_one_and_an_array_for_several() -> None:
    assert Report.model_validate(json.loads(reports.as_json([REPORT]))) == REPORT
    assert len(json.loads(reports.as_json([REPORT, REPORT]))) == 2


def test_a_verdict_that_passed_says_what_did_not_run() -> None:
    passed = Report(model="ant", verdict="passed", device="cpu", layers=REPORT.layers)
    assert reports.headline(passed) == "ant on cpu: passed (without L9)"


def test_a_script_that_cardkit_made_is_shown_whole() -> None:
    made = REPORT.model_copy(update={"origin": "prompt", "refused": "it loads ant-9b"})
    shown = reports.as_text(made, 80).split("\n")
    at = shown.index("The script that ran")
    assert shown[at + 1 : at + 3] == ["    m = load(MODEL)", "    print(m)"]


def test_what_each_check_took_is_shown() -> None:
    speed = Speed(
        peak_memory=2_000_000_000,
        peak_memory_checks=3_000_000_000,
        seconds={"import": 5.0, "example": 4.0, "measure tensors": 0.25,
                 "load the reference": 1.0, "measure parity": 0.5},
        peaks={"example": 2_000_000_000, "measure tensors": 2_100_000_000,
               "load the reference": 3_000_000_000, "measure parity": 3_000_000_000},
    )  # fmt: skip
    shown = dict(reports.facts(REPORT.model_copy(update={"speed": speed})))
    assert shown["speed"] == (
        "loaded in 0.0 s, 2.0 GB of memory at most (2.1 GB with the checks before parity, "
        "3.0 GB with the checks), checks in 1.8 s (tensors 0.2 s, reference 1.0 s, parity 0.5 s)"
    )
