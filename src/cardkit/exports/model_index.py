"""`model-index`: the results in a card's front matter, as the Hub and `huggingface_hub` read it.

Its specification: https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cardkit.exports.export import (
    Export,
    leaderboard,
    name_of,
    others,
    own_results,
    page,
    spread,
    told,
)

UNSTATED = "score"
"""The type of a metric that the card does not name."""
TYPES = {
    "acc": "accuracy",
    "mcc": "matthews_correlation",
    "pearson": "pearsonr",
    "spearman": "spearmanr",
}
"""Metrics that have another id on the Hub, https://huggingface.co/metrics."""


def export(record: Mapping[str, Any]) -> Export:
    """Return the front matter with one entry of `model-index` for each model of the card."""
    missing = list(others(record))
    results = own_results(record)
    task = record.get("model", {}).get("pipeline_tag")
    if results and not task:
        missing.append(
            f"{len(results)} results: each needs the task of the model, and the card states no "
            "pipeline_tag"
        )
        results = []
    models: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        model = result.get("model") or name_of(record)
        if not model:
            missing.append(f"{told(result)}: the card names no model that it belongs to")
            continue
        models.setdefault(model, []).append(_result(record, result, task))
        if result.get("metric") is None:
            missing.append(f"{told(result)}: its metric, which the card does not name")
        missing += spread(result)
    if not models:
        return Export({}, tuple(missing))
    tree = {"model-index": [{"name": name, "results": listed} for name, listed in models.items()]}
    return Export({"README.md": f"---\n{_yaml(tree)}---\n"}, tuple(missing))


def _result(record: Mapping[str, Any], result: Mapping[str, Any], task: str) -> dict[str, Any]:
    """Return a result: its data set is the Hub's where that is known, else the benchmark's name."""
    board = leaderboard(result.get("benchmark"))
    about: dict[str, Any] = {
        "type": board["dataset"] if board else result.get("benchmark") or result["benchmark_text"],
        "name": result["benchmark_text"],
    }
    if result.get("split"):
        about["split"] = result["split"]
    conditions = {
        key: result[key] for key in ("num_fewshot", "method") if result.get(key) is not None
    }
    if conditions:
        about["args"] = conditions
    metric = result.get("metric") or UNSTATED
    value = result["value"]
    tree: dict[str, Any] = {
        "task": {"type": task},
        "dataset": about,
        "metrics": [
            {
                "type": TYPES.get(metric, metric),
                "value": value,
                "name": f"{metric} ({result['unit']})",
            }
        ],
    }
    if url := page(record):
        tree["source"] = {"name": "Model Card", "url": url}
    return tree


def _yaml(tree: dict[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))
