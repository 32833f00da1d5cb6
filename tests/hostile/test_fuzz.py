"""Whatever comes in, a parser refuses it by Malformed or reads it, and nothing but the good evidence is affirming."""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from farm.errors import BadRequest
from farm.evidence import bundle, tpm_signature
from farm.evidence.appraisal import Policy, Received, Tier, appraise
from farm.evidence.blocks import Catt1, Cbnd1
from farm.evidence.bundle import Bundle
from farm.evidence.event_log import EventLog, LogEvent
from farm.evidence.event_words import described
from farm.evidence.framing import ATTEST, BIND, last_reset, unframe
from farm.evidence.reader import Malformed
from farm.evidence.tpm_attest import Attest, selected
from farm.evidence.tpm_public import EccPublic
from tests.hostile import event_logs, good

Raised = TypeVar("Raised", bound=Exception)
INNER, OUTER = good.INNER.block, good.OUTER.block
CONSOLE = good.console(INNER, OUTER)
Edit = tuple[float, bytes, int]
"""Where (a share of the whole), what to write there, and how many bytes it replaces."""
EDITS = some.lists(
    some.tuples(some.floats(0, 1), some.binary(max_size=12), some.integers(0, 12)), min_size=1, max_size=6
)
PIECES = some.sampled_from(
    [
        b"---BEGIN CITADEL-ATTEST---",
        b"---END CITADEL-ATTEST---",
        b"---BEGIN CITADEL-BIND---",
        b"---END CITADEL-BIND---",
        b"\x1b[=3h",
        b"\r\n",
        b"\r",
        b"\0",
        b"QUJD",
        CONSOLE,
        good.framed(INNER, "CITADEL-ATTEST"),
        good.framed(OUTER, "CITADEL-BIND"),
    ]
)


@contextmanager
def refused(kind: type[Raised]) -> Iterator[list[Raised]]:
    """Around what may refuse, and only in this way: by a sentence."""
    found: list[Raised] = []
    try:
        yield found
    except kind as error:
        found.append(error)
    assert all(str(error) for error in found)


def edited(data: bytes, edits: list[Edit]) -> bytes:
    for share, written, replaced in edits:
        at = int(share * len(data))
        data = data[:at] + written + data[at + replaced :]
    return data


@pytest.mark.parametrize(
    ("parse", "sound"),
    [
        (Catt1.parse, INNER),
        (Cbnd1.parse, OUTER),
        (EccPublic.parse, good.INNER_KEY.public),
        (tpm_signature.parse, good.INNER.signature),
        (EventLog.parse, good.OUTER.log),
    ],
    ids=["catt1", "cbnd1", "public", "signature", "event log"],
)
def test_parsers_read_or_refuse(parse: Callable[[bytes], object], sound: bytes) -> None:
    @settings(max_examples=300, deadline=None)
    @given(some.one_of(some.binary(max_size=400), EDITS.map(lambda edits: edited(sound, edits))))
    @example(b"")
    def run(data: bytes) -> None:
        with refused(Malformed) as wrong:
            parse(data)
        assert all(0 <= one.offset <= len(data) for one in wrong)

    parse(sound)
    run()


@settings(max_examples=300, deadline=None)
@given(some.one_of(some.binary(max_size=200), EDITS.map(lambda edits: edited(good.INNER.attest, edits))))
def test_an_attest_is_read_as_far_as_it_goes(data: bytes) -> None:
    found = Attest.read(data)
    fields = (found.signer, found.extra, found.selection, found.pcr_digest)
    known = [field is not None for field in fields]
    assert known == sorted(known, reverse=True)
    assert (found.problem is None) == all(known)
    selected(found.selection or ())


@settings(max_examples=400, deadline=None)
@given(
    some.integers(0, 23),
    some.one_of(some.integers(0, 2**32 - 1), some.sampled_from([1, 3, 4, 6, 8, 0xD, *range(0x80000001, 0x8000000E)])),
    some.one_of(some.binary(max_size=120), EDITS.map(lambda edits: edited(event_logs.file_path("\\A.EFI"), edits))),
)
def test_words_are_found_for_any_event(pcr: int, kind: int, data: bytes) -> None:
    words = described(0, LogEvent(0, pcr, kind, bytes(32), data)).words
    assert words
    assert words.isprintable()


@settings(max_examples=500, deadline=None)
@given(some.lists(some.one_of(PIECES, some.binary(max_size=30)), max_size=12))
def test_a_console_is_unframed_or_refused(parts: list[bytes]) -> None:
    console = b"".join(parts)
    for block in (ATTEST, BIND):
        try:
            found = unframe(console, block, last_reset(console))
        except Malformed:
            continue
        assert found is None or (block.begin in console and block.end in console)


@settings(max_examples=600, deadline=None)
@given(EDITS, EDITS, EDITS, some.integers(1, 7))
def test_damaged_evidence_is_judged_and_never_affirming(
    a: list[Edit], b: list[Edit], c: list[Edit], which: int
) -> None:
    inner = edited(INNER, a) if which & 1 else INNER
    outer = edited(OUTER, b) if which & 2 else OUTER
    console = edited(CONSOLE, c) if which & 4 else b""
    found = appraise(Received(console, inner, outer), good.EXPECTED, good.POLICY, good.AT)
    if found.tier is Tier.AFFIRMING:
        # What is left to change is what proves nothing: other console output, and words of the event log.
        assert inner == INNER
        bound = Cbnd1.parse(outer)
        assert bound.attest == good.OUTER.attest
        assert EventLog.parse(bound.event_log).replay(good.OUTER_INDEXES) == dict(good.OUTER.values)


@settings(max_examples=200, deadline=None)
@given(
    some.one_of(some.text(max_size=200), EDITS.map(lambda e: edited(good.POLICY.text.encode(), e).decode("latin-1")))
)
def test_a_policy_is_read_or_refused(text: str) -> None:
    with refused(BadRequest):
        Policy.parse(text)


WHOLE = bundle.write(Bundle(evidence=good.received(), expected=good.EXPECTED, policy=good.POLICY, at=good.AT))


@settings(max_examples=300, deadline=None)
@given(some.one_of(some.binary(max_size=300), EDITS.map(lambda edits: edited(WHOLE, edits))))
def test_a_bundle_is_read_or_refused(data: bytes) -> None:
    with refused(BadRequest):
        bundle.read(data)


@settings(max_examples=300, deadline=None)
@given(some.sampled_from(["manifest.json", "expected.json", "policy.toml", bundle.ATTEST]), EDITS)
def test_files_of_a_bundle_are_read_or_refused(name: str, edits: list[Edit]) -> None:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(changed, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            new.writestr(entry, edited(content, edits) if entry == name else content)
    with refused(BadRequest):
        read = bundle.read(changed.getvalue())
        appraise(read.evidence, read.expected, read.policy, max(read.at, good.ISSUED))


def test_a_number_of_thousands_of_digits_or_brackets_is_refused() -> None:
    for text in ('{"version": ' + "9" * 6000 + "}", "[" * 50_000, '{"a":' * 50_000):
        changed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(changed, "w") as new:
            for entry in old.namelist():
                new.writestr(entry, text if entry == "manifest.json" else old.read(entry))
        with pytest.raises(BadRequest):
            bundle.read(changed.getvalue())
