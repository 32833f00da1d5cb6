"""Evidence through a whole farm: of a machine that says the truth, and of one that says whatever a liar types."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from farm.comparing import Comparison, compare
from farm.machines import lab_or_none
from farm.pcrs import PcrValue
from farm.references import rules
from farm.repositories import repositories
from tests.conftest import wait_until
from tests.efi_apps import build_app
from tests.firmware.conftest import BUILD_SECONDS, citadel, shell
from tests.hostile.forge import ENDORSEMENT, Inner, Key
from tests.hostile.good import Outer
from tests.running_farm import running_farm
from tests.system.liar import Attested, framed

__all__ = ["citadel", "shell"]
LIARS_KEY = Key(secret=0x5EC2E7)
LIARS_PLATFORM_KEY = Key(secret=0x5EC2E8, hierarchy=ENDORSEMENT)
COMPLETE = "citadel-attest: complete"
NAME = b"five SHA-256 values of PCRs"  # constant text of the application that only a failure prints
LISTENS = "BOOTFARM READY"

pytestmark = pytest.mark.timeout(BUILD_SECONDS)


@pytest.fixture(scope="module")
def project() -> Iterator[Attested]:
    """On a farm whose operator trusts its own builds, and its virtual machines as they are first seen."""
    with running_farm() as farm:
        farm.add_machine("qemu-1", "libvirt")
        farm.add_machine("qemu-2", "libvirt", tpm=False)
        made = Attested(farm, "attested")
        with farm.farm.db.writing() as session:
            lab = lab_or_none(session, "local")
            assert lab is not None
            rules.trust_first_use(session, lab.id, by="ada", why="a test")
            rules.trust_builds(session, repositories(session)[0].id, by="ada", why="a test")
        yield made
        wait_until("nothing is left", lambda: farm.leftovers() == [], 10)


@pytest.fixture(scope="module")
def honest(project: Attested, citadel: Path) -> int:
    """A boot of citadel-attest that has ended."""
    boot = project.submit(citadel, line=COMPLETE)
    project.ended(boot)
    return boot


@pytest.fixture(scope="module")
def again(project: Attested, citadel: Path, honest: int) -> int:
    """The same image on the same machine once more."""
    boot = project.submit(citadel, line=COMPLETE)
    project.ended(boot)
    return boot


def minted(project: Attested, boot: int) -> Inner:
    """All that the console can show without a TPM: the right nonce, the right image, and a key out of thin air."""
    return Inner(nonce=project.nonce(boot), measurements=(project.image_digest(boot),), key=LIARS_KEY)


def lie(project: Attested) -> int:
    return project.submit(build_app("parrot"), line=LISTENS)


def outcome(project: Attested, boot: int) -> tuple[str, str, str, str | None]:
    row, ended = project.appraisal(boot), project.ended(boot)
    return row.tier, row.reason, ended.verdict or "", ended.cause


def test_a_bound_machine_is_affirming(project: Attested, honest: int) -> None:
    row, ended = project.appraisal(honest), project.ended(honest)
    assert (row.tier, row.reason, ended.verdict) == ("affirming", "", "pass"), ended.detail
    assert all(step["outcome"] == "pass" for step in row.steps)
    assert row.image_digest == project.image_digest(honest).hex()
    assert row.platform_ak_name
    assert "on qemu-1" in row.statement


def test_what_the_host_read_is_what_the_machine_quoted(project: Attested, honest: int) -> None:
    with project.farm.farm.db.reading() as session:
        rows = session.query(PcrValue).filter_by(boot_id=honest).all()
        by_source = {
            source: {row.pcr: row.value for row in rows if row.source == source} for source in ("platform", "host")
        }
    assert set(by_source["platform"]) == {0, 2, 4, 7, 14}
    assert by_source["platform"].items() <= by_source["host"].items()


def test_the_machine_is_the_same_one_in_every_boot(project: Attested, honest: int, again: int) -> None:
    one, other = project.appraisal(honest), project.appraisal(again)
    assert (other.tier, other.platform_ak_name) == ("affirming", one.platform_ak_name)
    assert other.ak_name != one.ak_name


def test_two_boots_of_one_image_measure_the_same(project: Attested, honest: int, again: int) -> None:
    found = compared(project, honest, again)
    assert (found.pcrs, found.lacking) == ((), ())
    assert {"image", "firmware", "verdict", "tier", "enrolment"} <= set(found.same)


def test_another_image_explains_what_its_boot_measured(
    project: Attested, honest: int, citadel: Path, tmp_path: Path
) -> None:
    image = citadel.read_bytes()
    assert image.count(NAME) == 1
    (tmp_path / "other.efi").write_bytes(image.replace(NAME, NAME[::-1]))
    boot = project.submit(tmp_path / "other.efi", line=COMPLETE)
    assert outcome(project, boot) == ("affirming", "", "pass", None)
    found = compared(project, honest, boot)
    assert found.lacking == ()
    assert {one.what for one in found.differs} == {"commit", "image"}
    told = {(one.source, one.pcr): one for one in found.pcrs}
    assert set(told) == {("platform", 4), ("host", 4), ("quote", 10)}
    assert told["quote", 10].why == "follows the image, as expected"
    platform = told["platform", 4]
    assert platform.why == "follows the image, as expected on both sides"
    assert platform.event_a is not None
    assert platform.event_b is not None
    assert platform.event_a.number == platform.event_b.number
    assert platform.event_b.words.startswith("EFI boot services application:")


def compared(project: Attested, a: int, b: int) -> Comparison:
    project.ended(b)
    with project.farm.farm.db.reading() as session:
        return compare(project.farm.farm, session, a, b)


def test_without_a_tpm_of_its_own_a_machine_gets_no_further_than_warning(project: Attested, citadel: Path) -> None:
    with pytest.raises(AssertionError, match=r"can\\?.t be reached on qemu-2: its key is not endorsed"):
        project.submit(citadel, line=COMPLETE, machine="qemu-2")
    boot = project.submit(citadel, line=COMPLETE, machine="qemu-2", allow='allow = { warning = ["qemu-2"] }')
    assert outcome(project, boot) == ("warning", "binding", "pass", None)


def test_a_perfect_quote_by_a_key_out_of_thin_air_is_only_a_warning(project: Attested) -> None:
    boot = lie(project)
    project.tell(boot, framed("ATTEST", minted(project, boot).block))
    assert outcome(project, boot) == ("warning", "binding", "fail", "evidence-rejected")


def test_a_platform_key_out_of_thin_air_is_not_the_machines(project: Attested) -> None:
    boot = lie(project)
    inner = minted(project, boot)
    outer = Outer(inner=inner, key=LIARS_PLATFORM_KEY)
    project.tell(boot, framed("ATTEST", inner.block), framed("BIND", outer.block))
    assert outcome(project, boot) == ("contraindicated", "binding-ak-known", "fail", "evidence-rejected")


def test_two_blocks_are_a_failure_even_if_both_are_perfect(project: Attested) -> None:
    boot = lie(project)
    block = framed("ATTEST", minted(project, boot).block)
    project.tell(boot, block, block)
    assert outcome(project, boot) == ("contraindicated", "framing", "fail", "evidence-rejected")


def test_the_evidence_of_another_boot_is_refused_for_its_nonce(project: Attested, honest: int) -> None:
    console = project.farm.console(f"boot-{honest}")
    replay = console[console.index(b"---BEGIN CITADEL-ATTEST---") : console.index(b"---END CITADEL-BIND---")]
    boot = lie(project)
    project.tell(boot, replay, b"---END CITADEL-BIND---\r\n")
    assert outcome(project, boot) == ("contraindicated", "nonce", "fail", "evidence-rejected")


def test_a_quote_over_another_image_than_the_one_that_was_booted_is_outcome(project: Attested, honest: int) -> None:
    boot = lie(project)
    images = (project.image_digest(honest),)
    project.tell(boot, framed("ATTEST", Inner(nonce=project.nonce(boot), measurements=images, key=LIARS_KEY).block))
    tier, reason, verdict, cause = outcome(project, boot)
    assert (reason, verdict, cause) == ("image", "fail", "evidence-rejected")
    assert tier in ("warning", "contraindicated")


def test_a_machine_that_says_nothing_has_no_tier(project: Attested) -> None:
    boot = lie(project)
    project.tell(boot)
    assert outcome(project, boot) == ("none", "framing", "fail", "evidence-rejected")


def test_a_machine_whose_tpm_was_made_anew_stays_off(project: Attested, honest: int, citadel: Path) -> None:
    kept = project.farm.folder / "machines/tpm/qemu-1"
    kept.rename(kept.with_name(".away"))
    try:
        boot = project.submit(citadel, line=COMPLETE)
        ended = project.ended(boot)
        assert (ended.verdict, ended.cause) == ("infra", "hypervisor-error")
        assert "enrolled with another platform key" in ended.detail
        assert project.farm.console(f"boot-{boot}") == b""
    finally:
        for file in kept.iterdir():
            file.unlink()
        kept.rmdir()
        kept.with_name(".away").rename(kept)
