"""A real web server on loopback that plays any number of hosts and remembers who asked for what."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from trend_assets.net.destination import Sandbox


@dataclass
class Request:
    host: str
    """Real host: without `.localhost:<port>`."""
    path: str
    """With the query."""
    headers: Mapping[str, str]
    client: int = 0
    """The port it came from."""
    form: str = ""
    """As it was posted."""


@dataclass
class Answer:
    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Send only so many bytes of the body, then hang up."""


Play = Callable[[Request], Answer]


class Site:
    """Answers by host and path (`www.a.example/x`), or by path alone (`/x`); without a play it is 404."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self.plays: dict[str, Play] = {}
        self.requests: list[Request] = []

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox(self) -> Sandbox:
        return Sandbox(self.url)

    def play(self, place: str, body: bytes | str = b"", status: int = 200, cut: int | None = None, **headers: str) -> None:
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        self.plays[place] = lambda _: Answer(body, status, named, cut)

    def paths(self, host: str | None = None) -> list[str]:
        """What was asked for, robots.txt aside, in order."""
        return [request.path for request in self.requests if request.path != "/robots.txt" and host in (None, request.host)]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        path = urlsplit(request.path).path
        play = self.plays.get(f"{request.host}{path}") or self.plays.get(path) or (lambda _: Answer(status=404))
        return play(request)


@contextmanager
def serving() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers.get("Host", "").removesuffix(f".localhost:{site.port}")
            form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            answer = site.answer(Request(host, self.path, dict(self.headers.items()), self.client_address[1], form))
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            try:
                self.send_response_only(answer.status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: answer.cut])
            except (BrokenPipeError, ConnectionResetError):
                pass
            if answer.cut is not None:
                self.close_connection = True

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: Any) -> None:
            """A client that hangs up is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    site = Site(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
