"""Evidence: the attestation bytes of one boot, raw, as the machine gave them. Nothing here judges them."""

from farm.evidence.files import Evidence, of_boot, one, record

__all__ = ["Evidence", "of_boot", "one", "record"]
