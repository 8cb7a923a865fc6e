"""A registry of two small entries in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardkit.entries import making
from cardkit.entries.registry import Registry

ANT = """\
---
license: mit
language: en
---
# Ant 1B Chat

Ant 1B Chat is a model of 1.2B parameters with a context of 2048 tokens. It was made by Ant Lab.

## Prompt format

```
<|user|>
{prompt}
<|assistant|>
```

## Usage

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("ant-lab/ant-1b-chat", revision="v1.1")
model = AutoModelForCausalLM.from_pretrained("ant-lab/ant-1b-chat", revision="v1.1",
                                             torch_dtype=torch.float16, device_map="auto")
inputs = tokenizer("How do ants find home?", return_tensors="pt")
output = model.generate(**inputs, max_new_tokens=40, temperature=0.5, do_sample=True)
print(tokenizer.decode(output[0]))
```
"""
BEE = "---\nlicense: apache-2.0\n---\n# Bee 3B\n\nBee 3B is a base model of 2.8B parameters.\n"


@pytest.fixture
def place(tmp_path: Path) -> Registry:
    """Return a registry with an ant, whose card says a lot, and a bee, whose card says little."""
    (tmp_path / "cards").mkdir()
    found = Registry(tmp_path / "registry")
    for name, card in (("ant-1b-chat", ANT), ("bee-3b", BEE)):
        (tmp_path / "cards" / f"{name}.md").write_text(card, encoding="utf-8")
        making.save(found, making.make(found, name, f"cards/{name}.md"))
    return found
