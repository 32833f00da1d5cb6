//! swtpm, the reference TPM of the tests, as a child process, and a transport to it over a Unix socket.

use crate::tpm::TpmTransport;
use alloc::vec::Vec;
use std::format;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// How long a fresh swtpm may take to make its state and listen.
const START: Duration = Duration::from_secs(30);
/// How long one command may take; RSA keys are the slowest.
const ANSWER: Duration = Duration::from_secs(60);
/// Bytes of a response's header, which holds its size.
const HEADER: usize = 10;

static STARTED: AtomicU32 = AtomicU32::new(0);

/// A running swtpm with fresh state. Dropping it ends the process and removes the state.
#[derive(Debug)]
pub struct Swtpm {
    process: Child,
    folder: PathBuf,
    stream: UnixStream,
}

impl Swtpm {
    /// Starts swtpm and connects to it. The TPM is powered on and waits for `TPM2_Startup`.
    ///
    /// # Errors
    /// With a sentence when swtpm is missing or does not start.
    pub fn start() -> io::Result<Self> {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("tpm2-driver-{}-{number}", process::id()));
        fs::create_dir(&folder)?;
        match launch(&folder) {
            Ok((process, stream)) => Ok(Self { process, folder, stream }),
            Err(error) => {
                fs::remove_dir_all(&folder)?;
                Err(error)
            }
        }
    }
}

fn launch(folder: &std::path::Path) -> io::Result<(Child, UnixStream)> {
    let socket = folder.join("socket");
    let mut process = Command::new("swtpm")
        .args(["socket", "--tpm2", "--flags", "not-need-init"])
        .arg("--tpmstate")
        .arg(format!("dir={}", folder.display()))
        .arg("--server")
        .arg(format!("type=unixio,path={}", socket.display()))
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| {
            io::Error::new(error.kind(), format!("{error}: swtpm; install it with: apt-get install swtpm"))
        })?;
    match connect(&socket, &mut process) {
        Ok(stream) => Ok((process, stream)),
        Err(error) => {
            process.kill()?;
            process.wait()?;
            Err(error)
        }
    }
}

/// Waits until swtpm listens.
fn connect(socket: &std::path::Path, process: &mut Child) -> io::Result<UnixStream> {
    let deadline = Instant::now() + START;
    loop {
        match UnixStream::connect(socket) {
            Ok(stream) => {
                stream.set_read_timeout(Some(ANSWER))?;
                return Ok(stream);
            }
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => {}
        }
        if let Some(status) = process.try_wait()? {
            return Err(io::Error::other(format!("swtpm ended with {status}")));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        // The process is ours, so killing it fails only when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl TpmTransport for Swtpm {
    type Error = io::Error;

    fn process(&mut self, command: &[u8]) -> io::Result<Vec<u8>> {
        self.stream.write_all(command)?;
        let mut response = alloc::vec![0; HEADER];
        self.stream.read_exact(&mut response)?;
        let size = u32::from_be_bytes([response[2], response[3], response[4], response[5]]);
        let rest = u64::from(size).saturating_sub(HEADER as u64);
        Read::take(&mut self.stream, rest).read_to_end(&mut response)?;
        Ok(response)
    }
}
