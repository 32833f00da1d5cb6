"""Rows of a small, believable farm, made with the farm's own functions: what pages are shown with in tests."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from farm import access, artifacts, boots, builds, leases, machines, wire
from farm.access import Caller, Scope
from farm.boots import Boot
from farm.builds import Build
from farm.database import now
from farm.farm import Farm
from farm.machines import Machine
from farm.repositories import Repository
from farm.states import BuildState, Cause, Verdict
from farm.submissions import Submission, SubmissionBuild

LIMITS = {"total_seconds": 60, "silence_seconds": 30, "console_bytes": 1 << 20}
COMMIT = "e0aa41c7be9177de5b10a1f39c02d41c0e9bd6f2"
LINES = b"BdsDxe: loading Boot0001\r\n\x1b[2Jruntime 0.4.2\r\nRUNTIME READY\r\n"


@dataclass(frozen=True)
class Seed:
    """One farm to fill; each method adds one thing and gives its id or name."""

    farm: Farm

    def person(self, name: str = "ada", *scopes: Scope) -> Caller:
        """Somebody who may log in."""
        with self.farm.db.writing() as session:
            made = access.ensure_person(session, name, scopes or (Scope.ADMIN,))
            return Caller(made.id, made.name, access.scopes_of(made.scopes))

    def token(self, name: str, *scopes: Scope) -> str:
        """A secret of a person."""
        with self.farm.db.writing() as session:
            person = access.ensure_person(session, name, scopes)
            return access.create_token(session, person, "test", scopes)[1]

    def machine(self, name: str = "qemu-1", **values: object) -> str:
        """A machine in the lab "local", with a worker that speaks."""
        with self.farm.db.writing() as session:
            machines.add_machine(session, **{"name": name, "lab": "local", "driver": "null", **values})  # type: ignore[arg-type]
            self._hello(session)
        return name

    def _hello(self, session: Session) -> None:
        kinds, tools = ["build", "boot"], "rustc 1.90"
        machines.hello(
            session, lab="local", name="lab-1", kinds=kinds, version="0.1", toolchain=tools, accelerator="kvm"
        )

    def submission(
        self, subject: str = "fix serial framing", repository: str = "runtime", commit: str = COMMIT, **more: str
    ) -> int:
        """A submission with one queued build and no boots."""
        with self.farm.db.writing() as session:
            known = session.query(Repository).filter_by(name=repository).one_or_none()
            known = known or _repository(session, repository)
            texts = {"plan": "", "note": "", "warnings": "", **more}
            made = Submission(
                repository=known,
                person_id=None,
                ref="main",
                commit=commit,
                tree="7" * 40,
                patch=None,
                subject=subject,
                author="Ada <ada@example.org>",
                created_at=now(),
                **texts,
            )
            session.add(made)
            recipe = wire.Recipe().model_dump(mode="json")
            built = builds.find_or_create(
                session,
                repository=known,
                commit=commit,
                tree=f"{subject}{commit}"[:60],
                patch=None,
                recipe=recipe,
                toolchain="rustc 1.90",
            )
            session.flush()
            session.add(SubmissionBuild(submission_id=made.id, build_id=built.id))
            return made.id

    def built(self, submission: int, cause: Cause | None = None, error_line: int | None = None) -> int:
        """Finish the build of a submission."""
        data = f"image {submission}".encode()
        digest = self.farm.artifacts.put_bytes(data)
        with self.farm.db.writing() as session:
            build = _build(session, submission)
            if build.state == BuildState.FINISHED:
                return build.id
            artifacts.record(session, digest, len(data), now())
            builds.claim(session, build, "lab-1", "rustc 1.90", timedelta(seconds=30))
            made = [wire.BuiltArtifact(name="runtime.efi", digest=digest, size=len(data), authenticode="a" * 64)]
            outcome = wire.BuildOutcome(
                verdict=Verdict.FAIL if cause else Verdict.PASS,
                cause=cause,
                detail="error[E0425]: cannot find value `x`" if cause else "",
                artifacts=[] if cause else made,
                error_line=error_line,
            )
            builds.finish(session, build, outcome)
            return build.id

    def boot(self, submission: int, machine: str = "qemu-1", *, firmware: str = "", state: str = "queued") -> int:
        """A boot of a submission, "queued" or already "running" on its machine."""
        with self.farm.db.writing() as session:
            build, wanted = _build(session, submission), machines.machine(session, machine)
            made = boots.create(
                session,
                submission_id=submission,
                repository_id=build.repository_id,
                build_id=build.id,
                image_name="",
                image=next((one.digest for one in artifacts.of_build(session, build.id)), None),
                selector=machine,
                wanted=wanted.id,
                firmware=firmware,
                expectations={"markers": [], "limits": LIMITS},
                infra_retries=0,
                priority=0,
            )
            session.flush()
            if state == "running":
                _start(session, made, wanted)
            return made.id

    def said(self, owner: str, data: bytes = LINES, stream: str = "serial") -> None:
        """Console bytes."""
        console = self.farm.consoles.stream(owner, stream)
        console.append(console.size(), data, now())

    def finished(
        self, boot: int, verdict: Verdict = Verdict.PASS, cause: Cause | None = None, detail: str = "", **more: object
    ) -> int:
        """The end of a running boot."""
        with self.farm.db.writing() as session:
            cases = more.get("cases") or [
                wire.Case(name="line 1", met=True, kind="expect", text="RUNTIME READY", offset=45)
            ]
            outcome = wire.BootOutcome.model_validate(
                {"verdict": verdict, "cause": cause, "detail": detail, "steps": steps(3), **more, "cases": cases}
            )
            boots.finish(session, boots.boot(session, boot), outcome)
        return boot

    def passed(self, submission: int, machine: str = "qemu-1", firmware: str = "") -> int:
        """A boot that ran and passed."""
        number = self.boot(submission, machine, firmware=firmware, state="running")
        self.said(f"boot-{number}")
        return self.finished(number)


def steps(count: int) -> list[wire.Step]:
    """The first steps of a boot, done."""
    names = ("prepare medium", "power on", "firmware")[:count]
    at = now() - timedelta(seconds=30)
    return [
        wire.Step(
            name=name,
            state=wire.StepState.OK,
            started_at=at + timedelta(seconds=number),
            finished_at=at + timedelta(seconds=number + 0.9),
        )
        for number, name in enumerate(names)
    ]


def _repository(session: Session, name: str) -> Repository:
    made = Repository(name=name, url=f"https://example.org/{name}.git", cache=name, created_at=now())
    session.add(made)
    session.flush()
    return made


def _build(session: Session, submission: int) -> Build:
    link = (
        session.query(SubmissionBuild).filter_by(submission_id=submission).order_by(SubmissionBuild.id.desc()).first()
    )
    assert link is not None
    return builds.build(session, link.build_id)


def _start(session: Session, boot: Boot, machine: Machine) -> None:
    assert boots.lease(session, boot, machine, leases.seconds_from_now(60))
    boots.claim(session, boot, "lab-1", leases.seconds_from_now(60))
    boot.steps = [step.model_dump(mode="json") for step in steps(2)]
