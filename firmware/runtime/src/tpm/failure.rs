//! What can go wrong with a TPM component.

use super::Malformed;
use alloc::string::String;
use core::fmt;

/// Why a TPM component gave no response. Each displays as one sentence for the console.
#[derive(Debug, PartialEq, Eq)]
pub enum TpmFailure {
    /// The runtime has no memory for it, or was set up wrong. Holds wasmtime's reason.
    Runtime(String),
    /// It imports something that this host does not offer. Holds wasmtime's reason.
    NotLinked(String),
    /// It lacks a function of `tegmentum:tpm`, or has it with other types. Holds interface and function.
    NotATpm(&'static str, &'static str),
    /// It trapped, ran out of fuel or of memory. Holds the function that was called, and wasmtime's reason.
    Stopped(&'static str, String),
    /// It answered a call with an error. Holds the function that was called, and the TPM's code.
    Refused(&'static str, u32),
    /// What it answered to a command is not a TPM response.
    Malformed(Malformed),
}

impl fmt::Display for TpmFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runtime(reason) => write!(f, "the TPM component could not be set up: {reason}"),
            Self::NotLinked(reason) => write!(f, "the TPM component cannot be linked: {reason}"),
            Self::NotATpm(interface, name) => {
                write!(f, "the component is no TPM: it does not export tegmentum:tpm/{interface} `{name}` as it should")
            }
            Self::Stopped(function, reason) => write!(f, "the TPM component was stopped in `{function}`: {reason}"),
            Self::Refused(function, code) => write!(f, "the TPM component answered `{function}` with error {code:#x}"),
            Self::Malformed(malformed) => write!(f, "the TPM component answered with what is no response: {malformed}"),
        }
    }
}

impl core::error::Error for TpmFailure {}
