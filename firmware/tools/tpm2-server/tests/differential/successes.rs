//! What both do when all is well.

use crate::commands::*;
use crate::mask::Mask::{At, FromEnd};
use crate::pair::{Answers, Pair, code, hex};

/// A digest of every algorithm, as TPML_DIGEST_VALUES.
fn digests() -> Vec<u8> {
    let digest = |alg: u8, size: usize| join(&[&[0, alg], &vec![alg; size]]);
    join(&[&[0, 0, 0, 4], &digest(4, 20), &digest(0xB, 32), &digest(0xC, 48), &digest(0xD, 64)])
}

/// TPM2_PCR_Read of the first PCRs of a bank, in steps of as many as a response holds.
fn read_pcrs(pair: &mut Pair) {
    for bank in [4u8, 0xB, 0xC, 0xD] {
        for byte in 0..3 {
            let mut select = [0; 3];
            select[byte] = 0xFF;
            pair.same(&command(0x17E, &[], &join(&[&[0, 0, 0, 1, 0, bank, 3], &select])), &[]);
        }
    }
}

#[test]
fn startup_and_shutdown_in_every_order() {
    let mut pair = Pair::started();
    for (shutdown, startup) in [(0, 0), (1, 0), (1, 1), (0, 1), (1, 1), (1, 0), (0, 0)] {
        pair.same(&authorized(0x182, &[10], 1, &digests()), &[]);
        pair.same(&authorized(0x182, &[16], 1, &digests()), &[]);
        pair.same(&command(0x145, &[], &[0, shutdown]), &[]);
        pair.init();
        let answers = pair.same(&command(0x144, &[], &[0, startup]), &[]);
        if code(&answers.ours) != 0 {
            pair.same(&command(0x144, &[], &[0, 0]), &[]);
        }
        read_pcrs(&mut pair);
        read_clock(&mut pair);
    }
    // A start that no shutdown came before.
    pair.init();
    pair.same(&command(0x144, &[], &[0, 1]), &[]);
    pair.same(&command(0x144, &[], &[0, 0]), &[]);
    read_clock(&mut pair);
    // A shutdown that something came after.
    pair.same(&command(0x145, &[], &[0, 1]), &[]);
    pair.same(&authorized(0x182, &[10], 1, &digests()), &[]);
    pair.init();
    pair.same(&command(0x144, &[], &[0, 1]), &[]);
}

/// Time and clock are masked; resets, restarts and whether the clock is safe are not.
fn read_clock(pair: &mut Pair) {
    pair.same(&command(0x181, &[], &[]), &[At(10, 16)]);
}

#[test]
fn startup_from_every_locality() {
    let mut pair = Pair::started();
    for locality in [3, 0, 1, 2, 4] {
        pair.same(&command(0x145, &[], &[0, 0]), &[]);
        pair.init();
        pair.set_locality(locality);
        let answers = pair.same(&command(0x144, &[], &[0, 0]), &[]);
        if code(&answers.ours) == 0 {
            read_pcrs(&mut pair);
        }
        pair.set_locality(0);
        pair.both(&command(0x144, &[], &[0, 0]));
    }
}

#[test]
fn pcrs_at_every_locality() {
    let mut pair = Pair::started();
    for locality in 0..=4 {
        pair.set_locality(locality);
        for pcr in 0..24 {
            pair.same(&authorized(0x182, &[pcr], 1, &digests()), &[]);
            pair.same(&authorized(0x13C, &[pcr], 1, &sized(b"event")), &[]);
            pair.same(&authorized(0x13D, &[pcr], 1, &[]), &[]);
        }
        read_pcrs(&mut pair);
    }
    pair.set_locality(0);
    pair.same(&authorized(0x182, &[NULL], 1, &digests()), &[]);
    pair.same(&authorized(0x13C, &[NULL], 1, &sized(&[7; 1024])), &[]);
    pair.same(&command(0x17E, &[], &join(&[&[0, 0, 0, 2, 0, 0xB, 3], &[0xF0, 1, 0], &[0, 4, 3, 0xFF, 0, 1]])), &[]);
}

#[test]
fn hash_sequences_of_the_interface_before_and_after_startup() {
    let mut pair = Pair::started();
    pair.hash_sequence(b"a late launch");
    read_pcrs(&mut pair);
    read_clock(&mut pair);
    pair.same(&command(0x145, &[], &[0, 0]), &[]);
    pair.init();
    pair.hash_sequence(b"a root of trust");
    pair.same(&command(0x144, &[], &[0, 0]), &[]);
    read_pcrs(&mut pair);
}

#[test]
fn digests_in_one_command_and_in_sequences() {
    let mut pair = Pair::started();
    for alg in [4u8, 0xB, 0xC, 0xD] {
        for (data, hierarchy) in [(&b"data"[..], OWNER), (b"", NULL), (b"\xffTCG", PLATFORM), (b"abc", ENDORSEMENT)] {
            let ticket: &[_] = if hierarchy == OWNER || hierarchy == ENDORSEMENT { &[FromEnd(64, 0)] } else { &[] };
            let parameters = join(&[&sized(data), &[0, alg], &hierarchy.to_be_bytes()]);
            pair.same(&command(0x17D, &[], &parameters), ticket);
            pair.same(&command(0x186, &[], &join(&[&sized(b"pw"), &[0, alg]])), &[]);
            let password = [0x40, 0, 0, 9, 0, 0, 1, 0, 2, b'p', b'w'];
            pair.same(&with_area(0x15C, &[FIRST], &password, &sized(data)), &[]);
            let rest = join(&[&sized(b"rest"), &hierarchy.to_be_bytes()]);
            let safe = hierarchy != NULL && data.len() >= 4 && !data.starts_with(b"\xffTCG");
            let ticket: &[_] = if safe { &[FromEnd(64, 5)] } else { &[] };
            pair.same(&with_area(0x13E, &[FIRST], &password, &rest), ticket);
        }
    }
    pair.same(&command(0x186, &[], &join(&[&sized(b""), &NO])), &[]);
    pair.same(&authorized(0x15C, &[FIRST], 1, &sized(&[9; 1000])), &[]);
    pair.same(&authorized(0x185, &[16, FIRST], 2, &sized(b"end")), &[]);
    read_pcrs(&mut pair);
}

#[test]
fn capabilities_that_do_not_depend_on_what_is_implemented() {
    let mut pair = Pair::started();
    let ask = |capability: u32, property: u32, count: u32| {
        let words = [capability, property, count].map(u32::to_be_bytes);
        command(0x17A, &[], &words.concat())
    };
    for (capability, property, count) in [
        (1, 0, 100),         // PCR handles,
        (1, 5, 3),           // some of them,
        (1, 0x0100_0000, 5), // NV indices,
        (1, 0x0200_0000, 5), // loaded sessions,
        (1, 0x0300_0000, 5), // saved sessions,
        (1, 0x8000_0000, 5), // transient and
        (1, 0x8100_0000, 5), // persistent objects
        (1, 0x9000_0000, 5), // nothing
        (5, 0, 0),           // banks
        (5, 1, 10),
        (7, 3, 2), // properties of PCRs
        (99, 0, 1),
        (0x100, 0, 1),
    ] {
        pair.same(&ask(capability, property, count), &[]);
    }
    // libtpms lists the bank that it gave up, as an empty one.
    for count in [1, 10] {
        let banks = pair.both(&ask(5, 0, count));
        assert_eq!(hex(&banks.theirs[19..]), format!("{}000d03000000", hex(&banks.ours[19..])));
    }
    // A listing of properties ends with its group.
    for (from, count) in [(0, 200), (0x100, 200), (0x120, 2), (0x200, 200), (0x300, 1)] {
        let more = pair.both(&ask(6, from, count));
        assert_eq!(more.ours[10], more.theirs[10], "from {from:#x}");
    }
    // Of what both have, they say the same.
    for (capability, from, size) in [(0, 0, 6), (2, 0, 4), (6, 0x100, 8), (6, 0x200, 8), (7, 0, 8)] {
        let answers = pair.both(&ask(capability, from, 200));
        let lists = [&answers.ours, &answers.theirs].map(|answer| answer[19..].chunks(size).collect::<Vec<_>>());
        let (key, compared) = if capability == 6 { (4, FIXED_IN_BOTH) } else { (size, &[][..]) };
        for entry in &lists[0] {
            let known = lists[1].iter().find(|other| other[..key] == entry[..key]);
            let known = known.unwrap_or_else(|| panic!("libtpms does not list {}", hex(entry)));
            let id = u32::from_be_bytes(entry[..4].try_into().expect("four bytes"));
            assert!(capability != 6 || !compared.contains(&id) || entry == known, "{} {}", hex(entry), hex(known));
        }
    }
}

/// Properties whose value is the same: sizes and counts, not versions and vendors.
const FIXED_IN_BOTH: &[u32] = &[
    0x100, 0x101, 0x10D, 0x10E, 0x112, 0x113, 0x11A, 0x11B, 0x11C, 0x11E, 0x11F, 0x120, 0x200, 0x201, 0x202, 0x203,
    0x204, 0x205, 0x207, 0x208,
];

#[test]
fn self_tests_and_random_numbers() {
    let mut pair = Pair::started();
    for full in [0, 1] {
        pair.same(&command(0x143, &[], &[full]), &[]);
    }
    pair.same(&command(0x142, &[], &[0, 0, 0, 1, 0, 0xB]), &[]);
    pair.same(&command(0x142, &[], &[0, 0, 0, 0]), &[]);
    for count in [0u16, 1, 48, 64, 65, 0xFFFF] {
        pair.same(&command(0x17B, &[], &count.to_be_bytes()), &[At(12, 64)]);
    }
    pair.same(&command(0x146, &[], &sized(&[1; 128])), &[]);
}

/// Where the points, names, creation data and tickets of a CreatePrimary response differ.
const PRIMARY: &[crate::mask::Mask] = &[
    // x and y, then what is a digest over them: the creation ticket's and the name's.
    At(42, 32),
    At(76, 32),
    FromEnd(64, 41),
    FromEnd(32, 5),
];

#[test]
fn primary_keys_of_every_hierarchy_and_kind() {
    let mut pair = Pair::started();
    pair.same(&authorized(0x182, &[10], 1, &digests()), &[]);
    for hierarchy in [OWNER, NULL, ENDORSEMENT, PLATFORM] {
        for attributes in [AK, SIGNER, AK | 1 << 10, SIGNER & !(1 << 4) & !(1 << 1)] {
            pair.same(&create_primary(hierarchy, b"auth", b"", &signing_template(attributes)), PRIMARY);
            pair.same(&command(0x173, &[FIRST], &[]), &[At(34, 32), At(68, 32), FromEnd(32, 36), FromEnd(32, 0)]);
            pair.same(&flush(FIRST), &[]);
        }
    }
    let aes = [0, 6, 0, 128, 0, 0x43];
    let storage = ecc_public(PARENT, &aes, &NO, &[], &[]);
    pair.same(
        &create_primary(OWNER, b"", b"entropy", &storage),
        &[At(44, 32), At(78, 32), FromEnd(64, 41), FromEnd(32, 5)],
    );
    // An HMAC key of the TPM's making, and sealed data of the caller's.
    let hmac = join(&[&[0, 8, 0, 0xB], &SIGNER.to_be_bytes(), &[0, 0, 0, 5, 0, 0xB, 0, 0]]);
    let data = join(&[&[0, 8, 0, 0xB], &0x52u32.to_be_bytes(), &[0, 0, 0, 0x10, 0, 0]]);
    let unique = [At(36, 32), FromEnd(64, 41), FromEnd(32, 5)];
    pair.same(&create_primary(OWNER, b"", b"", &hmac), &unique);
    let unique = [At(34, 32), FromEnd(64, 41), FromEnd(32, 5)];
    pair.same(&create_primary(OWNER, b"", b"sealed", &data), &unique);
    pair.same(&create_primary(OWNER, b"", b"sealed", &data), &[]);
}

/// The point of a CreatePrimary response of a signing key.
fn point(response: &[u8]) -> (&[u8], &[u8]) {
    (&response[42..74], &response[76..108])
}

#[test]
fn each_verifies_what_the_other_signs() {
    let mut pair = Pair::started();
    let made = pair.same(&create_primary(OWNER, b"", b"", &signing_template(SIGNER)), PRIMARY);
    let sign = join(&[&sized(&[0x42; 32]), &NO, &no_ticket()]);
    // r and s, before the authorisation area.
    let signed = pair.same(&authorized(0x15D, &[FIRST], 1, &sign), &[FromEnd(32, 39), FromEnd(32, 5)]);
    let public = |response| {
        let (x, y) = point(response);
        sized(&ecc_public(SIGNER & !0x12, &NO, &ECDSA, x, y))
    };
    for (key, signature) in [(&made.ours, &signed.ours), (&made.theirs, &signed.theirs)] {
        let load = join(&[&[0, 0], &public(key), &OWNER.to_be_bytes()]);
        pair.same(&command(0x167, &[], &load), &[]);
        let verify = join(&[&sized(&[0x42; 32]), &signature[14..14 + 72]]);
        pair.same(&command(0x177, &[FIRST + 1], &verify), &[FromEnd(64, 0)]);
        let wrong = join(&[&sized(&[0x43; 32]), &signature[14..14 + 72]]);
        pair.same(&command(0x177, &[FIRST + 1], &wrong), &[]);
        pair.same(&flush(FIRST + 1), &[]);
    }
}

/// An attestation in a response that begins so many bytes in: clock, counters and firmware version, for a nonce of 16.
fn circumstances(begin: usize) -> [crate::mask::Mask; 1] {
    // magic, type, signer (36), extra data (18), then clock (8), reset (4), restart (4), safe, firmware (8).
    [At(begin + 6 + 36 + 18, 16 + 1 + 8)]
}

#[test]
fn attestations_say_the_same() {
    let mut pair = Pair::started();
    for hierarchy in [OWNER, ENDORSEMENT] {
        pair.same(&authorized(0x182, &[10], 1, &digests()), &[]);
        pair.same(&create_primary(hierarchy, b"", b"", &signing_template(AK)), PRIMARY);
        let nonce = sized(&[5; 16]);
        let signer = At(16 + 6 + 4, 32);
        let signature = [FromEnd(32, 39), FromEnd(32, 5)];
        let masks = [&circumstances(16)[..], &[signer], &signature].concat();
        let quote = join(&[&nonce, &NO, &selection(&[0, 10, 23])]);
        pair.same(&authorized(0x158, &[FIRST], 1, &quote), &masks);
        let both_banks = join(&[&nonce, &ECDSA, &[0, 0, 0, 2, 0, 0xD, 3, 1, 1, 1, 0, 0xC, 3, 0xFF, 0xFF, 0xFF]]);
        pair.same(&authorized(0x158, &[FIRST], 1, &both_banks), &masks);
        // The names at the end of a certification, the time and all of the clock in that of the time.
        // There are two passwords in these: ten bytes after the signature of 72.
        let two = [FromEnd(32, 34 + 10), FromEnd(32, 10)];
        let names = [FromEnd(32, 72 + 10), FromEnd(32, 72 + 10 + 36)];
        let masks = [&circumstances(16)[..], &[signer], &names, &two].concat();
        pair.same(&authorized(0x148, &[FIRST, FIRST], 2, &join(&[&nonce, &NO])), &masks);
        let masks = [&circumstances(16)[..], &[signer, FromEnd(33, 72 + 10)], &two].concat();
        pair.same(&authorized(0x14C, &[ENDORSEMENT, FIRST], 2, &join(&[&nonce, &NO])), &masks);
        pair.same(&flush(FIRST), &[]);
    }
    // Without a key there is no signature.
    let unsigned = join(&[&sized(&[5; 16]), &NO]);
    pair.same(&authorized(0x14C, &[ENDORSEMENT, NULL], 2, &unsigned), &[At(16 + 6 + 6 + 18, 25), FromEnd(33, 12)]);
    pair.same(&authorized(0x158, &[NULL], 1, &join(&[&unsigned, &selection(&[1])])), &[]);
}

#[test]
fn restricted_keys_want_tickets() {
    let mut pair = Pair::started();
    pair.same(&create_primary(OWNER, b"", b"", &signing_template(AK)), PRIMARY);
    let Answers { ours, theirs } =
        pair.both(&command(0x17D, &[], &join(&[&sized(b"data"), &[0, 0xB], &OWNER.to_be_bytes()])));
    let sign = |answer: &[u8], ticket: &[u8]| authorized(0x15D, &[FIRST], 1, &join(&[&answer[10..44], &NO, ticket]));
    let signature = [FromEnd(32, 39), FromEnd(32, 5)];
    pair.each_same(&sign(&ours, &ours[44..]), &sign(&theirs, &theirs[44..]), &signature);
    pair.refused(&sign(&ours, &no_ticket()), 0x3E0);
    // Each knows only its own tickets.
    pair.each_same(&sign(&ours, &theirs[44..]), &sign(&theirs, &ours[44..]), &[]);
}

#[test]
fn persistent_objects() {
    let mut pair = Pair::started();
    pair.same(&create_primary(OWNER, b"", b"", &signing_template(AK)), PRIMARY);
    let evict = |auth, object, target: u32| authorized(0x120, &[auth, object], 1, &target.to_be_bytes());
    for (auth, object, target) in [
        (OWNER, FIRST, 0x8180_0000), // the platform's range
        (PLATFORM, FIRST, 0x8180_0000),
        (OWNER, FIRST, 0x8101_0002), // good,
        (OWNER, FIRST, 0x8101_0002), // taken
        (OWNER, 0x8101_0002, 0x8101_0003),
        (OWNER, 0x8101_0005, 0x8101_0005),
        (OWNER, FIRST, 0x8000_0000),
        (ENDORSEMENT, FIRST, 0x8101_0004),
    ] {
        pair.same(&evict(auth, object, target), &[]);
    }
    pair.same(&command(0x17A, &[], &[0, 0, 0, 1, 0x81, 0, 0, 0, 0, 0, 0, 9]), &[]);
    pair.same(&command(0x145, &[], &[0, 0]), &[]);
    pair.init();
    pair.same(&command(0x144, &[], &[0, 0]), &[]);
    pair.same(&command(0x173, &[FIRST], &[]), &[]);
    pair.same(&command(0x173, &[0x8101_0002], &[]), &[At(34, 32), At(68, 32), FromEnd(32, 36), FromEnd(32, 0)]);
    pair.same(&evict(PLATFORM, 0x8101_0002, 0x8101_0002), &[]);
    pair.same(&command(0x173, &[0x8101_0002], &[]), &[]);
}

#[test]
fn contexts_come_back_and_not_after_a_reset() {
    let mut pair = Pair::started();
    pair.same(&create_primary(OWNER, b"", b"", &signing_template(AK)), PRIMARY);
    let saved = pair.both(&command(0x162, &[FIRST], &[]));
    // Sequence, handle, hierarchy; what follows is each TPM's own.
    assert_eq!(saved.codes(), (0, 0));
    assert_eq!(hex(&saved.ours[10..26]), hex(&saved.theirs[10..26]));
    let load = |answer: &[u8]| command(0x161, &[], &answer[10..]);
    pair.each_same(&load(&saved.ours), &load(&saved.theirs), &[]);
    pair.each_same(&load(&saved.ours), &load(&saved.theirs), &[]);
    pair.each_same(&load(&saved.ours), &load(&saved.theirs), &[]);
    pair.same(&command(0x145, &[], &[0, 0]), &[]);
    pair.init();
    pair.same(&command(0x144, &[], &[0, 0]), &[]);
    pair.each_same(&load(&saved.ours), &load(&saved.theirs), &[]);
}
