//! What guests of any operating system need of the machine, behind one small trait.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use wasmtime::{Result, bail};

/// The machine as WASI and a TPM's storage need it: UEFI in `uefi-host`, Linux in `tools/engine-transport`.
pub trait Host {
    /// Fills `bytes` with random numbers that are fit for keys, or says on the console that they are not.
    fn random(&mut self, bytes: &mut [u8]);

    /// Time since some moment that does not change. Never goes back.
    fn monotonic(&mut self) -> Duration;

    /// Time since 1970-01-01 00:00:00 UTC; zero where the machine has no clock.
    fn wall_clock(&mut self) -> Duration;

    /// Writes text, in UTF-8 as far as the guest keeps to it, to the console.
    fn write(&mut self, text: &[u8]);

    /// What is stored by a name; none when nothing is.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    fn load(&mut self, name: &str) -> Result<Option<Vec<u8>>, String>;

    /// Stores data in place of what had the name.
    ///
    /// # Errors
    /// A sentence that says why it cannot be written.
    fn store(&mut self, name: &str, data: &[u8]) -> Result<(), String>;

    /// Deletes what has the name; whether there was anything.
    ///
    /// # Errors
    /// A sentence that says why it cannot be deleted.
    fn delete(&mut self, name: &str) -> Result<bool, String>;
}

/// How long a guest may sleep in all. Sleeping takes no fuel, so it needs a bound of its own.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// A host, and what has been used up of it by one guest.
pub struct Services {
    pub(crate) host: Box<dyn Host>,
    slept: Duration,
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Services").field("slept", &self.slept).finish_non_exhaustive()
    }
}

impl Services {
    /// The services of `host`, unused.
    #[must_use]
    pub const fn new(host: Box<dyn Host>) -> Self {
        Self { host, slept: Duration::ZERO }
    }

    /// The host itself, for what else its owner keeps there.
    pub fn host(&mut self) -> &mut dyn Host {
        self.host.as_mut()
    }

    /// Returns when [`Host::monotonic`] has reached `moment`. There is nothing else to do meanwhile, so it just looks.
    pub(crate) fn sleep_until(&mut self, moment: Duration) -> Result<()> {
        let now = self.host.monotonic();
        self.slept = self.slept.saturating_add(moment.saturating_sub(now));
        if self.slept > LONGEST_SLEEP {
            bail!("the guest wants to sleep for more than {} s in all", LONGEST_SLEEP.as_secs());
        }
        while self.host.monotonic() < moment {
            core::hint::spin_loop();
        }
        Ok(())
    }
}
