//! What the tests share: a platform that repeats itself, and commands as bytes.
#![allow(dead_code, reason = "each test file uses a part")]

use tpm2_engine::{Platform, Tpm};

/// Entropy from a counter, time that stands still unless told.
#[derive(Clone, Default)]
pub struct Repeatable {
    pub state: u64,
    pub now: u64,
}

impl Platform for Repeatable {
    fn random(&mut self, out: &mut [u8]) {
        for byte in out {
            // splitmix64
            self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = (mixed >> 56) as u8;
        }
    }

    fn milliseconds(&mut self) -> u64 {
        self.now += 1;
        self.now
    }
}

pub const OWNER: u32 = 0x4000_0001;
pub const NULL: u32 = 0x4000_0007;
pub const ENDORSEMENT: u32 = 0x4000_000B;
pub const PLATFORM: u32 = 0x4000_000C;

/// One empty password.
pub const PASSWORD: [u8; 9] = [0x40, 0, 0, 9, 0, 0, 1, 0, 0];

/// Bytes, put together.
pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A TPM2B.
pub fn sized(bytes: &[u8]) -> Vec<u8> {
    join(&[&(bytes.len() as u16).to_be_bytes(), bytes])
}

/// A command without authorisations.
pub fn command(code: u32, handles: &[u32], parameters: &[u8]) -> Vec<u8> {
    finish(0x8001, code, handles, &[], parameters)
}

/// A command with as many empty passwords.
pub fn authorized(code: u32, handles: &[u32], passwords: usize, parameters: &[u8]) -> Vec<u8> {
    let area = PASSWORD.repeat(passwords);
    let area = join(&[&(area.len() as u32).to_be_bytes(), &area]);
    finish(0x8002, code, handles, &area, parameters)
}

fn finish(tag: u16, code: u32, handles: &[u32], area: &[u8], parameters: &[u8]) -> Vec<u8> {
    let handles: Vec<u8> = handles.iter().flat_map(|handle| handle.to_be_bytes()).collect();
    let size = 10 + handles.len() + area.len() + parameters.len();
    join(&[&tag.to_be_bytes(), &(size as u32).to_be_bytes(), &code.to_be_bytes(), &handles, area, parameters])
}

/// The response code, after a check that the response is well-formed.
pub fn code(response: &[u8]) -> u32 {
    assert!(response.len() >= 10 && response.len() <= 4096, "{} bytes", response.len());
    let word = |at: usize| u32::from_be_bytes(response[at..at + 4].try_into().expect("four bytes"));
    assert_eq!(word(2) as usize, response.len(), "the size field");
    let tag = u16::from_be_bytes([response[0], response[1]]);
    match (tag, word(6)) {
        (0x8001 | 0x8002, 0) | (0x00C4, 0x01E) => {}
        (0x8001, _) => assert_eq!(response.len(), 10, "an error is a header"),
        _ => panic!("tag {tag:#06x} with code {:#x}", word(6)),
    }
    word(6)
}

/// The response to a command that must succeed, without its header.
pub fn ok(tpm: &mut Tpm<Repeatable>, command: &[u8]) -> Vec<u8> {
    let response = tpm.execute(command);
    assert_eq!(code(&response), 0, "command {:02x?}", &command[..command.len().min(64)]);
    response[10..].to_vec()
}

/// A new TPM that was started.
pub fn started() -> Tpm<Repeatable> {
    let mut tpm = Tpm::manufacture(Repeatable::default());
    ok(&mut tpm, &command(0x144, &[], &[0, 0]));
    tpm
}

/// The public area of a P-256 ECDSA-SHA256 key with these attributes.
pub fn ecc_template(attributes: u32) -> Vec<u8> {
    let parameters = [0, 0x10, 0, 0x18, 0, 0x0B, 0, 3, 0, 0x10, 0, 0, 0, 0];
    join(&[&[0, 0x23, 0, 0x0B], &attributes.to_be_bytes(), &[0, 0], &parameters])
}

/// The attributes of an attestation key.
pub const AK: u32 = 0x0005_0072;

/// TPM2_CreatePrimary with an empty authorisation value.
pub fn create_primary(hierarchy: u32, template: &[u8]) -> Vec<u8> {
    let parameters = join(&[&sized(&[0, 0, 0, 0]), &sized(template), &[0, 0], &[0, 0, 0, 0]]);
    authorized(0x131, &[hierarchy], 1, &parameters)
}

/// A list with one selection, of the SHA-256 bank.
pub fn selection(pcrs: &[usize]) -> Vec<u8> {
    let mut select = [0u8; 3];
    pcrs.iter().for_each(|pcr| select[pcr / 8] |= 1 << (pcr % 8));
    join(&[&[0, 0, 0, 1, 0, 0x0B, 3], &select])
}

/// Reads a response piece by piece.
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take(2).try_into().expect("two bytes"))
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take(4).try_into().expect("four bytes"))
    }

    pub fn sized(&mut self) -> &'a [u8] {
        let size = self.u16();
        self.take(size.into())
    }
}
