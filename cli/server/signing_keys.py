"""What a process of the farm says at its start about the keys that it signs results with."""

from typing import TYPE_CHECKING

from cli.output import Output

if TYPE_CHECKING:
    from farm.farm import Farm


def warn_of_keys(output: Output, farm: "Farm") -> None:
    """One line, if the key files are not whole; the first start of a farm makes its first key."""
    from farm.appraisals.key_check import prepare_keys

    prepare_keys(farm)
    if wrong := what_is_wrong(farm):
        output.say(wrong)


def what_is_wrong(farm: "Farm") -> str:
    """What there is to say about the key files, "" when they are whole."""
    from farm.signing import KeyProblem

    try:
        farm.signer.check()
    except KeyProblem as problem:
        return f"{problem.message} {problem.next_step}"
    return ""
