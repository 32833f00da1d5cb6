//! What the engine needs from the machine that it runs on.

/// Entropy and time. The engine has no other way to the outside: it keeps its own state, and whoever owns it stores
/// that with [`crate::Tpm::permanent_state`].
pub trait Platform {
    /// Fills `out` with entropy. The engine conditions it (see `crypto/drbg.rs`), so a source with some bias is safe;
    /// a source that repeats is not.
    fn random(&mut self, out: &mut [u8]);

    /// Milliseconds since some fixed moment. A clock that goes backwards counts as one that stands still.
    fn milliseconds(&mut self) -> u64;
}
