"""The good evidence that everything here starts from: bound to a machine, with what the farm expects of it."""

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from farm.evidence.appraisal import Expected, Nonce, Policy, Received, ReferenceState
from farm.evidence.event_log import EventLog
from tests.hostile import event_logs
from tests.hostile.event_logs import Entry
from tests.hostile.forge import ENDORSEMENT, Attest, Inner, Key, bank, sha256, sized, values_field

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ISSUED = AT - timedelta(seconds=20)
NONCE = bytes(range(0xA0, 0xB0))
IMAGE, MODULE = sha256(b"an image"), sha256(b"a module")
AUTHENTICODE = sha256(b"an EFI file")
INNER_KEY = Key(secret=0x1234567890ABCDEF1234567890ABCDEF1234567890ABCDEF1234567890ABCDEF)
PLATFORM_KEY = Key(secret=0x0F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C4B5A69788796A5B4C3D2E1F0, hierarchy=ENDORSEMENT)
OUTER_INDEXES = (0, 2, 4, 7, 14)
POLICY = Policy.parse('name = "corpus"\nmax_age = "1h"\n')
APPROVED, DENIED = ReferenceState.APPROVED, ReferenceState.DENIED
INNER = Inner(nonce=NONCE, measurements=(IMAGE, MODULE), key=INNER_KEY)


@dataclass(frozen=True, kw_only=True)
class Outer:
    """The machine's evidence by its fields; what is None follows from the others."""

    inner: Inner = INNER
    key: Key = PLATFORM_KEY
    entries: tuple[Entry, ...] | None = None
    pcrs: tuple[tuple[int, bytes], ...] | None = None
    banks: tuple[bytes, ...] = (bank(*OUTER_INDEXES),)
    attest_fields: dict[str, object] | None = None
    signed: bytes | None = None
    log_bytes: bytes | None = None

    @cached_property
    def log(self) -> bytes:
        if self.log_bytes is not None:
            return self.log_bytes
        entries = event_logs.direct_boot(AUTHENTICODE, self.inner.key.name) if self.entries is None else self.entries
        return event_logs.log(entries)

    @cached_property
    def values(self) -> tuple[tuple[int, bytes], ...]:
        return tuple(EventLog.parse(self.log).replay(OUTER_INDEXES).items()) if self.pcrs is None else self.pcrs

    @cached_property
    def attest(self) -> bytes:
        extra = sha256(b"citadel-bind-v1", self.inner.nonce, self.inner.key.name, sha256(self.inner.attest))
        digest = sha256(*(value for _, value in self.values))
        made = Attest(signer=self.key.qualified, extra=extra, pcr_digest=digest, banks=self.banks)
        return replace(made, **(self.attest_fields or {})).data  # type: ignore[arg-type]

    @cached_property
    def fields(self) -> dict[str, bytes]:
        """CBND1's fields in order, encoded."""
        return {
            "magic": b"CBND1",
            "public": sized(self.key.public),
            "attest": sized(self.attest),
            "signature": sized(self.key.sign(self.attest) if self.signed is None else self.signed),
            "pcrs": values_field(self.values),
            "log": len(self.log).to_bytes(4, "big") + self.log,
        }

    @property
    def block(self) -> bytes:
        return b"".join(self.fields.values())


OUTER = Outer()
_VALUES = dict(OUTER.values)
EXPECTED = Expected(
    nonce=Nonce(NONCE, ISSUED, ISSUED + timedelta(minutes=30)),
    image_digest=IMAGE,
    image=APPROVED,
    modules={MODULE: APPROVED},
    authenticode=AUTHENTICODE,
    platform_ak=PLATFORM_KEY.public,
    firmware={index: {_VALUES[index]: APPROVED} for index in (0, 2, 7)},
    machine="qemu-1",
    host="lab-host",
)


def framed(block: bytes, label: str, end: bytes = b"\r\n") -> bytes:
    """A block as the application prints it."""
    text = base64.b64encode(block)
    lines = [text[at : at + 76] for at in range(0, len(text), 76)]
    markers = [f"---{word} {label}---".encode() for word in ("BEGIN", "END")]
    return end.join([markers[0], *lines, markers[1], b""])


OPENING = b"\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01HBdsDxe: starting Boot0001\r\n"
CLOSING = b"citadel-attest: complete\r\n"


def console(attest: bytes, bind: bytes | None = None) -> bytes:
    """What a machine says that boots once."""
    outer = b"" if bind is None else framed(bind, "CITADEL-BIND")
    return OPENING + b"citadel-attest: attesting\r\n" + framed(attest, "CITADEL-ATTEST") + outer + CLOSING


def received(inner: bytes = INNER.block, outer: bytes | None = OUTER.block) -> Received:
    """On both channels."""
    return Received(console(inner, outer), inner, outer)
