"""How problems are shown and carried."""

import pytest

from farm.errors import BadRequest
from farm.plans import CODES, PlanProblem, PlanRefused, read_plan


def refused(text: str | bytes) -> PlanRefused:
    with pytest.raises(PlanRefused) as caught:
        read_plan(text)
    return caught.value


def test_a_problem_shows_place_line_caret_suggestion_and_help() -> None:
    assert refused('[boot]\n\ttimeot = "1s"\n').problems[0].render() == (
        '.bootfarm.toml:2:2: CFG001 unknown key "timeot" in [boot]; did you mean "timeout"?\n'
        '  2 | \ttimeot = "1s"\n'
        "    | \t^^^^^^\n"
        "  try: timeout\n"
        "  help: /help/errors/CFG001"
    )


def test_columns_count_characters_not_bytes() -> None:
    (problem,) = refused('boot = { images = ["größe", "/é"] }').problems
    assert (problem.column, problem.length) == (29, 4)


def test_a_terminal_is_never_handed_control_characters() -> None:
    rendered = refused("a = \x1b[31m\u202e").problems[0].render()
    assert "\x1b" not in rendered
    assert "\u202e" not in rendered


def test_a_refusal_is_a_bad_request_with_one_detail_per_problem() -> None:
    error = refused("[boot]\nmax_boots = 0\ntimeot = 1\n")
    assert isinstance(error, BadRequest)
    assert error.message.endswith("(and 1 more)")
    assert [(detail["line"], detail["help"]) for detail in error.details] == [
        (2, "/help/errors/CFG002"),
        (3, "/help/errors/CFG001"),
    ]


def test_a_problem_survives_json() -> None:
    problem = refused("x = 1").problems[0]
    assert PlanProblem.model_validate_json(problem.model_dump_json()) == problem


def test_every_code_has_a_sentence_for_its_help_page() -> None:
    assert all(sentence.endswith(".") for sentence in CODES.values())


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (b"x" * 70_000, (0, 0), "70000 bytes"),
        (b"schema = 1\n# gr\xf6\xdfe", (2, 5), "not UTF-8: byte 0xf6"),
        ("schema = 1\na\0b", (2, 2), "NUL"),
        ("schema = 1\n\ud800", (2, 1), "not UTF-8"),
        ("schema = 1\r\nboot =\r\n", (2, 7), "invalid value"),
        ("[boot]\n[boot]\n", (2, 6), "cannot declare"),
        ("schema = 1\nschema = 1\n", (2, 1), 'the key "schema" has a value already'),
        ("[boot]\nby = 1 # x\r\n  by = 'a' # y\r\n", (3, 3), 'the key "by" has'),
        ("a.b = 1\na.b = 2", (2, 1), 'the key "a.b" has'),
        ("a = {b = 1}\na.b = 2", (2, 8), "immutable"),
        ("a = 1\na = [\n1,\n2]\n[b]\n", (2, 1), 'the key "a" has'),
        ('a = "C:\\users"', (1, 5), "use single quotes for 'C:\\users'"),
        ('a = "it\'s \\E"', (1, 5), "write it twice"),
        ("a." * 9 + "b = 1", (1, 1), "more than 8 names"),
        ("a = " + "[" * 9, (1, 13), "brackets"),
        ("a = " + "1" * 5000, (0, 0), "4300"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str | bytes, place: tuple[int, int], words: str) -> None:
    (problem,) = refused(text).problems
    assert problem.code == "CFG003"
    assert (problem.line, problem.column) == place
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("schema = 1\nschema = 1\n", "  2 | schema = 1\n    | ^^^^^^\n"),
        ("schema = 1\nboot =\n", "  2 | boot =\n    |       ^\n"),
    ],
)
def test_a_mistake_at_the_end_of_a_line_is_shown_with_its_line_and_a_caret(text: str, excerpt: str) -> None:
    assert excerpt in refused(text).problems[0].render()
