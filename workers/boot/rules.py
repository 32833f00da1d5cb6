"""The rules by which a boot ends: what was printed, how long it took, how the machine went off. No I/O, no clock.

All times are monotonic seconds that the caller passes in.
"""

from typing import Final

from farm.wire import BootLimits, Case, Cause, Marker, MarkerKind
from workers.boot.ending import Ending
from workers.boot.markers import Hit, Scanner
from workers.boot.report import Report
from workers.machines.protocols import End

# With every expected line printed, the machine may still want to flush and switch itself off. Not for long.
GRACE_SECONDS = 5.0
# A panic goes on after its first line; what follows is the useful part. It has ended when the machine pauses.
PANIC_SECONDS = 2.0
PANIC_PAUSE_SECONDS = 0.5

# Ours, beside the plan's: EDK II's boot manager says this when it starts the application.
_APPLICATION: Final = "BdsDxe: starting "
_APPLICATION_KEY: Final = ""  # no marker has an empty name


class Rules:
    """Judges one boot from power-on to its end."""

    def __init__(self, markers: list[Marker], limits: BootLimits) -> None:
        """The rules of one boot; `power_on` starts them."""
        self._markers = {f"{number}": marker for number, marker in enumerate(markers)}
        self._limits = limits
        self._scanner = Scanner(
            {_APPLICATION_KEY: _APPLICATION} | {key: marker.text for key, marker in self._markers.items()}
        )
        self.report = Report()
        self._met: dict[str, int] = {}  # raw offset by key
        self._bytes = 0
        self._on_at = self._heard_at = 0.0
        self._complete_at: float | None = None
        self._panic_at: float | None = None
        self._end: End | None = None
        self.application_started = False

    def power_on(self, now: float) -> None:
        """The clock of all limits starts."""
        self._on_at = self._heard_at = now

    def feed(self, data: bytes, now: float) -> None:
        """Take in console bytes."""
        self._bytes += len(data)
        self._heard_at = now
        hits = self._scanner.feed(data)
        self.report.feed(self._scanner.fresh)
        for hit in hits:
            self.application_started = True
            if hit.name != _APPLICATION_KEY:
                self._meet(hit, now)

    def _meet(self, hit: Hit, now: float) -> None:
        self._met[hit.name] = hit.offset
        if self._markers[hit.name].kind is MarkerKind.FORBID and self._panic_at is None:
            self._panic_at = now
            self._scanner.keep_excerpt(hit)
        if self._complete_at is None and self._expects() and not self.missing:
            self._complete_at = now

    @property
    def missing(self) -> list[Marker]:
        """The EXPECT markers that were not met."""
        return [marker for key, marker in self._markers.items() if key not in self._met and _expected(marker)]

    def decide(self, now: float) -> Ending | None:
        """The ending of a machine that is still on, or None while there is something to wait for."""
        if self._panic_at is not None:
            settled = now - self._heard_at >= PANIC_PAUSE_SECONDS or now - self._panic_at >= PANIC_SECONDS
            return self._panicked() if settled else None
        limit = self._limit_reached(now)
        if self._complete_at is not None:
            # Every line is there: a limit now only ends the grace.
            done = limit is not None or now - self._complete_at >= GRACE_SECONDS
            return Ending.passed("Every expected line was printed; the machine was switched off.") if done else None
        return limit

    def ended(self, end: End) -> Ending:
        """The ending of a machine that went off before anything was decided."""
        self._end = end
        if self._panic_at is not None:
            return self._panicked()
        match end:
            case End.POWERED_OFF if self.missing:
                return Ending.failed(Cause.MARKER_MISSING, f"The machine powered off without {self._missing_texts()}")
            case End.POWERED_OFF:
                return Ending.passed("The machine powered itself off.")
            case End.RESET | End.CRASHED:
                happened = "reset itself" if end is End.RESET else "crashed"
                return Ending.failed(Cause.GUEST_EXIT, f"The machine {happened} instead of powering off.{self._last()}")
            case End.SWITCHED_OFF | End.LOST:
                return Ending.infra(Cause.HYPERVISOR_ERROR, "The virtual machine was ended from outside.")

    def cases(self) -> list[Case]:
        """What became of each marker, and of the machine if it ended by itself; `met` says that a text was seen."""
        cases = [
            Case(
                name=marker.name,
                met=key in self._met,
                kind="forbid" if marker.kind is MarkerKind.FORBID else "expect",
                text=marker.text,
                offset=self._met.get(key),
            )
            for key, marker in self._markers.items()
        ]
        if self._end in (End.POWERED_OFF, End.RESET, End.CRASHED):
            met = self._end is End.POWERED_OFF
            cases.append(Case(name="exit", met=met, kind="exit", text=End.POWERED_OFF.value, detail=self._end.value))
        return cases

    def _limit_reached(self, now: float) -> Ending | None:
        limits, on_for = self._limits, now - self._on_at
        if self._bytes > limits.console_bytes:
            return self._timed_out(f"The machine printed more than {limits.console_bytes} bytes.")
        if limits.within_seconds is not None and self.missing and on_for >= limits.within_seconds:
            late = f"Within {limits.within_seconds:g} s the machine did not print {self._missing_texts()}"
            return Ending.failed(Cause.MARKER_MISSING, late)
        if on_for >= limits.total_seconds:
            return self._timed_out(f"The machine was still running after {limits.total_seconds:g} s, the total limit.")
        if now - self._heard_at >= limits.silence_seconds:
            return self._timed_out(f"The machine printed nothing for {limits.silence_seconds:g} s, the silence limit.")
        return None

    def _timed_out(self, detail: str) -> Ending:
        return Ending.failed(Cause.GUEST_TIMEOUT, detail + self._last())

    def _panicked(self) -> Ending:
        return Ending.failed(Cause.GUEST_PANIC, self._scanner.excerpt or "The machine printed a forbidden line.")

    def _expects(self) -> bool:
        return any(_expected(marker) for marker in self._markers.values())

    def _missing_texts(self) -> str:
        texts = [f'"{marker.text[:100]}"' for marker in self.missing]
        more = f" and {len(texts) - 5} more" if len(texts) > 5 else ""
        return ", ".join(texts[:5]) + more + "." + self._last()

    def _last(self) -> str:
        line = self._scanner.last_line.replace("\n", " ")
        return f" Its last line: {line}" if line else " It printed nothing at all."


def _expected(marker: Marker) -> bool:
    return marker.kind is MarkerKind.EXPECT
