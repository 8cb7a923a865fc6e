"""Lines remember where they were written, whatever is done to them."""

from __future__ import annotations

import pytest

from cardkit.text import Line, Span, join, lines_of, whole

RAW = "﻿a: 70 亿\r\n\r\nsecond\rlast"


def raw_of(line: Line) -> str:
    return RAW[slice(*line.span())]


def test_lines_end_at_every_kind_of_line_end():
    assert [line.text for line in lines_of(RAW)] == ["﻿a: 70 亿", "", "second", "last"]


def test_each_line_points_at_its_own_characters():
    assert [raw_of(line) for line in lines_of(RAW)] == [line.text for line in lines_of(RAW)]


def test_a_cut_of_a_cut_still_points_at_the_raw_card():
    cut = lines_of(RAW)[0][3:][1:]
    assert (cut.text, raw_of(cut)) == ("70 亿", "70 亿")


def test_words_written_anew_point_at_the_words_they_replace():
    line = lines_of("see https://mirror.example/a/b now")[0]
    mended = line.swap(4, 26, "https://hub.example")
    assert mended.text == "see https://hub.example/a/b now"
    assert mended[4:23].span() == Span(4, 26)
    assert mended[24:27].span() == Span(27, 30), "what stands behind keeps its own place"


def test_inserted_white_space_points_at_no_character():
    mended = lines_of("x = 1")[0].swap(0, 0, "    ")
    assert mended.text == "    x = 1"
    assert mended[4:5].span() == Span(0, 1)
    assert mended[0:4].span() == Span(0, 0)


def test_joined_lines_know_the_place_of_each_word():
    first, second = lines_of("one\ntwo")
    both = join([first, second], " ")
    assert both.text == "one two"
    assert both[4:].span() == Span(4, 7)


def test_a_folded_line_keeps_its_length():
    line = lines_of("７B")[0]
    assert line.fold("7B")[0:1].span() == Span(0, 1)
    with pytest.raises(ValueError, match="keeps its length"):
        line.fold("70B")


def test_stripping_moves_the_place_with_the_text():
    assert lines_of("  a  ")[0].strip().span() == Span(2, 3)
    assert whole(lines_of("a\n\nb")) == Span(0, 4)
