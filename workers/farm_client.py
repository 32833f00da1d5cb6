"""The worker's door to the farm: the HTTP API for workers, with retries, as typed calls.

A `FarmClient` holds the worker's own token and may only say hello and claim. What a claim answers is done through a
`JobClient`, whose token is good for that one lease.
"""

import hashlib
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeVar

import structlog
import urllib3
from pydantic import BaseModel
from urllib3.exceptions import HTTPError

from farm.wire import (
    ArtifactRef,
    BootJob,
    BootOutcome,
    BuildJob,
    BuildOutcome,
    Claim,
    ConsoleSize,
    Heartbeat,
    HeartbeatAnswer,
    Hello,
    LiveLeases,
    PlatformKey,
    Step,
    Welcome,
)

Model = TypeVar("Model", bound=BaseModel)
Kind = Literal["boots", "builds"]

# The farm is away, restarts, or has met a fault that may pass; anything else is an answer.
_PASSING = (429, 500, 502, 503, 504)
_LONGEST_PAUSE = 3.0
_CHUNK = 1 << 20  # bytes read at a time from files and downloads
log = structlog.get_logger()


class LeaseLost(Exception):
    """The farm says that this lease is over: stop, and write nothing more."""


class FarmUnreachable(Exception):
    """The farm did not answer within the patience of the call."""


class FarmRefused(Exception):
    """The farm answered with an error that repeating can't mend; the message is the farm's sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{message} (HTTP {status})")
        self.status = status


class KeyRefused(Exception):
    """The farm knows this machine by another platform key; the message is the farm's sentence."""


class _Http:
    """One farm, one token, and patience: transient failures are repeated with growing pauses."""

    def __init__(self, url: str, token: str, pool: urllib3.PoolManager) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._pool = pool

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Callable[[], object] | bytes | None = None,
        content_type: str = "application/json",
        patience: float = 60.0,
        accept: tuple[int, ...] = (),
        stream: bool = False,
        passing: tuple[int, ...] = _PASSING,
    ) -> urllib3.BaseHTTPResponse:
        """One call, repeated for `patience` seconds while the farm is away or answers with a status of `passing`.

        Raises:
            LeaseLost: 401, 403 or 409, unless the status is in `accept`.
            FarmRefused: any other error status.
            FarmUnreachable: patience ran out.
        """
        deadline = time.monotonic() + patience
        for pause in _pauses():
            problem = "no answer"
            try:
                answer = self._pool.request(
                    method,
                    self._url + path,
                    body=body() if callable(body) else body,  # type: ignore[arg-type]
                    headers={**self._headers, "Content-Type": content_type},
                    preload_content=not stream,
                    retries=False,
                )
                if answer.status < 300 or answer.status in accept:
                    return answer
                problem = _sentence(answer)
                if answer.status in (401, 403, 409):
                    raise LeaseLost(problem)
                if answer.status not in passing:
                    raise FarmRefused(answer.status, problem)
            except (HTTPError, OSError) as error:
                problem = str(error)
            if time.monotonic() + pause > deadline:
                raise FarmUnreachable(f"{method} {path}: {problem}")
            time.sleep(pause)
        raise AssertionError("pauses do not end")

    def call(self, method: str, path: str, say: BaseModel, hear: type[Model], patience: float = 60.0) -> Model:
        """Post one model and read another."""
        answer = self.send(method, path, body=say.model_dump_json().encode(), patience=patience)
        return hear.model_validate_json(answer.data)


def _pauses() -> Iterator[float]:
    pause = 0.05
    while True:
        yield pause * random.uniform(0.5, 1.0)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _sentence(answer: urllib3.BaseHTTPResponse) -> str:
    try:
        problem = answer.json()
        return str(problem.get("detail") or problem.get("title"))
    except (ValueError, AttributeError):
        return f"HTTP {answer.status}"


class FarmClient:
    """What a worker may do with its own token: say hello, ask what is leased, and claim."""

    def __init__(self, url: str, token: str, *, connections: int = 32) -> None:
        self._url = url
        timeout = urllib3.Timeout(connect=5, read=30)
        self._pool = urllib3.PoolManager(maxsize=connections, timeout=timeout, block=True)
        self._http = _Http(url, token, self._pool)
        self.stopping = threading.Event()

    def hello(self, hello: Hello) -> Welcome:
        """Register this worker, or renew its registration."""
        return self._http.call("POST", "/api/v1/worker/hello", hello, Welcome, patience=5)

    def leases(self, lab: str) -> LiveLeases:
        """What may run in this lab now."""
        answer = self._http.send("GET", f"/api/v1/worker/labs/{lab}/leases", patience=5)
        return LiveLeases.model_validate_json(answer.data)

    def claim_boot(self, boot: int, claim: Claim) -> BootJob | None:
        """The whole job, or None when the message was a duplicate."""
        return self._claim(f"/api/v1/worker/boots/{boot}/claim", claim, BootJob)

    def claim_build(self, build: int, claim: Claim) -> BuildJob | None:
        """The whole job, or None when the message was a duplicate."""
        return self._claim(f"/api/v1/worker/builds/{build}/claim", claim, BuildJob)

    def _claim(self, path: str, claim: Claim, job: type[Model]) -> Model | None:
        claim = claim.model_copy(update={"nonce": secrets.token_hex(16)})
        answer = self._http.send("POST", path, body=claim.model_dump_json().encode(), accept=(404, 409), patience=30)
        return None if answer.status in (404, 409) else job.model_validate_json(answer.data)

    def job(self, kind: Kind, number: int, token: str) -> "JobClient":
        """The door for one lease."""
        return JobClient(_Http(self._url, token, self._pool), kind, number, self.stopping)


class JobClient:
    """What the holder of one lease may do. Every call is safe to repeat."""

    def __init__(self, http: _Http, kind: Kind, number: int, stopping: threading.Event) -> None:
        self._http = http
        self._stopping = stopping
        self._path = f"/api/v1/worker/{kind}/{number}"

    def heartbeat(self, steps: list[Step]) -> HeartbeatAnswer:
        """Extend the lease, show the steps so far, hear whether to go on.

        Raises:
            LeaseLost: the lease is over, or this worker was told to stop and gives it up.
        """
        if self._stopping.is_set():
            raise LeaseLost("this worker was told to stop")
        return self._http.call("POST", f"{self._path}/heartbeat", Heartbeat(steps=steps), HeartbeatAnswer, patience=20)

    def platform_key(self, public: bytes) -> None:
        """Say by which key the machine's own TPM attests, a TPMT_PUBLIC, before the machine is switched on.

        Raises:
            KeyRefused: the machine has another key, or the lease is over, which the next call says.
        """
        body = PlatformKey(public=public.hex()).model_dump_json().encode()
        answer = self._http.send("POST", f"{self._path}/platform-key", body=body, accept=(409,))
        if answer.status == 409:
            raise KeyRefused(_sentence(answer))

    def append(self, stream: str, offset: int, data: bytes) -> int:
        """Append console bytes at an offset; the farm's size, also where it expected another offset."""
        answer = self._http.send(
            "POST",
            f"{self._path}/console/{stream}?offset={offset}",
            body=data,
            content_type="application/octet-stream",
            accept=(416,),
        )
        return ConsoleSize.model_validate_json(answer.data).size

    def download(self, ref: ArtifactRef, to: Path) -> None:
        """Fetch an artifact and verify its digest; the file exists whole or not at all.

        Raises:
            FarmRefused: the bytes are not those of the digest.
        """
        part = to.with_name(to.name + ".part")
        for pause in _pauses():
            try:
                digest = self._fetch(ref, part)
                break
            except HTTPError as error:
                if pause >= _LONGEST_PAUSE / 2:
                    raise FarmUnreachable(f"artifact {ref.name}: {error}") from error
                time.sleep(pause)
        if digest != ref.digest:
            part.unlink()
            raise FarmRefused(200, f"artifact {ref.name} arrived with another digest than {ref.digest}")
        part.rename(to)

    def _fetch(self, ref: ArtifactRef, part: Path) -> str:
        digest = hashlib.sha256()
        answer = self._http.send("GET", f"/api/v1/worker/artifacts/{ref.digest}", stream=True)
        try:
            with part.open("wb") as file:
                for chunk in answer.stream(_CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
        finally:
            answer.release_conn()
        return digest.hexdigest()

    def upload(self, path: Path) -> str:
        """Store a file by its digest; the digest."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()

            def from_the_start() -> object:
                file.seek(0)
                return file

            self._put(digest, from_the_start)
        return digest

    def upload_bytes(self, data: bytes) -> str:
        """Store bytes by their digest; the digest."""
        digest = hashlib.sha256(data).hexdigest()
        self._put(digest, data)
        return digest

    def _put(self, digest: str, body: Callable[[], object] | bytes) -> None:
        octets = "application/octet-stream"
        self._http.send("PUT", f"{self._path}/artifacts/{digest}", body=body, content_type=octets, patience=300)

    def finish(self, outcome: BootOutcome | BuildOutcome) -> None:
        """Report the end, until the farm has acknowledged it or the lease is over; a full disk there may be mended."""
        body = outcome.model_dump_json().encode()
        self._http.send("POST", f"{self._path}/finish", body=body, patience=3600, passing=(*_PASSING, 507))
