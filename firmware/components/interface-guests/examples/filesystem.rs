//! Files: its own, and what it tries to reach beside them.
#![no_std]

use interface_guests::{alloc::vec, alloc::vec::Vec, outcome, say};
use tegmentum::uefi::filesystem::{self as files, OpenMode};

wit_bindgen::generate!({
    inline: "
        package bootfarm:guest;
        world guest {
            use tegmentum:uefi/types@0.1.0.{status};
            import tegmentum:uefi/console@0.1.0;
            import tegmentum:uefi/filesystem@0.1.0;
            export run: func() -> result<_, status>;
        }
    ",
    path: "../../wit/uefi",
    generate_all,
});

struct Program;

impl Guest for Program {
    fn run() -> Result<(), Status> {
        say!("filesystem: before the first file: {}", outcome!(files::list_folder("")));
        let file = files::open("report.txt", OpenMode::Create)?;
        file.write(0, b"first line")?;
        file.write(6, b"words, and more")?;
        say!("filesystem: {} bytes, at 6: {}", file.size()?, file.read(6, 5)? == b"words");
        say!("filesystem: beyond the end: {} bytes", file.read(1 << 40, 100)?.len());
        say!("filesystem: a gap: {}", outcome!(file.write(100, b"x")));
        say!("filesystem: too much at once: {}", outcome!(file.read(0, (1 << 20) + 1)));
        drop(file);
        for entry in files::list_folder("")? {
            say!("filesystem: {} {} {}", entry.name, entry.size, entry.folder);
        }
        let read_only = files::open("report.txt", OpenMode::Read)?;
        say!("filesystem: writing what was opened to read: {}", outcome!(read_only.write(0, b"x")));
        say!("filesystem: a file as a folder: {}", outcome!(files::list_folder("report.txt")));

        let long = "a".repeat(65);
        let paths = [
            "none.txt",
            "none/none.txt",
            "../guest.wasm",
            "..\\guest.wasm",
            "\\guest.wasm",
            "/guest.wasm",
            "fs0:\\guest.wasm",
            "a/../../guest.wasm",
            "REPORT~1.TXT",
            "report.txt.",
            "report.txt\0",
            "",
            long.as_str(),
        ];
        for path in paths {
            say!("filesystem: {:?} {}", &path[..path.len().min(20)], outcome!(files::open(path, OpenMode::Create)));
        }

        let mut open = Vec::new();
        let refused = loop {
            match files::open("report.txt", OpenMode::Read) {
                Ok(file) => open.push(file),
                Err(status) => break status,
            }
        };
        say!("filesystem: after {} more: {}", open.len(), refused.name());
        open.clear();

        let large = files::open("large.bin", OpenMode::Create)?;
        let mebibyte = vec![7; 1 << 20];
        let written = (0..20).take_while(|_| large.write(0, &mebibyte).is_ok()).count();
        say!("filesystem: after {written} MiB: {}", outcome!(large.write(0, &mebibyte)));
        Ok(())
    }
}

export!(Program);
