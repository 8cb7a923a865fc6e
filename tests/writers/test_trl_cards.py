"""What a TRL trainer was given comes back from the card that it writes, and nothing else.

The form is that of `generate_model_card` (trl, trainer/utils.py): `licence: license` stands in
every front matter, a quick start asks one question, and "Training procedure" names the method.
"""

from __future__ import annotations

import itertools

import pytest
import yaml

from cardkit.ingest import read_record

METHODS = {
    "SFT": ("sft", None),
    "DPO": ("dpo", "2305.18290"),
    "GRPO": (None, "2402.03300"),
    "KTO": (None, "2402.01306"),
    "ORPO": (None, "2403.07691"),
    "Online DPO": (None, "2402.04792"),
}
"""The stage that the record has for a method, and the method's paper."""
VERSIONS = ["TRL: 0.17.0", "Transformers: 4.52.0.dev0", "Pytorch: 2.6.0", "Tokenizers: 0.21.1"]
QUESTION = "If an ant met a bee, which of them would speak first?"


def card_of(method: str, base: str | None, data: list[str], *, wandb: bool) -> str:
    """Return the card that a trainer writes."""
    front = {
        **({"base_model": base} if base else {}),
        **({"datasets": data[0] if len(data) == 1 else data} if data else {}),
        "library_name": "transformers",
        "model_name": "ant-chat",
        "tags": ["generated_from_trainer", "trl", method.lower().replace(" ", "-")],
        "licence": "license",
    }
    origin = f"[{base}](https://huggingface.co/{base})" if base else f"[{None}](None)"
    on = " and ".join(f"[{name}](https://huggingface.co/datasets/{name})" for name in data)
    badge = "https://raw.githubusercontent.com/wandb/assets/main/badge.svg"
    paper = METHODS[method][1]
    how = f", a method introduced in [Ants](https://huggingface.co/papers/{paper})" if paper else ""
    return "\n".join(
        [
            f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n\n# Model Card for ant-chat\n",
            f"This model is a fine-tuned version of {origin}{on and f' on the {on} dataset'}.",
            "It has been trained using [TRL](https://github.com/huggingface/trl).\n",
            "## Quick start\n\n```python\nfrom transformers import pipeline\n",
            f'question = "{QUESTION}"',
            'generator = pipeline("text-generation", model="ants/ant-chat", device="cuda")',
            'output = generator([{"role": "user", "content": question}], max_new_tokens=128, '
            "return_full_text=False)[0]",
            'print(output["generated_text"])\n```\n\n## Training procedure\n',
            f'[<img src="{badge}" width="150"/>](https://wandb.ai/ants/runs/a1)\n' if wandb else "",
            f"\nThis model was trained with {method}{how}.\n\n### Framework versions\n",
            *(f"- {version}" for version in VERSIONS),
            "\n## Citations\n\nCite TRL as:\n    \n```bibtex\n@misc{vonwerra2022trl,",
            "\ttitle        = {{TRL: Transformer Reinforcement Learning}},",
            "\tyear         = 2020,\n}\n```",
        ]
    )


CASES = [
    (method, base, data, wandb)
    for method, base, data, wandb in itertools.product(
        METHODS,
        (None, "ants/ant-base", "ants/ant-base-instruct"),
        ([], ["ants/words"], ["ants/words", "bees/dances"]),
        (False, True),
    )
]


@pytest.mark.parametrize("method", METHODS)
def test_a_trl_trainers_card_gives_back_what_the_trainer_knew(method: str) -> None:
    for _, base, data, wandb in (case for case in CASES if case[0] == method):
        record = read_record(card_of(method, base, data, wandb=wandb))
        model = record["model"]
        assert (model["model_name"], model["model_id"]) == ("ant-chat", "ants/ant-chat")
        assert model.get("datasets", []) == data
        assert model.get("base_model", []) == (
            [{"id": base, "relation": "finetune"}] if base else []
        )
        assert (model.get("license"), model["library_name"]) == (None, "transformers")
        [training] = record["training"]
        assert (training.get("stage"), training["hyperparameters"]) == (METHODS[method][0], [])
        assert training["framework"] == ", ".join(VERSIONS)
        [example] = record["examples"]
        assert (example["library"], example["device"]) == ("transformers", "cuda")
        assert example["inputs"] == [QUESTION]
        assert example["generation"] == {"max_new_tokens": 128, "return_full_text": False}
        assert [record[k] for k in ("spec", "variants", "evaluations", "unread")] == [
            {},
            [],
            [],
            [],
        ]
