//! One file per command or pair of commands: the function that builds it, and the one that reads its response.

mod attest;
mod capability;
mod context;
mod lifecycle;
mod pcr;
mod primary;
mod public;
mod quote;
mod random;

pub use attest::{ClockInfo, QuoteAttest};
pub use capability::{Capability, CapabilityData, get_capability, parse_get_capability};
pub use context::{ReadPublic, flush_context, parse_read_public, read_public};
pub use lifecycle::{StartupType, parse_empty, self_test, shutdown, startup};
pub use pcr::{PcrRead, PcrSelection, parse_pcr_read, pcr_extend, pcr_read};
pub use primary::{Primary, create_primary, parse_create_primary};
pub use public::{AkPublic, template};
pub use quote::{QualifyingData, Quote, parse_quote, quote};
pub use random::{get_random, parse_get_random};
