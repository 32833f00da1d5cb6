"""`bootfarm attest reference trust`, `distrust` and `trusted`, against a real web application."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from cli.commands.attest.shapes import Standing
from farm import access, machines, repositories
from farm.access import Scope
from tests.cli.cli_calls import Bootfarm
from tests.conftest import open_farm
from web.api.people.standing import StandingOut
from web.app import create_app


@pytest.fixture
def serving(checkout: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A farm with a repository and a lab answers over HTTP to somebody who may decide about values."""
    farm = open_farm(checkout.parent / "farm", redis_url, local_repositories=[checkout.parent])
    with farm.db.writing() as session:
        ada = access.ensure_person(session, "ada", [])
        _, secret = access.create_token(session, ada, "test", [Scope.ATTEST_APPROVE])
        repositories.add_repository(session, farm.url_policy, url=str(checkout), name="runtime")
        machines.ensure_lab(session, "local")
    server = make_server("127.0.0.1", 0, create_app(farm), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("BOOTFARM_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("BOOTFARM_TOKEN", secret)
    yield
    server.shutdown()
    thread.join()
    server.server_close()
    farm.db.dispose()


def trust(bootfarm: Bootfarm, *argv: str) -> tuple[int, str]:
    """The status and everything that was said."""
    ended = bootfarm("attest", "reference", *argv)
    return ended.code, ended.out + ended.err


@pytest.mark.usefixtures("serving")
def test_what_is_trusted_is_listed_until_it_is_not(bootfarm: Bootfarm) -> None:
    assert "None stands" in trust(bootfarm, "trusted")[1]
    assert trust(bootfarm, "trust", "--repo", "runtime", "--reason", "ours alone")[0] == 0
    made = json.loads(bootfarm("attest", "reference", "trust", "--lab", "local", "--reason", "this host", "--json").out)
    assert (made["kind"], made["of"], made["by"]) == ("first-use", "local", "ada")
    rows = bootfarm("attest", "reference", "trusted").rows
    assert [(row[1], row[4]) for row in rows] == [
        ("builds of runtime, of any commit", "ours alone"),
        ("firmware of machines of lab local, as first seen", "this host"),
    ]
    assert "None has ended." in trust(bootfarm, "trusted", "--ended")[1]
    code, said = trust(bootfarm, "distrust", "--repo", "runtime", "--reason", "others may push, too")
    assert (code, "Standing approval 1 of builds of runtime" in said) == (0, True)
    assert [row[0] for row in bootfarm("attest", "reference", "trusted").rows] == ["2"]
    (row,) = bootfarm("attest", "reference", "trusted", "--ended").rows
    assert (row[0], *row[4:]) == ("1", "ada", "others may push, too")
    told = json.loads(bootfarm("attest", "reference", "distrust", "--lab", "local", "--reason", "over", "--json").out)
    assert (told["id"], told["ended_by"], told["ended_why"]) == (2, "ada", "over")


@pytest.mark.usefixtures("serving")
def test_what_is_wrong_ends_in_a_sentence(bootfarm: Bootfarm) -> None:
    assert trust(bootfarm, "trust", "--reason", "x")[0] == 2
    assert trust(bootfarm, "trust", "--repo", "runtime", "--lab", "local", "--reason", "x")[0] == 2
    assert trust(bootfarm, "trust", "--repo", "runtime")[0] == 2
    code, said = trust(bootfarm, "trust", "--repo", "other", "--reason", "x")
    assert (code, "knows no repository" in said) == (5, True)
    assert trust(bootfarm, "distrust", "--lab", "local")[0] == 2
    code, said = trust(bootfarm, "distrust", "--lab", "local", "--reason", "x")
    assert (code, "Nothing stands about firmware of machines of lab local" in said) == (5, True)


def test_the_help_says_that_no_branch_is_meant(bootfarm: Bootfarm) -> None:
    told = " ".join(bootfarm("attest", "reference", "trust", "--help").out.split())
    assert "every commit that it can resolve, not of a branch" in told


def test_the_command_knows_every_field() -> None:
    assert list(Standing.model_fields) == list(StandingOut.model_fields)
