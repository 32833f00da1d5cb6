"""The steps that both quotes go through: the application's own, and the machine's outer one (attestation.md 3)."""

import hashlib

from farm.evidence import curve, tpm_signature
from farm.evidence.case import Finding, Quote, QuoteRules
from farm.evidence.tpm_attest import GENERATED, KINDS, QUOTE, Attest, selected
from farm.evidence.tpm_public import ATTESTATION_KEY, NO_DA, EccPublic, attribute_names

_SHA256_BANK = 0x000B
INNER = QuoteRules(b"\x40\0\0\x01", "owner", ((_SHA256_BANK, b"\0\x04\0"),), (10,))
"""The application's TPM: a key of the owner hierarchy (TPM_RH_OWNER), PCR[10]."""
OUTER = QuoteRules(b"\x40\0\0\x0b", "endorsement", ((_SHA256_BANK, b"\x95\x40\0"),), (0, 2, 4, 7, 14))
"""The machine's TPM: a key of the endorsement hierarchy (TPM_RH_ENDORSEMENT)."""
_ZEROS, _ONES = bytes(32), b"\xff" * 32


def ak_public(quote: Quote) -> Finding:
    """TPMT_PUBLIC consumed whole: TPM 2.0 Part 2, 12.2.4, of the one kind that attestation.md allows."""
    quote.public = EccPublic.parse(quote.key_bytes)
    return True, "ECC P-256, ECDSA with SHA-256", "ECC P-256, ECDSA with SHA-256", ""


def ak_attributes(quote: Quote) -> Finding:
    """TPMA_OBJECT: Part 2, 8.3. Restricted is what makes a signature prove that a TPM made what is signed."""
    found = quote.public.attributes
    holds = found | NO_DA == ATTESTATION_KEY | NO_DA
    detail = "it is not a restricted signing key of its TPM"
    return holds, lambda: attribute_names(ATTESTATION_KEY), lambda: attribute_names(found), detail


def ak_point(quote: Quote) -> Finding:
    """On the curve and in range: SP 800-56A rev. 3, 5.6.2.3.3. Libraries take x+p, so the range is checked here."""
    public = quote.public
    x, y = int.from_bytes(public.x, "big"), int.from_bytes(public.y, "big")
    key = curve.public_key(x, y)
    if key is not None:
        quote.key = key
    detail = "it is no point of the curve, or out of range"
    return key is not None, "a point of P-256", lambda: f"x {public.x.hex()}, y {public.y.hex()}", detail


def qualified_signer(quote: Quote) -> Finding:
    """Qualified Name of a primary key: nameAlg and H(hierarchy handle, Name), Part 1, 26.5 (Qualified Name)."""
    attest = quote.attest = Attest.read(quote.attest_bytes)
    if attest.signer is None:
        raise attest.missing()
    expected = b"\0\x0b" + hashlib.sha256(quote.rules.hierarchy + quote.public.name).digest()
    detail = f"it is not of this key in the {quote.rules.hierarchy_name} hierarchy"
    return attest.signer == expected, expected, attest.signer, detail


def signature(quote: Quote) -> Finding:
    """ECDSA over the bytes as received: FIPS 186-5, 6.4.2; TPMT_SIGNATURE, Part 2, 11.3.4."""
    r, s = tpm_signature.parse(quote.signature)
    if not curve.in_range(r, s):
        return False, "r and s from 1 to n-1", f"r {r:064x}, s {s:064x}", "r or s is out of range"
    holds = curve.verifies(quote.key, r, s, quote.attest_bytes)
    return holds, "verifies", "verifies" if holds else "does not verify", "the key did not sign these bytes"


def attest_type(quote: Quote) -> Finding:
    """TPM_GENERATED_VALUE and TPM_ST_ATTEST_QUOTE: Part 2, 6.2 and 6.9. Other attests of a good key are no quotes."""
    attest = quote.attest
    magic, kind = attest.magic, attest.kind
    holds = magic == GENERATED and kind == QUOTE
    shown = f"{GENERATED:08x} {KINDS[QUOTE]}"
    return holds, shown, lambda: f"{magic or 0:08x} {KINDS.get(kind or 0, hex(kind or 0))}", "it is no quote of a TPM"


def selection(quote: Quote) -> Finding:
    """The selection that is signed, TPML_PCR_SELECTION: Part 2, 10.9.7. What the block claims plays no part."""
    attest, rules = quote.attest, quote.rules
    found = attest.selection
    if found is None:
        raise attest.missing()
    return found == rules.selection, lambda: selected(rules.selection), lambda: selected(found), "other PCRs are signed"


def pcr_digest(quote: Quote) -> Finding:
    """SHA-256 over the values in ascending order: Part 3, TPM2_Quote. They are labelled from the signed selection."""
    attest, rules = quote.attest, quote.rules
    if attest.pcr_digest is None:
        raise attest.missing()
    told = tuple([index for index, _ in quote.pcrs])
    if told != rules.indexes:
        wanted, found = (f"values of PCR {_numbers(indexes)}" for indexes in (rules.indexes, told))
        return False, wanted, found, "they are not the signed PCRs"
    digest = hashlib.sha256(b"".join([value for _, value in quote.pcrs])).digest()
    return digest == attest.pcr_digest, attest.pcr_digest, digest, "the values are not those that the TPM signed"


def pcr_values(quote: Quote) -> Finding:
    """A PCR that nobody extended is no evidence: all zeros after a reset, all ones where locality forbids it."""
    for index, value in quote.pcrs:
        if value in (_ZEROS, _ONES):
            return False, "values that were extended", value, f"PCR[{index}] was never extended"
    return True, "values that were extended", "values that were extended", ""


def _numbers(indexes: tuple[int, ...]) -> str:
    return ", ".join(map(str, indexes)) or "none"
