//! How guest code is executed.

use core::fmt;

/// A way to execute guest code. The tier in use is printed by every application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// wasmtime's portable interpreter: needs no executable memory, so it runs on any firmware.
    Pulley,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pulley => f.write_str("pulley"),
        }
    }
}
