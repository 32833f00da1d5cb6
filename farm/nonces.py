"""Nonces: what the evidence of one boot must quote, and of no other. Made with the claim, before power-on."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from farm.database import now

SIZE = 16  # bytes, issue 5 and attestation.md section 2
# From the claim to power-on the worker fetches the image and makes a medium; after power-off it reads the evidence.
_AROUND_THE_BOOT = timedelta(minutes=15)


def fresh_nonce(expectations: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a boot that is claimed: a nonce that expires a while after the boot's own time limit."""
    limit = timedelta(seconds=expectations["limits"]["total_seconds"])
    return {"nonce": secrets.token_hex(SIZE), "nonce_expires_at": now() + limit + _AROUND_THE_BOOT}
