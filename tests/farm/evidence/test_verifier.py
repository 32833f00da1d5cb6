"""The verifier as its callers see it: tiers, sentences, facts, and what is its own fault."""

import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from farm.evidence import binding_steps, direct_boot, inner_steps, quote_steps, vector
from farm.evidence.appraisal import (
    VERIFIER,
    Appraisal,
    Expected,
    Facts,
    Policy,
    Received,
    ReferenceState,
    StepOutcome,
    Tier,
    appraise,
)
from farm.evidence.inner_steps import ClockSetBack
from farm.evidence.procedure import OF_BINDING, OWN
from farm.evidence.step_names import BINDING, STEPS
from farm.evidence.tpm_public import EccPublic
from tests.hostile import contexts, event_logs, good
from tests.hostile.good import AT, EXPECTED, INNER, OUTER, POLICY


def judged(evidence: Received, expected: Expected = EXPECTED) -> Appraisal:
    return appraise(evidence, expected, POLICY, AT)


def test_the_steps_are_those_that_are_named_each_with_its_source() -> None:
    assert [*(name for name, _ in OWN), "binding"] == list(STEPS)
    assert [name for name, _ in OF_BINDING] == list(BINDING)
    functions = [
        getattr(module, name)
        for module, names in (
            (inner_steps, ("framing", "channels_agree", "structure", "nonce", "measurements", "image", "replay")),
            (quote_steps, ("ak_public", "ak_attributes", "ak_point", "qualified_signer", "signature", "attest_type")),
            (quote_steps, ("selection", "pcr_digest", "pcr_values")),
            (binding_steps, ("structure", "ak_known", "nonce", "ak_measured", "event_log", "pcr4", "firmware")),
        )
        for name in names
    ]
    assert all(function.__doc__ for function in functions)


def test_bound_evidence_is_affirming_and_says_who_could_forge_it() -> None:
    found = judged(good.received())
    assert found.tier is Tier.AFFIRMING
    assert "only root on lab-host could forge this" in found.statement
    assert found.vector == dict.fromkeys(vector.CLAIMS, 0) | {
        "instance-identity": 2,
        "configuration": 2,
        "executables": 3,
    }
    assert found.facts == Facts(
        nonce=good.NONCE,
        image_digest=good.IMAGE,
        measurements=(good.IMAGE, good.MODULE),
        pcrs=INNER.values,
        ak_name=INNER.key.name,
        attest_digest=hashlib.sha256(INNER.attest).digest(),
        clock=12345,
        safe=True,
        platform_pcrs=OUTER.values,
        platform_ak_name=OUTER.key.name,
        events=found.facts.events,
    )
    assert [event.pcr for event in found.facts.events][-2:] == [4, 14]


def test_unbound_evidence_is_a_warning_that_says_why() -> None:
    found = judged(Received(b"", INNER.block))
    assert (found.tier, found.reason) == (Tier.WARNING, "binding")
    assert "whoever can write to the console could have made it" in found.statement
    assert "though this machine has a pinned one" in found.statement
    assert found.vector["instance-identity"] == 0
    assert found.facts.platform_pcrs == ()
    without = judged(Received(b"", INNER.block), replace(EXPECTED, platform_ak=None))
    assert "pinned" not in without.statement


def test_a_failure_keeps_what_was_proven_before_it_and_nothing_else() -> None:
    other = judged(good.received(), replace(EXPECTED, image=None))
    assert (other.facts.image_digest, other.facts.attest_digest) == (good.IMAGE, None)
    assert other.vector["executables"] == 33
    flipped = INNER.block[:-1] + bytes([INNER.block[-1] ^ 1])
    broken = judged(Received(b"", flipped, OUTER.block))
    assert broken.facts == Facts()
    assert set(broken.vector.values()) == {99}
    assert broken.statement == (
        "This evidence must not be trusted: signature failed, the key did not sign these bytes."
    )


@pytest.mark.parametrize(
    ("changes", "claim", "value"),
    [
        ({"platform_ak": None}, "instance-identity", 97),
        ({"image": good.DENIED}, "executables", 96),
        ({"authenticode": bytes(32)}, "executables", 96),
        ({"firmware": {}}, "configuration", 36),
        ({"nonce": None}, "hardware", 99),
    ],
)
def test_the_vector_says_how_bad_it_is(changes: dict[str, object], claim: str, value: int) -> None:
    found = judged(good.received(), replace(EXPECTED, **changes))  # type: ignore[arg-type]
    assert found.vector[claim] == value
    assert vector.tier_of(found.vector) is found.tier


@pytest.mark.parametrize("state", [ReferenceState.PENDING, ReferenceState.RETIRED])
@pytest.mark.parametrize("changes", ["image", "module"])
def test_a_lenient_policy_makes_nothing_affirming_that_nobody_approved(state: ReferenceState, changes: str) -> None:
    lenient = Policy.parse('name = "dev"\nimages = ["approved", "pending", "retired"]\n')
    known = replace(EXPECTED, image=state) if changes == "image" else replace(EXPECTED, modules={good.MODULE: state})
    found = appraise(good.received(), known, lenient, AT)
    assert (found.tier, found.reason) == (Tier.WARNING, "image")
    assert f"is {state}, which only the policy dev lets pass" in found.statement
    assert found.vector["executables"] >= 32
    assert all(step.outcome is StepOutcome.PASS for step in found.steps), "all the steps ran and hold"
    assert appraise(good.received(), EXPECTED, lenient, AT).tier is Tier.AFFIRMING


def test_silence_is_tier_none_and_not_a_bad_sign() -> None:
    found = judged(Received(b"no evidence here\r\n"))
    assert (found.tier, found.reason) == (Tier.NONE, "framing")
    assert set(found.vector.values()) == {0}
    assert found.statement == "This boot left no evidence, so nothing is known about what ran."


def test_a_clock_set_back_is_our_fault_and_no_verdict() -> None:
    with pytest.raises(ClockSetBack):
        appraise(good.received(), EXPECTED, POLICY, good.ISSUED - timedelta(microseconds=1))


class Unavailable:
    """A set of digests whose database is down."""

    def __contains__(self, digest: object) -> bool:
        raise ConnectionError("the database is down")


def test_a_fault_of_what_the_farm_knows_is_raised_and_never_a_verdict() -> None:
    with pytest.raises(ConnectionError):
        judged(good.received(), replace(EXPECTED, seen=Unavailable()))


def test_short_coordinates_are_the_same_numbers() -> None:
    """TPM2B_ECC_PARAMETER may leave leading zeros out; the key's Name is of the bytes as they stand."""
    public = INNER.key.public
    assert EccPublic.parse(public).name == INNER.key.name
    x, y = INNER.key.own_point
    padded = replace(INNER.key, point=(x, y)).public
    assert padded == public


def test_pcr4_of_a_direct_boot_is_what_firmware_extends() -> None:
    value = bytes(32)
    for digest in direct_boot.EVENTS_BEFORE:
        value = hashlib.sha256(value + digest).digest()
    assert value == direct_boot.BEFORE_IMAGE
    assert dict(OUTER.values)[4] == direct_boot.pcr4_of(good.AUTHENTICODE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pcr4-shell-before", r"event 14 of the log .* \(EFI boot services application: \\EFI\\SHELL.EFI\)"),
        ("pcr4-shell-after", r"event 15 of the log .* \(EFI boot services application: \\EFI\\SHELL.EFI\)"),
        ("pcr4-no-image", r"the log of PCR\[4\] ends before the file was started"),
        ("pcr4-of-another-file", r"event 14 of the log .* \(EFI boot services application: .*BOOTX64.EFI\)"),
    ],
)
def test_a_detour_names_the_first_event_that_is_not_of_a_direct_boot(name: str, said: str) -> None:
    mutant = next(mutant for mutant in contexts.detours() if mutant.name == name)
    found = appraise(mutant.evidence, mutant.expected, mutant.policy, mutant.at)
    step = next(step for step in found.steps if step.name == "binding-pcr4")
    assert re.search(said, step.detail)
    assert {event.pcr for event in found.facts.events} == {0, 2, 4, 7, 14}


def test_a_log_of_thousands_of_events_does_not_fill_the_facts() -> None:
    entries = event_logs.direct_boot(good.AUTHENTICODE, INNER.key.name)
    measured = [event_logs.measured(7, 0xD, bytes(1))] * 3000
    unproven = [event_logs.measured(1, 0xD, bytes(1))] * 3000
    made = good.Outer(entries=(*entries, *unproven, *measured))
    found = judged(Received(b"", INNER.block, made.block))
    assert found.reason == "binding-firmware"
    assert len(found.facts.events) == 1000
    assert {event.pcr for event in found.facts.events} == {0, 2, 4, 7, 14}


def test_the_types_load_without_openssl_and_without_sql() -> None:
    program = (
        "import sys; from farm.evidence.appraisal import appraise, Policy; from farm.evidence import step_names;"
        " print(sorted({'cryptography', 'sqlalchemy', 'flask', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert VERIFIER.startswith("bootfarm-verifier/")
