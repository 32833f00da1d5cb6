"""tpm2-tools over our TPM engine, which a server of its own serves."""

import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import tool

TOOL_SECONDS = 60  # of one tool: they take a tenth of a second on a machine with nothing else to do


class Tpm2Tools:
    """The tools, run in a folder of their own against one server."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self._port = port
        self._tcti = f"swtpm:host=127.0.0.1,port={port}"

    def run(self, name: str, *arguments: str) -> str:
        """What `tpm2_NAME` prints; it must succeed."""
        done = self._start(name, *arguments)
        assert done.returncode == 0, f"tpm2_{name} {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def refused(self, name: str, *arguments: str) -> str:
        """What `tpm2_NAME` complains of; it must fail."""
        done = self._start(name, *arguments)
        assert done.returncode != 0, f"tpm2_{name} {' '.join(arguments)}: {done.stdout}"
        return done.stderr

    def power_cycle(self) -> None:
        """Power off and on: CMD_INIT of swtpm's control channel, which is on the next port."""
        with socket.create_connection(("127.0.0.1", self._port + 1), TOOL_SECONDS) as control:
            control.sendall(struct.pack(">II", 2, 0))
            assert control.recv(4) == bytes(4)

    def write(self, name: str, content: bytes) -> str:
        """A file in the folder."""
        (self.folder / name).write_bytes(content)
        return name

    def read(self, name: str) -> bytes:
        """The content of a file in the folder."""
        return (self.folder / name).read_bytes()

    def _start(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "TPM2TOOLS_TCTI": self._tcti}
        program = tool(f"tpm2_{name}", "tpm2-tools")
        done = subprocess.run(
            [program, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TOOL_SECONDS,
        )
        # Without a resource manager a tool leaves what it loaded, and there is room for three objects.
        if name not in ("startup", "flushcontext"):
            flush = [tool("tpm2_flushcontext", "tpm2-tools"), "--transient-object"]
            subprocess.run(flush, env=environment, capture_output=True, check=True, timeout=TOOL_SECONDS)
        return done


@contextmanager
def serving(server: Path, folder: Path, *options: str | Path) -> Iterator[Tpm2Tools]:
    """A new TPM for as long as the context lasts, not started up."""
    with subprocess.Popen([server, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            word, port = process.stdout.readline().split()
            assert word == "port"
            yield Tpm2Tools(folder, int(port))
        finally:
            process.kill()
