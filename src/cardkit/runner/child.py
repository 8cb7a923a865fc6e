"""What the child process does: run the example once, watched, then measure what it loaded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cardkit.outcome import Answer, Speed
from cardkit.plan import Untried
from cardkit.runner import seeds
from cardkit.runner.answers import Answers
from cardkit.runner.loads import Loaded, Loads, placed
from cardkit.runner.measures import MEASURES, attempted, measured
from cardkit.runner.pieces import PRINTED, Pieces
from cardkit.runner.reads import Reads
from cardkit.runner.refusals import refusing
from cardkit.runner.repeats import measure as repeats
from cardkit.runner.scene import Job, Scene
from cardkit.runner.script import copied
from cardkit.runner.script import run as run_script
from cardkit.runner.speed import speed
from cardkit.runner.steps import Steps
from cardkit.runner.told import told


def run(job: Job) -> None:
    """Write the outcome of a job into its folder, piece by piece."""
    pieces = Pieces(Path(job.work), job.seal)
    job = job.model_copy(update={"seal": ""})
    places = {job.folder: "MODEL", job.work: "WORK"}
    begins = Steps(pieces.reached)
    try:
        begins("import")
        try:
            prepare(job, pieces)
        except Exception as error:  # noqa: BLE001 - what is wrong with torch, a driver, a device
            pieces.write(error=told(error, places))
            return
        with refusing(remote_code=job.plan.allow_remote_code):
            example = Example(job, pieces, places)
            begins("example")
            example.run()
            _measure(example, pieces, places, begins)
        pieces.reached("end")
    finally:
        pieces.close()


def prepare(job: Job, pieces: Pieces) -> None:
    """Import what runs models, say where this is, and seed all random choices."""
    import torch  # the first import tells what is wrong with it
    import transformers  # noqa: F401

    from cardkit.openlm import register
    from cardkit.runner.environment import environment

    register()
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdecimal() and int(threads):  # a fork's torch has read the server's
        torch.set_num_threads(int(threads))
    pieces.write(environment=environment(job.plan.device))
    seeds.seed(job.plan.seed, job.plan.device)


class Example:
    """A run of the example, and all that was seen of it."""

    def __init__(self, job: Job, pieces: Pieces, places: Mapping[str, str]) -> None:
        self.job, self.plan = job, job.plan
        self._pieces, self._places = pieces, places
        self.answers = Answers(self.plan.limits.new_tokens, self._answered)
        self.reads = Reads()
        self.speed = Speed()
        self.loads = Loads(remote_code=self.plan.allow_remote_code, seen=self._loaded)

    def run(self) -> None:
        """Run it, and write what came of it."""
        with ExitStack() as stack:
            stack.enter_context(self.loads.watching())
            stack.enter_context(self.answers.watching())
            stack.enter_context(self.reads.watching())
            stack.enter_context(copied(Path(self.job.work) / PRINTED))
            error = run_script(self.job.script, {"MODEL": self.job.folder}, self._places)
        self._decode()
        moved = [
            loaded._replace(load=loaded.load.model_copy(update=placed(loaded.model)))
            for loaded in self.loads.models
        ]
        self.loads.models[:] = moved
        self.speed = speed(
            tuple(loaded.load for loaded in moved),
            tuple(self.answers.answers),
            self.answers.gaps,
            self.plan.device,
        )
        self._pieces.write(
            loads=[loaded.load for loaded in moved],
            answers=self.answers.answers,
            error=error,
            speed=self.speed,
        )

    def scene(self) -> Scene | None:
        """Return what the measurements look at; None where no model was loaded."""
        found = self._subject()
        if found is None:
            return None
        self._pieces.reached("scene")
        tokenizer = self.tokenizer()
        own = [
            answer
            for answer, model in zip(self.answers.answers, self.answers.models, strict=True)
            if model is found.model
        ]
        found.model.eval()
        return Scene(
            plan=self.plan,
            folder=Path(found.folder),
            model=found.model,
            tokenizer=tokenizer,
            load=found.load,
            answers=tuple(own),
            arguments=found.arguments,
            prompt_ids=self._prompt(tokenizer, own),
            again=self.answers.again,
            read=self.reads.of(found.model),
        )

    def tokenizer(self) -> Any:
        """Return the tokenizer that it loaded, else the one in the folder; None without either."""
        if self.loads.tokenizers:
            return self.loads.tokenizers[0]
        from transformers import AutoTokenizer

        try:
            return AutoTokenizer.from_pretrained(
                self.job.folder, local_files_only=True, trust_remote_code=False
            )
        except Exception:  # noqa: BLE001 - whatever it says, there is none that can be used
            return None

    def _subject(self) -> Loaded | None:
        """Return the model that answered first; the last one loaded where none did."""
        by_id = {id(loaded.model): loaded for loaded in self.loads.models}
        generated = (
            model
            for answer, model in zip(self.answers.answers, self.answers.models, strict=True)
            if answer.output_ids
        )
        for model in (*generated, *self.answers.models):
            if id(model) in by_id:
                return by_id[id(model)]
        return self.loads.models[-1] if self.loads.models else None

    def _prompt(self, tokenizer: Any, own: list[Answer]) -> tuple[int, ...]:
        first = next((answer.input_ids[0] for answer in own if answer.input_ids), None)
        asked = self.plan.prompt or self.plan.asked
        if first is not None or tokenizer is None or asked is None:
            return first or ()
        return tuple(tokenizer(asked)["input_ids"])

    def _decode(self) -> None:
        """Give the answers their texts, now that the tokenizer is known."""
        if not any(answer.input_ids for answer in self.answers.answers):
            return
        tokenizer = self.tokenizer()
        if tokenizer is None:
            return

        def texts(rows: tuple[tuple[int, ...], ...], *, skip: bool) -> tuple[str, ...]:
            return tuple(tokenizer.decode(list(row), skip_special_tokens=skip) for row in rows)

        self.answers.answers[:] = [
            answer.model_copy(
                update={
                    "prompts": texts(answer.input_ids, skip=False),
                    "texts": texts(answer.output_ids, skip=True),
                }
            )
            for answer in self.answers.answers
        ]

    def _loaded(self, loaded: Loaded) -> None:
        self.answers.look_at(loaded.model)
        if loaded.load.missing:
            self.reads.look_at(loaded.model, loaded.load.missing)
        self._pieces.write(loads=[each.load for each in self.loads.models])

    def _answered(self) -> None:
        self._pieces.write(answers=self.answers.answers)


def _measure(example: Example, pieces: Pieces, places: Mapping[str, str], begins: Steps) -> None:
    """Measure what the plan asks for, and write each as it is made."""
    scene, plan = example.scene(), example.plan
    asked = [name for name, (layer, _) in MEASURES.items() if layer in plan.layers]
    if scene is None:
        reason = Untried(untried="the example loaded no model")
        pieces.write(**dict.fromkeys(asked, reason))
    elif example.job.only_example:
        pieces.write(repeats=attempted(lambda: repeats(scene._replace(again=None)), places))
    else:
        for name, found in measured(scene, places, begins):
            pieces.write(**{name: found})
        begins.end()
        most = max(example.speed.peak_memory or 0, *begins.peaks.values())
        update = {"peak_memory_checks": most, **begins.took()}
        pieces.write(speed=example.speed.model_copy(update=update))
