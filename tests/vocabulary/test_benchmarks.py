from __future__ import annotations

import pytest

from cardkit.vocabulary import benchmarks, spread
from cardkit.vocabulary.benchmarks import find, kind, looks_like_benchmark, read

ROWS = {**benchmarks._rows()["shares"], **benchmarks._rows()["scores"]}


def test_a_name_stands_for_one_benchmark() -> None:
    seen: dict[str, str] = {}
    for key, row in ROWS.items():
        for name in [key, *spread(row)]:
            same = seen.setdefault(benchmarks._key(name), key)
            assert same == key, f"{name!r} is in two rows"


def test_every_id_is_a_slug() -> None:
    assert [key for key in ROWS if benchmarks._slug(key) != key] == []


def test_every_common_word_is_a_name() -> None:
    known = {benchmarks._key(word) for word in spread(benchmarks._rows()["words"])}
    assert known - set(benchmarks.names()) == set()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("MMLU", "mmlu"),
        ("MMLU-Pro", "mmlu_pro"),
        ("CMMLU", "cmmlu"),
        ("C-Eval", "ceval"),
        ("ARC-E", "arc_easy"),
        ("ARC-c", "arc_challenge"),
        ("ARC (challenge)", "arc_challenge"),
        ("Winograd", "wsc273"),
        ("SIQA", "social_iqa"),
        ("CommonsenseQA", "commonsense_qa"),
        ("TriviaQA-Wiki", "triviaqa"),
        ("GSM-8K", "gsm8k"),
        ("AGI Eval LSAT AR", "agieval_lsat_ar"),
        ("AGI Eval SAT 数学", "agieval_sat_math"),
        ("BigBench QA Wikidata", "bigbench_qa_wikidata"),
        ("GPQA-Diamond", "gpqa_diamond"),
        ("truthfulQA (MC2)", "truthfulqa_mc2"),
        ("GSM8k (mixed eval.)", "gsm8k"),
        ("LiveCodeBench (2408-2505)", "livecodebench"),
        ("MMLU Humanities", "mmlu_humanities"),
        ("MMLU (Chinese)", "mmlu_zh"),
        ("iflytek(CLUE)", "iflytek"),
        ("Simple Arithmetic (no spaces)", None),
        ("Average", None),
        ("Model", None),
        ("Llama 3 8B", None),
    ],
)
def test_a_name_is_a_task_or_unknown(text: str, key: str | None) -> None:
    assert find(text) == key


@pytest.mark.parametrize(
    ("text", "shots"),
    [
        ("MMLU (5-shot)", 5),
        ("MMLU 0-shot", 0),
        ("5-shot MMLU", 5),
        ("ARC (25-s)", 25),
        ("MMLU (5 shot MC)", 5),
        ("MMLU(零样本)", 0),
        ("MMLU(少样本)", None),
        ("MMLU few-shot", None),
        ("one-shot TriviaQA", 1),
        ("AGIEval English (3-5 shot)", None),
        ("MMLU 3/0-shot", None),
        ("BoolQ n=0 n=5", None),
        ("AIME 2024", None),
        ("Llama 3 8B", None),
    ],
)
def test_shots_are_read_when_there_is_one_number_of_them(text: str, shots: int | None) -> None:
    assert read(text).num_fewshot == shots


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BIG-Bench Hard (3-shot, CoT)", ("bbh", True, 3, "cot", None, None)),
        ("GSM8K(思维链)", ("gsm8k", True, None, "cot", None, None)),
        ("Humaneval @10", ("humaneval", True, None, None, "pass@10", None)),
        ("HumanEval pass@1", ("humaneval", True, None, None, "pass@1", None)),
        ("GSM8K 8-shot maj1@8", ("gsm8k", True, 8, None, "maj@8", None)),
        ("C-Eval (val)", ("ceval", True, None, None, None, "val")),
        ("C-Eval 5-shot val", ("ceval", True, 5, None, None, "val")),
        ("SQuAD F1", ("squad", True, None, None, "f1", None)),
        ("SQuAD v2 (EM/F1)", ("squadv2", True, None, None, None, None)),
        ("QuAC (1-shot, F1)", ("quac", True, 1, None, "f1", None)),
        ("MMLU (5-shot, macro_avg/acc)", ("mmlu", True, 5, None, "acc", None)),
        ("MMLU (macro_avg/acc) Thai", ("mmlu_th", True, None, None, "acc", None)),
        ("MT-Bench-101 (Score 1-10)", ("mt_bench_101", True, None, None, None, None)),
        ("WildBench (Raw Score)", ("wildbench", True, None, None, None, None)),
        ("RULER (4-128K Average)", ("ruler", True, None, None, None, None)),
        ("LAMBADA Acc ↑", ("lambada", True, None, None, "acc", None)),
        ("AlpacaEval2.0 LC Win-rate (%)", ("alpaca_eval_2", True, None, None, "win_rate", None)),
        ("conll2003 Precision", ("conll2003", True, None, None, "precision", None)),
        ("WER", ("wer", False, None, None, "wer", None)),
        ("5-shot acc", ("acc", False, 5, None, "acc", None)),
        ("平均 分", ("平均_分", False, None, None, None, None)),
        ("Winogender MC (Female)", ("winogender_mc_female", True, None, None, None, None)),
    ],
)
def test_a_head_is_taken_apart(text: str, expected: tuple[object, ...]) -> None:
    assert tuple(read(text)) == expected


@pytest.mark.parametrize(
    "text", ["MMLU", "Average of MMLU and GSM8K", "C-Eval 验证集", "ARC-c (25)"]
)
def test_a_text_with_a_benchmark_in_it_looks_like_one(text: str) -> None:
    assert looks_like_benchmark(text)


@pytest.mark.parametrize(
    "text",
    ["", "Model", "Qwen2-Math-7B", "Clue Models", "Drop rate of the core", "模型", "x" * 5000],
)
def test_models_and_common_words_do_not_look_like_benchmarks(text: str) -> None:
    assert not looks_like_benchmark(text)


@pytest.mark.parametrize(
    ("task", "metric", "expected"),
    [
        ("mmlu", None, "share"),
        ("mt_bench", None, "score"),
        ("mt_bench_turn_1", None, "score"),
        ("mt_bench_human_judges_preference_rate", None, None),
        ("lambada", "perplexity", "score"),
        ("alpaca_eval", "win_rate", "share"),
        ("common_voice", "wer", "share"),
        ("loss", None, "score"),
        ("gmean", None, None),
    ],
)
def test_numbers_are_shares_or_scores(task: str, metric: str | None, expected: str | None) -> None:
    assert kind(task, metric) == expected
