"""What workers call: claims, leases, console bytes, artifacts, and the end, each safe to repeat."""

import hashlib
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from farm import passes
from farm.database import now
from farm.farm import Farm
from farm.leases import Lease
from farm.wire import MAX_CONSOLE_APPEND
from tests.web.api.api_caller import ApiCaller
from tests.web.api.worker_calls import DIGEST, IMAGE, finish_boot, pass_build, say, say_hello

CLAIM = {"worker": "w"}


def console(farm: Farm, owner: str = "boot-1", stream: str = "serial") -> bytes:
    return b"".join(piece.data for piece in farm.consoles.stream(owner, stream).read_bytes(0, 1 << 40))  # type: ignore[union-attr]


def end_lease(farm: Farm) -> None:
    with farm.db.writing() as session:
        session.execute(update(Lease).values(expires_at=now()))


def test_a_hello_is_answered_with_the_time_of_the_next(worker: ApiCaller) -> None:
    body = {"worker": "w", "lab": "cellar", "kinds": ["boot"], "version": "1"}
    assert worker.post("/worker/hello", body)["every_seconds"] > 0
    assert worker.get("/workers")["items"][0]["lab"] == "cellar"
    for wrong in ({"lab": "../x"}, {"kinds": ["paint"]}, {"worker": ""}, {"colour": "red"}, {"lab": "Cellar"}):
        assert worker.refused("POST", "/worker/hello", 400, json={**body, **wrong})


def test_a_build_job_holds_all_that_a_worker_needs(build_job: dict[str, Any], submission: dict[str, Any]) -> None:
    assert (build_job["build"], build_job["fence"]) == (1, 1)
    assert build_job["source"]["commit"] == submission["commit"]
    assert build_job["recipe"]["command"]
    assert build_job["token"].startswith("bfj_")


def test_a_boot_job_holds_all_that_a_worker_needs(boot_job: dict[str, Any]) -> None:
    assert boot_job["machine"]["name"] in ("null-1", "null-2")
    assert boot_job["image"] == {"name": "image.efi", "digest": DIGEST, "size": len(IMAGE)}
    assert boot_job["markers"][0]["text"] == "ready"
    assert boot_job["limits"]["console_bytes"] > 0


@pytest.mark.usefixtures("boot_job")
def test_a_second_claim_is_a_duplicate_message(worker: ApiCaller) -> None:
    assert worker.refused("POST", "/worker/boots/1/claim", 409, json=CLAIM)
    assert worker.refused("POST", "/worker/builds/1/claim", 409, json=CLAIM)
    assert worker.refused("POST", "/worker/boots/77/claim", 404, json=CLAIM)
    assert worker.refused("POST", f"/worker/boots/{10**30}/claim", 400, json=CLAIM)


def test_a_heartbeat_says_run_until_somebody_cancels(engineer: ApiCaller, holder: ApiCaller) -> None:
    step = {"name": "power on", "state": "running", "started_at": "2026-01-01T00:00:00Z"}
    assert holder.post("/worker/boots/1/heartbeat", {"steps": [step]})["answer"] == "run"
    assert engineer.get("/boots/1")["steps"][0]["name"] == "power on"
    assert engineer.post("/boots/1/cancel")["cancel_requested"]
    assert holder.post("/worker/boots/1/heartbeat", {})["answer"] == "cancel"
    finish_boot(holder, verdict="cancelled", cause="by-user")
    assert engineer.get("/boots/1")["status"] == "cancelled"


def test_a_build_hears_of_its_cancelling_too(engineer: ApiCaller, builder: ApiCaller) -> None:
    assert builder.post("/worker/builds/1/heartbeat", {})["answer"] == "run"
    engineer.post("/submissions/1/cancel")
    assert builder.post("/worker/builds/1/heartbeat", {})["answer"] == "cancel"


def test_leases_of_a_lab_are_named_for_its_reaper(worker: ApiCaller, boot_job: dict[str, Any]) -> None:
    assert worker.get("/worker/labs/local/leases") == {"boots": [f"boot-1-{boot_job['fence']}"], "builds": []}
    say_hello(worker, "moon")
    assert worker.get("/worker/labs/moon/leases")["boots"] == []
    assert worker.refused("GET", "/worker/labs/mars/leases", 404)


def test_console_bytes_end_in_order_whatever_the_network_does(farm: Farm, holder: ApiCaller) -> None:
    wish, chance = bytes(random.Random(1).randbytes(20_000)), random.Random(2)
    pieces = [(start, wish[start : start + chance.randrange(1, 900)]) for start in range(0, len(wish), 300)]
    for start, piece in sorted(pieces, key=lambda one: one[0] + chance.randrange(2000)):
        answer = holder.send("POST", f"/worker/boots/1/console/serial?offset={start}", data=piece)
        expected = answer.get_json()["size"]
        assert answer.status_code == (416 if start > expected else 200)
    while (size := farm.consoles.stream("boot-1", "serial").size()) < len(wish):
        say(holder, size, wish[size : size + 700])
        say(holder, max(0, size - 100), wish[max(0, size - 100) : size + 50])
    assert console(farm) == wish


def test_bytes_beyond_a_hole_are_refused_with_the_offset_expected(holder: ApiCaller) -> None:
    assert say(holder, 0, b"UEFI") == 4
    assert say(holder, 9, b"Shell", 416) == 4
    assert say(holder, 0, b"UEFI Shell") == 10
    assert say(holder, 10, b"") == 10


def test_an_append_has_a_bound_and_an_offset(holder: ApiCaller) -> None:
    assert say(holder, 0, b"x" * MAX_CONSOLE_APPEND) == MAX_CONSOLE_APPEND
    path = "/worker/boots/1/console/serial"
    assert holder.refused("POST", f"{path}?offset=0", 413, data=b"x" * (MAX_CONSOLE_APPEND + 1))
    for wrong in ("", "?offset=-1", "?offset=x"):
        assert holder.refused("POST", path + wrong, 400, data=b"x")
    assert holder.refused("POST", "/worker/boots/1/console/..%2fserial?offset=0", 404, data=b"x")
    assert holder.refused("POST", "/worker/boots/1/console/SERIAL?offset=0", 400, data=b"x")


def test_a_job_token_is_for_its_own_job(holder: ApiCaller, builder: ApiCaller, farm: Farm) -> None:
    assert holder.refused("POST", "/worker/boots/2/heartbeat", 403, json={})
    assert holder.refused("POST", "/worker/builds/1/heartbeat", 403, json={})
    assert holder.refused("POST", "/worker/builds/1/console/build?offset=0", 403, data=b"x")
    assert holder.refused("POST", "/worker/boots/2/finish", 403, json={"verdict": "pass"})
    assert holder.refused("POST", "/boots/1/cancel", 401)
    assert holder.refused("POST", "/worker/boots/1/claim", 401, json=CLAIM)


@pytest.mark.parametrize("noticed", [False, True])
def test_a_worker_whose_lease_ended_can_write_nothing(farm: Farm, holder: ApiCaller, noticed: bool) -> None:
    say(holder, 0, b"before")
    end_lease(farm)
    if noticed:
        passes.expire_boots_one(farm)
    before = holder.get("/boots/1")
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/worker/boots/1/heartbeat", {"json": {}}),
        ("POST", "/worker/boots/1/console/serial?offset=6", {"data": b"after"}),
        ("PUT", f"/worker/boots/1/artifacts/{'1' * 64}", {"data": b"x"}),
        ("GET", f"/worker/artifacts/{DIGEST}", {}),
        ("POST", "/worker/boots/1/finish", {"json": {"verdict": "pass"}}),
    ]
    for method, path, more in calls:
        assert holder.refused(method, path, 409, **more)["code"] == "lease-over", path
    assert console(farm) == b"before"
    assert holder.get("/boots/1") == before


def test_the_lease_of_an_earlier_attempt_writes_nothing_to_a_later_one(
    farm: Farm, worker: ApiCaller, holder: ApiCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farm.boots.RETRY_PAUSE", timedelta(0))
    end_lease(farm)
    passes.reconcile(farm)
    later = worker.with_token(worker.post("/worker/boots/2/claim", CLAIM)["token"])
    assert holder.refused("POST", "/worker/boots/2/heartbeat", 403, json={})
    assert holder.refused("POST", "/worker/boots/1/heartbeat", 409, json={})
    finish_boot(later, number=2)
    assert worker.get("/boots/2")["verdict"] == "pass"
    assert worker.get("/boots/1")["cause"] == "worker-lost"


def test_artifacts_are_stored_by_their_digest_or_not_at_all(farm: Farm, builder: ApiCaller) -> None:
    path = f"/worker/builds/1/artifacts/{DIGEST}"
    assert builder.refused("PUT", path, 400, data=b"other")["code"] == "digest-mismatch"
    assert not farm.artifacts.has(DIGEST)
    for _ in range(2):
        assert builder.send("PUT", path, data=IMAGE).status_code == 204
    assert builder.refused("PUT", "/worker/builds/1/artifacts/XYZ", 400, data=IMAGE)
    big = b"x" * (7 << 20)
    digest = hashlib.sha256(big).hexdigest()
    assert builder.send("PUT", f"/worker/builds/1/artifacts/{digest}", data=big).status_code == 204


def test_a_job_downloads_its_own_image_and_no_other(farm: Farm, holder: ApiCaller) -> None:
    answer = holder.send("GET", f"/worker/artifacts/{DIGEST}")
    assert (answer.status_code, answer.data) == (200, IMAGE)
    answer.close()
    other = farm.artifacts.put_bytes(b"secret")
    assert holder.refused("GET", f"/worker/artifacts/{other}", 403)


def test_a_build_downloads_its_patch(engineer: ApiCaller, worker: ApiCaller, project: Any) -> None:
    (project / "image.efi").write_text("MZ2")
    from tests.conftest import git

    patch = git(project, "diff") + "\n"
    engineer.post("/submissions", {"repository": "project", "patch": patch}, 201)
    job = worker.post("/worker/builds/1/claim", CLAIM)
    answer = worker.with_token(job["token"]).send("GET", f"/worker/artifacts/{job['source']['patch']['digest']}")
    assert answer.data == patch.encode()
    answer.close()


def test_a_verdict_is_written_once_however_often_it_is_said(farm: Farm, holder: ApiCaller) -> None:
    say(holder, 0, b"ready\n")
    for _ in range(3):
        finish_boot(holder, 6)
    assert holder.get("/boots/1")["verdict"] == "pass"
    assert holder.refused("POST", "/worker/boots/1/finish", 409, json={"verdict": "fail", "cause": "guest-panic"})
    assert farm.consoles.stream("boot-1", "serial").finished()
    assert len(holder.get("/boots")["items"]) == 1


def test_a_build_is_finished_once_however_often_it_is_said(builder: ApiCaller) -> None:
    for _ in range(2):
        builder.post("/worker/builds/1/finish", {"verdict": "fail", "cause": "build-error", "error_line": 3}, 204)
    assert builder.get("/builds/1")["error_line"] == 3
    assert builder.refused("POST", "/worker/builds/1/finish", 409, json={"verdict": "pass"})


def test_a_finish_that_was_cut_short_ends_the_consoles_when_it_is_repeated(
    farm: Farm, holder: ApiCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(holder, 0, b"ready\n")
    with monkeypatch.context() as patched:
        patched.setattr(farm.consoles, "finish_all", lambda owner: None)
        finish_boot(holder, 6)
    assert farm.consoles.stream("boot-1", "serial").finished() is None
    finish_boot(holder, 6)
    assert farm.consoles.stream("boot-1", "serial").finished()


@pytest.mark.parametrize("outcome", [{"verdict": "pass"}, {"verdict": "fail", "cause": "marker-missing"}])
def test_a_verdict_over_a_console_with_missing_bytes_is_the_farms_fault(
    holder: ApiCaller, outcome: dict[str, str]
) -> None:
    say(holder, 0, b"read")
    for _ in range(2):
        finish_boot(holder, 6, **outcome)
    boot = holder.get("/boots/1")
    assert (boot["verdict"], boot["cause"]) == ("infra", "console-lost")
    assert "said 6 bytes, of which 4 arrived" in boot["detail"]
    assert holder.get("/boots/2")["retry_of"] == "boot-1"


def test_cases_are_shown_with_their_line(holder: ApiCaller) -> None:
    say(holder, 0, b"UEFI\r\nready\r\n")
    cases = [
        {"name": "line 1", "met": True, "kind": "expect", "text": "ready", "offset": 6},
        {"name": "forbid 1", "met": False, "kind": "forbid", "text": "PANIC"},
        {"name": "exit", "met": True, "kind": "exit", "offset": 10**6},
    ]
    finish_boot(holder, 13, cases=cases)
    assert [case["line"] for case in holder.get("/boots/1")["cases"]] == [2, None, 2]


def test_a_case_without_any_console_has_a_line_all_the_same(holder: ApiCaller) -> None:
    case = {"name": "exit", "met": True, "kind": "exit", "offset": 4}
    finish_boot(holder, verdict="infra", cause="console-lost", cases=[case])
    assert holder.get("/boots/1")["cases"][0]["met"]


@pytest.mark.parametrize(
    "outcome",
    [
        {"verdict": "fail"},
        {"verdict": "pass", "cause": "guest-panic"},
        {"verdict": "fail", "cause": "worker-lost"},
        {"verdict": "cancelled", "cause": "guest-panic"},
        {"verdict": "good"},
        {"verdict": "fail", "cause": "bad luck"},
        {"verdict": "pass", "colour": "red"},
        {},
    ],
)
def test_a_verdict_and_a_cause_that_do_not_belong_together_are_refused(
    holder: ApiCaller, outcome: dict[str, str]
) -> None:
    assert holder.refused("POST", "/worker/boots/1/finish", 400, json=outcome)
    assert holder.get("/boots/1")["status"] == "running"


def lab_worker(chief: ApiCaller, lab: str) -> ApiCaller:
    made = chief.post("/tokens", {"name": lab, "scopes": ["worker"], "lab": lab}, 201)
    assert made["token"]["lab"] == lab
    return chief.with_token(made["secret"])


def test_a_token_of_a_lab_is_for_its_workers_alone(
    farm: Farm, chief: ApiCaller, worker: ApiCaller, builder: ApiCaller
) -> None:
    stranger, own = lab_worker(chief, "elsewhere"), lab_worker(chief, "local")
    hello = {"worker": "w", "lab": "elsewhere", "kinds": ["boot"], "version": "1"}
    stranger.post("/worker/hello", hello)
    pass_build(builder)
    passes.dispatch_one(farm)
    for method, path, body in (
        ("POST", "/worker/hello", {"worker": "w", "lab": "local", "kinds": [], "version": "1"}),
        ("GET", "/worker/labs/local/leases", None),
        ("POST", "/worker/boots/1/claim", {"worker": "w"}),
    ):
        problem = stranger.refused(method, path, 403, json=body)
        assert problem["detail"] == 'This token is for workers of the lab "elsewhere", not of "local".'
    assert stranger.get("/worker/labs/elsewhere/leases")["boots"] == []
    own.post("/worker/hello", {**hello, "lab": "local"})
    assert own.post("/worker/boots/1/claim", {"worker": "w"})["boot"] == 1


@pytest.mark.usefixtures("submission")
def test_a_token_of_a_lab_builds_nothing(chief: ApiCaller) -> None:
    own = lab_worker(chief, "local")
    hello = {"worker": "w", "lab": "local", "kinds": ["build"], "version": "1", "toolchain": "of mine"}
    for path, body in (("/worker/hello", hello), ("/worker/builds/1/claim", {"worker": "w"})):
        assert "what is built is booted in every lab" in own.refused("POST", path, 403, json=body)["detail"]


def test_only_a_token_of_workers_belongs_to_a_lab(chief: ApiCaller) -> None:
    body = {"name": "t", "scopes": ["worker", "read"], "lab": "local"}
    assert "Only a token of workers" in chief.refused("POST", "/tokens", 400, json=body)["detail"]
