"""Well-signed lies: a TPM, or something that plays one, signs what no good one would. For both quotes."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256

from farm.evidence.curve import N, P
from tests.hostile import good
from tests.hostile.forge import ENDORSEMENT, NULL, OWNER, PLATFORM, Key, bank, sha256, signature, sized
from tests.hostile.good import INNER_KEY, OUTER_INDEXES, PLATFORM_KEY, Outer
from tests.hostile.mutant import Mutant, changed, inner, lengths, with_length
from tests.hostile.mutant import outer as outer_mutant

B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""Of the curve's equation (SP 800-186, 3.2.1.3)."""
Attested = Callable[[str, str, dict[str, object]], Mutant]
"""From a name, a step and changed fields of TPMS_ATTEST to a mutant."""


def mutants() -> Iterator[Mutant]:
    yield from of_key("inner", "", INNER_KEY, inner_key)
    yield from of_key("outer", "binding-", PLATFORM_KEY, outer_key)
    yield from of_attest("inner", "", inner_attest, INNER_KEY, (10,))
    yield from of_attest("outer", "binding-", outer_attest, PLATFORM_KEY, OUTER_INDEXES)
    for name, written in signatures(good.INNER.attest, INNER_KEY):
        yield inner(f"inner-signature-{name}", "signature", replace(good.INNER, signed=written))
    for name, written in signatures(good.OUTER.attest, PLATFORM_KEY):
        yield outer_mutant(f"outer-signature-{name}", "binding-signature", Outer(signed=written))


def inner_key(name: str, step: str, key: Key) -> Mutant:
    return inner(name, step, replace(good.INNER, key=key))


def outer_key(name: str, step: str, key: Key) -> Mutant:
    """Pinned for this machine, so that nothing but the key itself is wrong."""
    made = outer_mutant(name, step, Outer(key=key))
    return replace(made, expected=changed(platform_ak=key.public))


def inner_attest(name: str, step: str, fields: dict[str, object]) -> Mutant:
    return inner(name, step, replace(good.INNER, attest_fields=fields))


def outer_attest(name: str, step: str, fields: dict[str, object]) -> Mutant:
    return outer_mutant(name, step, Outer(attest_fields=fields))


def of_key(who: str, prefix: str, key: Key, make: Callable[[str, str, Key], Mutant]) -> Iterator[Mutant]:
    """Keys of other kinds, each named and signed consistently."""
    for bit in set(range(32)) - {10}:
        yield make(f"{who}-attribute-{bit}", f"{prefix}ak-attributes", replace(key, attributes=0x00050072 ^ 1 << bit))
    unrestricted_decrypting = replace(key, attributes=0x00060072)
    yield make(f"{who}-decrypt", f"{prefix}ak-attributes", unrestricted_decrypting)
    for curve in (0, 1, 2, 4, 5, 0x10, 0x11, 0x20, 0xFFFF):
        yield make(f"{who}-curve-{curve:x}", f"{prefix}ak-public", replace(key, curve=curve))
    for name in (0, 4, 0xC, 0xD, 0x10, 0x12, 0x27, 0xFFFF):
        yield make(f"{who}-name-{name:x}", f"{prefix}ak-public", replace(key, name_algorithm=name))
    for scheme in ("0010", "0018", "00180004", "0018000c", "0018000d", "0014000b", "001a000b", "001b000b", "001c000b"):
        yield make(f"{who}-scheme-{scheme}", f"{prefix}ak-public", replace(key, scheme=bytes.fromhex(scheme)))
    yield make(f"{who}-symmetric", f"{prefix}ak-public", replace(key, symmetric=0x0006))
    yield make(f"{who}-kdf", f"{prefix}ak-public", replace(key, kdf=0x0007))
    for size in (1, 20, 31, 33, 48, 64):
        yield make(f"{who}-policy-{size}", f"{prefix}ak-public", replace(key, policy=bytes(size)))
    for name, step, point in points(key):
        yield make(f"{who}-{name}", prefix + step, replace(key, point=point))
    for other in {OWNER, ENDORSEMENT, PLATFORM, NULL} - {key.hierarchy}:
        name = f"{who}-hierarchy-{other.hex()}"
        yield make(name, f"{prefix}qualified-signer", replace(key, hierarchy=other))


def points(key: Key) -> Iterator[tuple[str, str, tuple[bytes, bytes]]]:
    x, y = key.own_point
    zero, prime = bytes(32), P.to_bytes(32, "big")
    small = next(one for one in range(1, 1000) if root(one) is not None)
    of_small = (root(small) or 0).to_bytes(32, "big")
    yield "point-zero", "ak-point", (zero, zero)
    yield "point-infinity-empty", "ak-public", (b"", b"")
    yield "x-plus-p", "ak-point", ((small + P).to_bytes(32, "big"), of_small)
    yield "x-is-p", "ak-point", (prime, (root(0) or 0).to_bytes(32, "big"))
    yield "y-is-p", "ak-point", (x, prime)
    yield "x-ones", "ak-point", (b"\xff" * 32, y)
    yield "off-curve", "ak-point", (x, (int.from_bytes(y, "big") ^ 1).to_bytes(32, "big"))
    yield "swapped", "ak-point", (y, x)
    yield "x-of-33", "ak-public", (b"\0" + x, y)
    yield "y-of-33", "ak-public", (x, b"\0" + y)
    yield "x-of-31", "ak-point", (x[:31], y)
    yield "x-empty", "ak-public", (b"", y)
    yield "y-negated", "signature", (x, (P - int.from_bytes(y, "big")).to_bytes(32, "big"))
    yield "another-key", "signature", Key(secret=7).own_point
    yield "small-x", "signature", (small.to_bytes(32, "big"), of_small)


def root(x: int) -> int | None:
    """y with (x, y) on the curve; p is 3 modulo 4."""
    square = (x**3 - 3 * x + B) % P
    y = pow(square, (P + 1) // 4, P)
    return y if y * y % P == square else None


def signatures(message: bytes, key: Key) -> Iterator[tuple[str, bytes]]:
    r, s = key.numbers(message)
    good_one = signature(r, s)
    yield "r-zero", signature(0, s)
    yield "s-zero", signature(r, 0)
    yield "both-zero", signature(0, 0)
    yield "r-is-n", signature(N, s)
    yield "s-is-n", signature(r, N)
    yield "r-plus-n", signature(r + N, s)
    yield "s-plus-n", signature(r, s + N)
    yield "both-ones", signature(2**256 - 1, 2**256 - 1)
    yield "r-is-s", signature(r, r)
    yield "swapped", signature(s, r)
    yield "r-empty", good_one[:4] + sized(b"") + sized(s.to_bytes(32, "big"))
    yield "s-empty", good_one[:4] + sized(r.to_bytes(32, "big")) + sized(b"")
    yield "r-of-33", good_one[:4] + sized(b"\0" + r.to_bytes(32, "big")) + sized(s.to_bytes(32, "big"))
    yield "trailing", good_one + b"\0"
    yield "der", key.private.sign(message, ECDSA(SHA256()))
    yield "rsa", bytes.fromhex("0014000b") + sized(bytes(range(120)))
    yield "another-key", Key(secret=99).sign(message)
    yield "another-message", key.sign(message + b"\0")
    for algorithm in ("00180004", "0018000c", "0018000d", "001a000b", "001b000b", "001c000b", "0005000b", "0010000b"):
        yield f"algorithm-{algorithm}", signature(r, s, bytes.fromhex(algorithm))
    for field, at in (("r", 4), ("s", 4 + 2 + 32)):
        for length in lengths(32):
            yield f"{field}-length-{length}", with_length(good_one, at, length)
    for size in range(len(good_one)):
        if size:
            yield f"cut-{size}", good_one[:size]


def of_attest(who: str, prefix: str, make: Attested, key: Key, indexes: tuple[int, ...]) -> Iterator[Mutant]:
    """Attests of other kinds, signed by the good key."""
    for kind in {*range(0x8014, 0x801E), 0, 0xFFFF} - {0x8018}:
        yield make(f"{who}-type-{kind:x}", f"{prefix}attest-type", {"kind": kind})
    for magic in (0, 0xFF544346, 0x475443FF, 0xFFFFFFFF):
        yield make(f"{who}-magic-{magic:x}", f"{prefix}attest-type", {"magic": magic})
    for name, signer in (("empty", b""), ("handle", OWNER), ("name", key.name), ("short", key.qualified[:-1])):
        yield make(f"{who}-signer-{name}", f"{prefix}qualified-signer", {"signer": signer})
    for name, banks in selections(indexes):
        yield make(f"{who}-selection-{name}", f"{prefix}selection", {"banks": banks})
    for count in (0, 2, 16, 17, 0x7FFFFFFF, 0xFFFFFFFF):
        yield make(f"{who}-banks-{count}", f"{prefix}selection", {"bank_count": count})
    yield make(f"{who}-safe", f"{prefix}selection", {"safe": 2})
    for name, digest in (("empty", b""), ("sha1", bytes(20)), ("short", bytes(31)), ("long", bytes(33))):
        yield make(f"{who}-digest-{name}", f"{prefix}pcr-digest", {"pcr_digest": digest})
    yield make(f"{who}-digest-other", f"{prefix}pcr-digest", {"pcr_digest": sha256(b"other")})
    yield make(f"{who}-attest-trailing", f"{prefix}pcr-digest", {"tail": b"\0"})
    for name, extra in extras():
        yield make(f"{who}-extra-{name}", f"{prefix}nonce", {"extra": extra})


def selections(indexes: tuple[int, ...]) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    right = bank(*indexes)
    yield "16", (bank(16),)
    yield "23", (bank(23),)
    yield "with-16", (bank(*indexes, 16),)
    yield "one-less", (bank(*indexes[1:]),)
    yield "one-more", (bank(*indexes, 11),)
    yield "nothing", (bank(),)
    yield "no-bank", ()
    yield "all", (bank(*range(24)),)
    yield "sha1", (bank(*indexes, algorithm=0x0004),)
    yield "sha384", (bank(*indexes, algorithm=0x000C),)
    yield "null", (bank(*indexes, algorithm=0x0010),)
    yield "sha1-and-sha256", (bank(*indexes, algorithm=0x0004), right)
    yield "sha256-and-sha1", (right, bank(*indexes, algorithm=0x0004))
    yield "twice", (right, right)
    yield "and-an-empty-bank", (right, bank())
    for size in (0, 1, 2, 4, 8):
        yield f"size-{size}", (bank(*indexes, size=size),)
    yield "size-255", (struct.pack(">HB", 0x000B, 255) + right[3:],)


def extras() -> Iterator[tuple[str, bytes]]:
    yield "empty", b""
    yield "prefix", good.NONCE[:15]
    yield "padded", good.NONCE + b"\0"
    yield "padded-to-32", good.NONCE + bytes(16)
    yield "hex", good.NONCE.hex().encode()
    yield "reversed", good.NONCE[::-1]
    yield "zeros", bytes(16)
    yield "another", bytes(range(16))
    yield "hashed", sha256(good.NONCE)
    yield "of-64", good.NONCE * 4
    yield "of-65", good.NONCE * 4 + b"\0"
