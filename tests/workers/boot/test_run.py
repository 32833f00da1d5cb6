"""Every way in which a boot ends, on a scripted machine, through the whole of `run_boot`."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from farm.wire import BootJob, BootOutcome, Cause, Verdict
from workers.boot import rules
from workers.boot import run as run_module
from workers.boot.run import run_boot
from workers.farm_client import FarmRefused, FarmUnreachable, KeyRefused, LeaseLost
from workers.machines.errors import ConsoleLost, HypervisorError, MediumFailed, PowerFailed, TpmFailed
from workers.machines.host import LabHost
from workers.machines.machine import Machine, machine
from workers.machines.null import NullMachine

MakeJob = Callable[..., BootJob]
NEVER = {"end": "never"}


def run(farm: Any, host: LabHost, job: BootJob) -> BootOutcome:
    run_boot(job, farm, host)
    assert farm.finishes == 1
    assert farm.outcome.console_bytes == len(farm.console)
    assert all(step.finished_at for step in farm.outcome.steps)
    return farm.outcome


def test_all_lines_and_a_power_off_pass(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    outcome = run(farm, host, make_job({"script": ["hello", "READY"]}))
    assert (outcome.verdict, outcome.cause) == (Verdict.PASS, None)
    assert farm.console == b"hello\r\nREADY\r\n"
    assert [(case.kind, case.met, case.offset) for case in outcome.cases] == [
        ("expect", True, 7),
        ("forbid", False, None),
        ("exit", True, None),
    ]
    assert [step.name for step in outcome.steps] == [
        "prepare medium",
        "power on",
        "firmware",
        "application",
        "power off",
    ]


def test_without_expected_lines_a_power_off_passes(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    assert run(farm, host, make_job({"script": ["anything"]}, expect=())).verdict == Verdict.PASS


def test_a_machine_that_stays_on_after_its_last_line_passes_after_a_grace(
    farm: Any, host: LabHost, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "GRACE_SECONDS", 0.3)
    assert run(farm, host, make_job({"script": ["READY"], **NEVER})).verdict == Verdict.PASS


def test_a_limit_within_the_grace_only_ends_the_grace(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    assert run(farm, host, make_job({"script": ["READY"], **NEVER}, silence_seconds=0.3)).verdict == Verdict.PASS


@pytest.mark.parametrize(
    ("options", "limits", "cause", "words"),
    [
        ({"script": [{"text": "REA"}]}, {}, Cause.MARKER_MISSING, '"READY"'),
        ({"script": ["READY"], "end": "reset"}, {}, Cause.GUEST_EXIT, "reset itself"),
        ({"script": ["READY"], "end": "crashed"}, {}, Cause.GUEST_EXIT, "crashed"),
        ({"script": ["lost"], "end": "lost"}, {}, Cause.HYPERVISOR_ERROR, "from outside"),
        (
            {"script": ["last words"], **NEVER},
            {"silence_seconds": 0.3},
            Cause.GUEST_TIMEOUT,
            "0.3 s, the silence limit",
        ),
        ({"script": ["last words"], **NEVER}, {"silence_seconds": 0.3}, Cause.GUEST_TIMEOUT, "last words"),
        (NEVER, {"silence_seconds": 0.3}, Cause.GUEST_TIMEOUT, "printed nothing at all"),
        ({"script": ["x", {"wait": 60}]}, {"total_seconds": 0.4}, Cause.GUEST_TIMEOUT, "the total limit"),
        ({"script": ["x", {"wait": 60}]}, {"within_seconds": 0.4}, Cause.MARKER_MISSING, "Within 0.4 s"),
        ({"script": ["x" * 99] * 99, **NEVER}, {"console_bytes": 500}, Cause.GUEST_TIMEOUT, "more than 500 bytes"),
        ({"script": ["READY", "panic: a", {"wait": 0.1}, "at b"], **NEVER}, {}, Cause.GUEST_PANIC, "panic: a\nat b"),
        ({"script": ["before", "x panic: a", "at b"]}, {}, Cause.GUEST_PANIC, "x panic: a\nat b"),
    ],
)
def test_it_ends_with_the_right_cause(
    farm: Any, host: LabHost, make_job: MakeJob, options: Any, limits: Any, cause: Cause, words: str
) -> None:
    outcome = run(farm, host, make_job(options, **limits))
    assert outcome.cause == cause
    assert words in outcome.detail
    assert len(farm.console) == outcome.console_bytes


def test_a_panic_that_never_pauses_is_cut_after_two_seconds(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    script = ["panic: a", *[{"wait": 0.2}, "more"] * 50]
    start = time.monotonic()
    assert run(farm, host, make_job({"script": script})).cause == Cause.GUEST_PANIC
    assert 1.9 < time.monotonic() - start < 5


def test_a_cancel_switches_off_and_finishes_as_cancelled(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    farm.answer = "cancel"
    outcome = run(farm, host, make_job(NEVER))
    assert (outcome.verdict, outcome.cause) == (Verdict.CANCELLED, Cause.BY_USER)


@pytest.mark.parametrize("where", ["heartbeat_error", "append_error"])
def test_a_lost_lease_switches_off_and_writes_nothing_more(
    farm: Any, host: LabHost, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    offs = []
    monkeypatch.setattr(NullMachine, "off", lambda self: offs.append(1))
    setattr(farm, where, LeaseLost("another has it"))
    run_boot(make_job({"script": ["x"], **NEVER}), farm, host)
    assert offs == [1]
    assert farm.finishes == 0


def test_a_farm_out_of_reach_for_a_whole_lease_counts_as_a_lost_lease(
    farm: Any, host: LabHost, make_job: MakeJob
) -> None:
    farm.heartbeat_error = FarmUnreachable("away")
    run_boot(make_job(NEVER).model_copy(update={"lease_seconds": 0.5}), farm, host)
    assert farm.finishes == 0


def test_a_console_that_the_farm_can_not_store_is_a_storage_error(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    farm.append_error = FarmRefused(507, "disk full")
    run_boot(make_job({"script": ["x"], **NEVER}), farm, host)
    assert farm.outcome.cause == Cause.STORAGE_ERROR


@pytest.mark.parametrize(
    ("call", "error", "cause"),
    [
        ("on", HypervisorError("no"), Cause.HYPERVISOR_ERROR),
        ("on", PowerFailed("no"), Cause.POWER_FAILED),
        ("on", MediumFailed("no"), Cause.MEDIUM_FAILED),
        ("read", ConsoleLost("no"), Cause.CONSOLE_LOST),
        ("off", PowerFailed("no"), Cause.POWER_FAILED),
        ("read", ZeroDivisionError("a bug of ours"), Cause.HYPERVISOR_ERROR),
    ],
)
def test_a_fault_of_the_farm_is_never_a_verdict_on_the_commit(
    farm: Any,
    host: LabHost,
    make_job: MakeJob,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    error: Exception,
    cause: Cause,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(NullMachine, call, fail)
    outcome = run(farm, host, make_job({"script": ["READY"]}))
    assert (outcome.verdict, outcome.cause) == (Verdict.INFRA, cause)
    assert "Traceback" not in outcome.detail
    assert "bug of ours" not in outcome.detail


def test_wrong_options_are_named(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    outcome = run(farm, host, make_job({"scrpt": []}))
    assert outcome.cause == Cause.HYPERVISOR_ERROR
    assert "scrpt" in outcome.detail


def test_raw_bytes_of_the_script_arrive_unchanged(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    run(farm, host, make_job({"script": [{"base64": "//6A"}, {"text": "a"}, "READY"]}))
    assert farm.console == b"\xff\xfe\x80aREADY\r\n"


class FakeTpm(nullcontext[None]):
    """A machine's own TPM, as the procedure sees it."""

    public = b"key"

    def __init__(self, machine: Any = None, *, broken: bool = False) -> None:
        super().__init__()
        self.machine = machine
        self.broken = broken

    def pcrs(self) -> dict[int, bytes]:
        assert not self.machine.is_on()
        if self.broken:
            raise TpmFailed("its TPM has ended")
        return {4: b"4" * 32, 0: b"0" * 32}


def give_tpm(monkeypatch: pytest.MonkeyPatch, **how: bool) -> None:
    def composed(*arguments: Any) -> Machine:
        made = machine(*arguments)
        return replace(made, tpm=FakeTpm(made.power, **how))

    monkeypatch.setattr(run_module, "machine", composed)


def test_a_machines_key_is_told_before_it_is_switched_on_and_its_pcrs_after(
    farm: Any, host: LabHost, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_tpm(monkeypatch)
    switch_on = NullMachine.on
    known: list[bytes] = []
    monkeypatch.setattr(NullMachine, "on", lambda self: (known.extend(farm.keys), switch_on(self)))
    outcome = run(farm, host, make_job({"script": ["READY"]}))
    assert (outcome.verdict, known, farm.keys) == (Verdict.PASS, [b"key"], [b"key"])
    assert [(one.index, one.value) for one in outcome.host_pcrs] == [(0, "30" * 32), (4, "34" * 32)]
    assert [step.name for step in outcome.steps][:3] == ["prepare medium", "prepare TPM", "power on"]


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (KeyRefused("Another key is enrolled."), "does not take the key of machine scripted's TPM: Another key"),
        (FarmRefused(400, "No such thing."), "could not be registered: No such thing"),
        (FarmUnreachable("the farm is away"), "could not be registered: the farm is away"),
    ],
)
def test_a_machine_whose_key_is_not_taken_stays_off(
    farm: Any, host: LabHost, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, refusal: Exception, words: str
) -> None:
    give_tpm(monkeypatch)
    farm.key_error = refusal
    outcome = run(farm, host, make_job({"script": ["READY"]}))
    assert (outcome.verdict, outcome.cause) == (Verdict.INFRA, Cause.HYPERVISOR_ERROR)
    assert words in outcome.detail
    assert (farm.console, outcome.host_pcrs) == (b"", [])


def test_a_tpm_that_can_not_be_read_changes_no_verdict(
    farm: Any, host: LabHost, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_tpm(monkeypatch, broken=True)
    outcome = run(farm, host, make_job({"script": ["READY"]}))
    assert (outcome.verdict, outcome.host_pcrs) == (Verdict.PASS, [])
