"""The description of the API is whole, and the one that is checked in is today's."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from web.api.openapi import document

KEPT = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture
def described(app: APIFlask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document(app))
    return found


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_document_that_is_checked_in_is_todays(app: APIFlask) -> None:
    assert KEPT.read_text() == document(app), "docs/openapi.json is old: `make openapi` writes it again"


def test_the_document_does_not_depend_on_the_farm_that_wrote_it(app: APIFlask, farm: object) -> None:
    assert document(app) == document(app)
    assert str(farm) not in document(app)


def test_every_route_of_the_api_is_described_with_each_of_its_parameters(
    app: APIFlask, described: dict[str, Any]
) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/") or rule.endpoint.startswith("openapi"):
            continue
        path = re.sub(r"<(?:[^:<>]+:)?([a-z_]+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = described["paths"][path][method.lower()]
            named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert named == rule.arguments, path
            assert operation["summary"]
            assert operation["responses"]


def test_every_reference_in_the_document_leads_somewhere(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    for reference in references(described):
        assert reference.startswith("#/")
        node: Any = described
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


def test_pages_are_not_part_of_the_api(described: dict[str, Any]) -> None:
    assert {path for path in described["paths"] if not path.startswith("/api/v1/")} == {"/.well-known/jwks.json"}


def test_the_farm_serves_the_same_document(app: APIFlask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200, answer.text[:300]
    assert answer.get_json()["paths"] == json.loads(KEPT.read_text())["paths"]
