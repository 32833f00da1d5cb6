//! How the processor translates addresses right now. UEFI applications run in ring 0 with memory mapped one to one (UEFI
//! specification 2.10, section 2.3.4), so the registers and the tables can simply be read.

use core::arch::asm;
use core::arch::x86_64::{__cpuid, CpuidResult};
use runtime::{PAGE, Paging};

/// CR4.LA57: five levels of page tables.
const LA57: u64 = 1 << 12;
/// The register EFER, and its bit NXE.
const EFER: u32 = 0xc000_0080;
const NXE: u32 = 1 << 11;

/// Whether the processor would run code in every page of a range.
pub fn may_execute(address: usize, size: usize) -> bool {
    let paging = paging();
    (address..address + size).step_by(PAGE).all(|page| paging.may_execute(page as u64, entry))
}

/// An entry of a page table.
fn entry(address: u64) -> u64 {
    // SAFETY: the walk gets here only by addresses that the processor itself takes for tables, mapped one to one.
    unsafe { (address as *const u64).read_volatile() }
}

fn paging() -> Paging {
    let (root, control, efer): (u64, u64, u32);
    // SAFETY: reading these registers changes nothing and is allowed in ring 0; every x86-64 processor has them.
    unsafe {
        asm!("mov {}, cr3", out(reg) root, options(nomem, nostack, preserves_flags));
        asm!("mov {}, cr4", out(reg) control, options(nomem, nostack, preserves_flags));
        asm!("rdmsr", in("ecx") EFER, out("eax") efer, out("edx") _, options(nomem, nostack, preserves_flags));
    }
    Paging {
        root,
        levels: if control & LA57 == 0 { 4 } else { 5 },
        no_execute: efer & NXE != 0,
        encryption: encryption(),
    }
}

/// The address bit with which AMD's processors mark encrypted memory, where they do (AMD APM volume 3, appendix E.4.17).
fn encryption() -> u64 {
    const LEAF: u32 = 0x8000_001f;
    if __cpuid(0x8000_0000).eax < LEAF {
        return 0;
    }
    let CpuidResult { eax, ebx, .. } = __cpuid(LEAF);
    if eax & 0b11 == 0 { 0 } else { 1 << (ebx & 0x3f) }
}
