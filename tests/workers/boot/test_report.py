"""What an application reports of itself: timings and evidence, from a console that may say anything."""

import random

import pytest

from farm.wire import MAX_TIMINGS
from workers.boot.report import Block, Report

BLOCK = b"---BEGIN CITADEL-ATTEST---\nQ0FUVDE=\n---END CITADEL-ATTEST---\n"


def read(*pieces: bytes) -> Report:
    report = Report()
    for piece in pieces:
        report.feed(piece)
    return report


def test_timings_are_read_from_lines_of_their_own() -> None:
    said = b"boot\r\ntiming heap 12 us\r\nthe timing heap 1 us\r\ntiming create-primary 57000 us\r\ntiming x 1 ms\r\n"
    assert [(one.name, one.microseconds) for one in read(said).timings] == [("heap", 12), ("create-primary", 57000)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_block_is_kept_as_it_was_printed(end: bytes) -> None:
    said = b"before" + end + BLOCK.replace(b"\n", end) + b"after" + end
    assert read(said).blocks == [Block("attest", BLOCK)]


def test_the_cuts_between_pieces_do_not_matter() -> None:
    said = b"timing a 1 us\r\n" + BLOCK.replace(b"\n", b"\r\n") + b"timing b 2 us\r\n"
    whole = read(said)
    chance = random.Random(7)
    for _ in range(200):
        cuts = sorted(chance.sample(range(len(said)), 5))
        pieces = [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]
        again = read(*pieces)
        assert (again.blocks, again.timings) == (whole.blocks, whole.timings)


def test_a_second_block_stands_beside_the_first() -> None:
    other = BLOCK.replace(b"Q0FUVDE=", b"Zm9yZ2Vk")
    assert [block.text for block in read(BLOCK + other).blocks] == [BLOCK, other]


def test_a_block_that_begins_again_is_only_its_last_beginning() -> None:
    assert read(b"---BEGIN CITADEL-ATTEST---\nhalf\n" + BLOCK).blocks == [Block("attest", BLOCK)]


def test_a_block_that_never_ends_and_one_that_is_too_long_are_left_out() -> None:
    line = b"A" * 76 + b"\n"
    endless = read(b"---BEGIN CITADEL-BIND---\n", *[line * 1000] * 40)
    assert endless.blocks == []
    assert len(endless._block) < 3 << 20
    endless.feed(b"---END CITADEL-BIND---\n" + BLOCK)
    assert endless.blocks == [Block("attest", BLOCK)]


def test_a_flood_is_bounded() -> None:
    report = read(*(b"timing n%d 1 us\n" % number for number in range(1000)), *[BLOCK] * 100, b"x" * (1 << 20))
    assert len(report.timings) == MAX_TIMINGS
    assert len(report.blocks) == 4
    assert len(report._rest) < 5000


def test_the_end_of_a_long_line_is_not_a_line_of_its_own() -> None:
    assert read(b"x" * 10_000, b"timing a 1 us\n").timings == []
