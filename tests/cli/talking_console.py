"""A console that is live over SSE as `web/live.py` sends it, on links that break where a test says."""

import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.cli.speaking_farm import Asked, Said

RESET = object()  # the link breaks, in the middle of what was being written
CLOSE = object()  # the farm closes the stream in good order


class TalkingConsole:
    """`script` is what to do on the links that come, in order: a number says bytes up to that offset."""

    def __init__(self, data: bytes, script: list[list[object]], *, backlog: int = 2000) -> None:
        self.data = data
        self.script = script
        self.backlog = backlog
        self.resumed_at: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, asked: Asked, handler: BaseHTTPRequestHandler) -> Said | None:
        if "follow" in asked.query:
            self._follow(asked, handler)
            return None
        if "lines" in asked.query:
            first, last = (int(word) for word in asked.query["lines"][0].split("-"))
            return said(self.lines(0, len(self.data))[first - 1 : last], None)
        if "tail" in asked.query:
            return said(self.lines(0, len(self.data))[-int(asked.query["tail"][0]) :], None)
        if "grep" in asked.query:
            found = self.lines(0, len(self.data))[int(asked.query["start"][0]) - 1 :]
            hits = [one for one in found if asked.query["grep"][0] in one["text"]]
            return said(hits[:2], hits[1]["n"] + 1 if len(hits) > 1 else None)
        start = int(asked.query.get("from", ["0"])[0])
        return Said(body=self.data[start:], content_type="text/plain")

    def lines(self, start: int, end: int) -> list[dict[str, Any]]:
        """The lines that bytes `start` to `end` touch, as far as byte `end`."""
        rows, offset = [], 0
        for number, raw in enumerate(self.data[:end].splitlines(keepends=True), 1):
            if offset + len(raw) > start:
                text = raw.rstrip(b"\r\n").decode()
                row = {"n": number, "offset": offset, "text": text, "t": 1_000 + number, "partial": raw[-1:] != b"\n"}
                rows.append(row)
            offset += len(raw)
        return rows

    def _follow(self, asked: Asked, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            acts = self.script.pop(0)
        place = asked.headers.get("Last-Event-ID", "0")
        self.resumed_at.append(place)
        at = int(place)
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        _chunk(handler, b"retry: 1000\n\n")
        for act in acts:
            if act is RESET:
                _chunk(handler, b'event: console\nid: 999999\ndata: {"lines":[{"n":1,"te', whole=False)
                handler.connection.close()
                return
            if act is CLOSE:
                break
            if isinstance(act, int):
                shown = {"lines": self.lines(at, act)[-self.backlog :], "gap": None}
                _chunk(handler, f"event: console\nid: {act}\ndata: {json.dumps(shown)}\n\n".encode())
                at = act
            else:
                _chunk(handler, str(act).encode())
        _chunk(handler, b"")


END = "event: end\ndata: {}\n\n"


def _chunk(handler: BaseHTTPRequestHandler, data: bytes, *, whole: bool = True) -> None:
    handler.wfile.write(f"{len(data) + (0 if whole else 100):x}\r\n".encode() + data + (b"\r\n" if whole else b""))
    handler.wfile.flush()


def said(lines: list[dict[str, Any]], following: int | None) -> Said:
    return Said(body=json.dumps({"lines": lines, "next": following}).encode())
