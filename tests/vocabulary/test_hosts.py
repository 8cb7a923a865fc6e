from __future__ import annotations

import pytest

from cardkit.vocabulary.hosts import (
    arxiv_id,
    canonical,
    hub_link,
    is_demo,
    is_mirror,
    is_paper,
    is_repository,
)

OWN = "https://huggingface.co/"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://huggingface.co/ant/ant-1b", ("huggingface", "ant/ant-1b", "model", "")),
        ("https://hf.co/ant/ant-1b?x=1#y", ("huggingface", "ant/ant-1b", "model", "")),
        ("huggingface.co/ant/ant-1b", ("huggingface", "ant/ant-1b", "model", "")),
        ("https://huggingface.co/gpt2", ("huggingface", "gpt2", "model", "")),
        ("https://huggingface.co/datasets/squad", ("huggingface", "squad", "dataset", "")),
        (
            "https://huggingface.co/datasets/ant/food/tree/main",
            ("huggingface", "ant/food", "dataset", "tree/main"),
        ),
        ("https://huggingface.co/spaces/ant/chat", ("huggingface", "ant/chat", "space", "")),
        (
            "https://huggingface.co/collections/ant/all-65f3acb3",
            ("huggingface", "ant/all-65f3acb3", "collection", ""),
        ),
        (
            "https://www.modelscope.cn/models/ant/ant-1b/summary",
            ("modelscope", "ant/ant-1b", "model", "summary"),
        ),
        ("https://modelscope.cn/studios/ant/chat", ("modelscope", "ant/chat", "space", "")),
        ("https://www.modelscope.cn/ant/ant-1b.git", ("modelscope", "ant/ant-1b", "model", "")),
        ("https://modelers.cn/models/ant/ant-1b", ("modelers", "ant/ant-1b", "model", "")),
        ("https://wisemodel.cn/models/01.AI/Ant", ("wisemodel", "01.AI/Ant", "model", "")),
        ("https://ai.gitcode.com/ant/ant-1b", ("gitcode", "ant/ant-1b", "model", "")),
        ("https://gitcode.com/ant/code", None),
        ("https://huggingface.co/ant", None),
        ("https://huggingface.co/docs/hub/models", None),
        ("https://huggingface.co", None),
        ("https://openxlab.org.cn/models/detail/ant/ant-1b", None),
        ("https://github.com/ant/ant", None),
        ("https://[bad", None),
        ("", None),
    ],
)
def test_an_address_of_a_hub_says_what_it_points_at(
    url: str, link: tuple[str, str, str, str] | None
) -> None:
    assert hub_link(url) == link


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://hf-mirror.com/ant/ant-1b", "ant/ant-1b"),
        ("https://hf-mirror.ant.workers.dev./ant/ant-1b", "ant/ant-1b"),
        ("https://hf.ant.us.kg/ant/ant-1b", "ant/ant-1b"),
        ("https://hub.example./ant/ant-1b/resolve/main/a.png", "ant/ant-1b/resolve/main/a.png"),
        ("http://hub.example:8080/ant/ant-1b/blob/main/a.py", "ant/ant-1b/blob/main/a.py"),
        ("https://hub.example/datasets/ant/food", "datasets/ant/food"),
        ("https://hub.example/spaces/ant/chat", "spaces/ant/chat"),
        (
            "https://hub.example/collections/ant/all-65f3acb3bd0d1a2b3c4d5e6f",
            "collections/ant/all-65f3acb3bd0d1a2b3c4d5e6f",
        ),
        ("https://hf.co/ant/ant-1b", "ant/ant-1b"),
    ],
)
def test_a_mirror_is_put_back_to_its_hub(url: str, path: str) -> None:
    assert canonical(url) == OWN + path


@pytest.mark.parametrize(
    "url",
    [
        "https://huggingface.co/ant/ant-1b",
        "https://hub.example/ant/ant-1b",
        "https://github.com/ant/ant/blob/main/README.md",
        "https://gitlab.example/ant/ant/-/blob/main/README.md",
        "https://git.example.com/ant/ant/blob/main/README.md",
        "https://gitee.com/ant/ant/tree/master/docs",
        "https://kaggle.com/datasets/ant/food",
        "https://nlp.ant.edu/datasets/ant/food",
        "https://ant.example/datasets/food/train.json",
        "https://modelscope.cn/datasets/ant/food",
        "https://cdn-media.huggingface.co/ant/button.png",
        "https://discuss.huggingface.co/t/ant/1",
        "https://ant-chat.hf.space",
        "mailto:ant@ant.example",
        "not an address",
    ],
)
def test_what_is_no_mirror_stays_as_it_is(url: str) -> None:
    assert canonical(url) == url
    assert not is_mirror(url)


def test_a_host_known_for_a_mirror_is_put_back_with_any_path() -> None:
    assert canonical("https://hub.example/ant/ant-1b", {"hub.example"}) == f"{OWN}ant/ant-1b"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://arxiv.org/abs/2406.11794", "2406.11794"),
        ("https://arxiv.org/pdf/2406.11794v3.pdf", "2406.11794"),
        ("arXiv preprint arXiv:2406.11794", "2406.11794"),
        ("https://huggingface.co/papers/2406.11794", "2406.11794"),
        ("https://doi.org/10.48550/arXiv.2406.11794", "2406.11794"),
        ("arxiv:2406.11794", "2406.11794"),
        ("https://arxiv.org/abs/cs.CL/0409058", "cs.CL/0409058"),
        ("see 2406.11794", None),
        ("arXiv:2499.11794", None),
    ],
)
def test_an_arxiv_id_is_found_without_its_version(text: str, found: str | None) -> None:
    assert arxiv_id(text) == found


@pytest.mark.parametrize(
    ("url", "kinds"),
    [
        ("https://github.com/ant/ant", ["repository"]),
        ("https://github.com/ant/ant/tree/main/model", ["repository"]),
        ("https://gitee.com/ant/ant", ["repository"]),
        ("https://github.com/ant/ant/blob/main/LICENSE", []),
        ("https://github.com/ant/ant/issues/3", []),
        ("https://github.com/ant", []),
        ("https://github.com/sponsors/ant", []),
        ("https://arxiv.org/abs/2406.11794", ["paper"]),
        ("https://aclanthology.org/2023.acl-long.1", ["paper"]),
        ("https://ant.example/Ant_technical_report.pdf", ["paper"]),
        ("https://huggingface.co/spaces/ant/chat", ["demo"]),
        ("https://ant-chat.hf.space", ["demo"]),
        ("https://colab.research.google.com/drive/1", ["demo"]),
        ("https://ant.example", []),
    ],
)
def test_an_address_is_a_repository_a_paper_or_a_demo(url: str, kinds: list[str]) -> None:
    tests = {"repository": is_repository, "paper": is_paper, "demo": is_demo}
    assert [name for name, test in tests.items() if test(url)] == kinds
