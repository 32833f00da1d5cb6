//! TPM_PT: the fixed and the variable properties (Part 2, section 6.13).

use super::TABLE;
use super::context::MAX_PERSISTENT;
use crate::crypto::cfb;
use crate::crypto::hash::MAX_DIGEST;
use crate::execute::MAX_SIZE;
use crate::machine::Machine;
use crate::object::context::MAX_CONTEXT;
use crate::object::slots;
use crate::pcr;
use crate::rc::Rc;
use crate::session::hmac;
use crate::types::MAX_BUFFER;
use crate::types::handle::Hierarchy;
use crate::types::pcr_selection::SELECT;
use crate::types::symmetric::ALG_AES;
use crate::types::ticket::CONTEXT_HASH;
use crate::wire::{Reader, Wire, Writer, count};
use alloc::vec::Vec;

/// The version of this engine, as attestations carry it.
pub(super) const FIRMWARE_VERSION: u64 = 0x0000_0001_0000_0000;

/// PT_VAR: where the variable properties begin.
const VARIABLE: u32 = 0x200;

/// TPMS_TAGGED_PROPERTY.
pub(super) struct Property {
    pub(super) id: u32,
    value: u32,
}

impl Wire for Property {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Rc> {
        Ok(Self { id: reader.u32()?, value: reader.u32()? })
    }

    fn write(&self, writer: &mut Writer) {
        writer.u32(self.id);
        writer.u32(self.value);
    }
}

/// Those of the group that `from` is in, ascending: no listing goes from one group into the next.
pub(super) fn group(machine: &Machine, from: u32) -> Vec<Property> {
    let property = |(id, value)| Property { id, value };
    if from < VARIABLE { fixed().map(property).into() } else { variable(machine).map(property).into() }
}

/// Four characters as a number.
const fn text(characters: &[u8; 4]) -> u32 {
    u32::from_be_bytes(*characters)
}

/// PT_FIXED. The specification is revision 1.59 of November 2019, the profile that of PC clients.
fn fixed() -> [(u32, u32); 45] {
    [
        (0x100, text(b"2.0\0")), // family
        (0x101, 0),              // level
        (0x102, 159),            // revision
        (0x103, 312),            // day of year
        (0x104, 2019),           // year
        (0x105, text(b"BFRM")),  // manufacturer
        (0x106, text(b"Boot")),  // vendor string
        (0x107, text(b"farm")),
        (0x108, text(b" TPM")),
        (0x109, 0),
        (0x10A, 1), // vendor TPM type
        (0x10B, (FIRMWARE_VERSION >> 32) as u32),
        (0x10C, FIRMWARE_VERSION as u32),
        (0x10D, MAX_BUFFER as u32),
        (0x10E, slots::COUNT as u32),
        (0x10F, MAX_PERSISTENT as u32),
        (0x110, hmac::COUNT as u32), // sessions
        (0x111, hmac::COUNT as u32),
        (0x112, pcr::COUNT as u32),
        (0x113, SELECT as u32),
        (0x114, 0xFFFF), // gap between contexts
        (0x116, 0),      // NV counters
        (0x117, 0),      // size of an NV index
        (0x118, 1 << 2), // TPMA_MEMORY: persistent objects are copied when used
        (0x119, 0x1000), // seconds between updates of the clock in NV: at each stored state
        (0x11A, CONTEXT_HASH as u32),
        (0x11B, ALG_AES as u32),
        (0x11C, cfb::KEY as u32 * 8),
        (0x11D, 0xFF), // orderly counters
        (0x11E, MAX_SIZE as u32),
        (0x11F, MAX_SIZE as u32),
        (0x120, MAX_DIGEST as u32),
        (0x121, MAX_CONTEXT),
        (0x122, 0),            // session context
        (0x123, 1),            // platform family: PC client
        (0x124, 0),            // its level,
        (0x125, 0x0105),       // revision 1.05,
        (0x126, 0),            // day and
        (0x127, 0),            // year
        (0x128, 0),            // split signing operations
        (0x129, count(TABLE)), // commands,
        (0x12A, count(TABLE)), // of the library,
        (0x12B, 0),            // of the vendor
        (0x12C, 0),            // NV buffer
        (0x12D, 0),            // modes
    ]
}

/// PT_VAR.
fn variable(machine: &Machine) -> [(u32, u32); 13] {
    let sessions = machine.sessions.handles().count() as u32;
    [
        (0x200, permanent(machine)),
        (0x201, 0xF | u32::from(machine.was_orderly) << 31), // every hierarchy is enabled
        (0x202, 0),                                          // NV indices
        (0x203, sessions),                                   // loaded,
        (0x204, hmac::COUNT as u32 - sessions),
        (0x205, sessions), // active
        (0x206, hmac::COUNT as u32 - sessions),
        (0x207, machine.slots.free() as u32),
        (0x208, machine.persistent.len() as u32),
        (0x209, (MAX_PERSISTENT - machine.persistent.len()) as u32),
        (0x20A, 0), // NV counters
        (0x20B, 0),
        (0x20D, 1), // curves
    ]
}

/// TPMA_PERMANENT: which authorisation values are set, and that the TPM made its endorsement seed itself.
fn permanent(machine: &Machine) -> u32 {
    let set = |hierarchy| u32::from(!machine.roots.get(hierarchy).auth.is_empty());
    set(Hierarchy::Owner) | set(Hierarchy::Endorsement) << 1 | 1 << 10
}
