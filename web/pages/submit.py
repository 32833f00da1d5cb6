"""Submit a commit: a form that shows, before anything runs, what it would build and boot."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, Response, request

from farm import machines, plans, repositories, submissions
from farm.access import Scope
from farm.errors import FarmError
from farm.plans import PlannedBoot, PlanRefused
from farm.submissions import Prepared, Request
from mirrors import MirrorError
from web.api.people.submissions import patch_bytes
from web.current import caller, farm
from web.pages.answers import page, see
from web.pages.matrix import matrix
from web.problems import status_of

blueprint = Blueprint("submit", __name__)
_MOST_REFS = 500
# Which field an error speaks of; all others stand above the form.
_FIELD_OF_CODE = {
    "unknown-repository": "repository",
    "git-bad-url": "repository",
    "git-unreachable": "repository",
    "git-timeout": "repository",
    "git-no-such-ref": "ref",
    "git-ambiguous-ref": "ref",
    "git-patch-does-not-apply": "patch",
    "bad-patch": "patch",
    "too-large": "patch",
}


@dataclass(frozen=True)
class Form:
    """What was typed; kept whatever happens."""

    repository: str = ""
    ref: str = "HEAD"
    patch: str = ""
    machines: str = ""
    firmware: str = ""
    note: str = ""
    fresh: bool = False

    @classmethod
    def read(cls, typed: Mapping[str, str], patch: str = "") -> "Form":
        """From a form or a link."""
        return cls(
            repository=(typed.get("url", "") or typed.get("repository", "")).strip(),
            ref=typed.get("ref", "").strip() or "HEAD",
            patch=patch or typed.get("patch", "").replace("\r\n", "\n"),
            machines=typed.get("machines", "").strip(),
            firmware=typed.get("firmware", "").strip(),
            note=typed.get("note", "").strip(),
            fresh=bool(typed.get("fresh")),
        )

    @property
    def machine_selectors(self) -> tuple[str, ...]:
        """Which machines were asked for."""
        return _words(self.machines)

    @property
    def firmware_names(self) -> tuple[str, ...]:
        """Which firmware was asked for."""
        return _words(self.firmware)

    def request(self) -> Request:
        """As the domain takes it.

        Raises:
            BadPatch: the patch can't be read.
        """
        return Request(
            repository=self.repository,
            ref=self.ref,
            patch=patch_bytes(self.patch),
            note=self.note,
            machines=self.machine_selectors,
            firmware=self.firmware_names,
            fresh_build=self.fresh,
        )


def _words(text: str) -> tuple[str, ...]:
    """A comma or a line end parts selectors; a selector itself may hold spaces."""
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


@blueprint.get("/submit")
def form() -> Response:
    """The empty form, or one that a link filled in."""
    return _page(Form.read(request.args))


@blueprint.get("/submit/refs")
def refs() -> Response:
    """The datalist of a repository's branches and tags."""
    return page("parts/refs.html", refs=_refs(request.args.get("repository", "")))


@blueprint.post("/submit")
def submit() -> Response:
    """Preview, or submit and go to the submission; with an error the form comes back as it was."""
    caller().need(Scope.SUBMIT)
    upload = request.files.get("patch_file")
    typed = Form.read(request.form, _as_text(upload.read()) if upload else "")
    try:
        typed = replace(typed, repository=_known_name(typed.repository))
        if request.form.get("action") == "preview":
            return _page(typed, prepared=submissions.prepare(farm(), typed.request()))
        made = submissions.submit(farm(), caller(), typed.request())
    except FarmError as error:
        return _page(typed, error=error)
    return see(f"/submissions/submission-{made.id}")


def _as_text(patch: bytes) -> str:
    """A patch as a form can show it and give it back, byte for byte: text where it is text."""
    try:
        return patch.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(patch).decode()


def _known_name(repository: str) -> str:
    """The name of a repository; a pasted URL that can be fetched makes one known, once."""
    if "/" not in repository and ":" not in repository and not repository.startswith("-"):
        return repository
    return repositories.learn_repository(farm(), repository).name


def _refs(name: str) -> list[str]:
    """Branches and tags as the mirror last saw them; nothing for what is not known or never was fetched."""
    if not name:
        return []
    try:
        with farm().db.reading() as session:
            url = repositories.repository(session, name).url
        return [ref.name for ref in farm().mirror(url).refs(limit=_MOST_REFS)]
    except (FarmError, MirrorError):
        return []


def _page(typed: Form, *, prepared: Prepared | None = None, error: FarmError | None = None) -> Response:
    with farm().db.reading() as session:
        known = repositories.repositories(session)
        any_machines = machines.machines(session)
    chosen = typed.repository or (known[0].name if known else "")
    return page(
        "submit.html",
        status=status_of(error) if error else 200,
        form=typed,
        repositories=known,
        chosen=chosen,
        machines=any_machines,
        refs=_refs(chosen) if any(one.name == chosen for one in known) else [],
        prepared=prepared,
        matrix=matrix(prepared.expansion.boots, _row, _column) if prepared else None,
        settings=plans.effective(prepared.read, prepared.plan) if prepared else [],
        error=error,
        error_field=_FIELD_OF_CODE.get(error.code, "") if error else "",
        problems=error.problems if isinstance(error, PlanRefused) else [],
    )


def _row(boot: PlannedBoot) -> str:
    return boot.machine or boot.selector


def _column(boot: PlannedBoot) -> str:
    return boot.firmware or "default"
