//! A TPM 2.0 by the TCG's library specification, revision 1.59, for PC clients: bytes of a command in, bytes of its
//! response out. It needs an allocator and a [`Platform`], and nothing else; no operating system, no files, no unsafe.
//!
//! `Part 1` to `Part 3` in comments are the parts of that specification. The reference for what it leaves open is the
//! behaviour of libtpms; `tools/tpm2-server` compares the two command by command. What is implemented, and what is
//! not, is in `docs/tpm.md`.
//!
//! A command goes through `execute` (header, handles), `session` (authorisations) and one function of `commands`,
//! found in one table. `types` are the structures on the wire, `object` what has a handle, `crypto` the algorithms,
//! `machine` the state that all of it works on.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod clock;
mod commands;
mod crypto;
mod execute;
mod hierarchy;
mod machine;
mod object;
mod pcr;
mod platform;
mod rc;
mod session;
mod state;
mod tpm;
mod types;
mod wire;

pub use platform::Platform;
pub use state::StateError;
pub use tpm::Tpm;
