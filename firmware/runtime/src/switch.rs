//! Switching stacks.

use core::arch::naked_asm;
use core::mem::ManuallyDrop;

/// Calls `work` with the stack pointer at `top`, and returns on the stack it was called on.
///
/// Nothing unwinds through this: firmware panics without unwinding, and elsewhere leaving `on_other_stack` by a panic
/// ends the process.
///
/// # Safety
/// Below `top`, which is aligned to 16 bytes, is memory that nothing else uses, enough for `work`.
pub unsafe fn call_on<F: FnOnce() -> R, R>(top: *mut u8, work: F) -> R {
    let mut call: Call<F, R> = Call { work: ManuallyDrop::new(work) };
    // SAFETY: promised by the caller; `on_other_stack` gets what it is written for.
    unsafe {
        switch(top, on_other_stack::<F, R>, (&raw mut call).cast());
        ManuallyDrop::into_inner(call.result)
    }
}

/// First what is to be called, then what it returned.
union Call<F, R> {
    work: ManuallyDrop<F>,
    result: ManuallyDrop<R>,
}

/// # Safety
/// `call` points to a `Call` that holds work.
unsafe extern "sysv64" fn on_other_stack<F: FnOnce() -> R, R>(call: *mut u8) {
    let call = call.cast::<Call<F, R>>();
    // SAFETY: promised by the caller. The work is taken once, and the result written where it was.
    unsafe {
        let work = ManuallyDrop::take(&mut (*call).work);
        (&raw mut (*call).result).write(ManuallyDrop::new(work()));
    }
}

/// Calls `function(argument)` at `top`. By name the convention of System V, since UEFI's own would have to be written
/// a second time for the tests on Linux; the compiler saves around the call what UEFI's callers expect to find again.
///
/// # Safety
/// As for [`call_on`].
#[unsafe(naked)]
unsafe extern "sysv64" fn switch(top: *mut u8, function: unsafe extern "sysv64" fn(*mut u8), argument: *mut u8) {
    naked_asm!(
        // The frame pointer survives calls, so it keeps the way back.
        "push rbp",
        "mov rbp, rsp",
        "mov rsp, rdi",
        // Aligned to 16 bytes here, as the convention wants it before a call.
        "mov rdi, rdx",
        "call rsi",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
    )
}
