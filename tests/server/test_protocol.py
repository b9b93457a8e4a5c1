"""How connections end with the server: nobody who has just connected is left without an answer."""

import socket
import threading

import pytest
from factories.waiting import PATIENCE_S, wait_until

pytest.importorskip("uvicorn", reason="needs the extra serve")

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from landmark.server.protocol import PatientProtocol


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(Request(scope).url.path)(scope, receive, send)


def test_a_connection_made_just_before_the_end_is_still_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "last_request_s", PATIENCE_S)
    config = uvicorn.Config(_app, port=0, log_config=None, http=PatientProtocol, ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    listener = server.servers[0]
    with socket.create_connection(("127.0.0.1", listener.sockets[0].getsockname()[1]), PATIENCE_S) as client:
        wait_until(lambda: bool(server.server_state.connections))
        server.should_exit = True
        wait_until(lambda: not listener.is_serving())
        client.sendall(b"GET /late HTTP/1.1\r\nHost: here\r\n\r\n")
        reply = b""
        while data := client.recv(1000):  # until the server closes: the connection is not kept for another request
            reply += data
    assert reply.startswith(b"HTTP/1.1 200") and reply.endswith(b"/late")
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
