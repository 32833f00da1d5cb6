//! A TPM that is a component: `tegmentum:tpm`, host side.
//!
//! Purpose: to drive any component of either world of `wit/tpm` as a TPM transport, with whatever it does wrong ending
//! in one sentence. Contract: the functions that are used must be exported as the WIT package has them; the others are
//! not looked at, so an implementation that leaves some out still runs. Limits: TPM 2.0, one TPM, locality 0.

mod failure;
mod response;
mod storage;
mod transport;

pub use failure::TpmFailure;
pub use response::{LARGEST_RESPONSE, Malformed};
pub use transport::{ComponentTransport, Given, StateType};
