"""A code block as printed, made into Python that compiles: prompts, output and installs set apart.

Nothing here runs the code; nothing here asks what the code means.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from typing import NamedTuple

from cardkit.patterns import regex
from cardkit.snippets import glued
from cardkit.vocabulary import calls

LIMIT = 200_000
"""Characters beyond which a block is not parsed: no printed example is as long."""
DEPTH = 150
"""Brackets or steps of indentation beyond which a block is not parsed: the parser's own stack."""

BRACKET = regex(r"[()\[\]{}]")
CHAIN = regex(
    r"[-~+ ]{100}|(?:not |lambda:|\*\*\w|\[\w?\]|\(\)|\.\w|if a ){60}|"
    r"(?:[^\S\n]?[\w\"']{1,9}[^\S\n]?[-+*/<>=.%&|@~]){200}"
)
"""Operators in a row that cost the parser its stack: more than any printed example has."""
SHORTEST_CHAIN = 100
"""Characters; a chain stands on one line."""
SIGNS = regex(r"[-~+ ]{100}")
MOST_LINKS, MOST_SIGNS = 60, 200
"""What a chain has of either."""
BLANK_LINE = regex(r"^[ \t]+$", re.MULTILINE)
SHELL_LINE = regex(r"\s*(?:[!%]{1,2}[A-Za-z]|\$ |(?:python3? -m )?(?:pip3?|conda|uv) )")
INSTALL = regex(
    r"(?:^|[\s!%#;&(])(?:pip3?|uv pip|uv)[ \t]+(?:install|add)[ \t]+([^\n#`]+)", re.MULTILINE
)
PACKAGE = regex(
    r"(?:git\+)?(?:https?|ssh)://[^\s'\"]+|"
    r"[A-Za-z0-9][\w.-]*(?:\[[\w,.-]+\])?(?:(?:[<>=!~]=?=?)[\w.*!+-]+(?:,[<>=!~]=?=?[\w.*!+-]+)*)?"
)
TAKES_VALUE = {
    *("-r", "--requirement", "-i", "--index-url", "--extra-index-url", "-f", "--find-links"),
    *("-c", "--constraint", "-t", "--target", "-e", "--editable"),
}
WORD = regex(r"[A-Z][a-z]+|and|or|to|then|from|with|for|the|in|is|by|it|via")
INSTALLERS = {"pip", "uv", "setuptools", "wheel"}
REQUIREMENT = regex(r"[A-Za-z][\w.-]*(?:\[[\w,.-]+\])?(?:\s*,?\s*(?:[<>=!~]=|[<>])\s*\d[\w.*]*)+")

PROMPT = regex(r"\s*(?:>>>|In ?\[\d*\]:)(?: |$)")
GOES_ON = regex(r"\s*\.\.\.(?: |$|:)")
ANSWER = regex(r"\s*(?:>>? ?(?=[^>\s])|=> |Out ?\[\d*\]:)")
CODE_LINE = regex(
    r"\s*(?:(?:from [\w.]+ )?import \w|(?:async )?def \w+\(|class \w+[(:]|@\w+|return\b|"
    r"(?:for|with|while|if|elif|try|else)\b.*:\s*(?:#.*)?$|"
    r"[A-Za-z_][\w.]*(?:\[[^\]]*\])?(?:, ?[A-Za-z_][\w.]*)* ?[-+*/]?= ?\S|[A-Za-z_][\w.]*\(.*)"
)
IMPORT_LINE = regex(r"^\s*(?:>>> ?)?(?:from [\w.]+ import [\w*(]|import [A-Za-z_])", re.MULTILINE)
GLUED_IMPORT = regex(r"(?:^|\s)from [\w.]+ import [\w*]")


class Snippet(NamedTuple):
    """A code block, its parts set apart."""

    code: str
    """Without prompts, printed output and lines for the shell."""
    tree: ast.Module | None
    """Its syntax tree; None when it does not compile."""
    broken: bool
    """Whether it does not compile as printed, prompts and lines for the shell aside."""
    parts: tuple[str, ...] = ()
    """Statements that can be told apart, of code that does not compile."""
    installs: tuple[str, ...] = ()
    """Packages that its own lines install."""
    output: str | None = None
    """What it prints, where the block shows it."""


def parse(code: str) -> ast.Module | None:
    """Return the syntax tree of Python that compiles, else None; too long or too deep is None.

    >>> parse("x = 1") is None, parse("x = = 1") is None
    (False, True)
    """
    if too_deep(code):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
            compile(tree, "example", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return None
    return tree


def parse_loosely(statement: str) -> ast.Module | None:
    """Return the syntax tree of one statement, a head without its block included, else None."""
    if too_deep(statement):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(f"{statement} pass" if statement.endswith(":") else statement)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return None


def is_python(text: str, language: str = "") -> bool:
    """Tell whether a block is Python, by its fence's word or by its lines.

    >>> is_python("from a import b"), is_python("pip install a"), is_python("{}", "python")
    (True, False, True)
    """
    if language.rstrip(":") in {"python", "py", "python3", "ipython", "pycon", "py3"}:
        return True
    if "\n" not in text.strip() and GLUED_IMPORT.search(text[:2000]):
        return True
    return ("import" in text and bool(IMPORT_LINE.search(text))) or (
        (">>>" in text or "In" in text)
        and any(PROMPT.match(line) and "$" not in line for line in text.split("\n", 50)[:50])
    )


def set_apart(text: str) -> Snippet:
    r"""Return a printed block as Python, its prompts, output and installs set apart.

    >>> snippet = set_apart(">>> len('ab')\n2")
    >>> snippet.code, snippet.output
    ("len('ab')", '2')
    """
    text = _dedent(text.replace("\u00a0", " ").expandtabs(4)).strip("\n").rstrip()
    lines = text.split("\n")
    if (">>>" in text or "In" in text) and any(PROMPT.match(line) for line in lines):
        code, output = _without_prompts(lines)
    else:
        code, output = text, None
    tree = parse(code)
    if tree is None and any(SHELL_LINE.match(line) for line in lines):
        code = "\n".join(x for x in code.split("\n") if not SHELL_LINE.match(x)).strip("\n")
        tree = parse(code)
    if len(lines) == 1 and (tree is None or "#" in code):
        parts = tuple(glued.cut(code))
        if len(parts) > 1:  # what one line cannot hold: the copy lost the line ends
            return Snippet(code, None, broken=True, parts=parts)
    broken = tree is None
    if tree is None:
        code, output = _without_output(code, output)
        tree = parse(code)
    if tree is not None and output is None:
        output = _shown_in_comments(code, tree)
    return Snippet(code, tree, broken, (), packages(text), output)


def _dedent(text: str) -> str:
    """Return a text without the indentation of all its lines, as textwrap does."""
    if text[:1].isspace():
        return textwrap.dedent(text)
    return BLANK_LINE.sub("", text) if " \n" in text else text


def packages(text: str, *, prose: bool = False) -> tuple[str, ...]:
    """Return the packages that the `pip install` lines of a text name; in prose a word ends them.

    >>> packages('pip install -U "a[b]>=1,<2" git+https://x.org/c.git -r d.txt')
    ('a[b]>=1,<2', 'git+https://x.org/c.git')
    """
    found: list[str] = []
    if "install" not in text and "add" not in text:
        return ()
    for match in INSTALL.finditer(text):
        words = iter(match[1].split())
        for word in words:
            if word in {"&&", ";", "||", "|"}:
                break
            if word in TAKES_VALUE or word.strip("!%") in INSTALLERS:
                next(words, None)
            elif not word.startswith("-"):
                name = word.strip("'\"`;)")
                if not PACKAGE.fullmatch(name) or (prose and WORD.fullmatch(name)):
                    break
                if name not in found:
                    found.append(name)
    return tuple(found)


def requirements(text: str) -> tuple[str, ...]:
    r"""Return the lines of a text that name a package with its version, as a requirements file.

    >>> requirements("Needs:\na>=1.0\nb==2")
    ('a>=1.0', 'b==2')
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and " " in lines[0]:
        lines = lines[0].split()
    named = [line for line in lines if len(line) < 100 and REQUIREMENT.fullmatch(line)]
    return tuple(named) if named and len(named) >= len(lines) - 1 else ()


def too_deep(code: str) -> bool:
    """Tell whether code is longer, or nests deeper, than the parser's own stack and memory bear."""
    if len(code) > LIMIT:
        return True
    if any(len(line) >= SHORTEST_CHAIN and _is_chain(line) for line in code.split("\n")):
        return True
    if sum(map(code.count, "([{")) <= DEPTH:
        return False
    depth = deepest = 0
    for sign in BRACKET.findall(code):
        depth += 1 if sign in "([{" else -1
        deepest = max(deepest, depth)
    return deepest > DEPTH


def _is_chain(line: str) -> bool:
    """Tell whether a line holds a chain of operators; its signs are counted first."""
    signs = sum(map(line.count, "-+*/<>=.%&|@~"))
    links = sum(map(line.count, ("not ", "lambda:", "**", "[", "()", ".", "if a ")))
    if signs < MOST_SIGNS and links < MOST_LINKS and not SIGNS.search(line):
        return False
    return CHAIN.search(line) is not None


def _without_prompts(lines: list[str]) -> tuple[str, str | None]:
    """Return the lines behind `>>>` and `...`, and what stands between them."""
    code: list[str] = []
    output: list[str] = []
    depth = 0
    for line in lines:
        if prompt := PROMPT.match(line):
            code.append(line[prompt.end() :])
            depth = _open(code[-1])
        elif code and (prompt := GOES_ON.match(line)):
            code.append(line[prompt.end() :] if prompt[0][-1] != ":" else line)
            depth += _open(code[-1])
        elif depth > 0 or line.lstrip().startswith("#"):
            code.append(line)
            depth += _open(line)
        elif code and not output and not line.strip():
            code.append("")
        elif code or line.strip():
            output.append(line)
    return "\n".join(code).strip("\n"), "\n".join(output).strip() or None


def _open(line: str) -> int:
    """Return how many brackets a line leaves open; strings are looked past roughly."""
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|#.*", "", line)
    return sum(bare.count(c) for c in "([{") - sum(bare.count(c) for c in ")]}")


def _without_output(code: str, output: str | None) -> tuple[str, str | None]:
    """Return code whose tail is what its last statement printed, without that tail."""
    lines = code.split("\n")
    shown = [ANSWER.sub("", line, count=1) for line in lines if ANSWER.match(line)]
    rest = "\n".join(line for line in lines if not ANSWER.match(line)).rstrip()
    if shown and parse(rest):
        return rest, "\n".join(shown)
    end = next((i for i, line in enumerate(lines) if ANSWER.match(line)), 0) or _error_line(code)
    for _ in range(4):
        head, tail = "\n".join(lines[:end]).rstrip(), lines[end:]
        tree = parse(head) if head.strip() else None
        if tree is not None:
            prints = tree.body and isinstance(tree.body[-1], ast.Expr)
            if not prints or any(CODE_LINE.match(line) for line in tail):
                break
            shown = [ANSWER.sub("", line, count=1) for line in tail]
            return head, "\n".join(shown).strip() or output
        end = _error_line(head)
    return code, output


def _error_line(code: str) -> int:
    """Return how many lines stand before the one that does not parse; 0 when none do."""
    if too_deep(code):
        return 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "example", "exec")
    except SyntaxError as error:
        return (error.lineno or 1) - 1
    except (ValueError, OverflowError, RecursionError, MemoryError):
        return 0
    return 0


def _shown_in_comments(code: str, tree: ast.Module) -> str | None:
    """Return the comment lines behind the last statement when that statement prints."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None
    tail = code.split("\n")[(tree.body[-1].end_lineno or 0) :]
    comments = [line.lstrip().removeprefix("#").removeprefix(" ") for line in tail if line.strip()]
    if not comments:
        return None
    if head := calls.output_head().match(comments[0]):
        comments[0] = comments[0][head.end() :]
    elif any(CODE_LINE.match(line) for line in comments):
        return None
    return "\n".join(comments).strip() or None
