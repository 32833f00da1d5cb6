"""What workers say, said by hand."""

import hashlib

from tests.web.api.api_caller import ApiCaller

IMAGE = b"MZ image"
DIGEST = hashlib.sha256(IMAGE).hexdigest()
PASS = {"verdict": "pass"}


def say_hello(worker: ApiCaller, lab: str = "local") -> None:
    """A worker that does everything is there."""
    body = {"worker": "w", "lab": lab, "kinds": ["build", "boot"], "version": "1", "toolchain": "rustc 1"}
    worker.post("/worker/hello", body)


def pass_build(builder: ApiCaller, number: int = 1) -> None:
    """Upload the image and finish."""
    assert builder.send("PUT", f"/worker/builds/{number}/artifacts/{DIGEST}", data=IMAGE).status_code == 204
    made = [{"name": "image.efi", "digest": DIGEST, "size": len(IMAGE)}]
    builder.post(f"/worker/builds/{number}/finish", {**PASS, "artifacts": made}, 204)


def say(holder: ApiCaller, offset: int, data: bytes, status: int = 200, number: int = 1) -> int:
    """Append console bytes of a boot; the size that is answered."""
    answer = holder.send("POST", f"/worker/boots/{number}/console/serial?offset={offset}", data=data)
    assert answer.status_code == status, answer.text
    size: int = answer.get_json()["size"]
    return size


def finish_boot(holder: ApiCaller, console_bytes: int = 0, number: int = 1, **outcome: object) -> None:
    """A boot ends."""
    holder.post(f"/worker/boots/{number}/finish", {**PASS, "console_bytes": console_bytes, **outcome}, 204)
