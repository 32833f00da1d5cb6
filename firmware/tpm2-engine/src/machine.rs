//! The whole state of the TPM, and how it passes through power-on, startup and shutdown (Part 1, section 12.2).

use crate::clock::Clock;
use crate::crypto::drbg::Drbg;
use crate::crypto::hash::HashState;
use crate::hierarchy::{Root, Roots};
use crate::object::Object;
use crate::object::slots::{Slot, Slots};
use crate::pcr::Pcrs;
use crate::platform::Platform;
use crate::session::hmac::Sessions;
use crate::types::handle::{kind, kind_of};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What the last TPM2_Shutdown left behind.
pub(crate) enum Orderly {
    /// There was none, or something changed after it.
    No,
    /// TPM_SU_CLEAR.
    Clear,
    /// TPM_SU_STATE, with the PCRs as they were.
    State(Box<Pcrs>),
}

/// The TPM but for its platform.
pub(crate) struct Machine {
    pub(crate) drbg: Drbg,
    pub(crate) roots: Roots,
    pub(crate) persistent: BTreeMap<u32, Object>,
    pub(crate) clock: Clock,
    pub(crate) orderly: Orderly,
    /// The sequence number of the last saved context.
    pub(crate) contexts: u64,
    /// What follows is lost without power.
    pub(crate) started: bool,
    /// Whether the start followed an orderly shutdown: the attribute of TPM_PT_STARTUP_CLEAR.
    pub(crate) was_orderly: bool,
    /// A self-test failed: from then on the TPM only says so (Part 1, section 12.3.5).
    pub(crate) failed: bool,
    pub(crate) pcrs: Pcrs,
    pub(crate) slots: Slots,
    pub(crate) sessions: Sessions,
    /// A hash sequence of the interface under way.
    pub(crate) hash_sequence: Option<Vec<HashState>>,
    /// PCR[0] holds the measurement of a hash sequence that came before Startup.
    pub(crate) h_crtm: bool,
    /// The flag of the interface that a hash sequence sets.
    pub(crate) established: bool,
    /// Where commands come from.
    pub(crate) locality: u8,
}

impl Machine {
    /// A TPM as it leaves the factory: new seeds, powered, not started.
    pub(crate) fn manufacture(platform: &mut dyn Platform) -> Self {
        let mut drbg = Drbg::new(platform);
        let roots = Roots::generate(&mut drbg, platform);
        let mut machine = Self::stored(drbg, roots, Clock::new(), 0, Orderly::Clear, BTreeMap::new());
        machine.power_on(platform);
        machine
    }

    /// A TPM of what outlives its power.
    pub(crate) fn stored(
        drbg: Drbg,
        roots: Roots,
        clock: Clock,
        contexts: u64,
        orderly: Orderly,
        persistent: BTreeMap<u32, Object>,
    ) -> Self {
        Self {
            drbg,
            roots,
            persistent,
            clock,
            contexts,
            orderly,
            started: false,
            was_orderly: false,
            failed: false,
            pcrs: Pcrs::new(),
            slots: Slots::default(),
            sessions: Sessions::default(),
            hash_sequence: None,
            h_crtm: false,
            established: false,
            locality: 0,
        }
    }

    /// _TPM_Init: power came back.
    pub(crate) fn power_on(&mut self, platform: &mut dyn Platform) {
        self.clock.power_on(platform);
        self.started = false;
        self.failed = false;
        self.slots.clear();
        self.sessions.clear();
        self.hash_sequence = None;
        self.h_crtm = false;
        self.established = false;
        self.locality = 0;
    }

    /// TPM Reset: a start that remembers nothing.
    pub(crate) fn reset(&mut self, platform: &mut dyn Platform) {
        self.roots.null = Root::generate(&mut self.drbg, platform);
        self.clock.reset_count = self.clock.reset_count.wrapping_add(1);
        self.clock.restart_count = 0;
        self.pcrs.updates = 0;
        self.contexts = 0;
        self.begin(false);
    }

    /// TPM Restart: the state was saved, and the PCRs begin anew.
    pub(crate) fn restart(&mut self, saved: &Pcrs) {
        self.clock.restart_count = self.clock.restart_count.wrapping_add(1);
        self.pcrs.updates = saved.updates;
        self.begin(false);
    }

    /// TPM Resume: all is as it was.
    pub(crate) fn resume(&mut self, saved: Pcrs) {
        self.clock.restart_count = self.clock.restart_count.wrapping_add(1);
        self.pcrs = saved;
        self.begin(true);
    }

    fn begin(&mut self, resume: bool) {
        self.clock.clear_count = self.clock.clear_count.wrapping_add((!resume).into());
        self.pcrs.start(resume, self.h_crtm, self.locality);
        self.was_orderly = !matches!(self.orderly, Orderly::No);
        self.clock.safe = self.was_orderly;
        self.orderly = Orderly::No;
        self.started = true;
    }

    /// _TPM_Hash_End (Part 3, section 22.10).
    pub(crate) fn end_hash_sequence(&mut self) {
        let Some(digests) = self.hash_sequence.take() else { return };
        self.pcrs.measure_sequence(self.started, digests);
        self.established = true;
        if self.started {
            self.clock.restart_count = self.clock.restart_count.wrapping_add(1);
        } else {
            self.h_crtm = true;
        }
    }

    /// Something changed that a shutdown had promised to keep.
    pub(crate) fn disturb(&mut self) {
        self.orderly = Orderly::No;
    }

    /// The transient or persistent object of a handle. `None` for a sequence.
    pub(crate) fn object(&self, handle: u32) -> Option<&Object> {
        match self.slots.get(handle) {
            Some(Slot::Object(object)) => Some(object),
            Some(Slot::Sequence(_)) => None,
            None => self.persistent.get(&handle),
        }
    }

    /// Whether a well-formed handle refers to something.
    pub(crate) fn is_loaded(&self, handle: u32) -> bool {
        match kind_of(handle) {
            kind::TRANSIENT => self.slots.get(handle).is_some(),
            kind::PERSISTENT => self.persistent.contains_key(&handle),
            kind::HMAC_SESSION => self.sessions.get(handle).is_some(),
            kind::PCR | kind::PERMANENT => true,
            _ => false,
        }
    }
}
