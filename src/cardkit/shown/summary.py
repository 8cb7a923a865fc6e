"""A record as a person reads it, in a terminal or in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from cardkit.place import lines_in
from cardkit.shown.terminal import Paint, cells, clip, pad, plain, table, visible, wrap

Draft: TypeAlias = Mapping[str, Any]

MODEL = {
    "developed_by": "developed by",
    "contact": "contact",
    "released": "released",
    "model_type": "type",
    "architecture": "architecture",
    "license": "licence",
    "language": "language",
    "library_name": "library",
    "pipeline_tag": "task",
    "tags": "tags",
    "base_model": "made from",
    "datasets": "data sets",
    "aliases": "also called",
}
SPEC = {
    "num_parameters": "parameters",
    "num_active_parameters": "active parameters",
    "training_tokens": "training tokens",
    "num_hidden_layers": "layers",
    "hidden_size": "hidden size",
    "intermediate_size": "feed-forward size",
    "num_attention_heads": "attention heads",
    "num_key_value_heads": "key-value heads",
    "vocab_size": "vocabulary",
    "context_length": "context",
    "dtype": "number format",
}
SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
MARK = "▸ "
"""Stands before this model's name among others."""
CELL = 28
"""Columns of the widest cell of a table."""
ROWS = 80
"""Rows of a table beyond which the rest is counted, not shown."""
LINES = 12
"""Lines of one piece of text that are shown."""


def summary(record: Draft, raw: str, *, width: int = 100, paint: Paint = plain) -> str:
    """Return what a record says, then what is wrong with the card, then what was not read."""
    lines: list[str] = [*_title(record, width, paint)]
    for name, part in PARTS.items():
        body = [*part(record, width - 2, paint)]
        if body:
            lines += ["", paint(name, "head"), *(f"  {line}".rstrip() for line in body)]
    lines += _remainder(record, raw, width, paint)
    return "\n".join(lines)


def _title(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    model, source = record.get("model", {}), record["source"]
    name = model.get("model_name") or model.get("model_id") or "a model without a name"
    owner = model.get("model_id") or ""
    where = f" on {model['hub']}" if owner and model.get("hub") else ""
    same = owner == name and not where
    yield paint(visible(name), "title") + ("" if same or not owner else f"  {owner}{where}")
    facts = [source["uri"], source["form"], f"{source['bytes']:,} bytes"]
    if source.get("encoding", "utf-8") != "utf-8":
        facts.append(source["encoding"])
    facts.append(", ".join(source.get("language", ())))
    yield visible(" · ".join(filter(None, facts)))
    repairs = [
        repair["kind"] + (f" ×{repair['count']}" if repair["count"] > 1 else "")
        for repair in source.get("repairs", ())
    ]
    if repairs:
        yield from _hanging("repaired  ", ", ".join(repairs), width, paint)


def _model(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    model = record.get("model", {})
    if model.get("summary"):
        yield from wrap(visible(model["summary"]), width)
    rows = {label: _words(model.get(key)) for key, label in MODEL.items()}
    for kind, urls in (model.get("links") or {}).items():
        rows[kind] = "\n".join(urls)
    yield from _labelled(rows, width, paint)


def _words(value: Any) -> str:
    """Return a value of the model as words."""
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, Mapping):
        words = [str(value[key]) for key in ("id", "name", "relation", "url") if value.get(key)]
        return words[0] + (f" ({', '.join(words[1:])})" if words[1:] else "") if words else ""
    return "" if value is None else str(value)


def _spec(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    spec = record.get("spec") or {}
    yield from _labelled(
        {label: _count(spec.get(key)) for key, label in SPEC.items()}, width, paint
    )


def _count(value: Any) -> str:
    """Return a count with its short form.

    >>> _count(2608000000000), _count(2048), _count(None)
    ('2.608T (2,608,000,000,000)', '2,048', '')
    """
    if not isinstance(value, int):
        return "" if value is None else str(value)
    for scale, letter in SCALES:
        if value >= scale:
            return f"{value / scale:.6g}{letter} ({value:,})"
    return f"{value:,}"


def _variants(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    variants = record.get("variants") or []
    keys = [key for key in SPEC if any((v.get("spec") or {}).get(key) for v in variants)]
    rows = [["model", "id", *(SPEC[key] for key in keys)]]
    for variant in variants[:ROWS]:
        spec = variant.get("spec") or {}
        figures = [_count(spec.get(key)).partition(" (")[0] for key in keys]
        rows.append([variant.get("model_name") or "", variant.get("model_id") or "", *figures])
    if variants:
        yield from _grid(rows, width, paint, fixed=2)
        yield from _more(len(variants) - ROWS)


def _training(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    for i, setup in enumerate(record.get("training") or []):
        if i:
            yield ""
        if setup.get("stage"):
            yield paint(setup["stage"], "title")
        rows: dict[str, str] = {}
        for parameter in setup.get("hyperparameters", ()):
            value, text = _number(parameter["value"]), parameter.get("text") or ""
            if parameter.get("unit"):
                value += f" {parameter['unit']}"
            shown = value if _same(value, text, parameter) else f"{value}  ({text})"
            name = parameter["name"]
            rows[name] = f"{rows[name]}\n{shown}" if name in rows else shown
        rows |= {key: setup.get(key) or "" for key in ("hardware", "framework")}
        count = len(setup.get("configs", ()))
        rows["configs"] = f"{count} block{'s' * (count > 1)}" if count else ""
        yield from _labelled(rows, width, paint)


def _same(value: str, text: str, parameter: Draft) -> bool:
    """Return whether the printed text says no more than the value."""
    if text in ("", value, str(parameter["value"])):
        return True
    try:
        return bool(float(text.replace(",", "")) == parameter["value"])
    except ValueError:
        return False


def _number(value: Any) -> str:
    """Return a setting as people write it.

    >>> _number(8400000000.0), _number(2e-5), _number(2048)
    ('8,400,000,000', '2e-05', '2048')
    """
    large = isinstance(value, (int, float)) and abs(value) >= 1e6
    return f"{value:,.0f}" if large and value == int(value) else str(value)


def _evaluations(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    tables: dict[Any, list[Draft]] = {}
    for entry in record.get("evaluations") or []:
        tables.setdefault(entry.get("table"), []).append(entry)
    for i, (number, entries) in enumerate(tables.items()):
        if i:
            yield ""
        name = "outside tables" if number is None else f"table {number}"
        units = {entry["unit"] for entry in entries}
        facts = [name, *sorted({e["harness"] for e in entries if e.get("harness")})]
        facts += units if len(units) == 1 else []
        yield paint(" · ".join(facts), "label")
        yield from _scores(entries, width, paint)


def _scores(entries: Sequence[Draft], width: int, paint: Paint) -> Iterator[str]:
    """Yield a table of scores, models down and benchmarks across, or the other way round."""
    cells_of: dict[tuple[tuple[str, str], str], str] = {}
    models: dict[tuple[str, str], bool] = {}
    benchmarks: dict[str, None] = {}
    shots: dict[str, set[Any]] = {}
    for entry in entries:
        shots.setdefault(entry["benchmark_text"], set()).add(entry.get("num_fewshot"))
    for entry in entries:
        model = entry.get("model") or "this model", entry.get("group") or ""
        benchmark = entry["benchmark_text"]
        if len(shots[benchmark]) > 1 and entry.get("num_fewshot") is not None:
            benchmark += f" ({entry['num_fewshot']}-shot)"
        models[model] = models.get(model, False) or bool(entry.get("is_self"))
        benchmarks.setdefault(benchmark)
        printed = _printed(entry)
        known = cells_of.get((model, benchmark))
        cells_of[model, benchmark] = f"{known} / {printed}" if known else printed
    groups = any(group for _, group in models)
    others = " " * len(MARK) if any(models.values()) else ""
    names = {m: (MARK if is_self else others) + m[0] for m, is_self in models.items()}
    down = [["model", *(["group"] if groups else []), *benchmarks]]
    for model, name in names.items():
        figures = [cells_of.get((model, benchmark), "") for benchmark in benchmarks]
        down.append([name, *([model[1]] if groups else []), *figures])
    across = [["", *(name.removeprefix(others) for name in names.values())]]
    if groups:
        across.append(["", *(group for _, group in names)])
    across += [
        [benchmark, *(cells_of.get((model, benchmark), "") for model in names)]
        for benchmark in benchmarks
    ]
    alone = len(models) == 1 and len(benchmarks) > 1
    if alone or _width(down) > width >= _width(across):
        yield from _grid(across, width, paint, fixed=1)
    else:
        yield from _grid(down, width, paint, fixed=2 if groups else 1)


def _printed(entry: Draft) -> str:
    """Return a score as printed, or its value where more than it is printed."""
    text = entry.get("text") or ""
    return text if 0 < len(text) <= 14 else f"{entry['value']:g}"


def _width(rows: Sequence[Sequence[str]], cell: int = CELL) -> int:
    columns = zip(*rows, strict=True)
    return sum(min(cell, max(map(cells, column))) + 2 for column in columns) - 2


def _grid(rows: Sequence[Sequence[str]], width: int, paint: Paint, *, fixed: int) -> Iterator[str]:
    """Yield the lines of a table, its head and this model's rows in their colours.

    Where it is too wide, its columns stand in several tables below each other, each of which
    begins with the fixed ones.
    """
    written = [[visible(cell).replace("\n", " ") for cell in row] for row in rows[: ROWS + 1]]
    cell = CELL if _width(written, 2 * CELL) > width else 2 * CELL
    shown = [[clip(text, cell) for text in row] for row in written]
    for i, columns in enumerate(_columns(shown, width, fixed)):
        if i:
            yield ""
        part = [[row[column] for column in columns] for row in shown]
        for line, row in zip(table(part, numbers_from=fixed), part, strict=True):
            style = "label" if row is part[0] else "self" if row[0].startswith(MARK) else ""
            yield paint(clip(line, width), style) if style else clip(line, width)
    yield from _more(len(rows) - ROWS - 1)


def _columns(rows: Sequence[Sequence[str]], width: int, fixed: int) -> Iterator[list[int]]:
    """Yield the numbers of the columns that fit beside each other."""
    widths = [max(map(cells, column)) + 2 for column in zip(*rows, strict=True)]
    first = list(range(fixed))
    columns = list(first)
    for i in range(fixed, len(widths)):
        if len(columns) > fixed and sum(widths[c] for c in columns) + widths[i] - 2 > width:
            yield columns
            columns = list(first)
        columns.append(i)
    yield columns


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"… and {count:,} more; --format json prints all"


def _prompt(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    prompt = record.get("prompt")
    if not prompt:
        return
    yield paint(f"from: {prompt['source']}", "label")
    yield from _text(prompt["format"], width)
    rows = {"system": prompt.get("system") or "", "stop": "  ".join(prompt.get("stop", ()))}
    yield from _labelled(rows, width, paint)


def _text(text: str, width: int) -> Iterator[str]:
    """Yield a text with its line ends in sight."""
    lines = visible(text).split("\n")
    for i, line in enumerate(lines[:LINES]):
        yield "│ " + clip(line, width - 4) + ("⏎" if i < len(lines) - 1 else "")
    yield from _more(len(lines) - LINES)


def _examples(record: Draft, width: int, paint: Paint) -> Iterator[str]:
    for i, example in enumerate(record.get("examples") or [], start=1):
        facts = [example["language"]]
        facts += [str(example[k]) for k in ("library", "entry_point", "model_id") if example.get(k)]
        facts += [str(example[k]) for k in ("device", "dtype") if example.get(k)]
        facts += ["trust_remote_code"] if example.get("trust_remote_code") else []
        facts += ["commented out"] if example.get("commented_out") else []
        facts += ["does not compile"] if example.get("code") is None else []
        yield from _hanging(f"{i}. ", " · ".join(facts), width, paint)
        rows = {
            "installs": ", ".join(example.get("installs", ())),
            "input": "\n".join(text.replace("\n", "⏎") for text in example.get("inputs", ())),
            "generation": ", ".join(f"{k}={v}" for k, v in example.get("generation", {}).items()),
            "output": clip((example.get("expected_output") or "").replace("\n", "⏎"), 2 * width),
        }
        yield from (f"   {line}" for line in _labelled(rows, width - 3, paint))


PARTS = {
    "Model": _model,
    "Spec": _spec,
    "Variants": _variants,
    "Training": _training,
    "Evaluations": _evaluations,
    "Prompt": _prompt,
    "Examples": _examples,
}


def _remainder(record: Draft, raw: str, width: int, paint: Paint) -> Iterator[str]:
    """Yield the problems and what was not read, each with its place."""
    lines, uri = lines_in(raw), record["source"]["uri"]
    problems, unread = record.get("problems") or [], record.get("unread") or []
    if problems:
        yield from ("", paint(f"Problems ({len(problems)})", "head"))
    alike: dict[tuple[str, str, str], list[str]] = {}
    for problem in problems:
        place = lines.place((problem.get("at") or {"start": 0})["start"])
        key = problem["severity"], problem["code"], problem["message"]
        alike.setdefault(key, []).append(f"{place.line}:{place.column}")
    for (severity, code, message), (first, *others) in alike.items():
        head = f"{visible(uri)}:{first} {paint(severity, severity)} {paint(f'[{code}]', 'label')}"
        yield f"  {head}"
        text = f"{message} Also at {', '.join(others)}." if others else message
        yield from (f"    {line}" for line in wrap(visible(text), width - 4))
    if unread:
        yield from ("", paint(f"Not read ({len(unread)})", "head"))
    for piece in unread[:ROWS]:
        place = lines.place(piece["at"]["start"])
        text = clip(visible(piece["text"]).replace("\n", "⏎"), width - 4)
        yield f"  {visible(uri)}:{place.line}:{place.column} {paint(piece['because'], 'label')}"
        yield f"    {text}"
    yield from (f"  {line}" for line in _more(len(unread) - ROWS))


def _labelled(rows: Mapping[str, str], width: int, paint: Paint) -> Iterator[str]:
    """Yield labels and their values side by side, without those that have none."""
    shown = {label: text for label, text in rows.items() if text}
    longest = max(map(cells, shown), default=0) + 2
    for label, text in shown.items():
        yield from _hanging(pad(label, longest), text, width, paint)


def _hanging(label: str, text: str, width: int, paint: Paint) -> Iterator[str]:
    """Yield a label and a text whose further lines stand below its first."""
    room = max(20, width - cells(label))
    lines = [line for part in visible(text).split("\n") for line in wrap(part, room)]
    yield paint(label, "label") + lines[0]
    yield from (" " * cells(label) + line for line in lines[1:])
