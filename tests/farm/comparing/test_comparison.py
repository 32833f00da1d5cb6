"""Two boots side by side: what differs, what was compared, and which side lacks something."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from farm.access import Caller
from farm.asking.between import PcrPair
from farm.comparing import compare
from farm.comparing.commits import commits_between
from farm.comparing.console import divergence, masked
from farm.comparing.events import Proven, proven_events
from farm.comparing.measured import Measured, first_difference, pcr_differences
from farm.consoles import ConsoleStore, Limits
from farm.consoles.stream import Stream
from farm.demo.shape import Part
from farm.errors import NotFound
from farm.evidence.event_log import EventLog
from farm.evidence.inputs import Received
from farm.evidence.results import Event
from farm.farm import Farm
from farm.references.derived import pcr4_of
from tests.conftest import commit_files
from tests.farm import attest_steps as attest
from tests.farm import farm_steps
from tests.farm.made_up import FLAPS, SHAPE, machine
from tests.hostile import event_logs
from tests.hostile.forge import Inner, sha256
from tests.hostile.good import INNER_KEY, OUTER, OUTER_INDEXES, Outer, received

LAST = SHAPE.commits - 1
NOW = datetime.now(UTC)


def test_a_detour_is_told_by_its_pcr_and_by_the_first_console_line_that_differs(made_up: Farm) -> None:
    one = machine(Part.DETOUR)
    a, b = (SHAPE.boot(LAST - FLAPS + step, one) for step in (0, 2))
    with made_up.db.reading() as session:
        found = compare(made_up, session, a, b)
    assert {one.what for one in found.differs} == {"commit", "image", "tier"}
    assert {(one.source, one.pcr): one.why.split(";")[0][:22] for one in found.pcrs} == {
        ("platform", 4): "in b the image " + found.differs[1].b[:7],
        ("quote", 10): "follows the image, as ",
    }
    assert found.console is not None
    assert (found.console.line_a, found.console.a) == (3, "starting Boot0001")
    assert (found.console.line_b, found.console.b) == (3, "Boot0001 failed, trying Boot0003")
    assert found.a.steps["firmware"] > 0
    assert "b has no event log that can be read" in found.lacking


def test_a_boot_and_itself_do_not_differ_and_it_is_said_what_was_compared(made_up: Farm) -> None:
    number = SHAPE.boot(LAST, machine(Part.FLAPPING))
    with made_up.db.reading() as session:
        found = compare(made_up, session, number, number)
    assert found.sentence.startswith("Nothing differs. Compared: repository, commit, image, machine, firmware")
    assert "7 PCRs" in found.same
    assert "6 console lines" in found.same


def test_a_side_without_evidence_is_named(made_up: Farm) -> None:
    a, b = (SHAPE.boot(LAST, machine(part)) for part in (Part.NEVER, Part.DETOUR))
    with made_up.db.reading() as session:
        found = compare(made_up, session, a, b)
    assert "a gave no evidence, so nothing that it measured is compared" in found.lacking
    assert found.pcrs == ()
    assert {one.what for one in found.differs} == {"machine", "tier"}


def test_a_boot_that_there_is_not_is_refused(made_up: Farm) -> None:
    with made_up.db.reading() as session, pytest.raises(NotFound):
        compare(made_up, session, 1, 10**9)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("[    0.123456] up", "[   99.000001] up"),
        ("loaded at 0x7e000000", "loaded at 0x7F001000"),
        ("took 12 ms", "took 1.5 s"),
        ("2026-11-23T06:00:00Z ready", "2025-01-01 12:30:01.5 ready"),
        ("key 0f1e2d3c4b5a6978", "key 9988776655443322"),
        ("mac 52:54:00:12:34:56", "mac 52:54:00:65:43:21"),
        ("many   spaces", "many spaces"),
    ],
)
def test_what_differs_in_every_boot_is_masked(a: str, b: str) -> None:
    assert masked(a) == masked(b)


@pytest.mark.parametrize(("a", "b"), [("PCR 4", "PCR 5"), ("Boot0001 failed", "Boot0003 failed"), ("ok", "not ok")])
def test_what_tells_something_is_not_masked(a: str, b: str) -> None:
    assert masked(a) != masked(b)


def _stream(folder: Path, name: str, text: str) -> Stream:
    stream = ConsoleStore(folder, Limits()).stream(name, "serial")
    stream.append(0, text.encode(), NOW)
    return stream


def test_evidence_on_a_console_is_no_divergence_and_the_shorter_console_is_told(tmp_path: Path) -> None:
    block = "---BEGIN CITADEL-ATTEST---\n{}\n---END CITADEL-ATTEST---\n"
    a = _stream(tmp_path, "boot-1", f"one\n{block.format('AAAA')}two\n")
    b = _stream(tmp_path, "boot-2", f"one\n\n{block.format('BBBB')}two\nthree\n")
    same, _ = divergence(a, a)
    found, lines = divergence(a, b)
    assert same is None
    assert found is not None
    assert (found.a, found.b, lines) == (None, "three", 2)


def _event(number: int, pcr: int, words: str) -> Event:
    return Event(number, pcr, "EFI boot services application", bytes([number]) * 32, words)


def test_the_first_differing_event_is_told_where_both_logs_are_proven() -> None:
    shared = (_event(2, 4, "action"),)
    a = (*shared, _event(5, 4, "BOOTX64.EFI"))
    b = (*shared, _event(3, 4, "FALLBACK.EFI"), _event(5, 4, "BOOTX64.EFI"))
    assert first_difference(a, b) == (a[1], b[1])
    assert first_difference(shared, shared) == (None, None)
    assert first_difference(a, a + b[1:]) == (None, b[1])
    assert first_difference(None, b) == (None, None)


def test_another_program_before_the_image_is_told_in_words() -> None:
    authenticode = "ab" * 32
    direct = pcr4_of(bytes.fromhex(authenticode)).hex()
    events = (_event(5, 4, "BOOTX64.EFI"),)
    detour = (_event(3, 4, r"\EFI\BOOT\FALLBACK.EFI"), *events)
    a = Measured("1" * 64, "2" * 64, authenticode, "f", Proven({("platform", 4): events}))
    b = Measured("1" * 64, "2" * 64, authenticode, "f", Proven({("platform", 4): detour}))
    (found,) = pcr_differences([PcrPair("platform", 4, direct, "9" * 64), PcrPair("platform", 14, "1", "2")], a, b)
    assert found.why.startswith(f"in b the image 1111111111 predicts {direct[:10]}, and the machine shows 9999999999")
    assert r"first differing event: #3 \EFI\BOOT\FALLBACK.EFI in b, not in a" in found.why


@pytest.fixture
def ready(farm: Farm, admin: Caller, project: Path) -> int:
    """A boot of a machine with a key, on a farm that trusts what it builds and sees first."""
    farm_steps.hello(farm)
    attest.trust(farm)
    attest.enrol(farm)
    return attest.build(farm, admin)


def test_a_log_that_the_verifier_refused_explains_nothing(farm: Farm, ready: int, admin: Caller) -> None:
    attest.run(farm, ready)
    forged = attest.build(farm, admin)

    def lying() -> attest.Left:
        """The firmware differs, and the log names another program for it than the one that ran."""
        honest = attest.good(farm, forged, firmware=b"patched firmware")
        nonce = bytes.fromhex(farm_steps.boot_now(farm, forged).nonce)
        inner = Inner(nonce=nonce, measurements=(attest.IMAGE,), key=INNER_KEY)
        true = event_logs.direct_boot(attest.AUTHENTICODE, INNER_KEY.name)
        true[2] = (0, 0x80000008, sha256(b"patched firmware"), true[2][3])
        values = tuple(EventLog.parse(event_logs.log(true)).replay(OUTER_INDEXES).items())
        false = [*true]
        false[2] = (0, 0x80000008, sha256(b"a vendor's update"), true[2][3])
        return attest.Left(honest.inner, Outer(inner=inner, pcrs=values, entries=tuple(false)).block)

    attest.run(farm, forged, left=lying)
    assert attest.newest(farm, forged).reason == "binding-event-log"
    with farm.db.reading() as session:
        found = compare(farm, session, ready, forged)
    assert "b has an event log that contradicts its quote in PCR 0, so the log is not used" in found.lacking
    (pcr0,) = [one for one in found.pcrs if one.pcr == 0]
    assert (pcr0.event_a, pcr0.event_b) == (None, None)
    assert "first differing event" not in pcr0.why


def test_a_log_is_used_for_the_values_that_it_replays_to(farm: Farm, ready: int, admin: Caller) -> None:
    attest.run(farm, ready)
    other = attest.build(farm, admin)
    attest.run(farm, other, firmware=b"other firmware")
    with farm.db.reading() as session:
        found = compare(farm, session, ready, other)
    assert not any("log" in one for one in found.lacking)
    (pcr0,) = found.pcrs
    assert pcr0.event_a is not None
    assert pcr0.event_b is not None
    assert pcr0.event_a.number == pcr0.event_b.number == 2
    assert pcr0.why.startswith("first differing event: #2 firmware blob")


def test_each_source_bears_out_its_own_values() -> None:
    log = EventLog.parse(OUTER.log).replay({0, 4, 5})
    shown = {("platform", 0): log[0].hex(), ("platform", 4): log[4].hex()}
    later = {("host", 4): log[4].hex(), ("host", 5): "5" * 64}
    found = proven_events(received(), {**shown, **later, ("quote", 10): "1" * 64})
    assert set(found.events) == {("platform", 0), ("platform", 4), ("host", 4)}, "the host read PCR 5 after the log"
    assert {event.pcr for event in found.events["host", 4]} == {4}
    assert proven_events(received(), {("quote", 10): "1" * 64}).refused.startswith("an event log that no PCR value")
    assert proven_events(Received(), shown).refused == "no event log that can be read"


@pytest.mark.usefixtures("project")
def test_commits_between_come_from_the_mirror_in_either_direction(farm: Farm, project: Path) -> None:
    first = commit_files(project, {"a": "1"}, "one")
    commit_files(project, {"a": "2"}, "two")
    last = commit_files(project, {"a": "3"}, "three")
    url = str(project)
    assert commits_between(farm, url, first, last).commits == (), "the farm has not fetched it yet"
    farm.mirror(url).refresh()
    forth, back = commits_between(farm, url, first, last), commits_between(farm, url, last, first)
    assert (forth.newer, [one.subject for one in forth.commits]) == ("b", ["three", "two"])
    assert (back.newer, back.commits) == ("a", forth.commits)
    assert commits_between(farm, url, first, first).sentence == "Both boots are of the same commit."
