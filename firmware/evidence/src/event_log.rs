//! How long the firmware's event log is: it says where the last event begins, and not where it ends.
//!
//! TCG PC Client Platform Firmware Profile, revision 1.05, 10.2: a first event in the old format that names the digest
//! sizes, then events of which each carries a digest of every bank. Little-endian, unlike all else here.

use alloc::vec::Vec;
use core::fmt;

/// More than a binding can carry.
const LONGEST: usize = 1 << 20;
/// The first event: PCR, type, a SHA-1 digest of zeros, and the size of what follows.
const FIRST: usize = 32;
/// What the first event's data begins with.
const SIGNATURE: &[u8; 16] = b"Spec ID Event03\0";
/// Where the count of algorithms stands in the first event's data: after the signature, the platform's class, three
/// version numbers and the size of an integer.
const ALGORITHMS: usize = 24;
/// Banks of one TPM: more than any has.
const MOST_BANKS: usize = 16;

/// Why a log cannot be carried, displayed as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogError {
    /// It is not laid out as the profile says. Holds the offset in bytes.
    Malformed(usize),
    /// It has more than 1 MiB.
    TooLong,
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(offset) => write!(f, "the firmware's event log does not hold at byte {offset}"),
            Self::TooLong => f.write_str("the firmware's event log is longer than 1 MiB"),
        }
    }
}

impl core::error::Error for LogError {}

/// The size in bytes of the log that `read` gives pieces of, by offset and size; its last event begins at `last`. No
/// more is read than the log itself claims, nor beyond 1 MiB.
///
/// # Errors
/// When the log is too long, or no event begins at `last`.
pub fn event_log_size<'a>(read: impl Fn(usize, usize) -> &'a [u8], last: usize) -> Result<usize, LogError> {
    let log = Log { read };
    let data = log.u32(FIRST - 4)?;
    let sizes = log.digest_sizes(data)?;
    let mut place = end_of(FIRST, data)?;
    // A log of the first event alone.
    if last == 0 {
        return Ok(place);
    }
    while place < last {
        place = log.end_of_event(place, &sizes)?;
    }
    if place == last { log.end_of_event(place, &sizes) } else { Err(LogError::Malformed(last)) }
}

struct Log<R> {
    read: R,
}

impl<'a, R: Fn(usize, usize) -> &'a [u8]> Log<R> {
    /// Bytes of the log.
    fn bytes(&self, place: usize, size: usize) -> Result<&'a [u8], LogError> {
        end_of(place, size)?;
        let bytes = (self.read)(place, size);
        if bytes.len() == size { Ok(bytes) } else { Err(LogError::Malformed(place)) }
    }

    fn u16(&self, place: usize) -> Result<u16, LogError> {
        let bytes = self.bytes(place, 2)?.try_into();
        bytes.map(u16::from_le_bytes).map_err(|_| LogError::Malformed(place))
    }

    fn u32(&self, place: usize) -> Result<usize, LogError> {
        let bytes = self.bytes(place, 4)?.try_into();
        let value = bytes.map(u32::from_le_bytes).map_err(|_| LogError::Malformed(place))?;
        usize::try_from(value).map_err(|_| LogError::TooLong)
    }

    /// The algorithms of the log, each with the size of its digests.
    fn digest_sizes(&self, data: usize) -> Result<Vec<(u16, usize)>, LogError> {
        if data < ALGORITHMS + 4 || self.bytes(FIRST, SIGNATURE.len())? != SIGNATURE {
            return Err(LogError::Malformed(FIRST));
        }
        let count = self.u32(FIRST + ALGORITHMS)?;
        if count > MOST_BANKS || ALGORITHMS + 4 + 4 * count > data {
            return Err(LogError::Malformed(FIRST + ALGORITHMS));
        }
        let places = (0..count).map(|bank| FIRST + ALGORITHMS + 4 + 4 * bank);
        places.map(|place| Ok((self.u16(place)?, usize::from(self.u16(place + 2)?)))).collect()
    }

    /// Where the event at `place` ends: PCR, type, digests, data.
    fn end_of_event(&self, place: usize, sizes: &[(u16, usize)]) -> Result<usize, LogError> {
        let count = self.u32(place + 8)?;
        if count > MOST_BANKS {
            return Err(LogError::Malformed(place));
        }
        let mut next = place + 12;
        for _ in 0..count {
            let algorithm = self.u16(next)?;
            let size = sizes.iter().find(|(known, _)| *known == algorithm).ok_or(LogError::Malformed(next))?.1;
            next = end_of(next + 2, size)?;
        }
        end_of(next + 4, self.u32(next)?)
    }
}

fn end_of(place: usize, size: usize) -> Result<usize, LogError> {
    place.checked_add(size).filter(|end| *end <= LONGEST).ok_or(LogError::TooLong)
}
