"""Cards as they come in: what is found, what is read, what is refused and how that is said."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from cardkit import inputs
from cardkit.errors import TooLargeError, UnreadableCardError, UsageError

ENGLISH = "# Ant 1B\nThe model’s scores are “good” – naïve café.\n"
CHINESE = "# 模型卡片\n本模型在中文数据集上训练,学习率为 3e-4。\n许可证：MIT\n"
TRADITIONAL = "# 模型卡片\n這個語言模型是在繁體中文資料集上訓練的，學習率為3e-4。\n"
KOREAN = "# 모델 카드\n이 모델은 한국어 데이터로 학습되었습니다. 라이선스: MIT\n"
JAPANESE = "# モデルカード\nこのモデルは日本語のデータで学習されました。ライセンス: MIT\n"
RUSSIAN = "# Модель\nЭта модель обучена на русских данных. Лицензия: MIT\n"

ENCODED = [
    (ENGLISH, "utf-8", "utf-8"),
    (ENGLISH, "utf-8-sig", "utf-8"),
    (ENGLISH, "cp1252", "cp1252"),
    (ENGLISH, "utf-16", "utf-16-le"),
    (CHINESE, "gb18030", "gb18030"),
    (CHINESE, "utf-16", "utf-16-le"),
    (CHINESE, "utf-16-le", "utf-16-le"),
    (CHINESE, "utf-16-be", "utf-16-be"),
    (CHINESE, "utf-32", "utf-32-le"),
    (CHINESE, "utf-32-be", "utf-32-be"),
    (TRADITIONAL, "big5", "big5"),
    (TRADITIONAL, "gb18030", "gb18030"),
    (TRADITIONAL, "utf-16-le", "utf-16-le"),
    (KOREAN, "euc_kr", "cp949"),
    (JAPANESE, "shift_jis", "cp932"),
    (JAPANESE, "euc_jp", "euc_jp"),
    (RUSSIAN, "cp1251", "cp1251"),
    (RUSSIAN, "koi8_r", "koi8_r"),
]


@pytest.mark.parametrize(("text", "written", "read"), ENCODED)
def test_a_card_is_read_in_the_encoding_that_it_was_written_in(
    text: str, written: str, read: str
) -> None:
    decoded = inputs.decode(text.encode(written))
    assert (decoded.text.removeprefix("\ufeff"), decoded.encoding) == (text, read)


@pytest.mark.parametrize(("text", "written", "read"), ENCODED)
def test_decoding_the_bytes_gives_the_text_that_offsets_count_in(
    text: str, written: str, read: str
) -> None:
    raw = text.encode(written)
    assert raw.decode(read) == inputs.decode(raw).text


@pytest.mark.parametrize(("text", "written", "read"), ENCODED)
def test_only_what_is_not_utf_8_is_said_to_be_guessed(text: str, written: str, read: str) -> None:
    codes = [problem.code for problem in inputs.decode(text.encode(written)).problems]
    assert codes == ([] if read == "utf-8" else ["encoding-guessed"])


def test_utf_8_that_was_cut_inside_a_character_is_still_utf_8() -> None:
    decoded = inputs.decode(CHINESE.strip().encode() + "训".encode()[:2])
    assert (decoded.text, decoded.encoding) == (CHINESE.strip() + "\ufffd", "utf-8")
    assert [(p.code, p.where.start) for p in decoded.problems] == [
        ("text-damaged", len(CHINESE.strip()))
    ]


REFUSED = {
    "it is empty": [b"", b" \n\r\n"],
    "it is a Git LFS pointer, not the file itself": [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 133\n"
    ],
    "it is a PNG image, not text": [b"\x89PNG\r\n\x1a\n\0\0"],
    "it is a PDF, not text": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"],
    "it is a ZIP archive (also .docx, PyTorch weights, .npz), not text": [b"PK\x03\x04\x14\0"],
    "it is safetensors weights, not text": [b'\x80\x0b\0\0\0\0\0\0{"model.embed":{'],
    "it is a binary file, or in an encoding that could not be told": [
        bytes(range(256)) * 8,
        b"some words\0\x01\x02 and more\0\x03",
    ],
}


@pytest.mark.parametrize(
    ("problem", "raw"), [(problem, raw) for problem, raws in REFUSED.items() for raw in raws]
)
def test_what_is_no_text_is_refused_in_words(problem: str, raw: bytes) -> None:
    with pytest.raises(UnreadableCardError) as refused:
        inputs.decode(raw)
    assert refused.value.problem == problem
    assert refused.value.todo


def test_a_card_beyond_the_limit_is_refused_with_both_figures(tmp_path: Path) -> None:
    card = tmp_path / "large.md"
    with card.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(TooLargeError) as refused:
        inputs.read(str(card))
    assert str(refused.value) == (
        f"{card}: it has 50.0 MB; the limit for a card is 10 MB\n"
        "  → cut out what is no part of the card, such as images written as text"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    card = tmp_path / "secret.md"
    card.write_text("# Ant")
    card.chmod(0)
    with pytest.raises(UnreadableCardError, match="permission denied"):
        inputs.read(str(card))


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "card.md").symlink_to("gone.md")
    with pytest.raises(UnreadableCardError) as refused:
        inputs.read(str(tmp_path / "card.md"))
    assert refused.value.problem == "it cannot be read: no such file or directory"


def test_standard_input_is_read_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = CHINESE.encode("gb18030")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    card = inputs.read("-")
    assert (card.uri, card.raw, card.text, card.encoding) == ("-", raw, CHINESE, "gb18030")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b.md",
        "a.txt",
        "c.HTML",
        "weights.safetensors",
        ".hidden.md",
        "deep/d.markdown",
        ".git/e.md",
        "odd[1].md",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# Ant")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["."], ["./a.txt", "./b.md", "./c.HTML", "./odd[1].md", "./deep/d.markdown"]),
        (["weights.safetensors"], ["weights.safetensors"]),
        (["*.md"], ["b.md", "odd[1].md"]),
        (["**/*.markdown"], ["deep/d.markdown"]),
        (["odd[1].md"], ["odd[1].md"]),
        (["dee*"], ["deep/d.markdown"]),
        (["b.md", "./b.md", "*.md", "-", "-"], ["b.md", "odd[1].md", "-"]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_files_folders_and_globs_give_each_card_once(asked: list[str], found: list[str]) -> None:
    assert inputs.find(asked) == (found, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("gone.md", "gone.md: there is no such file or folder"),
        ("empty", "empty: no card in this folder, and none below it"),
        ("*.rst", "*.rst: no file matches"),
        ("x[", "x[: no file matches"),
        ("", "'': there is no such file or folder"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_is_not_there_is_said_and_the_others_are_still_found(asked: str, said: str) -> None:
    found, [error] = inputs.find(["b.md", asked])
    assert found == ["b.md"]
    assert isinstance(error, UsageError)
    assert str(error).startswith(said)
    assert error.todo
