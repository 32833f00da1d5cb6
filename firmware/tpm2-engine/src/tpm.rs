//! The TPM as its owner sees it.

use crate::execute;
use crate::machine::Machine;
use crate::object::sequence::event_states;
use crate::platform::Platform;
use crate::state::{self, StateError};
use alloc::vec::Vec;

/// A TPM 2.0 on a platform.
pub struct Tpm<P: Platform> {
    platform: P,
    machine: Machine,
    manufactured: bool,
}

impl<P: Platform> Tpm<P> {
    /// A new TPM with fresh seeds, powered and waiting for TPM2_Startup.
    pub fn manufacture(mut platform: P) -> Self {
        let machine = Machine::manufacture(&mut platform);
        Self { platform, machine, manufactured: true }
    }

    /// The TPM that `permanent` was stored of; with `volatile`, in the middle of its work, else powered and waiting
    /// for TPM2_Startup.
    ///
    /// # Errors
    ///
    /// If a state is not whole, is of another version, or the two are of different TPMs.
    pub fn restore(mut platform: P, permanent: &[u8], volatile: Option<&[u8]>) -> Result<Self, StateError> {
        let mut machine = state::read_permanent(permanent)?;
        match volatile {
            Some(volatile) => {
                state::read_volatile(&mut machine, volatile)?;
                machine.clock.attach(&mut platform);
            }
            None => machine.power_on(&mut platform),
        }
        Ok(Self { platform, machine, manufactured: false })
    }

    /// Whether this TPM was made now, and not restored.
    pub fn was_manufactured(&self) -> bool {
        self.manufactured
    }

    /// What must be stored so that the TPM outlives its power: seeds, persistent objects, counters, clock, and what
    /// an orderly shutdown saved.
    pub fn permanent_state(&self) -> Vec<u8> {
        state::write_permanent(&self.machine)
    }

    /// What must be stored beside the permanent state so that the TPM can go on where it is.
    pub fn volatile_state(&self) -> Vec<u8> {
        state::write_volatile(&self.machine)
    }

    /// _TPM_Init: power was off and is on.
    pub fn init(&mut self) {
        self.machine.power_on(&mut self.platform);
    }

    /// Executes one command. The response is always well-formed, whatever the command was; neither is ever longer
    /// than 4096 bytes.
    pub fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        execute::execute(&mut self.machine, &mut self.platform, command)
    }

    /// The locality that the next commands come from: 0 to 4.
    pub fn set_locality(&mut self, locality: u8) {
        self.machine.locality = locality;
    }

    /// _TPM_Hash_Start: the interface begins to measure, into PCR[0] before TPM2_Startup and PCR[17] after it.
    pub fn hash_start(&mut self) {
        self.machine.hash_sequence = Some(event_states());
    }

    /// _TPM_Hash_Data. Without a start, or after a command, it does nothing.
    pub fn hash_data(&mut self, data: &[u8]) {
        for state in self.machine.hash_sequence.iter_mut().flatten() {
            state.update(data);
        }
    }

    /// _TPM_Hash_End. Without a start, or after a command, it does nothing.
    pub fn hash_end(&mut self) {
        self.machine.end_hash_sequence();
    }

    /// The interface's flag that a hash sequence was measured.
    pub fn established(&self) -> bool {
        self.machine.established
    }

    /// Clears that flag.
    pub fn reset_established(&mut self) {
        self.machine.established = false;
    }
}
