//! Whatever is sent, there is a well-formed response, and the TPM goes on.

mod support;

use proptest::prelude::*;
use support::*;
use tpm2_engine::Tpm;

/// Codes of the commands there are, and of some that there are not.
fn command_codes() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 0x11Fu32..0x199, 1 => any::<u32>()]
}

/// Handles of all kinds, of which some refer to something.
fn handles() -> impl Strategy<Value = u32> {
    prop_oneof![
        0u32..26,
        0x8000_0000u32..0x8000_0005,
        0x8100_0000u32..0x8100_0003,
        0x0200_0000u32..0x0200_0004,
        0x0300_0000u32..0x0300_0002,
        0x4000_0000u32..0x4000_000E,
        any::<u32>(),
    ]
}

/// A TPM with a key, a sequence, a persistent key and a session.
fn populated() -> Tpm<Repeatable> {
    let mut tpm = started();
    ok(&mut tpm, &create_primary(OWNER, &ecc_template(AK)));
    ok(&mut tpm, &authorized(0x120, &[OWNER, 0x8000_0000], 1, &0x8100_0001u32.to_be_bytes()));
    ok(&mut tpm, &command(0x186, &[], &[0, 0, 0, 0x10]));
    ok(&mut tpm, &command(0x176, &[NULL, NULL], &join(&[&sized(&[1; 16]), &[0, 0, 0, 0, 0x10, 0, 0xB]])));
    tpm
}

/// Good commands for that TPM, to be spoilt.
fn good() -> Vec<Vec<u8>> {
    let nonce = sized(&[5; 16]);
    vec![
        create_primary(OWNER, &ecc_template(AK)),
        authorized(0x158, &[0x8000_0000], 1, &join(&[&nonce, &[0, 0x10], &selection(&[10])])),
        authorized(0x148, &[0x8000_0000, 0x8100_0001], 2, &join(&[&nonce, &[0, 0x10]])),
        authorized(0x182, &[10], 1, &join(&[&[0, 0, 0, 1, 0, 0x0B], &[7; 32]])),
        authorized(0x15C, &[0x8000_0001], 1, &sized(&[1; 300])),
        authorized(0x185, &[16, 0x8000_0001], 2, &sized(&[1; 300])),
        command(0x162, &[0x8000_0000], &[]),
        command(0x17D, &[], &join(&[&sized(&[3; 1024]), &[0, 0xC], &OWNER.to_be_bytes()])),
        command(0x17A, &[], &[0, 0, 0, 6, 0, 0, 1, 0, 0, 0, 0, 99]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        code(&populated_once(|tpm| tpm.execute(&bytes)));
    }

    #[test]
    fn random_commands_are_answered(
        code_of in command_codes(),
        handles in prop::collection::vec(handles(), 0..3),
        passwords in 0usize..3,
        parameters in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let command = match passwords {
            0 => command(code_of, &handles, &parameters),
            some => authorized(code_of, &handles, some, &parameters),
        };
        code(&populated_once(|tpm| tpm.execute(&command)));
    }

    #[test]
    fn spoilt_commands_are_answered(
        which in 0usize..9,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        truncate in any::<bool>(),
    ) {
        let mut command = good().swap_remove(which);
        for (place, byte) in changes {
            let place = place.index(command.len());
            command[place] = byte;
        }
        if truncate {
            command.truncate(cut.index(command.len()));
        }
        code(&populated_once(|tpm| tpm.execute(&command)));
    }

    #[test]
    fn a_state_with_a_changed_byte_is_refused(place in any::<prop::sample::Index>(), change in 1u8..) {
        populated_once(|tpm| {
            for volatile in [false, true] {
                let (mut permanent, mut changed) = (tpm.permanent_state(), tpm.volatile_state());
                let bytes = if volatile { &mut changed } else { &mut permanent };
                let place = place.index(bytes.len());
                bytes[place] ^= change;
                assert!(Tpm::restore(Repeatable::default(), &permanent, Some(&changed)).is_err());
            }
            Vec::new()
        });
    }
}

/// Uses a copy of one populated TPM: making keys anew for each case would take minutes.
fn populated_once(test: impl FnOnce(&mut Tpm<Repeatable>) -> Vec<u8>) -> Vec<u8> {
    use std::sync::LazyLock;
    static STATES: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
        let tpm = populated();
        (tpm.permanent_state(), tpm.volatile_state())
    });
    let mut tpm = Tpm::restore(Repeatable::default(), &STATES.0, Some(&STATES.1)).expect("what was stored");
    test(&mut tpm)
}

#[test]
fn every_truncation_of_every_good_command_is_refused() {
    for command in good() {
        assert_eq!(code(&populated_once(|tpm| tpm.execute(&command))), 0, "{:02x?}", &command[6..10]);
        for size in 0..command.len() {
            let mut short = command[..size].to_vec();
            assert_ne!(code(&populated_once(|tpm| tpm.execute(&short))), 0, "with a size that lies");
            if size >= 6 {
                short[2..6].copy_from_slice(&(size as u32).to_be_bytes());
                assert_ne!(code(&populated_once(|tpm| tpm.execute(&short))), 0, "{size} bytes");
            }
        }
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    for command in good() {
        for place in 10..command.len() - 1 {
            for lie in [[0xFF, 0xFF], [0x7F, 0xFF], [0, 0]] {
                let mut lying = command.clone();
                lying[place..place + 2].copy_from_slice(&lie);
                code(&populated_once(|tpm| tpm.execute(&lying)));
            }
        }
        for size in [0u32, 9, command.len() as u32 - 1, command.len() as u32 + 1, 4097, u32::MAX] {
            let mut lying = command.clone();
            lying[2..6].copy_from_slice(&size.to_be_bytes());
            assert_eq!(code(&populated_once(|tpm| tpm.execute(&lying))), 0x142);
        }
    }
}

#[test]
fn commands_of_the_largest_size_are_read_and_larger_ones_are_not() {
    for tag in [0x8001u16, 0x8002] {
        for size in [4095usize, 4096, 4097] {
            let mut bytes = vec![0xFF; size];
            bytes[..2].copy_from_slice(&tag.to_be_bytes());
            bytes[2..6].copy_from_slice(&(size as u32).to_be_bytes());
            for code_of in 0x11Fu32..0x199 {
                bytes[6..10].copy_from_slice(&code_of.to_be_bytes());
                let code = code(&populated_once(|tpm| tpm.execute(&bytes)));
                assert!(
                    if size > 4096 { code == 0x142 } else { code != 0 && code != 0x142 },
                    "{code_of:#x}: {code:#x}"
                );
            }
        }
    }
}

#[test]
fn handles_of_nothing_are_refused_in_every_place() {
    for (code_of, count, passwords) in
        [(0x120, 2, 1), (0x148, 2, 2), (0x158, 1, 1), (0x15D, 1, 1), (0x173, 1, 0), (0x162, 1, 0)]
    {
        for nothing in [0x8000_0002u32, 0x8100_0000, 0x0200_0002, 0x0300_0000, 0x0180_0000, 0xFFFF_FFFF] {
            for place in 0..count {
                let mut handles = vec![if code_of == 0x120 { OWNER } else { 0x8000_0000 }, 0x8000_0000];
                handles.truncate(count);
                handles[place] = nothing;
                let command = authorized(code_of, &handles, passwords.max(1), &[]);
                let code = code(&populated_once(|tpm| tpm.execute(&command)));
                let at = place as u32 + 1;
                let expected = [0x084 | at << 8, 0x08B | at << 8, 0x910 + place as u32];
                assert!(expected.contains(&code), "{code_of:#x} {nothing:#x}: {code:#x}");
            }
        }
    }
}

#[test]
fn the_session_of_another_object_opens_nothing() {
    let mut tpm = started();
    let with_auth = |auth: &[u8]| {
        let sensitive = sized(&join(&[&sized(auth), &[0, 0]]));
        authorized(0x131, &[OWNER], 1, &join(&[&sensitive, &sized(&ecc_template(AK | 1 << 10)), &[0; 6]]))
    };
    ok(&mut tpm, &with_auth(b"one"));
    ok(&mut tpm, &with_auth(b"two"));
    let quote = |key: u32, auth: &[u8]| {
        let entry = join(&[&[0x40, 0, 0, 9, 0, 0, 1], &sized(auth)]);
        let parameters = join(&[&sized(b"nonce"), &[0, 0x10], &selection(&[0])]);
        let area = join(&[&(entry.len() as u32).to_be_bytes(), &entry]);
        let body = join(&[&key.to_be_bytes(), &area, &parameters]);
        join(&[&[0x80, 2], &(10 + body.len() as u32).to_be_bytes(), &0x158u32.to_be_bytes(), &body])
    };
    ok(&mut tpm, &quote(0x8000_0000, b"one"));
    ok(&mut tpm, &quote(0x8000_0001, b"two"));
    assert_eq!(code(&tpm.execute(&quote(0x8000_0000, b"two"))), 0x9A2);
    assert_eq!(code(&tpm.execute(&quote(0x8000_0001, b"one"))), 0x9A2);
    // Zeros at the end do not count, others do.
    ok(&mut tpm, &quote(0x8000_0000, b"one\0\0"));
    assert_eq!(code(&tpm.execute(&quote(0x8000_0000, b"one\0x"))), 0x9A2);
}
