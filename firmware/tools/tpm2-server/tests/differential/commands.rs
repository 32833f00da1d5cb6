//! Commands as bytes.

/// One empty password.
pub const PASSWORD: [u8; 9] = [0x40, 0, 0, 9, 0, 0, 1, 0, 0];

pub const OWNER: u32 = 0x4000_0001;
pub const NULL: u32 = 0x4000_0007;
pub const ENDORSEMENT: u32 = 0x4000_000B;
pub const PLATFORM: u32 = 0x4000_000C;
/// The first transient object.
pub const FIRST: u32 = 0x8000_0000;

/// The attributes of an attestation key, of an ordinary signing key, and of a storage key.
pub const AK: u32 = 0x0005_0072;
pub const SIGNER: u32 = 0x0004_0072;
pub const PARENT: u32 = 0x0003_0072;

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
    build(0x8001, code, handles, &[], parameters)
}

/// A command with as many empty passwords.
pub fn authorized(code: u32, handles: &[u32], passwords: usize, parameters: &[u8]) -> Vec<u8> {
    with_area(code, handles, &PASSWORD.repeat(passwords), parameters)
}

/// A command with this authorisation area.
pub fn with_area(code: u32, handles: &[u32], area: &[u8], parameters: &[u8]) -> Vec<u8> {
    build(0x8002, code, handles, &join(&[&(area.len() as u32).to_be_bytes(), area]), parameters)
}

fn build(tag: u16, code: u32, handles: &[u32], area: &[u8], parameters: &[u8]) -> Vec<u8> {
    let handles: Vec<u8> = handles.iter().flat_map(|handle| handle.to_be_bytes()).collect();
    resized(join(&[&tag.to_be_bytes(), &[0; 4], &code.to_be_bytes(), &handles, area, parameters]))
}

/// The command with a size field that tells the truth.
pub fn resized(mut command: Vec<u8>) -> Vec<u8> {
    let size = (command.len() as u32).to_be_bytes();
    command[2..6].copy_from_slice(&size);
    command
}

/// A public area of a P-256 key: symmetric algorithm, scheme, and coordinates as given.
pub fn ecc_public(attributes: u32, symmetric: &[u8], scheme: &[u8], x: &[u8], y: &[u8]) -> Vec<u8> {
    let kind = [0, 0x23, 0, 0x0B];
    join(&[&kind, &attributes.to_be_bytes(), &[0, 0], symmetric, scheme, &[0, 3, 0, 0x10], &sized(x), &sized(y)])
}

/// TPM_ALG_NULL, and ECDSA with SHA-256.
pub const NO: [u8; 2] = [0, 0x10];
pub const ECDSA: [u8; 4] = [0, 0x18, 0, 0x0B];

/// A template for a key that signs by ECDSA.
pub fn signing_template(attributes: u32) -> Vec<u8> {
    ecc_public(attributes, &NO, &ECDSA, &[], &[])
}

/// TPM2_CreatePrimary.
pub fn create_primary(hierarchy: u32, auth: &[u8], data: &[u8], template: &[u8]) -> Vec<u8> {
    let sensitive = sized(&join(&[&sized(auth), &sized(data)]));
    let pcrs = selection(&[0, 10]);
    authorized(0x131, &[hierarchy], 1, &join(&[&sensitive, &sized(template), &sized(b"outside"), &pcrs]))
}

/// A list with one selection, of the SHA-256 bank.
pub fn selection(pcrs: &[usize]) -> Vec<u8> {
    let mut select = [0u8; 3];
    pcrs.iter().for_each(|pcr| select[pcr / 8] |= 1 << (pcr % 8));
    join(&[&[0, 0, 0, 1, 0, 0x0B, 3], &select])
}

/// TPM2_FlushContext.
pub fn flush(handle: u32) -> Vec<u8> {
    command(0x165, &[], &handle.to_be_bytes())
}

/// A ticket that proves nothing.
pub fn no_ticket() -> Vec<u8> {
    join(&[&[0x80, 0x24], &NULL.to_be_bytes(), &[0, 0]])
}
