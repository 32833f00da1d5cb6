"""Gunicorn's access log without secrets: the code of a login link is in its path, and works until it is spent."""

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

_LOGIN = "/login/"


class AccessLog(Logger):  # type: ignore[misc]  # gunicorn is untyped
    """Gunicorn's own, but for what it says of a login link."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """What a line may be made of."""
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        if environ.get("PATH_INFO", "").startswith(_LOGIN):
            found["U"] = f"{_LOGIN}***"
            found["r"] = f"{found['m']} {found['U']} {found['H']}"
        return found
