"""A pipe gets rows and JSON, people get tables, and nobody gets another's escape codes."""

import json
import os
import subprocess
import sys

import pytest

from cli.main import _CLIENT, _SERVER
from cli.main import bootfarm as root
from farm.states import Cause
from tests.cli.cli_calls import Bootfarm
from tests.cli.speaking_farm import COMMIT, SpeakingFarm, boot, build, listed, machine, step, submission


def test_a_pipe_gets_tab_separated_rows_without_header(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots", listed(boot(12, tier="warning"), boot(11, "fail", Cause.GUEST_PANIC, machine=None)))
    ended = bootfarm("list")
    assert ended.rows == [
        ["boot-12", "pass", "warning", "runtime", COMMIT[:10], "qemu-1", "ovmf", "31.2 s", "2026-11-23T06:31:04Z"],
        ["boot-11", "fail", "", "runtime", COMMIT[:10], "pool:default", "ovmf", "31.2 s", "2026-11-23T06:31:04Z"],
    ]
    assert ended.err == ""


def test_filters_become_the_api_s_own(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/submissions", listed(submission()))
    argv = "list submissions --mine --repo a --repo b --machine m --verdict fail --verdict infra --since 7d --commit AB"
    assert bootfarm(*argv.split()).code == 0
    assert farm.asked[0].query == {
        "mine": ["true"],
        "repository": ["a", "b"],
        "machine": ["m"],
        "verdict": ["fail", "infra"],
        "since": ["7d"],
        "commit": ["ab"],
        "limit": ["50"],
    }
    assert farm.asked[0].headers["Authorization"] == "Bearer bf_test"


def test_a_branch_is_its_tip(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/repositories/a/refs", {"items": [{"name": "refs/heads/x", "commit": COMMIT}]})
    farm.on("GET", "/boots", listed(boot()))
    assert bootfarm("list", "--repo", "a", "--branch", "x").code == 0
    assert farm.calls("GET", "/boots")[0].query["commit"] == [COMMIT]
    assert bootfarm("list", "--repo", "a", "--branch", "y").code == 5


def test_a_list_goes_on_from_page_to_page_until_there_are_enough(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    pages = [listed(*map(boot, range(600, 100, -1)), next="101"), listed(*map(boot, range(100, 50, -1)), next="51")]
    farm.on("GET", "/boots", pages)
    ended = bootfarm("list", "-L", "550")
    assert [row[0] for row in ended.rows] == [f"boot-{n}" for n in range(600, 50, -1)]
    assert [(one.query.get("cursor"), one.query["limit"]) for one in farm.asked] == [(None, ["500"]), (["101"], ["50"])]
    assert "newest 550" in ended.err


def test_list_as_json_keeps_every_field(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    one = boot().model_dump(mode="json")
    farm.on("GET", "/boots", {"items": [one | {"new_in_2030": [1]}], "next": "5"})
    said = json.loads(bootfarm("list", "--json", "-L", "1").out)
    assert said["next"] == "5"
    assert one.items() <= said["items"][0].items()
    assert said["items"][0]["new_in_2030"] == [1]


def test_show_of_each_kind(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot(status="fail", cause=Cause.GUEST_PANIC, steps=[step("power on")]))
    farm.on("GET", "/builds/build-3", build())
    farm.on("GET", "/submissions/submission-7", submission(boots=[boot()], builds=[build()]))
    facts = dict(bootfarm("show", "12").rows)
    assert facts["verdict"] == "fail"
    assert facts["cause"] == "guest-panic"
    assert facts["step power on"] == "ok 0.0 s"
    assert facts["page"] == f"{farm.url}/boots/boot-12"
    assert dict(bootfarm("show", "build-3").rows)["commit"] == COMMIT
    assert dict(bootfarm("show", "submission-7").rows)["boot-12"] == "pass 31.2 s"


def test_show_web_prints_the_address(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots/boot-12", boot())
    assert bootfarm("show", "boot-12", "--web").out == f"{farm.url}/boots/boot-12\n"


def test_what_others_wrote_moves_no_cursor(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/submissions", listed(submission(subject="a\x1b[2Jb\tc\nd")))
    [row] = bootfarm("list", "submissions").rows
    assert row[6] == "a\N{REPLACEMENT CHARACTER}[2Jb c d"


def test_machines_are_listed_shown_added_and_taken_out(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/machines", {"items": [machine().model_dump(mode="json")]})
    farm.on("GET", "/machines/qemu-1", machine())
    farm.on("POST", "/machines", machine("nuc-1"))
    farm.on("POST", "/machines/qemu-1/service", machine(state="offline", reason="fan"))
    assert bootfarm("machine", "list").rows == [["qemu-1", "idle", "good", "default", "virtual", "ovmf", ""]]
    assert json.loads(bootfarm("machine", "show", "qemu-1", "--json").out)["tags"] == ["virtual"]
    argv = "machine add nuc-1 --pool rack --tag a --tag b --firmware f --option memory_mib=512 --option cpu=max"
    assert bootfarm(*argv.split()).code == 0
    assert farm.asked[-1].json == {
        "name": "nuc-1",
        "driver": "libvirt",
        "lab": "local",
        "pool": "rack",
        "tags": ["a", "b"],
        "firmware": ["f"],
        "options": {"memory_mib": 512, "cpu": "max"},
    }
    assert dict(bootfarm("machine", "offline", "qemu-1", "--reason", "fan").rows)["reason"] == "fan"
    assert farm.asked[-1].json == {"in_service": False, "reason": "fan"}
    assert bootfarm("machine", "online", "qemu-1").code == 0
    assert farm.asked[-1].json == {"in_service": True}


def test_repositories_and_tokens(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on(
        "GET", "/repositories", {"items": [{"name": "a", "url": "https://x/a", "created_at": "2026-01-01T00:00:00Z"}]}
    )
    farm.on("POST", "/repositories", {"name": "b", "url": "https://x/b"})
    token = {"id": 4, "name": "ci", "prefix": "bf_abcde", "scopes": ["submit"], "expires_at": "2027-01-02T00:00:00Z"}
    farm.on("GET", "/tokens", {"items": [token]})
    farm.on("POST", "/tokens", {"token": token, "secret": "bf_abcdefgh"})
    farm.on("DELETE", "/tokens/4", token | {"revoked_at": "2026-11-23T00:00:00Z"})
    assert bootfarm("repo", "list").rows == [["a", "https://x/a"]]
    assert bootfarm("repo", "add", "https://x/b").rows == [["b", "https://x/b"]]
    created = bootfarm("token", "create", "ci", "--scope", "submit", "--scope", "read", "--days", "7")
    assert created.out == "bf_abcdefgh\n"
    assert 'Token 4 "ci", until 2027-01-02;' in created.err
    assert farm.asked[-1].json == {"name": "ci", "scopes": ["submit", "read"], "days": 7}
    bootfarm("token", "create", "ci", "--scope", "worker", "--lab", "rack")
    assert farm.asked[-1].json == {"name": "ci", "scopes": ["worker"], "days": 90, "lab": "rack"}
    assert bootfarm("token", "list").rows == [["4", "ci", "bf_abcde", "submit", "until 2027-01-02", ""]]
    assert bootfarm("token", "revoke", "4").rows == [["4", "ci", "revoked 2026-11-23"]]


def test_cancel_and_rerun(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("POST", "/submissions/submission-7/cancel", submission(status="cancelled"))
    farm.on("POST", "/boots/boot-12/cancel", boot(status="running"))
    farm.on("POST", "/boots/boot-12/rerun", boot(13, "waiting", retry_of="boot-12"))
    farm.on("POST", "/submissions/submission-7/rerun", listed(boot(14, "waiting", retry_of="boot-11")))
    assert bootfarm("cancel", "submission-7").rows == [["submission-7", "cancelled"]]
    assert "heartbeat" in bootfarm("cancel", "12").err
    assert bootfarm("rerun", "12").rows[0][:3] == ["boot-13", "boot-12", "waiting"]
    assert bootfarm("rerun", "submission-7", "--infra").rows[0][0] == "boot-14"
    assert farm.asked[-1].json == {"only": "infra"}
    assert "The same machine" in bootfarm("rerun", "12", "--same-machine").err
    assert farm.asked[-1].json == {"same_machine": True}


def test_api_calls_anything_and_follows_pages(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    farm.on("GET", "/boots", [listed(boot(2), next="2"), listed(boot(1))])
    lines = bootfarm("api", "GET", "boots?verdict=pass", "--paginate").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["boot-2", "boot-1"]
    assert farm.asked[-1].query == {"verdict": ["pass"], "cursor": ["2"]}
    farm.on("POST", "/boots/boot-1/cancel", boot(1))
    assert json.loads(bootfarm("api", "post", "/api/v1/boots/boot-1/cancel").out)["id"] == "boot-1"
    assert bootfarm("api", "GET", "/nowhere").code == 5


def test_api_repeats_only_what_the_farm_takes_once(farm: SpeakingFarm, bootfarm: Bootfarm) -> None:
    def lose(asked: object, handler: object) -> None:
        handler.connection.close()  # type: ignore[attr-defined]

    farm.on("POST", "/boots/boot-1/rerun", [lose, boot(2)])
    assert bootfarm("api", "POST", "/boots/boot-1/rerun").code != 0
    assert len(farm.calls("POST", "/boots/boot-1/rerun")) == 1
    farm.on("POST", "/submissions", [lose, submission()])
    assert bootfarm("api", "POST", "/submissions").code == 0
    assert len({one.headers["Idempotency-Key"] for one in farm.calls("POST", "/submissions")}) == 1


@pytest.mark.parametrize(
    ("shell", "mark"), [("bash", "complete"), ("zsh", "#compdef"), ("fish", "complete --no-files")]
)
def test_completion_is_a_script(bootfarm: Bootfarm, shell: str, mark: str) -> None:
    ended = bootfarm("completion", shell)
    assert ended.code == 0
    assert mark in ended.out
    assert "_BOOTFARM_COMPLETE" in ended.out


def test_the_help_s_lines_are_those_of_the_commands_and_each_loads() -> None:
    import click

    for name in (*_CLIENT, *_SERVER):
        command = root.get_command(click.Context(root), name)
        assert command is not None
        assert command.help, name


def test_help_and_client_commands_import_nothing_heavy(farm: SpeakingFarm) -> None:
    farm.on("GET", "/boots", listed(boot()))
    heavy = (
        "flask",
        "apiflask",
        "sqlalchemy",
        "libvirt",
        "celery",
        "redis",
        "gunicorn",
        "alembic",
        "pydantic_settings",
    )
    for argv, more in ((["--help"], ("urllib3", "pydantic", "rich")), (["list"], ()), (["show", "-h"], ())):
        code = (
            "import sys; from cli.main import run; code = run(sys.argv[1:]); "
            "print('\\n'.join(sys.modules), file=sys.stderr); sys.exit(code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *argv],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert not {*heavy, *more} & set(done.stderr.splitlines()), argv
