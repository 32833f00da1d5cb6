"""The console scanner: texts on stripped lines, offsets in raw bytes, pieces of any size."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.boot.escapes import EscapeStripper
from workers.boot.markers import Hit, Scanner


def scan(pieces: list[bytes], *texts: str) -> dict[str, int]:
    scanner = Scanner({text: text for text in texts})
    hits: list[Hit] = [hit for piece in pieces for hit in scanner.feed(piece)]
    return {hit.name: hit.offset for hit in hits}


def strip(pieces: list[bytes]) -> bytes:
    stripper = EscapeStripper()
    return b"".join(text for piece in pieces for _, text in stripper.feed(piece))


RAW = b"\x1b[2J\x1b[01;01H\xff\xfe junk\r\n\x1b[1mBOOT\x1b[0m\x1b[37mFARM\x1b[0m READY\r\n"


@pytest.mark.parametrize("cut", range(len(RAW) + 1))
def test_a_marker_is_met_at_its_raw_offset_wherever_the_stream_is_cut(cut: int) -> None:
    assert scan([RAW[:cut], RAW[cut:]], "BOOTFARM READY") == {"BOOTFARM READY": RAW.index(b"BOOT")}


def test_a_stream_of_single_bytes_meets_the_same_marker() -> None:
    assert scan([bytes([b]) for b in RAW], "FARM READY") == {"FARM READY": RAW.index(b"FARM")}


noise = st.lists(
    st.sampled_from(
        [b"\x1b", b"[", b"]", b"1;2", b"m", b"H", b"\x07", b"\\", b"(", b"B", b"READY", b"\r", b"\n", b"\xff"]
    )
).map(b"".join)


@given(raw=noise, cuts=st.lists(st.integers(0, 60)))
def test_stripping_and_offsets_do_not_depend_on_the_cuts(raw: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(raw), *(min(cut, len(raw)) for cut in cuts)})
    pieces = [raw[a:b] for a, b in pairwise(edges)]
    assert strip(pieces) == strip([raw])
    assert scan(pieces, "READY") == scan([raw], "READY")


@given(raw=st.binary(max_size=300).filter(lambda raw: b"\x1b" not in raw))
def test_bytes_without_escapes_pass_unchanged(raw: bytes) -> None:
    assert strip([raw]) == raw


@given(raw=noise)
def test_a_hit_points_at_the_markers_first_byte(raw: bytes) -> None:
    offset = scan([raw], "READY").get("READY")
    assert offset is None or re.match(rb"R", raw[offset:])


@pytest.mark.parametrize("raw", [b"BOOTFARM RE", b"BOOTFARM RE\nADY", b"BOOTFARM RE\rADY", b"BOOTFARM RE\r\nADY"])
def test_half_a_marker_or_one_over_two_lines_is_no_match(raw: bytes) -> None:
    assert scan([raw], "BOOTFARM READY") == {}


def test_an_escape_that_never_ends_hides_no_later_line() -> None:
    assert "READY" in scan([b"\x1b]0;title without an end\nREADY\n"], "READY")
    assert "READY" in scan([b"\x1b[1;2\nREADY\n"], "READY")
    assert "READY" in scan([b"\x1b]" + b"x" * 10_000 + b"READY"], "READY")


def test_a_line_of_a_megabyte_is_searched_in_bounded_memory() -> None:
    scanner = Scanner({"end": "THE END"})
    for _ in range(1024):
        scanner.feed(b"x" * 1024)
    assert scanner.feed(b"THE END") == [Hit("end", 1 << 20)]
    assert len(scanner._window) <= 4096


def test_the_last_line_is_the_last_one_with_text_in_printable_characters() -> None:
    scanner = Scanner({})
    scanner.feed(b"first\r\nlast \x1b[1mone\x1b[0m\x00\r\n\r\n")
    assert scanner.last_line == "last one\N{REPLACEMENT CHARACTER}"
