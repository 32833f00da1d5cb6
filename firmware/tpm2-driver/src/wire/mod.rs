//! How commands and responses are laid out: big-endian integers, buffers after their 16-bit size.

mod codes;
mod command;
mod reader;
mod response;

pub(crate) use codes::{
    ALG_ECC, ALG_ECDSA, ALG_NULL, ALG_SHA256, CURVE_P256, GENERATED_VALUE, RH_OWNER, RS_PW, ST_ATTEST_QUOTE,
    ST_CREATION, ST_NO_SESSIONS, ST_SESSIONS,
};
pub use codes::{CommandCode, ResponseCode};
pub(crate) use command::Command;
pub use reader::{Malformed, Problem, Reader};
pub use response::Success;
pub(crate) use response::{LONGEST, Session, parse};
