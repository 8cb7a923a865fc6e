"""Cards that nobody writes but an enemy: one function for each shape, with a size to begin at.

Tests read it with `runpy`: it is no test, and no part of the package.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt


def _front(yaml: str) -> str:
    return f"---\nlicense: mit\n{yaml}\n---\n# Ant 1B\n\nAnt 1B has 1.2B parameters.\n"


def _body(text: str) -> str:
    return f"# Ant 1B\n\nAnt 1B has 1.2B parameters.\n\n{text}\n"


def _page(text: str) -> str:
    chrome = "镜像/Ant-1B\n模型介绍文件和版本分析\n下载使用量0\n\n"
    return f"{chrome}Ant 1B\n\nAnt 有 12 亿参数。\n\n{text}\n"


def _grid(n: int) -> str:
    heads = f"| Model |{''.join(f' B{i} |' for i in range(n))}\n|---|{'---|' * n}\n"
    return heads + "\n".join(f"| Ant {i} |" + " 12.5 |" * n for i in range(n))


HEAD = "| Model | MMLU | GSM8K |\n|---|---|---|\n"

Shape = Callable[[int], str]
SHAPES: dict[str, tuple[int, Shape]] = {
    "front matter: [ n times": (50_000, lambda n: _front("tags: " + "[" * n)),
    "front matter: { n times": (50_000, lambda n: _front("tags: " + "{a: " * n)),
    "front matter: [[]] n deep": (50_000, lambda n: _front("tags: " + "[" * n + "]" * n)),
    "front matter: - - - n deep": (50_000, lambda n: _front("tags:\n" + "- " * n + "x")),
    "front matter: maps n deep": (
        600,
        lambda n: _front("\n".join(" " * i + "a:" for i in range(n))),
    ),
    "front matter: ? n times": (20_000, lambda n: _front("? " * n)),
    "front matter: aliases n": (
        20_000,
        lambda n: _front("a: &a [x]\ntags: [" + ", ".join(["*a"] * n) + "]"),
    ),
    "front matter: alias bomb": (
        40,
        lambda n: _front(
            "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
            + "\n".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, n))
        ),
    ),
    "front matter: merge keys": (
        5_000,
        lambda n: _front("a: &a {x: 1}\n" + "\n".join(f"m{i}:\n  <<: *a" for i in range(n))),
    ),
    "front matter: anchors": (
        20_000,
        lambda n: _front("\n".join(f"k{i}: &a{i} x" for i in range(n))),
    ),
    "front matter: keys": (20_000, lambda n: _front("\n".join(f"key{i}: v" for i in range(n)))),
    "front matter: same key": (20_000, lambda n: _front("key: v\n" * n)),
    "front matter: list entries": (
        20_000,
        lambda n: _front("tags:\n" + "\n".join(f"- t{i}" for i in range(n))),
    ),
    "front matter: long scalar": (500_000, lambda n: _front("tags: " + "x" * n)),
    "front matter: broken, keys": (
        10_000,
        lambda n: _front("\n".join(f"key{i}: a: b: [" for i in range(n))),
    ),
    "front matter: tabs": (10_000, lambda n: _front("\n".join(f"\tkey{i}:\tv" for i in range(n)))),
    "front matter: quotes": (50_000, lambda n: _front("tags: '" + "''\"" * n)),
    "front matter: model-index": (
        2_000,
        lambda n: _front(
            "model-index:\n- name: Ant\n  results:\n"
            + "".join(
                f"  - task:\n      type: x\n    dataset:\n      type: d{i}\n      name: D{i}\n"
                f"    metrics:\n    - type: acc\n      value: {i % 100}\n"
                for i in range(n)
            )
        ),
    ),
    "front matter: no end": (200_000, lambda n: "---\n" + "a: b\n" * (n // 5)),
    "front matter: lost indents": (
        3_000,
        lambda n: _front(
            "model-index:\n- name: Ant\nresults:\n"
            + "- task:\ntype: x\nmetrics:\n- type: acc\nvalue: 3\n" * n
        ),
    ),
    "front matter: colons": (100_000, lambda n: _front("a" + ": " * n)),
    "front matter: templates": (20_000, lambda n: _front("a: " + "{{ x }}" * n)),
    "table rows": (
        10_000,
        lambda n: _body(HEAD + "\n".join(f"| Ant {i} | 1.5 | 2 |" for i in range(n))),
    ),
    "table cells in a row": (
        20_000,
        lambda n: _body("|" + "a|" * n + "\n|" + "-|" * n + "\n|" + "1.5|" * n),
    ),
    "table: delimiter rows": (5_000, lambda n: _body("| a | b |\n|---|---|\n" * n)),
    "table: delimiter only": (20_000, lambda n: _body("|---|---|\n" * n)),
    "table: pipes": (200_000, lambda n: _body("|" * n + "\n" + "|" * n)),
    "table: - and | line": (200_000, lambda n: _body("a | b\n" + "-|" * n)),
    "table: spaces delimiter": (200_000, lambda n: _body("a | b\n" + "| " + " " * n + "x")),
    "table: backticks": (
        100_000,
        lambda n: _body("| a | b |\n|---|---|\n| " + "`" * n + " | `|` " + "`|" * n),
    ),
    "table: ragged": (
        3_000,
        lambda n: _body(HEAD + "\n".join("| a " * (i % 40) + "|" for i in range(n))),
    ),
    "table: stacked heads": (
        3_000,
        lambda n: _body("\n\n".join([HEAD + "| Ant 1B | 1 | 2 |"] * n)),
    ),
    "table: space columns": (
        10_000,
        lambda n: _body("Model MMLU GSM8K\n" + "\n".join(f"Ant{i} 12.5 33.1" for i in range(n))),
    ),
    "table: glued digits": (
        5_000,
        lambda n: _body("模型MMLUGSM8K平均\nAnt" + "12.5" * (n // 4) + "\nBee" + "33.1" * (n // 4)),
    ),
    "table: glued rows": (
        2_000,
        lambda n: _body(
            "模型参数MMLUGSM8K平均\n" + "\n".join(f"Ant{i}7B12.533.123.4" for i in range(n))
        ),
    ),
    "table: glued no points": (
        5_000,
        lambda n: _body("层数隐藏大小注意力头上下文长度\n7B" + "3" * n),
    ),
    "table: cell lines": (
        10_000,
        lambda n: _body(
            "Model\nMMLU\nGSM8K\n" + "\n".join(f"Ant {i}\n12.5\n33.1" for i in range(n))
        ),
    ),
    "table: tab separated": (
        10_000,
        lambda n: _body(
            "Model\tMMLU\tGSM8K\n" + "\n".join(f"Ant {i}\t12.5\t33.1" for i in range(n))
        ),
    ),
    "one line of words": (500_000, lambda n: _body("word " * (n // 5))),
    "one line of x": (500_000, lambda n: _body("x" * n)),
    "one line of digits": (500_000, lambda n: _body("7" * n)),
    "one line of commas and digits": (200_000, lambda n: _body("1,234," * (n // 6))),
    "one line of spaces": (500_000, lambda n: _body("a" + " " * n + "b")),
    "one line of tabs": (500_000, lambda n: _body("a" + "\t" * n + "b")),
    "one line of dots": (200_000, lambda n: _body("." * n)),
    "one line of hyphens": (200_000, lambda n: _body("a" + "-" * n + "b")),
    "one line of slashes": (200_000, lambda n: _body("a/" * n)),
    "one line of a-a-": (200_000, lambda n: _body("a-" * n)),
    "one line of a_a.": (200_000, lambda n: _body("a_a." * n)),
    "one line of https://": (100_000, lambda n: _body("https://" * (n // 8))),
    "one line of huggingface.co/": (100_000, lambda n: _body("huggingface.co/" * (n // 15))),
    "one line of links": (
        5_000,
        lambda n: _body(" ".join(f"[a{i}](https://huggingface.co/ant/bee{i})" for i in range(n))),
    ),
    "one line of 汉字": (200_000, lambda n: _body("模型参数" * (n // 4))),
    "one line of 亿": (200_000, lambda n: _body("70亿" * (n // 3))),
    "one line of B sizes": (100_000, lambda n: _body("7B " * (n // 3))),
    "one line of =": (200_000, lambda n: _body("a = " * (n // 4))),
    "one line of colons": (200_000, lambda n: _body("a: " * (n // 3))),
    "one line of @": (200_000, lambda n: _body("a@b." * (n // 4))),
    "one line of quotes": (200_000, lambda n: _body("\"'" * (n // 2))),
    "one line of backslashes": (200_000, lambda n: _body("\\" * n)),
    "one line of $": (200_000, lambda n: _body("$a" * (n // 2))),
    "one line of \\frac{": (100_000, lambda n: _body("$\\frac{" * (n // 7))),
    "one line of {": (200_000, lambda n: _body("{" * n)),
    "one line of (": (200_000, lambda n: _body("(" * n)),
    "one line of （": (200_000, lambda n: _body("（" * n)),
    "one line of ~": (200_000, lambda n: _body("a ~" * n)),
    "one line of ±": (100_000, lambda n: _body("1.5 ± " * (n // 6))),
    "one line of <": (200_000, lambda n: _body("<" * n)),
    "one line of <a": (100_000, lambda n: _body("<a " * n)),
    "one line of <|": (100_000, lambda n: _body("<|im_start|>" * (n // 12))),
    "one line of {{": (100_000, lambda n: _body("{{ x " * (n // 5))),
    "one line of {%": (100_000, lambda n: _body("{% if x %}" * (n // 10))),
    "<table> nested": (20_000, lambda n: _body("<table>" * n)),
    "<table><tr><td> nested": (10_000, lambda n: _body("<table><tr><td>" * n)),
    "<table> closed": (10_000, lambda n: _body("<table><tr><td>" * n + "</td></tr></table>" * n)),
    "<table> lines": (10_000, lambda n: _body("<table>\n" * n)),
    "<table> after text": (5_000, lambda n: _body("x <table><tr><td>1</td></tr></table> " * n)),
    "<tr> rows": (
        10_000,
        lambda n: _body("<table>" + "<tr><td>Ant</td><td>1.5</td></tr>" * n + "</table>"),
    ),
    "<td> cells": (20_000, lambda n: _body("<table><tr>" + "<td>1" * n + "</table>")),
    "colspan": (
        20,
        lambda n: _body(
            "<table>" + '<tr><td rowspan="1000" colspan="1000">1</td></tr>' * n + "</table>"
        ),
    ),
    "colspan huge": (
        9,
        lambda n: _body(
            f'<table><tr><td rowspan="{10**n}" colspan="{10**n}">1</td></tr><tr><td>2</table>'
        ),
    ),
    "rowspans": (
        1_000,
        lambda n: _body("<table>" + f'<tr><td rowspan="{n}">1</td></tr>' * n + "</table>"),
    ),
    "<div> nested": (20_000, lambda n: _body("<div>" * n)),
    "<div> lines": (20_000, lambda n: _body("<div>\n" * n)),
    "<h1> open": (20_000, lambda n: _body("<h1>" * n)),
    "<h1> lines": (10_000, lambda n: _body("<h1>x\n" * n)),
    "<!-- n times": (50_000, lambda n: _body("<!--" * n)),
    "<!-- lines": (20_000, lambda n: _body("<!--\n" * n)),
    "<!-- --> n times": (10_000, lambda n: _body("a <!-- b --> " * n)),
    "<!-- --> at the margin": (10_000, lambda n: _body("<!-- b --> " * n)),
    "<!-- --> lines": (10_000, lambda n: _body("<!-- b -->\n" * n)),
    "`<!-- in code": (20_000, lambda n: _body("`<!--` " * n)),
    "* n times": (200_000, lambda n: _body("*" * n)),
    "*a n times": (100_000, lambda n: _body("*a" * n)),
    "**a n times": (100_000, lambda n: _body("**a" * n)),
    "**a ** n times": (50_000, lambda n: _body("**a **" * n)),
    "_ n times": (200_000, lambda n: _body("_" * n)),
    "_a n times": (100_000, lambda n: _body("_a " * n)),
    "[ n times": (200_000, lambda n: _body("[" * n)),
    "![ n times": (100_000, lambda n: _body("![" * n)),
    "[a]( n times": (50_000, lambda n: _body("[a](" * n)),
    "[a][ n times": (50_000, lambda n: _body("[a][" * n)),
    "]( n times": (50_000, lambda n: _body("](" * n)),
    "backticks": (200_000, lambda n: _body("`" * n)),
    "backtick runs": (500, lambda n: _body(" ".join("`" * i for i in range(n)))),
    "`a n times": (50_000, lambda n: _body("`a " * n)),
    "> n deep": (50_000, lambda n: _body(">" * n + " x")),
    "> n lines": (20_000, lambda n: _body("> x\n" * n)),
    "> staircase": (600, lambda n: _body("\n".join(">" * i + " x" for i in range(n)))),
    "bullets deep": (500, lambda n: _body("\n".join(" " * (2 * i) + "- x" for i in range(n)))),
    "bullets": (20_000, lambda n: _body("- x\n" * n)),
    "bullet, lines": (20_000, lambda n: _body("- x\n" + "y\n" * n)),
    "bullets in a line": (50_000, lambda n: _body("- " * n)),
    "bullets of settings": (
        5_000,
        lambda n: _body("## Training hyperparameters\n\n" + "- learning_rate: 2e-5\n" * n),
    ),
    "sentences of facts": (
        3_000,
        lambda n: _body("It has 32 layers and a learning rate of 2e-5. Trained on 2T tokens. " * n),
    ),
    "lines of facts": (
        3_000,
        lambda n: _body("It has 32 layers and a learning rate of 2e-5.\n" * n),
    ),
    "numbers of n digits": (
        10_000,
        lambda n: _body(
            f"Ant has {'9' * n} parameters and {'9' * n}B tokens.\n\n- learning_rate: {'1' * n}\n"
            f"- batch size: {'1' * n}\n- seed: {'7' * n}e{'9' * 10}\n\n"
            f"{HEAD}| Ant 1B | {'3' * n} | {'1' * n}.{'1' * n} |"
        ),
    ),
    "numbers: 1e9999": (
        10_000,
        lambda n: _body(f"- learning_rate: 1e{'9' * n}\n- seed: {'5' * n}\n- layers: 32{'0' * n}"),
    ),
    "numbers in front matter": (
        10_000,
        lambda n: _front(
            "model-index:\n- name: A\n  results:\n  - task: {type: x}\n"
            "    dataset: {name: y, type: y}\n"
            f"    metrics: [{{type: acc, value: {'9' * n}}}]"
        ),
    ),
    "an attribute": (500_000, lambda n: _body(f'<img src="data:image/png;base64,{"A" * n}">')),
    "an open attribute": (500_000, lambda n: _body(f'<img src="{"A" * n}')),
    "attributes": (20_000, lambda n: _body("<img " + "a='b' " * n + ">")),
    "an image": (500_000, lambda n: _body(f"![x](data:image/png;base64,{'A' * n})")),
    "&amp; n times": (50_000, lambda n: _body("&amp;" * n)),
    "&#x n times": (50_000, lambda n: _body("&#x41;" * n)),
    "& n times": (50_000, lambda n: _body("&" * n)),
    "NULs": (100_000, lambda n: _body("a\0" * n)),
    "surrogates": (100_000, lambda n: _body("a\udc80\ud800" * n)),
    "U+2028": (100_000, lambda n: _body("a\u2028" * n)),
    "form feeds": (100_000, lambda n: _body("a\x0c\x0b\x85" * n)),
    "CRs": (50_000, lambda n: _body("a\r" * n)),
    "zero width": (100_000, lambda n: _body("a\u200b\u200d\ufeff" * n)),
    "combining": (100_000, lambda n: _body("a" + "\u0301" * n)),
    "bidi": (100_000, lambda n: _body("\u202e\u202d" * n)),
    "JSON deep": (50_000, lambda n: _body("```json\n" + '{"a":' * n + "1" + "}" * n + "\n```")),
    "JSON [ deep": (50_000, lambda n: _body("```json\n" + "[" * n + "]" * n + "\n```")),
    "JSON open": (50_000, lambda n: _body("```json\n" + '{"a": [' * n + "\n```")),
    "JSON big": (
        20_000,
        lambda n: _body("```json\n{" + ",".join(f'"k{i}": {i}' for i in range(n)) + "}\n```"),
    ),
    "JSON digits": (
        50_000,
        lambda n: _body('```json\n{"num_hidden_layers": ' + "9" * n + "}\n```"),
    ),
    "YAML block deep": (50_000, lambda n: _body("```yaml\na: " + "[" * n + "\n```")),
    "YAML block big": (
        10_000,
        lambda n: _body("```yaml\n" + "\n".join(f"k{i}: {i}" for i in range(n)) + "\n```"),
    ),
    "YAML block aliases": (
        30,
        lambda n: _body(
            "```yaml\na0: &a0 [x,x]\n"
            + "\n".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]" for i in range(1, n))
            + "\n```"
        ),
    ),
    "JSON blocks": (2_000, lambda n: _body('```json\n{"num_hidden_layers": 32}\n```\n' * n)),
    "Python big": (
        5_000,
        lambda n: _body(
            "```python\nfrom transformers import pipeline\n"
            + "x = f(1, 'a', b=[1, 2])\n" * n
            + "```"
        ),
    ),
    "Python ( deep": (
        20_000,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\nx = " + "(" * n + ")" * n + "\n```"
        ),
    ),
    "Python f( deep": (
        90,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\nx = " + "f(" * n + ")" * n + "\n```"
        ),
    ),
    "Python - deep": (
        20_000,
        lambda n: _body("```python\nfrom transformers import AutoModel\nx = " + "-" * n + "1\n```"),
    ),
    "Python a.a. deep": (
        20_000,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\nx = a" + ".a" * n + "\n```"
        ),
    ),
    "Python 1+1+ deep": (
        20_000,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\nx = 1" + "+1" * n + "\n```"
        ),
    ),
    "Python if deep": (
        90,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\n"
            + "\n".join(" " * i + "if x:" for i in range(n))
            + "\n```"
        ),
    ),
    "Python elif": (
        5_000,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\nif x: pass\n"
            + "elif x: pass\n" * n
            + "```"
        ),
    ),
    "Python digits": (
        20_000,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\n"
            f"x = AutoModel.from_pretrained('a/b', n={'9' * n})\n```"
        ),
    ),
    "Python no indentation": (
        1_000,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\n"
            + "for x in y:\nif x:\nf(x)\nelse:\ng(x)\n" * n
            + "```"
        ),
    ),
    "Python blocks": (
        500,
        lambda n: _body(
            "```python\nfrom transformers import AutoModel\n"
            "m = AutoModel.from_pretrained('ant/bee')\n```\n" * n
        ),
    ),
    "Python NUL": (20_000, lambda n: _body("```python\nimport a\nx = '" + "\0" * n + "'\n```")),
    "Python no fences": (
        2_000,
        lambda n: _body(
            "from transformers import AutoModel\n" + "for x in y:\nif x:\nf(x)\nelse:\ng(x)\n" * n
        ),
    ),
    "Python prompts >>>": (5_000, lambda n: _body("```python\n" + ">>> x = f(1)\n1\n" * n + "```")),
    "Python \\ lines": (
        10_000,
        lambda n: _body("```python\nimport a\nx = 1 + \\\n" + "1 + \\\n" * n + "1\n```"),
    ),
    "shell big": (
        5_000,
        lambda n: _body("```bash\npython train.py \\\n" + " --learning_rate 2e-5 \\\n" * n + "```"),
    ),
    "shell quotes": (20_000, lambda n: _body("```bash\npython train.py " + "'\"" * n + "\n```")),
    "fences": (10_000, lambda n: _body("```\nx\n```\n" * n)),
    "fences open": (10_000, lambda n: _body("```a\n" + "~~~\n````\n" * n)),
    "~ fence long": (100_000, lambda n: _body("~" * n + "\nx\n" + "~" * n)),
    "headings": (10_000, lambda n: _body("\n".join(f"## Part {i}\n\ntext" for i in range(n)))),
    "headings, same": (5_000, lambda n: _body("## Training\n\n- epochs: 3\n\n" * n)),
    "headings, deep": (5_000, lambda n: _body("# a\n## b\n### c\n#### d\n" * n)),
    "headings of models": (
        2_000,
        lambda n: _body("\n".join(f"## Ant {i}B\n\nAnt-{i}B has {i} layers." for i in range(n))),
    ),
    "heading, hashes": (200_000, lambda n: _body("# a " + "# " * n + "x")),
    "heading, spaces": (200_000, lambda n: _body("# a" + " " * n + "x")),
    "setext": (10_000, lambda n: _body("a\n===\n" * n)),
    "bold lines": (10_000, lambda n: _body("**Training**\n\n" * n)),
    "rules": (10_000, lambda n: _body("---\n" * n)),
    "rules - - -": (100_000, lambda n: _body("- " * n + "x")),
    "links": (
        5_000,
        lambda n: _body(
            "\n".join(f"- [Ant {i}](https://huggingface.co/ant/bee-{i}-7B)" for i in range(n))
        ),
    ),
    "models named": (
        3_000,
        lambda n: _body("\n".join(f"Ant-{i}-7B is better than ant/bee-{i}B." for i in range(n))),
    ),
    "variants": (
        2_000,
        lambda n: _body(
            "| Model | Link |\n|---|---|\n"
            + "\n".join(
                f"| Ant-{i}B | [ant/ant-{i}b](https://huggingface.co/ant/ant-{i}b) |"
                for i in range(n)
            )
        ),
    ),
    "collapsed": (
        50_000,
        lambda n: (
            "--- license: mit tags: - a --- # Ant 1B Ant 1B has 1.2B parameters. "
            + "## Part It has 32 layers. " * (n // 25)
        ),
    ),
    "collapsed tables": (
        2_000,
        lambda n: (
            "--- license: mit --- # Ant 1B " + "| Model | MMLU | |---|---| | Ant 1B | 1.5 | " * n
        ),
    ),
    "collapsed table rows": (
        5_000,
        lambda n: (
            "--- license: mit --- # Ant 1B | Model | MMLU | |---|---| " + "| Ant 1B | 1.5 | " * n
        ),
    ),
    "collapsed fences": (
        2_000,
        lambda n: "--- license: mit --- # Ant 1B " + "```python import a x = f(1) ``` text " * n,
    ),
    "collapsed JSON": (
        5_000,
        lambda n: "--- license: mit --- # Ant 1B ```json " + '{"a": ' * n + "1" + "}" * n + " ```",
    ),
    "collapsed { runs": (50_000, lambda n: "--- license: mit --- # Ant 1B " + "{ " * n),
    "collapsed #": (50_000, lambda n: "--- license: mit --- # Ant 1B " + "# " * n),
    "collapsed ---": (50_000, lambda n: "--- license: mit " + "--- " * n),
    "collapsed keys": (10_000, lambda n: "--- " + "license: mit " * n + "--- # Ant 1B"),
    "collapsed bullets": (20_000, lambda n: "--- license: mit --- # Ant 1B " + "- a " * n),
    "gutter": (
        20_000,
        lambda n: "\n".join(f"{i}" for i in range(1, n)) + "\n# Ant 1B\n\nAnt has 7B.\n",
    ),
    "gutter in a line": (20_000, lambda n: " ".join(f"{i}" for i in range(1, n)) + "\n# Ant 1B\n"),
    "gutter beside": (5_000, lambda n: "\n".join(f"{i} # Ant 1B" for i in range(1, n))),
    "gutter after": (
        5_000,
        lambda n: "# Ant 1B\n" + "x\n" * n + "\n".join(f"{i}" for i in range(1, n)),
    ),
    "gutter glued": (20_000, lambda n: "".join(f"{i}" for i in range(1, n)) + "\n# Ant 1B\n"),
    "page chrome": (
        3_000,
        lambda n: "Model card\nFiles and versions\nCommunity\n" * n + "# Ant 1B\n\nAnt has 7B.",
    ),
    "page chrome zh": (
        3_000,
        lambda n: "模型介绍\n模型文件\n交流反馈\n下载使用量0\n" * n + "# Ant 1B\n\nAnt has 7B.",
    ),
    "saved page": (
        3_000,
        lambda n: (
            "<!DOCTYPE html><html><body>"
            + "<p>Ant 1B has 7B parameters.</p>" * n
            + "</body></html>"
        ),
    ),
    "saved page nested": (
        3_000,
        lambda n: (
            "<!DOCTYPE html><html><body>"
            + "<div>" * n
            + "<h1>Ant 1B</h1><p>Ant has 7B.</p>"
            + "</div>" * n
        ),
    ),
    "saved page open": (20_000, lambda n: "<!DOCTYPE html><html><body>" + "<b><i>" * n + "x"),
    "saved page table": (
        2_000,
        lambda n: (
            "<!DOCTYPE html><html><body><h1>Ant</h1><table>"
            + "<tr><td>Ant</td><td>1.5</td></tr>" * n
            + "</table></body></html>"
        ),
    ),
    "saved page tables nested": (
        400,
        lambda n: (
            "<!DOCTYPE html><html><body><h1>Ant</h1>"
            + "<table><tr><td>" * n
            + "1"
            + "</td></tr></table>" * n
        ),
    ),
    "saved page script": (
        100_000,
        lambda n: "<!DOCTYPE html><html><body><h1>Ant</h1><script>" + "<" * n + "</body></html>",
    ),
    "saved page lists": (
        400,
        lambda n: "<!DOCTYPE html><html><body><h1>Ant</h1>" + "<ul><li>x" * n,
    ),
    "mojibake": (50_000, lambda n: _body("ζ¨‘εž‹" * n)),
    "mojibake latin": (50_000, lambda n: _body("Ã©â€™ï¼Œ" * n)),
    "full width": (50_000, lambda n: _body("，：（）７Ｂ" * n)),
    "mirror links": (
        3_000,
        lambda n: _body(
            "[a](https://gitcode.com/hf_mirrors/ant/bee) https://hf-mirror.com/ant/bee " * n
        ),
    ),
    "prompt marks": (
        5_000,
        lambda n: _body("```\n<|system|>\nx\n<|user|>\ny\n<|assistant|>\n```\n" * n),
    ),
    "prompt template big": (
        5_000,
        lambda n: _body(
            "## Prompt format\n\n```\n" + "<|user|>\n{prompt}\n<|assistant|>\n" * n + "```"
        ),
    ),
    "Jinja": (
        3_000,
        lambda n: _body(
            "```jinja\n" + "{% for m in messages %}{{ m['content'] }}{% endfor %}\n" * n + "```"
        ),
    ),
    "BibTeX": (
        2_000,
        lambda n: _body("```bibtex\n" + "@misc{a, title={b {c}}, author={D, E}}\n" * n + "```"),
    ),
    "BibTeX {": (50_000, lambda n: _body("```bibtex\n@misc{a, title=" + "{" * n + "\n```")),
    "training log": (
        5_000,
        lambda n: _body(
            "| Training Loss | Epoch | Step | Validation Loss |\n|:-:|:-:|:-:|:-:|\n"
            + "\n".join(f"| 0.5 | {i}.0 | {i * 100} | 0.4{i} |" for i in range(n))
        ),
    ),
    "benchmarks many": (
        3_000,
        lambda n: _body(
            "| Benchmark | Ant 1B |\n|---|---|\n"
            + "\n".join(f"| MMLU ({i}-shot) | {i % 100}.5 |" for i in range(n))
        ),
    ),
    "table wide and long": (
        20_000,
        lambda n: _body(_grid(isqrt(n))),
    ),
    "scores in sentences": (
        3_000,
        lambda n: _body("It scores 62.3 on MMLU and 33.1 on GSM8K. " * n),
    ),
    "footnotes": (5_000, lambda n: _body("\n".join(f"a[^{i}]\n\n[^{i}]: b" for i in range(n)))),
    "reference links": (
        5_000,
        lambda n: _body("\n".join(f"[a{i}][r{i}]\n\n[r{i}]: https://a.b/c{i}" for i in range(n))),
    ),
    "paragraphs": (10_000, lambda n: _body("Ant is a model.\n\n" * n)),
    "blank lines": (100_000, lambda n: _body("\n" * n)),
    "lines of one word": (30_000, lambda n: _body("word\n" * n)),
    "definition lines": (5_000, lambda n: _body("**Licence:** MIT\n" * n)),
    "key: value lines": (5_000, lambda n: _body("Learning rate: 2e-5\n" * n)),
    "emphasis in cells": (3_000, lambda n: _body(HEAD + "| **Ant 1B** | **1.5** | _2_ |\n" * n)),
    # pages printed as text
    "page: glued digits": (5_000, lambda n: _page("模型MMLUGSM8K平均\nAnt" + "12.5" * (n // 4))),
    "page: glued integers": (
        5_000,
        lambda n: _page("规模训练 Token 数层数隐藏层大小\n7B" + "3" * n),
    ),
    "page: glued rows": (
        2_000,
        lambda n: _page("模型MMLUGSM8K平均\n" + "\n".join(f"Ant{i}12.533.123.4" for i in range(n))),
    ),
    "page: glued rows of 1000": (20, lambda n: _page("模型MMLU\n" + ("12.5" * 250 + "\n") * n)),
    "page: glued head": (
        1_000,
        lambda n: _page("模型" + "MMLUGSM8K" * n + "\nAnt12.533.1\nBee12.533.1"),
    ),
    "page: space table": (
        2_000,
        lambda n: _page("Model MMLU GSM8K\n" + "\n".join(f"Ant{i} 12.5 33.1" for i in range(n))),
    ),
    "page: space table, wide": (
        1_000,
        lambda n: _page("Model" + " MMLU" * n + "\nAnt" + " 12.5" * n + "\nBee" + " 12.5" * n),
    ),
    "page: words": (100_000, lambda n: _page("word " * (n // 5))),
    "page: 汉字": (100_000, lambda n: _page("模型参数" * (n // 4))),
    "page: x": (100_000, lambda n: _page("x" * n)),
    "page: digits": (100_000, lambda n: _page("7" * n)),
    "page: lines of digits": (3_000, lambda n: _page("12.5\n" * n)),
    "page: lines of words": (5_000, lambda n: _page("word\n" * n)),
    "page: paragraphs": (3_000, lambda n: _page("Ant 是模型。\n\n" * n)),
    "page: headings": (3_000, lambda n: _page("训练\n\n学习率 2e-5\n\n" * n)),
    "page: bullets": (5_000, lambda n: _page("  • 学习率: 2e-5\n" * n)),
    "page: code": (2_000, lambda n: _page("import a\nfor x in y:\nif x:\nf(x)\n" * n)),
    "page: code apart": (1_000, lambda n: _page("import a\nx = f(1)\n\n文字\n\n" * n)),
    "page: cells": (
        3_000,
        lambda n: _page(
            "Model\nMMLU\nGSM8K\n" + "\n".join(f"Ant {i}\n12.5\n33.1" for i in range(n))
        ),
    ),
    "page: brackets": (20_000, lambda n: _page("import a\nx = f(" + "[" * n + "\n")),
    "page: quotes": (5_000, lambda n: _page("import a\nx = '" + "\"'" * n + "\n")),
    "page: open texts": (3_000, lambda n: _page("import a\n" + "x = '''a\n" * n)),
}
