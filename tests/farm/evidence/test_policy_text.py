"""A policy's text: what it means, and where it is wrong."""

from datetime import timedelta

import pytest

from farm.evidence.policy import DEFAULT_POLICY, Policy
from farm.evidence.policy_text import PolicyRefused
from farm.evidence.results import Tier

WHOLE = """\
name = "release"
require = "affirming"
images = ["approved", "retired"]
steps = ["binding", "replay"]
max_age = "10m"
[machines]
qemu = "warning"
"rack1/top" = "affirming"
"""


def test_every_key_is_read() -> None:
    policy = Policy.parse(WHOLE)
    assert (policy.name, policy.require, policy.steps) == ("release", Tier.AFFIRMING, ("binding", "replay"))
    assert sorted(policy.images) == ["approved", "retired"]
    assert policy.max_age == timedelta(minutes=10)
    assert policy.machines == {"qemu": "warning", "rack1/top": "affirming"}
    assert policy.text == WHOLE


def test_the_default_requires_nothing_and_a_name_alone_means_the_same() -> None:
    default, named = Policy.parse(DEFAULT_POLICY), Policy.parse('name = "default"')
    assert (default.require, default.images, default.steps, default.max_age) == (
        named.require,
        named.images,
        named.steps,
        named.max_age,
    )
    assert default.required(frozenset({"qemu"})) is Tier.NONE


def test_a_machine_must_reach_the_strictest_of_what_its_tags_ask() -> None:
    policy = Policy.parse('name = "p"\nrequire = "warning"\n[machines]\na = "affirming"\nb = "none"\n')
    assert policy.required(frozenset()) is Tier.WARNING
    assert policy.required(frozenset({"b"})) is Tier.WARNING
    assert policy.required(frozenset({"a", "b"})) is Tier.AFFIRMING


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("", (0, 0), "has no name"),
        ('name = "p"\nrequir = "none"', (2, 1), 'did you mean "require"'),
        ('name = "p"\n[x]\ny = 1', (2, 1), 'unknown key "x"'),
        ('name = "P q"', (1, 8), "lower-case"),
        ('name = 1\nname = "x"', (2, 1), "has a value already"),
        ('name = "p"\nrequire = "contraindicated"', (2, 11), '"affirming" or "warning" or "none"'),
        ('name = "p"\nrequire = true', (2, 11), "is true"),
        ('name = "p"\nsteps = "binding"', (2, 9), "write a list"),
        ('name = "p"\nsteps = ["replay", "bindin"]', (2, 20), "the name of a step"),
        ('name = "p"\nimages = []', (2, 10), "at least one"),
        ('name = "p"\nimages = ["denied"]', (2, 11), "never counts as known"),
        ('name = "p"\nmax_age = 5', (2, 11), "a duration"),
        ('name = "p"\nmax_age = "0s"', (2, 11), "write 1s to"),
        ('name = "p"\nmachines = "all"', (2, 12), "write a table"),
        ('name = "p"\n[machines]\nqemu = "good"', (3, 8), 'machines.qemu is "good"'),
        ('name = "p"\n[machines]\n"a b" = "none"', (3, 9), "is no tag"),
        ('name = "p', (1, 10), "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, place: tuple[int, int], said: str) -> None:
    with pytest.raises(PolicyRefused) as refused:
        Policy.parse(text, file="release.toml")
    first = refused.value.problems[0]
    assert said in first.message
    assert (first.file, first.line, first.column) == ("release.toml", *place)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_text() -> None:
    with pytest.raises(PolicyRefused) as refused:
        Policy.parse('require = "x"\nname = "p"\nsteps = [1]\nage = 3\n')
    assert [problem.line for problem in refused.value.problems] == [1, 3, 4]
    assert "and 2 more" in refused.value.message
