"""Markdown and HTML inside a line, taken off: what a reader of the page would see."""

from __future__ import annotations

import html
import re
import unicodedata

from cardkit.patterns import regex

IMAGE = regex(r"!\[[^\[\]]*\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])?")
LINK = regex(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\])")
FOOTNOTE = regex(r"\[\^[^\[\]\s]{1,30}\]")
COMMENT = regex(r"<!--.*?-->", re.DOTALL)
SUPERSCRIPT = regex(r"<su([pb])\b[^<>]*>(.*?)</su\1>", re.IGNORECASE | re.DOTALL)
BREAK = regex(r"<(?:br|/?p|/?div|/?li|/?tr)\b[^<>]*/?>", re.IGNORECASE)
TAG = regex(r"</?[a-zA-Z][^<>]*>")
MATHS = regex(r"\$([^$]+)\$|\\{1,2}\((.+?)\\{1,2}\)")
MATHS_WORD = regex(
    r"\\(?:mathbf|textbf|text|mathrm|mathit|bold|boldsymbol|underline|bf)\s*\{([^{}]*)\}"
)
STRONG = regex(r"\*{1,3}|(?<![\w])_{1,3}(?=\w)|(?<=\w)_{1,3}(?![\w{])|~~|`+")
REFERENCE = regex(r"\[([^\[\]]+)\](?:\[[^\[\]]*\])?")
ESCAPED = regex(r"\\([!-/:-@\[-`{-~])")
SPECIAL = regex(r"[\[\]<>$*_~`\\&\s†‡]|[^\x00-\x7f]")
WRITTEN_OUT = regex(r"(?<=\S)\s?(?:[(（]https?://[^\s()（）]{3,400}[)）]|\[\d{1,3}\]$)")
"""A link behind its words, its address in brackets or its number in a list of sources."""
FOOTNOTE_MARKS = "*∗⁎†‡§¶#^"
POWER = str.maketrans("-+0123456789", "⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain(text: str) -> str:
    """Return a line's words: no markup, no images, one blank between words.

    >>> plain("**[a/b](https://x)** `c` <br> 85.2<sup>†</sup>")
    'a/b c 85.2'
    """
    if not SPECIAL.search(text):
        return text
    if "<" in text:
        text = COMMENT.sub(" ", text)
        raised = SUPERSCRIPT.sub(_superscript, text)
        raised = TAG.sub("", BREAK.sub(" ", raised))
        text = raised if raised.strip() else TAG.sub("", BREAK.sub(" ", text))  # small print only
    if "[" in text:
        text = FOOTNOTE.sub("", text)
        text = IMAGE.sub("", text)
        text = LINK.sub(r"\1", text)
    if "$" in text or "\\(" in text:
        text = MATHS.sub(_maths, text)
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        kept = ESCAPED.sub(lambda m: f"\x00{ord(m[1]):x}\x01", text)
        text = re.sub(r"\x00([0-9a-f]+)\x01", lambda m: chr(int(m[1], 16)), STRONG.sub("", kept))
    elif "_" in text or "~" in text:
        text = STRONG.sub("", text)
    else:
        text = text.replace("*", "").replace("`", "")
    return " ".join(text.split())


def name(text: str) -> str:
    """Return a name as printed, also without emoji and the marks of footnotes.

    >>> name("**Tulu-v2-7b** 🐪†")
    'Tulu-v2-7b'
    """
    return name_in(plain(text))


def name_in(text: str) -> str:
    """Return the name in a text without markup, and without a link that is written out.

    >>> name_in("Ant-7B (https://ants.org/7b)"), name_in("Ant-7B[2]")
    ('Ant-7B', 'Ant-7B')
    """
    if text[:1] == "[" and (linked := REFERENCE.fullmatch(text)):
        text = linked[1]  # a link whose address stands elsewhere
    if text.isalnum():
        return text
    if "://" in text or text[-1:] == "]":
        text = WRITTEN_OUT.sub("", text) or text
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) not in ("So", "Cs", "Cf", "Sk"))
    return " ".join(text.split()).rstrip(FOOTNOTE_MARKS).rstrip()


def _superscript(found: re.Match[str]) -> str:
    """Return what a raised or lowered text says: powers stay, marks of footnotes go."""
    inner = TAG.sub("", found[2]).strip()
    if found[1].lower() == "b":
        return inner
    if re.fullmatch(r"[-−+]?\d{1,3}", inner) and found.string[: found.start()].rstrip().endswith(
        "10"
    ):
        return inner.replace("−", "-").translate(POWER)
    return ""


def _maths(found: re.Match[str]) -> str:
    """Return the words of a formula, if it is no more than words and numbers."""
    text = found[1] or found[2]
    for _ in range(3):
        text = MATHS_WORD.sub(r"\1", text)
    text = re.sub(r"\^\{?\s*(?:\\dagger|\\ddagger|\\ast|\*|†|‡|[a-z])\s*\}?", "", text)
    text = re.sub(r"_\{?\s*(?:\\pm|±)\s*([\d.]+)\s*\}?", r" ± \1", text)
    text = text.replace("\\pm", "±").replace("\\%", "%").replace("\\times", "×")
    text = text.replace("\\sim", "~").replace("\\uparrow", "↑").replace("\\downarrow", "↓")
    return text.replace("{", "").replace("}", "")
