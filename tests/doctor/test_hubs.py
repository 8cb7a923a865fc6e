"""Hubs are asked at their front door: quickly, and without a token."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cardkit.doctor import reach
from cardkit.doctor.lines import Line

Serve = Callable[[int, dict[str, str]], str]
VARIABLES = [door.variable for door in reach.DOORS.values()]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every hub stand at a port that nobody listens on, and no proxy before it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for variable in VARIABLES:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def asked() -> list[str]:
    """Hold every line that a server on this machine was sent."""
    return []


@pytest.fixture
def serve(asked: list[str]) -> Iterator[Serve]:
    """Start servers that answer every question in one way."""
    servers = []

    def start(status: int, headers: dict[str, str]) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.requestline)
                asked.extend(f"{name}: {value}" for name, value in self.headers.items())
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def hub(variable: str) -> Line:
    (line,) = (
        line
        for line, door in zip(reach.hubs(), reach.DOORS.values(), strict=True)
        if door.variable == variable
    )
    return line


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("status", [200, 404])
def test_a_hub_that_answers_is_well(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, variable: str, status: int
) -> None:
    where = serve(status, {})
    monkeypatch.setenv(variable, where)
    line = hub(variable)
    assert (line.name, line.state, line.todo) == ("hub", "ok", "")
    assert re.fullmatch(rf"[\w ]+: {where} answers in \d\.\d s", line.said)


def test_a_refused_port_is_a_note_for_each_hub() -> None:
    assert [(line.state, line.said.split(": ", 2)[2]) for line in reach.hubs()] == [
        ("note", "[Errno 111] Connection refused")
    ] * len(reach.DOORS)
    assert hub("HF_ENDPOINT").todo == ("check HF_ENDPOINT, the network and its proxy (HTTPS_PROXY)")


@pytest.mark.parametrize(
    ("status", "headers", "because"),
    [
        (503, {}, "it answers 503"),
        (403, {}, "it answers 403: a proxy or a login may stand before it"),
        (511, {}, "it answers 511: a proxy or a login may stand before it"),
        (
            302,
            {"Location": "http://login.hotel.example/"},
            "it sends on to login.hotel.example: a login may stand before it",
        ),
    ],
)
def test_what_is_no_hub_is_not_taken_for_one(
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    headers: dict[str, str],
    because: str,
) -> None:
    where = serve(status, headers)
    monkeypatch.setenv("HF_ENDPOINT", where)
    assert hub("HF_ENDPOINT") == Line(
        "hub",
        "note",
        f"Hugging Face: {where} is not reached: {because}",
        "check HF_ENDPOINT, the network and its proxy (HTTPS_PROXY)",
    )


def test_a_redirect_is_an_answer_and_not_followed(
    serve: Serve, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", serve(302, {"Location": "/home"}))
    assert hub("HF_ENDPOINT").state == "ok"
    assert [line for line in asked if "HTTP/1.1" in line] == ["GET / HTTP/1.1"]


def test_hubs_that_hang_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for variable in VARIABLES:
            monkeypatch.setenv(variable, f"http://127.0.0.1:{silent.getsockname()[1]}")
        begun = time.monotonic()
        lines = list(reach.hubs())
        assert time.monotonic() - begun < 2
    assert [line.state for line in lines] == ["note"] * len(reach.DOORS)
    assert all(re.search(r"timed out$|no answer in 0.5 s$", line.said) for line in lines)


def test_a_hub_that_answers_a_letter_at_a_time_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reach, "SECONDS", 0.6)
    over = threading.Event()

    def drip(server: socket.socket) -> None:
        answer, _ = server.accept()
        with answer:
            while not over.wait(0.1):
                answer.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as slow:
        thread = threading.Thread(target=drip, args=(slow,), daemon=True)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{slow.getsockname()[1]}")
        begun = time.monotonic()
        line = hub("HF_ENDPOINT")
        assert time.monotonic() - begun < 2
        over.set()
        thread.join()
    assert line.said.endswith("is not reached: no answer in 0.6 s")


def test_no_token_and_no_password_is_sent_or_printed(
    serve: Serve, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "MODELSCOPE_API_TOKEN"):
        monkeypatch.setenv(name, "hf_planted")
    where = serve(200, {}).removeprefix("http://")
    for variable in VARIABLES:
        monkeypatch.setenv(variable, f"http://ant:hf_planted@{where}")
    lines = list(reach.hubs())
    assert [line.state for line in lines] == ["ok"] * 3
    assert sorted({line.partition(":")[0] for line in asked}) == [
        "Accept-Encoding",
        "Connection",
        "GET / HTTP/1.1",
        "Host",
        "User-Agent",
    ]
    assert "planted" not in f"{asked} {lines}"


@pytest.mark.parametrize("written", ["file:///etc/passwd", "http://", "http://[", "http://x:y"])
def test_what_is_no_address_is_said(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", written)
    line = hub("HF_ENDPOINT")
    assert (line.state, line.todo) == (
        "note",
        "check HF_ENDPOINT, the network and its proxy (HTTPS_PROXY)",
    )
