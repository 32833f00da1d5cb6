//! Strict reading: every size is checked before it is used, and what is left over is an error.

use core::fmt;

/// Reads big-endian values from the front of a byte string.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// Where `bytes` begins in what the outermost reader was given.
    offset: usize,
}

/// What is wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Bytes before the place, counted from the first byte of the outermost structure.
    pub offset: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A field goes beyond the end.
    Short {
        /// The field's size in bytes.
        wanted: usize,
        /// How many bytes there are.
        left: usize,
    },
    /// Bytes follow what should be the last field. Holds how many.
    Trailing(usize),
    /// A length or count above its limit.
    TooLarge {
        /// What the field says.
        value: usize,
        /// The most that it may say.
        limit: usize,
    },
    /// A value that may not stand there. Holds what belongs there.
    Expected(&'static str),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: ", self.offset)?;
        match self.problem {
            Problem::Short { wanted, left } => write!(f, "{wanted} bytes belong here and {left} are left"),
            Problem::Trailing(extra) => write!(f, "{extra} bytes follow the end"),
            Problem::TooLarge { value, limit } => write!(f, "{value} is more than the limit of {limit}"),
            Problem::Expected(what) => write!(f, "expected {what}"),
        }
    }
}

impl core::error::Error for Malformed {}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their beginning.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Bytes read so far, counted from the first byte of the outermost structure.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// What has not been read.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// An error at the next byte.
    #[must_use]
    pub const fn malformed(&self, problem: Problem) -> Malformed {
        Malformed { offset: self.offset, problem }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or_else(|| self.malformed(Problem::Short { wanted: count, left: self.bytes.len() }))?;
        self.bytes = rest;
        self.offset += count;
        Ok(taken)
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// One byte.
    ///
    /// # Errors
    /// When there is none.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_be_bytes)
    }

    /// A 16-bit integer.
    ///
    /// # Errors
    /// When there are too few bytes.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    /// A 32-bit integer.
    ///
    /// # Errors
    /// When there are too few bytes.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// A 64-bit integer.
    ///
    /// # Errors
    /// When there are too few bytes.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// A buffer after its 16-bit size, of at most `limit` bytes, as a reader of its own.
    ///
    /// # Errors
    /// When the size is above the limit or beyond the end.
    pub fn sized(&mut self, limit: usize) -> Result<Self, Malformed> {
        let before = self.offset;
        let size = usize::from(self.u16()?);
        if size > limit {
            return Err(Malformed { offset: before, problem: Problem::TooLarge { value: size, limit } });
        }
        let offset = self.offset;
        Ok(Self { bytes: self.take(size)?, offset })
    }

    /// A 32-bit count of at most `limit`.
    ///
    /// # Errors
    /// When it is above the limit.
    pub fn count(&mut self, limit: usize) -> Result<usize, Malformed> {
        let offset = self.offset;
        // No platform of this crate has an address space smaller than 32 bits; if one had, the limit would refuse.
        let value = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if value > limit {
            return Err(Malformed { offset, problem: Problem::TooLarge { value, limit } });
        }
        Ok(value)
    }

    /// Passes over `expected`, which `what` describes.
    ///
    /// # Errors
    /// When something else, or less, is there.
    pub fn expect(&mut self, expected: &[u8], what: &'static str) -> Result<(), Malformed> {
        let problem = self.malformed(Problem::Expected(what));
        if self.take(expected.len())? == expected { Ok(()) } else { Err(problem) }
    }

    /// The end.
    ///
    /// # Errors
    /// When bytes are left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.malformed(Problem::Trailing(self.bytes.len()))) }
    }
}
