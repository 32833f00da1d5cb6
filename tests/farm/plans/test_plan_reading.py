"""Reading: any text is a plan or a refusal, defaults work, places are known."""

import time
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from farm.plans import Plan, PlanProblem, PlanRefused, default_plan, effective, read_plan, recipe

FRAGMENTS = [
    "[boot]\n", "[build]\n", "[pass]\n", "[attest]\n", "[on.pull_request]\n", '[on."refs/heads/x"]\n',
    "[[boot.exclude]]\n",
    "machines", "timeout", "exclude", "line", "allow", "command", "artifacts", "schema", "boot", ".", " = ", "\n", "1",
    '"90s"', '"tag:a & !b"', '"pool:x|y"', "[", "]", "{", "}", ",", '"""', "'", "\\", "#", "é", "true", "1979-05-27",
    "inf", "on", '""',
]  # fmt: skip
MATRIX = """\
schema = 1
[boot]
machines = ["qemu", "tag:rack1 & !tag:flaky"]
firmware = ["ovmf-2025.02", "ovmf-2025.02-sb"]
timeout = "90s"
exclude = [{ machines = "tag:nuc", firmware = "ovmf-2025.02-sb" }]
[pass]
line = "RUNTIME READY"
within = "30s"
forbid = ["panicked at"]
"""


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS)).map("".join), st.binary()))
@example("on = 1")
@example("[on]\nboot.machines = 1")
@example('"" = 1\nboot = [{}]')
@example("build.artifacts = {}\npass.within = []")
def test_any_text_is_a_plan_or_a_refusal(text: str | bytes) -> None:
    problems: list[PlanProblem] = []
    plan = default_plan()
    try:
        plan = read_plan(text).plan
    except PlanRefused as refused:
        problems = refused.problems
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert all(problem.render() for problem in problems)


@pytest.mark.parametrize(
    "text",
    ["a." * 32_000 + "a = 1", "a = " + "{a=" * 20_000, "x = 1\n" * 9_000, "".join(f"a{n} = 1\n" for n in range(6000))],
)
def test_a_hostile_file_is_refused_quickly(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(PlanRefused) as caught:
        read_plan(text)
    assert len(caught.value.problems) <= 100
    assert time.monotonic() - started < 5


def test_no_text_is_the_default_plan() -> None:
    read = read_plan("")
    assert read.plan == default_plan()
    assert read.plan.boot.machines == ("pool:default",)
    assert read.plan.boot.timeout == timedelta(seconds=120)
    assert set(read.origins.values()) == {"default"}


def test_the_matrix_of_the_page_reads_and_survives_json() -> None:
    plan = read_plan(MATRIX).plan
    assert plan.passing.line == ("RUNTIME READY",)
    assert plan.boot.exclude[0].firmware == ("ovmf-2025.02-sb",)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_a_byte_order_mark_and_windows_line_ends_are_taken() -> None:
    read = read_plan(b"\xef\xbb\xbf[boot]\r\ntimeout = '2m'\r\n")
    place = read.at("boot.timeout")
    assert place is not None
    assert (place.line, place.column, place.source_line) == (2, 11, "timeout = '2m'")


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        (MATRIX, "boot", (2, 1)),
        (MATRIX, "boot.machines[1]", (3, 21)),
        (MATRIX, "boot.exclude[0].firmware", (6, 47)),
        ("build.target = 'x'", "build.target", (1, 16)),
        ("[[boot.exclude]]\nimages='a'\n[[boot.exclude]]\nimages='b'\n", "boot.exclude[1].images", (4, 8)),
        ('[on."refs/heads/x"]\nboot.machines = "a"\n', 'on."refs/heads/x".boot.machines', (2, 17)),
        ("[attest.allow]\nnone = 'x'\n", "attest.allow.none", (2, 8)),
    ],
)
def test_every_value_knows_its_place(text: str, path: str, place: tuple[int, int]) -> None:
    found = read_plan(text).at(path)
    assert found is not None
    assert (found.line, found.column) == place


def test_the_effective_plan_says_where_each_value_comes_from() -> None:
    read = read_plan(MATRIX + '[on.pull_request]\nboot.machines = "qemu"\n')
    shown = {key: (value, origin) for key, value, origin in effective(read, read.for_ref(None, pull_request=True))}
    assert shown["boot.machines"] == (["qemu"], ".bootfarm.toml:12")
    assert shown["boot.timeout"] == ("90s", ".bootfarm.toml:5")
    assert shown["attest.allow.warning"] == ([], "default")
    assert shown["schema"] == (1, ".bootfarm.toml:1")
    assert not {key for key in shown if key.startswith(("on", "overrides", "warnings"))}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("boot = 3", "boot is 3; write a table, [boot]"),
        ("schema = 2", "schema is 2; write 1, the only version there is"),
        ("boot.machines = []", "boot.machines is an empty list; write selectors"),
        ("boot.infra_retries = true", "boot.infra_retries is true; write a whole number from 0 to 5"),
        ("attest.pcrs = [24]", "attest.pcrs[0] is 24; write a list of PCR numbers"),
        ("build.timeout = '9h'", 'build.timeout is "9h"; the longest is 6h'),
        ("build.manifest = '/etc/x'", "write a path relative to the root"),
        ("build.manifest = 'a/../../b'", '".." is refused'),
        ("build.package = '--config'", 'build.package is "--config"; write the name of a cargo package'),
        ("build.profile = 'relase'", 'build.profile is "relase"; write "release" or "debug"'),
        ("build.artifacts = ['x']", "build.artifacts without build.command"),
        ("build.command = 'make'\nbuild.features = ['x']", "build.features is for cargo"),
        ("pass.within = '3s'", "pass.within without pass.line"),
        ("boot.by = ['disk', 'http']", "not available yet on this farm"),
        ("[on.main]\nboot.timeout = '3s'", 'did you mean "refs/heads/main"?'),
        ("[on.pull_request]\nboot.timeot = '3s'", 'unknown key "timeot" in [on.pull_request.boot]'),
        ("[passing]\nline = 'x'", 'unknown key "passing" at the top level'),
        ("version = 1", 'unknown key "version" at the top level'),
        ("overrides = {}", 'unknown key "overrides" at the top level'),
        ("buidl = 3", 'unknown key "buidl" at the top level; did you mean "build"?'),
        (f"boot.images = {['x'] * 101}", "boot.images has 101 items; 100 at most"),
    ],
)
def test_a_wrong_value_gets_its_own_sentence(text: str, sentence: str) -> None:
    with pytest.raises(PlanRefused) as caught:
        read_plan(text)
    assert sentence in caught.value.problems[0].message
    assert caught.value.problems[0].line > 0


def test_a_recipe_holds_what_decides_a_build_and_nothing_else() -> None:
    one = read_plan("build.features = ['b', 'a']\nbuild.timeout = '1m'\nboot.machines = 'x'").plan
    two = read_plan("build.features = ['a', 'b', 'a']").plan
    assert recipe(one) == recipe(two)
    assert recipe(one) != recipe(default_plan())
