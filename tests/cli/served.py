"""A farm that answers over HTTP in this process, for as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from farm import access
from farm.access import Scope
from farm.farm import Farm
from web.app import create_app


@contextmanager
def served(farm: Farm) -> Iterator[str]:
    """Its address."""
    server = make_server("127.0.0.1", 0, create_app(farm), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def speak_as(monkeypatch: pytest.MonkeyPatch, farm: Farm, name: str, *scopes: Scope) -> None:
    """From now on the command has a token of this person's, with these scopes."""
    with farm.db.writing() as session:
        person = access.ensure_person(session, name, scopes)
        _, secret = access.create_token(session, person, "test", list(scopes))
    monkeypatch.setenv("BOOTFARM_TOKEN", secret)
