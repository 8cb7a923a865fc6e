from __future__ import annotations

import pytest
from license_expression import get_spdx_licensing  # type: ignore[import-untyped]

from cardkit.vocabulary import load
from cardkit.vocabulary.licences import find, licences, mentioned, printed

IDS = sorted(licences())


def test_the_hub_has_83_licences() -> None:
    assert len(IDS) == 83


@pytest.mark.parametrize("key", IDS)
def test_every_licence_says_its_spdx_id_or_that_there_is_none(key: str) -> None:
    assert "spdx" in load("licences.yaml")["licences"][key]


def test_every_spdx_id_is_one() -> None:
    deprecated = {"AGPL-3.0", "GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0"}
    known = set(get_spdx_licensing().known_symbols) | deprecated
    assert {licence.spdx for licence in licences().values() if licence.spdx} <= known


@pytest.mark.parametrize("key", IDS)
def test_every_name_leads_to_its_licence(key: str) -> None:
    assert {name: found.id for name in printed(key) if (found := find(name))} == dict.fromkeys(
        printed(key), key
    )


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Apache License 2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("Apache 2.0 协议", "apache-2.0"),
        ("The MIT License", "mit"),
        ("MIT License (MIT)", "mit"),
        ("Apple Sample Code License", "apple-ascl"),
        ("Llama 3 Community License", "llama3"),
        ("LLAMA 2 COMMUNITY LICENSE AGREEMENT", "llama2"),
        ("OpenRAIL", "openrail"),
        ("CreativeML Open RAIL-M", "creativeml-openrail-m"),
        ("CC BY-NC 4.0", "cc-by-nc-4.0"),
        ("Creative Commons Attribution-ShareAlike 4.0 International", "cc-by-sa-4.0"),
        ("GPLv3", "gpl-3.0"),
        ("GPL", "gpl"),
        ("CC", "cc"),
        ("bsd-4-clause", "other"),
        ("CC BY-NC", None),
        ("CC BY 9.0", None),
        ("EUPL", None),
        ("Non commercial", None),
        ("", None),
    ],
)
def test_a_printed_name_is_a_licence_or_nothing(written: str, key: str | None) -> None:
    found = find(written)
    assert (found and found.id) == key


def test_a_licence_that_only_spdx_knows_keeps_its_spdx_id() -> None:
    assert find("cc-by-nd-3.0") == ("other", "CC-BY-ND-3.0", "CC-BY-ND-3.0")


@pytest.mark.parametrize(
    ("sentence", "keys"),
    [
        ("Released under the Apache License 2.0.", ["apache-2.0"]),
        ("模型权重遵循Apache 2.0协议，代码采用MIT许可证", ["apache-2.0", "mit"]),
        ("Licensed under CC BY-NC-SA 4.0 and for research", ["cc-by-nc-sa-4.0"]),
        ("Llama 3 is under the Llama 3 Community License", ["llama3"]),
        ("Students of MIT trained it on Apache Spark with Gemma", []),
        ("Fine-tuned from Llama 2", []),
    ],
)
def test_a_sentence_names_a_licence_only_where_it_means_one(sentence: str, keys: list[str]) -> None:
    assert [licence.id for licence in mentioned(sentence)] == keys
