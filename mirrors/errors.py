"""The one error of this room: a closed code for programs, a sentence and a next step for people."""

from enum import StrEnum


class MirrorCode(StrEnum):
    """What went wrong with a repository."""

    BAD_URL = "bad-url"  # refused by policy before anything was contacted
    UNREACHABLE = "unreachable"  # the other side did not answer as a git repository
    NO_SUCH_REF = "no-such-ref"
    AMBIGUOUS_REF = "ambiguous-ref"
    PATCH_DOES_NOT_APPLY = "patch-does-not-apply"
    TOO_LARGE = "too-large"
    GIT_FAILED = "git-failed"  # git itself failed, or the repository holds what no honest one holds
    TIMEOUT = "timeout"


class MirrorError(Exception):
    """A repository could not be used; `str()` is the sentence followed by the next step."""

    def __init__(self, code: MirrorCode, sentence: str, next_step: str = "") -> None:
        """`sentence` says what happened, `next_step` what its reader can do about it."""
        super().__init__(f"{sentence} {next_step}".strip())
        self.code = code
        self.sentence = sentence
        self.next_step = next_step
