"""Packages that come with an extra, and what to say where it is missing."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from cardkit.errors import CardkitError

EXTRAS = {
    "pyarrow": "data",
    "duckdb": "data",
    "matplotlib": "data",
    "ray": "scale",
    "fsspec": "data",
    "s3fs": "scale",
}


class MissingError(CardkitError):
    """A package of an extra that is not installed."""

    exit_code = 3


def need(package: str) -> None:
    """Refuse to go on without a package. Raises MissingError."""
    if find_spec(package) is None:
        raise MissingError(
            f"it needs the package {package}, which is not installed",
            todo=f"install the extra: pip install 'cardkit[{EXTRAS[package]}]'",
        )
    import_module(package)
