"""A real forward proxy on loopback: plain requests, CONNECT and SOCKS 5, on one port. It finds every host at one address."""

import base64
import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlsplit


@dataclass
class Proxy:
    port: int
    target: int
    """The port on this machine where all hosts are."""
    login: str = ""
    """`user:password` that it wants; empty lets everybody through."""
    status: int = 200
    """What it answers to CONNECT, and to a plain request if it is none of 200; then SOCKS hears that no host is reached."""
    asked: list[str] = field(default_factory=list)
    """Method and `host:port` of what it let through, in order."""
    refused: int = 0

    def url(self, login: str = "", scheme: str = "http") -> str:
        return f"{scheme}://{f'{login}@' if login else ''}127.0.0.1:{self.port}"


@contextmanager
def proxying(target: int, login: str = "", status: int = 200, tls: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Run one; with `tls`, it speaks nothing else."""

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError, IndexError, ValueError):
                if tls:
                    with tls.wrap_socket(self.request, server_side=True) as client:
                        _http(client, proxy)
                elif self.request.recv(1, socket.MSG_PEEK) == b"\x05":
                    _socks(self.request, proxy)
                else:
                    _http(self.request, proxy)

    class Server(ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        proxy = Proxy(server.server_address[1], target, login, status)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


def _http(client: socket.socket, proxy: Proxy) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(65_536) or b"\r\n\r\n"
    first, *lines = head.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    method, address, _ = first.split(" ")
    expected = f"Proxy-Authorization: Basic {base64.b64encode(proxy.login.encode()).decode()}"
    if proxy.login and expected.lower() not in map(str.lower, lines):
        proxy.refused += 1
        answer = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=p"
        client.sendall(f"{answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    elif proxy.status != 200:
        client.sendall(f"HTTP/1.1 {proxy.status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    elif method == "CONNECT":
        proxy.asked.append(f"CONNECT {address}")
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        _relay(client, proxy, b"")
    else:
        parts = urlsplit(address)
        proxy.asked.append(f"{method} {parts.netloc}")
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection:"))]
        _relay(client, proxy, "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode())


def _socks(client: socket.socket, proxy: Proxy) -> None:
    """RFC 1928, without a login."""
    _, methods = client.recv(2)
    client.recv(methods)
    client.sendall(b"\x05\x00")
    kind = client.recv(4)[3]
    host = client.recv(client.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(client.recv(4))
    (port,) = struct.unpack("!H", client.recv(2))
    if proxy.status != 200:
        client.sendall(b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00")
        return
    proxy.asked.append(f"SOCKS {host}:{port}")
    client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    _relay(client, proxy, b"")


def _relay(client: socket.socket, proxy: Proxy, request: bytes) -> None:
    """Pass on what both say. A plain request is already read: its answer is told to be the connection's last."""
    with socket.create_connection(("127.0.0.1", proxy.target)) as server:
        server.sendall(request)
        if request:
            client.sendall(server.recv(65_536).replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        while True:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(65_536)
                if not data:
                    return
                (server if ready is client else client).sendall(data)
