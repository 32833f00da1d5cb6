//! TPM 2.0 commands and responses over any transport.
//!
//! Purpose: what an attester needs of a TPM, as bytes out and typed results in, wherever the TPM is: a component, the
//! engine on a host, a socket. Contract: a response is taken whole or refused with the offset of what is wrong, so a
//! TPM that answers garbage ends in a sentence. Limits: password sessions with empty passwords only; ECC P-256 with
//! ECDSA over SHA-256 only; responses up to 4,096 bytes.
//!
//! References: TCG TPM 2.0 Library, Part 2 (structures) and Part 3 (commands), revision 1.59.
#![cfg_attr(not(feature = "swtpm"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod binding;
pub mod commands;
mod flow;
mod tpm;
mod wire;

#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "swtpm")]
pub mod swtpm;

pub use binding::{PLATFORM_KEY, PLATFORM_PCRS, PlatformQuote, quote_platform};
pub use flow::{Attestation, Qualification, Watch, attest};
pub use tpm::{Error, Tpm, TpmTransport, send_command};
pub use wire::{CommandCode, Malformed, Problem, Reader, ResponseCode, Success};
