//! Random numbers, from the best source that the machine has.

use crate::Console;
use core::arch::x86_64::{__cpuid, __cpuid_count, _rdrand64_step, _rdseed64_step, _rdtsc};
use core::fmt::{self, Write};
use uefi::boot;
use uefi::proto::rng::Rng;

/// Where random numbers come from, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The firmware's EFI_RNG_PROTOCOL (UEFI specification 2.10, 37.5).
    Firmware,
    /// The processor's entropy source, conditioned.
    Rdseed,
    /// The processor's generator, seeded from the former.
    Rdrand,
    /// The time stamp counter, of which an observer can guess most. Better than a constant, and nothing for keys.
    Weak,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Firmware => "EFI_RNG",
            Self::Rdseed => "RDSEED",
            Self::Rdrand => "RDRAND",
            Self::Weak => "the time stamp counter",
        })
    }
}

/// Asked for one number, an instruction may have none for the moment. Intel has software give up RDRAND after ten
/// tries; RDSEED runs dry far sooner when it is asked in a row.
const TRIES: usize = 1_000;

/// A source that fails is left for the next one, and never gone back to.
#[derive(Debug)]
pub struct Random {
    source: Source,
    /// State of the weak source.
    mixed: u64,
}

impl Default for Random {
    fn default() -> Self {
        Self { source: Source::Firmware, mixed: 0 }
    }
}

impl Random {
    /// The best source that gives anything, found by drawing a word: none says of itself whether it will.
    pub fn settle(&mut self) -> Source {
        self.fill(&mut [0; 8]);
        self.source
    }

    /// Fills `bytes`. The first time that only the weak source is left, a line on the console says so.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        while !self.try_fill(bytes) {
            self.source = match self.source {
                Source::Firmware => Source::Rdseed,
                Source::Rdseed => Source::Rdrand,
                Source::Rdrand | Source::Weak => Source::Weak,
            };
            if self.source == Source::Weak {
                // A console that does not take text leaves nobody to warn.
                let _ = writeln!(Console, "warning: no EFI_RNG, RDSEED or RDRAND: random numbers here can be guessed");
            }
        }
    }

    fn try_fill(&mut self, bytes: &mut [u8]) -> bool {
        match self.source {
            Source::Firmware => firmware(bytes),
            Source::Rdseed => has_rdseed() && in_words(bytes, rdseed),
            Source::Rdrand => has_rdrand() && in_words(bytes, rdrand),
            Source::Weak => in_words(bytes, || Some(self.weak())),
        }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014) over what the counter adds each time.
    fn weak(&mut self) -> u64 {
        // SAFETY: every x86-64 processor has the counter, and UEFI applications run where reading it is allowed.
        self.mixed = self.mixed.wrapping_add(unsafe { _rdtsc() }).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.mixed ^ (self.mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn firmware(bytes: &mut [u8]) -> bool {
    let Ok(handle) = boot::get_handle_for_protocol::<Rng>() else {
        return false;
    };
    boot::open_protocol_exclusive::<Rng>(handle).is_ok_and(|mut rng| rng.get_rng(None, bytes).is_ok())
}

/// Fills `bytes` with words; false as soon as one is missing.
fn in_words(bytes: &mut [u8], mut word: impl FnMut() -> Option<u64>) -> bool {
    bytes
        .chunks_mut(8)
        .all(|chunk| word().map(|word| chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()])).is_some())
}

/// Leaf 7, EBX bit 18 (Intel SDM volume 2A, CPUID).
fn has_rdseed() -> bool {
    __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ebx & 1 << 18 != 0
}

/// Leaf 1, ECX bit 30.
fn has_rdrand() -> bool {
    __cpuid(1).ecx & 1 << 30 != 0
}

fn rdseed() -> Option<u64> {
    let mut word = 0;
    // SAFETY: only called where the processor has the instruction.
    (0..TRIES).any(|_| unsafe { _rdseed64_step(&mut word) } == 1).then_some(word)
}

fn rdrand() -> Option<u64> {
    let mut word = 0;
    // SAFETY: only called where the processor has the instruction.
    (0..TRIES).any(|_| unsafe { _rdrand64_step(&mut word) } == 1).then_some(word)
}
