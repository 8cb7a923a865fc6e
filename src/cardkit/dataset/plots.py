"""The figures of a data set as plots, SVG files: the home of matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cardkit.dataset.extra import need
from cardkit.dataset.stats import Stats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 40
"""Bars of a plot."""
PLOTS = {
    "coverage": "How many models have a value, by field",
    "licences": "Models by licence",
    "problems": "Problems by kind",
    "repairs": "Cards by the noise that was undone",
}


def write(stats: Stats, folder: str) -> list[Path]:
    """Write the plots that have something to show; the same figures give the same bytes."""
    need("matplotlib")
    import matplotlib

    written = []
    Path(folder).mkdir(parents=True, exist_ok=True)
    # Words stay words, and ids of the drawing do not change from run to run.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "cardkit"}):
        for name, title in PLOTS.items():
            counts: dict[str, int] = getattr(stats, name)
            if counts:
                path = Path(folder) / f"{name}.svg"
                _bars(title, counts).savefig(path, format="svg", metadata={"Date": None})
                written.append(path)
    return written


def _bars(title: str, counts: dict[str, int]) -> Figure:
    """Return bars, the longest above; what does not fit is told in the title."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    shown = dict(list(counts.items())[:MOST])
    left = len(counts) - len(shown)
    figure = Figure(figsize=(8, 1 + 0.22 * len(shown)), layout="constrained")
    axes = figure.add_subplot()
    labels = [name.replace("$", r"\$") or "none stated" for name in shown]
    bars = axes.barh(range(len(shown)), list(shown.values()), color="#3b6ea5")
    axes.set_yticks(range(len(shown)), labels)
    axes.bar_label(bars, [f"{count:,}" for count in shown.values()], padding=3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no half a card
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.invert_yaxis()
    axes.margins(x=0.12, y=0.01)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"{title} (and {left} more)" if left else title)
    return figure
