"""Evidence and timings of a boot: uploaded by its worker, read and downloaded by people."""

import hashlib

from tests.web.api.api_caller import ApiCaller
from tests.web.api.worker_calls import finish_boot

CATT1 = b"CATT1 as the machine wrote it"
DIGEST = hashlib.sha256(CATT1).hexdigest()
FILE = {"name": "citadel-attest.bin", "source": "esp", "digest": DIGEST, "size": len(CATT1)}


def test_evidence_is_kept_byte_for_byte(holder: ApiCaller, engineer: ApiCaller) -> None:
    assert holder.send("PUT", f"/worker/boots/1/artifacts/{DIGEST}", data=CATT1).status_code == 204
    printed = {**FILE, "name": "citadel-attest.txt", "source": "console"}
    finish_boot(holder, evidence=[FILE, printed], timings=[{"name": "quote", "microseconds": 50123}])
    boot = engineer.get("/boots/1")
    assert boot["timings"] == [{"name": "quote", "microseconds": 50123}]
    assert [(one["name"], one["source"], one["size"]) for one in boot["evidence"]] == [
        ("citadel-attest.bin", "esp", len(CATT1)),
        ("citadel-attest.txt", "console", len(CATT1)),
    ]
    answer = engineer.send("GET", boot["evidence"][0]["url"].removeprefix("/api/v1"))
    assert answer.data == CATT1
    assert answer.headers["Content-Disposition"].startswith("attachment")
    answer.close()
    assert engineer.refused("GET", "/boots/1/evidence/esp/other.bin", 404)
    assert engineer.refused("GET", "/boots/1/evidence/console/citadel-attest.bin", 404)


def test_evidence_that_was_never_uploaded_ends_nothing(holder: ApiCaller, engineer: ApiCaller) -> None:
    holder.refused("POST", "/worker/boots/1/finish", 404, json={"verdict": "pass", "evidence": [FILE]})
    assert engineer.get("/boots/1")["state"] == "running"


def test_a_worker_can_not_send_without_end(holder: ApiCaller) -> None:
    many = [{"name": f"n{number}", "microseconds": 1} for number in range(65)]
    holder.refused("POST", "/worker/boots/1/finish", 400, json={"verdict": "pass", "timings": many})
    files = [{**FILE, "name": f"f{number}"} for number in range(17)]
    holder.refused("POST", "/worker/boots/1/finish", 400, json={"verdict": "pass", "evidence": files})
