//! This project's own TPM, built by scripts/build-tpm.sh.

use super::{Console, Tier};
use aot_compile::componentize;
use engine_transport::LinuxHost;
use runtime::{ComponentTransport, Given, Limits, Services, TpmFailure};
use std::path::Path;

/// The component of a world.
pub fn component(world: &str) -> Vec<u8> {
    // Cargo puts this folder into the target folder, where the script puts its results as well.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let path = target.join("artifacts").join(world).with_extension("wasm");
    let module = std::fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; build it with firmware/scripts/build-tpm.sh", path.display()));
    componentize(&module).unwrap()
}

/// Powers a component on with the limits that firmware has.
pub fn start(tier: Tier, component: &[u8], host: LinuxHost) -> Result<ComponentTransport, TpmFailure> {
    let (engine, component) = tier.load(component);
    let services = Services::new(Box::new(host));
    ComponentTransport::start(&engine, &component, services, Limits::default(), &Given::default())
}

/// A host without a folder, whose console nobody reads.
pub fn host() -> LinuxHost {
    LinuxHost::new(Console::default()).unwrap()
}
