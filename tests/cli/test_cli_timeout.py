"""`--timeout` ends every call: a farm that does not answer is 9, something that goes on is 8."""

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from tests.cli.cli_calls import Bootfarm
from tests.cli.speaking_farm import Asked, Said, SpeakingFarm, boot, problem
from tests.cli.talking_console import TalkingConsole

LOG = "/boots/boot-12/log/serial"


@pytest.mark.parametrize("argv", [("show", "12"), ("logs", "12"), ("cancel", "12"), ("api", "GET", "/boots/boot-12")])
def test_a_farm_that_does_not_answer_in_time_is_9(
    farm: SpeakingFarm, bootfarm: Bootfarm, argv: tuple[str, ...]
) -> None:
    ended_test = threading.Event()

    def never(_: Asked, __: BaseHTTPRequestHandler) -> Said:
        ended_test.wait(20)
        return Said()

    for method, path in (("GET", "/boots/boot-12"), ("GET", LOG), ("POST", "/boots/boot-12/cancel")):
        farm.on(method, path, never)
    began = time.monotonic()
    ended = bootfarm(*argv, "--timeout", "200ms")
    ended_test.set()
    assert ended.code == 9
    assert "within the time" in ended.err
    assert time.monotonic() - began < 5


def test_it_is_not_asked_again_when_the_time_is_up(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", problem(503, "Not now."))
    began = time.monotonic()
    assert bootfarm("show", "12", "--timeout", "300ms").code == 3
    assert time.monotonic() - began < 1.5


def test_following_a_log_ends_with_8_and_says_how_to_go_on(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    class Talks(TalkingConsole):
        def __call__(self, asked: Asked, handler: BaseHTTPRequestHandler) -> Said | None:
            super().__call__(asked, handler)
            time.sleep(1)
            return None

    farm.on("GET", LOG, Talks(b"one\n", [[4, ": still here\n\n"]] * 9))
    ended = bootfarm("logs", "12", "-f", "--timeout", "500ms")
    assert (ended.code, ended.out) == (8, "one\n")
    assert "bootfarm logs -f boot-12" in ended.err


def test_a_raw_following_ends_with_8_too(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", LOG, lambda asked, _: Said(headers={"X-Console-Size": "0"}))
    farm.on("GET", "/boots/boot-12", boot(status="running"))
    assert bootfarm("logs", "12", "-f", "--raw", "--timeout", "400ms").code == 8
