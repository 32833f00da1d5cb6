"""What a boot goes through, as people read it."""

from enum import StrEnum


class StepName(StrEnum):
    """The steps, in their order."""

    MEDIUM = "prepare medium"
    TPM = "prepare TPM"  # of a machine that has one of its own
    POWER_ON = "power on"
    FIRMWARE = "firmware"
    APPLICATION = "application"
    POWER_OFF = "power off"
