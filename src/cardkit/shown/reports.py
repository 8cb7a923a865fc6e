"""The report of a verification, for a person, for a page, and for a program."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from itertools import takewhile

from cardkit.hubs.cache import gigabytes
from cardkit.hubs.table import HUBS
from cardkit.outcome import Speed
from cardkit.report import Figure, Finding, Layer, Report
from cardkit.shown.terminal import Paint, pad, plain, visible, wrap

STYLES = {
    "pass": "self",
    "passed": "self",
    "fail": "error",
    "failed": "error",
    "blocked": "warning",
    "warning": "warning",
    "skipped": "note",
    "unknown": "warning",
    "note": "note",
}
ORIGINS = {
    "card": "the card's own",
    "prompt": "made by cardkit from the documented prompt and generation arguments",
    "none": "none",
}
REHEARSED = (
    "A rehearsal, no verification: a stand-in of the same architecture with random weights ran in "
    "the model's place. It proves nothing about loss, content or benchmarks."
)
SIMULATED = "The device is simulated by a test kit: this says nothing about hardware."
RUN = ("import", "example")
"""Steps of a run that are no checks."""
REFERENCE = "load the reference"
"""The step from which on parity's second model lies in memory."""
DIGITS = 4


def as_text(report: Report, width: int, paint: Paint = plain) -> str:
    """Return a report for a terminal."""
    return "\n".join(_text(report, width, paint))


def as_markdown(report: Report) -> str:
    """Return a report for a page, in GitHub's Markdown."""
    return "\n".join(_markdown(report))


def as_json(reports: Sequence[Report]) -> str:
    """Return one report as an object, several as an array."""
    told = [report.model_dump(mode="json") for report in reports]
    return json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=2)


def headline(report: Report) -> str:
    """Return the verdict in a line, with all that takes from its weight.

    >>> from cardkit.report import Report
    >>> headline(Report(model="ant", verdict="passed", device="npu:0", simulated=True))
    'ant on npu:0 (simulated): passed'
    """
    what = " (rehearsal)" if report.rehearsal else ""
    where = f"{report.device} (simulated)" if report.simulated else report.device
    return f"{report.model} on {where}{what}: {report.verdict}{_without(report)}"


def _without(report: Report) -> str:
    """Return what did not run beside a verdict, which says nothing about that, or what failed."""
    if report.verdict != "passed":
        failed = [
            f"{layer.name} {layer.title}" for layer in report.layers if layer.verdict == "fail"
        ]
        return f" ({', '.join(failed)})" if failed else ""
    left = [layer.name for layer in report.layers if layer.verdict in ("skipped", "unknown")]
    return f" (without {', '.join(left)})" if left else ""


def facts(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what was run, where and how."""
    if files := report.files:
        pinned = f"commit {files.commit}" if files.commit else f"pinned by its hashes {files.pin}"
        hub = HUBS[files.hub].TITLE if files.hub in HUBS else files.hub
        yield "model", f"{files.id}, {files.revision} of {hub}: {pinned}"
    if here := report.environment:
        name = f" ({here.device_name})" if here.device_name else ""
        format_ = f", {report.dtype}" if report.dtype else ""
        yield "device", f"{report.device}{name}{format_}"
        versions = [f"{package} {version}" for package, version in here.versions.items()]
        yield (
            "versions",
            ", ".join([f"cardkit {report.cardkit}", f"Python {here.python}", *versions]),
        )
    if held := report.isolation:
        denied = f"; denied: {', '.join(held.denied)}" if held.denied else ""
        yield "isolation", f"{held.rung}{denied}"
    if report.speed:
        yield "speed", ", ".join(_speed(report))
    if report.disk:
        freed = f", {gigabytes(report.disk.freed)} freed" if report.disk.freed else ""
        yield "disk", f"{gigabytes(report.disk.kept)} kept in {report.disk.folder}{freed}"
    yield "example", ORIGINS[report.origin] + (f": {report.refused}" if report.refused else "")
    if report.measured:
        yield "measured", report.measured
    if report.command:
        yield "command", report.command


def _speed(report: Report) -> Iterator[str]:
    speed = report.speed
    if speed is None:
        return
    yield f"loaded in {speed.load_seconds:.1f} s"
    if speed.tokens_per_second is not None:
        yield f"{speed.tokens_per_second:.1f} tokens/s"
    if speed.latency_p50 is not None and speed.latency_p95 is not None:
        yield f"{speed.latency_p50 * 1e3:.1f} ms a token (p95 {speed.latency_p95 * 1e3:.1f} ms)"
    if speed.peak_memory is not None:
        more = ", ".join(_more_memory(speed))
        yield f"{gigabytes(speed.peak_memory)} of memory at most{f' ({more})' if more else ''}"
    if speed.device_peak_memory is not None:
        yield f"{gigabytes(speed.device_peak_memory)} on the device"
    if took := {step: each for step, each in speed.seconds.items() if step not in RUN}:
        each = [f"{step.rpartition(' ')[2]} {seconds:.1f} s" for step, seconds in took.items()]
        yield f"checks in {sum(took.values()):.1f} s ({', '.join(each)})"


def _more_memory(speed: Speed) -> Iterator[str]:
    """Yield what the checks took of memory beside the example, those without a reference first."""
    before = [peak for _, peak in takewhile(lambda row: row[0] != REFERENCE, speed.peaks.items())]
    if before and REFERENCE in speed.peaks:
        yield f"{gigabytes(max(before))} with the checks before parity"
    if speed.peak_memory_checks:
        yield f"{gigabytes(speed.peak_memory_checks)} with the checks"


def _text(report: Report, width: int, paint: Paint) -> Iterator[str]:
    yield paint(visible(headline(report)), STYLES[report.verdict])
    for sentence in _warnings(report):
        yield from wrap(sentence, width)
    for finding in (*_deciding(report), *report.findings):
        yield from _finding(finding, width, paint, 0)
    yield ""
    for name, said in facts(report):
        yield from _hung(paint(pad(name, 11), "label"), 11, visible(said), width)
    if report.printed_example is not None:
        yield ""
        yield paint("The example as the card prints it", "head")
        yield from _indented(report.printed_example)
    if report.example is not None:
        yield ""
        yield from _ran(report, paint)
    if report.changes:
        yield ""
        yield paint("What was changed", "head")
        for change in report.changes:
            line = pad(f"line {change.line}", 9)
            yield from _hung(line, 9, visible(f"{change.rule}: {change.because}"), width)
    yield ""
    yield paint("Layers", "head")
    for layer in report.layers:
        yield from _layer(layer, width, paint)
    for answer in report.answers:
        for text in answer.texts:
            yield ""
            yield paint(f"The answer ({answer.new_tokens} tokens)", "head")
            yield from _indented(text)


def _warnings(report: Report) -> Iterator[str]:
    if report.rehearsal:
        yield REHEARSED
    if report.simulated:
        yield SIMULATED


def _deciding(report: Report) -> Iterator[Finding]:
    """Yield what made a layer fail or be blocked, which stands with that layer too."""
    for layer in report.layers:
        for finding in layer.findings:
            if finding.severity in ("fail", "blocked"):
                yield finding.model_copy(update={"said": f"{layer.name}: {finding.said}"})


def _hung(first: str, size: int, said: str, width: int) -> Iterator[str]:
    """Yield a label and its words beside it."""
    lines = wrap(said, max(width - size, 20)) or [""]
    yield f"{first}{lines[0]}".rstrip()
    yield from (" " * size + line for line in lines[1:])


def _indented(code: str) -> Iterator[str]:
    yield from (f"    {visible(line)}".rstrip() for line in code.splitlines())


def _ran(report: Report, paint: Paint) -> Iterator[str]:
    """Yield the script that ran: what changed of the printed one, or all of a made one."""
    if report.origin == "card" and report.printed_example is not None:
        yield paint("The example as it ran", "head")
        for line in diff(report):
            style = {"+": "added", "-": "removed"}.get(line[:1])
            shown = f"    {visible(line)}".rstrip()
            yield paint(shown, style) if style else shown
    else:
        yield paint("The script that ran", "head")
        yield from _indented(report.example or "")


def diff(report: Report) -> list[str]:
    """Return the lines of the example, marked by what went and what came."""
    before = (report.printed_example or "").splitlines()
    after = (report.example or "").splitlines()
    return [line for line in difflib.ndiff(before, after) if not line.startswith("?")]


def _layer(layer: Layer, width: int, paint: Paint) -> Iterator[str]:
    first = f"{layer.name} {pad(layer.title, 18)} {pad(layer.verdict, 8)}"
    painted = f"{layer.name} {pad(layer.title, 18)} " + paint(
        pad(layer.verdict, 8), STYLES[layer.verdict]
    )
    yield from _hung(f"{painted} ", len(first) + 1, visible(layer.because), width)
    figures = ", ".join(map(figure, layer.figures))
    if figures:
        yield from (f"      {line}" for line in wrap(visible(figures), width - 6))
    for finding in layer.findings:
        yield from _finding(finding, width, paint, 6)


def figure(one: Figure) -> str:
    """Return a figure in words.

    >>> figure(Figure(name="mean KL", value=0.00123456, unit="nats", limit=0.01))
    'mean KL 0.001235 nats (limit 0.01)'
    """
    unit = f" {one.unit}" if one.unit else ""
    limit = f" (limit {_number(one.limit)})" if one.limit is not None else ""
    return f"{one.name} {_number(one.value)}{unit}{limit}"


def _number(value: float | int | str | bool | None) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else value


def _finding(finding: Finding, width: int, paint: Paint, margin: int) -> Iterator[str]:
    blanks = " " * margin
    first = f"{finding.severity} [{finding.code}] "
    painted = paint(finding.severity, STYLES[finding.severity]) + f" [{finding.code}] "
    lines = wrap(visible(first + finding.said), width - margin)
    yield blanks + painted + lines[0].removeprefix(first.rstrip()).lstrip()
    yield from (f"{blanks}  {line}" for line in lines[1:])
    if finding.severity != "note":
        yield from (
            f"{blanks}  {'→ ' if n == 0 else '  '}{line}"
            for n, line in enumerate(wrap(visible(finding.todo), width - margin - 4))
        )


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {headline(report)}"
    for sentence in _warnings(report):
        yield f"\n**{sentence}**"
    yield "\n| | |\n|---|---|"
    for name, said in facts(report):
        yield f"| {name} | {_cell(said)} |"
    yield "\n## Layers\n\n| layer | verdict | why | figures |\n|---|---|---|---|"
    for layer in report.layers:
        shown = ", ".join(map(figure, layer.figures))
        yield (
            f"| {layer.name} {layer.title} | {layer.verdict} | {_cell(layer.because)} "
            f"| {_cell(shown)} |"
        )
    found = [*(each for layer in report.layers for each in layer.findings), *report.findings]
    if found:
        yield "\n## Findings\n"
        for each in found:
            yield f"- **{each.severity}** `{each.code}` {_words(each.said)} → {_words(each.todo)}"
    if report.printed_example is not None:
        yield "\n## The example as the card prints it\n"
        yield _fenced(report.printed_example, "python")
    if report.example is not None:
        if report.origin == "card" and report.printed_example is not None:
            yield "\n## The example as it ran\n"
            yield _fenced("\n".join(diff(report)), "diff")
        else:
            yield "\n## The script that ran\n"
            yield _fenced(report.example, "python")
    if report.changes:
        yield "\n## What was changed\n"
        yield "| line | rule | before | after | why |\n|---|---|---|---|---|"
        for change in report.changes:
            yield (
                f"| {change.line} | {change.rule} | {_code(change.before)} "
                f"| {_code(change.after)} | {_cell(change.because)} |"
            )
    for answer in report.answers:
        for text in answer.texts:
            yield f"\n## The answer ({answer.new_tokens} tokens)\n"
            yield _fenced(text, "text")


def _cell(said: str) -> str:
    return _words(said).replace("|", "\\|")


def _words(said: str) -> str:
    """Return words on one line that Markdown takes as they are."""
    return " ".join(visible(said).split()).replace("<", "&lt;").replace("`", "'")


def _code(code: str) -> str:
    shown = " ".join(visible(code).split()).replace("|", "\\|").replace("`", "'")
    return f"`{shown}`" if shown else ""


def _fenced(code: str, language: str) -> str:
    fence = "```"
    while fence in code:
        fence += "`"
    return f"{fence}{language}\n{visible(code)}\n{fence}"
