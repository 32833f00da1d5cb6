"""Attestation over HTTP: nonces and keys for workers; values, policies, keys and re-appraisals for people."""

from pathlib import Path
from typing import Any

import jwt
import pytest

from farm import passes
from farm.access import Caller, Scope
from farm.appraisals import runs
from farm.appraisals.key_check import prepare_keys
from farm.appraisals.reappraising import reappraise_one
from farm.evidence.inputs import ReferenceState
from farm.farm import Farm
from farm.signing import KeyProblem
from tests.farm import attest_steps as attest
from tests.farm import farm_steps as steps
from tests.hostile.good import PLATFORM_KEY
from tests.web.api.api_caller import ApiCaller
from tests.web.api.worker_calls import finish_boot

WHY = {"why": "seen it myself"}
ADA = Caller(1, "ada", frozenset(Scope))


@pytest.fixture
def boot(farm: Farm, project: Path) -> int:
    """A boot that ended with bound evidence of which nothing is approved."""
    steps.hello(farm)
    prepare_keys(farm)
    attest.enrol(farm)
    number = attest.build(farm, ADA)
    attest.run(farm, number)
    return number


def test_a_claim_has_a_nonce_and_its_repeat_has_the_same(
    farm: Farm, worker: ApiCaller, engineer: ApiCaller, project: Path
) -> None:
    steps.hello(farm)
    engineer.post("/submissions", {"repository": "project"}, 201)
    steps.start_build(farm, 1)
    steps.finish_build(farm, 1)
    passes.dispatch_one(farm)
    claim = {"worker": "w", "nonce": "ab" * 16}
    first = worker.post("/worker/boots/1/claim", claim)
    assert len(bytes.fromhex(first["nonce"])) == 16
    assert worker.post("/worker/boots/1/claim", claim)["nonce"] == first["nonce"]


def test_a_machines_key_is_pinned_once(holder: ApiCaller, chief: ApiCaller) -> None:
    key, other = ({"public": one.public.hex()} for one in (PLATFORM_KEY, attest.OTHER_KEY))
    for _ in range(2):
        holder.post("/worker/boots/1/platform-key", key, 204)
    refused = holder.refused("POST", "/worker/boots/1/platform-key", 409, json=other)
    assert "never changes silently" in refused["detail"]
    (open_one,) = chief.get("/machines/null-1/enrolments")["items"]
    assert (open_one["ak_name"], open_one["kind"], open_one["ended_at"]) == (PLATFORM_KEY.name.hex(), "virtual", None)
    chief.refused("POST", "/machines/null-1/enrolments/end", 400, json={"why": ""})
    why = {"why": "its disk was replaced"}
    assert chief.refused("POST", "/machines/null-1/enrolments/end", 428, json=why)["code"] == "if-match-missing"
    seen = {"If-Match": chief.send("GET", "/machines/null-1/enrolments").headers["ETag"]}
    stale = {"If-Match": '"7-open"'}
    assert (
        "has another"
        in chief.refused("POST", "/machines/null-1/enrolments/end", 412, json=why, headers=stale)["detail"]
    )
    ended = chief.post("/machines/null-1/enrolments/end", why, **seen)
    assert (ended["ended_by"], ended["why"]) == ("ada", "its disk was replaced")
    chief.refused("POST", "/machines/null-1/enrolments/end", 404, json={"why": "again"}, headers=seen)
    holder.post("/worker/boots/1/platform-key", other, 204)
    assert len(chief.get("/machines/null-1/enrolments")["items"]) == 2


def test_a_key_that_is_none_is_refused(holder: ApiCaller) -> None:
    for public in ("", "zz", "ab" * 257):
        holder.refused("POST", "/worker/boots/1/platform-key", 400, json={"public": public})


def test_a_key_that_the_verifier_would_never_take_is_not_pinned(holder: ApiCaller, chief: ApiCaller) -> None:
    good = PLATFORM_KEY.public
    for public, words in (
        (b"key", "none that the verifier takes: TPMT_PUBLIC"),
        (good + b"\0", "none that the verifier takes: TPMT_PUBLIC"),
        (good[:4] + bytes.fromhex("00040072") + good[8:], "no restricted signing key of its TPM"),
        (good[:-1] + bytes([good[-1] ^ 1]), "no point of P-256"),
        (good[:22] + b"\xff" * 32 + good[54:], "no point of P-256"),
    ):
        path, body = "/worker/boots/1/platform-key", {"public": public.hex()}
        assert words in holder.refused("POST", path, 400, json=body)["detail"]
    assert chief.get("/machines/null-1/enrolments")["items"] == []


def test_a_finish_whose_answer_was_lost_may_be_said_again_though_the_gate_changed_it(
    farm: Farm, holder: ApiCaller, engineer: ApiCaller
) -> None:
    attest.ask(farm, 1, require="warning")
    for _ in range(2):
        finish_boot(holder)
    ended = engineer.get("/boots/1")
    assert (ended["verdict"], ended["cause"]) == ("fail", "evidence-rejected")
    assert len(engineer.get("/boots/1/appraisals")["items"]) == 1


def test_a_boots_appraisals_are_told_with_every_step(engineer: ApiCaller, boot: int) -> None:
    told = engineer.get(f"/boots/boot-{boot}/appraisals")
    (row,) = told["items"]
    assert (row["tier"], row["reason"], row["outcome"], told["owed"]) == ("warning", "image", "done", False)
    assert {step["outcome"] for step in row["steps"]} == {"pass", "fail", "not-run"}
    engineer.refused("GET", "/boots/77/appraisals", 404)


def test_what_the_verifier_fails_on_is_owed_until_somebody_writes_it_off(
    farm: Farm, chief: ApiCaller, operator: ApiCaller, nobody: ApiCaller, boot: int
) -> None:
    assert (nobody.get("/owed-appraisals")["items"], nobody.get("/health")["appraisals_owed"]) == ([], 0)
    failing = attest.build(farm, ADA)
    with attest.broken_verifier():
        attest.run(farm, failing)
    (debt,) = nobody.get("/owed-appraisals")["items"]
    assert (debt["boot"], debt["tries"], debt["fault"]) == (f"boot-{failing}", 1, "RuntimeError: a bug of ours")
    assert debt["next_try"] > debt["since"]
    assert nobody.get("/health")["appraisals_owed"] == 1
    path = f"/boots/boot-{failing}/write-off"
    operator.refused("POST", path, 403, json=WHY)
    chief.refused("POST", path, 400, json={})
    assert "for a reason" in chief.refused("POST", path, 400, json={"why": " "})["detail"]
    assert "is owed" in chief.refused("POST", f"/boots/boot-{boot}/write-off", 404, json=WHY)["detail"]
    made = chief.post(path, WHY)
    assert (made["boot"], made["tries"], made["by"], made["why"]) == (f"boot-{failing}", 1, "ada", WHY["why"])
    chief.refused("POST", path, 404, json=WHY)
    told = nobody.get(f"/boots/boot-{failing}/appraisals")
    assert (told["owed"], told["written_off"], told["items"][0]["outcome"]) == (False, [made], "error")
    assert nobody.get(f"/boots/boot-{failing}")["attested"]["written_off"] == f"by ada: {WHY['why']}"
    assert nobody.get("/write-offs?limit=1") == {"items": [made], "next": None}
    assert (nobody.get("/owed-appraisals")["items"], nobody.get("/health")["appraisals_owed"]) == ([], 0)


def test_a_signed_result_is_checked_with_the_published_keys_alone(nobody: ApiCaller, boot: int) -> None:
    answer = nobody.send("GET", f"/boots/{boot}/ear")
    assert answer.content_type == "application/eat+jwt"
    keys = jwt.PyJWKSet.from_dict(nobody.client.get("/.well-known/jwks.json").get_json())
    key = keys[jwt.get_unverified_header(answer.text)["kid"]]
    read: dict[str, Any] = jwt.decode(answer.text, key.key, algorithms=["ES256"], options={"verify_iat": False})
    assert read["submods"]["null-1"]["ear_status"] == "warning"


def refuse(_: object) -> str:
    raise KeyProblem("its file is missing")


def test_an_older_signed_result_is_not_given_out_for_the_newest(
    farm: Farm, nobody: ApiCaller, boot: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm.signer, "sign", refuse)
    attest.decide_all(farm, ReferenceState.DENIED)
    with farm.db.writing() as session:
        runs.begin(session, policy_id=None, by="ada", why="the image is known to be bad")
    while reappraise_one(farm):
        pass
    newest, first = attest.appraisals(farm, boot)[::-1]
    assert (newest.tier, newest.ear, bool(first.ear)) == ("contraindicated", "", True)
    refused = nobody.refused("GET", f"/boots/{boot}/ear", 404)
    assert refused["detail"].startswith(f"The newest result of boot-{boot} is not signed: its tier is contraindicated")
    nobody.refused("GET", "/boots/77/ear", 404)


def test_values_are_approved_from_a_boot_retired_and_denied(chief: ApiCaller, boot: int) -> None:
    approved = chief.post(f"/boots/boot-{boot}/approve", WHY)["items"]
    assert len(approved) == 4
    assert {one["state"] for one in chief.get("/references?state=approved")["items"]} == {"approved"}
    image = next(one for one in approved if one["kind"] == "image")
    assert image["decisions"][-1] | {"at": ""} == {
        "state": "approved",
        "at": "",
        "by": "ada",
        "why": f"From boot-{boot}: seen it myself",
    }
    assert len(image["pcr4"]) == len(image["pcr10"]) == 64
    number = image["id"]
    seen = {"If-Match": chief.send("GET", f"/references/{number}").headers["ETag"]}
    assert chief.post(f"/references/{number}/state", {"state": "retired", **WHY}, **seen)["state"] == "retired"
    now_is = {"If-Match": f"W/{chief.send('GET', f'/references/{number}').headers['ETag']}"}
    chief.refused("POST", f"/references/{number}/state", 409, json={"state": "retired", **WHY}, headers=now_is)
    chief.refused("POST", f"/references/{number}/state", 400, json={"state": "loved", **WHY})
    chief.refused("POST", "/references/77/state", 404, json={"state": "denied", **WHY})
    assert chief.get(f"/references/{number}")["decisions"][-1]["state"] == "retired"


def test_a_decision_says_what_it_was_made_about(chief: ApiCaller, operator: ApiCaller, boot: int) -> None:
    path, approve = "/references/1/state", {"state": "approved", **WHY}
    missing = chief.refused("POST", path, 428, json=approve)
    assert (missing["code"], "header If-Match" in missing["detail"]) == ("if-match-missing", True)
    tag = chief.send("GET", "/references/1").headers["ETag"]
    assert chief.send("GET", "/references/1", headers={"If-None-Match": tag}).status_code == 304
    chief.post(path, {"state": "denied", "why": "it is malware"}, **{"If-Match": tag})
    assert chief.send("GET", "/references/1", headers={"If-None-Match": tag}).status_code == 200
    stale = chief.refused("POST", path, 412, json=approve, headers={"If-Match": tag})
    assert stale["code"] == "stale"
    assert "ada made it denied at" in stale["detail"]
    assert "because: it is malware" in stale["detail"]
    assert chief.get("/references/1")["state"] == "denied"


def test_lists_of_values_come_in_pages(chief: ApiCaller, boot: int) -> None:
    first = chief.get("/references?limit=3")
    second = chief.get(f"/references?limit=3&cursor={first['next']}")
    assert [len(first["items"]), len(second["items"]), second["next"]] == [3, 1, None]


def test_a_policy_is_tried_added_and_listed_with_its_versions(chief: ApiCaller, boot: int) -> None:
    strict = {"body": 'name = "default"\nsteps = ["binding"]\n'}
    tried = chief.post("/policies/dry-run", strict)
    assert (tried["examined"], tried["next"]) == (1, None)
    assert [(one["tier_before"], one["tier_after"]) for one in tried["items"]] == [("warning", "contraindicated")]
    assert chief.post("/policies", strict, 201)["version"] == 2
    chief.refused("POST", "/policies", 409, json=strict)
    assert chief.refused("POST", "/policies", 400, json={"body": "nonsense"})["code"] == "policy-refused"
    assert [one["version"] for one in chief.get("/policies/default")["items"]] == [2, 1]
    assert [(one["name"], one["version"]) for one in chief.get("/policies")["items"]] == [("default", 2)]
    assert "default" in chief.refused("GET", "/policies/defualt", 404)["next_step"]


def test_a_reappraisal_is_begun_walked_and_told(farm: Farm, chief: ApiCaller, boot: int) -> None:
    chief.post(f"/boots/{boot}/approve", WHY)
    begun = chief.post("/reappraisals", {"why": "values were approved"}, 201)
    chief.refused("POST", "/reappraisals", 409, json=WHY)
    chief.refused("POST", "/reappraisals", 404, json={**WHY, "policy": "none"})
    passes.reconcile(farm)
    told = chief.get(f"/reappraisals/{begun['id']}")
    assert (told["appraised"], told["changed"], told["finished_at"] is not None) == (1, 1, True)
    (change,) = chief.get(f"/reappraisals/{begun['id']}/changes")["items"]
    assert (change["before"], change["after"], change["cause"]) == ("warning", "affirming", "reference value")
    seen = chief.post(f"/changes/{change['id']}/acknowledge", WHY)
    assert (seen["acknowledged_by"], seen["why"]) == ("ada", "seen it myself")
    chief.refused("POST", f"/changes/{change['id']}/acknowledge", 409, json=WHY)


@pytest.mark.parametrize("why", ["fine\N{NULL}", "fine\x1b[2J", "fine \N{RIGHT-TO-LEFT OVERRIDE}ton", "two\nlines"])
def test_a_reason_has_no_character_that_is_not_seen(chief: ApiCaller, boot: int, why: str) -> None:
    chief.post("/standing-approvals", {"repository": "project", **WHY}, 201)
    keys = "/machines/null-1/enrolments"
    seen = [chief.send("GET", path).headers["ETag"] for path in ("/references/1", keys)]
    for path, body in (
        ("/references/1/state", {"state": "denied", "why": why}),
        (f"{keys}/end", {"why": why}),
        (f"/boots/{boot}/approve", {"why": why}),
        (f"/boots/{boot}/write-off", {"why": why}),
        ("/reappraisals", {"why": why}),
        ("/changes/1/acknowledge", {"why": why}),
        ("/standing-approvals", {"lab": "local", "why": why}),
        ("/standing-approvals/1/end", {"why": why}),
        ("/machines/null-1/service", {"in_service": False, "reason": why}),
    ):
        refused = chief.refused("POST", path, 400, json=body, headers={"If-Match": ", ".join(seen)})
        assert "A reason is one line of characters that can be seen" in refused["detail"], path


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/references/1/state", {"state": "approved", **WHY}),
        ("/boots/1/approve", WHY),
        ("/policies", {"body": 'name = "x"'}),
        ("/machines/null-1/enrolments/end", WHY),
        ("/reappraisals", WHY),
        ("/changes/1/acknowledge", WHY),
    ],
)
def test_deciding_needs_the_scope_for_it_and_operating_is_not_enough(
    operator: ApiCaller, engineer: ApiCaller, path: str, body: object
) -> None:
    for caller in (operator, engineer):
        assert caller.refused("POST", path, 403, json=body)["scope"] == "attest-approve"


def test_an_approver_may_read_and_decide_and_no_more(chief: ApiCaller, boot: int) -> None:
    made = chief.post("/tokens", {"name": "approver", "scopes": ["attest-approve"]}, 201)
    approver = chief.with_token(made["secret"])
    assert approver.get("/me")["scopes"] == ["attest-approve", "read"]
    approver.post(f"/boots/{boot}/approve", WHY)
    assert approver.refused("POST", "/submissions", 403, json={"repository": "project"})["scope"] == "submit"


def test_health_says_whether_results_are_signed(farm: Farm, nobody: ApiCaller) -> None:
    assert nobody.get("/health")["signing"] is False
    prepare_keys(farm)
    assert nobody.get("/health")["signing"] is True
