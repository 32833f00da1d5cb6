"""From a plan to boots: what multiplies, what is left out, what is warned of."""

import pytest

from farm.plans import Expansion, MachineFacts, PlanRefused, Selector, expand, read_plan


def machine(name: str, *tags: str, firmware: tuple[str, ...] = ("ovmf", "ovmf-sb"), **facts: object) -> MachineFacts:
    return MachineFacts(name=name, tags=frozenset(tags), firmware=firmware, **facts)  # type: ignore[arg-type]


FARM = [
    machine("qemu-1", "virtual"),
    machine("qemu-2", "virtual", "flaky"),
    machine("nuc-07", "nuc", pool="metal", firmware=("ami",), best_tier="affirming"),
]


def expanded(boot: str, farm: list[MachineFacts] | None = None) -> Expansion:
    read = read_plan(f"[boot]\n{boot}\n")
    return expand(read, read.plan, FARM if farm is None else farm)


def boots(boot: str, farm: list[MachineFacts] | None = None) -> list[tuple[str | None, str | None, str | None]]:
    return [(planned.machine, planned.firmware, planned.image) for planned in expanded(boot, farm).boots]


def refusals(boot: str, farm: list[MachineFacts] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(PlanRefused) as caught:
        expanded(boot, farm)
    return [(problem.code, problem.message) for problem in caught.value.problems]


def test_a_pool_is_one_boot_on_any_machine_with_its_own_firmware() -> None:
    (planned,) = expanded("").boots
    assert (planned.selector, planned.machine, planned.firmware, planned.image) == ("pool:default", None, None, None)
    assert planned.by == "disk"


def test_names_and_tags_are_one_boot_for_each_machine_with_its_default_firmware() -> None:
    assert boots('machines = ["tag:virtual", "nuc-07"]') == [
        ("qemu-1", "ovmf", None),
        ("qemu-2", "ovmf", None),
        ("nuc-07", "ami", None),
    ]


def test_a_machine_that_two_selectors_match_boots_once() -> None:
    assert boots('machines = ["qemu-1", "tag:virtual", "*-1", "qemu-1"]') == [
        ("qemu-1", "ovmf", None),
        ("qemu-2", "ovmf", None),
    ]


def test_the_same_pool_twice_is_one_boot_and_repeated_lists_count_once() -> None:
    assert len(boots('machines = ["pool:default", "pool:default"]\nfirmware = ["ovmf", "ovmf"]')) == 1


def test_lists_multiply_in_the_order_of_the_plan() -> None:
    assert boots('machines = "qemu-1"\nfirmware = ["ovmf-sb", "ovmf"]\nimages = ["a.efi", "b.efi"]') == [
        ("qemu-1", "ovmf-sb", "a.efi"),
        ("qemu-1", "ovmf-sb", "b.efi"),
        ("qemu-1", "ovmf", "a.efi"),
        ("qemu-1", "ovmf", "b.efi"),
    ]


def test_each_set_of_files_is_a_boot_of_its_own() -> None:
    assert [dict(planned.files) for planned in expanded('files = { "tier.txt" = "pulley" }').boots] == [
        {"tier.txt": "pulley"}
    ]
    several = expanded('images = ["a.efi", "b.efi"]\nfiles = [{}, { "a/b.txt" = "1", "c.txt" = "" }]').boots
    assert [(planned.image, len(planned.files)) for planned in several] == [
        ("a.efi", 0),
        ("a.efi", 2),
        ("b.efi", 0),
        ("b.efi", 2),
    ]
    ((code, message),) = refusals('machines = "qemu-1"\nfiles = [{}, {}, {}]\nmax_boots = 2')
    assert code == "CFG020"
    assert message.startswith("1 machine x 1 firmware x 3 sets of files = 3 boots, over max_boots 2;")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../x", "no path for a boot medium"),
        ("a\\\\b", "no path for a boot medium"),
        ("/x", "no path for a boot medium"),
        ("a//b", "no path for a boot medium"),
        ("efi/boot/bootx64.efi", "a file of the farm's own"),
        ("Citadel-nonce.bin", "a file of the farm's own"),
    ],
)
def test_files_stay_on_the_medium_and_off_the_farms_own(path: str, why: str) -> None:
    with pytest.raises(PlanRefused) as caught:
        expanded(f'files = {{ "{path}" = "x" }}')
    assert [(one.code, why in one.message) for one in caught.value.problems] == [("CFG002", True)]


def test_files_that_differ_only_in_case_are_one_file_too_many() -> None:
    with pytest.raises(PlanRefused, match="upper and lower case"):
        expanded('files = { "a.txt" = "x", "A.TXT" = "y" }')


def test_an_exclusion_takes_away_what_matches_all_its_keys() -> None:
    text = 'machines = "qemu"\nfirmware = ["ovmf", "ovmf-sb"]\n'
    text += 'exclude = [{ machines = "tag:flaky", firmware = "ovmf-sb" }]'
    assert boots(text) == [("qemu-1", "ovmf", None), ("qemu-1", "ovmf-sb", None), ("qemu-2", "ovmf", None)]


def test_an_exclusion_of_firmware_also_means_a_default_firmware() -> None:
    assert boots('machines = "*"\nexclude = [{ firmware = "ami" }]') == [
        ("qemu-1", "ovmf", None),
        ("qemu-2", "ovmf", None),
    ]


def test_an_exclusion_narrows_a_pool_so_that_the_machine_is_never_picked() -> None:
    (planned,) = expanded('exclude = [{ machines = "tag:flaky" }]').boots
    assert planned.selector == "pool:default & !(tag:flaky)"
    assert [m.name for m in FARM if Selector.parse(planned.selector).matches(m)] == ["qemu-1"]


def test_a_pool_loses_single_machines_by_their_default_firmware() -> None:
    farm = [machine("a"), machine("b", firmware=("ami",))]
    (planned,) = expanded('exclude = [{ firmware = "ami" }]', farm).boots
    assert planned.selector == "pool:default & !(b)"


def test_an_exclusion_that_excludes_nothing_is_warned_of() -> None:
    (warning,) = expanded('machines = "qemu-1"\nexclude = [{ images = "x.efi" }]').warnings
    assert (warning.line, warning.message) == (3, "boot.exclude[0] excludes nothing")


def test_a_firmware_that_a_machine_lacks_is_passed_over_with_a_warning() -> None:
    found = expanded('machines = "*"\nfirmware = ["ovmf"]')
    assert [planned.machine for planned in found.boots] == ["qemu-1", "qemu-2"]
    assert [w.message for w in found.warnings] == ['firmware "ovmf" is not on nuc-07; not booted there']


def test_a_firmware_that_no_chosen_machine_has_is_refused() -> None:
    assert refusals('machines = "qemu"\nfirmware = "ami"') == [
        ("CFG011", 'firmware "ami" is known, but no machine of boot.machines has it')
    ]


def test_machines_all_out_of_service_are_a_warning_with_reasons() -> None:
    farm = [machine("nuc-07", "nuc", available=False, unavailable_reason="maintenance by ada until Friday")]
    found = expanded('machines = "tag:nuc"', farm)
    assert len(found.boots) == 1
    assert [(w.code, w.message) for w in found.warnings] == [
        (
            "CFG010",
            'every machine of "tag:nuc" is out of service, so its boots wait: nuc-07 (maintenance by ada until Friday)',
        )
    ]


def test_a_negation_that_takes_nothing_away_is_warned_of() -> None:
    (warning,) = expanded('machines = "qemu & !tag:flakyy"').warnings
    assert warning.message == '"tag:flakyy" in "qemu & !tag:flakyy" matches no machine, so "!" takes none away'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"tag:x"', '"tag:x" matches no machine; most used are pool:default (2), tag:virtual (2) and pool:metal (1)'),
        ('"nuc-08"', '"nuc-08" matches no machine; nearest are nuc-07 (1) and tag:nuc (1)'),
        (
            '"tag:nuc & tag:flaky"',
            '"tag:nuc & tag:flaky" matches no machine: each part of it matches some, but no machine',
        ),
    ],
)
def test_a_selector_that_matches_nothing_gets_help(text: str, message: str) -> None:
    ((code, found),) = refusals(f"machines = {text}")
    assert code == "CFG010"
    assert found.startswith(message)


def test_a_farm_without_machines_says_so() -> None:
    assert refusals("", []) == [("CFG010", '"pool:default" matches no machine; this farm has none yet')]


def test_problems_of_several_kinds_come_together() -> None:
    read = read_plan(
        '[boot]\nmachines = ["tag:x", "qemu-1"]\nfirmware = ["ovmf", "nope"]\n[attest]\nrequire = "affirming"'
    )
    with pytest.raises(PlanRefused) as caught:
        expand(read, read.plan, FARM)
    assert [problem.code for problem in caught.value.problems] == ["CFG010", "CFG011", "CFG030"]


def test_a_count_says_what_exclusions_left_out() -> None:
    text = 'machines = "qemu"\nfirmware = ["ovmf", "ovmf-sb"]\n'
    text += 'max_boots = 2\nexclude = [{ machines = "tag:flaky", firmware = "ovmf" }]'
    assert refusals(text) == [
        (
            "CFG020",
            "2 machines x 2 firmware, less 1 left out, = 3 boots, over max_boots 2; "
            "narrow boot.machines, or set max_boots = 3",
        )
    ]


def test_an_absurd_product_is_refused_before_it_is_built() -> None:
    text = f'machines = "qemu"\nfirmware = ["ovmf"]\nimages = {[f"{n}.efi" for n in range(100)]}\nmax_boots = 10'
    farm = [machine(f"qemu-{number}") for number in range(1000)]
    ((code, message),) = refusals(text, farm)
    assert code == "CFG020"
    assert message.endswith("= 100000 boots, over max_boots 10; narrow boot.machines")


def test_a_pool_must_reach_the_tier_with_all_its_machines() -> None:
    read = read_plan('[attest]\nrequire = "warning"\n')
    farm = [machine("a"), machine("b", best_tier="none")]
    with pytest.raises(PlanRefused) as caught:
        expand(read, read.plan, farm)
    assert caught.value.problems[0].message == (
        '"warning" can\'t be reached on b: its key is unknown, best tier "none"; add allow = { none = ["b"] }'
    )


def test_an_override_moves_the_place_of_a_problem() -> None:
    read = read_plan('[boot]\nmachines = ["qemu-1"]\n[on.pull_request]\nboot.machines = "qemu-9"\n')
    with pytest.raises(PlanRefused) as caught:
        expand(read, read.for_ref(None, pull_request=True), FARM)
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (4, 17)
