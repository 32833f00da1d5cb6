//! libtpms, in an swtpm of its own in a temporary folder, gone with the value.

use crate::control;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// How long swtpm may take to open its sockets.
const PATIENCE: Duration = Duration::from_secs(20);
/// Response codes after which a command is to be sent again: TPM_RC_RETRY and TPM_RC_TESTING.
const AGAIN: [u32; 2] = [0x922, 0x90A];
/// How often.
const ATTEMPTS: usize = 100;

/// A running swtpm.
pub struct Swtpm {
    process: Child,
    folder: PathBuf,
    commands: UnixStream,
    control: UnixStream,
}

impl Swtpm {
    /// Starts a new one, powered, not started up.
    ///
    /// # Errors
    ///
    /// A sentence that says what is missing or what failed.
    pub fn start() -> Result<Self, String> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("tpm2-reference-{}-{number}", process::id()));
        fs::create_dir(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        let (data, control) = (folder.join("data"), folder.join("control"));
        let spawned = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "not-need-init", "--tpmstate"])
            .arg(format!("dir={}", folder.display()))
            .arg("--server")
            .arg(format!("type=unixio,path={}", data.display()))
            .arg("--ctrl")
            .arg(format!("type=unixio,path={}", control.display()))
            .stdin(Stdio::null())
            .spawn();
        let mut process = match spawned {
            Ok(process) => process,
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                return Err(format!("cannot start swtpm ({error}); install it with: apt-get install swtpm"));
            }
        };
        match connect(&data).and_then(|data| Ok((data, connect(&control)?))) {
            Ok((commands, control)) => Ok(Self { process, folder, commands, control }),
            Err(error) => {
                let _ = process.kill();
                let _ = process.wait();
                let _ = fs::remove_dir_all(&folder);
                Err(format!("swtpm opened no socket within {} s: {error}", PATIENCE.as_secs()))
            }
        }
    }

    /// Executes one command, again and again while the TPM asks for that.
    pub fn execute(&mut self, command: &[u8]) -> Vec<u8> {
        for _ in 1..ATTEMPTS {
            let response = self.exchange(command).expect("swtpm answers");
            let code = u32::from_be_bytes([response[6], response[7], response[8], response[9]]);
            if !AGAIN.contains(&code) {
                return response;
            }
        }
        panic!("swtpm asked for the same command {ATTEMPTS} times");
    }

    fn exchange(&mut self, command: &[u8]) -> io::Result<Vec<u8>> {
        self.commands.write_all(command)?;
        let mut response = vec![0; 10];
        self.commands.read_exact(&mut response)?;
        let size = u32::from_be_bytes([response[2], response[3], response[4], response[5]]) as usize;
        response.resize(size, 0);
        self.commands.read_exact(&mut response[10..])?;
        Ok(response)
    }

    /// Sends a control message and gives the result, which is followed by nothing.
    pub fn control(&mut self, number: u32, body: &[u8]) -> u32 {
        let mut message = number.to_be_bytes().to_vec();
        message.extend_from_slice(body);
        self.control.write_all(&message).expect("swtpm listens");
        let mut result = [0; 4];
        self.control.read_exact(&mut result).expect("swtpm answers");
        u32::from_be_bytes(result)
    }

    /// Power off and on.
    pub fn init(&mut self) {
        assert_eq!(self.control(control::INIT, &[0; 4]), 0, "swtpm takes power");
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn connect(path: &Path) -> io::Result<UnixStream> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match UnixStream::connect(path) {
            Err(_) if Instant::now() < deadline => thread::sleep(Duration::from_millis(5)),
            outcome => return outcome,
        }
    }
}
