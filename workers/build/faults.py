"""Why a build did not pass, sorted by whose fault it is; `run.py` turns each into an outcome."""

from farm.wire import Cause


class CommitFault(Exception):
    """The commit cannot be built; fail/build-error. `str()` is a sentence for its author."""

    def __init__(self, sentence: str, error_line: int | None = None) -> None:
        """`error_line` is the 1-based line of the build log that says more, if one does."""
        super().__init__(sentence)
        self.error_line = error_line


class HostFault(Exception):
    """This host cannot build now; infra. `str()` is a sentence for its operator."""

    def __init__(self, sentence: str, cause: Cause = Cause.TOOLCHAIN_ERROR) -> None:
        """`cause` is toolchain-error or storage-error."""
        super().__init__(sentence)
        self.cause = cause
