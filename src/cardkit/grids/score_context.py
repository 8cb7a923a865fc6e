"""What the headings, captions and sentences around the tables of scores say of them."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from cardkit.blocks import Bullet, Heading, Paragraph, Table
from cardkit.card import Card
from cardkit.grids.score_cells import Context
from cardkit.patterns import regex
from cardkit.values import markup
from cardkit.vocabulary import mentions, metrics, words

Path = tuple[Heading, ...]

SHORT = 200
"""Characters; a paragraph above a table that is no longer than this is a title to it."""

SENTENCE_END = regex(r"[.!?]\s|[。！？]")
SPEEDS = ("throughput", "latency")


class _Mention(NamedTuple):
    """A sentence that holds for more than one table."""

    at: int
    """The block that it stands in."""
    path: Path
    suite: str | None
    """The evaluation suite that it names."""
    metric: metrics.Metric | None
    """The metric that it says all numbers are of."""


class Surroundings:
    """The sentences of a card that speak of its tables of scores, found once."""

    def __init__(self, card: Card) -> None:
        self.blocks = card.blocks

    @cached_property
    def said(self) -> list[_Mention]:
        """The sentences that hold for more than one table, looked for when there is a table."""
        return [
            mention
            for at, placed in enumerate(self.blocks)
            if isinstance(placed.block, (Paragraph, Bullet)) and not placed.commented
            if (mention := _mention(at, placed.path, _text(placed.block)))
        ]

    def of(self, at: int) -> Context:
        """Return what is said of the table in a block."""
        placed = self.blocks[at]
        heading = markup.plain(placed.path[-1].line.text) if placed.path else ""
        caption = _caption(placed.block)
        sentence = self._sentence_above(at)
        short = sentence if len(sentence) <= SHORT else ""
        titles = [title for title in (short, caption, heading) if title]
        named = (mentions.benchmark(title) for title in titles)
        benchmark = next((found for found in named if found), None)
        harness = self._harness(at, placed.path)
        title = caption or heading
        runs = self._runs(at)
        metric = self._metric(at, placed.path, title, "" if runs else short)
        metric = metric or (None if runs or short else mentions.metric(sentence, "score"))
        metric = metric or _speed_above(placed.path) or self._metric_below(at)
        sections = {words.section_of(heading.line.text) for heading in placed.path}
        measured = metric is not None or metrics.find(heading) is not None
        return Context(
            benchmark,
            title,
            harness,
            bool(sections & {"evaluation", "comparison"}) or harness is not None or measured,
            metric,
            runs,
            bool(sentence) and mentions.find("comparisons", sentence[:SHORT]) is not None,
        )

    def _sentence_above(self, at: int) -> str:
        """Return the paragraph right above a block."""
        above = self.blocks[at - 1] if at else None
        if above is None or not isinstance(above.block, (Paragraph, Bullet)):
            return ""
        return markup.plain(_text(above.block))

    def _harness(self, at: int, path: Path) -> str | None:
        """Return the evaluation suite named before a table, or behind the last one of a section."""
        before = [m.suite for m in self.said if m.suite and m.at < at and _reaches(m.path, path)]
        if before:
            return before[-1]
        behind = [m for m in self.said if m.suite and m.at > at and m.path == path and path]
        if not behind or any(
            isinstance(placed.block, Table) and placed.path == path
            for placed in self.blocks[behind[0].at + 1 :]
        ):
            return None
        text = _text(self.blocks[behind[0].at].block)
        return None if mentions.find("only_some", text) else behind[0].suite

    def _metric(self, at: int, path: Path, title: str, above: str) -> metrics.Metric | None:
        """Return the metric that a title, or a sentence about all results, gives."""
        score = mentions.metric(title, "score")
        if score:
            return score
        share = mentions.metric(title)
        if share and metrics.find(title) is None:  # "Accuracy" may be no more than a section
            return share
        said = [m.metric for m in self.said if m.metric and m.at < at and _reaches(m.path, path)]
        return (mentions.metric(above) if above else None) or (said[-1] if said else None)

    def _metric_below(self, at: int) -> metrics.Metric | None:
        """Return the metric that the only paragraph behind a section's last table names first."""
        below, behind = (self.blocks[i : i + 1] for i in (at + 1, at + 2))
        if not below or not isinstance(below[0].block, Paragraph):
            return None
        if behind and not isinstance(behind[0].block, Heading):
            return None  # it may lead over to what follows
        sentence = SENTENCE_END.split(markup.plain(_text(below[0].block)), 1)[0]
        return mentions.metric(sentence, "score") or mentions.metric(sentence)

    def _runs(self, at: int) -> dict[str, mentions.Said]:
        """Return what the paragraphs between a table and what is above it say of single runs."""
        said: dict[str, mentions.Said] = {}
        for placed in reversed(self.blocks[max(0, at - 12) : at]):
            if not isinstance(placed.block, (Paragraph, Bullet)):
                break
            said = {**mentions.runs_in(markup.plain(_text(placed.block))), **said}
        return said


def _mention(at: int, path: Path, text: str) -> _Mention | None:
    """Return what a paragraph says of the tables around it; None when it says nothing."""
    if not mentions.may_hold(("harnesses", "all_results"), text):
        return None
    suite = mentions.find("harnesses", text)
    every = mentions.find("all_results", text)
    metric = mentions.metric(markup.plain(text)) if every else None
    return _Mention(at, path, suite, metric) if suite or metric else None


def _speed_above(path: Path) -> metrics.Metric | None:
    """Return the speed that the heading over a table's own one says that all numbers are."""
    if len(path) < 3:
        return None  # nothing between the card's title and the table's heading
    found = mentions.metric(markup.plain(path[-2].line.text), "score")
    return found if found and found.id in SPEEDS else None


def _text(block: object) -> str:
    lines = block.lines if isinstance(block, (Paragraph, Bullet)) else ()
    return lines[0].text if len(lines) == 1 else " ".join(line.text for line in lines)


def _caption(block: object) -> str:
    if isinstance(block, Table) and block.caption is not None:
        return markup.plain(block.caption.text)
    return ""


def _reaches(path: Path, below: Path) -> bool:
    """Whether what is said under some headings holds for a table under others.

    It holds below the same heading, and throughout a section on the evaluation.
    """
    if path == below[: len(path)]:
        return bool(path)
    shared = [one for one, other in zip(path, below, strict=False) if one == other]
    return any(words.section_of(heading.line.text) == "evaluation" for heading in shared)
