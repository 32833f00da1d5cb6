"""A program that calls the API with a token, and the jobs that a worker gets from it."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

API = "/api/v1"


@dataclass(frozen=True)
class ApiCaller:
    """Calls below /api/v1, checks the status, and hands back the JSON."""

    client: FlaskClient
    token: str | None = None

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """The whole answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.open(API + path, method=method, headers={**headers, **more.pop("headers", {})}, **more)

    def get(self, path: str, status: int = 200) -> Any:
        """What is read."""
        return self._json(self.send("GET", path), status)

    def post(self, path: str, body: object = None, status: int = 200, **headers: str) -> Any:
        """What a write is answered with."""
        return self._json(self.send("POST", path, json=body, headers=headers), status)

    def refused(self, method: str, path: str, status: int, **more: Any) -> dict[str, Any]:
        """The problem that a call ends in, which must have the shape of RFC 9457 and say what to look up."""
        answer = self.send(method, path, **more)
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
        problem: dict[str, Any] = answer.get_json()
        assert problem["type"] == f"/help/errors/{problem['code']}"
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        assert problem["request_id"] == answer.headers["X-Request-Id"]
        return problem

    def _json(self, answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return answer.get_json() if answer.data else None

    def with_token(self, token: str) -> "ApiCaller":
        """The same program with another token, such as a job's."""
        return ApiCaller(self.client, token)
