"""Reading bytes of unknown honesty: every length is checked against what is left before it is used."""

from typing import NoReturn


class Malformed(Exception):
    """Bytes that are not what their format says. `offset` counts from the start of the structure named by `what`."""

    def __init__(self, what: str, offset: int, why: str) -> None:
        """`what` is structure and field, such as "CATT1 nonce"; `why` is the end of a sentence."""
        super().__init__(f"{what} at offset {offset}: {why}")
        self.what, self.offset, self.why = what, offset, why


class Reader:
    """A position in bytes. Integers are big-endian, or little-endian where `order` says so."""

    __slots__ = ("at", "data", "name", "order")

    def __init__(self, data: bytes, name: str, order: str = "big") -> None:
        """`name` is the structure's, for errors."""
        self.data, self.name, self.order, self.at = data, name, order, 0

    def take(self, count: int, field: str) -> bytes:
        """The next `count` bytes."""
        begin, end = self.at, self.at + count
        if end > len(self.data):
            self.refuse(field, f"needs {count} bytes, {len(self.data) - begin} are left")
        self.at = end
        return self.data[begin:end]

    def number(self, size: int, field: str) -> int:
        """An unsigned integer of `size` bytes."""
        taken = self.take(size, field)
        return int.from_bytes(taken, "big" if self.order == "big" else "little")

    def sized(self, field: str, least: int, most: int) -> bytes:
        """A u16 length of `least` to `most`, then as many bytes: the TPM's TPM2B."""
        begin = self.at + 2
        size = int.from_bytes(self.data[self.at : begin], "big")
        end = begin + size
        if end > len(self.data) or not least <= size <= most:
            self._refuse_size(field, least, most)
        self.at = end
        return self.data[begin:end]

    def _refuse_size(self, field: str, least: int, most: int) -> NoReturn:
        begin = self.at
        size = self.number(2, field)
        if least <= size <= most:
            self.take(size, field)
        self.at = begin
        self.refuse(field, f"has length {size}, {_range(least, most)} is allowed")

    def count(self, size: int, field: str, least: int, most: int) -> int:
        """A count of elements that follow, within limits."""
        begin = self.at
        found = self.number(size, field)
        if not least <= found <= most:
            self.at = begin
            self.refuse(field, f"counts {found}, {_range(least, most)} is allowed")
        return found

    def end(self) -> None:
        """Refuse bytes that nothing asked for."""
        if self.at != len(self.data):
            self.refuse("end", f"{len(self.data) - self.at} bytes too many")

    def refuse(self, field: str, why: str) -> NoReturn:
        """Say that what stands here is wrong."""
        raise Malformed(f"{self.name} {field}", self.at, why)


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"
