"""Evidence of TPMs that are not ours, judged by our verifier and by tpm2_checkquote: they must agree."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from farm.evidence.appraisal import Expected, Received, ReferenceState, Tier, appraise
from farm.evidence.binding_steps import qualifying_data
from farm.evidence.blocks import Cbnd1
from farm.evidence.event_log import EventLog
from tests.conftest import tool
from tests.farm.evidence.swtpm import AK, SwTpm, swtpm
from tests.firmware import catt1
from tests.hostile import event_logs, good
from tests.hostile.forge import extended, sha256, sized, values_field


@dataclass(frozen=True)
class Real:
    """Evidence whose quotes were made by two swtpm: the application's and the machine's."""

    inner: bytes
    outer: bytes
    expected: Expected

    @property
    def received(self) -> Received:
        return Received(good.console(self.inner, self.outer), self.inner, self.outer)


@pytest.fixture(scope="module")
def tpms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SwTpm, SwTpm]]:
    folder = tmp_path_factory.mktemp("tpms")
    with ExitStack() as stack:
        yield stack.enter_context(swtpm(folder / "own")), stack.enter_context(swtpm(folder / "machine"))


@pytest.fixture(scope="module")
def real(tpms: tuple[SwTpm, SwTpm]) -> Real:
    own, machine = tpms
    own.key("o")
    for digest in (good.IMAGE, good.MODULE):
        own.extend(10, digest)
    quoted = own.quote("o", "sha256:10", good.NONCE)
    pcrs = ((10, extended(good.IMAGE, good.MODULE)),)
    inner = b"CATT1" + sized(good.NONCE) + good.IMAGE + b"\2" + good.IMAGE + good.MODULE + values_field(pcrs)
    inner += sized(quoted.public) + sized(quoted.attest) + sized(quoted.signature)
    name = b"\0\x0b" + sha256(quoted.public)

    platform = machine.key("e")
    entries = event_logs.direct_boot(good.AUTHENTICODE, name)
    for pcr, kind, digest, _ in entries:
        if kind != 3:
            machine.extend(pcr, digest)
    bound = machine.quote("e", "sha256:0,2,4,7,14", qualifying_data(good.NONCE, name, quoted.attest))
    log = event_logs.log(entries)
    values = EventLog.parse(log).replay(good.OUTER_INDEXES)
    outer = b"CBND1" + sized(bound.public) + sized(bound.attest) + sized(bound.signature)
    outer += values_field(tuple(values.items())) + len(log).to_bytes(4, "big") + log
    firmware = {index: {values[index]: ReferenceState.APPROVED} for index in (0, 2, 7)}
    return Real(inner, outer, replace(good.EXPECTED, platform_ak=platform, firmware=firmware))


def checked(evidence: catt1.Evidence, folder: Path, qualifying: bytes) -> bool:
    """Whether tpm2_checkquote accepts a quote."""
    tool("tpm2_checkquote", "tpm2-tools")
    done = subprocess.run(catt1.checkquote(evidence, folder, qualifying), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def of_outer(inner: bytes, outer: bytes) -> tuple[catt1.Evidence, bytes]:
    """The outer quote in the shape that the independent reader has for the inner one, and what it is about."""
    bound, own = Cbnd1.parse(outer), catt1.decode(inner)
    about = qualifying_data(own.nonce, b"\0\x0b" + sha256(own.ak_public), own.attest)
    parts = {"ak_public": bound.ak_public, "attest": bound.attest, "signature": bound.signature}
    return replace(own, **parts, pcrs=dict(bound.pcrs)), about  # type: ignore[arg-type]


def test_evidence_of_real_tpms_is_affirming_and_checkquote_agrees(real: Real, tmp_path: Path) -> None:
    found = appraise(real.received, real.expected, good.POLICY, good.AT)
    assert (found.tier, found.reason) == (Tier.AFFIRMING, "")
    assert checked(catt1.decode(real.inner), tmp_path, good.NONCE)
    assert checked(*_order(of_outer(real.inner, real.outer), tmp_path))


def test_forged_good_evidence_is_good_to_checkquote_as_well(tmp_path: Path) -> None:
    assert checked(catt1.decode(good.INNER.block), tmp_path, good.NONCE)
    assert checked(*_order(of_outer(good.INNER.block, good.OUTER.block), tmp_path))


def test_both_refuse_another_nonce_and_a_flipped_value(real: Real, tmp_path: Path) -> None:
    evidence = catt1.decode(real.inner)
    assert not checked(evidence, tmp_path, bytes(16))
    assert not checked(replace(evidence, pcrs={10: bytes(32)}), tmp_path, good.NONCE)
    nonce = replace(good.EXPECTED.nonce, value=bytes(16))  # type: ignore[type-var]
    found = appraise(real.received, replace(real.expected, nonce=nonce), good.POLICY, good.AT)
    assert found.reason == "nonce"


@pytest.mark.parametrize(
    ("attributes", "step"),
    [
        (AK.replace("|restricted", ""), "ak-attributes"),
        (AK + "|noda", ""),
        (AK.replace("userwithauth|", "userwithauth|adminwithpolicy|"), "ak-attributes"),
    ],
)
def test_keys_of_a_real_tpm_with_other_attributes(tmp_path: Path, attributes: str, step: str) -> None:
    with swtpm(tmp_path / "tpm") as tpm:
        tpm.key("o", attributes)
        tpm.extend(10, good.IMAGE)
        quoted = tpm.quote("o", "sha256:10", good.NONCE)
    block = b"CATT1" + sized(good.NONCE) + good.IMAGE + b"\1" + good.IMAGE + values_field(((10, extended(good.IMAGE)),))
    block += sized(quoted.public) + sized(quoted.attest) + sized(quoted.signature)
    found = appraise(Received(b"", block), good.EXPECTED, good.POLICY, good.AT)
    assert found.reason == (step or "binding")
    assert found.tier is (Tier.CONTRAINDICATED if step else Tier.WARNING)


@pytest.mark.parametrize(
    ("selection", "step"), [("sha256:16", "selection"), ("sha256:10,16", "selection"), ("sha1:10", "selection")]
)
def test_quotes_of_other_pcrs_by_a_real_tpm(tmp_path: Path, selection: str, step: str) -> None:
    with swtpm(tmp_path / "tpm") as tpm:
        tpm.key("o")
        tpm.extend(10, good.IMAGE)
        quoted = tpm.quote("o", selection, good.NONCE)
    block = b"CATT1" + sized(good.NONCE) + good.IMAGE + b"\1" + good.IMAGE + values_field(((10, extended(good.IMAGE)),))
    block += sized(quoted.public) + sized(quoted.attest) + sized(quoted.signature)
    assert appraise(Received(b"", block), good.EXPECTED, good.POLICY, good.AT).reason == step


def _order(evidence: tuple[catt1.Evidence, bytes], folder: Path) -> tuple[catt1.Evidence, Path, bytes]:
    return evidence[0], folder, evidence[1]
