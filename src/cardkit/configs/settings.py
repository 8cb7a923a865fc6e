"""What the entry says of generating, in the words of another runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cardkit.configs.sources import origin
from cardkit.entries.entry import Entry, Scalar
from cardkit.entries.origins import Valued

SAMPLING = ("temperature", "top_k", "top_p", "min_p", "typical_p")
"""Settings that mean nothing to an answer without chance."""
DEFAULTED = ("temperature", "top_k", "top_p")
"""What runtimes sample with when told nothing."""


class Settings(NamedTuple):
    """Settings in a runtime's words, and what it has no words for."""

    values: dict[str, Scalar]
    origins: dict[str, str]
    missing: list[str]


def settings_of(entry: Entry, words: Mapping[str, str], target: str) -> Settings:
    """Return the entry's settings; `words` are the target's, by those of transformers.

    An answer without chance (`do_sample: false`) is temperature 0.
    """
    given: dict[str, Valued[Scalar]] = dict(entry.generation)
    chance = given.pop("do_sample", None)
    values: dict[str, Scalar] = {}
    origins: dict[str, str] = {}
    missing: list[str] = []
    greedy = chance is not None and chance.value is False
    if greedy and chance:
        values[words["temperature"]] = 0
        origins[words["temperature"]] = f"do_sample false: {origin(chance)}"
    for name, setting in given.items():
        if greedy and name in SAMPLING:
            continue
        if name in words:
            values[words[name]] = setting.value
            origins[words[name]] = origin(setting)
        else:
            missing.append(f"{name}={setting.value}: {target} has no such setting.")
    return Settings(values, origins, missing)


def own_defaults(settings: Settings, words: Mapping[str, str], target: str) -> list[str]:
    """Return what to say where a runtime samples by defaults that nobody documented."""
    if settings.values.get(words["temperature"]) == 0:
        return []
    absent = [name for name in DEFAULTED if words[name] not in settings.values]
    if not absent:
        return []
    verb = "is" if len(absent) == 1 else "are"
    return [f"{', '.join(absent)} {verb} not documented: {target} takes its own defaults."]
