//! The machine that components see on Linux.

use runtime::Host;
use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// Linux's random numbers and clocks, a place for what guests say, and a folder for what they store.
pub struct LinuxHost {
    random: File,
    started: Instant,
    console: Box<dyn Write>,
    folder: Option<PathBuf>,
}

impl fmt::Debug for LinuxHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinuxHost").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl LinuxHost {
    /// A host that writes to `console`, and stores nothing.
    ///
    /// # Errors
    /// When /dev/urandom cannot be opened.
    pub fn new(console: impl Write + 'static) -> std::io::Result<Self> {
        let random = File::open("/dev/urandom")?;
        Ok(Self { random, started: Instant::now(), console: Box::new(console), folder: None })
    }

    /// The same, storing in a folder that exists.
    #[must_use]
    pub fn storing_in(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    fn path(&self, name: &str) -> Result<PathBuf, String> {
        Ok(self.folder.as_ref().ok_or("there is no folder for state")?.join(name))
    }
}

impl Host for LinuxHost {
    fn random(&mut self, bytes: &mut [u8]) {
        // The kernel's device never ends and never fails once it is open (random(4)).
        self.random.read_exact(bytes).expect("/dev/urandom gives bytes");
    }

    fn monotonic(&mut self) -> Duration {
        self.started.elapsed()
    }

    fn wall_clock(&mut self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }

    fn write(&mut self, text: &[u8]) {
        // A console that takes nothing leaves nobody to tell.
        let _ = self.console.write_all(text);
    }

    fn load(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        match fs::read(self.path(name)?) {
            Ok(data) => Ok(Some(data)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// By renaming, so that a machine that stops halfway keeps the state it had.
    fn store(&mut self, name: &str, data: &[u8]) -> Result<(), String> {
        let path = self.path(name)?;
        let new = self.path(&format!("{name}.new"))?;
        fs::write(&new, data).and_then(|()| fs::rename(&new, &path)).map_err(|error| error.to_string())
    }

    fn delete(&mut self, name: &str) -> Result<bool, String> {
        match fs::remove_file(self.path(name)?) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.to_string()),
        }
    }
}
