//! A TPM of the world software-tpm is the same TPM after the next start.

mod guests;

use engine_transport::LinuxHost;
use guests::{Console, Tier, ours};
use runtime::{ComponentTransport, TpmFailure};
use std::fs;
use std::path::{Path, PathBuf};
use tpm2_driver::commands::StartupType;
use tpm2_driver::{Tpm, TpmTransport};

/// The file in which the TPM keeps its permanent state.
const STATE: &str = "tpm2-00.permall";
/// Where the key goes that is to survive.
const PERSISTENT: u32 = 0x8100_0001;

/// An empty folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).unwrap();
    folder
}

fn start(folder: &Path, console: &Console) -> Result<ComponentTransport, TpmFailure> {
    let host = LinuxHost::new(console.clone()).unwrap().storing_in(folder);
    ours::start(Tier::Native, &ours::component("software-tpm"), host)
}

/// A TPM on that folder, started.
fn started(folder: &Path) -> Tpm<ComponentTransport> {
    let mut tpm = Tpm::new(start(folder, &Console::default()).unwrap());
    tpm.startup(StartupType::Clear).unwrap();
    tpm
}

/// TPM2_EvictControl (Part 3, section 28.5): makes a transient object persistent.
fn evict_control(object: u32) -> Vec<u8> {
    let mut command = vec![0x80, 2, 0, 0, 0, 0x23, 0, 0, 1, 0x20, 0x40, 0, 0, 1];
    command.extend(object.to_be_bytes());
    // A password session with an empty password.
    command.extend([0, 0, 0, 9, 0x40, 0, 0, 9, 0, 0, 0, 0, 0]);
    command.extend(PERSISTENT.to_be_bytes());
    command
}

#[test]
fn seeds_and_persistent_keys_survive() {
    let folder = folder("survive");
    let mut first = started(&folder);
    let key = first.create_primary().unwrap();
    let mut transport = first.into_transport();
    let response = transport.process(&evict_control(key.handle)).unwrap();
    assert_eq!(response[6..10], [0; 4], "the key is made persistent");
    transport.terminate().unwrap();

    let mut second = started(&folder);
    assert_eq!(second.read_public(PERSISTENT).unwrap().name, key.name);
    assert_eq!(second.create_primary().unwrap().name, key.name, "the same seed gives the same key");
    assert!(second.read_public(key.handle).is_ok(), "which got the first transient handle");
}

#[test]
fn another_folder_is_another_tpm() {
    let [first, second] = ["one-tpm", "other-tpm"].map(|name| started(&folder(name)).create_primary().unwrap().name);
    assert_ne!(first, second);
}

#[test]
fn an_ephemeral_tpm_stores_nothing_and_is_new_each_time() {
    let folder = folder("ephemeral");
    let component = ours::component("ephemeral-tpm");
    let names = [(); 2].map(|()| {
        let host = LinuxHost::new(Console::default()).unwrap().storing_in(&folder);
        let mut tpm = Tpm::new(ours::start(Tier::Native, &component, host).unwrap());
        tpm.startup(StartupType::Clear).unwrap();
        tpm.create_primary().unwrap().name
    });
    assert_ne!(names[0], names[1]);
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
}

#[test]
fn damaged_state_is_refused_and_left_as_it_is() {
    let folder = folder("damaged");
    drop(started(&folder));
    let path = folder.join(STATE);
    let mut state = fs::read(&path).unwrap();
    let middle = state.len() / 2;
    state[middle] ^= 1;
    fs::write(&path, &state).unwrap();
    assert_eq!(start(&folder, &Console::default()).unwrap_err(), TpmFailure::Refused("init", 9));
    assert_eq!(fs::read(&path).unwrap(), state);
}

#[test]
fn state_that_cannot_be_stored_is_an_error_with_its_reason_on_the_console() {
    let folder = folder("unwritable");
    // Where the file belongs is a folder, which not even root can replace by a file.
    fs::create_dir(folder.join(STATE)).unwrap();
    let console = Console::default();
    let failure = start(&folder, &console).unwrap_err();
    assert_eq!(failure, TpmFailure::Refused("init", 9));
    assert!(console.text().starts_with("tpm: state tpm2-00.permall cannot be read: "), "{}", console.text());
}
