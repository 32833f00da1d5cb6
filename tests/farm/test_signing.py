"""Signed results: read back by another library; keys that are missing are said, never replaced silently."""

import json
import os
from pathlib import Path

import jwt
import pytest

from farm.access import Caller
from farm.appraisals.key_check import prepare_keys
from farm.farm import Farm
from farm.signing import KeyProblem, Signer, statuses
from farm.signing.ear import PROFILE
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    made = Signer(tmp_path / "keys")
    made.make_first(signed_before=False)
    return made


def read_back(token: str, keys: list[dict[str, str]]) -> dict[str, object]:
    """By PyJWT, with nothing but the published key set."""
    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWKSet.from_dict({"keys": keys})[kid]
    return jwt.decode(token, key.key, algorithms=["ES256"], options={"verify_iat": False})


@pytest.mark.usefixtures("project")
def test_an_appraisals_ear_says_what_its_row_says(farm: Farm, admin: Caller) -> None:
    steps.hello(farm)
    assert prepare_keys(farm) is None
    attest.trust(farm)
    attest.enrol(farm)
    boot = attest.build(farm, admin)
    attest.run(farm, boot)
    row = attest.newest(farm, boot)
    read = read_back(row.ear, farm.signer.public_keys())
    assert read["eat_profile"] == PROFILE == "tag:ietf.org,2026:rats/ear#04"
    assert read["eat_nonce"] == steps.boot_now(farm, boot).nonce
    assert read["iat"] == int(row.at.timestamp())
    assert read["ear_verifier_id"] == {"build": row.verifier, "developer": "bootfarm"}
    assert statuses(read) == {"null-1": "affirming"}
    submodule = read["submods"]["null-1"]  # type: ignore[index]
    assert submodule["ear_appraisal_policy_ids"] == [f"sha256:{row.policy_body_digest}"]
    vector = submodule["ear_trustworthiness_vector"]
    assert (vector["instance-identity"], vector["hardware"], vector["executables"]) == (2, 0, 3)


@pytest.mark.usefixtures("project")
def test_a_fault_of_the_verifier_is_signed_as_one(farm: Farm, admin: Caller) -> None:
    steps.hello(farm)
    prepare_keys(farm)
    boot = attest.build(farm, admin)
    with attest.broken_verifier():
        attest.run(farm, boot)
    read = read_back(attest.newest(farm, boot).ear, farm.signer.public_keys())
    assert statuses(read) == {"null-1": "none"}
    assert set(read["submods"]["null-1"]["ear_trustworthiness_vector"].values()) == {-1}  # type: ignore[index]


def test_names_of_older_drafts_are_read() -> None:
    assert statuses({"submods": {"a": {"ear.status": "warning"}, "b": {}}}) == {"a": "warning", "b": "none"}


def test_a_signature_by_another_key_is_refused(signer: Signer, tmp_path: Path) -> None:
    other = Signer(tmp_path / "other")
    other.make_first(signed_before=False)
    token = other.sign({"x": 1})
    ours = {**signer.public_keys()[0], "kid": jwt.get_unverified_header(token)["kid"]}
    with pytest.raises(jwt.InvalidSignatureError):
        read_back(token, [ours])


def test_after_a_rotation_old_results_can_be_checked_and_the_old_private_half_is_gone(
    signer: Signer, tmp_path: Path
) -> None:
    before = signer.sign({"x": 1})
    kid = signer.rotate()
    after = signer.sign({"x": 2})
    keys = signer.public_keys()
    assert keys[0]["kid"] == kid == jwt.get_unverified_header(after)["kid"]
    assert (read_back(before, keys)["x"], read_back(after, keys)["x"]) == (1, 2)
    assert [file.stem for file in (tmp_path / "keys").glob("*.pem")] == [kid]
    assert [(one.kid, one.in_use) for one in signer.files()][0:1] == [(kid, True)]


def test_key_files_are_their_owners_alone_and_no_private_number_is_published(signer: Signer, tmp_path: Path) -> None:
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").glob("[!.]*")} == {0o600}
    assert "d" not in signer.public_keys()[0]


def test_a_second_start_keeps_the_key(signer: Signer) -> None:
    before = signer.public_keys()
    signer.make_first(signed_before=True)
    assert signer.public_keys() == before


@pytest.mark.parametrize("text", ["", "{}", "[]", "3", '{"kty": "EC", "crv": "P-256"}', '{"kty": "EC"'])
def test_a_damaged_public_half_is_named_and_the_others_are_published(signer: Signer, tmp_path: Path, text: str) -> None:
    old = signer.public_keys()[0]["kid"]
    kid = signer.rotate()
    (tmp_path / "keys" / f"{old}.jwk").write_text(text)
    assert [key["kid"] for key in signer.public_keys()] == [kid]
    with pytest.raises(KeyProblem, match=f"{old}.jwk"):
        signer.check()


def test_an_older_public_half_that_is_gone_is_missed_until_somebody_rotates(signer: Signer, tmp_path: Path) -> None:
    old = signer.public_keys()[0]["kid"]
    signer.rotate()
    signer.check()
    (tmp_path / "keys" / f"{old}.jwk").unlink()
    with pytest.raises(KeyProblem, match=f"{old}.jwk"):
        signer.check()
    signer.rotate()
    signer.check()


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("*.pem", "the private half of the key in use, is not there"),
        ("*.jwk", "the public half of a key, is missing"),
        ("current", "the file that names the key in use is missing"),
    ],
)
def test_half_of_the_key_files_missing_is_said_and_nothing_is_signed_or_made(
    signer: Signer, tmp_path: Path, missing: str, said: str
) -> None:
    for file in (tmp_path / "keys").glob(missing):
        file.unlink()
    left = sorted(file.name for file in (tmp_path / "keys").iterdir())
    with pytest.raises(KeyProblem, match=said) as refused:
        signer.make_first(signed_before=True)
    assert "bootfarm keys rotate" in refused.value.next_step
    assert not signer.is_whole()
    assert sorted(file.name for file in (tmp_path / "keys").iterdir()) == left


def test_all_key_files_gone_of_a_farm_that_signed_is_no_fresh_farm(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="has signed results before"):
        Signer(tmp_path / "keys").make_first(signed_before=True)


def test_a_private_half_that_others_can_read_signs_nothing(signer: Signer, tmp_path: Path) -> None:
    for file in (tmp_path / "keys").glob("*.pem"):
        file.chmod(0o644)
    with pytest.raises(KeyProblem, match="its mode is 644"):
        signer.check()


def test_halves_of_two_keys_are_noticed(signer: Signer, tmp_path: Path) -> None:
    other = Signer(tmp_path / "other")
    other.make_first(signed_before=False)
    ours = next((tmp_path / "keys").glob("*.jwk"))
    theirs = json.loads(next((tmp_path / "other").glob("*.jwk")).read_text())
    ours.write_text(json.dumps(theirs))
    with pytest.raises(KeyProblem, match="not halves of one key"):
        signer.check()


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    jobs = [lambda: Signer(tmp_path / "keys").make_first(signed_before=False)] * 6
    assert steps.at_once(*jobs) == [None] * 6
    assert len(list((tmp_path / "keys").glob("*.pem"))) == 1


@pytest.mark.usefixtures("project")
def test_the_farm_says_at_its_start_that_its_key_is_gone_and_goes_on_unsigned(farm: Farm, admin: Caller) -> None:
    steps.hello(farm)
    prepare_keys(farm)
    boot = attest.build(farm, admin)
    attest.run(farm, boot)
    for file in (farm.settings.home / "keys").iterdir():
        os.unlink(file)
    assert "has signed results before" in prepare_keys(farm).message  # type: ignore[union-attr]
    again = attest.build(farm, admin)
    attest.run(farm, again)
    assert (attest.newest(farm, boot).ear != "", attest.newest(farm, again).ear) == (True, "")
