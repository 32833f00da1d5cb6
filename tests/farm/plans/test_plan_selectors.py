"""Selectors: what they match, how they ask, how they are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.plans import MachineFacts, PlanRefused, Selector

FARM = [
    MachineFacts(name="qemu-1", pool="virtual", tags=frozenset({"tpm"})),
    MachineFacts(name="qemu-2", pool="virtual", tags=frozenset({"flaky"})),
    MachineFacts(name="rack1-09", pool="metal", tags=frozenset({"rack1", "tpm"}), available=False),
]
TERMS = st.recursive(
    st.sampled_from(["qemu", "tag:tpm", "tag:f*", "rack1-0[0-9]", "*"]),
    lambda inner: st.one_of(
        inner.map("!({})".format), st.lists(inner, min_size=2, max_size=3).map(lambda sides: f"({' | '.join(sides)})")
    ),
    max_leaves=5,
)


def matched(text: str) -> list[str]:
    selector = Selector.parse(text)
    return [machine.name for machine in FARM if selector.matches(machine)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("qemu-1", ["qemu-1"]),
        ("qemu", ["qemu-1", "qemu-2"]),
        ("rack", []),
        ("*-?", ["qemu-1", "qemu-2"]),
        ("qemu-[!1]", ["qemu-2"]),
        ("tag:tpm", ["qemu-1", "rack1-09"]),
        ("tag:tpm & !tag:rack1", ["qemu-1"]),
        ("tag:flaky|tag:rack1", ["qemu-2", "rack1-09"]),
        ("rack1-09 | qemu & tag:tpm", ["qemu-1", "rack1-09"]),
        ("(rack1-09 | qemu) & tag:flaky", ["qemu-2"]),
        ("pool:virtual", ["qemu-1", "qemu-2"]),
        ("!pool:virtual", ["rack1-09"]),
        ("!!qemu-1", ["qemu-1"]),
    ],
)
def test_a_selector_matches_as_it_reads(text: str, names: list[str]) -> None:
    assert matched(text) == names


@pytest.mark.parametrize(
    ("text", "any_of"),
    [
        ("qemu", False),
        ("tag:x", False),
        ("pool:x", True),
        ("pool:x & !tag:y", True),
        ("tag:y & pool:x", True),
        ("pool:x | pool:y", True),
        ("tag:x & !pool:y", False),
        ("!(pool:x | qemu)", False),
    ],
)
def test_only_a_pool_asks_for_any_one_machine(text: str, any_of: bool) -> None:
    assert Selector.parse(text).any_of is any_of


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "ends where"),
        ("a &", 4, "ends where"),
        ("a b", 3, "where it should end"),
        ("a, b", 2, 'has ","'),
        ("(a", 3, 'lacks a ")"'),
        ("a)", 2, 'has ")"'),
        ("tag:'x'", 1, "written without quotes"),
        ('"a"', 1, "a quote"),
        ("a | tga:x", 5, 'did you mean "tag:"?'),
        ("tag:", 1, 'lacks a name after "tag:"'),
        ("pool:x | qemu", 1, "mixes a pool"),
        ("tag:a & (pool:x | qemu)", 1, "mixes a pool"),
        ("pool:x & (pool:y | qemu)", 1, "mixes a pool"),
        ("(" * 30 + "a", 21, "nested more than 20 deep"),
    ],
)
def test_a_selector_that_cannot_be_read_points_at_the_place(text: str, column: int, words: str) -> None:
    with pytest.raises(PlanRefused) as caught:
        Selector.parse(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column) == ("CFG012", column)
    assert words in problem.message


@given(st.text(alphabet="ab:&|!()[]* '\"tagpool-é", max_size=60))
def test_any_text_is_a_selector_or_a_refusal(text: str) -> None:
    column = 1
    try:
        Selector.parse(text)
    except PlanRefused as refused:
        column = refused.problems[0].column
    assert 1 <= column <= len(text) + 1


@given(TERMS, TERMS)
def test_the_operators_obey_de_morgan(left: str, right: str) -> None:
    assert matched(f"!(({left}) & ({right}))") == matched(f"!({left}) | !({right})")


@given(TERMS, TERMS)
def test_a_selector_without_others_reads_back_and_means_the_rest(left: str, right: str) -> None:
    rest = Selector.parse(left).without([Selector.parse(right)])
    assert matched(rest) == [name for name in matched(left) if name not in matched(right)]
