"""A swtpm, driven by tpm2-tools: a TPM and a user of it that share nothing with this project."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import tool

SECONDS = 60
AK = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign"


@dataclass(frozen=True)
class Quoted:
    """What tpm2_quote wrote, and the key as TPMT_PUBLIC."""

    public: bytes
    attest: bytes
    signature: bytes


class SwTpm:
    """One TPM, started up, all PCRs as after power-on."""

    def __init__(self, folder: Path, socket: Path) -> None:
        self.folder = folder
        self._tcti = f"swtpm:path={socket}"

    def run(self, name: str, *arguments: str) -> str:
        program = tool(f"tpm2_{name}", "tpm2-tools")
        command = [program, "--tcti", self._tcti, *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, f"tpm2_{name} {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def key(self, hierarchy: str, attributes: str = AK) -> bytes:
        """Make an attestation key in `o` or `e`; its TPMT_PUBLIC. Its context is in a file named as the hierarchy."""
        algorithm = "ecc256:ecdsa-sha256:null"
        self.run("createprimary", "-Q", "-C", hierarchy, "-G", algorithm, "-a", attributes, "-c", f"{hierarchy}.ctx")
        self.run("flushcontext", "-t")
        self.run("readpublic", "-Q", "-c", f"{hierarchy}.ctx", "-f", "tpmt", "-o", f"{hierarchy}.pub")
        self.run("flushcontext", "-t")
        return (self.folder / f"{hierarchy}.pub").read_bytes()

    def extend(self, pcr: int, digest: bytes) -> None:
        self.run("pcrextend", f"{pcr}:sha256={digest.hex()}")

    def quote(self, hierarchy: str, selection: str, qualifying: bytes) -> Quoted:
        """A quote by the key of a hierarchy."""
        files = ["-m", "message", "-s", "signature", "-g", "sha256"]
        self.run("quote", "-Q", "-c", f"{hierarchy}.ctx", "-l", selection, "-q", qualifying.hex(), *files)
        self.run("flushcontext", "-t")
        public, attest, signature = (self.folder / name for name in (f"{hierarchy}.pub", "message", "signature"))
        return Quoted(public.read_bytes(), attest.read_bytes(), signature.read_bytes())


@contextmanager
def swtpm(folder: Path) -> Iterator[SwTpm]:
    """A new TPM for as long as the context lasts."""
    folder.mkdir()
    socket, control = folder / "s", folder / "s.ctrl"  # where tpm2-tss looks for it
    state = ["--tpmstate", f"dir={folder}", "--flags", "not-need-init,startup-clear"]
    sockets = ["--server", f"type=unixio,path={socket}", "--ctrl", f"type=unixio,path={control}"]
    program = tool("swtpm", "swtpm")
    with subprocess.Popen([program, "socket", "--tpm2", *state, *sockets], stdin=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + SECONDS
            while not socket.exists():
                assert process.poll() is None, "swtpm ended"
                assert time.monotonic() < deadline, "swtpm opened no socket"
                time.sleep(0.01)
            yield SwTpm(folder, socket)
        finally:
            process.kill()
