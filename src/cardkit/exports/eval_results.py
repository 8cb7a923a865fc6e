"""The Hub's `.eval_results/*.yaml`, https://huggingface.co/docs/hub/eval-results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cardkit.exports.export import (
    KNOWN_METRICS,
    Export,
    leaderboard,
    others,
    own_results,
    page,
    setting,
    slug,
    spread,
    told,
)


def export(record: Mapping[str, Any]) -> Export:
    """Return a file for each benchmark that has a leaderboard on the Hub.

    A score is written as a percent, as the leaderboards have it.
    """
    missing = list(others(record))
    chosen: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    own = own_results(record)
    whose = _whose(record, own)
    for result in own:
        if why := _unfit(result) or whose.get(result.get("model") or "", ""):
            missing.append(f"{told(result)}: {why}")
        else:
            chosen.setdefault((result["benchmark"], setting(result)), []).append(result)
    entries: dict[str, list[dict[str, Any]]] = {}
    source = page(record)
    if source is None and chosen:
        missing.append("source: the card does not say that the model is on the Hugging Face Hub")
    for (benchmark, notes), results in chosen.items():
        if len({(each.get("model"), each["normalized"]) for each in results}) > 1:
            missing.append(
                f"{', '.join(map(told, results))}: several values for one score; which is this "
                "repository's is for a person to say"
            )
            continue
        entries.setdefault(benchmark, []).append(_entry(results[0], notes, source))
        missing += spread(results[0])
    return Export(
        {f".eval_results/{name}.yaml": _yaml(listed) for name, listed in entries.items()},
        tuple(missing),
    )


def _whose(record: Mapping[str, Any], own: list[dict[str, Any]]) -> dict[str, str]:
    """Return the models of a card, as printed, whose results are not those of its repository.

    They come with the reason. A card of a family has results of several, and only a person can
    say which one the repository holds, where none is called as the card's own model.
    """
    names = {result["model"] for result in own if result.get("model")}
    if len(names) < 2:
        return {}
    model = record.get("model", {})
    called = {model.get("model_name") or "", (model.get("model_id") or "").rpartition("/")[2]}
    is_it = {
        name for name in names if slug(name).lower() in {slug(each).lower() for each in called}
    }
    other = f"of {', '.join(sorted(names))}: which is in this repository is for a person to say"
    return {
        name: f"it is of {name}, another model than the card's own" if is_it else f"it is {other}"
        for name in names - is_it
    }


def _unfit(result: Mapping[str, Any]) -> str:
    """Return why a result has no place on a leaderboard; "" where it has one."""
    if leaderboard(result.get("benchmark")) is None:
        return "no leaderboard of the Hub is known for this benchmark"
    if result.get("normalized") is None:
        return "it is no share of anything, and the leaderboard's scores are percents"
    if result.get("metric") not in (None, *KNOWN_METRICS):
        return f"its metric is {result['metric']}, another than the leaderboard's"
    return ""


def _entry(result: Mapping[str, Any], notes: str, source: str | None) -> dict[str, Any]:
    board = leaderboard(result["benchmark"]) or {}
    entry: dict[str, Any] = {
        "dataset": {"id": board["dataset"], "task_id": board["task"]},
        "value": round(100 * result["normalized"], 6),
    }
    if source:
        entry["source"] = {"url": source, "name": "Model Card"}
    if notes:
        entry["notes"] = notes
    return entry


def _yaml(entries: list[dict[str, Any]]) -> str:
    import yaml

    return str(yaml.safe_dump(entries, sort_keys=False, allow_unicode=True))
