//! A good command of every kind, to be broken in every place.

use crate::commands::*;

/// A command that succeeds on a TPM with an attestation key, an event sequence and a hash sequence, in this order,
/// among its transient objects.
pub struct Sample {
    pub name: &'static str,
    pub bytes: Vec<u8>,
}

pub const KEY: u32 = FIRST;
pub const EVENT: u32 = FIRST + 1;
pub const HASH: u32 = FIRST + 2;

/// The private key one, whose public point is the generator.
const GENERATOR: ([u8; 32], [u8; 32]) = (
    *b"\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96",
    *b"\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5",
);

/// TPM2_LoadExternal of that key, whole.
pub fn load_generator() -> Vec<u8> {
    let one = [&[0; 31][..], &[1]].concat();
    let private = join(&[&[0, 0x23], &sized(&[]), &sized(&[]), &sized(&one)]);
    let public = ecc_public(0x0004_0040, &NO, &ECDSA, &GENERATOR.0, &GENERATOR.1);
    command(0x167, &[], &join(&[&sized(&private), &sized(&public), &NULL.to_be_bytes()]))
}

/// TPM2_LoadExternal of its public part.
pub fn load_public() -> Vec<u8> {
    let public = ecc_public(0x0004_0040, &NO, &ECDSA, &GENERATOR.0, &GENERATOR.1);
    command(0x167, &[], &join(&[&[0, 0], &sized(&public), &OWNER.to_be_bytes()]))
}

/// TPM2_StartAuthSession of an HMAC session that is neither salted, bound nor encrypting.
pub fn start_session() -> Vec<u8> {
    command(0x176, &[NULL, NULL], &join(&[&sized(&[1; 16]), &[0, 0], &[0], &NO, &[0, 0xB]]))
}

/// One of every command but TPM2_Startup, which is refused for being late whatever else it is.
pub fn all() -> Vec<Sample> {
    let nonce = sized(&[5; 16]);
    let digest = join(&[&[0, 0, 0, 1, 0, 0xB], &[7; 32]]);
    let signature = join(&[&ECDSA, &sized(&[1; 32]), &sized(&[2; 32])]);
    let sample = |name, bytes| Sample { name, bytes };
    vec![
        sample("EvictControl", authorized(0x120, &[OWNER, KEY], 1, &0x8101_0000u32.to_be_bytes())),
        sample("CreatePrimary", create_primary(OWNER, b"auth", b"", &signing_template(AK))),
        sample("PCR_Event", authorized(0x13C, &[16], 1, &sized(b"event"))),
        sample("PCR_Reset", authorized(0x13D, &[16], 1, &[])),
        sample("SequenceComplete", authorized(0x13E, &[HASH], 1, &join(&[&sized(b"rest"), &OWNER.to_be_bytes()]))),
        sample("IncrementalSelfTest", command(0x142, &[], &[0, 0, 0, 1, 0, 0xB])),
        sample("SelfTest", command(0x143, &[], &[1])),
        sample("Shutdown", command(0x145, &[], &[0, 0])),
        sample("StirRandom", command(0x146, &[], &sized(b"stir"))),
        sample("Certify", authorized(0x148, &[KEY, KEY], 2, &join(&[&nonce, &NO]))),
        sample("GetTime", authorized(0x14C, &[ENDORSEMENT, KEY], 2, &join(&[&nonce, &ECDSA]))),
        sample("Quote", authorized(0x158, &[KEY], 1, &join(&[&nonce, &NO, &selection(&[10])]))),
        sample("SequenceUpdate", authorized(0x15C, &[HASH], 1, &sized(b"more"))),
        sample("FlushContext", flush(HASH)),
        sample("LoadExternal", load_generator()),
        sample("LoadExternal, public", load_public()),
        sample("ReadPublic", command(0x173, &[KEY], &[])),
        sample("StartAuthSession", start_session()),
        sample("VerifySignature", command(0x177, &[KEY], &join(&[&sized(&[3; 32]), &signature]))),
        sample("GetRandom", command(0x17B, &[], &[0, 8])),
        sample("GetTestResult", command(0x17C, &[], &[])),
        sample("Hash", command(0x17D, &[], &join(&[&sized(b"data"), &[0, 0xB], &OWNER.to_be_bytes()]))),
        sample("PCR_Read", command(0x17E, &[], &selection(&[0, 10]))),
        sample("ReadClock", command(0x181, &[], &[])),
        sample("PCR_Extend", authorized(0x182, &[16], 1, &digest)),
        sample("EventSequenceComplete", authorized(0x185, &[16, EVENT], 2, &sized(b"end"))),
        sample("HashSequenceStart", command(0x186, &[], &join(&[&sized(b""), &[0, 0xB]]))),
        sample("Sign", authorized(0x15D, &[KEY], 1, &join(&[&sized(&[3; 32]), &NO, &no_ticket()]))),
        sample("ContextSave", command(0x162, &[KEY], &[])),
    ]
}
