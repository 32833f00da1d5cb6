//! The whole crate against swtpm.

use tpm2_driver::commands::{PcrSelection, QualifyingData, StartupType};
use tpm2_driver::conformance::check;
use tpm2_driver::swtpm::Swtpm;
use tpm2_driver::{
    CommandCode, Error, PLATFORM_KEY, PLATFORM_PCRS, Qualification, ResponseCode, Tpm, Watch, attest, quote_platform,
    send_command,
};

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

/// `TPM2_EvictControl` by the owner: makes a key persistent at the place of the platform's.
fn persist(key: u32) -> Vec<u8> {
    let mut command = vec![0x80, 0x02, 0, 0, 0, 0x23, 0, 0, 0x01, 0x20, 0x40, 0, 0, 0x01];
    command.extend(key.to_be_bytes());
    command.extend([0, 0, 0, 9, 0x40, 0, 0, 0x09, 0, 0, 0, 0, 0]);
    command.extend(PLATFORM_KEY.to_be_bytes());
    command
}

#[test]
fn the_platform_quotes_what_it_has_measured_over_what_it_is_given() {
    let mut tpm = Tpm::new(Swtpm::start().unwrap());
    let data = QualifyingData::new(&[0x5a; 32]).unwrap();
    tpm.startup(StartupType::Clear).unwrap();
    let missing = quote_platform(&mut tpm, data).unwrap_err();
    assert!(matches!(missing, Error::Refused(CommandCode::READ_PUBLIC, ResponseCode(0x18b))), "{missing:?}");
    let key = tpm.create_primary().unwrap();
    let mut transport = tpm.into_transport();
    send_command(&mut transport, &persist(key.handle)).unwrap();
    let mut tpm = Tpm::new(transport);
    tpm.pcr_extend(14, &[7; 32]).unwrap();
    let made = quote_platform(&mut tpm, data).unwrap();
    assert_eq!((made.ak_public, made.ak_name), (key.public.bytes, key.name));
    assert_eq!(made.quote.fields.extra_data, [0x5a; 32]);
    assert_eq!(made.quote.fields.selections, [PcrSelection::sha256_of(&PLATFORM_PCRS)]);
    assert_eq!(made.pcrs[..4], [[0; 32]; 4]);
    assert_ne!(made.pcrs[4], [0; 32]);
}
