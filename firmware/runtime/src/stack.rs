//! The stack that a guest runs on.
//!
//! Native guest code, and host functions in either tier, would otherwise use the firmware's stack, of which UEFI
//! promises 128 KiB (UEFI specification 2.10, section 2.3.4) and behind which lies firmware's own memory. So a guest is
//! called on a stack of this module's, laid out from high to low addresses:
//!
//! | bytes | for |
//! |---|---|
//! | 64 KiB | entering the guest, and the last frame that was begun just above the limit |
//! | [`GUEST_FRAMES`] | the guest's frames: below, wasmtime traps. Pulley's guests have theirs elsewhere, so there host functions that call back into a guest have this room. |
//! | 192 KiB | host functions, firmware services, and interrupt handlers, which firmware runs on the current stack. When a host call begins with less, it is a trap. |
//! | 4 KiB | a guard that nothing may touch: checked after every call |

use crate::settings::GUEST_FRAMES;
use crate::switch::call_on;
use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::fmt;
use core::hint::black_box;
use core::mem::MaybeUninit;
use core::ptr;

/// What the two instruction sets' conventions align a stack to, as a type of that alignment.
type Unit = u128;

const ENTRY: usize = 64 << 10;
const HOST: usize = 192 << 10;
const GUARD: usize = 4 << 10;
const UNITS: usize = (ENTRY + GUEST_FRAMES + HOST + GUARD) / size_of::<Unit>();
/// What the guard is filled with: neither an address nor a small number.
const PATTERN: Unit = 0x5bad_57ac_5bad_57ac_5bad_57ac_5bad_57ac;

/// A stack of its own for one store's guest.
pub struct GuestStack {
    /// Its spare capacity is the stack: never initialised as a whole, since most of it is never touched.
    memory: Vec<Unit>,
}

/// What is wrong with how a guest is called. Each displays as one sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackError {
    /// Guest and host called each other until the stack left was too little for one more host function.
    UsedUp,
    /// The guard was written to: calls went deeper than any check allows. Nothing can be said for the memory next to
    /// the stack, so the program should end.
    Overrun,
    /// A guest was called on the stack of its caller.
    NotSwitched,
    /// A guest was called anew while it runs.
    InUse,
}

impl fmt::Display for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UsedUp => "guest and host called each other until the stack was used up",
            Self::Overrun => "the guard of the guest's stack was overrun",
            Self::NotSwitched => "the guest was called on a stack that is not its own",
            Self::InUse => "the guest's stack is in use: it runs already",
        })
    }
}

impl core::error::Error for StackError {}

impl GuestStack {
    /// Allocates a stack.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new() -> Result<Self, TryReserveError> {
        let mut memory = Vec::new();
        memory.try_reserve_exact(UNITS)?;
        let mut stack = Self { memory };
        stack.guard().fill(MaybeUninit::new(PATTERN));
        Ok(stack)
    }

    /// The address below which no host call may begin.
    pub fn floor(&self) -> usize {
        self.memory.as_ptr().addr() + GUARD + HOST
    }

    /// Calls `work` on this stack, then checks the guard.
    ///
    /// # Errors
    /// [`StackError::Overrun`] when the guard was written to.
    pub fn run<R>(&mut self, work: impl FnOnce() -> R) -> Result<R, StackError> {
        // SAFETY: the spare capacity is this long.
        let top = unsafe { self.memory.as_mut_ptr().add(UNITS) };
        // SAFETY: the memory below `top` is a stack that nothing else uses: `self` is borrowed for as long as the call.
        let result = unsafe { call_on(top.cast(), work) };
        if self.is_whole() { Ok(result) } else { Err(StackError::Overrun) }
    }

    fn guard(&mut self) -> &mut [MaybeUninit<Unit>] {
        &mut self.memory.spare_capacity_mut()[..GUARD / size_of::<Unit>()]
    }

    fn is_whole(&mut self) -> bool {
        self.guard().iter().all(|unit| {
            // SAFETY: `new` filled the guard. Volatile, since what would have changed it did so behind the compiler.
            unsafe { ptr::read_volatile(unit.as_ptr()) == PATTERN }
        })
    }
}

/// About where the stack pointer is.
#[inline(never)]
pub fn depth() -> usize {
    let here = 0_u8;
    ptr::from_ref(black_box(&here)).addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_runs_on_the_stack_and_returns_what_it_returns() {
        let mut stack = GuestStack::new().unwrap();
        let bottom = stack.memory.as_ptr().addr();
        let within = stack.run(depth).unwrap();
        assert!((bottom..bottom + UNITS * size_of::<Unit>()).contains(&within));
        assert!(!(bottom..bottom + UNITS * size_of::<Unit>()).contains(&depth()));
        assert!(within > stack.floor());
    }

    #[test]
    fn a_stack_within_a_stack_returns_to_where_it_was() {
        let (mut outer, mut inner) = (GuestStack::new().unwrap(), GuestStack::new().unwrap());
        let numbers = outer.run(|| {
            let before = depth();
            let between = inner.run(depth).unwrap();
            (before, between, depth())
        });
        let (before, between, after) = numbers.unwrap();
        assert_eq!(before, after);
        assert_ne!(before, between);
    }

    #[test]
    fn a_guard_that_was_written_to_is_noticed() {
        let mut stack = GuestStack::new().unwrap();
        assert_eq!(stack.run(|| 7), Ok(7));
        let last = GUARD / size_of::<Unit>() - 1;
        stack.guard()[last] = MaybeUninit::new(0);
        assert_eq!(stack.run(|| 7), Err(StackError::Overrun));
    }
}
