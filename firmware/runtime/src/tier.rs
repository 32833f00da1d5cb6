//! How guest code is executed.

use core::fmt;

/// A way to execute guest code. The tier in use is printed by every application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// wasmtime's portable interpreter: needs no executable memory, so it runs on any firmware.
    Pulley,
    /// Machine code that Cranelift made ahead of time: needs pages that firmware lets run.
    Native,
}

impl Tier {
    /// Every tier.
    pub const ALL: [Self; 2] = [Self::Pulley, Self::Native];

    /// What wasmtime calls the tier's target.
    ///
    /// Native code is for `windows`, whose calling convention UEFI uses (UEFI specification 2.10, section 2.3.4);
    /// wasmtime knows no target for UEFI itself. The application's own target has to carry the same name, since
    /// wasmtime runs native code only where both agree: hence `targets/x86_64-unknown-windows.json`.
    #[must_use]
    pub const fn target(self) -> &'static str {
        match self {
            Self::Pulley => "pulley64",
            Self::Native => "x86_64-unknown-windows",
        }
    }

    /// The name on the console, in artifacts and in `\tier.txt`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pulley => "pulley",
            Self::Native => "native",
        }
    }

    /// The tier of that name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
