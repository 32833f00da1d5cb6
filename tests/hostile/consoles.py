"""Consoles and files that carry the good block in a way that no honest machine does."""

import base64
from collections.abc import Iterator

from farm.evidence.appraisal import Received, Tier
from farm.evidence.blocks import LONGEST
from tests.hostile.good import CLOSING, INNER, OPENING, OUTER, console, framed
from tests.hostile.mutant import Mutant

ATTEST, BIND = "CITADEL-ATTEST", "CITADEL-BIND"
BLOCK = framed(INNER.block, ATTEST)
BOUND = framed(OUTER.block, BIND)
BEGIN, END = b"---BEGIN CITADEL-ATTEST---", b"---END CITADEL-ATTEST---"
LINES = BLOCK.split(b"\r\n")


def mutants() -> Iterator[Mutant]:
    for name, said in attest_consoles():
        yield Mutant(name=f"console-{name}", step="framing", evidence=Received(OPENING + said + BOUND + CLOSING))
    for name, said in list(attest_consoles()):
        if ATTEST.encode() in said:
            bound = OPENING + BLOCK + said.replace(ATTEST.encode(), BIND.encode()) + CLOSING
            yield Mutant(name=f"console-bind-{name}", step="binding-framing", evidence=Received(bound))
    for size in range(len(OPENING), len(OPENING + BLOCK) - 2):
        said = (OPENING + BLOCK)[:size]
        silent = BEGIN not in said and b"---END" not in said
        tier = Tier.NONE if silent else Tier.CONTRAINDICATED
        yield Mutant(name=f"console-cut-{size}", step="framing", tier=tier, evidence=Received(said))
    for name, said in silences():
        yield Mutant(name=f"silence-{name}", step="framing", tier=Tier.NONE, evidence=Received(said))
    yield from channels()
    yield from resets()


def attest_consoles() -> Iterator[tuple[str, bytes]]:
    text = b"".join(LINES[1:-2])
    yield "two-blocks", BLOCK + BLOCK
    yield "two-begins", BEGIN + b"\r\n" + BLOCK
    yield "two-ends", BLOCK + END + b"\r\n"
    yield "end-before-begin", END + b"\r\n" + b"\r\n".join(LINES[1:-2]) + b"\r\n" + BEGIN + b"\r\n"
    yield "nested", b"\r\n".join([LINES[0], BLOCK.rstrip(), *LINES[1:]])
    yield "no-end", b"\r\n".join(LINES[:-2]) + b"\r\n"
    yield "no-begin", b"\r\n".join(LINES[1:])
    yield "nothing-between", BEGIN + b"\r\n" + END + b"\r\n"
    yield "begin-in-a-log-line", b"[    1.0] " + BLOCK
    yield "begin-with-more-behind", BLOCK.replace(BEGIN, BEGIN + b" now")
    yield "begin-with-a-blank", BLOCK.replace(BEGIN, BEGIN + b" ")
    yield "end-with-more-before", BLOCK.replace(END, b"> " + END)
    yield "end-behind-the-last-line", BLOCK.replace(b"\r\n" + END, END)
    yield "another-marker-in-a-log-line", BLOCK + b"[    2.0] seen: " + BEGIN + b"\r\n"
    yield "an-end-in-a-log-line", b"[    0.5] waiting for " + END + b"\r\n" + BLOCK
    yield "more-dashes", BLOCK.replace(b"---", b"----")
    yield "carriage-returns-only", BLOCK.replace(b"\r\n", b"\r")
    yield "ansi-inside", b"\r\n".join([*LINES[:2], b"\x1b[0m" + LINES[2], *LINES[3:]])
    yield "ansi-at-each-line", BLOCK.replace(b"\r\n", b"\r\n\x1b[37m")
    yield "nul-inside", BLOCK.replace(LINES[2], LINES[2][:5] + b"\0" + LINES[2][5:])
    yield "backspace-inside", BLOCK.replace(LINES[2], LINES[2][:5] + b"x\b" + LINES[2][5:])
    yield "blank-inside", BLOCK.replace(LINES[2], LINES[2][:5] + b" " + LINES[2][5:])
    yield "blank-behind", BLOCK.replace(LINES[2], LINES[2] + b" ")
    yield "empty-line-inside", BLOCK.replace(LINES[2], LINES[2] + b"\r\n")
    yield "log-line-inside", BLOCK.replace(LINES[2], LINES[2] + b"\r\n[    1.0] interrupt")
    yield "carriage-return-twice", BLOCK.replace(b"\r\n", b"\r\r\n")
    yield "one-long-line", b"\r\n".join([LINES[0], text, *LINES[-2:]])
    yield "line-of-77", b"\r\n".join([LINES[0], text[:77], text[77:], *LINES[-2:]])
    yield "url-alphabet", BLOCK.replace(b"+", b"-").replace(b"/", b"_")
    yield "no-padding", BLOCK.replace(b"=", b"")
    yield "more-padding", BLOCK.replace(LINES[-3], LINES[-3] + b"=")
    yield "padding-inside", BLOCK.replace(LINES[2], LINES[2][:-2] + b"==")
    yield "bits-left-over", BLOCK.replace(LINES[-3], _with_a_bit_left_over(LINES[-3]))
    yield "hexadecimal", b"\r\n".join([LINES[0], INNER.block.hex().encode()[:75], *LINES[-2:]])
    yield "not-ascii", BLOCK.replace(LINES[2], b"\xc3\xa9" + LINES[2][2:])
    yield "fullwidth", BLOCK.replace(LINES[2], "\uff21".encode() + LINES[2][3:])
    longest = base64.b64encode(bytes(2 * LONGEST["CBND1"]))
    lines = [longest[at : at + 76] for at in range(0, len(longest), 76)]
    yield "far-too-long", b"\r\n".join([BEGIN, *lines, END, b""])
    yield "line-of-a-megabyte", BLOCK.replace(LINES[2], LINES[2] + b"A" * 1_000_000)
    yield "begin-on-a-line-of-a-megabyte", b"x" * 1_000_000 + BLOCK


def _with_a_bit_left_over(line: bytes) -> bytes:
    """The same bytes by another text: the last character before the padding holds bits that no byte takes."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    text = line.rstrip(b"=")
    assert text != line, "the good block needs padding for this"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1 :][:1] + line[len(text) :]


def silences() -> Iterator[tuple[str, bytes]]:
    yield "nothing", b""
    yield "no-marker", OPENING + CLOSING
    yield "utf-16", BLOCK.decode().encode("utf-16-le")
    yield "ansi-inside-the-markers", BLOCK.replace(b"CITADEL", b"CIT\x1b[0mADEL")
    yield "nul-inside-the-markers", BLOCK.replace(b"CITADEL", b"CIT\0ADEL")
    yield "other-dashes", BLOCK.replace(b"---", "\u2014".encode())
    yield "lower-case", BLOCK.lower()
    yield "line-of-100-megabytes", b"x" * 100_000_000


def channels() -> Iterator[Mutant]:
    other = bytearray(INNER.block)
    other[-1] ^= 1
    for name, esp in (
        ("one-bit", bytes(other)),
        ("empty", b""),
        ("longer", INNER.block + b"\0"),
        ("outer", OUTER.block),
    ):
        evidence = Received(console(INNER.block, OUTER.block), esp, OUTER.block)
        yield Mutant(name=f"channels-attest-{name}", step="channels-agree", evidence=evidence)
    for name, esp in (("empty", b""), ("inner", INNER.block), ("cut", OUTER.block[:-1])):
        evidence = Received(console(INNER.block, OUTER.block), INNER.block, esp)
        yield Mutant(name=f"channels-bind-{name}", step="binding-channels-agree", evidence=evidence)
    yield Mutant(name="esp-empty", step="structure", evidence=Received(b"", b"", None))
    yield Mutant(name="esp-framed", step="structure", evidence=Received(b"", BLOCK, OUTER.block))
    too_long = Received(b"", INNER.block + bytes(LONGEST["CATT1"]), OUTER.block)
    yield Mutant(name="esp-too-long", step="framing", evidence=too_long)
    bind_too_long = Received(b"", INNER.block, OUTER.block + bytes(LONGEST["CBND1"]))
    yield Mutant(name="esp-bind-too-long", step="binding-framing", evidence=bind_too_long)
    yield Mutant(name="esp-bind-empty", step="binding-structure", evidence=Received(b"", INNER.block, b""))
    yield Mutant(name="outer-alone", step="framing", evidence=Received(b"", None, OUTER.block))
    yield Mutant(name="outer-alone-on-the-console", step="framing", evidence=Received(OPENING + BOUND))
    yield Mutant(name="swapped-files", step="structure", evidence=Received(b"", OUTER.block, INNER.block))
    yield Mutant(name="console-of-129-mebibytes", step="framing", evidence=Received(bytes(129 << 20) + BLOCK))


def resets() -> Iterator[Mutant]:
    """The last boot of the machine is the one that is judged."""
    before = OPENING + BLOCK + BOUND
    half = len(BLOCK) // 2
    for name, said, esp in (
        ("block-of-the-boot-before", before + OPENING + CLOSING, None),
        ("block-of-the-boot-before-and-its-file", before + OPENING + CLOSING, INNER.block),
        ("split-by-a-reset", OPENING + BLOCK[:half] + OPENING + BLOCK[half:], None),
        ("begin-before-a-reset", OPENING + LINES[0] + b"\r\n" + OPENING + b"\r\n".join(LINES[1:]), None),
    ):
        yield Mutant(name=f"reset-{name}", step="framing", evidence=Received(said, esp))
