"""What any caller may rely on: unknown parameters refused, sentences and pointers, pages linked, tags heeded."""

from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from tests.web.api.api_caller import API, ApiCaller

SUBMIT = {"repository": "project"}


@pytest.mark.parametrize("path", ["/machines", "/me", "/health", "/workers", "/repositories", "/boots", "/boots/1"])
def test_an_unknown_parameter_is_refused_everywhere(nobody: ApiCaller, path: str) -> None:
    problem = nobody.refused("GET", f"{path}?colour=red", 400)
    assert problem["errors"][0]["pointer"] == "/colour"
    assert "colour is not known here" in problem["detail"]
    assert problem["next_step"]


def test_every_route_refuses_what_it_does_not_know(app: APIFlask, chief: ApiCaller) -> None:
    values = {"kind": "boots", "job": "boot-1", "stream": "serial", "digest": "0" * 64, "boot": "1", "build": "1"}
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(API) and "openapi" not in rule.rule]
        paths = [app.url_for(rule.endpoint, **{n: values.get(n, 1) for n in rule.arguments}) for rule in rules]
    assert len(paths) > 30
    for rule, path in zip(rules, paths, strict=True):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            problem = chief.refused(method, f"{path.removeprefix(API)}?zzz=1", 400, json={})
            assert problem["errors"][0]["pointer"] == "/zzz", path


def test_the_nearest_parameter_is_suggested(nobody: ApiCaller) -> None:
    problem = nobody.refused("GET", "/boots?machin=a", 400)
    assert problem["errors"] == [
        {
            "pointer": "/machin",
            "in": "query",
            "detail": "is not known here",
            "allowed": sorted(problem["errors"][0]["allowed"]),
            "suggestion": "machine",
        }
    ]
    assert problem["detail"] == 'machin is not known here; did you mean "machine"?'
    assert "verdict" in problem["errors"][0]["allowed"]
    assert nobody.refused("GET", "/submissions?verdict=pass", 400)["errors"][0]["pointer"] == "/verdict"


@pytest.mark.parametrize(
    ("body", "pointer", "sentence"),
    [
        ({}, "/repository", "repository is missing."),
        ({"repository": 7}, "/repository", "repository must be text."),
        ({**SUBMIT, "ref": ""}, "/ref", "ref must have at least 1 character(s)."),
        ({**SUBMIT, "priority": 11}, "/priority", "priority must be 10 or less."),
        ({**SUBMIT, "priority": "x"}, "/priority", "priority must be a whole number."),
        ({**SUBMIT, "fresh_build": "x"}, "/fresh_build", "fresh_build must be true or false."),
        ({**SUBMIT, "machines": "null-1"}, "/machines", "machines must be a list."),
        ({**SUBMIT, "machines": ["a", 7]}, "/machines/1", "machines/1 must be text."),
        ({**SUBMIT, "notes": "x"}, "/notes", 'notes is not known here; did you mean "note"?'),
        ({**SUBMIT, "a/b~c": 1}, "/a~1b~0c", "a~1b~0c is not known here."),
        ([], "", "The request must be an object."),
    ],
)
def test_a_wrong_value_is_a_sentence_of_ours(engineer: ApiCaller, body: object, pointer: str, sentence: str) -> None:
    problem = engineer.refused("POST", "/submissions", 400, json=body)
    assert [one["pointer"] for one in problem["errors"]] == [pointer]
    assert problem["detail"] == sentence


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=501", "limit must be 500 or less."),
        ("since=yesterday", "since can't be taken: write a time such as"),
        ("until=2026-13-01T", "until can't be taken: write a time such as"),
        ("verdict=no", "verdict must be '', 'pass', 'fail'"),
        ("cursor=x", "cursor must look like the pattern"),
    ],
)
def test_a_wrong_parameter_is_a_sentence_of_ours(nobody: ApiCaller, query: str, words: str) -> None:
    problem = nobody.refused("GET", f"/boots?{query}", 400)
    assert problem["detail"].startswith(words)
    assert problem["errors"][0]["in"] == "query"


def test_a_list_links_to_its_next_page(engineer: ApiCaller, project: Path) -> None:
    for _ in range(3):
        engineer.post("/submissions", SUBMIT, 201)
    first = engineer.send("GET", "/submissions?limit=2&repository=a&repository=project&mine=true")
    link, _, relation = first.headers["Link"].partition("; ")
    assert relation == 'rel="next"'
    second = engineer.send("GET", link.strip("<>").removeprefix(API))
    assert [one["id"] for one in second.get_json()["items"]] == ["submission-1"]
    assert "Link" not in second.headers


def test_what_has_not_changed_is_not_sent_again(engineer: ApiCaller, submission: dict[str, Any]) -> None:
    for path in ("/submissions/1", "/boots/1", "/builds/1", "/boots", "/machines", "/machines/null-1"):
        first = engineer.send("GET", path)
        again = engineer.send("GET", path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b""), path
        assert again.headers["ETag"] == first.headers["ETag"]
        assert "private" in first.headers["Cache-Control"]
    tag = engineer.send("GET", "/boots/1").headers["ETag"]
    engineer.post("/boots/1/cancel")
    assert engineer.send("GET", "/boots/1", headers={"If-None-Match": tag}).status_code == 200
    assert "ETag" not in engineer.send("GET", "/boots/77").headers
