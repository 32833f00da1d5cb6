//! A fuzzer that always does the same from the same seed: mutates commands, keeps those that were answered as none
//! before, and starts from them again. One TPM lives through all of it, as long as the commands leave it alive.

use super::*;
use std::collections::BTreeSet;

/// What one run did.
pub struct Report {
    pub commands: u64,
    pub succeeded: u64,
    /// Pairs of command and response code that were seen.
    pub answers: usize,
}

/// Codes of a bad tag, size, moment and command code.
const HEADER: [u32; 4] = [0x01E, 0x142, 0x100, 0x143];

/// Numbers that repeat.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Where it starts: a little of everything.
fn seeds() -> Vec<Vec<u8>> {
    let nonce = sized(&[5; 16]);
    let mut seeds = vec![
        command(0x144, &[], &[0, 0]),
        create_primary(OWNER, &ecc_template(AK)),
        create_primary(NULL, &ecc_template(0x0004_0072)),
        authorized(0x158, &[0x8000_0000], 1, &join(&[&nonce, &[0, 0x10], &selection(&[10])])),
        authorized(0x148, &[0x8000_0000, 0x8000_0001], 2, &join(&[&nonce, &[0, 0x10]])),
        authorized(0x14C, &[ENDORSEMENT, 0x8000_0000], 2, &join(&[&nonce, &[0, 0x10]])),
        authorized(
            0x15D,
            &[0x8000_0000],
            1,
            &join(&[&sized(&[3; 32]), &[0, 0x10, 0x80, 0x24], &NULL.to_be_bytes(), &[0, 0]]),
        ),
        authorized(0x120, &[OWNER, 0x8000_0000], 1, &0x8100_0001u32.to_be_bytes()),
        authorized(0x182, &[10], 1, &join(&[&[0, 0, 0, 1, 0, 0x0B], &[7; 32]])),
        authorized(0x13C, &[16], 1, &sized(b"event")),
        authorized(0x15C, &[0x8000_0001], 1, &sized(&[1; 64])),
        authorized(0x13E, &[0x8000_0001], 1, &join(&[&sized(&[1; 64]), &OWNER.to_be_bytes()])),
        authorized(0x185, &[16, 0x8000_0001], 2, &sized(&[1; 64])),
        command(0x186, &[], &[0, 0, 0, 0x0B]),
        command(0x17D, &[], &join(&[&sized(&[3; 64]), &[0, 0xC], &OWNER.to_be_bytes()])),
        command(0x176, &[NULL, NULL], &join(&[&sized(&[1; 16]), &[0, 0, 0, 0, 0x10, 0, 0xB]])),
        command(0x17A, &[], &[0, 0, 0, 6, 0, 0, 1, 0, 0, 0, 0, 99]),
        command(0x17E, &[], &selection(&[1, 2, 3])),
        command(0x165, &[], &0x8000_0000u32.to_be_bytes()),
        command(0x145, &[], &[0, 1]),
    ];
    seeds.extend((0x120u32..0x190).map(|code| command(code, &[], &[])));
    seeds
}

/// Runs so many commands. A panic, or a malformed response, ends it with the command in the message.
pub fn run(seed: u64, commands: u64) -> Report {
    let mut random = Random(seed | 1);
    let mut corpus = seeds();
    let mut answers = BTreeSet::new();
    let mut succeeded = 0;
    let mut tpm = started();
    for _ in 0..commands {
        // A power cycle now and then, and before it perhaps a stored state to go on from.
        match random.below(400) {
            0 => {
                tpm.init();
                if random.below(8) != 0 {
                    tpm.execute(&command(0x144, &[], &[0, random.below(2) as u8]));
                    tpm.execute(&command(0x144, &[], &[0, 0]));
                }
            }
            1 => tpm = restored(&tpm),
            _ => {}
        }
        let command = mutated(&mut random, &corpus);
        let response = tpm.execute(&command);
        let code = code(&response);
        succeeded += u64::from(code == 0);
        let of = command.get(6..10).map(<[u8]>::to_vec);
        // What is wrong with a header is wrong with it whatever the command is.
        if !HEADER.contains(&code) && answers.insert((of, code)) {
            corpus.push(command);
        }
        // A saved context comes back, changed or not.
        if code == 0 && response.len() > 100 && random.below(8) == 0 {
            corpus.push(join(&[
                &[0x80, 1],
                &(response.len() as u32).to_be_bytes(),
                &0x161u32.to_be_bytes(),
                &response[10..],
            ]));
        }
        if corpus.len() > 4000 {
            corpus.truncate(2000);
        }
    }
    Report { commands, succeeded, answers: answers.len() }
}

fn restored(tpm: &Tpm<Repeatable>) -> Tpm<Repeatable> {
    let (permanent, volatile) = (tpm.permanent_state(), tpm.volatile_state());
    Tpm::restore(Repeatable::default(), &permanent, Some(&volatile)).expect("what was stored")
}

fn mutated(random: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut command = corpus[random.below(corpus.len())].clone();
    for _ in 0..random.below(4) {
        let place = random.below(command.len());
        match random.below(7) {
            0 => command[place] ^= 1 << random.below(8),
            1 => command[place] = random.next() as u8,
            2 => command[place] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)],
            3 => command.truncate(place.max(10)),
            4 => command.insert(place, random.next() as u8),
            5 => _ = command.remove(place),
            _ => {
                let other = &corpus[random.below(corpus.len())];
                command.extend_from_slice(&other[random.below(other.len())..]);
            }
        }
        if command.len() < 10 {
            command.resize(10, 0);
        }
    }
    command.truncate(5000);
    // Most of the time the size tells the truth: else nothing behind the header would be reached.
    if random.below(20) != 0 {
        let size = (command.len() as u32).to_be_bytes();
        command[2..6].copy_from_slice(&size);
    }
    command
}
