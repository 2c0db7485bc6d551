import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from trend_assets_tests.cli.command import rows, run

SPAN = ("--from", "2026-03-01", "--to", "2026-03-02")
PROGRAM = "from trend_assets.cli import app; app()"


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the sandbox as a program; yields it and what it said once it answers."""
    command = [sys.executable, "-c", PROGRAM, "sandbox", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as child:
        try:
            assert child.stdout
            said = ""
            while "Ctrl-C stops it." not in said:
                line = child.stdout.readline()
                assert line, said
                said += line
            yield child, said
        finally:
            child.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_truth_is_printed_as_json_lines_without_a_server() -> None:
    lines = rows(run("sandbox", "--truth", "--seed", 3, *SPAN))
    assert {line["kind"] for line in lines} == {"trend", "evergreen", "spam", "bots"}
    trends = [line for line in lines if line["kind"] == "trend"]
    assert len(trends) >= 4
    assert all(line["onset"] < line["peak"] < line["end"] for line in trends)
    assert all(line["end"] > "2026-03-01" and line["onset"] < "2026-03-03" for line in trends)
    assert lines == rows(run("sandbox", "--truth", "--seed", 3, *SPAN)) != rows(run("sandbox", "--truth", "--seed", 4, *SPAN))


@pytest.mark.parametrize(
    "options",
    [("--truth",), ("--truth", "--from", "2026-03-01"), SPAN, ("--truth", "--from", "2026-03-02", "--to", "2026-02-01")],
)
def test_hours_and_the_truth_belong_together(options: tuple[str, ...]) -> None:
    result = run("sandbox", *options)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)


def test_a_taken_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = run("sandbox", "--port", other.getsockname()[1])
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "--port" in result.stderr


def test_a_time_that_is_none_is_one_sentence() -> None:
    result = run("sandbox", "--port", free_port(), "--at", "soon")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert "'soon' is not a time" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_what_it_says_until_it_is_stopped(number: signal.Signals) -> None:
    port = free_port()
    with started("--port", str(port), "--seed", "7", "--at", "2026-03-01T05:07:00Z") as (child, said):
        for address in re.findall(r"https?://\S+", said.split("Make it")[0]):
            host, path = re.fullmatch(rf"http://([^:/]+):{port}(/.*)", address).groups()  # type: ignore[union-attr]
            answer = requests.get(f"http://127.0.0.1:{port}{path}", headers={"Host": host}, timeout=30)
            assert answer.status_code == 200, address
        assert answer.json()["at"] == "2026-03-01T05:07:00Z"
        (example,) = re.findall(r"curl -d '(.*)' \S+/faults", said)
        ordered = requests.post(f"http://127.0.0.1:{port}/_sandbox/faults", data=example, timeout=30)
        assert ordered.json()["faults"][0].items() >= json.loads(example).items()
        child.send_signal(number)
        assert [stream and stream.read() for stream in (child.stdout, child.stderr)] == ["Stopped.\n", ""]
        assert child.wait(timeout=30) == 0


def test_it_stops_quietly_while_it_answers() -> None:
    port = free_port()
    with started("--port", str(port), "--latency", "600") as (child, _said):
        with pytest.raises(requests.ReadTimeout):
            requests.get(f"http://127.0.0.1:{port}/explore", headers={"Host": "www.tiktok.com.localhost"}, timeout=0.2)
        child.send_signal(signal.SIGINT)
        assert [stream and stream.read() for stream in (child.stdout, child.stderr)] == ["Stopped.\n", ""]
        assert child.wait(timeout=30) == 0
