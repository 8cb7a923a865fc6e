"""The fixtures of the runner's tests."""

from __future__ import annotations

from example_runs import built, folder, ran

__all__ = ["built", "folder", "ran"]
