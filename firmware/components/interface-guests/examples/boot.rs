//! Boot options, and an image of its own where that is granted.
#![no_std]

use interface_guests::{alloc::vec, alloc::vec::Vec, outcome, say};
use tegmentum::uefi::boot;

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/boot@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        let current = boot::current()?;
        let options = boot::options()?;
        say!("boot: from one of the options: {}", options.iter().any(|option| Some(option.number) == current));
        for option in &options {
            let text = (option.active, option.description.as_str(), option.device_path.as_str());
            say!("boot: {:04X} {text:?}", option.number);
        }
        match boot::load_image(&image()) {
            Err(status) => say!("boot: loaded: {}", status.name()),
            Ok(image) => {
                say!("boot: started: {}", outcome!(image.start()));
                say!("boot: started again: {}", outcome!(image.start()));
                say!("boot: no image: {}", outcome!(boot::load_image(b"MZ, and nothing else")));
                say!("boot: never started: {}", outcome!(boot::load_image(&self::image())));
            }
        }
        Ok(())
    }
}

/// The smallest EFI application: one page of headers and one section, which returns EFI_ABORTED.
fn image() -> Vec<u8> {
    // mov rax, 0x8000000000000015; ret
    const CODE: &[u8] = b"\x48\xb8\x15\0\0\0\0\0\0\x80\xc3";
    let mut bytes = vec![0; 0x400];
    let mut put = |offset: usize, value: &[u8]| bytes[offset..offset + value.len()].copy_from_slice(value);
    put(0x00, b"MZ");
    put(0x3c, &0x40_u32.to_le_bytes());
    put(0x40, b"PE\0\0\x64\x86\x01\0"); // x86-64, one section
    put(0x54, &[0xf0, 0, 0x22, 0]); // size of the optional header; executable, large addresses
    put(0x58, &[0x0b, 0x02]); // PE32+
    put(0x68, &0x1000_u32.to_le_bytes()); // entry
    put(0x78, &0x1000_u32.to_le_bytes()); // section alignment
    put(0x7c, &0x200_u32.to_le_bytes()); // file alignment
    put(0x90, &0x2000_u32.to_le_bytes()); // size of the image
    put(0x94, &0x200_u32.to_le_bytes()); // size of the headers
    put(0x9c, &10_u16.to_le_bytes()); // EFI application
    put(0xc4, &16_u32.to_le_bytes()); // data directories, all empty
    put(0x148, b".text\0\0\0");
    put(0x150, &0x200_u32.to_le_bytes()); // virtual size
    put(0x154, &0x1000_u32.to_le_bytes()); // virtual address
    put(0x158, &0x200_u32.to_le_bytes()); // size in the file
    put(0x15c, &0x200_u32.to_le_bytes()); // place in the file
    put(0x16c, &0x6000_0020_u32.to_le_bytes()); // code, executable, readable
    put(0x200, CODE);
    bytes
}

export!(Program);
