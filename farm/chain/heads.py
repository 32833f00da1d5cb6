"""The end of each chain: who appends locks it, so that rows follow each other one by one, on this path alone."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from farm.database import Base, Digest, Id

# What the first row of a chain names as the row before it.
NOTHING_BEFORE = "0" * 64


class ChainHead(Base):
    """The last row of one chain, so that rows missing at the end are noticed. Ids of a chain count 1, 2, 3 ..."""

    __tablename__ = "chain_heads"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)  # the table: "evidence" or "appraisals"
    last_id: Mapped[int] = mapped_column(Id)  # how many rows there are, too
    row_hash: Mapped[str] = mapped_column(Digest)
