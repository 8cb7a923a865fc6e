"""Cases as Markdown: longer examples that anyone can add without writing Python.

A case is a heading `### What it promises` and named parts between `~~~name` and `~~~`. A test
`test_noise.py` with an argument `case` runs once for each case in `tests/noise/*.md`. A title
that begins with `not yet:` is expected to fail, and says so the day it passes.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from npu_kit.interpreter import make

TITLE = re.compile(r"### +(\S.*)")
PART = re.compile(r"(~{3,})(\w+)")
NOT_YET = "not yet:"
OF_DATA = {
    **dict.fromkeys(("pyarrow", "duckdb", "fsspec", "matplotlib"), "data"),
    **dict.fromkeys(("ray", "s3fs"), "scale"),
    **dict.fromkeys(
        ("cyclonedx", "datasets", "mlcroissant", "moto", "pandas", "polars"), "formats"
    ),
}
"""Packages of the extras that the tests of the data set need."""


class Case(NamedTuple):
    """One promise with its example."""

    file: str
    """The file's name without `.md`: the thing that it is a case of."""
    title: str
    parts: dict[str, str]


class MalformedCaseError(Exception):
    """A case file that cannot be read as one; nothing in it is skipped in silence."""


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a file; raise MalformedCaseError where it is no list of cases."""
    cases: list[Case] = []
    lines = path.read_bytes().decode().split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        title, part = TITLE.fullmatch(line), PART.fullmatch(line)
        if title:
            cases.append(Case(path.stem, title[1], {}))
        elif part:
            if not cases or part[2] in cases[-1].parts:
                raise MalformedCaseError(f"{path}:{at}: no title above, or a second {part[2]!r}")
            if part[1] not in lines[at:]:
                raise MalformedCaseError(f"{path}:{at}: {line!r} is never closed")
            end = lines.index(part[1], at)
            cases[-1].parts[part[2]] = "\n".join(lines[at:end])
            at = end + 1
        elif line.startswith(("~~~", "###")):
            raise MalformedCaseError(f"{path}:{at}: neither a title nor a part: {line!r}")
    titles = [case.title for case in cases]
    if not cases or len(set(titles)) < len(titles) or not all(case.parts for case in cases):
        raise MalformedCaseError(f"{path}: no case, two of one title, or one without parts")
    return cases


def pytest_configure() -> None:
    """Refuse to skip for want of an extra where it is promised to be there."""
    if os.environ.get("CARDKIT_TESTS_NEED_TORCH"):
        for package in ("torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                pytest.exit(f"{package} is missing: install the extra `run`", returncode=3)
    if os.environ.get("CARDKIT_TESTS_NEED_DATA"):
        for package, extra in OF_DATA.items():
            if importlib.util.find_spec(package) is None:
                pytest.exit(f"{package} is missing: install the extra `{extra}`", returncode=3)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `case` with each case of its folder."""
    if "case" not in metafunc.fixturenames:
        return
    file = Path(metafunc.module.__file__ or "")
    folder = file.parent / file.stem.removeprefix("test_")
    cases = [case for path in sorted(folder.glob("*.md")) for case in read_cases(path)]
    metafunc.parametrize(
        "case",
        [
            pytest.param(
                case,
                id=f"{case.file}: {case.title}",
                marks=[pytest.mark.xfail(strict=True)] if case.title.startswith(NOT_YET) else [],
            )
            for case in cases
        ],
    )


@pytest.fixture(name="read_cases")
def _read_cases() -> object:
    """Return the reader of case files."""
    return read_cases


@pytest.fixture(scope="session")
def npu_pythons(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a maker of Pythons with a simulated NPU that has the named fault, or none: ""."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs the extra `run`")
    return cache(lambda fault: make(tmp_path_factory.mktemp("npu"), fault))


@pytest.fixture(scope="session")
def npu_python(npu_pythons: Callable[[str], Path]) -> Path:
    """Return a Python that has all of this one's packages, and a simulated NPU."""
    return npu_pythons("")


@pytest.fixture(name="teach", scope="session")
def _teach(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Return `trained.trained` without its folder: each model is trained once, for all tests.

    The folder is for reading: break a copy (`faulty.copied`).
    """
    known: dict[str, Path] = {}

    def teach(model_type: str, *of: object, **how: object) -> Path:
        from trained import trained

        key = repr((model_type, of, sorted(how.items())))
        if key not in known:
            known[key] = trained(model_type, tmp_path_factory.mktemp("trained"), *of, **how)
        return known[key]

    return teach
