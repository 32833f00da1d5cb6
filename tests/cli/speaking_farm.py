"""A farm that speaks the API over real HTTP and answers what a test says, in the shapes of the real models."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel

from farm.states import BootState, BuildState, Cause, Verdict, help_text
from web import models

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MOMENT = datetime(2026, 11, 23, 6, 31, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One request that the farm got."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    """An answer, whole."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


# A canned answer, a list of them (the last one is repeated), or a function that writes by itself.
Answer = Said | BaseModel | dict[str, Any] | list[Any] | Callable[[Asked, BaseHTTPRequestHandler], "Said | None"]


class SpeakingFarm:
    """Routes by method and path below /api/v1; what is not there is a problem with status 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.routes: dict[tuple[str, str], Answer] = {}
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def _serve(self) -> None:
                outer.serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "SpeakingFarm":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def on(self, method: str, path: str, answer: Answer) -> None:
        self.routes[method, path] = answer

    def problem(self, method: str, path: str, status: int, detail: str, **more: Any) -> None:
        self.on(method, path, problem(status, detail, **more))

    def calls(self, method: str, path: str) -> list[Asked]:
        return [one for one in self.asked if (one.method, one.path) == (method, path)]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = parts.path.removeprefix("/api/v1")
        asked = Asked(handler.command, path, parse_qs(parts.query), dict(handler.headers.items()), body)
        with self._lock:
            self.asked.append(asked)
            answer = self.routes.get((asked.method, path), problem(404, f"There is nothing at {parts.path}."))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        whole: Any = answer(asked, handler) if callable(answer) else answer
        if whole is None:
            handler.close_connection = True
            return
        said = as_said(whole)
        handler.send_response(said.status)
        headers = {"Content-Type": said.content_type, "Content-Length": str(len(said.body)), **said.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(said.body)


def as_said(answer: Any) -> Said:
    if isinstance(answer, Said):
        return answer
    text = answer.model_dump_json() if isinstance(answer, BaseModel) else json.dumps(answer)
    return Said(body=text.encode())


def problem(status: int, detail: str, **more: Any) -> Said:
    """As `web/problems.py` answers."""
    body = {"type": "/help/errors/x", "title": "x", "status": status, "detail": detail, "code": "x", **more}
    return Said(status, json.dumps(body).encode(), "application/problem+json")


def listed(*items: BaseModel, next: str | None = None) -> dict[str, Any]:
    return {"items": [item.model_dump(mode="json") for item in items], "next": next}


def _verdict(status: str, cause: Cause | None) -> dict[str, Any]:
    finished = status in set(Verdict)
    return {
        "status": status,
        "verdict": Verdict(status) if finished else None,
        "cause": cause,
        "cause_help": help_text(cause) if cause else "",
        "detail": "",
        "attempt": 1,
        "retry_of": None,
        "cancel_requested": False,
        "created_at": MOMENT,
        "started_at": MOMENT if finished or status == "running" else None,
        "finished_at": MOMENT if finished else None,
        "seconds": 31.25 if finished else None,
    }


def _state(status: str) -> str:
    return {"running": "running", "waiting": "queued", "can't start": "queued"}.get(status, "finished")


def step(name: str, finished: bool = True) -> models.StepOut:
    return models.StepOut(
        name=name, state="ok" if finished else "running", started_at=MOMENT, finished_at=MOMENT if finished else None
    )


def boot(number: int = 12, status: str = "pass", cause: Cause | None = None, **more: Any) -> models.BootDetail:
    fields: dict[str, Any] = {
        "id": f"boot-{number}",
        "url": f"/boots/boot-{number}",
        "submission": "submission-7",
        "build": "build-3",
        "repository": "runtime",
        "commit": COMMIT,
        "machine": "qemu-1",
        "selector": "pool:default",
        "firmware": "ovmf",
        "patched": False,
        "image_name": "app.efi",
        "image": "ab" * 32,
        "files": {},
        "state": BootState(_state(status)),
        "waiting_reason": "",
        "tier": None,
        "steps": [],
        "cases": [],
        "timings": [],
        "evidence": [],
        "attested": None,
        "attempts": [f"boot-{number}"],
        "console_bytes": 0,
        "worker": "w",
        "previous_on_machine": None,
        "next_on_machine": None,
        "last_good": None,
    }
    return models.BootDetail(**(fields | _verdict(status, cause) | more))


def build(number: int = 3, status: str = "pass", cause: Cause | None = None, **more: Any) -> models.BuildOut:
    fields: dict[str, Any] = {
        "id": f"build-{number}",
        "url": f"/builds/build-{number}",
        "repository": "runtime",
        "commit": COMMIT,
        "patched": False,
        "state": BuildState(_state(status)),
        "error_line": None,
        "toolchain": "rustc 1.90",
        "recipe": {},
        "steps": [],
        "artifacts": [],
        "worker": "w",
    }
    return models.BuildOut(**(fields | _verdict(status, cause) | more))


def submission(
    number: int = 7,
    status: str = "pass",
    boots: list[models.BootDetail] | None = None,
    builds: list[models.BuildOut] | None = None,
    **more: Any,
) -> models.SubmissionDetail:
    fields: dict[str, Any] = {
        "id": f"submission-{number}",
        "url": f"/submissions/submission-{number}",
        "repository": "runtime",
        "ref": "refs/heads/main",
        "commit": COMMIT,
        "patched": False,
        "subject": "fix serial framing",
        "author": "Ada",
        "by": "ada",
        "note": "",
        "status": status,
        "finished": status in set(Verdict),
        "cancelling": False,
        "counts": {},
        "created_at": MOMENT,
        "plan": "",
        "warnings": [],
        "boots": boots or [],
        "builds": builds or [],
    }
    return models.SubmissionDetail(**(fields | more))


def machine(name: str = "qemu-1", **more: Any) -> models.MachineOut:
    fields: dict[str, Any] = {
        "name": name,
        "url": f"/machines/{name}",
        "lab": "local",
        "pool": "default",
        "tags": ["virtual"],
        "driver": "libvirt",
        "firmware": ["ovmf"],
        "options": {},
        "state": "idle",
        "health": "good",
        "held": False,
        "reason": "",
        "changed_at": MOMENT,
        "created_at": MOMENT,
    }
    return models.MachineOut(**(fields | more))
