//! Variables: reading, and writing where it is granted.
#![no_std]

use interface_guests::{outcome, say};
use tegmentum::uefi::variables::{self, Attributes, Variable};

const GLOBAL: &str = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
/// This guest's own, made up.
const OWN: &str = "6f2c1b7e-5a43-4d0e-9c1a-2b7d3e4f5a60";

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/variables@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        let language = variables::get("PlatformLang", GLOBAL)?;
        say!("variables: PlatformLang has {} bytes", language.data.len());
        let kept = language.attributes & Attributes::NON_VOLATILE == Attributes::NON_VOLATILE;
        say!("variables: kept without power: {kept}");
        let keys = variables::list_keys()?;
        let listed = keys.iter().any(|key| key.name == "PlatformLang" && key.vendor == GLOBAL);
        say!("variables: in the list: {listed}");
        say!("variables: no such name: {}", outcome!(variables::get("NoSuchVariable", GLOBAL)));
        say!("variables: no name: {}", outcome!(variables::get("", GLOBAL)));
        say!("variables: a zero inside: {}", outcome!(variables::get("Platform\0Lang", GLOBAL)));
        say!("variables: no vendor: {}", outcome!(variables::get("PlatformLang", "me")));

        let attributes = Attributes::BOOT_SERVICE_ACCESS;
        let set = |data: &[u8]| variables::set("Guest", OWN, &Variable { attributes, data: data.to_vec() });
        let written = set(b"was here");
        say!("variables: written: {}", outcome!(written));
        if written.is_ok() {
            say!("variables: read back: {}", variables::get("Guest", OWN)?.data == b"was here");
            set(b"")?;
            say!("variables: deleted: {}", outcome!(variables::get("Guest", OWN)));
            let attributes = attributes | Attributes::TIME_BASED_AUTHENTICATED_WRITE_ACCESS;
            let signed = Variable { attributes, data: b"signed".to_vec() };
            say!("variables: signed: {}", outcome!(variables::set("Guest", OWN, &signed)));
            say!("variables: too large: {}", outcome!(set(&[1; 32_769])));
        }
        Ok(())
    }
}

export!(Program);
