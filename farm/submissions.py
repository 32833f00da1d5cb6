"""Submissions: one request to build and boot one commit, and everything that follows from it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from farm import artifacts, boots, builds, machines, plans, policies, references, wire
from farm.access import Caller, Person, Scope
from farm.boots import Boot
from farm.builds import Build
from farm.database import Base, Id, Utc, now
from farm.errors import BadRequest, Conflict, NotFound, TooLarge
from farm.expectations import Expectations
from farm.farm import Farm
from farm.repositories import Repository, from_mirror, repository
from farm.states import BootState, BuildState, Cause, Verdict
from mirrors import Commit, MirrorError

PLAN_FILE = ".bootfarm.toml"
_MAX_PLAN = 64 << 10
_MAX_NOTE = 1000
_FULL_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # means the same tomorrow: no need to ask the source


class Submission(Base):
    """One request: this commit, or commit and patch, of this repository, by this person."""

    __tablename__ = "submissions"
    __table_args__ = (
        Index(None, "repository_id", "id"),
        Index(None, "repository_id", "ref", "id"),
        Index(None, "commit"),
        Index(None, "person_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ref: Mapped[str] = mapped_column(String(300))  # as it was asked for
    commit: Mapped[str] = mapped_column(String(64))
    tree: Mapped[str] = mapped_column(String(64))
    patch: Mapped[str | None] = mapped_column(ForeignKey("artifacts.digest"))
    subject: Mapped[str] = mapped_column(String(300))
    author: Mapped[str] = mapped_column(String(200))
    plan: Mapped[str] = mapped_column(Text)  # the text at the commit; "" for the built-in default
    note: Mapped[str] = mapped_column(String(_MAX_NOTE))
    warnings: Mapped[str] = mapped_column(Text)  # what the plan's reading had to say, a sentence a line
    created_at: Mapped[datetime] = mapped_column(Utc)
    repository: Mapped[Repository] = relationship(lazy="joined")
    person: Mapped[Person | None] = relationship(lazy="joined")


class SubmissionBuild(Base):
    """Which builds a submission waits for; one build may serve many submissions."""

    __tablename__ = "submission_builds"
    __table_args__ = (UniqueConstraint("submission_id", "build_id"), Index(None, "build_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"))
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"))


@dataclass(frozen=True)
class Request:
    """What somebody asks for. Empty overrides leave the plan's own choice."""

    repository: str  # name or URL
    ref: str = "HEAD"
    patch: bytes = b""
    note: str = ""
    machines: tuple[str, ...] = ()
    firmware: tuple[str, ...] = ()
    fresh_build: bool = False
    priority: int = 0


@dataclass(frozen=True)
class Prepared:
    """A request whose commit is resolved and whose plan is read; nothing is written yet."""

    request: Request
    repository_id: int
    commit: Commit
    tree: str
    read: plans.ReadPlan
    plan: plans.Plan
    expansion: plans.Expansion
    plan_text: str = field(repr=False)


def prepare(farm: Farm, request: Request) -> Prepared:
    """Resolve, read and expand a request. Git runs here, outside of any transaction.

    Raises:
        NotFound: unknown repository. BadRequest: no such ref, a patch that does not apply, a plan that is wrong.
        Unavailable: the repository can't be reached.
    """
    if len(request.patch) > farm.settings.max_patch:
        raise TooLarge(f"The patch is larger than {farm.settings.max_patch >> 20} MiB.")
    if len(request.note) > _MAX_NOTE:
        raise BadRequest(f"The note is longer than {_MAX_NOTE} characters.")
    with farm.db.reading() as session:
        known = repository(session, request.repository)
        facts = [machine.facts() for machine in machines.machines(session)]
    commit, full_ref, tree, text = _source(farm, known, request)
    read = plans.read_plan(text, file=PLAN_FILE)
    plan = _override(read.for_ref(full_ref), request)
    expansion = _expand(read, plan, facts, request)
    return Prepared(request, known.id, commit, tree, read, plan, expansion, text)


def _expand(
    read: plans.ReadPlan, plan: plans.Plan, facts: list[plans.MachineFacts], request: Request
) -> plans.Expansion:
    try:
        return plans.expand(read, plan, facts)
    except plans.PlanRefused as refused:
        if not (request.machines or request.firmware):
            raise
        asked = [one if one.line else one.model_copy(update={"file": plans.REQUEST}) for one in refused.problems]
        raise plans.PlanRefused(asked) from refused


def _source(farm: Farm, known: Repository, request: Request) -> tuple[Commit, str | None, str, str]:
    """The commit, the full name of its ref if it has one, the tree to build (patched), and the plan's text in it."""
    try:
        mirror = farm.mirror(known.url)
        by_hash = _FULL_HASH.fullmatch(request.ref) is not None
        if not by_hash:
            mirror.refresh(farm.settings.git_timeout)
        commit = mirror.resolve(request.ref, farm.settings.git_timeout)
        full_ref = None if by_hash else mirror.full_name(request.ref)
        tree = mirror.apply_patch(commit.sha, request.patch) if request.patch else commit.tree
        plan = mirror.read_file(tree, PLAN_FILE, _MAX_PLAN + 1)
    except MirrorError as error:
        raise from_mirror(error) from error
    return commit, full_ref, tree, (plan or b"").decode(errors="replace")


def _override(plan: plans.Plan, request: Request) -> plans.Plan:
    changes: dict[str, Any] = {}
    if request.machines:
        changes["machines"] = tuple(request.machines)
    if request.firmware:
        changes["firmware"] = tuple(request.firmware)
    # The request, not the plan file, is where these values come from: None says so to the messages.
    places = {**plan.overrides, **{f"boot.{key}": None for key in changes}}
    boot = plan.boot.model_copy(update=changes)
    return plan.model_copy(update={"boot": boot, "overrides": places}) if changes else plan


def submit(
    farm: Farm, caller: Caller, request: Request, *, also: Callable[[Session, Submission], None] | None = None
) -> Submission:
    """Accept a request: one transaction writes the submission, its build and its boots; then the dispatcher is nudged.

    `also` writes, in that transaction, what must be there exactly if the submission is.

    Raises:
        NotAllowed, NotLoggedIn: the caller lacks the scope. Else as `prepare`, and what `also` raises.
    """
    caller.need(Scope.SUBMIT)
    prepared = prepare(farm, request)
    patch = farm.artifacts.put_bytes(request.patch) if request.patch else None
    with farm.db.writing() as session:
        submission = write(session, prepared, caller, patch)
        if also is not None:
            also(session, submission)
    farm.nudge()
    return submission


def write(session: Session, prepared: Prepared, caller: Caller, patch: str | None) -> Submission:
    """The rows of one submission.

    Raises:
        NotFound: its plan names a policy that there is not.
    """
    known = session.get_one(Repository, prepared.repository_id)
    if prepared.plan.attest.policy:
        policies.newest(session, prepared.plan.attest.policy)
    if patch:
        artifacts.record(session, patch, len(prepared.request.patch), now())
    submission = Submission(
        repository=known,
        person_id=caller.person_id,
        ref=prepared.request.ref[:300],
        commit=prepared.commit.sha,
        tree=prepared.tree,
        patch=patch,
        subject=prepared.commit.subject[:300],
        author=prepared.commit.author[:200],
        plan=prepared.plan_text,
        note=prepared.request.note,
        warnings="\n".join(warning.headline for warning in prepared.expansion.warnings),
        created_at=now(),
    )
    session.add(submission)
    build = builds.find_or_create(
        session,
        repository=known,
        commit=prepared.commit.sha,
        tree=prepared.tree,
        patch=patch,
        recipe=_recipe(prepared.plan),
        toolchain=machines.builder_toolchain(session),
        fresh=prepared.request.fresh_build,
    )
    session.flush()
    _link(session, submission.id, build.id)
    _write_boots(session, prepared, submission, build)
    session.flush()
    if build.state == BuildState.FINISHED:
        settle_boots(session, build)
    return submission


def _recipe(plan: plans.Plan) -> dict[str, JsonValue]:
    limit = plan.build.timeout.total_seconds()
    return wire.Recipe.model_validate({**plans.recipe(plan), "timeout_seconds": limit}).model_dump(mode="json")


def _link(session: Session, submission_id: int, build_id: int) -> None:
    session.add(SubmissionBuild(submission_id=submission_id, build_id=build_id))


def _write_boots(session: Session, prepared: Prepared, submission: Submission, build: Build) -> None:
    ids = {machine.name: machine.id for machine in machines.machines(session)}
    expectations = Expectations.of_plan(prepared.plan).model_dump(mode="json")
    shared = {
        "submission_id": submission.id,
        "repository_id": submission.repository_id,
        "build_id": build.id,
        "expectations": expectations,
        "infra_retries": prepared.plan.boot.infra_retries,
        "priority": prepared.request.priority,
    }
    each = [
        {
            "image_name": planned.image or "",
            "files": dict(planned.files),
            "selector": planned.selector,
            "wanted": ids[planned.machine] if planned.machine else None,
            "firmware": planned.firmware or "",
        }
        for planned in prepared.expansion.boots
    ]
    boots.create_all(session, [shared | one for one in each])


def settle_boots(session: Session, build: Build) -> None:
    """Carry a finished build to the boots that wait for it: an image to boot, or a verdict."""
    waiting = (Boot.build_id == build.id) & boots.QUEUED & Boot.image.is_(None)
    if build.verdict == Verdict.PASS:
        made = {artifact.name: artifact.digest for artifact in artifacts.of_build(session, build.id)}
        images = {"": next(iter(made.values()), None), **made}
        for name in session.scalars(select(Boot.image_name).where(waiting).distinct()).all():
            session.execute(update(Boot).where(waiting, Boot.image_name == name).values(image=images.get(name)))
    for boot in session.scalars(select(Boot).where(waiting)).all():
        if build.verdict != Verdict.PASS:
            boots.finish_unrun(session, boot, _cause_for_boots(build), f"build-{build.id} ended: {build.detail}"[:4000])
        else:
            wanted = f'no artifact "{boot.image_name}"' if boot.image_name else "nothing to boot"
            boots.finish_unrun(session, boot, Cause.BUILD_ERROR, f"build-{build.id} passed but made {wanted}.")


def _cause_for_boots(build: Build) -> Cause:
    return Cause(build.cause) if build.cause else Cause.BUILD_ERROR


def follow_retry(session: Session, lost: Build, again: Build) -> None:
    """Boots that waited for a lost build wait for its retry instead."""
    for submission_id in session.scalars(
        select(SubmissionBuild.submission_id).where(SubmissionBuild.build_id == lost.id)
    ).all():
        linked = select(SubmissionBuild.id).where(
            SubmissionBuild.submission_id == submission_id, SubmissionBuild.build_id == again.id
        )
        if session.scalars(linked).first() is None:
            _link(session, submission_id, again.id)
    for boot in session.scalars(select(Boot).where(Boot.build_id == lost.id, boots.QUEUED)).all():
        boot.build_id = again.id


def finish_build(session: Session, build: Build, outcome: wire.BuildOutcome, infra_retries: int) -> None:
    """A build's end and what follows: a retry, or its boots' images or verdicts."""
    builds.finish(session, build, outcome)
    if build.verdict == Verdict.PASS:
        references.learn_build(session, build)
    again = builds.retry(session, build, infra_retries)
    if again is None:
        settle_boots(session, build)
        return
    follow_retry(session, build, again)
    if again.state == BuildState.FINISHED:
        settle_boots(session, again)


def submission(session: Session, number: int) -> Submission:
    """The submission of this id.

    Raises:
        NotFound: none.
    """
    found = session.get(Submission, number)
    if found is None:
        raise NotFound(f"There is no submission-{number}.", next_step="`bootfarm list submissions` shows the newest.")
    return found


def boots_of(session: Session, number: int) -> list[Boot]:
    """A submission's boots, all attempts, in the order of the matrix."""
    return list(session.scalars(select(Boot).where(Boot.submission_id == number).order_by(Boot.id)))


def builds_of(session: Session, number: int) -> list[Build]:
    """A submission's builds, retries included."""
    mine = select(Build).join(SubmissionBuild, SubmissionBuild.build_id == Build.id)
    return list(session.scalars(mine.where(SubmissionBuild.submission_id == number).order_by(Build.id)))


def cancel(session: Session, number: int, by: str) -> int:
    """Cancel what is unfinished of a submission; how many boots that was.

    Raises:
        NotFound: no such submission.
        Conflict: nothing is left to cancel.
    """
    submission(session, number)
    unfinished = [boot for boot in boots_of(session, number) if boot.state != BootState.FINISHED]
    if not unfinished:
        raise Conflict(f"submission-{number} is finished; nothing is left to cancel.")
    for boot in unfinished:
        boots.cancel(session, boot, by)
    for build in builds_of(session, number):
        cancel_unwanted_build(session, build, by)
    return len(unfinished)


def cancel_unwanted_build(session: Session, build: Build, by: str) -> None:
    """End a build that no boot waits for any more."""
    wanted = select(func.count()).where(Boot.build_id == build.id, boots.LIVE)
    if build.state != BuildState.FINISHED and session.scalars(wanted).one() == 0:
        cancel_build(session, build, by)


def cancel_build(session: Session, build: Build, by: str) -> None:
    """Wish a build to end: at once while it waits, else by its worker's next heartbeat.

    Raises:
        Conflict: it is finished.
    """
    if build.state == BuildState.FINISHED:
        raise Conflict(f"build-{build.id} is finished with the verdict {build.verdict}; nothing is left to cancel.")
    build.cancel_requested_at = build.cancel_requested_at or now()
    session.flush()
    if build.state == BuildState.QUEUED:
        detail = f"Cancelled by {by} before it started."
        outcome = wire.BuildOutcome(verdict=Verdict.CANCELLED, cause=Cause.BY_USER, detail=detail)
        finish_build(session, build, outcome, 0)


def rerun_boot(session: Session, before: Boot, *, same_machine: bool = False) -> Boot:
    """A new attempt of the last boot of a chain, asked for by a person. An image that a build owes is built again.

    `same_machine` ties it to the machine that the last attempt ran on, whatever else the selector matches.

    Raises:
        Conflict: the chain's last boot is not finished, or never had the machine that it should run on again.
    """
    last = boots.latest_attempt(session, before)
    if same_machine and last.machine_id is None:
        raise Conflict(f"boot-{last.id} ran on no machine.", next_step="Run it again on any that its selector matches.")
    made = boots.again(session, last)
    if same_machine:
        made.wanted = last.machine_id
    build = made.build
    if made.image is None:
        known = builds.shared_or_none(session, build.content_key)
        made.build = builds.find_or_create(
            session,
            repository=build.repository,
            commit=build.commit,
            tree=build.tree,
            patch=build.patch,
            recipe=build.recipe,
            toolchain=build.toolchain,
            # All boots that a failed build owed wait for one new build, which the first of them makes.
            fresh=known is not None and known.state == BuildState.FINISHED and known.verdict != Verdict.PASS,
        )
        session.flush()
        if made.build_id not in {one.id for one in builds_of(session, made.submission_id)}:
            _link(session, made.submission_id, made.build_id)
        if made.build.state == BuildState.FINISHED:
            settle_boots(session, made.build)
    return made


def rerun(
    session: Session, number: int, *, only_verdict: Verdict | None = None, same_machine: bool = False
) -> list[Boot]:
    """New attempts of a submission's last boots: all, or only those that ended so.

    Raises:
        Conflict: nothing to run again.
    """
    chains = {boot.chain: boot for boot in boots_of(session, number)}
    finished = [boot for boot in chains.values() if boot.state == BootState.FINISHED]
    chosen = [boot for boot in finished if only_verdict in (None, boot.verdict)]
    if not chosen:
        raise Conflict(f"submission-{number} has no finished boot to run again.")
    return [rerun_boot(session, boot, same_machine=same_machine) for boot in chosen]
