"""A token goes to its own hub and nowhere else; and nobody reads it."""

from __future__ import annotations

import json
import logging
import pickle
import sys
import types
from http.cookiejar import Cookie, CookieJar
from pathlib import Path

import pytest

from cardkit import cli, hubs
from cardkit.hubs import modelscope
from cardkit.hubs.web import Web
from hub_contents import FILES, MODEL, contents
from hub_server import Repo

TOKEN = "hf_planted0123456789"  # noqa: S105 - planted, to be looked for
CREDENTIALS = {
    "hf": ("HF_TOKEN", {"Authorization": f"Bearer {TOKEN}"}),
    "modelscope": (
        "MODELSCOPE_API_TOKEN",
        {"Authorization": f"Bearer {TOKEN}", "Cookie": f"m_session_id={TOKEN}"},
    ),
}


def everything(server):
    """Return all that a server was told."""
    return json.dumps(server.requests)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_the_hub_itself_is_sent_the_token(name, hub, fetch, monkeypatch):
    variable, headers = CREDENTIALS[name]
    monkeypatch.setenv(variable, TOKEN)
    hub.repos[MODEL].gated = True
    assert contents(fetch(f"{name}:{MODEL}").folder) == FILES
    for request in hub.requests:
        assert headers.items() <= request.headers.items()


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize("reached", [True, False])
def test_a_mirror_is_never_sent_it_and_nobody_reads_it(
    name, reached, hub, mirror, cache, monkeypatch, capfd, caplog
):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(CREDENTIALS[name][0], TOKEN)
    monkeypatch.setenv("CARDKIT_ORIGIN", hub.url)
    if not reached:
        hub.stop()
    for fault in ("always flip", "503", ""):
        mirror.fail("config.json", fault)
        with pytest.raises(SystemExit):
            cli.main(
                ["fetch", f"{name}:{MODEL}", "--endpoint", mirror.url, "--cache", str(cache), "-f",
                 "json"]
            )  # fmt: skip
    assert len(mirror.requests) > 5
    assert TOKEN not in everything(mirror)
    printed = capfd.readouterr()
    assert '"config.json"' in printed.out
    assert TOKEN not in printed.out + printed.err + caplog.text
    assert not [path for path in cache.rglob("*") if path.is_file() and TOKEN.encode() in
                path.read_bytes()]  # fmt: skip
    assert (TOKEN in everything(hub)) == reached


def test_a_redirect_to_another_host_goes_without_it(hub, mirror, fetch, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    hub.cdn = mirror
    fetched = fetch()
    assert contents(fetched.folder) == FILES
    assert len(mirror.requests) == 2
    assert TOKEN not in everything(mirror)


def test_the_hubs_own_host_is_sent_it_only_over_https(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    from cardkit.hubs import asking, huggingface

    own = [asking.origin_of(f"https://{host}") for host in huggingface.HOSTS]
    assert asking.origin_of("https://huggingface.co/") in own
    assert asking.origin_of("http://huggingface.co") not in own
    assert asking.origin_of("https://huggingface.co.evil.example") not in own
    assert asking.origin_of("https://huggingface.co:8443") not in own
    assert asking.origin_of("https://huggingface.co@evil.example") not in own


def test_a_password_in_an_address_is_not_printed():
    web = Web(modelscope, "https://ant:secret@hub.example", MODEL, trusted=False)
    assert web.host == "hub.example"
    web.close()


def test_what_modelscope_login_left_is_read_without_running_it(tmp_path, monkeypatch):
    class RequestsCookieJar(CookieJar):
        """As requests pickles it."""

        def __getstate__(self):
            return {key: value for key, value in vars(self).items() if key != "_cookies_lock"}

    module = types.ModuleType("requests.cookies")
    module.RequestsCookieJar = RequestsCookieJar
    RequestsCookieJar.__module__ = "requests.cookies"
    RequestsCookieJar.__qualname__ = "RequestsCookieJar"
    monkeypatch.setitem(sys.modules, "requests", types.ModuleType("requests"))
    monkeypatch.setitem(sys.modules, "requests.cookies", module)
    jar = RequestsCookieJar()
    jar.set_cookie(Cookie(0, "m_session_id", TOKEN, None, False, "modelscope.cn", True, False, "/",
                          True, False, None, False, None, None, {}))  # fmt: skip
    place = tmp_path / "credentials" / "cookies"
    place.parent.mkdir()
    monkeypatch.setenv("MODELSCOPE_HOME", str(tmp_path))
    assert modelscope.token() is None
    place.write_bytes(pickle.dumps(jar))
    assert modelscope.token() == TOKEN

    class Evil:
        def __reduce__(self):
            return Path.touch, (tmp_path / "touched",)

    for wrong in (pickle.dumps(Evil()), pickle.dumps([1]), b"", b"\x80"):
        place.write_bytes(wrong)
        assert modelscope.token() is None
    assert not (tmp_path / "touched").exists()


def test_gated_files_of_a_mirror_say_that_no_token_goes_there(mirror, fetch, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    mirror.repos[MODEL] = Repo(dict(FILES), gated=True)
    with pytest.raises(hubs.HubError) as error:
        fetch(endpoint=mirror.url)
    assert error.value.code == "hub.gated"
    assert error.value.todo.endswith("a mirror is never sent a token")
