"""A bundle holds everything that an appraisal needs, and one that was made by hand does no harm."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from farm.evidence.appraisal import Received, Tier, appraise
from farm.evidence.bundle import ATTEST, BIND, CONSOLE, Bundle, BundleRefused, read, write
from farm.evidence.bundle_files import attest_digest
from farm.evidence.policy_text import PolicyRefused
from tests.hostile import good
from tests.hostile.forge import sha256

BUNDLE = Bundle(
    evidence=good.received(),
    expected=replace(good.EXPECTED, tags=frozenset({"qemu", "x86"})),
    policy=good.POLICY,
    at=good.AT,
    source="boot-5120",
    require=Tier.AFFIRMING,
)
WHOLE = write(BUNDLE)


def files(data: bytes = WHOLE) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return made.getvalue()


def test_what_is_written_is_read_and_written_the_same() -> None:
    assert read(WHOLE) == BUNDLE
    assert write(read(WHOLE)) == WHOLE
    assert "bootfarm attest verify --offline" in files()["README.txt"].decode()


def test_what_is_read_is_judged_as_before() -> None:
    given = read(WHOLE)
    first = appraise(BUNDLE.evidence, BUNDLE.expected, BUNDLE.policy, BUNDLE.at)
    assert appraise(given.evidence, given.expected, given.policy, given.at) == first
    assert first.tier is Tier.AFFIRMING


def test_what_there_was_not_is_not_there() -> None:
    empty = replace(
        BUNDLE,
        evidence=Received(b"x"),
        expected=replace(good.EXPECTED, nonce=None, image=None, platform_ak=None, authenticode=None),
    )
    data = write(empty)
    assert not {ATTEST, BIND} & set(files(data))
    assert read(data) == empty


def test_of_all_digests_seen_only_this_one_leaves_the_farm() -> None:
    seen = frozenset({sha256(good.INNER.attest), sha256(b"another boot's")})
    given = read(write(replace(BUNDLE, expected=replace(good.EXPECTED, seen=seen))))
    assert given.expected.seen == {sha256(good.INNER.attest)}
    assert appraise(given.evidence, given.expected, given.policy, given.at).reason == "replay"


def test_the_digest_that_replay_looks_for_is_known_before() -> None:
    wanted = sha256(good.INNER.attest)
    assert attest_digest(good.received()) == wanted
    assert attest_digest(Received(b"", good.INNER.block)) == wanted
    assert attest_digest(Received(good.console(good.INNER.block))) == wanted
    for nothing in (Received(), Received(b"", b"CATT1"), Received(b"---BEGIN CITADEL-ATTEST---\n")):
        assert attest_digest(nothing) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"manifest.json": None}, "manifest.json is missing"),
        ({CONSOLE: None}, "console.bin is missing"),
        ({"../../etc/passwd": b"x"}, "which no bundle has"),
        ({"/etc/passwd": b"x"}, "which no bundle has"),
        ({"evidence/": b""}, "which no bundle has"),
        ({"manifest.json": b"{}"}, "Manifest verifier: field required"),
        ({"manifest.json": b"[" * 50_000}, "can't be read"),
        ({"manifest.json": b" " * 70_000}, "more than 65536 bytes"),
        ({"expected.json": b'{"nonce": 5}'}, "nonce"),
        ({"policy.toml": b"\xff"}, "not UTF-8"),
        ({"evidence/citadel-attest.bin": bytes(2 << 20)}, "more than 1048576 bytes"),
    ],
)
def test_what_is_no_bundle_is_refused_by_a_sentence(changes: dict[str, bytes | None], said: str) -> None:
    content = {name: data for name, data in {**files(), **changes}.items() if data is not None}
    with pytest.raises(BundleRefused) as refused:
        read(packed(content))
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("image_digest", "aa"),
        ("image", "good"),
        ("platform_ak", "0"),
        ("firmware", {"24": {}}),
        ("modules", {"x": "approved"}),
        ("seen", ["00" * 32] * 2),
        ("more", 1),
    ],
)
def test_a_value_of_the_wrong_form_is_named(key: str, value: object) -> None:
    expected = json.loads(files()["expected.json"]) | {key: value}
    with pytest.raises(BundleRefused, match=key):
        read(packed({**files(), "expected.json": json.dumps(expected).encode()}))


@pytest.mark.parametrize("when", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("key", ["issued_at", "expires_at", "appraised_at"])
def test_a_date_at_the_end_of_time_is_refused_and_not_reckoned_with(key: str, when: str) -> None:
    name = "manifest.json" if key == "appraised_at" else "expected.json"
    told = json.loads(files()[name])
    (told if key == "appraised_at" else told["nonce"])[key] = when
    with pytest.raises(BundleRefused, match=rf"The bundle can't be read: .*{key}: input should be"):
        read(packed({**files(), name: json.dumps(told).encode()}))


def test_a_policy_that_is_wrong_is_refused_with_its_line() -> None:
    with pytest.raises(PolicyRefused, match=r"policy\.toml"):
        read(packed({**files(), "policy.toml": b'name = "p"\nrequir = 1\n'}))


def test_other_compressions_twice_the_same_name_and_no_zip_are_refused() -> None:
    with pytest.raises(BundleRefused, match="compressed"):
        read(packed(files(), zipfile.ZIP_LZMA))
    twice = packed(files())
    made = io.BytesIO(twice)
    with zipfile.ZipFile(made, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("policy.toml", b"")
    with pytest.raises(BundleRefused, match="a file twice"):
        read(made.getvalue())
    for data in (b"", b"PK", WHOLE[:-10], WHOLE[100:], b"\0" * 1000):
        with pytest.raises(BundleRefused):
            read(data)


def test_a_bomb_ends_at_the_limit() -> None:
    bomb = packed({**files(), "policy.toml": bytes(50_000_000)})
    assert len(bomb) < 100_000
    with pytest.raises(BundleRefused, match="more than 65536 bytes"):
        read(bomb)


def test_a_damaged_file_inside_is_refused() -> None:
    at = WHOLE.index(CONSOLE.encode()) + len(CONSOLE) + 20
    with pytest.raises(BundleRefused):
        read(WHOLE[:at] + bytes([WHOLE[at] ^ 0xFF]) + WHOLE[at + 1 :])


def test_the_moment_is_that_of_the_appraisal() -> None:
    late = read(write(replace(BUNDLE, at=good.AT + timedelta(days=1))))
    assert appraise(late.evidence, late.expected, late.policy, late.at).reason == "nonce"
