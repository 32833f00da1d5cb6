//! What can go wrong, each displayed as one sentence.

use std::fmt;

/// Why there is no artifact.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The input has no bytes.
    Empty,
    /// The input is already an artifact.
    AlreadyCompiled,
    /// The input is not WebAssembly.
    NotWebAssembly,
    /// The input begins like WebAssembly and then does not hold. Holds the parser's reason.
    Malformed(String),
    /// A wit-bindgen module could not be made a component. Holds wit-component's reason.
    Component(String),
    /// The compiler refused the input. Holds wasmtime's reason.
    Compiler(String),
    /// What the compiler wrote is not what was expected of it. Holds the reason.
    Artifact(String),
}

impl Failure {
    pub(crate) fn compiler(error: wasmtime::Error) -> Self {
        Self::Compiler(format!("{error:#}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the input is empty"),
            Self::AlreadyCompiled => f.write_str("the input is already compiled"),
            Self::NotWebAssembly => f.write_str("the input is not WebAssembly (no \\0asm at its start)"),
            Self::Malformed(reason) => write!(f, "the input is damaged WebAssembly: {reason}"),
            Self::Component(reason) => write!(f, "the module could not be made a component: {reason}"),
            Self::Artifact(reason) => write!(f, "the compiler wrote an artifact that cannot be read: {reason}"),
            Self::Compiler(reason) => write!(f, "the input does not compile: {reason}"),
        }
    }
}

impl std::error::Error for Failure {}
