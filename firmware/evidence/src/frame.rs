//! Evidence on a console: padded base64 in lines of at most 76 characters, between two markers.

use alloc::vec::Vec;
use base64ct::{Base64, Encoding};
use core::fmt;

/// Characters of a line. A multiple of four, so that lines can be decoded one by one.
const LINE: usize = 76;
/// Bytes in a full line.
const BYTES: usize = LINE / 4 * 3;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// CATT1.
    Attest,
    /// CBND1.
    Bind,
}

impl Kind {
    const fn markers(self) -> (&'static str, &'static str) {
        match self {
            Self::Attest => ("---BEGIN CITADEL-ATTEST---", "---END CITADEL-ATTEST---"),
            Self::Bind => ("---BEGIN CITADEL-BIND---", "---END CITADEL-BIND---"),
        }
    }
}

/// Displays bytes in their frame, each line but the last ending in a line feed.
#[derive(Clone, Copy, Debug)]
pub struct Framed<'a>(pub Kind, pub &'a [u8]);

impl fmt::Display for Framed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(kind, bytes) = self;
        let (begin, end) = kind.markers();
        writeln!(f, "{begin}")?;
        for line in bytes.chunks(BYTES) {
            writeln!(f, "{}", Base64::encode_string(line))?;
        }
        f.write_str(end)
    }
}

/// Why text holds no evidence, displayed as one sentence. Lines count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// There is no BEGIN marker.
    NoBegin,
    /// There is no END marker after the BEGIN on this line.
    NoEnd(usize),
    /// A marker stands where it does not belong: a second BEGIN, or an END without one.
    Marker(usize),
    /// A line between the markers that is not padded base64 of at most 76 characters, or follows a padded one.
    Line(usize),
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBegin => f.write_str("there is no BEGIN marker"),
            Self::NoEnd(line) => write!(f, "the frame that begins on line {line} does not end"),
            Self::Marker(line) => write!(f, "the marker on line {line} does not belong there"),
            Self::Line(line) => write!(f, "line {line} does not belong in a frame"),
        }
    }
}

impl core::error::Error for FrameError {}

/// The bytes in the one frame of `text`, which may have other lines before and after, and carriage returns.
///
/// # Errors
/// When there is not exactly one frame, or its lines do not hold.
pub fn unframe(kind: Kind, text: &str) -> Result<Vec<u8>, FrameError> {
    let (begin, end) = kind.markers();
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let mut markers = (1..).zip(&lines).filter(|(_, line)| **line == begin || **line == end);
    let first = match markers.next() {
        None => return Err(FrameError::NoBegin),
        Some((number, line)) if *line == begin => number,
        Some((number, _)) => return Err(FrameError::Marker(number)),
    };
    let last = match markers.next() {
        None => return Err(FrameError::NoEnd(first)),
        Some((number, line)) if *line == end => number,
        Some((number, _)) => return Err(FrameError::Marker(number)),
    };
    match markers.next() {
        Some((number, _)) => Err(FrameError::Marker(number)),
        None => body(&lines[first..last - 1], first + 1),
    }
}

/// Decodes the lines between the markers, the first of which is line `number`.
fn body(lines: &[&str], number: usize) -> Result<Vec<u8>, FrameError> {
    let mut bytes = Vec::new();
    let mut padded = false;
    for (number, line) in (number..).zip(lines) {
        let decoded = Base64::decode_vec(line).ok().filter(|_| !line.is_empty() && line.len() <= LINE && !padded);
        bytes.extend(decoded.ok_or(FrameError::Line(number))?);
        padded = line.ends_with('=');
    }
    Ok(bytes)
}
