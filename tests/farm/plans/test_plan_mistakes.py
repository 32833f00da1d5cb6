"""The eight mistakes of the page on the plan file, each with its exact code, place and sentence."""

from farm.plans import MachineFacts, PlanProblem, PlanRefused, expand, read_plan

MAIN = 'schema = 1\n[attest]\nrequire = "affirming"\n'


def machines(*names: str, tag: str = "", tier: str = "warning") -> list[MachineFacts]:
    known = ("ovmf-2025.02", "ovmf-2024.11", "ovmf-2024.05", "seabios", "coreboot-4.22", "u-boot-2025.01")
    tags = frozenset({tag} if tag else ())
    return [MachineFacts(name=name, tags=tags, firmware=known, best_tier=tier) for name in names]


def problems(text: str, farm: list[MachineFacts]) -> list[PlanProblem]:
    try:
        read = read_plan(text)
        expand(read, read.plan, farm)
    except PlanRefused as refused:
        return refused.problems
    return []


def headlines(text: str, farm: list[MachineFacts] | None = None) -> list[str]:
    return [problem.headline for problem in problems(text, farm or machines("qemu"))]


def test_1_a_mistyped_key_names_the_right_one() -> None:
    assert headlines('schema = 1\n\n[boot]\nmachines = "qemu"\ntimeot = "90s"\n') == [
        'CFG001 5:1 unknown key "timeot" in [boot]; did you mean "timeout"?'
    ]


def test_2_a_bare_number_asks_for_a_unit() -> None:
    text = 'schema = 1\n\n[boot]\nmachines = "qemu"\ntimeout = 90\n'
    assert headlines(text) == ['CFG002 5:11 boot.timeout is 90; write a duration with a unit, such as "90s" or "2m"']
    assert problems(text, [])[0].suggestion == '"90s"'


def test_3_a_backslash_in_double_quotes_is_explained() -> None:
    text = 'schema = 1\n\n[build]\n# Linked by hand.\ncommand = "make"\n\nartifacts = ["\\EFI\\BOOT"]\n'
    assert headlines(text) == [
        'CFG003 7:14 not valid TOML: a "\\" in a double-quoted string starts an escape; '
        "use single quotes for '\\EFI\\BOOT'"
    ]


def test_4_a_selector_without_a_machine_names_the_nearest_tags_with_counts() -> None:
    farm = machines("a", "b", "c", "d", tag="nuc12") + machines("e", "f", tag="nuc11") + machines("g", tag="rack1")
    assert headlines('schema = 1\n\n[boot]\nmachines = "tag:nuc13"\n', farm) == [
        'CFG010 4:12 "tag:nuc13" matches no machine; nearest are tag:nuc12 (4) and tag:nuc11 (2)'
    ]


def test_5_an_unknown_firmware_names_the_nearest() -> None:
    assert headlines('schema = 1\n\n[boot]\nmachines = "qemu"\nfirmware = "ovmf-2025.2"\n') == [
        'CFG011 5:12 no firmware "ovmf-2025.2"; did you mean "ovmf-2025.02"? 6 are known: /firmware'
    ]


def test_6_too_many_boots_are_counted_out() -> None:
    farm = machines(*(f"qemu-{number}" for number in range(1, 9)))
    text = f'schema = 1\n\n[boot]\nmachines = "qemu"\nfirmware = {list(farm[0].firmware)}\n'
    found = problems(text, farm)
    assert [problem.headline for problem in found] == [
        "CFG020 3:1 8 machines x 6 firmware = 48 boots, over max_boots 32; narrow boot.machines, or set max_boots = 48"
    ]
    assert found[0].suggestion == "max_boots = 48"


def test_6_an_exclusion_of_everything_is_refused() -> None:
    text = (
        f'[boot]\nmachines = "qemu"\nfirmware = {list(machines("x")[0].firmware)}\nexclude = [{{ machines = "q*" }}]\n'
    )
    (found,) = problems(text, machines("qemu"))
    assert (found.code, found.message) == ("CFG021", "boot.exclude removes all 6 combinations")
    assert (found.line, found.column) == (4, 11)


def test_7_a_tier_out_of_reach_says_why_and_what_to_add() -> None:
    farm = machines("qemu-1", "qemu-2", "qemu-3", "qemu-4") + machines("nuc-07", tier="affirming")
    text = '[attest]\nrequire = "affirming"\n[boot]\nmachines = ["qemu", "nuc-07"]\n'
    assert headlines(text, farm) == [
        'CFG030 2:11 "affirming" can\'t be reached on qemu-1..4: their key is not endorsed, best tier "warning"; '
        'add allow = { warning = ["qemu"] }'
    ]


def test_7_the_suggestion_mends_it() -> None:
    text = '[attest]\nrequire = "affirming"\nallow = { warning = ["qemu"] }\n[boot]\nmachines = ["qemu"]\n'
    assert headlines(text, machines("qemu-1", "qemu-2")) == []


def test_8_a_fork_may_show_but_not_apply_its_own_gate() -> None:
    main = read_plan(MAIN, file="main:.bootfarm.toml")
    plan = read_plan('[attest]\nrequire = "none"\n').for_ref(None, pull_request=True, fork=True, trusted=main)
    assert plan.attest.require == "affirming"
    assert [(warning.code, warning.message) for warning in plan.warnings] == [
        (
            "CFG040",
            "fork pull request: [attest] and [on] are read from main; "
            "the change in this commit is shown but not applied",
        )
    ]


def test_every_mistake_of_a_file_is_reported_at_once_in_its_order() -> None:
    text = (
        '[boot]\nmachines = ["tag:a |", "x"]\nmax_boots = 0\nby = "pxe"\n'
        '[build]\nartifacts = ["../x"]\n[on.push]\nboot.timeout = "1"\n'
    )
    assert [(problem.code, problem.line, problem.column) for problem in problems(text, [])] == [
        ("CFG012", 2, 21),
        ("CFG002", 3, 13),
        ("CFG022", 4, 6),
        ("CFG004", 6, 1),
        ("CFG002", 6, 14),
        ("CFG001", 7, 1),
        ("CFG002", 8, 16),
    ]
