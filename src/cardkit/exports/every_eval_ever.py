"""Every Eval Ever: results as JSON, https://github.com/evaleval/every_eval_ever, schema 0.2.1."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from cardkit.dataset.query import directions
from cardkit.exports.export import (
    Export,
    leaderboard,
    name_of,
    others,
    own_results,
    page,
    slug,
    spread,
    told,
)

SCHEMA = "0.2.1"
BOUNDS = {"fraction": (0.0, 1.0), "percent": (0.0, 100.0)}
UNKNOWN = "unknown"
"""The schema's word for what is not known."""


def export(record: Mapping[str, Any], now: float | None = None) -> Export:
    """Return a log for each model of the card and each suite that its results are from.

    `now` is when it is made, in seconds since 1970.
    """
    missing = list(others(record))
    model = record.get("model", {})
    owner = (model.get("model_id") or "").partition("/")[0] if model.get("model_id") else None
    organization = (model.get("developed_by") or [None])[0] or owner
    results = own_results(record)
    if results and not organization:
        missing.append(f"{len(results)} results: the card does not say whose they are")
        results = []
    logs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for result in results:
        name = result.get("model") or name_of(record)
        why = _unfit(result) if name else "the card names no model that it belongs to"
        if why:
            missing.append(f"{told(result)}: {why}")
            continue
        key = (str(name), result.get("harness") or UNKNOWN)
        logs.setdefault(key, []).append(_result(result))
        missing += spread(result)
    when = f"{time.time() if now is None else now:.0f}"
    files = {
        f"{slug(name)}_{slug(suite)}.json": json.dumps(
            _log(record, name, suite, listed, str(organization), when),
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
        for (name, suite), listed in logs.items()
    }
    return Export(files, tuple(missing))


def _unfit(result: Mapping[str, Any]) -> str:
    """Return why a result cannot be stated in the schema's terms; "" where it can."""
    if result["unit"] not in BOUNDS:
        return "the schema asks for its least and greatest value, which nobody states"
    least, greatest = BOUNDS[result["unit"]]
    if not least <= result["value"] <= greatest:
        return f"it lies beyond {least:g} to {greatest:g}"
    if _higher(result) is None:
        return "it is not known whether more of it is better"
    return ""


def _higher(result: Mapping[str, Any]) -> bool | None:
    known = directions()
    if result.get("metric"):
        return dict(known["metric_directions"]).get(result["metric"])
    return dict(known["benchmark_directions"]).get(result.get("benchmark") or "")


def _result(result: Mapping[str, Any]) -> dict[str, Any]:
    least, greatest = BOUNDS[result["unit"]]
    board = leaderboard(result.get("benchmark"))
    about: dict[str, Any] = {"dataset_name": result.get("benchmark") or result["benchmark_text"]}
    about["source_type"] = "hf_dataset" if board else "other"
    if board:
        about["hf_repo"] = board["dataset"]
    conditions = ("num_fewshot", "method", "split", "group")
    said = {key: str(result[key]) for key in conditions if result.get(key) is not None}
    config: dict[str, Any] = {
        "lower_is_better": not _higher(result),
        "score_type": "continuous",
        "min_score": least,
        "max_score": greatest,
    }
    if result.get("metric"):
        config["evaluation_description"] = result["metric"]
    tree: dict[str, Any] = {
        "evaluation_name": result["benchmark_text"],
        "source_data": about,
        "metric_config": config,
        "score_details": {"score": result["value"], "details": {"as_printed": result["text"]}},
    }
    if said:
        tree["generation_config"] = {"additional_details": said}
    return tree


def _log(
    record: Mapping[str, Any],
    name: str,
    suite: str,
    results: list[dict[str, Any]],
    organization: str,
    when: str,
) -> dict[str, Any]:
    model_id = record.get("model", {}).get("model_id")
    said = {"card_sha256": record["source"]["sha256"]}
    if url := page(record):
        said["card"] = url
    whose = model_id if model_id and name == name_of(record) else name
    return {
        "schema_version": SCHEMA,
        "evaluation_id": f"{slug(suite)}/{slug(whose)}/{when}",
        "retrieved_timestamp": when,
        "source_metadata": {
            "source_name": "Model card",
            "source_type": "documentation",
            "source_organization_name": organization,
            # A card does not say who ran its evaluations.
            "evaluator_relationship": "other",
            "additional_details": said,
        },
        "eval_library": {"name": suite, "version": UNKNOWN},
        "model_info": {"name": name, "id": whose},
        "evaluation_results": results,
    }
