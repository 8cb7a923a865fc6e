"""CycloneDX ML-BOM: the model as a component of software, https://cyclonedx.org/docs/1.6/json/."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cardkit import __version__
from cardkit.exports.export import Export, name_of, others, own_results, page, setting, spread
from cardkit.vocabulary.licences import licences

SPEC = "1.6"
REFERENCES = {
    "repository": "vcs",
    "paper": "documentation",
    "demo": "website",
    "homepage": "website",
}
"""The links of a record, by the type of external reference that they become."""
OTHERS = (
    "model_id",
    "hub",
    "aliases",
    "model_type",
    "library_name",
    "language",
    "released",
    "contact",
)
"""What a record has of its model that the format has no field for."""


def export(record: Mapping[str, Any]) -> Export:
    """Return a bill of materials with the model as its one component."""
    name = name_of(record)
    if name is None:
        return Export({}, ("the model: the card does not name it",))
    model = record.get("model", {})
    component: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": name,
        **_if(description=model.get("summary"), licenses=_licences(model)),
        **_if(externalReferences=list(_references(record)), tags=model.get("tags")),
        **_if(pedigree=_pedigree(model), modelCard=_card(record)),
        **_if(properties=list(_properties(record))),
    }
    owner, slash, _ = (model.get("model_id") or "").partition("/")
    if model.get("developed_by"):
        component["supplier"] = {"name": ", ".join(model["developed_by"])}
    elif slash:
        component["supplier"] = {"name": owner}
    tree = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "tools": {
                "components": [{"type": "application", "name": "cardkit", "version": __version__}]
            }
        },
        "components": [component],
    }
    text = json.dumps(tree, ensure_ascii=False, indent=2) + "\n"
    return Export({"bom.cdx.json": text}, tuple(_missing(record)))


def _if(**fields: Any) -> dict[str, Any]:
    """Return the fields that hold something."""
    return {name: value for name, value in fields.items() if value}


def _licences(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the licence: by its SPDX id, else by its name."""
    licence = model.get("license") or {}
    known = licences().get(licence.get("id") or "")
    url = _if(url=licence.get("url"))
    if known and known.spdx:
        return [{"license": {"id": known.spdx, **url}}]
    name = licence.get("name") or licence.get("id")
    return [{"license": {"name": name, **url}}] if name else []


def _references(record: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    links = record.get("model", {}).get("links") or {}
    seen = set()
    if url := page(record):
        seen.add(url)
        yield {"type": "distribution", "url": url}
    for kind, type_ in REFERENCES.items():
        for url in links.get(kind) or ():
            if url not in seen:
                seen.add(url)
                yield {"type": type_, "url": url}


def _pedigree(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the model was made from."""
    ancestors = [
        {
            "type": "machine-learning-model",
            "name": base["id"],
            **({"description": base["relation"]} if base.get("relation") else {}),
        }
        for base in model.get("base_model") or ()
    ]
    return {"ancestors": ancestors} if ancestors else {}


def _card(record: Mapping[str, Any]) -> dict[str, Any]:
    model = record.get("model", {})
    datasets = [{"type": "dataset", "name": name} for name in model.get("datasets") or ()]
    parameters = _if(
        task=model.get("pipeline_tag"),
        modelArchitecture=model.get("architecture"),
        datasets=datasets,
    )
    metrics = []
    for result in own_results(record):
        parts = (
            result.get("model"),
            result["benchmark_text"],
            setting(result),
            result.get("split"),
        )
        kind = " ".join(part for part in (result.get("metric"), result["unit"]) if part)
        metrics.append(
            {"type": kind, "value": result["text"], "slice": ", ".join(filter(None, parts))}
        )
    return _if(
        modelParameters=parameters,
        quantitativeAnalysis=_if(performanceMetrics=metrics),
    )


def _properties(record: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield what the format has no field for: ids, dates, size and shape, settings, languages."""
    model = record.get("model", {})
    for name in OTHERS:
        for value in model.get(name) if isinstance(model.get(name), list) else [model.get(name)]:
            if value is not None:
                yield {"name": f"cardkit:{name}", "value": str(value)}
    for name, value in (record.get("spec") or {}).items():
        if value is not None:
            yield {"name": f"cardkit:spec:{name}", "value": str(value)}
    for setup in record.get("training") or ():
        stage = f":{setup['stage']}" if setup.get("stage") else ""
        for each in setup.get("hyperparameters") or ():
            yield {"name": f"cardkit:training{stage}:{each['name']}", "value": each["text"]}
    yield {"name": "cardkit:card:sha256", "value": record["source"]["sha256"]}


def _missing(record: Mapping[str, Any]) -> Iterator[str]:
    yield from others(record)
    for result in own_results(record):
        yield from spread(result)
    if record.get("prompt"):
        yield "the prompt format"
    if record.get("examples"):
        yield f"{len(record['examples'])} examples"
    if record.get("variants"):
        yield f"{len(record['variants'])} variants: each is a component of its own"
    links = record.get("model", {}).get("links") or {}
    if links.get("arxiv"):
        yield f"arxiv ids {', '.join(links['arxiv'])}, but for links that the card has"
