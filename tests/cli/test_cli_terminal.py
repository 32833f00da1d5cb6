"""On a terminal: tables with headers, colours unless they are not wanted, and the cursor given back."""

import signal

import pytest

from tests.cli.speaking_farm import SpeakingFarm, boot, listed, step, submission
from tests.cli.terminal import Terminal


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
