"""Croissant: the data set described for programs, https://docs.mlcommons.org/croissant/ (1.0)."""

from __future__ import annotations

import json
from typing import Any

from cardkit.dataset.manifest import Manifest
from cardkit.dataset.tables import TABLES, Column, Table

CONFORMS = "http://mlcommons.org/croissant/1.0"
TYPES = {
    "string": "sc:Text",
    "json": "sc:Text",
    "strings": "sc:Text",
    "int64": "sc:Integer",
    "float64": "sc:Float",
    "bool": "sc:Boolean",
}
# The context that the specification gives, appendix 1.
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def as_json(manifest: Manifest) -> str:
    """Return the description."""
    return json.dumps(description(manifest), ensure_ascii=False, indent=1) + "\n"


def description(manifest: Manifest) -> dict[str, Any]:
    """Return the description as a tree: a set of files and a record set for each table."""
    cards = sum(part.cards for known in manifest.sources.values() for part in known.parts)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": "model-cards",
        "description": f"What {cards:,} model cards say of their models, read by cardkit "
        f"{manifest.cardkit}; each value with the characters that it was read from.",
        "conformsTo": CONFORMS,
        "version": manifest.cardkit,
        "distribution": [
            {
                "@type": "cr:FileSet",
                "@id": f"{name}-files",
                "name": f"{name}-files",
                "encodingFormat": "application/x-parquet",
                "includes": f"{name}/*.parquet",
            }
            for name in TABLES
        ],
        "recordSet": [_records(name, table) for name, table in TABLES.items()],
    }


def _records(name: str, table: Table) -> dict[str, Any]:
    key = [{"@id": f"{name}/{column}"} for column in table.key]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": table.text,
        "key": key if len(key) > 1 else key[0],
        "field": [_field(name, column) for column in table.columns],
    }


def _field(name: str, column: Column) -> dict[str, Any]:
    source = {"fileSet": {"@id": f"{name}-files"}, "extract": {"column": column.name}}
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{name}/{column.name}",
        "name": f"{name}/{column.name}",
        "description": column.text,
        "source": source,
    }
    if isinstance(column.kind, tuple):
        field["repeated"] = True
        field["subField"] = [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column.name}/{each.name}",
                "name": f"{name}/{column.name}/{each.name}",
                "description": each.text,
                "dataType": TYPES[str(each.kind)],
                "source": {**source, "transform": {"jsonPath": f"$[*].{each.name}"}},
            }
            for each in column.kind
        ]
        return field
    field["dataType"] = TYPES[column.kind]
    if column.kind == "strings":
        field["repeated"] = True
    if column.name == "card" and name not in ("models", "problems"):
        field["references"] = {"field": {"@id": "models/card"}}
    return field
