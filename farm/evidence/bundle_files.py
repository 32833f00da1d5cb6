"""The JSON files of a bundle, and its README."""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from farm.evidence.blocks import Catt1
from farm.evidence.framing import ATTEST, last_reset, unframe
from farm.evidence.inputs import Expected, Nonce, Received, ReferenceState
from farm.evidence.reader import Malformed
from farm.evidence.results import Tier

README = """\
Evidence of one boot, and everything that it was judged by.

  bootfarm attest verify --offline THIS-FILE.zip

judges it again, with the same code as the farm and without one.

  evidence/console.bin          serial output of the machine, as it came
  evidence/citadel-attest.bin   the application's evidence, CATT1, as found on the boot medium
  evidence/citadel-bind.bin     the machine's outer quote, CBND1, as found on the boot medium
  expected.json                 nonce, reference values and platform key, as the farm knew them then
  policy.toml                   the policy
  manifest.json                 format, verifier, moment of the appraisal

Digests, keys and nonces are hexadecimal. A bundle proves nothing about who made it: expected.json is the word of
whoever gave it to you. Compare its nonce, digests and platform key with what you know from elsewhere.
"""

Hex = Annotated[str, Field(pattern=r"^(?:[0-9a-f]{2})*$", max_length=512)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# Shown on a terminal: nothing that moves a cursor or begins a line.
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


# A forger's date must not take the verifier's arithmetic, a year at most, beyond what a date can be.
Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# What can be asked for: evidence that is contraindicated reaches nothing.
Required = Literal[Tier.NONE, Tier.WARNING, Tier.AFFIRMING]


class Manifest(_File):
    """manifest.json."""

    format: Literal["bootfarm-evidence-bundle"] = "bootfarm-evidence-bundle"
    version: Literal[1] = 1
    verifier: Text
    source: Text = ""
    appraised_at: Moment
    require: Required = Tier.NONE


class NonceFile(_File):
    """The nonce of the boot."""

    value: Hex
    issued_at: Moment
    expires_at: Moment
    used: bool


class ExpectedFile(_File):
    """expected.json: `Expected`, with digests as text. `seen` holds the digest of this evidence, if it was seen."""

    nonce: NonceFile | None
    image_digest: Digest | None
    image: ReferenceState | None
    modules: dict[Digest, ReferenceState] = Field(max_length=10_000)
    authenticode: Digest | None
    platform_ak: Hex | None
    firmware: dict[Annotated[int, Field(ge=0, le=23)], dict[Digest, ReferenceState]]
    seen: tuple[Digest, ...] = Field(max_length=1)
    machine: Text
    host: Text
    tags: tuple[Text, ...] = Field(max_length=1000)


def written_expected(expected: Expected, evidence: Received) -> ExpectedFile:
    """What expected.json says."""
    nonce = expected.nonce
    digest = attest_digest(evidence)
    return ExpectedFile(
        nonce=None if nonce is None else _nonce_file(nonce),
        image_digest=_hex(expected.image_digest),
        image=expected.image,
        modules={digest.hex(): state for digest, state in expected.modules.items()},
        authenticode=_hex(expected.authenticode),
        platform_ak=_hex(expected.platform_ak),
        firmware={
            pcr: {value.hex(): state for value, state in values.items()} for pcr, values in expected.firmware.items()
        },
        seen=(digest.hex(),) if digest is not None and digest in expected.seen else (),
        machine=expected.machine,
        host=expected.host,
        tags=tuple(sorted(expected.tags)),
    )


def _nonce_file(nonce: Nonce) -> NonceFile:
    return NonceFile(value=nonce.value.hex(), issued_at=nonce.issued_at, expires_at=nonce.expires_at, used=nonce.used)


def read_expected(file: ExpectedFile) -> Expected:
    """What `written_expected` was made from."""
    nonce = file.nonce
    return Expected(
        nonce=None if nonce is None else _nonce(nonce),
        image_digest=_bytes(file.image_digest),
        image=file.image,
        modules={bytes.fromhex(digest): state for digest, state in file.modules.items()},
        authenticode=_bytes(file.authenticode),
        platform_ak=_bytes(file.platform_ak),
        firmware={
            pcr: {bytes.fromhex(value): state for value, state in values.items()}
            for pcr, values in file.firmware.items()
        },
        seen=frozenset(map(bytes.fromhex, file.seen)),
        machine=file.machine,
        host=file.host,
        tags=frozenset(file.tags),
    )


def _nonce(file: NonceFile) -> Nonce:
    return Nonce(bytes.fromhex(file.value), file.issued_at, file.expires_at, file.used)


def attest_digest(evidence: Received) -> bytes | None:
    """SHA-256 of the TPMS_ATTEST that an appraisal would come to; None if it would not get that far.

    The key of `Expected.seen`: who keeps it looks this one digest up before the appraisal.
    """
    try:
        block = unframe(evidence.console, ATTEST, last_reset(evidence.console))
        block = evidence.esp_attest if block is None else block
        return hashlib.sha256(Catt1.parse(block).attest).digest() if block is not None else None
    except Malformed:
        return None


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)
