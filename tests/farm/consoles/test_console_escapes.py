"""Escapes taken out for display."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farm.consoles import shown, strip_escapes


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b[2J\x1b[01;01H\x1b[=3h\x1b[0m\x1b[37mUEFI Interactive Shell", b"UEFI Interactive Shell"),
        (b"\x1b]0;title\x07prompt", b"prompt"),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", b"link"),
        (b"\x1bPq#0\x1b\\after", b"after"),
        (b"\x1b(B\x1b)0\x1b7\x1b8\x1b=\x1bMtext", b"text"),
        (b"colour \x1b[38;2;1;2;3mred\x1b[0 q", b"colour red"),
        (b"cut \x1b", b"cut "),
        (b"cut \x1b[", b"cut "),
        (b"cut \x1b[38;5", b"cut "),
        (b"cut \x1b]0;never ended", b"cut "),
        (b"\x1b]0;never ended\r\nnext", b"\r\nnext"),
        (b"\x1b[12\nnext", b"\nnext"),
        (b"\x1b\x1b[1mbold", b"bold"),
        (b"a\x08\x00\x07\x0b\x0c\x7fb\tc", b"ab\tc"),
        (b"a\xc2\x9b31mb \xc2\xa9", b"a31mb \xc2\xa9"),
        (b"plain \xc3\xa9", b"plain \xc3\xa9"),
    ],
)
def test_a_sequence_is_taken_out_and_the_text_stays(raw: bytes, text: bytes) -> None:
    assert strip_escapes(raw) == text


@given(st.binary(max_size=60))
def test_line_ends_and_plain_text_survive_any_bytes(data: bytes) -> None:
    stripped = strip_escapes(data)
    assert [byte for byte in stripped if byte in b"\r\n"] == [byte for byte in data if byte in b"\r\n"]
    assert not any(byte < 32 and byte not in b"\t\r\n" for byte in stripped)


@given(st.text(st.characters(min_codepoint=0xA0, exclude_categories=["Cs"])))
def test_text_beyond_ascii_is_shown_as_it_is(text: str) -> None:
    assert shown(text.encode()) == text


def test_half_a_character_at_a_cut_is_left_out() -> None:
    assert shown("aé".encode()[:-1], cut=True) == "a"
    assert shown("aé".encode()[:-1]) == "a\\xc3"


def test_a_megabyte_of_hostile_escapes_takes_no_longer_than_plain_text_would() -> None:
    assert strip_escapes(b"\x1b[" * 500_000) == b""
    assert strip_escapes(b"\x1b]" + b"0" * 1_000_000) == b""
    assert strip_escapes(b"\x1b" + b" " * 1_000_000) == b""
