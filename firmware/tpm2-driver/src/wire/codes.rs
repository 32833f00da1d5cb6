//! Numbers of Part 2 that this crate sends or expects.

use core::fmt;

/// `TPM_ST_NO_SESSIONS`.
pub const ST_NO_SESSIONS: u16 = 0x8001;
/// `TPM_ST_SESSIONS`.
pub const ST_SESSIONS: u16 = 0x8002;
/// `TPM_ST_ATTEST_QUOTE`.
pub const ST_ATTEST_QUOTE: u16 = 0x8018;
/// `TPM_ST_CREATION`, the tag of a creation ticket.
pub const ST_CREATION: u16 = 0x8021;
/// `TPM_GENERATED_VALUE`: `\xffTCG`, which a restricted key signs only when the TPM itself made the structure.
pub const GENERATED_VALUE: u32 = 0xFF54_4347;
/// `TPM_ALG_SHA256`.
pub const ALG_SHA256: u16 = 0x000B;
/// `TPM_ALG_NULL`.
pub const ALG_NULL: u16 = 0x0010;
/// `TPM_ALG_ECDSA`.
pub const ALG_ECDSA: u16 = 0x0018;
/// `TPM_ALG_ECC`.
pub const ALG_ECC: u16 = 0x0023;
/// `TPM_ECC_NIST_P256`.
pub const CURVE_P256: u16 = 0x0003;
/// `TPM_RH_OWNER`.
pub const RH_OWNER: u32 = 0x4000_0001;
/// `TPM_RS_PW`: a password takes the place of a session.
pub const RS_PW: u32 = 0x4000_0009;

/// A command code, displayed as Part 3 names the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandCode(pub u32);

impl CommandCode {
    /// `TPM_CC_CreatePrimary`.
    pub const CREATE_PRIMARY: Self = Self(0x131);
    /// `TPM_CC_SelfTest`.
    pub const SELF_TEST: Self = Self(0x143);
    /// `TPM_CC_Startup`.
    pub const STARTUP: Self = Self(0x144);
    /// `TPM_CC_Shutdown`.
    pub const SHUTDOWN: Self = Self(0x145);
    /// `TPM_CC_Quote`.
    pub const QUOTE: Self = Self(0x158);
    /// `TPM_CC_FlushContext`.
    pub const FLUSH_CONTEXT: Self = Self(0x165);
    /// `TPM_CC_ReadPublic`.
    pub const READ_PUBLIC: Self = Self(0x173);
    /// `TPM_CC_GetCapability`.
    pub const GET_CAPABILITY: Self = Self(0x17A);
    /// `TPM_CC_GetRandom`.
    pub const GET_RANDOM: Self = Self(0x17B);
    /// `TPM_CC_PCR_Read`.
    pub const PCR_READ: Self = Self(0x17E);
    /// `TPM_CC_PCR_Extend`.
    pub const PCR_EXTEND: Self = Self(0x182);

    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::CREATE_PRIMARY => "CreatePrimary",
            Self::SELF_TEST => "SelfTest",
            Self::STARTUP => "Startup",
            Self::SHUTDOWN => "Shutdown",
            Self::QUOTE => "Quote",
            Self::FLUSH_CONTEXT => "FlushContext",
            Self::READ_PUBLIC => "ReadPublic",
            Self::GET_CAPABILITY => "GetCapability",
            Self::GET_RANDOM => "GetRandom",
            Self::PCR_READ => "PCR_Read",
            Self::PCR_EXTEND => "PCR_Extend",
            _ => return None,
        })
    }
}

impl fmt::Display for CommandCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "command {:#x}", self.0),
        }
    }
}

/// A response code other than success, displayed in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseCode(pub u32);

impl ResponseCode {
    /// `TPM_RC_SUCCESS`.
    pub const SUCCESS: Self = Self(0);
    /// `TPM_RC_TESTING`: a self-test runs; the command was not done.
    pub const TESTING: Self = Self(0x90A);
    /// `TPM_RC_RETRY`: the TPM could not start the command.
    pub const RETRY: Self = Self(0x922);

    /// Whether the same command may be sent again as it is.
    #[must_use]
    pub const fn wants_resubmission(self) -> bool {
        matches!(self, Self::RETRY | Self::TESTING)
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}
