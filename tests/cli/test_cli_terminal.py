"""On a terminal: tables with headers, colours unless they are not wanted, and the cursor given back."""

import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.speaking_farm import SpeakingFarm, boot, listed, step, submission

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


def test_people_get_tables_with_headers_and_colours(farm: SpeakingFarm) -> None:
    farm.on("GET", "/boots", listed(boot(), boot(11, "fail")))
    said = Terminal("list").end()
    assert "verdict" in said
    assert "\x1b[32mpass" in said
    assert "\x1b[31mfail" in said


@pytest.mark.parametrize(("argv", "env"), [(("list", "--no-color"), {}), (("list",), {"NO_COLOR": "1"})])
def test_colours_can_be_left_out(farm: SpeakingFarm, argv: tuple[str, ...], env: dict[str, str]) -> None:
    farm.on("GET", "/boots", listed(boot()))
    said = Terminal(*argv, **env).end()
    assert "pass" in said
    assert "\x1b[3" not in said


def test_watch_ticks_and_gives_the_cursor_back_when_it_is_interrupted(farm: SpeakingFarm) -> None:
    running = boot(status="running", steps=[step("power on"), step("firmware", finished=False)])
    farm.on("GET", "/submissions/submission-7", submission(status="running", boots=[boot(status="running")]))
    farm.on("GET", "/boots/boot-12", running)
    terminal = Terminal("watch", "submission-7")
    terminal.read_until("boot-12 firmware")
    terminal.process.send_signal(signal.SIGINT)
    said = terminal.end()
    assert terminal.process.returncode == 130
    assert "nothing was cancelled" in said
    assert said.rindex("\x1b[?25h") > said.rindex("\x1b[?25l")


def test_what_a_machine_said_moves_no_cursor(farm: SpeakingFarm) -> None:
    farm.on("GET", "/boots", listed(boot(machine="\x1b[2J[bold]x")))
    said = Terminal("list").end()
    assert "\x1b[2J" not in said
    assert "[bold]x" in said
