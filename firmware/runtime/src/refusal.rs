//! Why bytes were not accepted as an artifact.

use crate::Tier;
use alloc::format;
use alloc::string::String;
use core::fmt;

/// Why bytes were not accepted as an artifact. Each displays as one sentence for the console.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No bytes at all.
    Empty,
    /// WebAssembly itself, not compiled: firmware carries no compiler.
    NotCompiled,
    /// Neither an artifact nor WebAssembly.
    NotAnArtifact,
    /// There is no seal at the end.
    Truncated,
    /// The seal is there and does not match the bytes.
    Damaged,
    /// Compiled for another tier than the one in use.
    OtherTier {
        /// What it was compiled for.
        artifact: Tier,
        /// What is in use.
        runtime: Tier,
    },
    /// An artifact that wasmtime refuses: other version or other settings. Holds wasmtime's reason.
    Incompatible(String),
    /// There is no memory that its code could run in. Holds the reason.
    NoCodePages(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::NotCompiled => f.write_str("this is WebAssembly; compile it first with aot-compile"),
            Self::NotAnArtifact => f.write_str("this is not an artifact of aot-compile"),
            Self::Truncated => f.write_str("the artifact is cut short: there is no seal of aot-compile at its end"),
            Self::Damaged => f.write_str("the artifact is damaged: its bytes do not match the seal at its end"),
            Self::OtherTier { artifact, runtime } => {
                write!(f, "the artifact is for the tier {artifact} and this runtime runs the tier {runtime}")
            }
            Self::Incompatible(reason) => write!(f, "the artifact does not fit this runtime: {reason}"),
            Self::NoCodePages(reason) => write!(f, "there is no memory for the artifact's code: {reason}"),
        }
    }
}

impl core::error::Error for Refusal {}

impl From<wasmtime::Error> for Refusal {
    fn from(error: wasmtime::Error) -> Self {
        Self::Incompatible(format!("{error:#}").replace('\n', " "))
    }
}
