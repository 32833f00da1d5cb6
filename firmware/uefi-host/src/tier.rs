//! Choosing how guests are executed: natively where firmware allows it, unless `\tier.txt` asks for Pulley.

use crate::code_pages::{LoaderPages, try_pages};
use crate::medium::{self, MediumError};
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use runtime::{Runtime, Tier};
use uefi::{CStr16, cstr16};

const PATH: &CStr16 = cstr16!("\\tier.txt");
/// Bytes: a word and a line's end.
const LARGEST: u64 = 64;

/// A runtime, and why it is of its tier. Displays as the rest of the console's line `tier: `.
#[derive(Debug)]
pub struct Chosen {
    /// The runtime.
    pub runtime: Runtime,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Allowed,
    Asked,
    Refused(String),
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tier = self.runtime.tier();
        match &self.reason {
            Reason::Allowed => write!(f, "{tier} (the firmware gives executable pages)"),
            Reason::Asked => write!(f, "{tier} (asked for by {PATH})"),
            Reason::Refused(why) => write!(f, "{tier} (the firmware refused executable pages: {why})"),
        }
    }
}

/// Why there is no runtime. Displays as one sentence.
#[derive(Debug)]
pub enum TierError {
    /// `\tier.txt` cannot be read.
    Medium(MediumError),
    /// `\tier.txt` does not name a tier.
    Unknown,
    /// wasmtime refused the settings.
    Engine(wasmtime::Error),
}

impl fmt::Display for TierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Medium(error) => write!(f, "{error}"),
            Self::Unknown => write!(f, "{PATH} must say pulley or native"),
            Self::Engine(error) => write!(f, "wasmtime refused its settings: {error:#}"),
        }
    }
}

impl core::error::Error for TierError {}

/// Makes the runtime of the fastest tier that the firmware allows, or of Pulley where `\tier.txt` says `pulley`. That
/// file may also say `native`, which is what happens without it.
///
/// # Errors
/// A [`TierError`].
pub fn choose() -> Result<Chosen, TierError> {
    let reason = if asked()? == Some(Tier::Pulley) {
        Reason::Asked
    } else {
        try_pages().map_or_else(Reason::Refused, |()| Reason::Allowed)
    };
    let runtime = match reason {
        Reason::Allowed => Runtime::native(Arc::new(LoaderPages)),
        Reason::Asked | Reason::Refused(_) => Runtime::pulley(),
    };
    Ok(Chosen { runtime: runtime.map_err(TierError::Engine)?, reason })
}

/// What `\tier.txt` says.
fn asked() -> Result<Option<Tier>, TierError> {
    let Some(text) = medium::read(PATH, LARGEST).map_err(TierError::Medium)? else {
        return Ok(None);
    };
    let word = core::str::from_utf8(&text).map_err(|_| TierError::Unknown)?.trim();
    Tier::named(word).map(Some).ok_or(TierError::Unknown)
}
