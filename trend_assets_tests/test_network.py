import socket

import pytest
import requests

from trend_assets_tests.network import NetworkClosedError, is_this_machine


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1.2.3", "::1", "localhost", "tiktok.localhost", "0.0.0.0", None, b"localhost"]
)
def test_this_machine_can_be_reached(host: object) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "192.168.1.1", "169.254.169.254", "example.com", "localhost.example.com"])
def test_other_machines_are_recognised(host: object) -> None:
    assert not is_this_machine(host)


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as sock, pytest.raises(NetworkClosedError, match=r"192\.0\.2\.1"):
        sock.connect(("192.0.2.1", 80))


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(NetworkClosedError):
        sock.sendto(b"", ("192.0.2.1", 53))


def test_a_look_up_of_another_name_is_refused() -> None:
    with pytest.raises(NetworkClosedError, match=r"example\.com"):
        socket.getaddrinfo("example.com", 443)


def test_requests_is_refused_too() -> None:
    with pytest.raises((NetworkClosedError, requests.ConnectionError)):
        requests.get("https://example.com", timeout=1)


def test_a_local_server_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=1):
        pass
