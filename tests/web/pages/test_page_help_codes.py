"""Every code that an error may have in this code base has its help page."""

import ast
from collections.abc import Iterator
from pathlib import Path

import farm
import web
from farm.plans import CODES
from mirrors.errors import MirrorCode
from tests.web.pages.page_browser import Browser
from web.pages.help_texts import ERRORS
from web.problems import HTTP_CODES

_ABSTRACT = {"farm-error"}  # of the family that is never raised itself


def constants(node: ast.AST) -> Iterator[ast.expr | None]:
    """What stands where a code is named: a class's `code`, an argument `code=`, the second of `problem()`."""
    if isinstance(node, ast.ClassDef):
        named = [one for one in node.body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "code"]
        yield from (one.value for one in named)
    if isinstance(node, ast.Call):
        yield from (one.value for one in node.keywords if one.arg == "code")
        if ast.unparse(node.func) == "problem" and len(node.args) > 1:
            yield node.args[1]


def codes() -> set[str]:
    files = [file for room in (farm, web) for file in Path(str(room.__file__)).parent.rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    found = [value.value for node in nodes for value in constants(node) if isinstance(value, ast.Constant)]
    written = {code for code in found if isinstance(code, str) and code}
    return written | set(HTTP_CODES.values()) | {f"git-{code}" for code in MirrorCode}


def test_every_code_is_explained(browser: Browser) -> None:
    found = codes() - _ABSTRACT
    assert {"lease-over", "console-finished", "not-json", "our-bug", "git-timeout"} <= found
    assert found - set(CODES) <= set(ERRORS)
    for code in sorted(found):
        assert code in browser.text(f"/help/errors/{code}")
