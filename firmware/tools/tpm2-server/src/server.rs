//! The server: commands on one port, swtpm's control channel on the next, as the TCTI named "swtpm" expects them.

use crate::control::{self, Next};
use crate::device::Device;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The most bytes in a command.
const MAX_COMMAND: usize = 4096;
/// Bytes in a command's header.
const HEADER: usize = 10;
/// How many pairs of neighbouring ports to try when none was asked for.
const ATTEMPTS: usize = 100;

/// Two neighbouring ports on the loopback interface.
pub struct Ports {
    commands: TcpListener,
    control: TcpListener,
}

impl Ports {
    /// Binds `port` and the next one; with 0, any free pair.
    ///
    /// # Errors
    ///
    /// If a port is taken, or no free pair is found.
    pub fn bind(port: u16) -> io::Result<Self> {
        if port != 0 {
            return Self::bind_pair(port);
        }
        let mut outcome = Self::bind_any();
        for _ in 1..ATTEMPTS {
            if outcome.is_ok() {
                break;
            }
            outcome = Self::bind_any();
        }
        outcome
    }

    fn bind_pair(port: u16) -> io::Result<Self> {
        Self::beside(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?)
    }

    fn bind_any() -> io::Result<Self> {
        Self::beside(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)
    }

    fn beside(commands: TcpListener) -> io::Result<Self> {
        let next = commands.local_addr()?.port().checked_add(1).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { commands, control: TcpListener::bind((Ipv4Addr::LOCALHOST, next))? })
    }

    /// The port of the commands.
    ///
    /// # Errors
    ///
    /// If the operating system does not say.
    pub fn port(&self) -> io::Result<u16> {
        Ok(self.commands.local_addr()?.port())
    }

    /// Serves until a control message ends it. One connection at a time on each port, as with swtpm.
    ///
    /// # Errors
    ///
    /// If the control port fails.
    pub fn serve<D: Device + Send + 'static>(self, tpm: D) -> io::Result<()> {
        let tpm = Arc::new(Mutex::new(tpm));
        let shared = Arc::clone(&tpm);
        thread::spawn(move || {
            for mut connection in self.commands.incoming().flatten() {
                // A client that goes away in the middle of a command concerns nobody else.
                while let Ok(true) = serve_command(&mut connection, &shared) {}
            }
        });
        for mut connection in self.control.incoming().flatten() {
            loop {
                match control::serve_one(&mut connection, &tpm) {
                    Ok(Next::Continue) => {}
                    Ok(Next::Closed) | Err(_) => break,
                    Ok(Next::Shutdown) => return Ok(()),
                }
            }
        }
        Ok(())
    }
}

/// Reads one command, executes it and answers; false if there was none.
fn serve_command<D: Device>(connection: &mut TcpStream, tpm: &Mutex<D>) -> io::Result<bool> {
    let mut command = vec![0; HEADER];
    if connection.read(&mut command[..1])? == 0 {
        return Ok(false);
    }
    connection.read_exact(&mut command[1..])?;
    let size = u32::from_be_bytes([command[2], command[3], command[4], command[5]]) as usize;
    if (HEADER..=MAX_COMMAND).contains(&size) {
        command.resize(size, 0);
        connection.read_exact(&mut command[HEADER..])?;
    }
    let response = tpm.lock().unwrap_or_else(PoisonError::into_inner).execute(&command);
    connection.write_all(&response)?;
    // After a size that cannot be, there is no telling where the next command begins.
    Ok(size == command.len())
}
