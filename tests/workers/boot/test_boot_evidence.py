"""What a boot leaves to be judged by is stored raw, from the medium and from the console."""

import base64
from collections.abc import Callable
from typing import Any

from farm.wire import BootJob, Cause, EvidenceSource, Verdict
from workers.boot.run import run_boot
from workers.farm_client import FarmRefused
from workers.machines.host import LabHost

MakeJob = Callable[..., BootJob]
BLOCK = ["---BEGIN CITADEL-ATTEST---", "Q0FUVDE=", "---END CITADEL-ATTEST---"]


def in_base64(**files: bytes) -> dict[str, str]:
    return {f"{name.replace('_', '-')}.bin": base64.b64encode(data).decode() for name, data in files.items()}


def test_files_and_blocks_are_uploaded_and_named(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    files = in_base64(citadel_attest=b"CATT1", citadel_bind=b"CBND1")
    script = ["timing quote 50 us", *BLOCK, *BLOCK, "READY"]
    run_boot(make_job({"script": script, "files": files}), farm, host)
    assert farm.outcome.verdict == Verdict.PASS
    assert [(one.name, one.source, farm.stored[one.digest]) for one in farm.outcome.evidence] == [
        ("citadel-attest.bin", EvidenceSource.ESP, b"CATT1"),
        ("citadel-bind.bin", EvidenceSource.ESP, b"CBND1"),
        ("citadel-attest.txt", EvidenceSource.CONSOLE, "\n".join([*BLOCK, ""]).encode()),
        ("citadel-attest-2.txt", EvidenceSource.CONSOLE, "\n".join([*BLOCK, ""]).encode()),
    ]
    assert [(one.name, one.microseconds) for one in farm.outcome.timings] == [("quote", 50)]


def test_evidence_of_a_boot_that_failed_is_kept_too(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    run_boot(make_job({"script": ["panic"], "files": in_base64(citadel_attest=b"CATT1")}), farm, host)
    assert farm.outcome.cause == Cause.GUEST_PANIC
    assert [one.name for one in farm.outcome.evidence] == ["citadel-attest.bin"]


def test_a_file_that_is_too_large_is_said_and_ends_no_boot(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    files = in_base64(citadel_attest=bytes((64 << 10) + 1))
    run_boot(make_job({"script": ["READY"], "files": files}), farm, host)
    assert (farm.outcome.verdict, farm.outcome.evidence) == (Verdict.PASS, [])
    assert "citadel-attest.bin of more than 65536 bytes" in farm.outcome.detail


def test_evidence_that_the_farm_can_not_store_is_the_farms_fault(farm: Any, host: LabHost, make_job: MakeJob) -> None:
    farm.upload_error = FarmRefused(507, "The disk is full.")
    run_boot(make_job({"script": [*BLOCK, "READY"]}), farm, host)
    assert farm.outcome.cause == Cause.STORAGE_ERROR
    assert "The disk is full" in farm.outcome.detail
