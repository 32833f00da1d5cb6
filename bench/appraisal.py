"""Appraisals per second of one core; the reference is what no verifier can leave out, the raw cryptography.

The reference loads the key of the evidence, which is another one in each boot, and verifies one ECDSA signature with
`cryptography`. Both run in turns, so that what else the machine does hits both. Run: `python -m bench.appraisal`.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bench.figures import report, seconds
from farm.evidence.appraisal import Received, appraise
from farm.evidence.case import Case
from farm.evidence.judging import judge
from farm.evidence.tpm_public import EccPublic
from tests.hostile.good import AT, EXPECTED, INNER, INNER_KEY, OPENING, OUTER, POLICY, console

ROUNDS, CALLS = 60, 100
GOAL = "ratio >= 0.80"  # of whole appraisals, as the farm makes them
FLOOD = b"[   12.345678] driver: something of usual length happened here\r\n" * 1_600_000
ECDSA_SHA256 = ECDSA(SHA256())


def main() -> None:
    """Measure."""
    alone = Received(b"", INNER.block)
    both = Received(console(INNER.block, OUTER.block), INNER.block, OUTER.block)
    of_one = rates(lambda: appraise(alone, EXPECTED, POLICY, AT), lambda: raw(1))
    report("appraisal of CATT1", "1/s", *of_one, goal=GOAL)
    of_two = rates(lambda: appraise(both, EXPECTED, POLICY, AT), lambda: raw(2))
    report("appraisal of CATT1 and CBND1, both channels", "1/s", *of_two, goal=GOAL)
    steps = rates(lambda: judge(Case(alone, EXPECTED, POLICY, AT)), lambda: raw(1))
    report("steps and tier of CATT1, without texts", "1/s", *steps)
    report("verification alone, key loaded before", "1/s", rates(verify_loaded, verify_loaded)[0])
    flooded = Received(OPENING + FLOOD + console(INNER.block).removeprefix(OPENING))
    size = len(flooded.console) / 1e6
    found = [size / seconds(lambda: appraise(flooded, EXPECTED, POLICY, AT)) for _ in range(5)]
    report(f"appraisal of a console of {size:.0f} MB", "MB/s", found)


def rates(ours: Callable[[], object], reference: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Calls per second of both, in turns."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for action, kept in zip((ours, reference), found, strict=True):
            kept.append(CALLS / seconds(lambda action=action: repeat(action)))  # type: ignore[misc]
    return found


def repeat(action: Callable[[], object]) -> None:
    """Many calls."""
    for _ in range(CALLS):
        action()


KEY = EccPublic.parse(INNER_KEY.public)
POINT = b"\4" + KEY.x + KEY.y
SIGNATURE = encode_dss_signature(*INNER_KEY.numbers(INNER.attest))
LOADED = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), POINT)


def raw(quotes: int) -> None:
    """The cryptography of as many quotes."""
    for _ in range(quotes):
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), POINT)
        key.verify(SIGNATURE, INNER.attest, ECDSA_SHA256)


def verify_loaded() -> None:
    """One verification."""
    LOADED.verify(SIGNATURE, INNER.attest, ECDSA_SHA256)


if __name__ == "__main__":
    main()
