"""Policies: their versions, what differs between two, and what a text would change in the history before it counts."""

import difflib

from flask import Blueprint, Response, request

from farm import policies
from farm.access import Scope
from farm.appraisals.dry_run import MOST, DryRun, dry_run
from farm.errors import BadRequest, FarmError
from farm.policies import StoredPolicy
from web.current import caller, farm, need_login
from web.pages.answers import page, see
from web.pages.filters import known, number_of
from web.places import place
from web.problems import status_of

blueprint = Blueprint("policies", __name__)
_LONGEST = 65536  # characters, as the API takes


@blueprint.get("/policies")
def all_policies() -> Response:
    """The version in force of each policy, and a form for a new one."""
    known("body")
    return _listed(request.args.get("body", ""))


def _listed(body: str, error: FarmError | None = None, tried: DryRun | None = None) -> Response:
    with farm().db.reading() as session:
        return page(
            "policies.html",
            status=status_of(error) if error else 200,
            policies=policies.in_force(session),
            body=body,
            error=error,
            tried=tried,
            most=MOST,
        )


@blueprint.get("/policies/<int:number>")
def one_policy(number: int) -> Response:
    """One version: its text, what differs from another, and its dry run where that is asked for."""
    known("against", "dry", "before")
    dry = request.args.get("dry")
    if dry:
        # Many boots are judged again for it, so it is for people whom the farm knows; as a call of the API it is too.
        need_login().need(Scope.READ)
    with farm().db.reading() as session:
        found = policies.policy(session, number)
        versions = policies.versions(session, found.name)
        other = _other(versions, found)
        tried = None
        if dry:
            with place():
                tried = dry_run(session, farm(), found.body, before=number_of("before") or None)
        return page(
            "policy.html",
            policy=found,
            versions=versions,
            against=other,
            difference=_difference(other, found) if other else [],
            tried=tried,
            most=MOST,
        )


def _other(versions: list[StoredPolicy], found: StoredPolicy) -> StoredPolicy | None:
    """The version to compare with: the one asked for, else the one before."""
    asked = number_of("against")
    if asked:
        other = next((one for one in versions if one.version == asked), None)
        if other is None:
            raise BadRequest(f"{found.name} has no version {asked}.", next_step=f"See /policies/{found.id}.")
        return other
    return next((one for one in versions if one.version < found.version), None)


def _difference(before: StoredPolicy, after: StoredPolicy) -> list[str]:
    """Lines of a unified diff, without the lines that are the same far away."""
    names = (f"version {before.version}", f"version {after.version}")
    return list(difflib.unified_diff(before.body.splitlines(), after.body.splitlines(), *names, lineterm="", n=2))


@blueprint.post("/policies")
def add() -> Response:
    """A new version, which is in force from now on; or its dry run over the newest boots, which writes nothing."""
    body = request.form.get("body", "").replace("\r\n", "\n")
    try:
        if len(body) > _LONGEST:
            raise BadRequest(f"A policy has at most {_LONGEST:,} characters.")
        if request.form.get("dry"):
            need_login().need(Scope.READ)
            with place(), farm().db.reading() as session:
                tried = dry_run(session, farm(), body)
            return _listed(body, tried=tried)
        caller().need(Scope.ATTEST_APPROVE)
        with farm().db.writing() as session:
            made = policies.add(session, body, by=caller().name).id
    except FarmError as error:
        return _listed(body, error)
    return see(f"/policies/{made}")
