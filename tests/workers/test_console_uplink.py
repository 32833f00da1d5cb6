"""The console uplink over a network that drops, doubles and delays: what arrives is byte-equal."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from farm.consoles import ConsoleStore, OffsetAhead, Stream
from farm.database import now
from workers.console_uplink import ConsoleUplink
from workers.farm_client import FarmClient, FarmRefused, LeaseLost


class LossyFarm(ThreadingHTTPServer):
    """The console endpoint over the farm's real store, behind a bad network."""

    daemon_threads = True

    def __init__(self, stream: Stream, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.stream = stream
        self.dice = random.Random(seed)
        self.late: list[tuple[int, bytes]] = []
        self.answer_all_with: int | None = None
        self.faults = 0


class Handler(BaseHTTPRequestHandler):
    """One append."""

    server: LossyFarm
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        offset = int(parse_qs(urlsplit(self.path).query)["offset"][0])
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.answer_all_with:
            return self._answer(self.server.answer_all_with, b'{"detail": "no"}')
        fate = self.server.dice.choice(["well"] * 4 + ["lost", "answer lost", "doubled", "delayed", "busy"])
        self.server.faults += fate != "well"
        if fate == "lost":
            return self._hang_up()
        if fate == "busy":
            return self._answer(503, b"{}")
        if fate == "delayed":
            self.server.late.append((offset, data))
            return self._hang_up()
        status, size = self._append(offset, data)
        if fate == "doubled":
            status, size = self._append(offset, data)
        while self.server.late and self.server.dice.random() < 0.5:
            self._append(*self.server.late.pop(0))
        if fate == "answer lost":
            return self._hang_up()
        self._answer(status, b'{"size": %d}' % size)

    def _append(self, offset: int, data: bytes) -> tuple[int, int]:
        try:
            return 200, self.server.stream.append(offset, data, now())
        except OffsetAhead as ahead:
            return 416, ahead.expected

    def _hang_up(self) -> None:
        self.close_connection = True

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def lossy_farm(folder: Path, seed: int) -> Iterator[LossyFarm]:
    """A server on a free port."""
    server = LossyFarm(ConsoleStore(folder).stream("boot-1", "serial"), seed)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def uplink(server: LossyFarm) -> ConsoleUplink:
    """A new uplink to it."""
    client = FarmClient(f"http://127.0.0.1:{server.server_port}", "token").job("boots", 1, "token")
    return ConsoleUplink(client, "serial")


@pytest.mark.parametrize("seed", range(4))
def test_bytes_arrive_once_and_in_order_however_bad_the_network_is(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    said = b""
    with lossy_farm(tmp_path, seed) as server, uplink(server) as up:
        for _ in range(150):
            data = dice.randbytes(dice.choice([1, 7, 300, 5000, 70_000]))
            said += data
            up.write(data)
            if dice.random() < 0.3:
                up.drain(0.05)
        assert up.drain(60)
        assert up.written == len(said)
        assert server.faults > 0
    chunks = server.stream.read_bytes(0, len(said) + 1)
    assert b"".join(chunk.data for chunk in chunks) == said  # type: ignore[union-attr]


@pytest.mark.parametrize(("status", "error"), [(409, LeaseLost), (507, FarmRefused)])
def test_a_refusal_ends_the_uplink_with_its_reason_and_never_blocks_the_console(
    tmp_path: Path, status: int, error: type[Exception]
) -> None:
    with lossy_farm(tmp_path, 1) as server, uplink(server) as up:
        server.answer_all_with = status
        up.write(b"x" * 100)
        assert not up.drain(10)
        assert isinstance(up.error, error)
        up.write(b"y" * (80 << 20))
        assert up.written == 100 + (80 << 20)
