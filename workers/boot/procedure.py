"""The boot itself. It knows what a machine can do, and never what kind of machine it is."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol

from farm.wire import Cause, StepState, Verdict
from workers.boot.ending import Ending
from workers.boot.evidence import Evidence
from workers.boot.rules import Rules
from workers.boot.steps import StepName
from workers.console_uplink import ConsoleUplink
from workers.farm_client import LeaseLost
from workers.machines.errors import ConsoleLost
from workers.machines.machine import Machine
from workers.steps import Steps

# How late a limit or a cancel may be noticed on a silent machine.
_TICK_SECONDS = 0.2
# After the console has ended, the power driver may take this long to say why.
_REASON_SECONDS = 10.0
# What a machine said before it was switched off arrives within this time.
_LAST_WORDS_SECONDS = 0.5


class Control(Protocol):
    """Says whether to go on."""

    def check(self) -> None:
        """Raise what ends the boot, or return."""


def boot(
    machine: Machine,
    rules: Rules,
    uplink: ConsoleUplink,
    steps: Steps,
    control: Control,
    evidence: Evidence,
    register: Callable[[bytes], None],
) -> Ending:
    """Boot once and judge. However this is left, the machine is off, `evidence` is collected, the medium is gone.

    `register` tells the farm by which key the machine's TPM attests, before the machine can speak.

    Raises:
        MachineError: the farm's gear failed.
        LeaseLost, Cancelled: what `control` or the uplink said.
    """
    with ExitStack() as undo:
        with steps.step(StepName.MEDIUM):
            undo.enter_context(machine.medium)
        control.check()
        if machine.tpm is not None:
            with steps.step(StepName.TPM):
                undo.enter_context(machine.tpm)
                register(machine.tpm.public)
            undo.callback(evidence.observe, machine.tpm)
        undo.callback(evidence.collect, machine.medium)
        undo.callback(_power_off, machine, rules, uplink, steps)
        with steps.step(StepName.POWER_ON):
            machine.power.on()
        rules.power_on(time.monotonic())
        steps.begin(StepName.FIRMWARE)
        ending = _watch(machine, rules, uplink, steps, control)
        steps.end(StepState.OK if ending.verdict is Verdict.PASS else StepState.FAILED, ending.detail)
        return ending


def _watch(machine: Machine, rules: Rules, uplink: ConsoleUplink, steps: Steps, control: Control) -> Ending:
    """Listen until the machine ends or the rules say that it should."""
    in_firmware = True
    while True:
        control.check()
        said = machine.console.read(_TICK_SECONDS)
        if said is None:
            return _ended(machine, rules)
        if said:
            uplink.write(said)
            rules.feed(said, time.monotonic())
        if in_firmware and rules.application_started:
            in_firmware = False
            steps.begin(StepName.APPLICATION)
        ending = _storage_fault(uplink) or rules.decide(time.monotonic())
        if ending is not None:
            return ending
        if not said and machine.power.wait_off(0) is not None:
            # Of a machine whose console outlives it. Its last words have been read: none came for a whole tick.
            return _ended(machine, rules)


def _ended(machine: Machine, rules: Rules) -> Ending:
    end = machine.power.wait_off(_REASON_SECONDS)
    if end is None:
        raise ConsoleLost("the console ended while the machine is on")
    return rules.ended(end)


def _storage_fault(uplink: ConsoleUplink) -> Ending | None:
    if isinstance(uplink.error, LeaseLost):
        raise uplink.error
    if uplink.error is not None:
        return Ending.infra(Cause.STORAGE_ERROR, f"The farm could not store the console: {uplink.error}")
    return None


def _power_off(machine: Machine, rules: Rules, uplink: ConsoleUplink, steps: Steps) -> None:
    """Switch off, then keep what was said up to then. The console's loss is no news any more at this point."""
    steps.end(StepState.FAILED)  # only a step that an exception left is still running
    with steps.step(StepName.POWER_OFF):
        machine.power.off()
    deadline = time.monotonic() + _LAST_WORDS_SECONDS
    try:
        while said := machine.console.read(max(0.0, deadline - time.monotonic())):
            uplink.write(said)
            rules.feed(said, time.monotonic())
    except ConsoleLost:
        return
