"""Collects what a boot proves itself by: files on its medium, and blocks on its console."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import structlog

from farm.wire import EvidenceFile, EvidenceSource, PcrValue
from workers.boot.report import Block
from workers.farm_client import JobClient
from workers.machines.errors import MediumFailed, TpmFailed
from workers.machines.protocols import BootMedium, Tpm

# Names of attestation.md section 2 and bytes, with room; the second is not looked for without the first.
FILES: Final = {"citadel-attest.bin": 64 << 10, "citadel-bind.bin": 2 << 20}

log = structlog.get_logger()


@dataclass
class Evidence:
    """What was found on the medium, and why something there was not; and what the host read from the TPM."""

    files: dict[str, bytes] = field(default_factory=dict)
    problem: str = ""
    host_pcrs: list[PcrValue] = field(default_factory=list)

    def collect(self, medium: BootMedium) -> None:
        """Read the medium of a machine that is off. What can't be read is the machine's doing and ends no boot."""
        for name, limit in FILES.items():
            try:
                found = medium.read(name, limit)
            except MediumFailed as error:
                self.problem = str(error)
                log.warning("evidence.unreadable", file=name, error=self.problem)
                return
            if found is None:
                return
            self.files[name] = found

    def observe(self, tpm: Tpm) -> None:
        """Read the PCRs of a machine that is off. Without them the boot is what it was."""
        try:
            read = tpm.pcrs()
        except TpmFailed as error:
            log.warning("evidence.no_host_pcrs", error=str(error))
            return
        self.host_pcrs = [PcrValue(index=index, value=value.hex()) for index, value in sorted(read.items())]

    def store(self, blocks: list[Block], client: JobClient) -> list[EvidenceFile]:
        """Upload all of it, raw; what to tell the farm of each."""
        stored = [_stored(client, name, EvidenceSource.ESP, data) for name, data in self.files.items()]
        seen: Counter[str] = Counter()
        for block in blocks:
            seen[block.kind] += 1
            again = f"-{seen[block.kind]}" if seen[block.kind] > 1 else ""
            name = f"citadel-{block.kind}{again}.txt"
            stored.append(_stored(client, name, EvidenceSource.CONSOLE, block.text))
        return stored


def _stored(client: JobClient, name: str, source: EvidenceSource, data: bytes) -> EvidenceFile:
    return EvidenceFile(name=name, source=source, digest=client.upload_bytes(data), size=len(data))
