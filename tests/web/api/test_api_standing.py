"""Standing approvals over HTTP: who makes and ends them, about what, and what they are worth."""

from pathlib import Path

import pytest

from farm.access import Caller, Scope
from farm.farm import Farm
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps
from tests.web.api.api_caller import ApiCaller

ADA = Caller(1, "ada", frozenset(Scope))
OWN = {"repository": "project", "why": "only we can push there"}


@pytest.fixture(autouse=True)
def lab(farm: Farm, project: Path) -> None:
    """A lab with a worker, and a repository."""
    steps.hello(farm)


def test_a_repository_that_is_trusted_has_its_builds_approved_until_it_is_not(farm: Farm, chief: ApiCaller) -> None:
    made = chief.post("/standing-approvals", OWN, 201)
    assert (made["kind"], made["of"], made["by"], made["ended_at"]) == ("builds", "project", "ada", None)
    attest.build(farm, ADA)
    (image,) = chief.get("/references")["items"]
    assert image["state"] == "approved"
    assert image["decisions"][0]["why"].endswith("its builds are trusted by ada: only we can push there")
    assert [one["id"] for one in chief.get("/standing-approvals")["items"]] == [made["id"]]
    assert chief.get("/standing-approvals?ended=true")["items"] == []
    ended = chief.post(f"/standing-approvals/{made['id']}/end", {"why": "others may push, too"})
    assert (ended["ended_by"], ended["ended_why"]) == ("ada", "others may push, too")
    assert ended["ended_at"] > made["at"]
    assert chief.post(f"/standing-approvals/{made['id']}/end", {"why": "again"}) == ended
    assert chief.get("/standing-approvals")["items"] == []
    assert chief.get("/standing-approvals?ended=true")["items"] == [ended]
    assert chief.get("/references")["items"][0]["state"] == "approved"
    assert chief.post("/standing-approvals", OWN, 201)["id"] != made["id"]


def test_a_lab_is_trusted_by_its_name(chief: ApiCaller) -> None:
    made = chief.post("/standing-approvals", {"lab": "local", "why": "machines of this host"}, 201)
    assert (made["kind"], made["of"]) == ("first-use", "local")


def test_what_is_wrong_is_refused_in_a_sentence(chief: ApiCaller, operator: ApiCaller, nobody: ApiCaller) -> None:
    def refused(body: dict[str, str], status: int, words: str) -> None:
        assert words in chief.refused("POST", "/standing-approvals", status, json=body)["detail"]

    refused({"why": "because"}, 400, "about one repository or one lab")
    refused({"why": "because", "repository": "project", "lab": "local"}, 400, "about one repository or one lab")
    refused({"repository": "project", "why": " "}, 400, "needs a reason")
    refused({"repository": "project"}, 400, "why is missing")
    refused({"repository": "other", "why": "because"}, 404, "knows no repository")
    refused({"lab": "moon", "why": "because"}, 404, "There is no lab moon.")
    chief.post("/standing-approvals", OWN, 201)
    refused({**OWN, "why": "again"}, 409, "already, by ada: only we can push there")
    chief.refused("POST", "/standing-approvals/99/end", 404, json={"why": "because"})
    assert "why is missing" in chief.refused("POST", "/standing-approvals/1/end", 400, json={})["detail"]
    assert "ends for a reason" in chief.refused("POST", "/standing-approvals/1/end", 400, json={"why": " "})["detail"]
    chief.refused("POST", "/standing-approvals/1/end", 400, json={"why": "x" * 401})
    operator.refused("POST", "/standing-approvals", 403, json=OWN)
    operator.refused("POST", "/standing-approvals/1/end", 403, json={"why": "because"})
    nobody.refused("POST", "/standing-approvals", 401, json=OWN)
    assert len(nobody.get("/standing-approvals")["items"]) == 1
