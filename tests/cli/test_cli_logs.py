"""Every line of a console is printed once and whole, however often the link breaks."""

import json
import socket
import time
from http.server import BaseHTTPRequestHandler

import pytest

from cli.event_stream import parse
from tests.cli.cli_calls import Bootfarm
from tests.cli.speaking_farm import Asked, Said, SpeakingFarm, boot
from tests.cli.talking_console import CLOSE, END, RESET, TalkingConsole

DATA = b"".join(f"line {n} of the console\r\n".encode() for n in range(1, 41)) + b"no end"
TEXT = DATA.decode().replace("\r\n", "\n") + "\n"
LOG = "/boots/boot-12/log/serial"


def test_a_lost_link_is_resumed_where_it_broke_and_no_byte_is_lost_or_doubled(
    farm: SpeakingFarm, bootfarm: Bootfarm
) -> None:
    console = TalkingConsole(
        DATA, [[3, 30, RESET], [31, 100, CLOSE], [RESET], [100, 555, 560, ": still here\n\n", RESET], [len(DATA), END]]
    )
    farm.on("GET", LOG, console)
    ended = bootfarm("logs", "12", "-f")
    assert (ended.code, ended.out) == (0, TEXT)
    assert console.resumed_at == ["0", "30", "100", "100", "560"]
    assert "resuming" in ended.err


@pytest.mark.parametrize("cut", range(1, len(DATA), 7))
def test_the_link_may_break_at_any_byte(farm: SpeakingFarm, bootfarm: Bootfarm, cut: int) -> None:
    farm.on("GET", LOG, TalkingConsole(DATA, [[cut, RESET], [len(DATA), END]]))
    assert bootfarm("logs", "12", "-f").out == TEXT


def test_lines_that_a_large_backlog_left_out_are_fetched(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", LOG, TalkingConsole(DATA, [[60, len(DATA), END]], backlog=4))
    assert bootfarm("logs", "12", "-f").out == TEXT


def test_follow_may_begin_with_the_last_lines(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    class FromThere(TalkingConsole):
        def __call__(self, asked: Asked, handler: object) -> Said | None:
            if "follow" in asked.query:
                assert asked.headers["Last-Event-ID"] == str(self.lines(0, len(DATA))[-3]["offset"])
            return super().__call__(asked, handler)  # type: ignore[arg-type]

    farm.on("GET", LOG, FromThere(DATA, [[len(DATA), END]]))
    assert bootfarm("logs", "12", "-f", "-n", "3").out.splitlines() == TEXT.splitlines()[-3:]


def test_a_gap_is_named_where_it_is(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    gap = 'event: console\nid: 90\ndata: {"lines": [], "gap": [50, 90]}\n\n'
    farm.on("GET", LOG, TalkingConsole(DATA, [[23, gap, END]]))
    assert bootfarm("logs", "12", "-f").out == "line 1 of the console\n[40 bytes lost here]\n"


def test_a_farm_that_stays_away_ends_the_following(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.logs._LOST_LINK_SECONDS", 0.6)
    farm.on("GET", LOG, TalkingConsole(DATA, [[23, RESET], *[[RESET]] * 20]))
    began = time.monotonic()
    ended = bootfarm("logs", "12", "-f")
    assert (ended.code, ended.out) == (9, "line 1 of the console\n")
    assert time.monotonic() - began < 5


def test_a_log_is_printed_page_by_page(farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.console.PAGE", 7)
    farm.on("GET", LOG, TalkingConsole(DATA, []))
    assert bootfarm("logs", "boot-12").out == TEXT


def test_tail_grep_time_and_json(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", LOG, TalkingConsole(DATA, []))
    assert bootfarm("logs", "12", "-n", "2").out == "line 40 of the console\nno end\n"
    assert len(bootfarm("logs", "12", "--grep", "line 1").out.splitlines()) == 11
    assert bootfarm("logs", "12", "-n", "1", "-t").out.endswith(".041  no end\n")
    assert json.loads(bootfarm("logs", "12", "-n", "1", "--json").out)["n"] == 41


def test_raw_gives_the_bytes_and_follows_them_to_the_end(
    farm: SpeakingFarm, bootfarm: Bootfarm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.logs._RAW_POLL_SECONDS", 0.01)
    escapes = b"\x1b[31mred\xff\x00\r\n"
    said = iter([4, 4, 9, len(escapes), len(escapes)])
    farm.on("GET", LOG, lambda asked, _: Said(body=escapes[int(asked.query.get("from", ["0"])[0]) : next(said)]))
    farm.on("GET", "/boots/boot-12", [boot(status="running"), boot(status="running"), boot(status="running"), boot()])
    code = "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"
    assert raw_output(code, "logs", "12", "--raw", "-f") == escapes
    assert raw_output(code, "logs", "12", "--raw") == escapes


HEAD, LOST, TAIL = b"head of it\n", 1000, b"tail of it\n"
GAP = {"X-Console-Gap": f"{len(HEAD)}-{len(HEAD) + LOST}"}
END_OF_TAIL = len(HEAD) + LOST + len(TAIL)


@pytest.mark.parametrize(
    ("sent", "resumed_at"),
    [
        (4, 4),
        (len(HEAD) - 1, len(HEAD) - 1),
        (len(HEAD), len(HEAD) + LOST),
        (len(HEAD) + 1, len(HEAD) + LOST + 1),
        (len(HEAD) + len(TAIL) - 1, END_OF_TAIL - 1),
    ],
)
def test_a_raw_copy_goes_on_at_the_right_byte_when_its_link_breaks_at_a_gap(
    farm: SpeakingFarm, bootfarm: Bootfarm, sent: int, resumed_at: int
) -> None:
    def answer(asked: Asked, handler: BaseHTTPRequestHandler) -> Said | None:
        start = int(asked.query.get("from", ["0"])[0])
        kept = HEAD[start:] + TAIL[max(0, start - len(HEAD) - LOST) :]
        headers = {"X-Console-Size": str(END_OF_TAIL), **(GAP if start <= len(HEAD) else {})}
        if start:
            return Said(body=kept, headers=headers)
        handler.send_response(200)
        for name, value in {**headers, "Content-Length": str(len(kept))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(kept[:sent])
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)
        return None

    farm.on("GET", LOG, answer)
    ended = bootfarm("logs", "12", "--raw")
    assert (ended.code, ended.out.encode()) == (0, HEAD + TAIL)
    assert "resuming" in ended.err
    assert [one.query.get("from") for one in farm.calls("GET", LOG)] == [None, [str(resumed_at)]]


def test_a_raw_copy_of_a_console_with_a_gap_goes_on_from_its_size(farm: SpeakingFarm) -> None:
    def answer(asked: Asked, _: object) -> Said:
        whole = "from" not in asked.query
        headers = {"X-Console-Size": str(END_OF_TAIL), **(GAP if whole else {})}
        return Said(body=HEAD + TAIL if whole else b"", headers=headers)

    farm.on("GET", LOG, answer)
    farm.on("GET", "/boots/boot-12", [boot(status="running"), boot()])
    code = "import sys; from cli.main import run; sys.exit(run(sys.argv[1:]))"
    assert raw_output(code, "logs", "12", "--raw", "-f") == HEAD + TAIL
    assert [one.query.get("from") for one in farm.calls("GET", LOG)] == [None, [str(END_OF_TAIL)]]


def raw_output(code: str, *argv: str) -> bytes:
    import os
    import subprocess
    import sys

    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, "-c", code, *argv], env=env, capture_output=True, check=True).stdout


def test_a_build_has_a_log_and_any_job_other_streams(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/builds/build-3/log/build", TalkingConsole(b"cargo\n", []))
    farm.on("GET", "/boots/boot-12/log/power", TalkingConsole(b"on\n", []))
    assert bootfarm("logs", "build-3").out == "cargo\n"
    assert bootfarm("logs", "12", "--stream", "power").out == "on\n"
    assert bootfarm("logs", "12", "--stream", "none").code == 5


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_events_are_read_however_the_bytes_are_cut(size: int) -> None:
    text = b": hi\r\n\r\nretry: 5\n\nid: 7\nevent: a\ndata: 1\ndata:2\n\nevent: b\n\ndata: \xc3\xa4\n\ndata: cut"
    events = list(parse(text[n : n + size] for n in range(0, len(text), size)))
    assert [(one.name, one.data, one.id) for one in events] == [("a", "1\n2", "7"), ("message", "ä", "")]


def test_since_leaves_out_what_came_before(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", LOG, TalkingConsole(DATA, []))  # line n came n milliseconds after the first second of 1970
    assert len(bootfarm("logs", "12", "--since", "1970-01-01T00:00:01.039Z").out.splitlines()) == 3
    assert bootfarm("logs", "12", "--since", "1h").out == ""
    assert bootfarm("logs", "12", "--since", "yesterday").code == 2
    assert bootfarm("logs", "12", "--since", "1h", "--raw").code == 2


def test_an_attempt_is_one_of_the_chain(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot(attempts=["boot-9", "boot-12"]))
    farm.on("GET", "/boots/boot-9/log/serial", TalkingConsole(b"the first\n", []))
    assert bootfarm("logs", "12", "--attempt", "1").out == "the first\n"
    ended = bootfarm("logs", "12", "--attempt", "3")
    assert (ended.code, "2 attempts" in ended.err) == (5, True)
    assert bootfarm("logs", "build-3", "--attempt", "1").code == 2
