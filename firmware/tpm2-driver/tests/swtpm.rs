//! The whole crate against swtpm.

use tpm2_driver::conformance::check;
use tpm2_driver::swtpm::Swtpm;
use tpm2_driver::{Qualification, Tpm, Watch, attest};

#[test]
fn swtpm_passes_the_shared_test() {
    check(Swtpm::start().unwrap());
}

/// Keeps the names of what was measured.
#[derive(Default)]
struct Names(Vec<&'static str>);

impl Watch for Names {
    fn measure<R>(&mut self, name: &'static str, operation: impl FnOnce() -> R) -> R {
        self.0.push(name);
        operation()
    }
}

#[test]
fn without_a_nonce_the_tpm_makes_one_and_each_operation_is_measured() {
    let mut names = Names::default();
    let mut tpm = Tpm::new(Swtpm::start().unwrap());
    let made = attest(&mut tpm, &[[7; 32]], Qualification::Unbound, &mut names).unwrap();
    assert_eq!(made.nonce.len(), 16);
    assert_eq!(made.quote.fields.extra_data, made.nonce);
    assert_eq!(
        names.0,
        [
            "tpm-startup",
            "tpm-get-random",
            "tpm-pcr-read-before",
            "tpm-pcr-extend",
            "tpm-pcr-read-after",
            "tpm-create-primary",
            "tpm-quote",
            "tpm-flush-context",
            "tpm-shutdown",
        ]
    );
}
