"""Which plan a ref gets, and what a fork can't change."""

from farm.plans import Plan, expand, read_plan
from farm.plans.machines import MachineFacts

GATE = """\
[attest]
require = "affirming"
policy = "release-2026"
allow = { warning = ["qemu"] }
[on.pull_request]
boot.machines = ["qemu"]
attest.require = "warning"
[on."refs/heads/next"]
boot = { machines = ["a", "b"], timeout = "3m" }
"""


def test_a_ref_without_a_table_gets_the_plan_as_it_stands() -> None:
    read = read_plan(GATE)
    assert read.for_ref("refs/heads/main") == read.plan
    assert read.for_ref(None) == read.plan


def test_an_override_merges_key_by_key() -> None:
    plan = read_plan(GATE).for_ref("refs/pull/3/head", pull_request=True)
    assert plan.boot.machines == ("qemu",)
    assert plan.attest.require == "warning"
    assert plan.attest.policy == "release-2026"
    assert plan.attest.allow.warning == ("qemu",)


def test_a_pull_request_has_the_last_word() -> None:
    plan = read_plan(GATE).for_ref("refs/heads/next", pull_request=True)
    assert plan.boot.machines == ("qemu",)
    assert str(plan.boot.timeout) == "0:03:00"


def test_a_plan_with_overrides_survives_json() -> None:
    plan = read_plan(GATE).for_ref("refs/heads/next")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_a_fork_gets_gate_and_overrides_of_the_trusted_branch() -> None:
    fork = read_plan('[boot]\nmachines = "x"\n[attest]\nrequire = "none"\n[on.pull_request]\nboot.machines = "*"\n')
    plan = fork.for_ref(None, pull_request=True, fork=True, trusted=read_plan(GATE, file="main:.bootfarm.toml"))
    assert plan.boot.machines == ("qemu",)
    assert plan.attest.require == "warning"
    assert fork.origin(plan, "attest.require") == "main:.bootfarm.toml:7"
    assert fork.origin(plan, "attest.policy") == "main:.bootfarm.toml:3"
    assert [warning.code for warning in plan.warnings] == ["CFG040"]


def test_a_fork_of_a_repository_without_a_plan_has_no_gate_of_its_own() -> None:
    fork = read_plan('[attest]\nrequire = "affirming"\n')
    plan = fork.for_ref(None, pull_request=True, fork=True)
    assert plan.attest.require == "none"
    assert fork.origin(plan, "attest.require") == "default"


def test_a_fork_that_leaves_the_gate_alone_hears_nothing() -> None:
    main = read_plan(GATE)
    assert read_plan(GATE + "\n# more\n").for_ref(None, pull_request=True, fork=True, trusted=main).warnings == ()


def test_the_warning_about_a_fork_reaches_the_expansion() -> None:
    fork = read_plan('[attest]\nrequire = "warning"\n')
    plan = fork.for_ref(None, pull_request=True, fork=True)
    assert [warning.code for warning in expand(fork, plan, [MachineFacts(name="a")]).warnings] == ["CFG040"]
