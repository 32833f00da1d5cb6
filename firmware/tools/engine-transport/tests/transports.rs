//! One test for every transport: the component interpreted, the component as machine code, and libtpms behind a socket.

mod guests;

use guests::{Tier, ours};
use runtime::{Given, Limits, Services};
use tpm2_driver::conformance::check;
use tpm2_driver::swtpm::Swtpm;

#[test]
fn the_component_under_pulley_passes() {
    check(ours::start(Tier::Pulley, &ours::component("ephemeral-tpm"), ours::host()).unwrap());
}

#[test]
fn the_component_as_machine_code_passes() {
    let component = ours::component("ephemeral-tpm");
    let services = Services::new(Box::new(ours::host()));
    check(engine_transport::start(&component, services, Limits::default(), &Given::default()).unwrap());
}

#[test]
fn libtpms_behind_a_socket_passes() {
    check(Swtpm::start().unwrap());
}

#[test]
fn bytes_that_do_not_compile_are_no_transport() {
    let services = Services::new(Box::new(ours::host()));
    let failure = engine_transport::start(b"\0asm", services, Limits::default(), &Given::default()).unwrap_err();
    assert!(!failure.to_string().contains('\n'), "{failure}");
}
