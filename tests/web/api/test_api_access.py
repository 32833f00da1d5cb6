"""Who may call what: nothing is written without a token or a session, and a token does only what its scopes say."""

from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from farm import sessions
from farm.database import Base
from farm.farm import Farm
from tests.web.api.api_caller import API, ApiCaller
from web.current import SESSION

SAFE = {"GET", "HEAD", "OPTIONS"}
EXAMPLES = {"kind": "boots", "name": "null-1", "lab": "local", "stream": "serial", "digest": "0" * 64, "job": "boot-1"}
SUBMIT = {"repository": "project"}
MACHINE = {"name": "nuc"}


def written(farm: Farm) -> dict[str, int]:
    """How many rows each table has."""
    with farm.db.reading() as session:
        tables = Base.metadata.tables.values()
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def unsafe_calls(app: APIFlask) -> list[tuple[str, str]]:
    """Every method and path of the application that may change something."""
    calls = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {name: EXAMPLES.get(name, 1) for name in rule.arguments}
            path = app.url_for(rule.endpoint, **values)
            calls += [(method, path) for method in sorted((rule.methods or set()) - SAFE)]
    return calls


def test_nothing_is_written_without_a_token_or_a_session(app: APIFlask, farm: Farm) -> None:
    before, calls = written(farm), unsafe_calls(app)
    assert len(calls) > 15
    for method, path in calls:
        answer = app.test_client().open(path, method=method, json={})
        assert answer.status_code == (401 if path.startswith(API) else 400), (method, path, answer.text[:200])
    assert written(farm) == before


@pytest.mark.parametrize("header", ["Bearer ", "Bearer wrong", "bearer bf_wrong", "Bearer bfj_x"])
def test_nothing_is_written_with_a_token_that_is_not_valid(app: APIFlask, farm: Farm, header: str) -> None:
    before = written(farm)
    for method, path in unsafe_calls(app):
        answer = app.test_client().open(path, method=method, json=body_for(path), headers={"Authorization": header})
        assert answer.status_code == 401 or path == "/logout", (path, answer.text[:200])
    assert written(farm) == before


def body_for(path: str) -> object:
    """A body that would be taken, so that only the token is wrong."""
    worker = {"worker": "w", "lab": "local", "kinds": [], "version": "1"}
    bodies: dict[str, object] = {
        "/submissions": SUBMIT,
        "/preview": SUBMIT,
        "/machines": MACHINE,
        "/service": {"in_service": True},
        "/repositories": {"url": "https://example.org/x"},
        "/tokens": {"name": "t", "scopes": ["read"]},
        "/hello": worker,
        "/claim": {"worker": "w"},
        "/finish": {"verdict": "pass"},
        "/platform-key": {"public": "00"},
        "/state": {"state": "approved", "why": "w"},
        "/approve": {"why": "w"},
        "/end": {"why": "w"},
        "/write-off": {"why": "w"},
        "/acknowledge": {"why": "w"},
        "/reappraisals": {"why": "w"},
        "/standing-approvals": {"repository": "project", "why": "w"},
        "/policies": {"body": "b"},
        "/dry-run": {"body": "b"},
    }
    return next((body for end, body in bodies.items() if path.endswith(end)), {})


def test_another_way_to_log_in_than_a_token_needs_the_form_of_our_page(app: APIFlask, farm: Farm) -> None:
    client = app.test_client()
    with farm.db.writing() as sql:
        secret = sessions.begin(sql, 1)
    with client.session_transaction() as session:
        session[SESSION] = secret
    assert client.get(f"{API}/me").get_json()["name"] == "ada"
    answer = client.post(f"{API}/machines", json=MACHINE)
    assert answer.status_code == 401
    assert "session" in answer.get_json()["detail"]
    basic = client.post(f"{API}/machines", json=MACHINE, headers={"Authorization": "Basic YWRhOmFkYQ=="})
    assert basic.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "scope"),
    [
        ("POST", "/submissions", SUBMIT, "submit"),
        ("POST", "/submissions/preview", SUBMIT, "submit"),
        ("POST", "/submissions/1/cancel", None, "submit"),
        ("POST", "/submissions/1/rerun", {}, "submit"),
        ("POST", "/boots/1/cancel", None, "submit"),
        ("POST", "/boots/1/rerun", {}, "submit"),
        ("POST", "/builds/1/cancel", None, "submit"),
        ("POST", "/repositories", {"url": "https://example.org/x"}, "submit"),
        ("POST", "/machines", MACHINE, "operate"),
        ("POST", "/machines/null-1/service", {"in_service": True}, "operate"),
        ("POST", "/worker/hello", {"worker": "w", "lab": "l", "kinds": [], "version": ""}, "worker"),
        ("GET", "/worker/labs/local/leases", None, "worker"),
        ("POST", "/worker/boots/1/claim", {"worker": "w"}, "worker"),
        ("POST", "/worker/builds/1/claim", {"worker": "w"}, "worker"),
    ],
)
def test_the_scope_that_is_missing_is_named(
    reader: ApiCaller, worker: ApiCaller, chief: ApiCaller, method: str, path: str, body: object, scope: str
) -> None:
    assert reader.refused(method, path, 403, json=body)["scope"] == scope
    wrong = chief if scope == "worker" else worker
    assert wrong.refused(method, path, 403, json=body)["code"] == "not-allowed"


def test_reading_needs_no_token_but_a_wrong_token_is_said_to_be_wrong(nobody: ApiCaller) -> None:
    assert nobody.get("/me") == {"name": "nobody", "scopes": ["read"]}
    for path in ("/boots", "/builds", "/submissions", "/machines", "/workers", "/repositories", "/health"):
        nobody.get(path)
    assert nobody.with_token("bf_wrong").refused("GET", "/me", 401)["code"] == "not-logged-in"


def test_a_401_says_how_to_log_in(nobody: ApiCaller) -> None:
    answer = nobody.send("POST", "/submissions", json=SUBMIT)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "bootfarm token create" in answer.get_json()["next_step"]


def test_tokens_are_made_shown_once_and_revoked(chief: ApiCaller) -> None:
    made = chief.post("/tokens", {"name": "ci", "scopes": ["submit"]}, 201)
    assert made["secret"].startswith("bf_")
    assert chief.with_token(made["secret"]).get("/me") == {"name": "ada", "scopes": ["read", "submit"]}
    listed = chief.get("/tokens")["items"]
    assert [token["name"] for token in listed] == ["ci", "admin"]
    assert listed[0]["last_used_at"]
    assert made["secret"] not in str(listed)
    number = made["token"]["id"]
    assert chief.send("DELETE", f"/tokens/{number}").get_json()["revoked_at"]
    assert chief.with_token(made["secret"]).refused("GET", "/me", 401)
    assert chief.refused("DELETE", f"/tokens/{number}", 409)
    assert chief.refused("DELETE", "/tokens/77", 404)
    assert chief.refused("DELETE", f"/tokens/{10**30}", 400)


def test_a_token_sees_and_revokes_what_it_could_give_away_and_itself(
    chief: ApiCaller, engineer: ApiCaller, operator: ApiCaller, worker: ApiCaller
) -> None:
    numbers = {token["name"]: token["id"] for token in chief.get("/tokens")["items"]}
    assert set(numbers) == {"admin", "submit", "operate", "worker"}
    assert [token["name"] for token in engineer.get("/tokens")["items"]] == ["submit"]
    assert worker.refused("GET", "/tokens", 403)["scope"] == "read"
    for name, missing in (("admin", "admin"), ("operate", "operate"), ("worker", "admin")):
        assert engineer.refused("DELETE", f"/tokens/{numbers[name]}", 403)["scope"] == missing
    assert worker.refused("DELETE", f"/tokens/{numbers['submit']}", 403)
    for caller, name in ((worker, "worker"), (engineer, "submit")):
        assert caller.send("DELETE", f"/tokens/{numbers[name]}").status_code == 200
        assert caller.refused("GET", "/me", 401)
    assert chief.send("DELETE", f"/tokens/{numbers['operate']}").status_code == 200


def test_a_token_gives_away_no_more_than_it_has(engineer: ApiCaller, nobody: ApiCaller, worker: ApiCaller) -> None:
    engineer.post("/tokens", {"name": "t", "scopes": ["submit"]}, 201)
    for scope in ("operate", "admin", "worker"):
        assert engineer.refused("POST", "/tokens", 403, json={"name": "t", "scopes": [scope]})
    assert worker.refused("POST", "/tokens", 403, json={"name": "t", "scopes": ["submit"]})
    assert nobody.refused("GET", "/tokens", 401)


def test_a_token_made_with_a_token_ends_with_it(chief: ApiCaller) -> None:
    parent = chief.post("/tokens", {"name": "short", "scopes": ["read"], "days": 1}, 201)
    short = chief.with_token(parent["secret"])
    for days in (3650, None):
        child = short.post("/tokens", {"name": "long", "scopes": ["read"], "days": days}, 201)
        assert child["token"]["expires_at"] == parent["token"]["expires_at"]
    assert chief.send("DELETE", f"/tokens/{parent['token']['id']}").status_code == 200
    assert chief.with_token(child["secret"]).refused("GET", "/me", 401)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "t", "scopes": []},
        {"name": "t", "scopes": ["root"]},
        {"name": "t", "scopes": ["read"], "days": 0},
        {"name": "t", "scopes": ["read"], "days": 4000},
        {"name": "t", "scopes": ["read"], "for": "ever"},
    ],
)
def test_an_absurd_token_is_refused(chief: ApiCaller, wrong: dict[str, Any]) -> None:
    assert chief.refused("POST", "/tokens", 400, json=wrong)


def test_every_answer_carries_its_request_id_and_the_headers_of_a_careful_site(nobody: ApiCaller) -> None:
    answer = nobody.send("GET", "/health", headers={"X-Request-Id": "mine"})
    assert answer.headers["X-Request-Id"] == "mine"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert len(nobody.send("GET", "/health", headers={"X-Request-Id": "x" * 1000}).headers["X-Request-Id"]) == 64


def test_what_is_not_there_and_what_may_not_be_done_there_are_problems_too(nobody: ApiCaller) -> None:
    assert nobody.refused("GET", "/nothing", 404)["detail"] == "There is nothing at /api/v1/nothing."
    assert nobody.with_token("x").refused("DELETE", "/boots", 405)["code"] == "method-not-allowed"


def test_health_says_what_a_request_depends_on(nobody: ApiCaller) -> None:
    health = nobody.get("/health")
    assert (health["database"], health["builders"], health["boot_labs"]) == (True, 0, 0)
