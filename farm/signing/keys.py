"""The keys under EARs: files below the farm's home, so that whoever has the database alone can sign nothing.

`keys/<kid>.pem` is the private half of the key in use, `keys/<kid>.jwk` the public half, which stays when the key is
rotated so that older results can still be checked. `keys/current` names the key in use, and `keys/made` all that there
should be. If a part is missing, the farm signs nothing until an operator rotates: a new key that nobody asked for would
hide that the old one is gone.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from farm.errors import Conflict

ALGORITHM = "ES256"
_OWNER_ONLY = 0o600
log = structlog.get_logger()


class KeyProblem(Conflict):
    """The key files are not whole."""

    code = "signing-keys"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One key as `keys list` shows it."""

    kid: str
    in_use: bool
    made_at: float  # seconds since 1970


class Signer:
    """Signs with the key in use, looked up each time: another process may rotate it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: tuple[str, ECKey] | None = None

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWT over the claims.

        Raises:
            KeyProblem: a key file is missing, unreadable or open to others.
        """
        kid = self._current()
        if self._loaded is None or self._loaded[0] != kid:
            self._loaded = (kid, self._private(kid))
        return jwt.encode({"alg": ALGORITHM, "kid": kid, "typ": "JWT"}, claims, self._loaded[1], algorithms=[ALGORITHM])

    def public_keys(self) -> list[dict[str, Any]]:
        """Every public half that can be read as a JWK, the one in use first; `check` names the others."""
        found, current = [], self._current_or_none()
        for file in sorted(self._folder.glob("*.jwk"), key=lambda file: (file.stem != current, -file.stat().st_mtime)):
            try:
                found.append(_public(file))
            except KeyProblem as problem:
                log.error("keys.broken", file=file.name, error=problem.message)
        return found

    def files(self) -> list[KeyFile]:
        """All keys that there ever were, the newest first."""
        current = self._current_or_none()
        found = [KeyFile(file.stem, file.stem == current, file.stat().st_mtime) for file in self._folder.glob("*.jwk")]
        return sorted(found, key=lambda one: (one.made_at, one.in_use), reverse=True)

    def check(self) -> None:
        """Whether the farm can sign, and what it signed before can be checked.

        Raises:
            KeyProblem: a key file is missing, unreadable or open to others; the message names it.
        """
        kid = self._current()
        private = self._private(kid)
        if private.as_dict(private=False)["x"] != _public(self._folder / f"{kid}.jwk")["x"]:
            raise _problem(f"{kid}.pem and {kid}.jwk are not halves of one key")
        for one in self._made():
            _public(self._folder / f"{one}.jwk")

    def is_whole(self) -> bool:
        """Whether `check` finds nothing."""
        try:
            self.check()
        except KeyProblem:
            return False
        return True

    def make_first(self, *, signed_before: bool) -> None:
        """The first key of a farm that never signed anything; a farm that has its key keeps it.

        Raises:
            KeyProblem: files are missing, or all are gone though the farm `signed_before`.
        """
        with self._locked():
            if self._is_empty():
                if signed_before:
                    raise _problem("all key files are gone, but this farm has signed results before")
                self._make()
        self.check()

    def rotate(self) -> str:
        """A new key takes over; its kid. The private half of the one before is removed, its public half stays."""
        with self._locked():
            before = set(self._folder.glob("*.pem"))
            # What is gone is gone: whoever rotates has been told, and the farm is whole again from here on.
            self._write("made", "\n".join(sorted(file.stem for file in self._folder.glob("*.jwk"))).encode())
            kid = self._make()
            for file in before:
                file.unlink(missing_ok=True)
        return kid

    def _make(self) -> str:
        key = ECKey.generate_key("P-256", private=True, auto_kid=True)
        kid = str(key.kid)
        public = {**key.as_dict(private=False), "kid": kid, "alg": ALGORITHM, "use": "sig"}
        self._write(f"{kid}.pem", key.as_pem(private=True))
        self._write(f"{kid}.jwk", json.dumps(public).encode())
        self._write("made", "\n".join([*self._made(), kid]).encode())
        self._write("current", kid.encode())  # last: what it names is whole
        return kid

    def _write(self, name: str, data: bytes) -> None:
        part = self._folder / f".{name}.part"
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(self._folder / name)

    def _private(self, kid: str) -> ECKey:
        file = self._folder / f"{kid}.pem"
        try:
            mode = file.stat().st_mode & 0o777
            data = file.read_bytes()
        except OSError as error:
            raise _problem(
                f"{file.name}, the private half of the key in use, is not there: {error.strerror}"
            ) from error
        if mode & 0o077:
            raise _problem(f"{file.name} is open to others: its mode is {mode:o}, not {_OWNER_ONLY:o}")
        try:
            return ECKey.import_key(data, {"kid": kid})
        except (ValueError, JoseError) as error:
            raise _problem(f"{file.name} is not a key") from error

    def _made(self) -> list[str]:
        try:
            return (self._folder / "made").read_text().split()
        except OSError:
            return []

    def _current(self) -> str:
        kid = self._current_or_none()
        if kid is None:
            what = "there is no key yet" if self._is_empty() else "the file that names the key in use is missing"
            raise _problem(what)
        return kid

    def _current_or_none(self) -> str | None:
        try:
            return (self._folder / "current").read_text().strip() or None
        except OSError:
            return None

    def _is_empty(self) -> bool:
        names = ("*.jwk", "*.pem", "current", "made")
        return not any(True for name in names for _ in self._folder.glob(name))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self._folder / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _public(file: Path) -> dict[str, Any]:
    """The public half in a file, which is a whole key of its own."""
    try:
        read = json.loads(file.read_text())
        ECKey.import_key(read)
    except (OSError, ValueError, TypeError, JoseError) as error:
        raise _problem(f"{file.name}, the public half of a key, is missing or broken") from error
    return dict(read)


def _problem(what: str) -> KeyProblem:
    return KeyProblem(
        f"The farm's signing keys are not whole, so it signs no results: {what}.",
        next_step="Restore the files of keys/ in the farm's home, or make a new key with `bootfarm keys rotate`.",
    )
