"""Questions about measurements: values of PCRs, and what changed first, where and why."""

from dataclasses import replace
from typing import Literal

from apiflask import APIBlueprint
from pydantic import Field

from farm import asking
from farm.asking import Changed
from farm.changes import ChangeCause, ChangeKind
from farm.errors import BadRequest
from farm.evidence.results import Tier
from farm.pcrs import PcrSource
from web.api.people.asked import AskedQuery, PlaceQuery, answered, words
from web.current import farm
from web.question_models import ChangeList, ChangeOut, MeasurementList, MeasurementOut

blueprint = APIBlueprint("measurements", __name__, tag="attestation")
_PCRS = 24


class MeasurementQuery(PlaceQuery):
    """Of values; one may be a prefix."""

    pcr: int | None = Field(None, ge=0, lt=_PCRS)
    source: Literal["", "quote", "platform", "host"] = ""
    value: str = Field("", pattern="^[0-9a-f]{0,64}$")


@blueprint.get("/measurements")
@blueprint.input(MeasurementQuery, location="query", arg_name="query")
@blueprint.output(MeasurementList)
def measurements(query: MeasurementQuery) -> MeasurementList:
    """When each value of each PCR of each machine was first and last seen; `since` and `until` are about the first."""
    source = PcrSource(query.source) if query.source else None
    with farm().db.reading() as session:
        scope = query.scope(session)
    return answered(  # type: ignore[no-any-return]
        "measurements",
        query,
        MeasurementList,
        MeasurementOut,
        lambda session, page: asking.measurements(
            session, asking.Measured(scope, query.pcr, source, query.value, page)
        ),
        MeasurementOut.of,
    )


class ChangeQuery(AskedQuery):
    """Of changes. `tier` is what a tier changed to."""

    repository: str = ""
    kind: str = ""
    cause: str = ""
    tier: str = ""
    pcr: str = ""
    worse: bool = False
    unacknowledged: bool = False

    def changed(self) -> Changed:
        """As the domain takes it.

        Raises:
            BadRequest: a word that is not in its list.
        """
        with farm().db.reading() as session:
            return Changed(
                scope=self.scope(session),
                kinds=words("kind", tuple(ChangeKind)),
                causes=words("cause", tuple(ChangeCause)),
                tiers=words("tier", tuple(Tier)),
                pcrs=tuple(_pcr(word) for word in words("pcr")),
                worse=self.worse,
                unacknowledged=self.unacknowledged,
            )


class NewsQuery(ChangeQuery):
    """`news` leaves out what a new image explains, but never a tier."""

    news: bool = False

    def changed(self) -> Changed:
        """As the domain takes it."""
        return replace(super().changed(), news=self.news)


class FirstQuery(ChangeQuery):
    """What a new image changes, as expected, is left out, but never a tier: `expected` or a cause shows it."""

    expected: bool = False

    def changed(self) -> Changed:
        """As the domain takes it."""
        asked = super().changed()
        return replace(asked, news=not self.expected and not asked.causes)


def _pcr(word: str) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) < 3 and int(word) < _PCRS):
        raise BadRequest(f'"{word[:40]}" is no PCR.', next_step=f"PCRs are numbered from 0 to {_PCRS - 1}.")
    return int(word)


@blueprint.get("/changes")
@blueprint.input(NewsQuery, location="query", arg_name="query")
@blueprint.output(ChangeList)
def changes(query: NewsQuery) -> ChangeList:
    """What changed, where and why, the newest first."""
    asked = query.changed()
    return answered(  # type: ignore[no-any-return]
        "changes",
        query,
        ChangeList,
        ChangeOut,
        lambda session, page: asking.changes(session, asked.on(page)),
        ChangeOut.of,
    )


@blueprint.get("/changes/first")
@blueprint.input(FirstQuery, location="query", arg_name="query")
@blueprint.output(ChangeList)
def first_changed(query: FirstQuery) -> ChangeList:
    """The first change of each machine: of tiers and PCRs, of what is news, in 14 days, unless told otherwise."""
    asked = query.changed()
    return answered(  # type: ignore[no-any-return]
        "first-changed",
        query,
        ChangeList,
        ChangeOut,
        lambda session, page: asking.first_changed(session, asked.on(page)),
        ChangeOut.of,
    )
