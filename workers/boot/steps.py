"""What a boot goes through, as people read it."""

from enum import StrEnum


class StepName(StrEnum):
    """The steps, in their order."""

    MEDIUM = "prepare medium"
    POWER_ON = "power on"
    FIRMWARE = "firmware"
    APPLICATION = "application"
    POWER_OFF = "power off"
