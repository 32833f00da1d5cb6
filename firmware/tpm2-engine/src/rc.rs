//! Response codes (Part 2, section 6.6) and where in a command they point.

/// A TPM_RC that is not TPM_RC_SUCCESS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rc(pub(crate) u32);

/// The bit that says that a code has room for a handle, parameter or session number.
const FORMAT_ONE: u32 = 0x080;
/// In a format-one code: the number counts parameters.
const PARAMETER: u32 = 0x040;
/// In a format-one code: the number counts sessions.
const SESSION: u32 = 0x800;
/// The bits of a format-one code that a position occupies.
const POSITION: u32 = 0xF40;

impl Rc {
    /// The code as a response carries it.
    pub fn code(self) -> u32 {
        self.0
    }

    /// This code at parameter `number`, counted from one.
    pub(crate) fn parameter(self, number: u32) -> Self {
        self.at(PARAMETER, number)
    }

    /// This code at handle `number`, counted from one.
    pub(crate) fn handle(self, number: u32) -> Self {
        self.at(0, number)
    }

    /// This code at session `number`, counted from one.
    pub(crate) fn session(self, number: u32) -> Self {
        self.at(SESSION, number)
    }

    /// A code that has no room for a position, or has one already, stays as it is.
    fn at(self, kind: u32, number: u32) -> Self {
        if self.0 & FORMAT_ONE == 0 || self.0 & POSITION != 0 { self } else { Self(self.0 | kind | number << 8) }
    }
}

/// TPM_RC values, without the prefix.
macro_rules! codes {
    ($($name:ident = $value:literal,)*) => {
        impl Rc {
            $(pub(crate) const $name: Rc = Rc($value);)*
        }
    };
}

codes! {
    BAD_TAG = 0x01E,
    // Format one: a position may be added.
    ATTRIBUTES = 0x082,
    HASH = 0x083,
    VALUE = 0x084,
    HIERARCHY = 0x085,
    KEY_SIZE = 0x087,
    MODE = 0x089,
    TYPE = 0x08A,
    HANDLE = 0x08B,
    KDF = 0x08C,
    RANGE = 0x08D,
    AUTH_FAIL = 0x08E,
    NONCE = 0x08F,
    SCHEME = 0x092,
    SIZE = 0x095,
    SYMMETRIC = 0x096,
    TAG = 0x097,
    INSUFFICIENT = 0x09A,
    SIGNATURE = 0x09B,
    KEY = 0x09C,
    INTEGRITY = 0x09F,
    TICKET = 0x0A0,
    RESERVED_BITS = 0x0A1,
    BAD_AUTH = 0x0A2,
    BINDING = 0x0A5,
    CURVE = 0x0A6,
    ECC_POINT = 0x0A7,
    // Format zero.
    INITIALIZE = 0x100,
    FAILURE = 0x101,
    SEQUENCE = 0x103,
    AUTH_TYPE = 0x124,
    AUTH_MISSING = 0x125,
    AUTH_UNAVAILABLE = 0x12F,
    COMMAND_SIZE = 0x142,
    COMMAND_CODE = 0x143,
    AUTH_CONTEXT = 0x145,
    NV_SPACE = 0x14B,
    NV_DEFINED = 0x14C,
    // Warnings.
    OBJECT_MEMORY = 0x902,
    SESSION_MEMORY = 0x903,
    LOCALITY = 0x907,
    REFERENCE_H0 = 0x910,
    REFERENCE_S0 = 0x918,
}

impl Rc {
    /// TPM_RC_REFERENCE_H0 and its successors: the handle at `index`, from zero, refers to nothing.
    pub(crate) fn reference_handle(index: u32) -> Self {
        Self(Self::REFERENCE_H0.0 + index)
    }

    /// TPM_RC_REFERENCE_S0 and its successors: the session at `index`, from zero, refers to nothing.
    pub(crate) fn reference_session(index: u32) -> Self {
        Self(Self::REFERENCE_S0.0 + index)
    }
}

#[cfg(test)]
mod tests {
    use super::Rc;

    #[test]
    fn a_position_is_added_once_and_only_where_there_is_room() {
        assert_eq!(Rc::VALUE.parameter(2).code(), 0x2C4);
        assert_eq!(Rc::VALUE.handle(1).code(), 0x184);
        assert_eq!(Rc::BAD_AUTH.session(1).code(), 0x9A2);
        assert_eq!(Rc::VALUE.parameter(2).handle(3).code(), 0x2C4);
        assert_eq!(Rc::AUTH_MISSING.session(1).code(), 0x125);
        assert_eq!(Rc::LOCALITY.parameter(1).code(), 0x907);
        assert_eq!(Rc::reference_handle(2).code(), 0x912);
    }
}
