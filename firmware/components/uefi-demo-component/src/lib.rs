//! A guest component: what it can do comes only from the interfaces that its world imports.
#![no_std]

extern crate alloc;

use alloc::format;
use tegmentum::uefi::types::Status;
use tegmentum::uefi::{console, time};

wit_bindgen::generate!({
    path: ["../../wit/uefi", "wit"],
    world: "bootfarm:demo/demo",
    generate_all,
});

#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// How long the demonstration waits, in microseconds: long enough to be measured, short enough not to be noticed.
const WAIT: u32 = 2_000;

struct Demo;

impl Guest for Demo {
    fn run() -> u32 {
        // A guest has no error to return to: a console that does not take text leaves nobody to tell.
        report().unwrap_or(0)
    }
}

fn report() -> Result<u32, Status> {
    console::write("demo: hello from a component\n")?;
    let now = time::now()?;
    console::write(&format!(
        "demo: the time is {:04}-{:02}-{:02} {:02}:{:02}:{:02}\n",
        now.year, now.month, now.day, now.hour, now.minute, now.second
    ))?;
    let before = time::monotonic();
    time::stall(WAIT)?;
    let waited = (time::monotonic() - before) / 1_000;
    console::write(&format!("demo: asked to wait {WAIT} us, waited {waited} us\n"))?;
    Ok(3)
}

export!(Demo);
