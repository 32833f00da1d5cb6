//! The machine's own TPM, through EFI_TCG2_PROTOCOL (TCG EFI Protocol Specification, family 2.0, revision 00.13).

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ptr;
use core::slice;
use evidence::{LogError, event_log_size};
use tpm2_driver::TpmTransport;
use uefi::boot::{self, ScopedProtocol};
use uefi::proto::tcg::v2::{HashLogExtendEventFlags, PcrEventInputs, Tcg};
use uefi::proto::tcg::{EventType, PcrIndex};
use uefi::{Error, Status};
use uefi_raw::protocol::tcg::v2::{Tcg2EventLogFormat, Tcg2Protocol};

/// Room for a response: the longest that is asked for here has 300 bytes. EDK II refuses to fill a buffer of the TPM's
/// own maximum, 4,096, or more.
const RESPONSE: usize = 1024;
/// Where a response has its own size.
const SIZE: core::ops::Range<usize> = 2..6;

/// The firmware's TPM, which the firmware has started and measured into.
pub struct Platform(ScopedProtocol<Tcg>);

/// Why there is no event log to give. Displays as one sentence.
#[derive(Debug)]
pub enum EventLogError {
    /// The firmware gives none.
    Firmware(Status),
    /// The firmware had no room for all events.
    Truncated,
    /// What the firmware gives is no log.
    Log(LogError),
}

impl fmt::Display for EventLogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Firmware(status) => write!(f, "the firmware does not give its event log: {status}"),
            Self::Truncated => f.write_str("the firmware had no room for all events in its log"),
            Self::Log(error) => error.fmt(f),
        }
    }
}

impl Platform {
    /// The TPM, if this machine has one that its firmware knows.
    pub fn find() -> Option<Self> {
        let handle = boot::get_handle_for_protocol::<Tcg>().ok()?;
        let mut tcg = boot::open_protocol_exclusive::<Tcg>(handle).ok()?;
        let capability = tcg.get_capability().ok()?;
        capability.tpm_present().then_some(Self(tcg))
    }

    /// Extends a PCR of every bank with the digest of `data`, and has the firmware log it with `data` itself.
    pub fn extend(&mut self, pcr: u32, data: &[u8]) -> Result<(), Status> {
        let event = PcrEventInputs::new_in_box(PcrIndex(pcr), EventType::IPL, data).map_err(status)?;
        self.0.hash_log_extend_event(HashLogExtendEventFlags::empty(), data, &event).map_err(status)
    }

    /// All events that the firmware logged, with those of [`Platform::extend`], as TCG2 lays them out.
    pub fn event_log(&mut self) -> Result<Vec<u8>, EventLogError> {
        let tcg: *mut Tcg2Protocol = ptr::from_mut(&mut *self.0).cast();
        let (mut start, mut last, mut truncated) = (0, 0, false.into());
        // SAFETY: `Tcg` is a transparent wrapper of this very structure, open for this image alone; firmware writes to
        // three variables that outlive the call.
        let given = unsafe {
            ((*tcg).get_event_log)(tcg, Tcg2EventLogFormat::TCG_2, &raw mut start, &raw mut last, &raw mut truncated)
        };
        if !given.is_success() || start == 0 {
            return Err(EventLogError::Firmware(given));
        }
        if bool::from(truncated) {
            return Err(EventLogError::Truncated);
        }
        let first = start as *const u8;
        let read = |place: usize, size: usize| {
            // SAFETY: within the firmware's log or behind it by what its own last event claims, 1 MiB at most: all
            // memory is mapped while boot services are active, and the log's memory stays as it is while this runs.
            unsafe { slice::from_raw_parts(first.add(place), size) }
        };
        let last = usize::try_from(last.wrapping_sub(start)).unwrap_or(usize::MAX);
        let size = event_log_size(read, last).map_err(EventLogError::Log)?;
        Ok(read(0, size).to_vec())
    }
}

impl TpmTransport for Platform {
    type Error = Status;

    fn process(&mut self, command: &[u8]) -> Result<Vec<u8>, Status> {
        let mut response = vec![0; RESPONSE];
        self.0.submit_command(command, &mut response).map_err(status)?;
        let size = response[SIZE].try_into().map(u32::from_be_bytes).unwrap_or(u32::MAX);
        // One that claims more than there is room for stays as it is: the driver refuses it for its size.
        response.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        Ok(response)
    }
}

fn status<D: fmt::Debug>(error: Error<D>) -> Status {
    error.status()
}
