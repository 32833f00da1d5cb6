//! The commands of Part 3, one file per group, and the table that says what each is made of.

mod attestation;
mod call;
mod capability;
mod capability_lists;
mod clock;
mod context;
mod handles;
mod hash;
mod objects;
mod pcr;
mod primary;
mod properties;
mod random;
mod sequences;
mod sessions;
mod signatures;
mod startup;
mod testing;

pub(crate) use call::Call;
pub(crate) use handles::{Handle, Role};

use crate::machine::Machine;
use crate::rc::Rc;
use crate::wire::count;
use handles::{ADMIN_OBJECT, ENDORSEMENT, HIERARCHY, OBJECT, OWNER_OR_PLATFORM, PCR, PCR_OR_NULL, SEQUENCE, SIGNER};
use handles::{BIND, CONTEXT, KEY, SALT_KEY};

/// One command.
pub(crate) struct Command {
    /// TPM_CC.
    pub(crate) code: u32,
    /// What is in the handle area. Handles that need an authorisation come first.
    pub(crate) handles: &'static [Handle],
    /// Whether there may be an authorisation area.
    pub(crate) sessions: bool,
    /// The attributes of TPMA_CC that do not follow from the rest.
    attributes: u32,
    /// Reads the parameters, acts, writes the response. An error leaves the machine as it was.
    pub(crate) run: fn(&mut Machine, &mut Call<'_>) -> Result<(), Rc>,
}

/// TPMA_CC: may write to non-volatile memory.
const NV: u32 = 1 << 22;
/// TPMA_CC: flushes the transient object that it uses.
const FLUSHED: u32 = 1 << 24;
/// TPMA_CC: there is a handle in the response.
const RESPONSE_HANDLE: u32 = 1 << 28;
/// Not of TPMA_CC: no authorisation area.
const NO_SESSIONS: u32 = 1 << 31;

/// TPM_CC_Startup.
pub(crate) const STARTUP: u32 = 0x144;
const GET_CAPABILITY: u32 = 0x17A;
const GET_TEST_RESULT: u32 = 0x17C;

const fn command(
    code: u32,
    handles: &'static [Handle],
    attributes: u32,
    run: fn(&mut Machine, &mut Call<'_>) -> Result<(), Rc>,
) -> Command {
    Command { code, handles, sessions: attributes & NO_SESSIONS == 0, attributes: attributes & !NO_SESSIONS, run }
}

/// Every command there is, by code, which is the order of TPM_CAP_COMMANDS.
pub(crate) const TABLE: &[Command] = &[
    command(0x120, &[OWNER_OR_PLATFORM, OBJECT], NV, context::evict_control),
    command(0x131, &[HIERARCHY], RESPONSE_HANDLE, primary::create_primary),
    command(0x13C, &[PCR_OR_NULL], NV, pcr::event),
    command(0x13D, &[PCR], NV, pcr::reset),
    command(0x13E, &[SEQUENCE], FLUSHED, sequences::complete),
    command(0x142, &[], NV, testing::incremental_self_test),
    command(0x143, &[], NV, testing::self_test),
    command(STARTUP, &[], NV | NO_SESSIONS, startup::startup),
    command(0x145, &[], NV, startup::shutdown),
    command(0x146, &[], NV, random::stir),
    command(0x148, &[ADMIN_OBJECT, SIGNER], 0, attestation::certify),
    command(0x14C, &[ENDORSEMENT, SIGNER], 0, attestation::get_time),
    command(0x158, &[SIGNER], 0, attestation::quote),
    command(0x15C, &[SEQUENCE], 0, sequences::update),
    command(0x15D, &[KEY], 0, signatures::sign),
    command(0x161, &[], RESPONSE_HANDLE | NO_SESSIONS, context::load),
    command(0x162, &[CONTEXT], NO_SESSIONS, context::save),
    command(0x165, &[], NO_SESSIONS, context::flush),
    command(0x167, &[], RESPONSE_HANDLE, objects::load_external),
    command(0x173, &[OBJECT], 0, objects::read_public),
    command(0x176, &[SALT_KEY, BIND], RESPONSE_HANDLE, sessions::start),
    command(0x177, &[OBJECT], 0, signatures::verify),
    command(GET_CAPABILITY, &[], 0, capability::get_capability),
    command(0x17B, &[], 0, random::get),
    command(GET_TEST_RESULT, &[], 0, testing::get_test_result),
    command(0x17D, &[], 0, hash::hash),
    command(0x17E, &[], 0, pcr::read),
    command(0x181, &[], NO_SESSIONS, clock::read),
    command(0x182, &[PCR_OR_NULL], NV, pcr::extend),
    command(0x185, &[PCR_OR_NULL, SEQUENCE], NV | FLUSHED, sequences::event_complete),
    command(0x186, &[], RESPONSE_HANDLE, sequences::start),
];

impl Command {
    /// TPMA_CC.
    fn tpma(&self) -> u32 {
        self.code | self.attributes | count(self.handles) << 25
    }
}

/// The command of a code.
pub(crate) fn find(code: u32) -> Option<&'static Command> {
    TABLE.iter().find(|command| command.code == code)
}

/// A TPM in failure mode still tells what it is and what failed.
pub(crate) fn works_after_failure(code: u32) -> bool {
    [GET_CAPABILITY, GET_TEST_RESULT].contains(&code)
}

#[cfg(test)]
mod tests {
    use super::{Role, TABLE};

    #[test]
    fn the_table_is_in_the_order_that_the_capability_lists() {
        assert!(TABLE.is_sorted_by_key(|command| command.code));
    }

    #[test]
    fn handles_that_need_an_authorisation_come_first() {
        for command in TABLE {
            assert!(command.handles.is_sorted_by_key(|handle| handle.role == Role::None), "{:#x}", command.code);
        }
    }
}
