//! TPMA_SESSION (Part 2, section 8.4).

/// The session goes on after the command.
pub(super) const CONTINUE: u8 = 1 << 0;
/// Bits 3 and 4.
pub(super) const RESERVED: u8 = 1 << 3 | 1 << 4;
/// The first parameter of the command, or of the response, is encrypted.
pub(super) const ENCRYPTION: u8 = 1 << 5 | 1 << 6;
/// The session audits; with the two bits that say how.
pub(super) const AUDIT: u8 = 1 << 7 | 1 << 1 | 1 << 2;
