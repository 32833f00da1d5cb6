//! Whether the processor would run code at an address: what x86-64 page tables say (Intel SDM volume 3, section 4.5).
//!
//! Firmware that marks data pages as not executable need not have a protocol that says so, and finding out by jumping
//! there would be the end of the program.

/// How the processor translates addresses.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    /// Physical address of the top table, CR3; the bits that are no address may be set.
    pub root: u64,
    /// Levels of tables: 4, or 5 with CR4.LA57.
    pub levels: u32,
    /// EFER.NXE: whether the no-execute bit means anything.
    pub no_execute: bool,
    /// Address bits of an entry that mark encrypted memory and are not part of the address.
    pub encryption: u64,
}

const PRESENT: u64 = 1;
/// In an entry above the lowest level: it maps a large page and leads to no further table.
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

impl Paging {
    /// Whether code may run at `address`. `read` reads an entry at a physical address.
    pub fn may_execute(&self, address: u64, read: impl Fn(u64) -> u64) -> bool {
        let mut table = self.table(self.root);
        for level in (1..=self.levels).rev() {
            let index = address >> (12 + 9 * (level - 1)) & 0x1ff;
            let entry = read(table + index * 8);
            if entry & PRESENT == 0 || (self.no_execute && entry & NO_EXECUTE != 0) {
                return false;
            }
            if level <= 3 && entry & LARGE != 0 {
                return true;
            }
            table = self.table(entry);
        }
        true
    }

    const fn table(&self, entry: u64) -> u64 {
        entry & ADDRESS & !self.encryption
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Paging = Paging { root: 0x1018, levels: 4, no_execute: true, encryption: 1 << 51 };
    /// Index 1, 2, 3 and 4 at the four levels.
    const ADDRESS: u64 = 1 << 39 | 2 << 30 | 3 << 21 | 4 << 12 | 0x123;

    /// Tables at 0x1000, 0x2000, 0x3000 and 0x4000 that map that address, with further bits in one of the entries.
    fn read(level: u64, bits: u64) -> impl Fn(u64) -> u64 {
        move |place| {
            let found = match place {
                0x1008 => (4, 0x2000),
                0x2010 => (3, 0x3000),
                0x3018 => (2, 0x4000),
                0x4020 => (1, 0xa000),
                _ => panic!("no entry at {place:#x}"),
            };
            let entry = found.1 | PRESENT | 1 << 51;
            if found.0 == level { entry ^ bits } else { entry }
        }
    }

    #[test]
    fn code_runs_where_every_level_allows_it() {
        assert!(ON.may_execute(ADDRESS, read(0, 0)));
        for level in 1..=4 {
            assert!(!ON.may_execute(ADDRESS, read(level, NO_EXECUTE)), "level {level}");
            assert!(!ON.may_execute(ADDRESS, read(level, PRESENT)), "level {level}");
        }
    }

    #[test]
    fn a_large_page_has_no_further_level() {
        let large = |place| if place > 0x3018 { panic!("beyond the large page") } else { read(2, LARGE)(place) };
        assert!(ON.may_execute(ADDRESS, large));
        let protected = |place| if place > 0x3018 { panic!() } else { read(2, LARGE | NO_EXECUTE)(place) };
        assert!(!ON.may_execute(ADDRESS, protected));
    }

    #[test]
    fn the_no_execute_bit_means_nothing_where_it_is_off() {
        let off = Paging { no_execute: false, ..ON };
        assert!(off.may_execute(ADDRESS, read(1, NO_EXECUTE)));
        assert!(!off.may_execute(ADDRESS, read(1, PRESENT)));
    }

    #[test]
    fn a_fifth_level_is_walked_too() {
        let five = Paging { root: 0x9000, levels: 5, ..ON };
        let tables = |place| if place == 0x9000 { 0x1000 | PRESENT } else { read(0, 0)(place) };
        assert!(five.may_execute(ADDRESS, tables));
        assert!(!five.may_execute(ADDRESS, |place| if place == 0x9000 { NO_EXECUTE | PRESENT } else { 0 }));
    }
}
