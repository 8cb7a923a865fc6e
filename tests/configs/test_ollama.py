"""A Modelfile sends the bytes of `cardkit prompt`, and refuses what is not documented."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardkit import configs
from cardkit.configs.go_template import go_template
from cardkit.configs.ollama import quoted
from cardkit.configs.talk import talk_of
from cardkit.entries import asking, files
from cardkit.entries.entry import Entry
from configs.modelfile import Refused, execute, parse

HERE = Path(__file__).parent


USER, ANSWER, AGAIN = (
    {"role": "user", "content": 'Hi {{ .System }} \\ """ 你好'},
    {"role": "assistant", "content": " Hello\n"},
    {"role": "user", "content": "Again?"},
)
SYSTEM = {"role": "system", "content": "Be kind."}
TALKS = {
    "one": [USER],
    "system": [SYSTEM, USER],
    "turns": [USER, ANSWER, AGAIN],
    "all": [SYSTEM, USER, ANSWER, AGAIN, ANSWER, AGAIN],
}
DOCUMENTED = {
    "ant-chat": ("one", "system", "turns", "all"),
    "base": ("one",),
    "odd": ("system",),
}


def load(name: str) -> Entry:
    """Return the entry of a case, with its chat template as it is built."""
    entry = files.load(HERE / "cases" / name / "model.yaml")
    if name == "base":
        return entry
    template = configs.make(entry, "chat-template").files["chat_template.jinja"]
    leaf = {"value": template, "derived": "prompt.format"}
    tree = entry.model_dump(exclude_none=True)
    return Entry.model_validate(tree | {"prompt": tree["prompt"] | {"chat_template": leaf}})


def instructions(entry: Entry) -> list[tuple[str, str]]:
    """Return what Ollama reads in the Modelfile of an entry."""
    return parse(configs.make(entry, "ollama").files["Modelfile"])


@pytest.mark.parametrize(("name", "talk"), [(n, t) for n, ts in DOCUMENTED.items() for t in ts])
def test_the_template_sends_the_bytes_of_the_prompt(name: str, talk: str) -> None:
    entry = load(name)
    template = dict(instructions(entry))["TEMPLATE"]
    assert execute(template, TALKS[talk]) == asking.render(entry, TALKS[talk])


@pytest.mark.parametrize(
    ("name", "messages", "said"),
    [
        ("base", [SYSTEM, USER], "no form with a system message is documented"),
        ("base", [USER, ANSWER, AGAIN], "one turn only is documented"),
        ("odd", [USER], "no form without a system message is documented"),
        ("odd", [SYSTEM, USER, ANSWER, AGAIN], "one turn only is documented"),
        ("ant-chat", [ANSWER, USER], "messages take turns and the last is the user's"),
        ("ant-chat", [USER, ANSWER], "messages take turns and the last is the user's"),
    ],
)
def test_the_template_refuses_what_is_not_documented(
    name: str, messages: list[dict[str, str]], said: str
) -> None:
    template = dict(instructions(load(name)))["TEMPLATE"]
    with pytest.raises(Refused) as caught:
        execute(template, messages)
    assert str(caught.value) == said


def test_ollama_reads_back_what_was_meant() -> None:
    assert [each for each in instructions(load("odd")) if each[0] != "TEMPLATE"] == [
        ("FROM", "./odd"),
        ("SYSTEM", 'You are "kind",\n$HOME `is` \\ yours.'),
        ("stop", 'it\'s "over"'),
        ("stop", "\\n\n"),
        ("top_k", "40"),
        ("seed", "7"),
    ]


RISKY = st.text(st.sampled_from('a{}"\\\n\r\t \u00a0\u200b你\U0001f600%`'), max_size=9)


@settings(max_examples=300, deadline=None)
@given(RISKY, RISKY, RISKY, RISKY)
def test_any_text_comes_through_a_modelfile(a: str, b: str, c: str, d: str) -> None:
    entry = Entry.model_validate({
        "name": "x",
        "prompt": {
            "format": {"value": f"{a}{{prompt}}{b}", "card": "1-2"},
            "turns": {
                "value": f"{a}{{prompt}}{b}{c}{{answer}}{d}{{prompt}}{b}",
                "card": "1-2",
            },
        },
    })  # fmt: skip
    talk = talk_of(entry)
    assert talk
    text = f'# x\nFROM y\nTEMPLATE """{go_template(talk)}"""\nPARAMETER top_k 1\n'
    name, template = parse(text)[1]
    assert (name, parse(text)[2]) == ("TEMPLATE", ("top_k", "1"))
    said = (USER["content"], ANSWER["content"], AGAIN["content"])
    expected = f"{a}{said[0]}{b}{c}{said[1]}{d}{said[2]}{b}"
    assert execute(template, TALKS["turns"]) == expected


@given(RISKY)
def test_a_text_is_quoted_or_left_out(text: str) -> None:
    written = quoted(text)
    if written is not None:
        assert parse(f"FROM y\nPARAMETER stop {written}\nSYSTEM z\n") == [
            ("FROM", "y"), ("stop", text), ("SYSTEM", "z")
        ]  # fmt: skip
    else:
        assert '"""' in text or not text.replace("\n", "").replace("\t", "").isprintable()


GO = """
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"
)

type Message struct{ Role, Content string }

func main() {
	var all []struct {
		Template string
		Messages []*Message
	}
	json.NewDecoder(os.Stdin).Decode(&all)
	var made []string
	for _, one := range all {
		parsed := template.Must(template.New("").Option("missingkey=zero").Parse(one.Template))
		var system []string
		for _, each := range one.Messages {
			if each.Role == "system" {
				system = append(system, each.Content)
			}
		}
		var text strings.Builder
		err := parsed.Execute(&text, map[string]any{
			"System": strings.Join(system, "\\n\\n"), "Messages": one.Messages, "Response": ""})
		if err != nil {
			text.Reset()
			fmt.Fprint(&text, "refused")
		}
		made = append(made, text.String())
	}
	json.NewEncoder(os.Stdout).Encode(made)
}
"""


@pytest.mark.skipif(not shutil.which("go"), reason="needs go, to hold our evaluator against")
def test_go_itself_agrees(tmp_path: Path) -> None:
    cases: list[dict[str, Any]] = []
    expected: list[str] = []
    for name in DOCUMENTED:
        template = dict(instructions(load(name)))["TEMPLATE"]
        for messages in TALKS.values():
            cases.append({"Template": template, "Messages": messages})
            try:
                expected.append(execute(template, messages))
            except Refused:
                expected.append("refused")
    (tmp_path / "main.go").write_text(GO, encoding="utf-8")
    made = subprocess.run(
        ["go", "run", str(tmp_path / "main.go")],
        input=json.dumps(cases).encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(made.stdout) == expected
