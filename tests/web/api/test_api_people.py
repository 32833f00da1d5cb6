"""What people and their programs call."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from farm.artifacts import BuildArtifact
from farm.farm import Farm
from tests.conftest import PLAN, commit_files, git
from tests.web.api.api_caller import API, ApiCaller
from tests.web.api.worker_calls import DIGEST, IMAGE, finish_boot, pass_build
from web.app import create_app

SUBMIT = {"repository": "project"}


def test_a_submission_is_answered_with_all_that_it_made(
    engineer: ApiCaller, nobody: ApiCaller, submission: dict[str, Any]
) -> None:
    assert (submission["id"], submission["status"], submission["finished"], submission["by"]) == (
        "submission-1",
        "waiting",
        False,
        "ada",
    )
    assert [boot["id"] for boot in submission["boots"]] == ["boot-1"]
    assert [build["id"] for build in submission["builds"]] == ["build-1"]
    assert submission["plan"] == PLAN
    assert nobody.get("/submissions/submission-1") == nobody.get("/submissions/1") == submission
    assert nobody.get("/boots/boot-1")["submission"] == "submission-1"
    assert nobody.get("/builds/1")["commit"] == submission["commit"]


def test_a_preview_tells_what_would_happen_and_does_nothing(engineer: ApiCaller, project: Path) -> None:
    preview = engineer.post("/submissions/preview", {**SUBMIT, "machines": ["null-2"]})
    assert preview["boots"] == [{"selector": "null-2", "machine": "null-2", "firmware": "ovmf", "image": None}]
    assert {"key": "build.command", "value": "cp image.efi $BOOTFARM_OUT", "origin": ".bootfarm.toml:3"} in preview[
        "settings"
    ]
    assert engineer.get("/submissions")["items"] == []


@pytest.mark.parametrize("encoded", [False, True])
def test_a_patch_may_be_text_or_base64(engineer: ApiCaller, project: Path, encoded: bool) -> None:
    (project / "image.efi").write_text("MZ2")
    patch = git(project, "diff") + "\n"
    text = "base64:" + base64.b64encode(patch.encode()).decode() if encoded else patch
    assert engineer.post("/submissions", {**SUBMIT, "patch": text}, 201)["patched"]
    for wrong in ("base64:%", "base64:\N{LATIN SMALL LETTER E WITH ACUTE}"):
        assert engineer.refused("POST", "/submissions", 400, json={**SUBMIT, "patch": wrong})["code"] == "bad-patch"


def test_a_wrong_plan_is_a_problem_with_file_and_line(engineer: ApiCaller, project: Path) -> None:
    commit_files(project, {".bootfarm.toml": PLAN.replace("artifacts", "artefacts")})
    problem = engineer.refused("POST", "/submissions", 400, json=SUBMIT)
    assert problem["code"] == "plan-refused"
    assert (problem["errors"][0]["file"], problem["errors"][0]["line"]) == (".bootfarm.toml", 4)
    assert problem["next_step"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/repository"),
        ({"repository": 7}, "/repository"),
        ({**SUBMIT, "ref": ""}, "/ref"),
        ({**SUBMIT, "note": "n" * 1001}, "/note"),
        ({**SUBMIT, "priority": 11}, "/priority"),
        ({**SUBMIT, "machines": "null-1"}, "/machines"),
        ({**SUBMIT, "colour": "red"}, "/colour"),
    ],
)
def test_a_wrong_field_is_pointed_at(engineer: ApiCaller, project: Path, body: object, pointer: str) -> None:
    problem = engineer.refused("POST", "/submissions", 400, json=body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_body_that_is_no_object_is_refused(engineer: ApiCaller, data: bytes) -> None:
    assert engineer.refused("POST", "/submissions", 400, data=data, content_type="application/json")


def test_other_refusals_have_the_status_of_their_family(engineer: ApiCaller, project: Path) -> None:
    assert engineer.refused("POST", "/submissions", 404, json={"repository": "projct"})["code"] == "unknown-repository"
    assert engineer.refused("POST", "/submissions", 400, json={**SUBMIT, "ref": "gone"})["code"] == "git-no-such-ref"
    assert engineer.refused("POST", "/submissions", 413, json={**SUBMIT, "patch": "x" * (4 << 20) + "x"})
    assert engineer.refused("POST", "/submissions", 413, json={**SUBMIT, "patch": "x" * (6 << 20)})
    (project / ".git/config").write_text("[core")
    answer = engineer.send("POST", "/submissions", json=SUBMIT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_the_same_request_with_the_same_key_has_one_effect(engineer: ApiCaller, project: Path) -> None:
    key = {"Idempotency-Key": "k1"}
    first = engineer.post("/submissions", SUBMIT, 201, **key)
    assert engineer.post("/submissions", SUBMIT, 201, **key) == first
    assert len(engineer.get("/submissions")["items"]) == 1
    problem = engineer.refused("POST", "/submissions", 422, json={**SUBMIT, "note": "x"}, headers=key)
    assert problem["code"] == "idempotency-key-reused"


def test_a_repeat_of_a_request_that_was_killed_after_its_commit_gets_the_first_submission(
    engineer: ApiCaller, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(Farm, "nudge", lambda _: (_ for _ in ()).throw(RuntimeError("killed")))
        assert engineer.send("POST", "/submissions", json=SUBMIT, headers={"Idempotency-Key": "k"}).status_code == 500
    assert engineer.post("/submissions", SUBMIT, 201, **{"Idempotency-Key": "k"})["id"] == "submission-1"
    assert len(engineer.get("/submissions")["items"]) == 1


def test_the_same_request_twice_at_once_has_one_effect(app: APIFlask, engineer: ApiCaller, project: Path) -> None:
    def post() -> object:
        mine = ApiCaller(app.test_client(), engineer.token)
        return mine.post("/submissions", SUBMIT, 201, **{"Idempotency-Key": "k"})["id"]

    with ThreadPoolExecutor(4) as pool:
        answers = {task.result() for task in [pool.submit(post) for _ in range(4)]}
    # Not always the first id: PostgreSQL gives those of a transaction that came second to nobody else.
    assert {one["id"] for one in engineer.get("/submissions")["items"]} == answers
    assert len(answers) == 1


def test_an_artifact_in_a_folder_has_an_address(engineer: ApiCaller, builder: ApiCaller, farm: Farm) -> None:
    pass_build(builder)
    with farm.db.writing() as session:
        session.execute(update(BuildArtifact).values(name="efi/boot #1?.efi"))
    (made,) = engineer.get("/builds/1")["artifacts"]
    assert made["url"] == "/api/v1/builds/build-1/artifacts/efi/boot%20%231%3F.efi"
    with engineer.send("GET", made["url"].removeprefix(API)) as answer:
        assert (answer.status_code, len(answer.data)) == (200, made["size"])
        assert answer.headers["Content-Disposition"] == 'attachment; filename="boot #1?.efi"'


def test_a_request_that_was_refused_frees_its_key(engineer: ApiCaller, project: Path) -> None:
    key = {"Idempotency-Key": "k1"}
    assert engineer.refused("POST", "/submissions", 400, json={**SUBMIT, "ref": "gone"}, headers=key)
    engineer.post("/submissions", SUBMIT, 201, **key)
    assert engineer.refused("POST", "/submissions", 400, json=SUBMIT, headers={"Idempotency-Key": "x" * 201})


def test_a_submission_is_cancelled_once(engineer: ApiCaller, submission: dict[str, Any]) -> None:
    cancelled = engineer.post("/submissions/submission-1/cancel")
    assert (cancelled["status"], cancelled["finished"], cancelled["counts"]) == ("cancelled", True, {"cancelled": 1})
    assert engineer.refused("POST", "/submissions/submission-1/cancel", 409)["code"] == "conflict"


def test_a_boot_is_cancelled_and_run_again(engineer: ApiCaller, submission: dict[str, Any]) -> None:
    assert engineer.post("/boots/boot-1/cancel")["cause"] == "by-user"
    assert engineer.refused("POST", "/boots/boot-1/cancel", 409)
    refused = engineer.refused("POST", "/boots/boot-1/rerun", 409, json={"same_machine": True})
    assert "ran on no machine" in refused["detail"]
    again = engineer.post("/boots/boot-1/rerun", {}, status=201)
    assert (again["id"], again["retry_of"], again["attempt"], again["build"]) == ("boot-2", "boot-1", 2, "build-2")
    assert engineer.refused("POST", "/boots/boot-1/rerun", 409, json={})
    assert engineer.get("/boots/2")["attempts"] == ["boot-1", "boot-2"]
    assert [boot["id"] for boot in engineer.get("/submissions/1")["boots"]] == ["boot-2"]


def test_a_build_is_cancelled_with_the_boots_that_wait_for_it(engineer: ApiCaller, submission: dict[str, Any]) -> None:
    assert engineer.post("/builds/build-1/cancel")["verdict"] == "cancelled"
    assert engineer.get("/boots/1")["status"] == "cancelled"
    assert engineer.refused("POST", "/builds/build-1/cancel", 409)


def test_finished_boots_of_a_submission_run_again_by_verdict(engineer: ApiCaller, holder: ApiCaller) -> None:
    assert engineer.refused("POST", "/submissions/1/rerun", 409, json={})
    finish_boot(holder, verdict="fail", cause="guest-panic")
    assert engineer.refused("POST", "/submissions/1/rerun", 409, json={"only": "infra"})
    assert engineer.refused("POST", "/submissions/1/rerun", 400, json={"only": "pass"})
    made = engineer.post("/submissions/1/rerun", {"only": "fail"})
    assert [boot["image"] for boot in made["items"]] == [DIGEST]


@pytest.mark.parametrize("kind", ["boots", "builds", "submissions"])
def test_ids_of_nothing_of_another_kind_and_of_no_form_are_refused(nobody: ApiCaller, kind: str) -> None:
    assert nobody.refused("GET", f"/{kind}/7", 404)
    for wrong in ("machine-1", "0", "x", "1e3", "9" * 30, "%00"):
        assert nobody.refused("GET", f"/{kind}/{wrong}", 400)["next_step"]


@pytest.mark.parametrize("kind", ["boots", "builds", "submissions"])
def test_parameters_that_a_list_does_not_know_are_refused(nobody: ApiCaller, kind: str) -> None:
    for wrong in (
        "colour=red",
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=x",
        "cursor=-1",
        "verdict=banana",
        "verdict=pass&verdict=banana",
        "commit=xyz",
        "image=12",
        "since=yesterday",
        "submission=boot-1",
    ):
        assert nobody.refused("GET", f"/{kind}?{wrong}", 400), wrong


def test_lists_are_narrowed_and_an_empty_field_narrows_nothing(
    engineer: ApiCaller, nobody: ApiCaller, submission: dict[str, Any]
) -> None:
    engineer.post("/boots/1/cancel")
    for query, count in [
        ("", 1),
        ("repository=&machine=&verdict=&commit=&image=&submission=&cursor=", 1),
        ("repository=project", 1),
        ("repository=other", 0),
        ("repository=other&repository=project", 1),
        ("verdict=cancelled", 1),
        ("verdict=pass&verdict=cancelled", 1),
        ("verdict=pass", 0),
        (f"commit={submission['commit'][:8]}", 1),
        ("submission=submission-1", 1),
        ("since=1h", 1),
        ("since=7d&until=2099-01-01T00:00:00Z", 1),
        ("until=2020-01-01T00:00:00%2B02:00", 0),
        ("mine=true", 0),
    ]:
        assert len(nobody.get(f"/boots?{query}")["items"]) == count, query
    assert len(engineer.get("/boots?mine=true")["items"]) == 1


def test_a_cursor_goes_on_where_the_page_ended_while_rows_are_added(engineer: ApiCaller, project: Path) -> None:
    for _ in range(3):
        engineer.post("/submissions", SUBMIT, 201)
    first = engineer.get("/submissions?limit=2")
    engineer.post("/submissions", SUBMIT, 201)
    second = engineer.get(f"/submissions?limit=2&cursor={first['next']}")
    assert [row["id"] for row in first["items"] + second["items"]] == ["submission-3", "submission-2", "submission-1"]
    assert second["next"] is None


def test_what_a_build_made_can_be_downloaded_and_never_runs_in_a_browser(nobody: ApiCaller, builder: ApiCaller) -> None:
    pass_build(builder)
    (made,) = nobody.get("/builds/build-1")["artifacts"]
    assert (made["digest"], made["size"]) == (DIGEST, len(IMAGE))
    answer = nobody.client.get(made["url"])
    assert (answer.data, answer.content_type) == (IMAGE, "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    answer.close()
    with nobody.client.get(made["url"], headers={"If-None-Match": answer.headers["ETag"]}) as again:
        assert again.status_code == 304
    assert nobody.refused("GET", "/builds/build-1/artifacts/other.efi", 404)
    assert nobody.refused("GET", "/builds/7/artifacts/image.efi", 404)


def test_machines_are_added_held_and_brought_back(operator: ApiCaller, nobody: ApiCaller) -> None:
    body = {"name": "nuc", "driver": "null", "tags": ["tpm"], "options": {"end": "off", "script": [1, {"a": None}]}}
    made = operator.post("/machines", body, 201)
    assert (made["state"], made["health"], made["options"], made["lab"]) == (
        "idle",
        "unknown",
        body["options"],
        "local",
    )
    assert operator.refused("POST", "/machines", 409, json=body)
    assert operator.refused("POST", "/machines", 400, json={"name": "NUC"})["next_step"]
    assert operator.refused("POST", "/machines", 400, json={"name": "x", "driver": "telnet"})
    assert operator.refused("POST", "/machines/nuc/service", 400, json={"in_service": False})
    held = operator.post("/machines/nuc/service", {"in_service": False, "reason": "new fan"})
    assert (held["state"], held["reason"], held["held"]) == ("offline", "new fan", True)
    assert operator.post("/machines/nuc/service", {"in_service": True})["state"] == "idle"
    assert nobody.get("/machines/nuc") == nobody.get("/machines")["items"][0]
    assert "nuc" in nobody.refused("GET", "/machines/nux", 404)["next_step"]


def test_repositories_are_added_and_show_their_refs(engineer: ApiCaller, nobody: ApiCaller, project: Path) -> None:
    assert [one["name"] for one in nobody.get("/repositories")["items"]] == ["project"]
    commit_files(project.with_name("loader"), {"a": "1"})
    loader = {"url": str(project.with_name("loader"))}
    assert [engineer.post("/repositories", loader, 201)["name"] for _ in range(2)] == ["loader", "loader"]
    assert engineer.refused("DELETE", "/repositories/loader", 403)
    commit_files(project.with_name("tool"), {"a": "1"})
    taken = {"url": str(project.with_name("tool")), "name": "loader"}
    assert engineer.refused("POST", "/repositories", 409, json=taken)
    unreachable = {"url": str(project.parent / "nothing")}
    assert engineer.refused("POST", "/repositories", 400, json=unreachable)
    assert engineer.refused("POST", "/repositories", 400, json={"url": "file:///etc"})["code"] == "git-bad-url"
    engineer.post("/submissions", SUBMIT, 201)
    (ref,) = nobody.get("/repositories/project/refs")["items"]
    assert ref["commit"] == git(project, "rev-parse", "HEAD")
    assert nobody.refused("GET", "/repositories/other/refs", 404)


def test_workers_are_listed_while_they_answer(nobody: ApiCaller, submission: dict[str, Any]) -> None:
    (worker,) = nobody.get("/workers")["items"]
    assert (worker["name"], worker["lab"], worker["kinds"], worker["alive"]) == ("w", "local", ["boot", "build"], True)
    assert nobody.get("/health")["builders"] == 1


def test_a_site_that_only_resolves_to_this_host_is_not_answered(app: APIFlask) -> None:
    client = app.test_client()
    for path in ("/api/v1/boots", "/api/v1/nothing", "/", "/static/app.css"):
        answer = client.get(path, headers={"Host": "evil.example.com:8808"})
        assert (answer.status_code, "BOOTFARM_TRUSTED_HOSTS" in answer.text) == (400, True)
    assert client.get("/api/v1/boots", headers={"Host": "evil.example.com"}).get_json()["code"] == "untrusted-host"
    for host in ("127.0.0.1:8808", "localhost", "LOCALHOST:1", "[::1]:8808"):
        assert client.get("/api/v1/boots", headers={"Host": host}).status_code == 200


def test_a_farm_answers_at_the_address_where_it_listens_and_under_the_names_that_its_operator_trusts(
    farm: Farm,
) -> None:
    farm.settings.trusted_hosts = ["Farm.example", ".lab.example", "fd00::2"]
    known = {
        "": ["farm.example:80", "lab.example", "a.b.lab.example", "[fd00::2]:8808"],
        "10.0.0.5": ["10.0.0.5:8808"],
        "fd00::1": ["[fd00::1]"],
        "0.0.0.0": [],
        "::": [],
    }
    unknown = ["10.0.0.6", "xlab.example", "0.0.0.0", "[::]", "a.farm.example", "", "a b"]
    for listens, hosts in known.items():
        client = create_app(farm, listens=listens).test_client()
        for host in hosts:
            assert client.get("/api/v1/boots", headers={"Host": host}).status_code == 200, host
        for host in unknown:
            assert client.get("/api/v1/boots", headers={"Host": host}).status_code == 400, host


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "line 1, column 2"),
        (b'{\n"a": 1,}', "line 2"),
        (b"\xff", "not UTF-8"),
        (b"", "empty"),
        (b"[" * 100_000, "too deep"),
    ],
)
def test_a_body_that_is_no_json_is_refused_in_our_words(engineer: ApiCaller, body: bytes, said: str) -> None:
    problem = engineer.refused("POST", "/submissions", 400, data=body, content_type="application/json")
    assert problem["code"] == "not-json"
    assert said in problem["detail"]
