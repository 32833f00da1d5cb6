"""What a boot is held to, frozen from the plan when the boot is made: markers, limits, the tier of its evidence."""

from pydantic import BaseModel, ConfigDict

from farm import plans, wire

# Bytes of console after which a machine is taken for flooding; the store keeps head and tail of it.
MAX_CONSOLE_BYTES = 256 << 20


class Expectations(BaseModel):
    """Stored with each boot, so that a later plan can't change what an earlier boot meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    markers: list[wire.Marker]
    limits: wire.BootLimits
    attest: plans.Attest | None = None  # None where the plan asks nothing of the evidence

    @classmethod
    def of_plan(cls, plan: plans.Plan) -> "Expectations":
        """The `[pass]` and `[boot]` sections as the worker needs them."""
        wanted = [
            wire.Marker(name=f"line {number}", kind=wire.MarkerKind.EXPECT, text=text)
            for number, text in enumerate(plan.passing.line, 1)
        ]
        forbidden = [
            wire.Marker(name=f"forbid {number}", kind=wire.MarkerKind.FORBID, text=text)
            for number, text in enumerate(plan.passing.forbid, 1)
        ]
        limits = wire.BootLimits(
            total_seconds=plan.boot.timeout.total_seconds(),
            silence_seconds=plan.boot.silence.total_seconds(),
            within_seconds=plan.passing.within.total_seconds() if plan.passing.within else None,
            console_bytes=MAX_CONSOLE_BYTES,
        )
        return cls(markers=wanted + forbidden, limits=limits, attest=_asked(plan.attest))


def _asked(attest: plans.Attest) -> plans.Attest | None:
    return None if attest.require == "none" and attest.policy is None and not attest.pcrs else attest
