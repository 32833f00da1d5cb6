"""What `bootfarm web --access-log` may say of a request."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from cli.server.access_log import AccessLog


@pytest.mark.parametrize(
    ("path", "raw", "said"),
    [
        ("/boots", "/boots?verdict=fail", "GET /boots?verdict=fail HTTP/1.1"),
        ("/login", "/login?next=/boots", "GET /login?next=/boots HTTP/1.1"),
        ("/login/s3cret", "/login/s3cret", "GET /login/*** HTTP/1.1"),
        ("/login/s3cret", "/%6Cogin/s3cret?x=1", "GET /login/*** HTTP/1.1"),
    ],
)
def test_a_login_code_is_not_logged(path: str, raw: str, said: str) -> None:
    config = Config()
    environ = {"REQUEST_METHOD": "GET", "RAW_URI": raw, "PATH_INFO": path, "SERVER_PROTOCOL": "HTTP/1.1"}
    answer = SimpleNamespace(status="200 OK", sent=5, headers=[])
    request = SimpleNamespace(headers=[])
    atoms = AccessLog(config).atoms(answer, request, environ, timedelta(seconds=1))
    assert atoms["r"] == said
    assert "s3cret" not in config.access_log_format % {**dict.fromkeys("hlutsbfa", "-"), **atoms}
    config.set("logger_class", "cli.server.access_log.AccessLog")
    assert config.logger_class is AccessLog
