//! `tegmentum:uefi/console`, and the application's own way to the same console.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::console::{Host, Status};
use alloc::string::String;
use core::fmt;
use uefi::proto::console::text::Key;
use uefi::{CStr16, system};

/// Characters given to firmware at once. A stack buffer, so that a panic for want of memory can still be printed.
const CHUNK: usize = 128;
/// Bytes that a guest may write at once; `wit/uefi/console.wit` promises it.
const LONGEST_TEXT: usize = 65_536;

/// The firmware's console as a text sink that takes anything: `uefi`'s own fails on characters outside UCS-2, and a
/// serial console shows no more than ASCII.
#[derive(Clone, Copy, Debug)]
pub struct Console;

impl Console {
    /// Writes text, each line feed as a new line, every character that cannot be shown as `?`.
    ///
    /// # Errors
    /// What the firmware's OutputString returned.
    pub fn write(self, text: &str) -> uefi::Result {
        let mut units = [0_u16; CHUNK];
        let mut used = 0;
        for character in text.chars() {
            // Room for carriage return, line feed and the terminating zero.
            if used + 3 > CHUNK {
                flush(&mut units, &mut used)?;
            }
            if character == '\n' {
                units[used] = u16::from(b'\r');
                used += 1;
            }
            units[used] = shown(character);
            used += 1;
        }
        flush(&mut units, &mut used)
    }
}

impl fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text).map_err(|_| fmt::Error)
    }
}

/// What is sent for a character. Control characters could move the cursor over lines that others wrote.
fn shown(character: char) -> u16 {
    match character {
        '\n' | ' '..='~' => character as u16,
        _ => u16::from(b'?'),
    }
}

/// Sends what is in the buffer and empties it.
fn flush(units: &mut [u16; CHUNK], used: &mut usize) -> uefi::Result {
    units[*used] = 0;
    // ASCII and one zero at the end: this cannot fail, and if it did there would be nowhere to say so.
    if let Ok(string) = CStr16::from_u16_with_nul(&units[..=*used]) {
        system::with_stdout(|stdout| stdout.output_string(string))?;
    }
    *used = 0;
    Ok(())
}

impl Host for UefiHost {
    fn write(&mut self, text: String) -> Result<(), Status> {
        if text.len() > LONGEST_TEXT {
            return Err(Status::InvalidParameter);
        }
        Ok(Console.write(&text)?)
    }

    fn read(&mut self) -> Result<Option<char>, Status> {
        loop {
            match system::with_stdin(|stdin| stdin.read_key())? {
                Some(Key::Printable(character)) => return Ok(Some(char::from(character))),
                Some(Key::Special(_)) => {}
                None => return Ok(None),
            }
        }
    }
}
