"""Whatever a machine did to the block that it printed: what stands between its markers is found, and nothing else."""

import base64

from farm.evidence.printed import spans
from tests.hostile.consoles import BEGIN, BLOCK, BOUND, attest_consoles
from tests.hostile.good import CLOSING, INNER, OPENING, OUTER, console

TEXT = [line for line in (BLOCK + BOUND).split(b"\r\n") if len(line) >= 40]


def left(said: bytes) -> list[bytes]:
    """Lines of the blocks' text that are still there."""
    return [line for line in TEXT if line in said]


def blanked(said: bytes) -> bytes:
    """With dots where a span is."""
    data = bytearray(said)
    for start, end in spans(said):
        data[start:end] = b"." * (end - start)
    return bytes(data)


def test_both_blocks_are_found_without_their_markers_and_all_else_stays() -> None:
    said = console(INNER.block, OUTER.block)
    (inner, outer) = spans(said)
    assert said[: inner[0]].endswith(BEGIN)
    assert said[inner[1] :].startswith(b"---END CITADEL-ATTEST---")
    assert said[outer[1] :] == b"---END CITADEL-BIND---\r\n" + CLOSING
    text = said[inner[0] : inner[1]], said[outer[0] : outer[1]]
    assert [base64.b64decode(one.replace(b"\r\n", b"")) for one in text] == [INNER.block, OUTER.block]
    assert said[inner[1] : outer[0]] == b"---END CITADEL-ATTEST---\r\n---BEGIN CITADEL-BIND---"


def test_a_console_without_a_block_has_none() -> None:
    for said in (b"", OPENING + CLOSING, b"---BEGIN CITADEL-OTHER---\r\nYWJj\r\n", BEGIN, BEGIN + b"\r\n"):
        assert spans(said) == []


def test_a_mangled_block_leaves_no_line_of_its_text() -> None:
    outside = {"no-begin", "end-before-begin", "nested"}  # some of it stands beyond every pair of markers
    for name, said in attest_consoles():
        if name in outside or BEGIN not in said:
            continue
        now = blanked(OPENING + said + BOUND + CLOSING)
        assert left(now) == [], name
        assert OPENING in now, name
        assert CLOSING in now, name


def test_a_block_that_was_begun_and_never_ended_has_the_base64_that_follows() -> None:
    cut = BLOCK[: len(BLOCK) * 2 // 3]
    assert blanked(cut + b"\r\n!panic: out of memory\r\n").endswith(b"!panic: out of memory\r\n")
    assert left(blanked(cut)) == []
    again = blanked(cut + b"\r\n" + OPENING + b"hello\r\n" + BLOCK + CLOSING)
    assert b"hello" in again
    assert left(again) == []


def test_an_end_far_away_is_no_end() -> None:
    said = BEGIN + b"\r\n" + b"a word\r\n" * 200_000 + b"---END CITADEL-ATTEST---\r\n"
    assert spans(said) == []


def test_a_console_full_of_markers_takes_no_longer_than_it_is_long() -> None:
    assert len(spans((BEGIN + b"\r\nYWJj\r\n") * 100_000)) == 100_000
