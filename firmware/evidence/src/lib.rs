//! Attestation evidence.
//!
//! Purpose: the formats CATT1 (what an application attests) and CBND1 (what binds it to the machine's own TPM), and the
//! frame in which either stands on a console. Contract: what [`Evidence::encode`] and [`Binding::encode`] write, their
//! `decode` takes; `decode` takes nothing that `encode` would not write, so there is one encoding of each evidence.
//! Limits: structure, and the hash that ties one to the other. Whether the evidence is true is for a verifier, which has the nonce, the reference values
//! and the curve arithmetic that this crate has not.
//!
//! Integers are big-endian; the order is fixed; no field is optional; nothing follows the last.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod binding;
mod catt1;
mod event_log;
mod field;
mod frame;

pub use binding::{Binding, qualifying_data};
pub use catt1::Evidence;
pub use event_log::{LogError, event_log_size};
pub use field::{OutOfLimits, PcrValue};
pub use frame::{FrameError, Framed, Kind, unframe};
/// What [`Evidence::decode`] and [`Binding::decode`] refuse with: an offset and a problem.
pub use tpm2_driver::{Malformed, Problem};
