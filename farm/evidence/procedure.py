"""The procedure: every step in order (attestation.md section 3). Read top down; the first failure ends the run."""

from collections.abc import Callable, Sequence

from farm.evidence import binding_steps as outer
from farm.evidence import inner_steps as inner
from farm.evidence import quote_steps as quote
from farm.evidence.case import Case, Finding, Quote
from farm.evidence.reader import Malformed

Check = Callable[[Case], Finding]


def _inner(step: Callable[[Quote], Finding]) -> Check:
    return lambda case: step(case.inner)


def _outer(step: Callable[[Quote], Finding]) -> Check:
    return lambda case: step(case.outer)


OWN: tuple[tuple[str, Check], ...] = (
    ("framing", inner.framing),
    ("channels-agree", inner.channels_agree),
    ("structure", inner.structure),
    ("ak-public", _inner(quote.ak_public)),
    ("ak-attributes", _inner(quote.ak_attributes)),
    ("ak-point", _inner(quote.ak_point)),
    ("qualified-signer", _inner(quote.qualified_signer)),
    ("signature", _inner(quote.signature)),
    ("attest-type", _inner(quote.attest_type)),
    ("nonce", inner.nonce),
    ("selection", _inner(quote.selection)),
    ("pcr-digest", _inner(quote.pcr_digest)),
    ("pcr-values", _inner(quote.pcr_values)),
    ("measurements", inner.measurements),
    ("image", inner.image),
    ("replay", inner.replay),
)
"""The steps before `binding`."""
OF_BINDING: tuple[tuple[str, Check], ...] = (
    ("binding-framing", outer.framing),
    ("binding-channels-agree", outer.channels_agree),
    ("binding-structure", outer.structure),
    ("binding-ak-public", _outer(quote.ak_public)),
    ("binding-ak-attributes", _outer(quote.ak_attributes)),
    ("binding-ak-point", _outer(quote.ak_point)),
    ("binding-ak-known", outer.ak_known),
    ("binding-qualified-signer", _outer(quote.qualified_signer)),
    ("binding-signature", _outer(quote.signature)),
    ("binding-attest-type", _outer(quote.attest_type)),
    ("binding-nonce", outer.nonce),
    ("binding-selection", _outer(quote.selection)),
    ("binding-pcr-digest", _outer(quote.pcr_digest)),
    ("binding-pcr-values", _outer(quote.pcr_values)),
    ("binding-ak-measured", outer.ak_measured),
    ("binding-event-log", outer.event_log),
    ("binding-pcr4", outer.pcr4),
    ("binding-firmware", outer.firmware),
)
"""The parts of `binding`."""


def run(checks: Sequence[tuple[str, Check]], case: Case) -> list[Finding]:
    """The findings until one does not hold, which is the last. What a parser refuses fails the step that asked it; any
    other exception is a fault of ours, and leaves."""
    findings: list[Finding] = []
    for _, check in checks:
        try:
            finding = check(case)
        except Malformed as wrong:
            finding = (False, "well formed", str(wrong), wrong.why)
        findings.append(finding)
        if not finding[0]:
            break
    return findings
