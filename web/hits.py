"""Why a console line matters: by the cases of a boot that has ended, by the markers of one that still runs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from farm import wire
from farm.boots import Boot
from farm.consoles import Gap, Line
from web.models import CaseOut


@dataclass(frozen=True)
class Hit:
    """The class that colours a line and the words beside it."""

    css: str
    why: str

    @classmethod
    def of(cls, kind: str, name: str) -> "Hit":
        """Of a marker, which is wanted or forbidden."""
        return cls("is-fail", f"forbidden: {name}") if kind == "forbid" else cls("is-pass", name)

    @property
    def json(self) -> dict[str, str]:
        """For the live stream."""
        return asdict(self)


@dataclass(frozen=True)
class Markers:
    """What a running boot is looked at for. Which line counts is for its worker to say, in the cases at the end."""

    wanted: tuple[wire.Marker, ...] = ()

    @classmethod
    def of(cls, boot: Boot) -> "Markers":
        """Those of a boot that runs; none once its cases tell the lines themselves."""
        if boot.verdict is not None:
            return cls()
        stored = boot.expectations.get("markers") or []
        found = [wire.Marker.model_validate(one) for one in stored] if isinstance(stored, list) else []
        # A line that is wanted and forbidden is bad.
        return cls(tuple(sorted(found, key=lambda marker: marker.kind != wire.MarkerKind.FORBID)))

    def hit(self, text: str) -> Hit | None:
        """Why a line of this text matters, None when it does not."""
        return next((Hit.of(marker.kind, marker.name) for marker in self.wanted if marker.text in text), None)

    def hits(self, found: Iterable[Line | Gap]) -> dict[int, Hit]:
        """By line number."""
        told = ((line.number, self.hit(line.text)) for line in found if isinstance(line, Line))
        return {number: hit for number, hit in told if hit}


def case_hits(cases: Iterable[CaseOut]) -> dict[int, Hit]:
    """The lines that decided the boot."""
    return {case.line: Hit.of(case.kind, case.name) for case in cases if case.met and case.line is not None}


def error_hit(line: int | None) -> dict[int, Hit]:
    """The first error of a build."""
    return {line: Hit("is-fail", "first error")} if line else {}
