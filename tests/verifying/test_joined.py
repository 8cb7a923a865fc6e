"""What several processes gave becomes one outcome, and nothing of how they ended is lost."""

from __future__ import annotations

from cardkit.outcome import Answer, Error, Isolation, Load, Outcome, Tensors
from cardkit.plan import Untried
from cardkit.runner.measures import MEASURES
from cardkit.verifying.joined import joined, without_measures

LOAD = Load(called="A", model="B", module="c", seconds=1.0)


def held(**others: object) -> Isolation:
    return Isolation(rung="landlock", exit_code=0).model_copy(update=others)


MEASURED = Outcome(
    reached="end",
    isolation=held(denied=("open ~/a",), peak_memory=3, seconds=1.0, left=1),
    tensors=Tensors(compared=1),
)


def test_where_all_ended_well_what_was_denied_comes_together() -> None:
    other = Outcome(
        reached="end", isolation=held(denied=("list ~", "open ~/a"), peak_memory=5, left=2)
    )
    found = joined(MEASURED, {"again": other})
    expected = held(denied=("open ~/a", "list ~"), peak_memory=5, seconds=1.0, left=3)
    assert found == MEASURED.model_copy(update={"isolation": expected})


def test_one_that_was_stopped_is_told_of_with_what_it_was() -> None:
    crashed = Outcome(reached="example", isolation=held(exit_code=-6))
    stopped = Outcome(
        reached="example",
        error=Error(type="E", message="m"),
        isolation=held(stopped="run.timeout", said="took more than 3 s", exit_code=-9, seconds=3.0),
    )
    found = joined(MEASURED, {"one": crashed, "when it ran again": stopped})
    assert found.isolation is not None
    assert (found.isolation.stopped, found.isolation.said, found.isolation.seconds) == (
        "run.timeout",
        "took more than 3 s, when it ran again",
        3.0,
    )
    assert (found.reached, found.error, found.tensors) == (
        "example",
        stopped.error,
        MEASURED.tensors,
    )


def test_of_a_process_that_could_write_it_no_measure_is_taken() -> None:
    shown = Outcome(
        reached="end",
        isolation=held(),
        loads=(LOAD,),
        answers=(Answer(texts=("well",)),),
        tensors=Tensors(compared=21),
        printed="x",
    )
    assert without_measures(shown) == Outcome(reached="end", isolation=held(), printed="x")
    found = without_measures(shown, "a reason")
    assert found.loads == (LOAD,)
    assert {getattr(found, name) for name in MEASURES} == {Untried(untried="a reason")}
