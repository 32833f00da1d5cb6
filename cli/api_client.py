"""The farm's HTTP API as typed calls, with retries where repeating is safe."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from cli import deadline
from cli.credentials import Server, server
from cli.errors import CliError, from_problem
from cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pydantic import BaseModel
    from urllib3 import BaseHTTPResponse

Model = TypeVar("Model", bound="BaseModel")
API = "/api/v1"
_SAFE = {"GET", "HEAD", "DELETE"}
_TRANSIENT = {429, 502, 503, 504}
_LONGEST_PAUSE = 2.0  # seconds between two tries
_ANSWER_SECONDS = 150  # a submission may have to fetch its repository first
_STREAM_SECONDS = 45  # a live stream says something every 15
_LEAST_SECONDS = 0.01  # urllib3 takes no timeout of 0
IDEMPOTENCY_KEY = "Idempotency-Key"


class ApiClient:
    """One farm and one caller. `patience` is how long a call is repeated while the farm is away, in seconds."""

    def __init__(self, at: Server, *, patience: float = 2.0) -> None:
        """Nothing is sent yet."""
        import urllib3

        self.url = at.url
        self.patience = patience
        self._headers = {"Authorization": f"Bearer {at.token}"} if at.token else {}
        self._pool = urllib3.PoolManager(maxsize=8)

    def get(self, path: str, hear: type[Model], **query: object) -> Model:
        """Read one thing. Query values that are None, False or "" are left out."""
        return self._hear(self.request("GET", path, query=query), hear)

    def tag(self, path: str) -> str:
        """The tag of a thing as it is now, for a decision about it."""
        return str(self.request("GET", path).headers.get("ETag", ""))

    def post(
        self, path: str, hear: type[Model], say: object, *, idempotency_key: str = "", if_match: str = ""
    ) -> Model:
        """Ask for a change; with a key it may be repeated, and is. With a tag it holds for what has that tag only."""
        headers = {IDEMPOTENCY_KEY: idempotency_key, "If-Match": if_match}
        headers = {name: value for name, value in headers.items() if value}
        return self._hear(self.request("POST", path, body=json.dumps(say).encode(), headers=headers), hear)

    def delete(self, path: str, hear: type[Model]) -> Model:
        """End something."""
        return self._hear(self.request("DELETE", path), hear)

    def _hear(self, answer: BaseHTTPResponse, model: type[Model]) -> Model:
        try:
            return model.model_validate_json(answer.data)
        except ValueError as error:
            first = str(error).splitlines()[0]
            raise CliError(
                f"{self.url} answered with something that is not a farm's answer: {first}.",
                "Is BOOTFARM_URL the address of a farm, and of about this version?",
                ExitCode.INFRA,
            ) from error

    def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, Any] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        stream: bool = False,
    ) -> BaseHTTPResponse:
        """One call below /api/v1, repeated while that is safe and the farm is away.

        Raises:
            CliError: the farm refused, with its own sentence, or is not there.
        """
        asked = {name: value for name, value in (query or {}).items() if value not in (None, "", False, [])}
        address = self.url + API + path + (f"?{urlencode(_words(asked), doseq=True)}" if asked else "")
        sent = {"Accept": "application/json", **self._headers, **(headers or {})}
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        repeatable = method in _SAFE or IDEMPOTENCY_KEY in sent
        given_up = time.monotonic() + self.patience
        for pause in _pauses():
            answer, error = self._once(method, address, body, sent, stream)
            if answer is not None and answer.status < 400:
                return answer
            again = answer is None or answer.status in _TRANSIENT
            if answer is None and deadline.is_over():
                raise _too_late(self.url)
            if not (repeatable and again and time.monotonic() + pause < given_up) or deadline.is_over():
                raise error
            time.sleep(pause)
        raise AssertionError("pauses do not end")

    def _once(
        self, method: str, address: str, body: bytes | None, headers: dict[str, str], stream: bool
    ) -> tuple[BaseHTTPResponse | None, CliError]:
        """The answer or None, and the error to raise where it is one."""
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        longest, left = _STREAM_SECONDS if stream else _ANSWER_SECONDS, deadline.remaining()
        read = longest if left is None else min(longest, left + _LEAST_SECONDS)
        try:
            answer = self._pool.request(
                method,
                address,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=not stream,
                timeout=Timeout(connect=min(5, read), read=read),
            )
        except (HTTPError, OSError, ValueError) as error:
            return None, unreachable(self.url, error)
        if answer.status < 400:
            return answer, CliError("")
        data = answer.read() if stream else answer.data
        return answer, from_problem(answer.status, _problem(data))


def unreachable(url: str, error: Exception) -> CliError:
    """The sentence for a farm that is not there."""
    reason = str(getattr(error, "reason", None) or error).rsplit(": ", 1)[-1]
    return CliError(
        f"No farm answers at {url}: {reason}.",
        "Start one here with `bootfarm up`, or set BOOTFARM_URL to another.",
        ExitCode.UNREACHABLE,
    )


def _too_late(url: str) -> CliError:
    return CliError(f"{url} gave no answer within the time.", "--timeout sets the time.", ExitCode.UNREACHABLE)


def connect(*, patience: float = 2.0) -> ApiClient:
    """The farm that this call is about."""
    return ApiClient(server(), patience=patience)


def _words(query: dict[str, Any]) -> dict[str, Any]:
    return {name: "true" if value is True else value for name, value in query.items()}


def _problem(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _pauses() -> Iterator[float]:
    pause = 0.05
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)
