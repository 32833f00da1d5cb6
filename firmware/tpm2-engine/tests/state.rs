//! What outlives a power cycle, and what a stored TPM goes on with.

mod support;

use support::*;
use tpm2_engine::{StateError, Tpm};

/// The key that a template gives.
fn key(tpm: &mut Tpm<Repeatable>) -> Vec<u8> {
    let response = ok(tpm, &create_primary(OWNER, &ecc_template(AK)));
    ok(tpm, &command(0x165, &[], &response[..4]));
    let mut cursor = Cursor(&response[8..]);
    cursor.sized().to_vec()
}

fn startup(tpm: &mut Tpm<Repeatable>, how: u8) -> u32 {
    code(&tpm.execute(&command(0x144, &[], &[0, how])))
}

fn pcr(tpm: &mut Tpm<Repeatable>, index: usize) -> Vec<u8> {
    let response = ok(tpm, &command(0x17E, &[], &selection(&[index])));
    response[response.len() - 32..].to_vec()
}

fn extend(tpm: &mut Tpm<Repeatable>, index: u32) {
    ok(tpm, &authorized(0x182, &[index], 1, &join(&[&[0, 0, 0, 1, 0, 0x0B], &[7; 32]])));
}

#[test]
fn the_permanent_state_is_the_same_tpm_after_a_power_cycle() {
    let mut tpm = started();
    assert!(tpm.was_manufactured());
    let before = key(&mut tpm);
    ok(&mut tpm, &create_primary(ENDORSEMENT, &ecc_template(AK)));
    ok(&mut tpm, &authorized(0x120, &[OWNER, 0x8000_0000], 1, &0x8101_0002u32.to_be_bytes()));
    let public = ok(&mut tpm, &command(0x173, &[0x8101_0002], &[]));
    let mut again = Tpm::restore(Repeatable { state: 99, now: 0 }, &tpm.permanent_state(), None).expect("stored");
    assert!(!again.was_manufactured());
    assert_eq!(startup(&mut again, 0), 0);
    assert_eq!(key(&mut again), before);
    assert_eq!(ok(&mut again, &command(0x173, &[0x8101_0002], &[])), public);
    assert_eq!(code(&again.execute(&command(0x173, &[0x8000_0000], &[]))), 0x910);
}

#[test]
fn with_the_volatile_state_it_goes_on_in_the_middle_of_its_work() {
    let mut tpm = started();
    extend(&mut tpm, 10);
    extend(&mut tpm, 16);
    ok(&mut tpm, &create_primary(NULL, &ecc_template(AK)));
    ok(&mut tpm, &command(0x186, &[], &[0, 0, 0, 0x0B]));
    ok(&mut tpm, &authorized(0x15C, &[0x8000_0001], 1, &sized(b"first part, ")));
    let public = ok(&mut tpm, &command(0x173, &[0x8000_0000], &[]));
    let (permanent, volatile) = (tpm.permanent_state(), tpm.volatile_state());
    let mut again = Tpm::restore(Repeatable::default(), &permanent, Some(&volatile)).expect("stored");
    assert_eq!(startup(&mut again, 0), 0x100);
    for index in [10, 16, 17] {
        assert_eq!(pcr(&mut again, index), pcr(&mut tpm, index));
    }
    assert_eq!(ok(&mut again, &command(0x173, &[0x8000_0000], &[])), public);
    let complete = authorized(0x13E, &[0x8000_0001], 1, &join(&[&sized(b"second"), &OWNER.to_be_bytes()]));
    assert_eq!(ok(&mut again, &complete), ok(&mut tpm, &complete));
    // The states of the copy are those of the original but for the clock and what was drawn since.
    assert_eq!(again.volatile_state().len(), tpm.volatile_state().len());
}

#[test]
fn a_saved_state_resumes_restarts_or_is_lost() {
    let mut tpm = started();
    extend(&mut tpm, 10);
    let value = pcr(&mut tpm, 10);
    ok(&mut tpm, &command(0x145, &[], &[0, 1]));
    let stored = tpm.permanent_state();
    let again = || Tpm::restore(Repeatable::default(), &stored, None).expect("stored");
    let mut resumed = again();
    assert_eq!(startup(&mut resumed, 1), 0);
    assert_eq!(pcr(&mut resumed, 10), value);
    let mut restarted = again();
    assert_eq!(startup(&mut restarted, 0), 0);
    assert_eq!(pcr(&mut restarted, 10), [0; 32]);
    // What comes after the shutdown undoes it.
    extend(&mut tpm, 10);
    let mut lost = Tpm::restore(Repeatable::default(), &tpm.permanent_state(), None).expect("stored");
    assert_eq!(startup(&mut lost, 1), 0x1C4);
    assert_eq!(startup(&mut lost, 0), 0);
}

#[test]
fn states_that_are_not_whole_or_not_of_this_tpm_are_refused() {
    let refusal = |permanent: &[u8], volatile: Option<&[u8]>| {
        Tpm::restore(Repeatable::default(), permanent, volatile).err().expect("a refusal")
    };
    let (one, mut other) = (started(), Tpm::manufacture(Repeatable { state: 5, now: 0 }));
    assert_eq!(startup(&mut other, 0), 0);
    let (permanent, volatile) = (one.permanent_state(), one.volatile_state());
    assert_eq!(refusal(&permanent, Some(&other.volatile_state())), StateError::AnotherTpm);
    assert_eq!(refusal(&volatile, None), StateError::NotAState);
    assert_eq!(refusal(&permanent, Some(&permanent)), StateError::NotAState);
    assert_eq!(refusal(&[], None), StateError::NotAState);
    for size in 8..permanent.len() {
        assert_eq!(refusal(&permanent[..size], None), StateError::Damaged);
    }
    assert_eq!(refusal(&[&permanent[..], &[0]].concat(), None), StateError::Damaged);
}

#[test]
fn contexts_are_only_opened_unchanged_by_the_tpm_that_saved_them() {
    let mut tpm = started();
    ok(&mut tpm, &create_primary(OWNER, &ecc_template(AK)));
    let saved = ok(&mut tpm, &command(0x162, &[0x8000_0000], &[]));
    ok(&mut tpm, &command(0x161, &[], &saved));
    ok(&mut tpm, &command(0x165, &[], &0x8000_0001u32.to_be_bytes()));
    for place in 0..saved.len() {
        let mut changed = saved.clone();
        changed[place] ^= 1;
        assert_ne!(code(&tpm.execute(&command(0x161, &[], &changed))), 0, "byte {place}");
    }
    let mut other = Tpm::manufacture(Repeatable { state: 5, now: 0 });
    assert_eq!(startup(&mut other, 0), 0);
    assert_eq!(code(&other.execute(&command(0x161, &[], &saved))), 0x1DF);
    // Nothing of the key is to be read in it.
    let public = ok(&mut tpm, &command(0x173, &[0x8000_0000], &[]));
    assert!(!saved.windows(16).any(|window| public.windows(16).any(|other| other == window)));
}
