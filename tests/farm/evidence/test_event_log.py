"""The event log: replay, and its events in words."""

import struct

import pytest

from farm.evidence.event_log import EventLog, LogEvent
from farm.evidence.event_words import described
from farm.evidence.reader import Malformed
from tests.hostile import event_logs
from tests.hostile.forge import extended, sha256

THREE = ((0x0004, 20), (0x000B, 32), (0x000C, 48))
ONE = (4, event_logs.APPLICATION, sha256(b"one"), event_logs.file_path(r"\EFI\BOOT\BOOTX64.EFI"))


def test_the_sha256_bank_is_replayed_among_others() -> None:
    entries = [event_logs.measured(4, event_logs.SEPARATOR, bytes(4)), ONE]
    log = EventLog.parse(event_logs.header(THREE, b"vendor") + b"".join(event_logs.event(e, THREE) for e in entries))
    assert log.replay([0, 4]) == {0: bytes(32), 4: extended(*(entry[2] for entry in entries))}
    assert next(event.offset for event in log.events) == len(event_logs.header(THREE, b"vendor"))


@pytest.mark.parametrize("locality", [0, 3, 4])
def test_the_locality_of_startup_is_where_pcr0_begins(locality: int) -> None:
    startup = (0, 3, bytes(32), b"StartupLocality\0" + bytes([locality]))
    log = EventLog.parse(event_logs.log([startup, (0, 1, sha256(b"x"), b"")]))
    assert log.replay([0])[0] == sha256(bytes(31) + bytes([locality]), sha256(b"x"))


def test_no_action_is_never_extended() -> None:
    assert EventLog.parse(event_logs.log([(4, 3, sha256(b"x"), b"hidden")])).replay([4]) == {4: bytes(32)}


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (b"", "needs 4 bytes, 0 are left"),
        (event_logs.event(ONE), "not the header of a crypto-agile log"),
        (event_logs.header(((0x0004, 20),)), "no SHA-256"),
        (event_logs.header(((0x000B, 20),)), "no SHA-256"),
        (event_logs.header(((0x000B, 32), (0x000B, 32))), "comes twice"),
        (event_logs.header() + event_logs.event(ONE, THREE), "counts 3, 1 is allowed"),
        (event_logs.header(THREE) + event_logs.event(ONE, ((0x0004, 20),)), "have none of SHA-256"),
        (event_logs.header(THREE) + event_logs.event(ONE, ((0x000B, 32),) * 2), "is not in the header, or comes twice"),
        (event_logs.header() + event_logs.event((24, 1, bytes(32), b"")), "there are PCR 0 to 23"),
        (event_logs.header() + event_logs.event(ONE)[:-1], f"needs {len(ONE[3])} bytes, {len(ONE[3]) - 1} are left"),
    ],
)
def test_what_is_wrong_is_named_with_its_offset(log: bytes, said: str) -> None:
    with pytest.raises(Malformed, match=said) as refused:
        EventLog.parse(log)
    assert "event log" in str(refused.value)
    assert 0 <= refused.value.offset <= len(log)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (0x80000003, ONE[3], r"EFI boot services application: \EFI\BOOT\BOOTX64.EFI"),
        (0x80000003, ONE[3][:-1], "bytes that can't be read"),
        (0x80000001, event_logs.variable("SecureBoot", b"\1"), '"SecureBoot" of'),
        (0x80000001, event_logs.variable("db", bytes(700)), "= 700 bytes"),
        (0x80000007, b"Exit Boot Services Invocation", 'EFI action: "Exit Boot Services Invocation"'),
        (0x80000007, "caf\xe9".encode(), "bytes that can't be read"),
        (0x80000007, b"a\x1b[31m", "\N{REPLACEMENT CHARACTER}"),
        (0x8, "2022.11\0".encode("utf-16-le"), 'firmware version: "2022.11"'),
        (0x80000008, struct.pack("<QQ", 0x820000, 917504), "917504 bytes at 0x820000"),
        (0x4, bytes(4), "separator"),
        (0xD, b"\0\x0b" + bytes(32), "000b00"),
        (0x12345678, b"", "event 0x12345678"),
    ],
)
def test_events_in_words(kind: int, data: bytes, words: str) -> None:
    event = described(7, LogEvent(0, 4, kind, bytes(32), data))
    assert words in event.words
    assert (event.number, event.pcr) == (7, 4)
    assert event.words.isprintable()
