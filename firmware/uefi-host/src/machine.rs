//! The machine as WASI and TPM components see it: `runtime`'s [`Host`] over UEFI services.

use crate::{Clock, Console, Random, Source};
use ::runtime::Host;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;
use uefi::fs::{Error as FileError, FileSystem, PathBuf};
use uefi::{CString16, Status, boot, cstr16, runtime};

/// The folder on the boot volume in which TPM components keep their state.
const FOLDER: &uefi::CStr16 = cstr16!("\\tpm-state");
/// Bytes of the largest file there that is read: as much as is ever stored.
const LARGEST: u64 = 1 << 20;

/// Firmware's random numbers, clocks, console and boot volume.
#[derive(Debug)]
pub struct Machine {
    clock: Clock,
    random: Random,
}

impl Machine {
    /// A machine whose monotonic time is `clock`'s.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, random: Random::default() }
    }

    /// Where this machine's random numbers will come from.
    pub fn random_source(&mut self) -> Source {
        self.random.settle()
    }
}

impl Host for Machine {
    fn random(&mut self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }

    fn monotonic(&mut self) -> Duration {
        self.clock.elapsed()
    }

    fn wall_clock(&mut self) -> Duration {
        runtime::get_time().map_or(Duration::ZERO, |time| since_1970(&time))
    }

    fn write(&mut self, text: &[u8]) {
        // A console that does not take text leaves nobody to tell.
        let _ = Console.write(&String::from_utf8_lossy(text));
    }

    fn load(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let (mut volume, path) = (volume()?, path(name)?);
        match volume.metadata(&path) {
            Ok(file) if file.file_size() > LARGEST => Err(format!("it has {} bytes", file.file_size())),
            Ok(_) => volume.read(&path).map(Some).map_err(|error| reason(&error)),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(reason(&error)),
        }
    }

    /// UEFI's files cannot be replaced in one step: a machine that loses power here loses this state.
    fn store(&mut self, name: &str, data: &[u8]) -> Result<(), String> {
        let mut volume = volume()?;
        // Not `create_dir_all`, to which the root is a parent with no name.
        volume.create_dir(FOLDER).map_err(|error| reason(&error))?;
        volume.write(path(name)?, data).map_err(|error| reason(&error))
    }

    fn delete(&mut self, name: &str) -> Result<bool, String> {
        match volume()?.remove_file(path(name)?) {
            Ok(()) => Ok(true),
            Err(error) if is_absence(&error) => Ok(false),
            Err(error) => Err(reason(&error)),
        }
    }
}

/// The volume that the running image came from.
fn volume() -> Result<FileSystem, String> {
    match boot::get_image_file_system(boot::image_handle()) {
        Ok(volume) => Ok(FileSystem::new(volume)),
        Err(error) => Err(format!("there is no boot volume ({:?})", error.status())),
    }
}

fn path(name: &str) -> Result<PathBuf, String> {
    let name = CString16::try_from(name).map_err(|_| format!("{name:?} cannot be a file name"))?;
    let mut path = PathBuf::from(FOLDER);
    path.push(name.as_ref());
    Ok(path)
}

fn is_absence(error: &FileError) -> bool {
    matches!(error, FileError::Io(error) if error.uefi_error.status() == Status::NOT_FOUND)
}

/// What firmware gave as the reason: `uefi`'s own words for it are `IO error`.
fn reason(error: &FileError) -> String {
    match error {
        FileError::Io(error) => format!("{:?}", error.uefi_error.status()),
        other => other.to_string(),
    }
}

/// Local time is UTC less the zone's minutes (UEFI specification 2.10, 8.3, GetTime). Firmware that does not know its
/// zone is taken to show UTC, as QEMU's does.
fn since_1970(time: &runtime::Time) -> Duration {
    let days = days_since_1970(i64::from(time.year()), i64::from(time.month()), i64::from(time.day()));
    let minutes = (days * 24 + i64::from(time.hour())) * 60 + i64::from(time.minute());
    let zone = i64::from(time.time_zone().unwrap_or(0));
    let seconds = (minutes + zone) * 60 + i64::from(time.second());
    Duration::new(u64::try_from(seconds).unwrap_or(0), time.nanosecond().min(999_999_999))
}

/// Days of the Gregorian calendar, counting years from March so that the odd day of a leap year comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}
