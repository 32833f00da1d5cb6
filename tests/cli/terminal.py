"""The command on a terminal, where it prints tables for people."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

_SECONDS = 20.0  # longer than any command here may stay silent


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, *argv: str, **env: str) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", *argv],
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm-256color", "COLUMNS": "160"}
            | env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.said = ""

    def read_until(self, text: str) -> None:
        deadline = time.monotonic() + _SECONDS
        while text not in self.said:
            assert time.monotonic() < deadline, self.said
            assert self._read(), self.said

    def end(self) -> str:
        while self._read():
            pass
        self.process.wait()
        os.close(self.master)
        return self.said

    def _read(self) -> bool:
        if not select.select([self.master], [], [], _SECONDS)[0]:
            self.process.kill()
            pytest.fail(f"it neither says anything nor ends: {self.said}")
        try:
            piece = os.read(self.master, 65536)
        except OSError:  # all who had it open have ended
            return False
        self.said += piece.decode()
        return bool(piece)
