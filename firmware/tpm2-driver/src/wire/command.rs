//! Building commands.

use super::{CommandCode, RS_PW, ST_NO_SESSIONS, ST_SESSIONS};
use alloc::vec::Vec;

/// Where a command's size stands, after its tag.
const SIZE: core::ops::Range<usize> = 2..6;

/// A command under construction; its size is filled in at the end.
pub struct Command(Vec<u8>);

impl Command {
    /// A command without sessions.
    pub fn new(code: CommandCode) -> Self {
        Self::tagged(ST_NO_SESSIONS, code)
    }

    /// A command for `handle`, whose authorization is the empty password.
    pub fn authorized(code: CommandCode, handle: u32) -> Self {
        Self::tagged(ST_SESSIONS, code)
            .u32(handle)
            // The authorization area's size, then TPM_RS_PW, an empty nonce, no attributes, an empty password.
            .u32(9)
            .u32(RS_PW)
            .u16(0)
            .u8(0)
            .u16(0)
    }

    fn tagged(tag: u16, code: CommandCode) -> Self {
        Self(Vec::new()).u16(tag).u32(0).u32(code.0)
    }

    pub fn u8(self, value: u8) -> Self {
        self.bytes(&[value])
    }

    pub fn u16(self, value: u16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub fn u32(self, value: u32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// The command as it is sent.
    pub fn finish(mut self) -> Vec<u8> {
        // Commands of this crate are a few hundred bytes.
        let size = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0[SIZE].copy_from_slice(&size.to_be_bytes());
        self.0
    }
}
