"""Python in fences whose indentation is gone.

Seen on: file pages copied as text, aggregators. Where a block ends is not in the text; it is put
back only where the names that the code uses, and the words that end or begin a block, settle it.
Where two readings stay possible, the code is left as it is.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import NamedTuple

from cardkit.noise import Repaired, text_of
from cardkit.patterns import regex
from cardkit.snippets.snippet import PROMPT, parse, too_deep
from cardkit.text import Line, whole

FENCE = regex(r"\s*(`{3,}|~{3,})\s*([\w+-]*)")
STEP = "    "
OPENS = regex(
    r"(?:(?:async )?(?:def|class|for|with|while|if)|elif|else|try|except|finally|match|case)\b.*:"
)
PYTHON = {"", "python", "py", "python3", "ipython"}
MOST = 400
"""Statements beyond which a block is left alone: no printed example is as long."""

HEADS = {"def", "class", "for", "while", "with", "if", "elif", "else", "try", "except", "finally"}
FOLLOWS = {
    "elif": ("if", "elif"),
    "else": ("if", "elif", "for", "while", "except"),
    "except": ("try", "except"),
    "finally": ("try", "except", "else"),
}
ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Pass)


class Statement(NamedTuple):
    """One logical line: what it is, and which names it needs and gives."""

    first: int
    last: int
    kind: str
    """Its first word where that opens a block; `import`, `return`, `decorator` or `plain`."""
    opens: bool
    ends: bool
    """Whether nothing can follow it in its block."""
    node: ast.stmt | None
    needs: frozenset[str]
    gives: frozenset[str]


class Open(NamedTuple):
    """A block that is open: its head, and where it stands."""

    place: int
    depth: int


class Unsettled(Exception):  # noqa: N818
    """Two readings are possible."""


def repair(lines: list[Line]) -> Repaired | None:
    """Put indentation back into fenced Python that has none and needs it."""
    text = text_of(lines)
    if "```" not in text and "~~~" not in text:
        return None
    mended: dict[int, Line] = {}
    spans = []
    for start, end in _fenced(lines):
        texts = [line.text for line in lines[start:end]]
        if not _is_flat(texts):
            continue
        depths = indentation(texts)
        if depths is None:
            continue
        for i, depth in enumerate(depths, start):
            if depth:
                mended[i] = lines[i].swap(0, 0, STEP * depth)
        spans.append(lines[start:end])
    if not mended:
        return None
    put = [mended.get(i, line) for i, line in enumerate(lines)]
    return Repaired(put, len(spans), whole(line for span in spans for line in span))


def _fenced(lines: list[Line]) -> Iterator[tuple[int, int]]:
    """Yield the first line and the end of each fenced block that may be Python."""
    fence, start = "", 0
    for i, line in enumerate(lines):
        if fence:
            text = line.text.strip()
            if text.startswith(fence) and not text.strip(fence[0]):
                if start:
                    yield start, i
                fence = ""
        elif ("``" in line.text or "~~" in line.text) and (match := FENCE.match(line.text)):
            fence = match[1]
            start = i + 1 if match[2].lower() in PYTHON else 0
    if fence and start:
        yield start, len(lines)


def _is_flat(texts: list[str]) -> bool:
    """Tell whether a block has an opener and no indentation, and does not compile."""
    if any(text[:1] in " \t\u00a0" and text.strip() for text in texts):
        return False
    if not any(OPENS.match(text) for text in texts) or any(PROMPT.match(text) for text in texts):
        return False
    return parse("\n".join(texts)) is None


def indentation(texts: list[str]) -> list[int] | None:
    """Return how many steps in each line of flat Python stands; None where it is not settled.

    >>> indentation(["def f(x):", "y = x + 1", "return y", "print(f(2))"])
    [0, 1, 1, 0]
    """
    if too_deep("\n".join(texts)):
        return None
    try:
        statements = _statements(texts)
        depths = _depths(statements, texts)
    except (Unsettled, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = _of_lines(statements, depths, texts)
    tree = parse("\n".join(STEP * depth + text for depth, text in zip(lines, texts, strict=True)))
    return lines if tree and any(lines) else None


# Statements


def _statements(texts: list[str]) -> list[Statement]:
    """Return the logical lines of flat code. Raises SyntaxError where one is none."""
    found: list[Statement] = []
    words: list[tokenize.TokenInfo] = []
    code = "\n".join(texts) + "\n"
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.NEWLINE:
                found.append(_statement(words, texts))
                words = []
                if len(found) > MOST:
                    raise Unsettled
            elif token.type == tokenize.ERRORTOKEN and token.string.strip():
                raise SyntaxError(token.string)
            elif token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER):
                words.append(token)
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from None
    return found


def _statement(words: list[tokenize.TokenInfo], texts: list[str]) -> Statement:
    first, last = words[0].start[0] - 1, words[-1].end[0] - 1
    text = "\n".join(texts[first : last + 1])
    word = words[0].string
    if word == "async" and len(words) > 1:
        word = words[1].string
    opens = words[-1].string == ":" and word in HEADS
    if word == "@":
        return Statement(first, last, "decorator", False, False, None, frozenset(), frozenset())
    if not opens and words[-1].string == ":":
        raise SyntaxError(text)
    node = _node(text, word, opens)
    needs, gives = _names(node, opens)
    kind = word if opens else "plain"
    if isinstance(node, ast.Import | ast.ImportFrom):
        kind = "import"
    elif isinstance(node, ast.Return) or _yields(node):
        kind = "return"
    return Statement(first, last, kind, opens, isinstance(node, ENDS), node, needs, gives)


def _node(text: str, word: str, opens: bool) -> ast.stmt:
    """Return the tree of one logical line, a head with an empty body."""
    if opens:
        text += " pass"
    if word == "elif":
        text = text[2:]
    elif word == "else" and opens:
        text = "if True: pass\n" + text
    elif word in ("except", "finally") and opens:
        text = "try: pass\n" + text
    elif word == "try" and opens:
        text += "\nfinally: pass"
    if too_deep(text):
        raise SyntaxError(text)
    body = ast.parse(text).body
    if len(body) != 1 and ";" not in text:
        raise SyntaxError(text)
    return body[0]


def _yields(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom)


def _names(node: ast.stmt, opens: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a statement needs, and those that it gives."""
    needs: set[str] = set()
    gives: set[str] = set()
    inner: set[str] = set()
    if opens and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        gives = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
        return frozenset(), frozenset(gives)
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            (needs if isinstance(part.ctx, ast.Load) else gives).add(part.id)
        elif isinstance(part, ast.comprehension):
            inner |= {n.id for n in ast.walk(part.target) if isinstance(n, ast.Name)}
        elif isinstance(part, ast.Lambda):
            inner |= {a.arg for a in ast.walk(part.args) if isinstance(a, ast.arg)}
        elif isinstance(part, ast.alias):
            gives.add((part.asname or part.name).split(".")[0])
        elif isinstance(part, ast.ExceptHandler) and part.name:
            gives.add(part.name)
    if isinstance(node, ast.AugAssign):
        needs |= gives
    return frozenset(needs - inner), frozenset(gives - inner)


# Depths


def _depths(statements: list[Statement], texts: list[str]) -> list[int]:
    """Return the depth of each statement. Raises Unsettled where two are possible."""
    depths: list[int] = []
    stack: list[Open] = []
    for i in range(len(statements)):
        before = statements[i - 1] if i else None
        if before is not None and before.opens:
            stack.append(Open(i - 1, depths[-1]))
            depth = depths[-1] + 1
        else:
            if before is not None and before.ends and stack and stack[-1].depth == depths[-1] - 1:
                stack.pop()
            depth = _depth(i, statements, stack, depths, texts)
        while stack and stack[-1].depth >= depth:
            stack.pop()
        depths.append(depth)
    return depths


def _depth(
    i: int, statements: list[Statement], stack: list[Open], depths: list[int], texts: list[str]
) -> int:
    """Return the depth of a statement that does not stand right behind a head."""
    statement = statements[i]
    if statement.kind in FOLLOWS:
        return _beside(statement, statements, stack, depths, i)
    while stack:
        head = statements[stack[-1].place]
        if _stays(i, stack, statements, depths, texts):
            return stack[-1].depth + 1
        if head.kind == "try":
            raise Unsettled
        stack.pop()
    return 0


def _beside(
    statement: Statement, statements: list[Statement], stack: list[Open], depths: list[int], i: int
) -> int:
    """Return the depth of the head that an `else`, `except` … belongs to."""
    fits = [open_ for open_ in stack if statements[open_.place].kind in FOLLOWS[statement.kind]]
    # heads whose block has just been closed by a statement that ends it
    last = i - 1
    if depths and statements[last].ends:
        depth = depths[last] - 1
        for j in range(last - 1, -1, -1):
            if statements[j].opens and depths[j] == depth:
                if statements[j].kind in FOLLOWS[statement.kind]:
                    fits.append(Open(j, depth))
                break
    if statement.kind == "else":
        fits = [o for o in fits if statements[o.place].kind in ("if", "elif", "except")]
    if len({o.depth for o in fits}) != 1:
        raise Unsettled
    return fits[-1].depth


def _stays(
    i: int, stack: list[Open], statements: list[Statement], depths: list[int], texts: list[str]
) -> bool:
    """Tell whether a statement belongs to the innermost open block. Raises Unsettled."""
    head, statement = statements[stack[-1].place], statements[i]
    ahead = _until_section(i, statements)
    if head.kind == "class":
        return _is_member(i, statements)
    if statement.kind in ("class", "decorator") or (statement.kind == "def" and not _is_main(head)):
        return False
    if head.kind == "def":
        return _stays_in_function(i, stack, statements, depths, ahead)
    if head.kind == "try":
        return True
    if _is_main(head):
        return True
    return _stays_in_block(i, stack, statements, depths, texts, ahead)


def _until_section(i: int, statements: list[Statement]) -> list[Statement]:
    """Return the statements from one up to the next that surely stands outside of functions."""
    ahead: list[Statement] = []
    for statement in statements[i:]:
        if statement.kind in ("def", "class", "decorator") or _is_main(statement):
            break
        ahead.append(statement)
    return ahead


def _is_main(head: Statement) -> bool:
    """Tell whether a statement is `if __name__ == "__main__":`."""
    return head.kind == "if" and "__name__" in head.needs


def _is_member(i: int, statements: list[Statement]) -> bool:
    """Tell whether a statement right behind a method is a member of the class."""
    statement = statements[i]
    if statement.kind == "decorator":
        return i + 1 < len(statements) and _is_member(i + 1, statements)
    if statement.kind != "def" or not isinstance(
        statement.node, ast.FunctionDef | ast.AsyncFunctionDef
    ):
        return False
    arguments = statement.node.args.args
    return bool(arguments) and arguments[0].arg in ("self", "cls")


def _stays_in_function(
    i: int,
    stack: list[Open],
    statements: list[Statement],
    depths: list[int],
    ahead: list[Statement],
) -> bool:
    """Tell whether a statement belongs to the body of a function."""
    place, depth = stack[-1]
    node = statements[place].node
    body = statements[place + 1 : i]
    own = set(statements[place].gives).union(*(s.gives for s in body))
    outside = _given_outside(place, statements, depths, depth)
    private = own - outside
    names = {getattr(node, "name", "")}
    names |= {
        getattr(statements[o.place].node, "name", "")
        for o in stack
        if statements[o.place].kind == "class"
    }
    for statement in ahead:
        if names & statement.needs and statement.kind != "return":
            break  # it calls the function, or makes the class: it stands outside
        if statement.kind == "return" or private & statement.needs:
            return True
        private -= statement.gives
    if not body or not _does_something(body):
        raise Unsettled
    return False


def _does_something(body: list[Statement]) -> bool:
    """Tell whether a function's body does more than set names of its own."""
    return any(not s.opens and not isinstance(s.node, ast.Assign) for s in body)


def _given_outside(
    place: int, statements: list[Statement], depths: list[int], depth: int
) -> set[str]:
    """Return the names that statements outside of a function have given before a place."""
    given: set[str] = set()
    for j in range(place):
        if depths[j] <= depth and statements[j].kind != "def":
            given |= statements[j].gives
    return given


def _stays_in_block(
    i: int,
    stack: list[Open],
    statements: list[Statement],
    depths: list[int],
    texts: list[str],
    ahead: list[Statement],
) -> bool:
    """Tell whether a statement belongs to the body of a loop, a `with` or a condition."""
    place, depth = stack[-1]
    head, statement = statements[place], statements[i]
    body = statements[place + 1 : i]
    if statement.kind == "import":
        return False
    if _is_awaited(i, head, statements):
        return True
    bound = set(head.gives)
    given = set().union(*(s.gives for s in body))
    if head.kind == "for":
        bound |= given - set().union(*(s.gives for s in statements[:place]))
        bound.discard("_")
    used = [j for j, s in enumerate(ahead) if _uses(s, bound, ahead[:j])]
    if used and used[0] == 0:
        return True
    if used:
        raise Unsettled
    if head.kind == "with":
        if head.needs & {"torch", "paddle"}:  # no_grad, inference_mode, autocast
            return _waits_for_model(body, ahead)
        if head.gives and statement.needs & given:
            raise Unsettled
        return False
    blank = any(not text.strip() for text in texts[statements[i - 1].last + 1 : statement.first])
    if head.kind == "while":
        raise Unsettled
    if head.kind in ("else", "elif", "except") and not blank:
        branches = _given_before(place, statements, depths)
        if statement.gives & branches and not statement.gives & statement.needs:
            return True
        if depths[i - 1] == depth + 1 and _ends_before(place, statements):
            raise Unsettled
    if blank or statement.kind == "return":
        return False
    if head.kind == "for":
        if isinstance(statement.node, ast.Assign) and not statement.needs & given:
            return False
        raise Unsettled
    if _alike(statement, statements[i - 1]) or statement.gives & given:
        raise Unsettled
    return False


def _given_before(place: int, statements: list[Statement], depths: list[int]) -> set[str]:
    """Return the names that the branches before an `else` give."""
    given: set[str] = set()
    for j in range(place - 1, -1, -1):
        if depths[j] <= depths[place]:
            if statements[j].kind not in ("elif", "except"):
                break
        else:
            given |= statements[j].gives
    return given


def _ends_before(place: int, statements: list[Statement]) -> bool:
    """Tell whether the branch before an `else` returns."""
    return statements[place - 1].ends


def _alike(one: Statement, other: Statement) -> bool:
    """Tell whether two statements do the same sort of thing, as those of one block often do."""
    names = []
    for statement in (one, other):
        node = statement.node
        value = getattr(node, "value", None)
        call = value.func if isinstance(value, ast.Call) else None
        names.append((type(node), getattr(call, "attr", getattr(call, "id", ""))))
    return names[0] == names[1] and bool(names[0][1])


def _uses(statement: Statement, names: set[str], between: list[Statement]) -> bool:
    """Tell whether a statement uses names that nothing between has given anew."""
    for other in between:
        names = names - other.gives if not other.needs & names else names
    return bool(statement.needs & names)


def _is_awaited(i: int, head: Statement, statements: list[Statement]) -> bool:
    """Tell whether an `else` or `elif` ahead can only belong to this head."""
    if head.kind not in ("if", "elif"):
        return False
    depth = 0
    for statement in statements[i:]:
        if statement.kind in ("def", "class", "decorator", "import"):
            return False
        if statement.kind == "if":
            depth += 1
        elif statement.kind in ("elif", "else"):
            if depth == 0:
                return True
            if statement.kind == "else":
                depth -= 1
    return False


def _waits_for_model(body: list[Statement], ahead: list[Statement]) -> bool:
    """Tell whether the model's call, for which `no_grad` is there, is still ahead."""
    if any(_calls(s) for s in body):
        return False
    return any(_calls(s) for s in ahead[:4])


def _calls(statement: Statement) -> bool:
    """Tell whether a statement calls a model."""
    if statement.node is None:
        return False
    for part in ast.walk(statement.node):
        if isinstance(part, ast.Call):
            name = getattr(part.func, "id", getattr(part.func, "attr", ""))
            if re.search(
                r"model|generate|encoder|decoder|net$|forward|pipe|predict|transcribe", name
            ):
                return True
    return False


def _of_lines(statements: list[Statement], depths: list[int], texts: list[str]) -> list[int]:
    """Return the depth of each line: comments go with what follows, strings stay as they are."""
    lines = [0] * len(texts)
    at = 0
    for statement, depth in zip(statements, depths, strict=True):
        for i in range(at, statement.first):
            lines[i] = depth if texts[i].strip() else 0
        inside = _in_strings(texts[statement.first : statement.last + 1])
        for i in range(statement.first, statement.last + 1):
            lines[i] = 0 if i - statement.first in inside or not texts[i].strip() else depth
        at = statement.last + 1
    return lines


def _in_strings(texts: list[str]) -> set[int]:
    """Return the lines that begin inside a string."""
    inside: set[int] = set()
    if len(texts) < 2:
        return inside
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(texts) + "\n").readline):
            if token.type == tokenize.STRING or token.type == getattr(
                tokenize, "FSTRING_MIDDLE", -1
            ):
                inside.update(range(token.start[0], token.end[0]))
    except tokenize.TokenError:
        pass
    return inside
